"""Which process and thread an exchange is drawn on, and its own spans there.

A process stands for an origin. A stream has a thread of its own; other exchanges overlap on
one that they share.
"""

from itertools import pairwise

import msgspec

from analyzer.exporters.trace.sheet import Sheet, Track
from analyzer.model import Exchange, Lost, RequestHead

ORIGINS = 1_000
"""Most origins that have a process of their own; the others share the last."""

OPEN_LIMIT = 100_000
"""Most exchanges under way whose origin is remembered, as many as the reassembler holds."""

PATH_SHOWN = 100
"""Characters of a path in a track's name."""


class _Origin(msgspec.Struct, frozen=True):
    pid: int
    calls: Track


class Tracks:
    """Numbers tracks, names them once, and draws what each exchange went through."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._origins: dict[str, _Origin] = {}
        self._open: dict[int, RequestHead] = {}
        self._streams: dict[int, Track] = {}
        self._recorder: Track | None = None

    def begin(self, head: RequestHead) -> None:
        self._streams.pop(head.exchange, None)
        if len(self._open) < OPEN_LIMIT:
            self._open[head.exchange] = head

    def end(self, exchange: int) -> None:
        self._open.pop(exchange, None)
        self._streams.pop(exchange, None)

    def of_stream(self, exchange: int) -> Track:
        """The stream's own track, named when it is first asked for."""
        track = self._streams.get(exchange)
        if track is None:
            head = self._open.get(exchange)
            origin = self._origin(head.authority if head else "")
            track = self._streams[exchange] = Track(origin.pid, self._sheet.number())
            called = f"{head.method} {head.path[:PATH_SHOWN]}" if head else ""
            spoken = f" ({head.http_version})" if head and head.http_version else ""
            self._sheet.name_thread(track, f"#{exchange} {called}{spoken}")
        return track

    def of_recorder(self) -> Track:
        """For what the recorder tells of itself."""
        if self._recorder is None:
            self._recorder = Track(self._sheet.number(), self._sheet.number())
            self._sheet.name_process(self._recorder.pid, "recorder")
            self._sheet.name_thread(self._recorder, "event loop")
        return self._recorder

    def lost(self, lost: Lost) -> None:
        args = {"what": lost.what, "count": lost.count, "bytes": lost.bytes, "why": lost.reason}
        self._sheet.instant(self.of_recorder(), f"lost: {lost.what}", lost.at_ns, args, "g")

    def is_open(self, exchange: int) -> bool:
        return exchange in self._open

    def exchange(self, exchange: Exchange) -> int | None:
        """Draw an exchange and its phases, as far as the capture knows their moments.

        Returns when the last of them begins: what begins later nests in it.
        """
        moments = _moments(exchange)
        if not moments:
            return None
        name = f"{exchange.method} {exchange.path.partition('?')[0][:PATH_SHOWN]}"
        args: dict[str, object] = {
            "exchange": exchange.exchange,
            "status": exchange.status,
            "how": exchange.how,
            "protocol": exchange.http_version,
            "bytes": exchange.response_length,
        }
        begin_ns, end_ns = moments[0][1], moments[-1][1]
        phases = [
            (phase, one, other) for (phase, one), (_, other) in pairwise(moments) if other > one
        ]
        if exchange.streamed:
            track = self.of_stream(exchange.exchange)
            self._sheet.slice(track, name, begin_ns, end_ns, args)
            for phase, one, other in phases:
                self._sheet.slice(track, phase, one, other, {})
        else:
            track, number = self._origin(exchange.authority).calls, self._sheet.number()
            self._sheet.span(track, number, name, begin_ns, end_ns, args)
            for phase, one, other in phases:
                self._sheet.span(track, number, phase, one, other, {})
        if exchange.ended_ns is not None:
            ending = {"exchange": exchange.exchange, "detail": exchange.detail}
            self._sheet.instant(track, exchange.how, exchange.ended_ns, ending)
        return moments[-2][1]

    def _origin(self, authority: str) -> _Origin:
        known = self._origins.get(authority)
        if known is not None:
            return known
        if len(self._origins) >= ORIGINS:
            return next(reversed(self._origins.values()))
        pid = self._sheet.number()
        made = self._origins[authority] = _Origin(pid, Track(pid, self._sheet.number()))
        shared = len(self._origins) == ORIGINS
        self._sheet.name_process(pid, "other origins" if shared else authority or "(no origin)")
        self._sheet.name_thread(made.calls, "calls")
        return made


def _moments(exchange: Exchange) -> list[tuple[str, int]]:
    """What begins at each known moment of an exchange, in their order; the last is its end.

    Moments that go backwards, as in damaged captures, are left out: spans have to nest.
    """
    stream, turn = exchange.stream, exchange.turn
    texts = turn.texts.at_ns if turn and exchange.timed else ()
    first_byte_ns = stream.first_byte_ns if exchange.timed else None
    found = [
        ("sending", exchange.started_ns),
        ("waiting for headers", exchange.sent_ns),
        ("waiting for a byte", exchange.headers_ns),
        ("waiting for text" if texts else "stream", first_byte_ns),
        ("text", texts[0] if texts else None),
    ]
    last = [exchange.ended_ns, stream.last_byte_ns if exchange.timed else None]
    last += [max(texts)] if texts else []
    end_ns = max((at for at in last if at is not None), default=None)
    moments: list[tuple[str, int]] = []
    for name, at in found:
        if at is None or (end_ns is not None and at > end_ns):
            continue
        if not moments or at >= moments[-1][1]:
            moments.append((name, at))
    if moments and not exchange.streamed and moments[-1][0] == "waiting for a byte":
        moments[-1] = ("body", moments[-1][1])
    return [*moments, ("", end_ns if end_ns is not None else moments[-1][1])] if moments else []
