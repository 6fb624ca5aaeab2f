"""How far two captures of one run lie apart in time: sections of the alignment's report."""

from analyzer.analyses.alignment.results import Alignment, Drift, Matched, Offset, Unmatched
from analyzer.analyses.statistics import Distribution
from analyzer.analyses.vantage import vantage_of
from analyzer.model import Unmeasurable
from analyzer.report import cells
from analyzer.report.parts import Block, Cell, Column, Facts, Lines, Section, Table
from analyzer.report.plain import printable
from analyzer.report.units import UNKNOWN, count, duration, durations, tick

LISTED = 20
"""Rows of a list; the JSON has them all."""


def named(one: Matched | Unmatched) -> Cell:
    return Cell(printable(f"{one.method} {one.path}", 80))


def more(total: int, what: str) -> str:
    return f"the first {LISTED} of {total:,} that {what}" if total > LISTED else ""


def differences_section(found: Alignment) -> Section:
    blocks: list[Block] = [Lines(tuple(_sentences(found)))]
    rows = []
    points = []
    for moment in found.moments:
        difference = moment.difference_ns
        if isinstance(difference, Unmeasurable):
            continue
        rows.append((Cell(moment.name), *_cells(difference, found.resolution_ns)))
        if difference.points:
            shown = Cell(durations(difference.points))
            points.append((f"{moment.name}, n = {difference.n}", shown))
    if rows:
        columns = (
            *(Column("moment", number=False), Column("n"), Column("median"), Column("p99")),
            *(Column("least"), Column("most")),
            Column(f"clock's\n{tick(found.resolution_ns)}", number=False),
        )
        blocks.append(Table(columns, tuple(rows)))
    if points:
        blocks.append(Facts(tuple(points)))
    lead = "B − A, each by its own wall clock: the way from one to the other, and what their"
    return Section("B beside A", tuple(blocks), f"{lead} clocks differ.")


def _cells(difference: Distribution, resolution_ns: int) -> tuple[Cell, ...]:
    within = abs(difference.p50) < resolution_ns
    return (
        cells.number(difference.n),
        cells.span(difference.p50, "strong"),
        cells.span(difference.p99),
        cells.span(difference.min),
        cells.span(difference.max),
        Cell("within" if within else "beyond", "muted"),
    )


def _sentences(found: Alignment) -> list[Cell]:
    offset = found.offset
    if isinstance(offset, Unmeasurable):
        return [Cell(f"The clocks can't be compared: {offset.reason}.", "warn")]
    sentences = [Cell(who_was_first(found, offset), "strong")]
    arrivals = f" in {count(offset.arrivals)} arrivals" if offset.arrivals < offset.n else ""
    sentences.append(
        Cell(
            f"Clock offset B − A: {duration(offset.median_ns)}, half of it from "
            f"{duration(offset.low_ns)} to {duration(offset.high_ns)} "
            f"({offset.moment}, n = {count(offset.n)}{arrivals})."
        )
    )
    if abs(offset.median_ns) < found.resolution_ns:
        sentences.append(
            Cell(f"That is within {_coarser(found)}: no more than that can be told.", "muted")
        )
    early = {"A's": vantage_of(found.a.source).early, "B's": vantage_of(found.b.source).early}
    for words in dict.fromkeys(filter(None, early.values())):
        whose = " and ".join(side for side, said in early.items() if said == words)
        sentences.append(Cell(f"{whose} times are {words}.", "muted"))
    return sentences


def who_was_first(found: Alignment, offset: Offset) -> str:
    """Which side saw it earlier, in words."""
    each = {moment.name: moment.difference_ns for moment in found.moments}[offset.moment]
    assert isinstance(each, Distribution)
    if offset.median_ns == 0:
        when = "at the same moment as A"
    else:
        order = "after" if offset.median_ns > 0 else "before"
        when = f"{duration(abs(offset.median_ns))} {order} A"
    spread = (
        f"from {duration(each.min)} to {duration(each.max)}"
        if each.p99 is None
        else f"p99 {duration(each.p99)}"
    )
    what = offset.moment if offset.moment.startswith("each") else f"the {offset.moment}"
    return f"B saw {what} {when}, median; {spread}; n = {count(each.n)}."


def _coarser(found: Alignment) -> str:
    one = found.b if found.b.resolution_ns >= found.a.resolution_ns else found.a
    return f"the {tick(one.resolution_ns)} of {printable(one.source, 20)}'s clock"


def steadiness_section(found: Alignment) -> Section | None:
    jitter, drift = found.jitter_ns, found.drift
    if isinstance(jitter, Unmeasurable):
        return None
    spread = (
        f"median {duration(jitter.p50)}, "
        + (f"p99 {duration(jitter.p99)}, " if jitter.p99 is not None else "")
        + f"most {duration(jitter.max)}, n = {count(jitter.n)}"
    )
    if jitter.p50 < found.resolution_ns:
        spread += f"; the median is within {_coarser(found)}"
    pairs = (("jitter", Cell(spread)), ("drift", _drift(drift, found)))
    lead = "Each event's distance from the median difference, and whether that grew."
    return Section("How steady", (Facts(pairs),), lead)


def _drift(drift: Drift | Unmeasurable, found: Alignment) -> Cell:
    if isinstance(drift, Unmeasurable):
        return Cell(f"{UNKNOWN} {drift.reason}", "muted")
    grown_ns = drift.slope_ppm / 1e6 * drift.span_ns
    within = f"; that is within {_coarser(found)}" if abs(grown_ns) < found.resolution_ns else ""
    return Cell(
        f"{_ppm(drift.slope_ppm)} ppm ({_ppm(drift.low_ppm)} to {_ppm(drift.high_ppm)}, 95 %): "
        f"{duration(grown_ns)} over {duration(drift.span_ns)}{within}"
    )


def _ppm(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def streams_section(found: Alignment) -> Section | None:
    rows = [one for one in found.matched if isinstance(one.event_ns, Distribution)]
    if not rows:
        return None
    columns = (
        *(Column("A"), Column("B"), Column("stream", number=False, cut=True), Column("n")),
        *(Column("median"), Column("p99"), Column("least"), Column("most")),
    )
    table = Table(
        columns,
        tuple(
            (cells.number(one.a), cells.number(one.b), named(one), *_spans(one))
            for one in rows[:LISTED]
        ),
        more(len(rows), "both have with times"),
    )
    return Section("Streams", (table,), "Each event's B − A, stream by stream.")


def _spans(one: Matched) -> tuple[Cell, ...]:
    each = one.event_ns
    assert isinstance(each, Distribution)
    spans = (each.p50, each.p99, each.min, each.max)
    return (cells.number(each.n), *(cells.span(span) for span in spans))
