"""The identifiers experiment as a report."""

from analyzer.experiment.identifiers.results import (
    BATCH,
    LATEST,
    LEAST_DIFFERENCE,
    NAMES,
    STEPS,
    STEPS_AGREE,
    IdentifiersResult,
    Settings,
    Tree,
)
from analyzer.report.parts import Bars, Block, Cell, Column, Facts, Lines, Report, Section, Table
from analyzer.report.plain import printable
from analyzer.report.units import count, counted, duration, share, size

_STORED = {
    "text": "as text, as traffic carries them (UUID 36, ULID 26 characters)",
    "blob": "in 16 bytes",
}
_NOISE = (
    f"rates differ where Lord's range test over the repeats says so at 95 %, {STEPS_AGREE} of "
    f"{STEPS} steps agree and it is {share(LEAST_DIFFERENCE)} at least; counters have no noise"
)
_COLUMNS = (
    Column("key", number=False),
    Column("inserts/s"),
    Column("repeats", from_width=110),
    Column("pages\nwritten"),
    Column("WAL"),
    Column("cache\nmisses"),
    Column("leaf\nfill"),
    Column("key's\ntree"),
    Column("all", from_width=110),
    Column(f"latest\n{LATEST}"),
    Column("rows\nvisited"),
)


def identifiers_report(results: tuple[IdentifiersResult, ...], *, chart: bool) -> Report:
    return Report(
        "streamscope experiment identifiers",
        Facts(_facts(results[0].settings)),
        (),
        tuple(_section(result, chart) for result in results),
    )


def _facts(settings: Settings) -> tuple[tuple[str, Cell], ...]:
    return (
        ("table", Cell(f"{settings.rows:,} rows of about {size(settings.row_bytes)} and a key")),
        ("keys", Cell(_STORED[settings.storage])),
        ("arrivals", Cell(printable(settings.arrivals.described, 300))),
        (
            "inserts",
            Cell(
                f"{BATCH:,} in a transaction; median of {counted(settings.repeats, 'run')}, "
                f"counters of the last"
            ),
        ),
        (
            "in a millisecond",
            Cell("UUIDv7 random (uuid-utils, time given), ULID counting up (python-ulid)"),
        ),
    )


def _section(result: IdentifiersResult, chart: bool) -> Section:
    blocks: list[Block] = [Lines(tuple(Cell(sentence) for sentence in result.advice))]
    for layout in result.layouts():
        trees = result.of(layout)
        blocks += (_heading(layout), Table(_COLUMNS, tuple(map(_row, trees))))
        if chart:
            blocks += (_heading(f"{layout}: inserts/s for each 5 % of the rows"), _chart(trees))
    facts = [
        ("cache", Cell(result.cache)),
        ("noise", Cell(_NOISE)),
        ("took", Cell(duration(result.took_ns))),
    ]
    return Section(
        result.database, (*blocks, Facts(tuple(facts))), "What each key costs its B-tree."
    )


def _heading(text: str) -> Lines:
    return Lines((Cell(text, "strong"),))


def _row(tree: Tree) -> tuple[Cell, ...]:
    last = tree.last
    least, most = tree.repeats_per_s[0], tree.repeats_per_s[-1]
    return (
        Cell(NAMES[tree.scheme]),
        Cell(count(tree.per_s), "strong"),
        Cell(f"{least:,} – {most:,}", "muted"),
        Cell(count(last.pages_written)),
        Cell(size(last.wal_bytes)),
        Cell(count(last.cache_misses)),
        Cell(share(last.leaf_fill)),
        Cell(size(last.key_bytes)),
        Cell(size(last.total_bytes)),
        Cell(duration(last.latest.wall.median_ns)),
        Cell(count(last.latest.rows_visited)),
    )


def _chart(trees: tuple[Tree, ...]) -> Bars:
    """Inserts/s as the table grows: where a tree outgrows the cache its rate falls."""
    labels = tuple(Cell(f"{(step + 1) * 100 // STEPS} %") for step in range(STEPS))
    # "integer" is wider than a bar on a narrow page.
    named = {**NAMES, "integer": "int"}
    return Bars(labels, tuple((named[tree.scheme], tree.rates) for tree in trees))
