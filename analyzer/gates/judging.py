"""Whether the figures keep their thresholds."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from analyzer.gates.expression import Gate, GateError
from analyzer.gates.readings import ONE_OF_THEM, Reading
from analyzer.gates.scope import Scope, Selector
from analyzer.model import Unmeasurable
from analyzer.report.figures import Figures
from analyzer.report.parts import Source

FAILED = 99
"""The exit status where a threshold wasn't kept, as k6 has it."""

type Unmeasured = Literal["fail", "pass"]


class Judged(msgspec.Struct, frozen=True):
    """A threshold and what was seen of it, on ``n`` things of the name ``noun``.

    ``observed`` is in the limit's base unit. ``group`` names whose figures these are where
    several are compared. ``source``: the exchange at or nearest to what was seen, where that
    is a figure of one.
    """

    gate: Gate
    passed: bool
    observed: float | Unmeasurable
    n: int
    noun: str
    group: str = ""
    source: Source | None = None


def judge(
    gates: Iterable[Gate], figures: Figures, unmeasured: Unmeasured = "fail"
) -> tuple[Judged, ...]:
    """Judge every threshold; what can't be measured fails unless it is said to pass.

    Raises GateError for a threshold that compares, since there is nothing to compare with.
    """
    return tuple(_judge(gates, _Scopes(figures), None, unmeasured))


def judge_groups(
    gates: Sequence[Gate], groups: Sequence[tuple[str, Figures]], unmeasured: Unmeasured = "fail"
) -> tuple[Judged, ...]:
    """Judge every group but the first, which is what the others are measured against."""
    (_, figures), *others = groups
    first = _Scopes(figures)
    judged: list[Judged] = []
    before = len(figures.analysis.captures)
    for name, figures in others:
        scopes = _Scopes(figures, before)
        judged += _judge(gates, scopes, first, unmeasured, name)
        before += len(figures.analysis.captures)
    return tuple(judged)


def _judge(
    gates: Iterable[Gate],
    scopes: "_Scopes",
    first: "_Scopes | None",
    unmeasured: Unmeasured,
    group: str = "",
) -> Iterator[Judged]:
    for gate in gates:
        n, noun, observed, source = _observed(gate, scopes)
        if gate.against:
            if first is None:
                raise GateError(
                    f"{gate.text}: {gate.against}(…) needs something to compare with; "
                    f"`streamscope compare` has that"
                )
            observed, source = _against(gate, _observed(gate, first)[2], observed), None
        if isinstance(observed, Unmeasurable):
            passed = unmeasured == "pass"
        else:
            passed = gate.keeps(observed)
        yield Judged(gate, passed, observed, n, noun, group, source)


class _Scopes:
    """Scopes of one group's figures; several thresholds share one and its pool.

    ``before``: captures of the groups before it.
    """

    def __init__(self, figures: Figures, before: int = 0) -> None:
        self._figures, self._before = figures, before
        self._known: dict[Selector, Scope] = {}

    def of(self, selector: Selector) -> Scope:
        if selector not in self._known:
            self._known[selector] = Scope(self._figures, selector, self._before)
        return self._known[selector]


def _observed(gate: Gate, scopes: _Scopes) -> tuple[int, str, float | Unmeasurable, Source | None]:
    scope = scopes.of(gate.selector)
    reading: Reading | Unmeasurable | None = scope.why_empty()
    if reading is None:
        reading = gate.measured.read(scope)
    if isinstance(reading, Unmeasurable):
        return 0, "", reading, None
    value = reading.value(gate.aggregate)
    source = None
    if reading.of_one and gate.aggregate.name in ONE_OF_THEM and isinstance(value, int | float):
        source = scope.nearest(reading.of_one, value)
    return reading.n, reading.noun, value, source


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
