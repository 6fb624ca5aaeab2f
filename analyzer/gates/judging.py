"""Whether the figures keep their thresholds."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from analyzer.gates.expression import Gate, GateError
from analyzer.gates.readings import Reading
from analyzer.gates.scope import Scope, Selector
from analyzer.model import Unmeasurable
from analyzer.report.figures import Figures

FAILED = 99
"""The exit status where a threshold wasn't kept, as k6 has it."""

type Unmeasured = Literal["fail", "pass"]


class Judged(msgspec.Struct, frozen=True):
    """A threshold and what was seen of it, on ``n`` things of the name ``noun``.

    ``observed`` is in the limit's base unit. ``group`` names whose figures these are where
    several are compared.
    """

    gate: Gate
    passed: bool
    observed: float | Unmeasurable
    n: int
    noun: str
    group: str = ""


def judge(
    gates: Iterable[Gate], figures: Figures, unmeasured: Unmeasured = "fail", group: str = ""
) -> tuple[Judged, ...]:
    """Judge every threshold; what can't be measured fails unless it is said to pass.

    Raises GateError for a threshold that compares, since there is nothing to compare with.
    """
    return _judge(gates, figures, None, unmeasured, group)


def judge_groups(
    gates: Sequence[Gate], groups: Sequence[tuple[str, Figures]], unmeasured: Unmeasured = "fail"
) -> tuple[Judged, ...]:
    """Judge every group but the first, which is what the others are measured against."""
    (_, first), *others = groups
    return tuple(
        one for name, figures in others for one in _judge(gates, figures, first, unmeasured, name)
    )


def _judge(
    gates: Iterable[Gate],
    figures: Figures,
    first: Figures | None,
    unmeasured: Unmeasured,
    group: str,
) -> tuple[Judged, ...]:
    scopes = _Scopes(figures)
    before = None if first is None else _Scopes(first)
    judged = []
    for gate in gates:
        n, noun, observed = _observed(gate, scopes)
        if gate.against:
            if before is None:
                raise GateError(
                    f"{gate.text}: {gate.against}(…) needs something to compare with; "
                    f"`streamscope compare` has that"
                )
            observed = _against(gate, _observed(gate, before)[2], observed)
        measured = not isinstance(observed, Unmeasurable)
        passed = gate.keeps(observed) if not isinstance(observed, Unmeasurable) else False
        passed = passed if measured else unmeasured == "pass"
        judged.append(Judged(gate, passed, observed, n, noun, group))
    return tuple(judged)


class _Scopes:
    """Scopes of one group's figures; several thresholds share one and its pool."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self._known: dict[Selector, Scope] = {}

    def of(self, selector: Selector) -> Scope:
        if selector not in self._known:
            self._known[selector] = Scope(self.figures, selector)
        return self._known[selector]


def _observed(gate: Gate, scopes: _Scopes) -> tuple[int, str, float | Unmeasurable]:
    scope = scopes.of(gate.selector)
    reading: Reading | Unmeasurable | None = scope.why_empty()
    if reading is None:
        reading = gate.measured.read(scope)
    if isinstance(reading, Unmeasurable):
        return 0, "", reading
    return reading.n, reading.noun, reading.value(gate.aggregate)


def _against(
    gate: Gate, first: float | Unmeasurable, second: float | Unmeasurable
) -> float | Unmeasurable:
    if isinstance(first, Unmeasurable):
        return Unmeasurable(f"of the first: {first.reason}")
    if isinstance(second, Unmeasurable):
        return second
    if gate.against == "diff":
        return second - first
    if not first:
        return 0.0 if not second else Unmeasurable("the first is 0, so there is no share of it")
    return second / first - 1


def failed(judged: Iterable[Judged]) -> bool:
    return not all(one.passed for one in judged)
