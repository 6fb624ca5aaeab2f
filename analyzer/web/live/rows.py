"""A snapshot of the capture as rows for the page: formatted once here, for all viewers.

What moves with the clock (a running gap, a countdown) is a moment here, and the page's own to
say. Moments count nanoseconds from the capture's beginning.
"""

import msgspec

from analyzer.report.countdown import WORDS, time_of_day
from analyzer.report.live.words import PROTOCOLS, TURNS, span
from analyzer.report.live.words import fingerprint as short
from analyzer.report.parts import Tone
from analyzer.report.plain import printable
from analyzer.watch import ConnectionRow, CredentialRow, Snapshot, StreamRow, WalkRow

TARGET_KEPT = 200
"""Characters of an authority and path."""

TAIL_KEPT = 90
"""Characters of a stream's text that stand in its row."""

CREDENTIALS_KEPT = 30
"""Credentials in use that are shown."""

OTHERS_KEPT = 5
"""Newest credentials out of use that are shown."""

CONNECTIONS_KEPT = 40
"""Open connections that are shown."""

OTHER_CONNECTIONS_KEPT = 8
"""Newest connections that are shown of those that were closed or never came about."""

WALKS_KEPT = 50
"""Newest walks that are shown."""

STATES: dict[str, tuple[str, Tone]] = {
    "waiting": ("waiting", "warn"),
    "streaming": ("open", "good"),
    "complete": ("done", "muted"),
    "client_abort": ("left", "muted"),
    "server_abort": ("cut", "bad"),
    "error": ("error", "bad"),
    "unfinished": ("unfinished", "bad"),
}
_ENDINGS: dict[str, Tone] = {"error": "bad", "cut": "bad"}


class Stream(msgspec.Struct, frozen=True):
    """One event stream. ``gap_ns`` is its last gap between arrivals, ``tail`` its text's end.

    Not ``is_text``: the tail is the last event, and arrivals are those of events.
    """

    exchange: int
    protocol: str
    target: str
    state: str
    tone: Tone
    is_open: bool
    sent_ns: int
    opened_ns: int | None
    ttft_ns: int | None
    ttft: str
    events: str
    rate: str
    arrived_ns: int | None
    gap_ns: int | None
    gap: str
    ended_ns: int | None
    is_text: bool
    tail: str


class Credential(msgspec.Struct, frozen=True):
    """A login or token. ``expires_ns``, ``lifetime_ns`` are None where that is not known;
    ``at`` is the time of day at which it ends. Not ``in_use``: another took its place, or no
    request rides on it.
    """

    fingerprint: str
    kind: str
    in_use: bool
    expires_ns: int | None
    lifetime_ns: int | None
    at: str
    says: str
    refused: int


class Walk(msgspec.Struct, frozen=True):
    """A list read page by page; ``share`` of it has been read, None where that is not known."""

    number: int
    endpoint: str
    path: str
    style: str
    pages: str
    items: str
    wait: str
    share: float | None
    ended: bool


class Link(msgspec.Struct, frozen=True):
    """A connection of the browser's or, ``side`` server, the proxy's own to the service."""

    number: int
    side: str
    protocol: str
    authority: str
    opened_ns: int
    closed_ns: int | None
    handshake: str
    open: int
    streams: int
    error: str


class Totals(msgspec.Struct, frozen=True):
    """The foot of the page."""

    streams_open: int = 0
    streams_ended: int = 0
    events: int = 0
    others: int = 0
    lost: int = 0
    lag: str = "–"


def stream(row: StreamRow, began_ns: int, *, is_over: bool) -> Stream:
    """``is_over``: nothing comes any more, so that what is open stays unfinished."""
    rate = row.rate_hz()
    state, tone = _state(row, is_over)
    return Stream(
        exchange=row.exchange,
        protocol=PROTOCOLS.get(row.http_version, "?"),
        target=printable(row.authority + row.path.partition("?")[0], TARGET_KEPT),
        state=state,
        tone=tone,
        is_open=row.is_open and not is_over,
        sent_ns=row.sent_ns - began_ns,
        opened_ns=_since(row.opened_ns, began_ns),
        ttft_ns=row.ttft_ns,
        ttft=_span(row.ttft_ns),
        events=f"{row.events:,}",
        rate="–" if rate is None else f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}",
        arrived_ns=_since(row.arrived_ns, began_ns),
        gap_ns=row.last_gap_ns,
        gap=_span(row.last_gap_ns),
        ended_ns=_since(row.ended_ns, began_ns),
        is_text=row.is_text,
        tail=_tail(row.text),
    )


