"""What is said where there is no terminal: a line for each thing that came to pass."""

from collections.abc import Iterator

from analyzer.report.countdown import ending, urgency
from analyzer.report.live.connections import SIDES, protocol_of
from analyzer.report.live.credentials import name_of
from analyzer.report.live.words import PROTOCOLS, fingerprint, span, state_of, target_of
from analyzer.report.plain import printable
from analyzer.report.units import counted
from analyzer.watch import ConnectionRow, CredentialRow, Snapshot, StreamRow, WalkRow

type _Said = tuple[int, str]


def changes(before: Snapshot, after: Snapshot) -> list[str]:
    """A line for each state that was reached between two snapshots, in order of time.

    Streams open, bring their first text and end; connections open and close; walks are
    recognised and come to their end; credentials end soon, now, and have ended, are refused
    and refreshed.
    """
    reached = [
        *_of_streams(before, after),
        *_of_endings(before, after),
        *_of_credentials(before, after),
        *_of_connections(before, after),
        *_of_walks(before, after),
    ]
    return [
        f"{(at_ns - after.began_ns) / 1e9:9.3f} s  {what}"
        for at_ns, what in sorted(reached, key=lambda entry: entry[0])
    ]


def _of_streams(before: Snapshot, after: Snapshot) -> Iterator[_Said]:
    known = {row.exchange: row for row in before.streams}
    for row in after.streams:
        for at_ns, what in _reached(known.get(row.exchange), row):
            yield at_ns, f"#{row.exchange} {what}"


def _reached(before: StreamRow | None, row: StreamRow) -> Iterator[_Said]:
    if before is None and row.opened_ns is not None:
        protocol = PROTOCOLS.get(row.http_version, "?")
        yield row.opened_ns, f"open: {protocol} {printable(target_of(row), 200)}"
    if row.ttft_ns is not None and (before is None or before.ttft_ns is None):
        yield row.sent_ns + row.ttft_ns, f"first text: TTFT {span(row.ttft_ns)}"
    if not row.is_open and (before is None or before.is_open):
        rate = row.rate_hz()
        pace = "" if rate is None else f", {rate:.1f}/s"
        ended_ns = row.ended_ns or row.last_event_ns or row.sent_ns
        yield ended_ns, f"{state_of(row)[0]}: {row.events} events{pace}"


def _of_endings(before: Snapshot, after: Snapshot) -> Iterator[_Said]:
    """A credential's states are that its end is near, nearer and there."""
    urgencies = {one.fingerprint: urgency(one) for one in before.endings}
    for one in after.endings:
        if urgency(one) > urgencies.get(one.fingerprint, 0):
            yield after.seen_ns, ending(one.kind, one.remaining_ns, one.expires_wall_ns)


def _of_credentials(before: Snapshot, after: Snapshot) -> Iterator[_Said]:
    known = {row.fingerprint: row for row in before.credentials}
    for row in after.credentials:
        yield from _befell(known.get(row.fingerprint), row)


def _befell(before: CredentialRow | None, row: CredentialRow) -> Iterator[_Said]:
    name = f"{name_of(row.kind)} {fingerprint(row.fingerprint)}"
    if row.refused_ns is not None and row.refused > (before.refused if before else 0):
        yield row.refused_ns, f"{name} refused: {printable(row.refused_why, 200)}"
    new = before is None or before.replaced_by != row.replaced_by
    if row.replaced_by and row.replaced_ns is not None and new:
        yield row.replaced_ns, f"{name} refreshed as {fingerprint(row.replaced_by)}"


def _of_connections(before: Snapshot, after: Snapshot) -> Iterator[_Said]:
    known = {row.number: row for row in before.connections}
    for row in after.connections:
        yield from _connected(known.get(row.number), row)


def _connected(before: ConnectionRow | None, row: ConnectionRow) -> Iterator[_Said]:
    name = f"connection {row.number}"
    asked = f" ({printable(row.authority, 200)})" if row.authority else ""
    whom = f"to the {SIDES[row.side]}{asked}"
    if before is None and not row.came_about:
        yield row.opened_ns, f"{name} {whom} never came about"
    elif before is None:
        took = "" if row.handshake_ns is None else f", handshake {span(row.handshake_ns)}"
        protocol = f"{protocol_of(row)} " if row.protocol else ""
        yield row.opened_ns, f"{name} open: {protocol}{whom}{took}"
    if row.closed_ns is not None and (before is None or before.is_open):
        why = f": {printable(row.error, 200)}" if row.error else ""
        yield row.closed_ns, f"{name} closed after {counted(row.streams, 'exchange')}{why}"


def _of_walks(before: Snapshot, after: Snapshot) -> Iterator[_Said]:
    known = {row.number: row for row in before.walks}
    for row in after.walks:
        yield from _walked(known.get(row.number), row)


def _walked(before: WalkRow | None, row: WalkRow) -> Iterator[_Said]:
    name = printable(row.endpoint.partition("://")[2], 200)
    if before is None and row.started_ns is not None:
        yield row.started_ns, f"walk from #{row.number}: {name}, by {row.style}"
    if row.end_seen and not (before and before.end_seen) and row.last_ns is not None:
        depth = "" if row.depth is None else f", depth {row.depth:,}"
        rows = "" if row.items is None else f", {row.items:,} rows"
        pages = "1 page" if row.pages == 1 else f"{row.pages:,} pages"
        yield row.last_ns, f"walk from #{row.number} whole: {pages}{rows}{depth}; {row.end_seen}"
