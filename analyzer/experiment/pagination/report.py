"""The pagination experiment as a report."""

from analyzer.analyses.pagination.fit import GROWS, Line
from analyzer.experiment.basics import Spread
from analyzer.experiment.pagination.results import (
    LEAST_REPEATS,
    Observed,
    PaginationResult,
    Point,
    Settings,
)
from analyzer.model import Unmeasurable
from analyzer.report.parts import (
    Block,
    Cell,
    Column,
    Facts,
    Lines,
    Report,
    Section,
    Table,
)
from analyzer.report.plain import printable
from analyzer.report.units import UNKNOWN, count, counted, duration, size

_ORDERS = {
    "updated": "the time of the last change, newest first",
    "created": "the time of creation, newest first",
    "id": "the primary key, greatest first",
}
_NAME = 60


def pagination_report(results: tuple[PaginationResult, ...]) -> Report:
    settings = results[0].settings
    return Report(
        "streamscope experiment pagination",
        Facts(_facts(settings)),
        (),
        tuple(_section(result) for result in results),
    )


def _facts(settings: Settings) -> tuple[tuple[str, Cell], ...]:
    index = "the primary key" if settings.order == "id" else "on the sorted column and the id"
    facts = [
        ("table", Cell(f"{settings.rows:,} rows of about {size(settings.row_bytes)}")),
        ("list", Cell(f"pages of {settings.page}, by {_ORDERS[settings.order]}")),
        ("index", Cell(index if settings.index else "none on the sorted column")),
        ("times", Cell(_repeated(settings.repeats))),
    ]
    if settings.observed:
        facts.append(("taken from", Cell(_taken(settings.observed))))
    return tuple(facts)


def _repeated(repeats: int) -> str:
    """The JSON has each page's own n."""
    fewer = f", {LEAST_REPEATS} where pages are slow" if repeats > LEAST_REPEATS else ""
    return f"median of {counted(repeats, 'repeat')}{fewer} (quartiles), fetching included"


def _taken(observed: Observed) -> str:
    ordering = f", sorted by {printable(observed.ordering, 30)}" if observed.ordering else ""
    return (
        f"{printable(observed.endpoint, _NAME)}: {observed.style}, "
        f"{counted(len(observed.points), 'page')} of known depth{ordering}"
    )


def _section(result: PaginationResult) -> Section:
    blocks: list[Block] = [
        Lines(tuple(Cell(sentence) for sentence in result.advice)),
        _points(result),
        _lines(result),
        _plans(result),
        Facts(
            (
                ("cache", Cell(result.cache)),
                ("table", Cell(f"{size(result.table_bytes)} with indexes")),
                (
                    "took",
                    Cell(f"{duration(result.took_ns)}, {duration(result.build_ns)} of it building"),
                ),
            )
        ),
    ]
    return Section(result.database, tuple(blocks), "What one page costs, by its depth.")


def _points(result: PaginationResult) -> Table:
    pairs = zip(result.of("offset"), result.of("keyset"), strict=True)
    seen = dict(result.settings.observed.points) if result.settings.observed else {}
    columns = [
        Column("rows\nbefore"),
        Column("rows\nvisited"),
        Column("pages\nread"),
        Column("offset"),
        Column("(quartiles)", from_width=100),
        Column("rows\nvisited"),
        Column("pages\nread"),
        Column("keyset"),
        Column("(quartiles)", from_width=100),
    ]
    if seen:
        columns.append(Column("your\nservice"))
    rows = [
        (
            Cell(count(offset.depth)),
            *_cells(offset),
            *_cells(keyset),
            *((Cell(duration(seen.get(offset.depth))),) if seen else ()),
        )
        for offset, keyset in pairs
    ]
    return Table(tuple(columns), tuple(rows), "left: by offset; right: by keyset")


def _cells(point: Point) -> tuple[Cell, ...]:
    return (
        Cell(count(point.examined.rows_visited)),
        Cell(count(point.examined.pages_read)),
        Cell(duration(point.wall.median_ns), "strong"),
        Cell(_quartiles(point.wall), "muted"),
    )


def _quartiles(wall: Spread) -> str:
    return f"{duration(wall.low_ns)} – {duration(wall.high_ns)}"


def _lines(result: PaginationResult) -> Table:
    """Theil–Sen lines, ours and the observed one."""
    rows = [
        (Cell("offset, here"), *_line(result.offset, result.of("offset"))),
        (Cell("keyset, here"), *_line(result.keyset, result.of("keyset"))),
    ]
    if result.settings.observed:
        rows.append((Cell("your service"), *_observed(result.settings.observed)))
    columns = (
        Column("Theil–Sen line", number=False),
        Column("n"),
        Column("at depth 0"),
        Column("per 1,000 rows"),
        Column("95 % interval"),
        Column("says", number=False),
    )
    return Table(columns, tuple(rows))


def _line(line: Line | Unmeasurable, points: tuple[Point, ...]) -> tuple[Cell, ...]:
    if isinstance(line, Unmeasurable):
        return (*(Cell(UNKNOWN),) * 4, Cell(line.reason, "muted"))
    return (
        Cell(count(len(points))),
        Cell(_ms(line.base_ms)),
        Cell(_ms(line.slope * 1000)),
        Cell(f"{_ms(line.low * 1000)} … {_ms(line.high * 1000)}"),
        Cell(line.verdict, "warn" if line.verdict == GROWS else "plain"),
    )


def _observed(observed: Observed) -> tuple[Cell, ...]:
    return (
        Cell(count(len(observed.points))),
        Cell(_ms(observed.base_ms)),
        Cell(_ms(observed.slope_ms_per_1000_rows)),
        Cell(f"{_ms(observed.slope_low)} … {_ms(observed.slope_high)}"),
        Cell(printable(observed.verdict, _NAME)),
    )


def _ms(value: float | Unmeasurable) -> str:
    return UNKNOWN if isinstance(value, Unmeasurable) else duration(value * 1e6)


def _plans(result: PaginationResult) -> Table:
    """Each plan once, with the depths at which the database chose it."""
    seen: dict[tuple[str, str], list[int]] = {}
    for point in result.points:
        seen.setdefault((point.style, point.examined.plan), []).append(point.depth)
    rows = tuple(
        (Cell(style), Cell(f"{depths[0]:,} … {depths[-1]:,}"), Cell(plan))
        for (style, plan), depths in seen.items()
    )
    columns = (Column("walk", number=False), Column("at depth"), Column("plan", number=False))
    return Table(columns, rows)