def _state(row: StreamRow, is_over: bool) -> tuple[str, Tone]:
    if row.is_open and is_over:
        return STATES["unfinished"]
    if not row.is_open and row.turn in TURNS:
        return TURNS[row.turn][0], _ENDINGS.get(row.turn, "muted")
    return STATES[row.state]


def _tail(text: str) -> str:
    shown = printable(text, len(text)).strip()
    return shown if len(shown) <= TAIL_KEPT else "…" + shown[1 - TAIL_KEPT :]


def _span(ns: int | None) -> str:
    return "–" if ns is None else span(ns)


def _since(at_ns: int | None, began_ns: int) -> int | None:
    return None if at_ns is None else at_ns - began_ns


def credentials(snapshot: Snapshot) -> list[Credential]:
    """Those in use in the order in which they end, then the newest of the others."""
    used = [one for one in snapshot.credentials if one.in_use]
    used.sort(key=lambda one: (one.expires_ns is None, one.expires_ns or 0, one.fingerprint))
    others = [one for one in reversed(snapshot.credentials) if not one.in_use and one.requests]
    shown = [*used[:CREDENTIALS_KEPT], *others[:OTHERS_KEPT]]
    return [_credential(one, snapshot.began_ns) for one in shown]


def _credential(one: CredentialRow, began_ns: int) -> Credential:
    says = [f"{one.requests:,} {'request' if one.requests == 1 else 'requests'}"]
    if one.replaced_by:
        says.append(f"replaced by {short(one.replaced_by)}")
    if one.refused:
        says.append(f"refused {one.refused:,}×: {printable(one.refused_why, 60)}")
    return Credential(
        short(one.fingerprint),
        WORDS.get(one.kind, one.kind),
        one.in_use,
        _since(one.expires_ns, began_ns),
        one.lifetime_ns,
        "" if one.expires_wall_ns is None else time_of_day(one.expires_wall_ns),
        " · ".join(says),
        one.refused,
    )


def walks(snapshot: Snapshot) -> list[Walk]:
    """The newest first."""
    newest = sorted(snapshot.walks, key=lambda row: row.started_ns or 0, reverse=True)
    return [_walk(row) for row in newest[:WALKS_KEPT]]


def _walk(row: WalkRow) -> Walk:
    got = None if row.items is None else f"{row.items:,}"
    items = "" if got is None else got if row.total is None else f"{got} of {row.total:,}"
    share = min(1.0, row.items / row.total) if row.items is not None and row.total else None
    again = f", {row.repeats:,} again" if row.repeats else ""
    failed = f", {row.failures:,} failed" if row.failures else ""
    return Walk(
        row.number,
        printable(f"{row.method} {row.endpoint}", TARGET_KEPT),
        printable(_path(row.endpoint), TARGET_KEPT),
        row.style,
        f"{row.pages:,} {'page' if row.pages == 1 else 'pages'}{again}{failed}",
        items,
        _span(row.last_wait_ns),
        1.0 if row.end_seen else share,
        bool(row.end_seen),
    )


def _path(endpoint: str) -> str:
    _, slash, path = endpoint.partition("://")[2].partition("/")
    return slash + path or endpoint


def connections(snapshot: Snapshot) -> list[Link]:
    """Open ones that carry something, other open ones, then what was closed or never came about.

    The newest first.
    """
    newest = sorted(snapshot.connections, key=lambda row: row.number, reverse=True)
    opened = [row for row in newest if row.is_open]
    opened.sort(key=lambda row: row.streams_open == 0)
    others = [row for row in newest if not row.is_open]
    shown = [*opened[:CONNECTIONS_KEPT], *others[:OTHER_CONNECTIONS_KEPT]]
    return [_link(row, snapshot.began_ns) for row in shown]


def _link(row: ConnectionRow, began_ns: int) -> Link:
    return Link(
        row.number,
        row.side,
        printable(row.protocol, 12),
        printable(row.authority or row.peer, TARGET_KEPT),
        row.opened_ns - began_ns,
        _since(row.closed_ns, began_ns),
        _span(row.handshake_ns),
        row.streams_open,
        row.streams,
        printable(row.error, TARGET_KEPT),
    )


def totals(snapshot: Snapshot) -> Totals:
    opened = sum(row.is_open for row in snapshot.streams)
    return Totals(
        opened,
        len(snapshot.streams) - opened + snapshot.forgotten,
        snapshot.events,
        snapshot.others,
        snapshot.lost,
        span(snapshot.lag_max_ns),
    )
