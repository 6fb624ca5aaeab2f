"""Connections: a strip, and a page."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from analyzer.report.countdown import countdown
from analyzer.report.live.tables import Column, spare, table
from analyzer.report.live.words import first_part, last_part, line, span
from analyzer.report.plain import printable
from analyzer.watch import ConnectionRow, Snapshot

SIDES = {"client": "browser", "server": "service"}
"""At whose end the other side of a connection sits, seen from the proxy."""

ALPN = {"http/1.1": "h1", "http/1.0": "h1"}
"""Short names of protocols; others are short enough."""


def protocol_of(row: ConnectionRow) -> str:
    return ALPN.get(row.protocol, printable(row.protocol, 4)) or "–"


def listed(snapshot: Snapshot) -> list[ConnectionRow]:
    """Every connection, open ones first, the youngest of each first."""
    return sorted(snapshot.connections, key=lambda row: (not row.is_open, -row.number))


def strip(snapshot: Snapshot) -> Text | None:
    """How many are open, by side and protocol, on one line; None if there never was one."""
    if not snapshot.connections:
        return None
    now = [row for row in snapshot.connections if row.is_open]
    sides: list[str] = []
    for side, word in SIDES.items():
        these = [row for row in now if row.side == side]
        protocols = sorted({protocol_of(row) for row in these})
        busy = sum(row.streams_open for row in these)
        if these:
            sides.append(f"{word} {len(these)} ({', '.join(protocols)}; {busy} busy)")
    came = sum(row.came_about for row in snapshot.connections)
    others = {"closed": came - len(now), "failed": len(snapshot.connections) - came}
    counts = [f"{count} {word}" for word, count in others.items() if count]
    return line(("connections  ", "bold"), " · ".join([*sides, *counts]))


def _state(row: ConnectionRow) -> tuple[str, str]:
    """What to call its state, and its style."""
    if not row.came_about:
        return "failed", "red"
    return ("open", "bold green") if row.is_open else ("closed", "red" if row.error else "dim")


def connections_table(rows: Sequence[ConnectionRow], now_ns: int, width: int) -> Table:
    """One line each: to whom, over what, how old, what it carries."""
    columns = [
        Column("#", max([1, *(len(str(row.number)) for row in rows)]), "right"),
        Column("to", 7),
        Column("", 4),
        Column("state", 6),
        Column("age", 10, "right"),
        Column("handshake", 9, "right"),
        Column("open/all", 9, "right"),
    ]
    rest = spare(columns, width)
    columns.append(Column("name", rest))
    return table(columns, [_cells(row, now_ns, rest) for row in rows])


def _cells(row: ConnectionRow, now_ns: int, rest: int) -> list[Text]:
    style = "" if row.is_open else "dim"
    until_ns = now_ns if row.closed_ns is None else row.closed_ns
    name = f"{row.authority}: {row.error}" if row.error else row.authority
    shown = first_part(name, rest) if row.error else last_part(name, rest)
    return [
        Text(str(row.number), style="dim"),
        Text(SIDES[row.side], style=style),
        Text(protocol_of(row), style="cyan"),
        Text(*_state(row)),
        Text(countdown(max(0, until_ns - row.opened_ns)) if row.came_about else "–", style=style),
        Text("–" if row.handshake_ns is None else span(row.handshake_ns), style=style),
        Text(f"{row.streams_open}/{row.streams}", style=style),
        Text(shown, style=style),
    ]
