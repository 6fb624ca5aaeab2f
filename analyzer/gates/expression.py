"""Thresholds as k6 writes them: ``ttft{protocol:h3}:p(95)<1500ms``.

    metric[{tag:value, …}]:aggregate operator number[unit]

What is wrong is said with its place in the text and what could stand there.
"""

import operator
import re
from collections.abc import Callable
from typing import Literal, NoReturn

import msgspec

from analyzer.gates.metrics import METRICS, Metric, Unit, metrics_help
from analyzer.gates.readings import Aggregate
from analyzer.gates.scope import TAGS, Selector
from analyzer.model import StreamscopeError
from analyzer.report.plain import printable

type Against = Literal["", "diff", "change"]

TIMES = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,  # the Greek letter, which some keyboards give
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "min": 60_000_000_000,
}
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
LONGEST = 200
"""Characters of a threshold; what a person writes has some thirty."""


class GateError(StreamscopeError):
    """A threshold that isn't understood: the text, the place in it, and what is allowed."""


class Gate(msgspec.Struct, frozen=True):
    """One threshold. ``limit`` is in the base unit: nanoseconds, a share of 1, or a count.

    ``shown`` is how the limit was written, ``unit`` in which unit. ``against``: the difference
    from a first group's figure, or its change as a share of that.
    """

    text: str
    metric: str
    selector: Selector
    aggregate: Aggregate
    against: Against
    operator: str
    limit: float
    unit: str
    shown: str

    @classmethod
    def parse(cls, text: str) -> "Gate":
        """Read a threshold. Raises GateError."""
        return _Reader(text).gate()

    @property
    def measured(self) -> Metric:
        return METRICS[self.metric]

    @property
    def limit_unit(self) -> Unit:
        """What its limit is a number of."""
        return "share" if self.against == "change" else self.measured.unit_of(self.aggregate)

    @property
    def name(self) -> str:
        """The threshold without its limit: ``ttft{protocol:h3} p(95)``."""
        tags = ", ".join(f"{name}:{value}" for name, value in self.selector)
        chosen = f"{{{tags}}}" if tags else ""
        figure = f"{self.against}({self.aggregate})" if self.against else str(self.aggregate)
        return f"{self.metric}{chosen} {figure}"

    def keeps(self, value: float) -> bool:
        return OPERATORS[self.operator](value, self.limit)


