"""The live view of `streamscope record`: a snapshot in, something rich can print out.

Pure: what is shown depends on the arguments alone, the time of looking included. All
captured text passes `printable`, and none is read as markup.
"""

from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from analyzer.analyses.gaps import STALL_NS
from analyzer.report.countdown import ending, urgency
from analyzer.report.plain import printable
from analyzer.watch import Snapshot, StreamRow

PROTOCOLS = {"HTTP/1.0": "h1", "HTTP/1.1": "h1", "HTTP/2.0": "h2", "HTTP/3": "h3"}

STATES = {
    "waiting": ("waiting", "yellow"),
    "streaming": ("open", "bold green"),
    "complete": ("done", "dim"),
    "client_abort": ("left", "dim"),
    "server_abort": ("cut", "red"),
    "error": ("error", "red"),
    "unfinished": ("unfinished", "red"),
}
"""What a state is called here, and how it looks."""

TURNS = {
    "stopped": ("stopped", "dim"),
    "error": ("error", "red"),
    "cut": ("cut", "red"),
    "handoff": ("handoff", "dim"),
    "complete": ("done", "dim"),
}
"""What the service said of the answer goes before how the stream ended."""

NARROW = {"TTFT": 7, "events": 6, "ev/s": 5, "last gap": 8}
"""Columns of figures, and the cells they take."""

URGENCIES = ("", "yellow", "bold yellow", "red")
"""How an end of a credential looks that is far, soon, now, or past."""

WARNINGS = 2
"""Most credentials that the view warns of at one time."""

LINES_AROUND = 5
"""Lines of the view that are not streams: heading, rule, two of the foot, the cursor's."""


@dataclass(frozen=True)
class Surroundings:
    """What stands around the table. ``size`` counts the capture's bytes.

    ``proxy_says`` is the proxy's last warning, empty if it gave none.
    """

    path: str
    size: int
    proxy_says: str = ""


def live_view(
    snapshot: Snapshot, around: Surroundings, now_ns: int, *, width: int, height: int
) -> RenderableType:
    """The table of streams above a foot, cut to what ``height`` lines hold.

    Above it stands what is about to expire.
    """
    warnings = _warnings(snapshot, now_ns, width)
    rows = _chosen(snapshot.streams, max(1, height - LINES_AROUND - len(warnings)))
    foot = Text(no_wrap=True, overflow="ellipsis")
    foot.append(_foot(snapshot, around), style="dim")
    if snapshot.lost:
        foot.append(f" · {snapshot.lost} LOST", style="bold red")
    parts: list[RenderableType] = [
        *warnings,
        _table(rows, now_ns, width) if rows else _nothing_yet(),
    ]
    parts.append(foot)
    if around.proxy_says:
        says = printable(f"proxy: {around.proxy_says}", width)
        parts.append(Text(says, style="yellow", no_wrap=True, overflow="ellipsis"))
    return Group(*parts)


def _warnings(snapshot: Snapshot, now_ns: int, width: int) -> list[Text]:
    """A line for each credential that ends soon or has ended, the most urgent first."""
    seen = [one.at(now_ns) for one in snapshot.endings]
    urgent = [one for one in seen if urgency(one)][:WARNINGS]
    return [
        Text(
            printable(ending(one.kind, one.remaining_ns, one.expires_wall_ns), width),
            style=URGENCIES[urgency(one)],
            no_wrap=True,
            overflow="ellipsis",
        )
        for one in urgent
    ]


def _nothing_yet() -> Text:
    return Text("no event stream yet", style="dim italic")


def _chosen(streams: tuple[StreamRow, ...], limit: int) -> list[StreamRow]:
    """Open streams before ended ones, younger before older; shown in order of age."""
    by_need = sorted(streams, key=lambda row: (row.is_open, row.exchange), reverse=True)
    return sorted(by_need[:limit], key=lambda row: row.exchange)


