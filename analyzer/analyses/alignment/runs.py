"""What of one capture is compared with another: exchanges, their moments and their events."""

import re
from array import array
from collections.abc import Sequence

import msgspec
import numpy as np

from analyzer.analyses.statistics import Nanoseconds
from analyzer.model import (
    AnyRecord,
    CaptureError,
    CaptureHead,
    Exchange,
    Headers,
    Lost,
    Problem,
    WireEvent,
)
from analyzer.redact import FINGERPRINT

MOMENTS = ("request sent", "response headers", "first byte", "first event", "end")
"""Of an exchange, in their order; each event has its own moment."""

EXCHANGES_LIMIT = 200_000
"""Most exchanges of a capture that are compared; the later ones are left out, and counted."""

PROBLEMS_LIMIT = 100
"""Most problems of a capture that are kept; they are for reading."""

COMPARED_BYTES = 4096
"""Of a body; where a capture keeps only a part of it, as little as this is surely there."""

LAST_WALL_NS = 2**62
"""In the year 2116. With times this near and the next limit, differences stay in 64 bits."""

FARTHEST_NS = 2**59
"""From a capture clock's zero: 18 years."""

_IDS = re.compile(
    r"(?:.*-)?(?:request|trace|correlation|invocation|transaction)-?id|cf-ray|traceparent"
    r"|x-amz-cf-id|x-amzn-trace-id|x-cloud-trace-context"
)
"""Response headers by which services name one exchange."""

_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


class Seen(msgspec.Struct, frozen=True):
    """One exchange of a run. Times are wall-clock nanoseconds, by the capture's own anchor.

    ``times`` has the `MOMENTS`, None where the capture does not have that one. ``events`` are
    digests of what each event said, ``event_ns`` and ``event_read`` run parallel to them;
    without ``timed`` there is nothing in ``event_ns``. Digests compare within one process.
    """

    exchange: int
    order: int
    method: str
    authority: str
    path: str
    http_version: str
    status: int | None
    ids: frozenset[tuple[str, str]]
    streamed: bool
    ended: bool
    request: tuple[int, int]
    response: tuple[int, int]
    times: tuple[int | None, ...]
    events: Nanoseconds
    event_ns: Nanoseconds
    event_read: Nanoseconds
    text: int | None
    bytes: int


class Run(msgspec.Struct, frozen=True):
    """One capture, as far as it is compared; ``name`` is its file's."""

    name: str
    head: CaptureHead
    exchanges: tuple[Seen, ...]
    left_out: int
    problems: tuple[Problem, ...]
    lost: int

    @property
    def timed(self) -> bool:
        return self.head.clock != "none"


class _Log:
    """Events of one exchange while it runs: 24 bytes each."""

    def __init__(self) -> None:
        self.digests = array("q")
        self.at_ns = array("q")
        self.reads = array("q")

    def add(self, events: Sequence[WireEvent], shift_ns: int) -> None:
        self.digests.extend(hash((event.type, masked(event.data), event.id)) for event in events)
        self.at_ns.extend(event.at_ns + shift_ns for event in events)
        self.reads.extend(event.read for event in events)


class Gatherer:
    """Feed it what the reassembler makes of a capture, then `finish`."""

    def __init__(self, name: str, head: CaptureHead) -> None:
        self._name = name
        self._head = head
        self._shift_ns = head.wall_ns - head.mono_ns
        if not 0 <= head.wall_ns < LAST_WALL_NS or abs(head.mono_ns) > FARTHEST_NS:
            raise CaptureError(f"{name}: its wall-clock time {head.wall_ns} ns is no time to align")
        self._logs: dict[int, _Log] = {}
        self._seen: list[Seen] = []
        self._left_out = 0
        self._problems: list[Problem] = []
        self._lost = 0

    def record(self, record: AnyRecord) -> None:
        if isinstance(record, Lost):
            self._lost += record.count

    def problem(self, problem: Problem) -> None:
        if len(self._problems) < PROBLEMS_LIMIT:
            self._problems.append(problem)

    def events(self, exchange: int, events: Sequence[WireEvent]) -> None:
        """Raises CaptureError for a moment that is no moment."""
        if any(abs(event.at_ns) > FARTHEST_NS for event in events):
            raise CaptureError(f"{self._name}: a time in it is too far away to reckon with")
        self._logs.setdefault(exchange, _Log()).add(events, self._shift_ns)

    def exchange(self, exchange: Exchange) -> None:
        log = self._logs.pop(exchange.exchange, None) or _Log()
        if len(self._seen) >= EXCHANGES_LIMIT:
            self._left_out += 1
            return
        self._seen.append(self._of(exchange, log))

    def finish(self) -> Run:
        return Run(
            self._name,
            self._head,
            tuple(self._seen),
            self._left_out,
            tuple(self._problems),
            self._lost,
        )

    def _of(self, exchange: Exchange, log: _Log) -> Seen:
        turn, stream = exchange.turn, exchange.stream
        texts = (turn.answer, turn.reasoning, turn.title) if turn else None
        timed = exchange.timed and self._head.clock != "none"
        moments = (
            exchange.sent_ns if exchange.sent_ns is not None else exchange.started_ns,
            exchange.headers_ns,
            stream.first_byte_ns if exchange.timed else None,
            stream.first_event_ns if exchange.timed else None,
            exchange.ended_ns,
        )
        return Seen(
            exchange=exchange.exchange,
            order=len(self._seen),
            method=exchange.method.upper(),
            authority=_authority(exchange),
            path=masked(exchange.path),
            http_version=exchange.http_version,
            status=exchange.status,
            ids=_ids(exchange.response_headers),
            streamed=exchange.streamed,
            ended=exchange.how != "unfinished",
            request=_body(exchange.request_body, exchange.request_length),
            response=_body(exchange.response_body, exchange.response_length),
            times=tuple(map(self._wall, moments)),
            events=_column(log.digests),
            event_ns=_column(log.at_ns if timed else array("q")),
            event_read=_column(log.reads),
            text=hash(tuple(map(masked, texts))) if texts else None,
            bytes=stream.bytes or exchange.response_length,
        )

    def _wall(self, at_ns: int | None) -> int | None:
        if at_ns is None or self._head.clock == "none" or abs(at_ns) > FARTHEST_NS:
            return None
        return at_ns + self._shift_ns


def masked(text: str) -> str:
    """The text with every credential's fingerprint made the same: each capture has its own key."""
    if "cred:" not in text:
        return text
    return FINGERPRINT.sub(lambda found: "cred:".ljust(len(found[0]), "."), text)


def _column(values: "array[int]") -> Nanoseconds:
    return np.array(values, dtype=np.int64)


def _authority(exchange: Exchange) -> str:
    return exchange.authority.lower().removesuffix(_DEFAULT_PORTS.get(exchange.scheme, ":"))


def _ids(headers: Headers) -> frozenset[tuple[str, str]]:
    return frozenset(
        (name, value)
        for name, value in ((name.lower(), value) for name, value in headers)
        if value and _IDS.fullmatch(name)
    )


def _body(data: bytes, length: int) -> tuple[int, int]:
    """Length and digest; the digest is 0 where there is nothing to digest."""
    if not data:
        return length, 0
    text = data[: COMPARED_BYTES + 64].decode("latin-1")
    return length, hash(masked(text)[:COMPARED_BYTES]) or 1
