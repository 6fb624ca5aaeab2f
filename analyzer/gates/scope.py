"""The part of the figures that a threshold looks at: `ttft{protocol:h3}` chooses turns."""

import math
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from analyzer.analyses.latency import WENT_ON
from analyzer.analyses.measured import Measured
from analyzer.analyses.pooled import Pool, pool
from analyzer.analyses.results import CaptureResult
from analyzer.analyses.statistics import Nanoseconds
from analyzer.model import Unmeasurable
from analyzer.report.figures import Figures
from analyzer.report.parts import Source

TAGS = {
    "protocol": "what the client spoke: h1, h2 or h3",
    "model": "the model that answered, as the service names it",
    "host": "the service's host, with its port where it is named",
    "capture": "a capture's number, as in the report, or its file's name",
}
"""What a threshold can choose by."""

type Selector = tuple[tuple[str, str], ...]


class Scope:
    """Turns and captures that have all tags of a selector.

    ``before``: how many captures come before the first of these in what is reported.
    """

    def __init__(self, figures: Figures, selector: Selector = (), before: int = 0) -> None:
        self.figures = figures
        self.selector = dict(selector)
        numbered = enumerate(figures.analysis.captures, 1)
        self._numbered = [
            (before + number, one)
            for number, one in numbered
            if self._has_capture(number, one, self.selector)
        ]
        self.captures = tuple(one for _, one in self._numbered)

    @staticmethod
    def _has_capture(number: int, capture: CaptureResult, selector: dict[str, str]) -> bool:
        wanted = selector.get("capture")
        return wanted in (None, str(number), capture.file, capture.file.rsplit("/", 1)[-1])

    @cached_property
    def measured(self) -> tuple[Measured, ...]:
        """Every exchange that has the tags, chat turn or not."""
        return tuple(one for capture in self.captures for one in self._chosen(capture.measured))

    @cached_property
    def turns(self) -> tuple[Measured, ...]:
        return tuple(one for one in self.measured if one.latency is not None)

    def _chosen(self, ones: Sequence[Measured]) -> Sequence[Measured]:
        wanted = {name: value for name, value in self.selector.items() if name != "capture"}
        return [one for one in ones if all(tag(one, n) == v for n, v in wanted.items())]

    @cached_property
    def pool(self) -> Pool:
        """The turns pooled: the report's own pool where that has just these turns."""
        if not self.selector:
            return self.figures.all
        if set(self.selector) == {"protocol"}:
            known = self.figures.protocols.get(self.selector["protocol"])
            if known is not None:
                return known
        return pool(self.turns)

    def nearest(self, figures: Callable[[Measured], Nanoseconds], value: float) -> Source | None:
        """The turn with the figure that is the value, or comes nearest to it."""
        found, least = None, math.inf
        for number, capture in self._numbered:
            for one in self._chosen(capture.turns):
                values = figures(one)
                away = float(np.abs(values - value).min()) if len(values) else math.inf
                if away < least:
                    found, least = Source(number, one.exchange.exchange), away
        return found

    def why_empty(self) -> Unmeasurable | None:
        """Why nothing was chosen, with what could have been; None if something was."""
        if not self.captures:
            files = [one.file.rsplit("/", 1)[-1] for one in self.figures.analysis.captures]
            return _nothing("capture", self.selector["capture"], files)
        if self.measured or set(self.selector) <= {"capture"}:
            return None
        everything = [one for capture in self.captures for one in capture.measured]
        for name, value in self.selector.items():
            known = sorted({tag(one, name) for one in everything} - {""})
            if name != "capture" and value not in known:
                return _nothing(name, value, known)
        return Unmeasurable("no exchange has all of these tags")


def tag(one: Measured, name: str) -> str:
    """The value of a tag on an exchange; empty if it has none."""
    if name == "protocol":
        return one.protocol
    if name == "host":
        return one.exchange.authority
    turn = one.exchange.turn
    return turn.model if turn is not None else ""


def went_on(one: Measured) -> bool:
    """Another stream has the figures of this one's turn."""
    return one.latency is not None and one.latency.ttft_ns == WENT_ON


def _nothing(name: str, value: str, known: Sequence[str]) -> Unmeasurable:
    there = f"there is {', '.join(known[:8])}" if known else "nothing has one"
    return Unmeasurable(f"nothing has the {name} {value}: {there}")