class _Reader:
    """Reads a threshold from left to right; ``at`` is the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        if len(text) > LONGEST:
            raise GateError(f"a threshold of {len(text):,} characters; {LONGEST} are allowed")

    def gate(self) -> Gate:
        metric = self._metric()
        selector = self._selector(metric)
        self._take(":", f"a : and an aggregate, like {_example(metric)}")
        against, aggregate = self._aggregate(metric)
        sign = self._take("<=|>=|==|!=|<|>", f"a comparison: {', '.join(OPERATORS)}")
        unit = "share" if against == "change" else metric.unit_of(aggregate)
        begins = self._skip()
        number = self._take(r"[+-]?(\d+(\.\d*)?|\.\d+)", "a number")
        limit, suffix = self._limit(float(number), unit, bool(against), begins)
        self._skip()
        if self.at < len(self.text):
            self._fail(self.at, "nothing more belongs to a threshold")
        shown = f"{number} {suffix}".strip()
        return Gate(
            self.text.strip(), metric.name, selector, aggregate, against, sign, limit, suffix, shown
        )

    def _metric(self) -> Metric:
        begins = self._skip()
        name = self._take(r"\w+", "a metric", metrics_help())
        if name not in METRICS:
            self._fail(begins, "there is no such metric", metrics_help())
        return METRICS[name]

    def _selector(self, metric: Metric) -> Selector:
        if not self._sees("{"):
            return ()
        self._take("{", "")
        allowed = ", ".join(f"{name} ({TAGS[name]})" for name in metric.tags)
        chosen: dict[str, str] = {}
        while True:
            begins = self._skip()
            name = self._take(r"\w+", f"a tag: {allowed or 'this metric has none'}")
            if name not in metric.tags:
                has = f"its tags are {allowed}" if allowed else "it has no tags"
                self._fail(begins, f"{metric.name} can't be chosen by {name}: {has}")
            if name in chosen:
                self._fail(begins, f"{name} stands there twice")
            self._take(":", "a : and the tag's value")
            chosen[name] = self._take(r"[^,{}]+", "the tag's value").strip()
            if self._take("[,}]", "a , or the closing }") == "}":
                return tuple(chosen.items())

    def _aggregate(self, metric: Metric) -> tuple[Against, Aggregate]:
        for word in ("diff", "change"):
            if self._sees(rf"{word}\s*\("):
                self._take(rf"{word}\s*\(", "")
                aggregate = self._plain_aggregate(metric)
                self._take(r"\)", "a closing )")
                return ("diff" if word == "diff" else "change"), aggregate
        return "", self._plain_aggregate(metric)

    def _plain_aggregate(self, metric: Metric) -> Aggregate:
        allowed = ", ".join("p(N)" if one == "p" else one for one in metric.aggregates)
        begins = self._skip()
        name = self._take("[a-z]+", f"an aggregate of {metric.name}: {allowed}")
        if name not in metric.aggregates:
            self._fail(begins, f"{metric.name} has no aggregate {name}; it has {allowed}")
        if name != "p":
            return Aggregate(name)
        self._take(r"\(", "( and a percentile, like p(95)")
        begins = self._skip()
        percentile = float(self._take(r"\d+(\.\d+)?", "a percentile from 0 to 100"))
        if percentile > 100:
            self._fail(begins, "a percentile is a number from 0 to 100")
        self._take(r"\)", "a closing )")
        return Aggregate("p", percentile)

    def _limit(self, number: float, unit: Unit, signed: bool, begins: int) -> tuple[float, str]:
        place = self._skip()
        suffix = self._take(r"[^\W\d]+|%|$", f"a unit or nothing more: {_units(unit)}")
        if number < 0 and not signed:
            self._fail(begins, "no figure is below 0")
        if unit == "time":
            if suffix not in TIMES and (suffix or number):
                self._fail(place, f"a time needs a unit: {_units(unit)}")
            return number * TIMES.get(suffix, 1), suffix
        if suffix not in ("", *(("%",) if unit == "share" else ())):
            self._fail(place, f"this is no unit of it: {_units(unit)}")
        limit = number / 100 if suffix else number
        if unit == "share" and not signed and limit > 1:
            self._fail(begins, "a rate is a share between 0 and 1, or written with %")
        return limit, suffix

    def _skip(self) -> int:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1
        return self.at

    def _sees(self, pattern: str) -> bool:
        self._skip()
        return re.compile(pattern).match(self.text, self.at) is not None

    def _take(self, pattern: str, wanted: str, known: str = "") -> str:
        begins = self._skip()
        found = re.compile(pattern).match(self.text, begins)
        if found is None:
            self._fail(begins, f"here should be {wanted}", known)
        self.at = found.end()
        return found[0]

    def _fail(self, at: int, why: str, known: str = "") -> NoReturn:
        """What is wrong, the text with a caret below the place, and what can stand there."""
        shown = printable(self.text, LONGEST)
        place = min(len(printable(self.text[:at].replace(" ", "x"), LONGEST)), len(shown))
        raise GateError(
            f"threshold not understood at character {at + 1}: {why}\n\n  {shown}\n  {' ' * place}^"
            + (f"\n\n{known}" if known else "")
        )


def _example(metric: Metric) -> str:
    first = metric.aggregates[0]
    return f"{metric.name}:{'p(95)' if first == 'p' else first}"


def _units(unit: Unit) -> str:
    match unit:
        case "time":
            return "ns, µs, us, ms, s or min"
        case "share":
            return "% or none"
        case "per second":
            return "none, it is per second"
        case "count":
            return "none, it is a count"
