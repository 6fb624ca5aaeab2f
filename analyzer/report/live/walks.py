"""Lists that are being read page by page: a strip, and a page."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from analyzer.report.live.tables import Column, spare, table
from analyzer.report.live.words import last_part, line, span
from analyzer.watch import Snapshot, WalkRow

RUNNING_NS = 5_000_000_000
"""A walk whose last page came longer ago than this is not running any more."""

BARS = "▁▂▃▄▅▆▇█"


def listed(snapshot: Snapshot) -> list[WalkRow]:
    """Every walk, the one that moved last first."""
    return sorted(snapshot.walks, key=lambda row: row.last_ns or 0, reverse=True)


def is_running(row: WalkRow, now_ns: int) -> bool:
    return not row.end_seen and row.last_ns is not None and now_ns - row.last_ns < RUNNING_NS


def strip(snapshot: Snapshot, now_ns: int, width: int) -> Text | None:
    """The walk that moved last, on one line; None if there is none."""
    rows = listed(snapshot)
    if not rows:
        return None
    row = rows[0]
    pages = "1 page" if row.pages == 1 else f"{row.pages:,} pages"
    depth = "" if row.depth is None else f", depth {row.depth:,}"
    wait = "" if row.last_wait_ns is None else f", last wait {span(row.last_wait_ns)}"
    more = f" · {len(rows) - 1} more" if len(rows) > 1 else ""
    state, style = state_of(row, now_ns)
    said = f": {pages}{depth}{wait}{more}"
    target = last_part(_list_of(row), max(12, width - 14 - len(state + said)))
    return line(("walks        ", "bold"), (state, style), f" {target}{said}")


def _list_of(row: WalkRow) -> str:
    return row.endpoint.partition("://")[2]


def state_of(row: WalkRow, now_ns: int) -> tuple[str, str]:
    """What to call its state, and its style."""
    if is_running(row, now_ns):
        return "running", "bold green"
    return ("whole", "dim") if row.end_seen else ("paused", "dim")


def walks_table(rows: Sequence[WalkRow], now_ns: int, width: int) -> Table:
    """One line each: whose list, how far it came, what its pages took, drawn against depth."""
    columns = [
        Column("state", 7),
        Column("by", 6),
        Column("pages", 5, "right"),
        Column("rows", 6, "right"),
        Column("depth", 6, "right"),
        Column("last wait", 9, "right"),
    ]
    rest = spare(columns, width)
    drawn = min(30, rest // 2 - 1)
    columns += [Column("list", rest - drawn - 1), Column("waits", drawn)]
    return table(columns, [_cells(row, now_ns, rest - drawn - 1, drawn) for row in rows])


def _cells(row: WalkRow, now_ns: int, target: int, drawn: int) -> list[Text]:
    worse = "red" if row.failures else ""
    return [
        Text(*state_of(row, now_ns)),
        Text(row.style),
        Text(str(row.pages) + ("!" if row.failures else ""), style=worse),
        Text("–" if row.items is None else str(row.items)),
        Text("–" if row.depth is None else str(row.depth)),
        Text("–" if row.last_wait_ns is None else span(row.last_wait_ns)),
        Text(last_part(_list_of(row), target)),
        Text(bars([wait for _, wait in row.waits], drawn), style="cyan"),
    ]


def bars(values: Sequence[int], cells: int) -> str:
    """The newest values as bars, one cell each, the largest one full."""
    newest = values[-cells:]
    top = max(newest, default=0)
    return "".join(BARS[min(7, value * 8 // top)] if top else BARS[0] for value in newest)
