"""What an analysis of captures comes to: the same type whether captures or a database gave it."""

import msgspec

from analyzer.analyses.answers import Answers
from analyzer.analyses.measured import Measured
from analyzer.model import CaptureHead, Lost, Observer, Problem

VERSION = 1
"""Of the rules that made the figures; every row in a database names it."""


class CaptureResult(msgspec.Struct, frozen=True):
    """Everything that one capture says. ``file`` is the name it was read under.

    ``ended_ns`` is None if the recorder did not close the capture. ``measured``
    is ordered by exchange number.
    """

    head: CaptureHead
    file: str
    stall_ns: int
    ended_ns: int | None
    measured: tuple[Measured, ...]
    problems: tuple[Problem, ...]
    lost: tuple[Lost, ...]
    observations: tuple[Observer, ...]
    answers: Answers = Answers()

    @property
    def turns(self) -> tuple[Measured, ...]:
        return tuple(one for one in self.measured if one.latency is not None)

    @property
    def calls(self) -> tuple[Measured, ...]:
        """Exchanges that are no chat turns."""
        return tuple(one for one in self.measured if one.latency is None)


class Analysis(msgspec.Struct, frozen=True):
    """Captures in the order in which they were made, each at most once."""

    captures: tuple[CaptureResult, ...]
    version: int = VERSION

    @classmethod
    def of(cls, results: "list[CaptureResult]") -> "Analysis":
        """Order the captures; of two with one id the later given counts."""
        latest = {result.head.capture_id: result for result in results}
        made = sorted(latest.values(), key=lambda one: (one.head.wall_ns, one.head.capture_id))
        return cls(tuple(made))

    def with_stall(self, stall_ns: int) -> "Analysis":
        """The same, with gaps of another length counted as stalls."""
        captures = (
            msgspec.structs.replace(
                capture,
                stall_ns=stall_ns,
                measured=tuple(one.with_stall(stall_ns) for one in capture.measured),
            )
            for capture in self.captures
        )
        return Analysis(tuple(captures), self.version)
