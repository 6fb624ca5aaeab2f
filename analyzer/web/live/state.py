"""The state that all viewers are shown, and what one of them does not know of it yet.

Pure: snapshots and events go in, messages come out. There is no queue a viewer: each says what
it knows and is told the difference, so that a slow one costs nothing but its own waiting.
"""

from collections.abc import Iterable

import msgspec

from analyzer.reassemble import EventsSeen
from analyzer.watch import Snapshot, StreamRow
from analyzer.web.live import rows
from analyzer.web.live.messages import Capture, Changed, Cursor, Everything, Message, Name
from analyzer.web.live.traces import Told, Traces

GONE_KEPT = 1_000
"""Streams whose rows went that are remembered; who knows less gets everything anew."""

_SECTIONS: tuple[Name, ...] = ("capture", "credentials", "walks", "connections")


class Shown(msgspec.Struct, frozen=True):
    """What is told as a whole whenever any of it changes; named as the messages are."""

    capture: Capture
    credentials: list[rows.Credential] = []
    walks: list[rows.Walk] = []
    connections: list[rows.Link] = []


class _Known(msgspec.Struct, frozen=True):
    """A stream as it was seen last, and the version in which that was new."""

    version: int
    seen: StreamRow
    row: rows.Stream


class State:
    """What is to be seen. ``version`` counts its changes; ``newest`` is the stream to follow:
    the youngest open one, else the one that was that last, 0 if there was none.
    """

    def __init__(self, run: str, name: str) -> None:
        self.version = 0
        self.newest = 0
        self._run = run
        self._shown = Shown(Capture(name))
        self._changed: dict[Name, int] = dict.fromkeys(_SECTIONS, 0)
        self._snapshot = Snapshot()
        self._is_over = False
        self._streams: dict[int, _Known] = {}
        self._gone: list[tuple[int, int]] = []
        self._oldest = 0
        self._youngest = 0
        self._traces = Traces()

    def take(self, snapshot: Snapshot, found: Iterable[EventsSeen], capture: Capture) -> bool:
        """Take in how things stand; whether there is anything new to a viewer."""
        self.version += 1
        self._traces.began_ns = snapshot.began_ns
        came = False
        for each in found:
            self._traces.take(each)
            came = True
        changed = self._take_streams(snapshot, is_over=capture.stage in ("over", "failed"))
        shown = self._made(snapshot, capture)
        for name in _SECTIONS:
            if getattr(shown, name) != getattr(self._shown, name):
                self._changed[name] = self.version
                changed = True
        self._shown, self._snapshot = shown, snapshot
        return came or changed

    def since(
        self, cursor: Cursor | None, wanted: int, now_ns: int
    ) -> tuple[list[Message], Cursor]:
        """What to tell a viewer who knows ``cursor`` (None: nothing) and looks at the stream
        ``wanted`` (0: the newest), and what it knows then.
        """
        exchange = wanted or self.newest
        messages: list[Message] = []
        if cursor is None or cursor.run != self._run or not self._knows(cursor):
            messages.append(Message("snapshot", self._everything(now_ns)))
            is_same = cursor is not None and cursor.run in ("", self._run)
            known = (cursor.exchange, cursor.seq) if cursor is not None and is_same else (0, -1)
            cursor = Cursor(self._run, self.version, *known)
        else:
            messages += self._changes(cursor.version, now_ns)
        seq = cursor.seq if cursor.exchange == exchange else -1
        told = self._told(exchange, seq)
        if told is not None and (cursor.exchange != exchange or told.events):
            messages.append(Message("events", told))
            seq = told.events[-1].seq if told.events else seq
        return messages, Cursor(self._run, self.version, exchange, seq)

    def _made(self, snapshot: Snapshot, capture: Capture) -> Shown:
        """Rows are made anew only of what is not as it was."""
        before, shown = self._snapshot, self._shown
        same_credentials = before.credentials == snapshot.credentials
        same_walks = before.walks == snapshot.walks
        same_connections = before.connections == snapshot.connections
        return Shown(
            capture,
            shown.credentials if same_credentials else rows.credentials(snapshot),
            shown.walks if same_walks else rows.walks(snapshot),
            shown.connections if same_connections else rows.connections(snapshot),
        )

    def _take_streams(self, snapshot: Snapshot, *, is_over: bool) -> bool:
        changed = False
        for seen in snapshot.streams:
            known = self._streams.get(seen.exchange)
            if known and known.seen == seen and self._is_over == is_over:
                continue
            row = rows.stream(seen, snapshot.began_ns, is_over=is_over)
            self._streams[seen.exchange] = _Known(self.version, seen, row)
            changed = True
        for exchange in self._streams.keys() - {seen.exchange for seen in snapshot.streams}:
            del self._streams[exchange]
            self._gone.append((self.version, exchange))
            changed = True
        for version, _ in self._gone[:-GONE_KEPT]:
            self._oldest = version
        del self._gone[:-GONE_KEPT]
        self._is_over = is_over
        self._follow()
        return changed

    def _told(self, exchange: int, seq: int) -> Told | None:
        known = self._streams.get(exchange)
        return self._traces.since(exchange, seq, known.seen.events if known else 0)

    def _follow(self) -> None:
        opened = [exchange for exchange, known in self._streams.items() if known.row.is_open]
        youngest = max(self._streams, default=0)
        if opened:
            self.newest = max(opened)
        elif youngest > self._youngest:
            # It came and went between two looks.
            self.newest = youngest
        self._youngest = max(self._youngest, youngest)

    def _knows(self, cursor: Cursor) -> bool:
        return self._oldest <= cursor.version <= self.version

    def _changes(self, version: int, now_ns: int) -> list[Message]:
        newer = [known.row for known in self._streams.values() if known.version > version]
        gone = [exchange for at, exchange in self._gone if at > version]
        found = [
            Message(name, getattr(self._shown, name))
            for name in _SECTIONS
            if self._changed[name] > version
        ]
        if newer or gone:
            found.append(Message("streams", Changed(now_ns, newer, gone)))
        return found

    def _everything(self, now_ns: int) -> Everything:
        return Everything(
            now_ns,
            self._shown.capture,
            [known.row for known in self._streams.values()],
            self._shown.credentials,
            self._shown.walks,
            self._shown.connections,
        )