def _table(rows: list[StreamRow], now_ns: int, width: int) -> Table:
    """Two columns share what the narrow ones leave: the target takes up to 2/5 of it."""
    numbers = max(len(str(row.exchange)) for row in rows)
    states = max(5, *(len(state_of(row)[0]) for row in rows))
    spare = max(20, width - numbers - states - sum(NARROW.values()) - 2 - 8)
    targets = min(spare * 2 // 5, max(8, *(cell_len(_target(row)) for row in rows)))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("#", justify="right", width=numbers, no_wrap=True)
    table.add_column("", width=2, no_wrap=True)
    table.add_column("stream", width=targets, no_wrap=True)
    table.add_column("state", width=states, no_wrap=True)
    for name, cells in NARROW.items():
        table.add_column(name, justify="right", width=cells, no_wrap=True)
    table.add_column("text", width=spare - targets, no_wrap=True)
    for row in rows:
        table.add_row(*_cells(row, now_ns, targets, spare - targets))
    return table


def _cells(row: StreamRow, now_ns: int, targets: int, texts: int) -> list[Text]:
    rate = row.rate_hz()
    return [
        Text(str(row.exchange), style="dim"),
        Text(PROTOCOLS.get(row.http_version, "?"), style="cyan"),
        Text(last_part(_target(row), targets)),
        Text(*state_of(row)),
        Text("–" if row.ttft_ns is None else span(row.ttft_ns)),
        Text(str(row.events)),
        Text("–" if rate is None else f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"),
        _gap(row, now_ns),
        Text(last_part(row.text, texts), style="" if row.is_text else "dim"),
    ]


def _target(row: StreamRow) -> str:
    return row.authority + row.path.partition("?")[0]


def state_of(row: StreamRow) -> tuple[str, str]:
    """What to call the state of a stream, and its style."""
    if not row.is_open and row.turn in TURNS:
        return TURNS[row.turn]
    return STATES[row.state]


def _gap(row: StreamRow, now_ns: int) -> Text:
    """The last gap; of an open stream the one that is running, once that is longer."""
    gap_ns = row.last_gap_ns
    if row.is_open and row.arrived_ns is not None:
        gap_ns = max(gap_ns or 0, now_ns - row.arrived_ns)
    if gap_ns is None:
        return Text("–")
    return Text(span(gap_ns), style="red" if gap_ns >= STALL_NS else "")


def span(nanoseconds: int) -> str:
    """A length of time in seven cells at most: ``412 ms``, ``3.21 s``, ``75 s``."""
    milliseconds = nanoseconds / 1e6
    if milliseconds < 9.95:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1e3
    return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.0f} s"


def last_part(text: str, cells: int) -> str:
    """The end of a text, made printable, in ``cells`` columns; an ellipsis before it if cut."""
    shown = printable(text, len(text)).strip()
    if cell_len(shown) <= cells:
        return shown
    shown = shown[1 - cells :]
    while cell_len(shown) >= cells:
        shown = shown[1:]
    return "…" + shown


def _foot(snapshot: Snapshot, around: Surroundings) -> str:
    opened = sum(row.is_open for row in snapshot.streams)
    parts = [
        f"{opened} open, {len(snapshot.streams) - opened + snapshot.forgotten} ended",
        f"{snapshot.others} other exchanges",
        f"{printable(around.path, 60)} {_bytes(around.size)}",
        f"proxy lag ≤ {span(snapshot.lag_max_ns)}",
    ]
    return " · ".join(parts)


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def changes(before: Snapshot, after: Snapshot) -> list[str]:
    """A line for each state that a stream or a credential reached between two snapshots.

    In order of time; a credential's states are that its end is near, nearer and there.
    """
    known = {row.exchange: row for row in before.streams}
    reached = [
        (at_ns, f"#{row.exchange} {what}")
        for each in after.streams
        for at_ns, row, what in _reached(known.get(each.exchange), each)
    ]
    urgencies = {one.fingerprint: urgency(one) for one in before.endings}
    reached += [
        (after.seen_ns, ending(one.kind, one.remaining_ns, one.expires_wall_ns))
        for one in after.endings
        if urgency(one) > urgencies.get(one.fingerprint, 0)
    ]
    return [
        f"{(at_ns - after.began_ns) / 1e9:9.3f} s  {what}"
        for at_ns, what in sorted(reached, key=lambda entry: entry[0])
    ]


def _reached(before: StreamRow | None, row: StreamRow) -> list[tuple[int, StreamRow, str]]:
    found: list[tuple[int, StreamRow, str]] = []
    if before is None and row.opened_ns is not None:
        protocol = PROTOCOLS.get(row.http_version, "?")
        found.append((row.opened_ns, row, f"open: {protocol} {printable(_target(row), 200)}"))
    if row.ttft_ns is not None and (before is None or before.ttft_ns is None):
        found.append((row.sent_ns + row.ttft_ns, row, f"first text: TTFT {span(row.ttft_ns)}"))
    if not row.is_open and (before is None or before.is_open):
        rate = row.rate_hz()
        pace = "" if rate is None else f", {rate:.1f}/s"
        ended_ns = row.ended_ns or row.last_event_ns or row.sent_ns
        found.append((ended_ns, row, f"{state_of(row)[0]}: {row.events} events{pace}"))
    return found
