"""The table of event streams, one line each."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from analyzer.analyses.gaps import STALL_NS
from analyzer.report.live.tables import Column, table, window
from analyzer.report.live.words import MARK, PROTOCOLS, last_part, span, state_of, target_of
from analyzer.watch import StreamRow

_FIGURES = (
    Column("TTFT", 7, "right"),
    Column("events", 6, "right"),
    Column("ev/s", 5, "right"),
    Column("last gap", 8, "right"),
)


def streams_table(
    streams: Sequence[StreamRow], now_ns: int, selected: int | None, width: int, lines: int
) -> Table:
    """So many lines of streams below a heading; ``selected`` is an exchange.

    Two columns share what the narrow ones leave: the target takes up to 2/5 of it.
    """
    rows = shown(streams, selected, lines)
    chosen = next((i for i, row in enumerate(rows) if row.exchange == selected), None)
    numbers = max(len(str(row.exchange)) for row in rows) + (chosen is not None)
    states = max(5, *(len(state_of(row)[0]) for row in rows))
    fixed = numbers + 2 + states + sum(column.cells for column in _FIGURES)
    spare = max(20, width - fixed - 8)
    targets = min(spare * 2 // 5, max(8, *(cell_len(target_of(row)) for row in rows)))
    texts = spare - targets
    columns = (
        Column("#", numbers, "right"),
        Column("", 2),
        Column("stream", targets),
        Column("state", states),
        *_FIGURES,
        Column("text", texts),
    )
    cells = [_cells(row, now_ns, targets, texts, selected) for row in rows]
    return table(columns, cells, chosen)


def shown(streams: Sequence[StreamRow], selected: int | None, lines: int) -> Sequence[StreamRow]:
    """The rows around the selected one; as long as none is, open ones before ended ones.

    Of these the younger go before the older. They stand in order of age either way.
    """
    at = next((i for i, row in enumerate(streams) if row.exchange == selected), None)
    if at is not None:
        return [streams[index] for index in window(len(streams), at, lines)]
    by_need = sorted(streams, key=lambda row: (row.is_open, row.exchange), reverse=True)
    return sorted(by_need[:lines], key=lambda row: row.exchange)


def gap_of(row: StreamRow, now_ns: int) -> int | None:
    """The last gap; of an open stream the one that is running, once that is longer."""
    gap_ns = row.last_gap_ns
    if row.is_open and row.arrived_ns is not None:
        gap_ns = max(gap_ns or 0, now_ns - row.arrived_ns)
    return gap_ns


def gap(gap_ns: int | None) -> Text:
    if gap_ns is None:
        return Text("–")
    return Text(span(gap_ns), style="red" if gap_ns >= STALL_NS else "")


def pace(row: StreamRow) -> str:
    """Events a second."""
    rate = row.rate_hz()
    return "–" if rate is None else f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"


def _cells(
    row: StreamRow, now_ns: int, targets: int, texts: int, selected: int | None
) -> list[Text]:
    mark = MARK if row.exchange == selected else ""
    return [
        Text(f"{mark}{row.exchange}", style="dim" if not mark else ""),
        Text(PROTOCOLS.get(row.http_version, "?"), style="cyan"),
        Text(last_part(target_of(row), targets)),
        Text(*state_of(row)),
        Text("–" if row.ttft_ns is None else span(row.ttft_ns)),
        Text(str(row.events)),
        Text(pace(row)),
        gap(gap_of(row, now_ns)),
        Text(last_part(row.text, texts), style="" if row.is_text else "dim"),
    ]
