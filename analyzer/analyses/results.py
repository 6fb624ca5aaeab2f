"""What an analysis of captures comes to: the same type whether captures or a database gave it."""

import msgspec

from analyzer.analyses.gaps import Gaps, find_stalls
from analyzer.analyses.latency import ExchangeTimes, Latency
from analyzer.analyses.observer import LateSpans
from analyzer.analyses.statistics import Distribution
from analyzer.model import (
    CaptureHead,
    Exchange,
    Lost,
    Observer,
    Problem,
    TextArrivals,
    Turn,
    Unmeasurable,
)

VERSION = 1
"""Of the rules that made the figures; every row in a database names it."""

PROTOCOLS = {"HTTP/1.0": "h1", "HTTP/1.1": "h1", "HTTP/2.0": "h2", "HTTP/2": "h2", "HTTP/3": "h3"}
"""Short names for what a client speaks; others keep their own name."""


class Measured(msgspec.Struct, frozen=True):
    """An exchange and its figures; ``latency`` is None if it is no chat turn.

    ``event_gaps`` are those of an event stream that is no chat turn, else None.
    The exchange is `slimmed`: what was needed to measure it is gone.
    """

    exchange: Exchange
    times: ExchangeTimes
    latency: Latency | None = None
    event_gaps: Distribution | Unmeasurable | None = None

    @property
    def protocol(self) -> str:
        """What the client spoke: ``h1``, ``h2``, ``h3``."""
        return protocol_name(self.exchange.http_version)

    def with_lag(self, late: LateSpans, stall_ns: int) -> "Measured":
        """Mark the gaps that were the proxy's own; its lag is known once all has been read."""
        latency = self.latency
        if latency is None or not isinstance(latency.gaps, Gaps):
            return self
        gaps = latency.gaps.with_lag(late)
        stalls = find_stalls(gaps, stall_ns, latency.e2el_ns)
        marked = msgspec.structs.replace(latency, gaps=gaps, stalls=stalls)
        return msgspec.structs.replace(self, latency=marked)

    def with_stall(self, stall_ns: int) -> "Measured":
        """Count the stalls again, by another threshold."""
        latency = self.latency
        if latency is None or isinstance(latency.stalls, Unmeasurable):
            return self
        if isinstance(latency.gaps, Gaps):
            stalls = find_stalls(latency.gaps, stall_ns, latency.e2el_ns)
        else:
            stalls = msgspec.structs.replace(latency.stalls, threshold_ns=stall_ns)
        counted = msgspec.structs.replace(latency, stalls=stalls)
        return msgspec.structs.replace(self, latency=counted)


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


def protocol_name(http_version: str) -> str:
    return PROTOCOLS.get(http_version, http_version)


def slimmed(exchange: Exchange) -> Exchange:
    """The exchange without bodies, text times and problems, and with text any file can hold.

    Problems go their own way. JSON may escape lone surrogates, which no UTF-8 file
    can hold: they become question marks.
    """
    turn = exchange.turn
    if turn is not None:
        texts = {
            name: _encodable(getattr(turn, name))
            for name in Turn.__struct_fields__
            if isinstance(getattr(turn, name), str)
        }
        turn = msgspec.structs.replace(turn, **texts, texts=TextArrivals())
    return msgspec.structs.replace(
        exchange, request_body=b"", response_body=b"", problems=(), turn=turn
    )


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()
