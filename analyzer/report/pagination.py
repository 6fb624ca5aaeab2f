"""Lists that were read page by page: what depth costs, what came twice, what slipped past."""

from collections import Counter
from collections.abc import Sequence

from analyzer.analyses.pagination import PageRequest, PaginationFound, PaginationWalk
from analyzer.analyses.pagination.depths import waits_by_depth
from analyzer.analyses.questions import Unanswered
from analyzer.model import Unmeasurable
from analyzer.report import cells, units
from analyzer.report.figures import Figures
from analyzer.report.parts import (
    Bars,
    Block,
    Cell,
    Column,
    Facts,
    Lines,
    Section,
    Source,
    Table,
    Tone,
)
from analyzer.report.plain import printable
from analyzer.report.reasons import reasons
from analyzer.report.streams import left_out

LISTED = 8
"""Walks in the table: those with the most pages."""

EXPLAINED = 2
"""Walks that are told in words: the longest, of different lists if there are such."""

NAMED = 3
"""Lists of one page that are named."""

BARS = 8
"""Bars that draw a walk's waits, each for as many pages."""

_LEAD = (
    "Lists that were fetched a page at a time. Twice: rows that had come before in the same "
    "walk; missed: rows that slipped past while pages shifted. A service's own time is the "
    "wait less the least wait on its connections (inferred), unless it states it."
)
_CAUTION = (
    "A walk that only goes deeper can't tell depth from what changed meanwhile: a second one, "
    "or `streamscope experiment pagination`, can."
)
_MS = 1_000_000
_FINE_NS = 5 * _MS
"""Waits that are all shorter than this are drawn in µs."""

_TONES: dict[str, Tone] = {"grows": "warn", "flat": "good", "falls": "plain"}
_NAMED_BY = {"page": "page number", "after": "the id before"}
_SLOPING = ("grows", "falls")
_EVIDENCE = {
    "one page": "one page: nothing could slip past",
    "nothing moved": "the total stayed, and no row came twice",
    "total": "the stated totals account for the rows that came twice",
    "listed again": "seen when the list was loaded again",
}


def pagination_section(figures: Figures) -> Section | None:
    """Walks in a table; the longest in words, with the wait against depth."""
    blocks: list[Block] = []
    captures = figures.analysis.captures
    for number, capture in enumerate(captures, 1):
        found = blocks_of(capture.answers.pagination, number)
        if found and len(captures) > 1:
            name = Cell(printable(capture.file, 60), "strong")
            blocks.append(Facts((("capture", name),)))
        blocks += found
    return Section("Lists, page by page", tuple(blocks), _LEAD) if blocks else None


def blocks_of(found: PaginationFound, number: int = 1) -> list[Block]:
    """What one capture, which has this number, says of its lists."""
    singles = [walk for walk in found.pagination_walks if walk.requests == 1]
    walks = [walk for walk in found.pagination_walks if walk.requests > 1]
    walks.sort(key=lambda walk: (-walk.pages, walk.walk_id))
    blocks: list[Block] = [_table(walks, number)] if walks else []
    lines = [*_reasons([*walks[:LISTED], *singles])]
    if singles:
        lines.insert(0, Cell(_singles(singles), "muted"))
    if lines:
        blocks.append(Lines(tuple(lines)))
    explained = _explained(walks)
    for walk in explained:
        pages = [one for one in found.page_requests if one.walk_id == walk.walk_id]
        blocks += [_facts(walk, number), *_waits(pages)]
    if any(walk.verdict in _SLOPING for walk in explained):
        blocks.append(Lines((Cell(_CAUTION, "muted"),)))
    if found.unanswered:
        blocks.append(Lines(tuple(_unanswered(one) for one in found.unanswered)))
    return blocks


def _explained(walks: Sequence[PaginationWalk]) -> list[PaginationWalk]:
    """Of each list its longest walk first, then others."""
    longest: dict[tuple[str, str], PaginationWalk] = {}
    for walk in walks:
        longest.setdefault((walk.method, walk.endpoint), walk)
    first = {walk.walk_id for walk in longest.values()}
    others = [walk for walk in walks if walk.walk_id not in first]
    return [*longest.values(), *others][:EXPLAINED]


def _singles(walks: Sequence[PaginationWalk]) -> str:
    """What was read no further than its first page, in one line."""
    counts = Counter(printable(_called(walk), 44) for walk in walks)
    named = [f"{path} ×{n}" if n > 1 else path for path, n in counts.most_common(NAMED)]
    more = [f"{len(counts) - NAMED} more"] if len(counts) > NAMED else []
    return f"{units.counted(len(walks), 'walk')} of one page: {', '.join([*named, *more])}"


def _reasons(walks: Sequence[PaginationWalk]) -> tuple[Cell, ...]:
    """Why figures of the table are not known."""
    return reasons(
        shown
        for walk in walks
        for shown in (
            ("rows", walk.items),
            ("twice", walk.duplicates),
            ("missed", walk.missed),
            ("ms per 1,000 rows", walk.slope_ms_per_1000_rows),
        )
    )


def _unanswered(one: Unanswered) -> Cell:
    return Cell(f"{one.figure}: {one.reason}", "muted")


def _table(walks: Sequence[PaginationWalk], number: int) -> Table:
    columns = (
        Column("walk"),
        Column("list", number=False, cut=True),
        Column("by", number=False),
        *(Column("pages"), Column("rows"), Column("twice"), Column("missed")),
        Column("wasted", from_width=100),
        Column("ms per\n1,000 rows"),
        Column("wait", number=False, cut=True),
    )
    rows = tuple(_row(walk, Source(number, walk.exchange)) for walk in walks[:LISTED])
    return Table(columns, rows, left_out(len(walks), LISTED, "walk"))


def _row(walk: PaginationWalk, source: Source) -> tuple[Cell, ...]:
    return (
        Cell(str(walk.walk_id), "muted", walk.walk_id, source),
        Cell(printable(_called(walk), 44), "strong"),
        Cell(printable(walk.style, 8), "muted"),
        cells.number(walk.pages, "plain", source),
        cells.number(walk.items, "plain", source),
        _found(walk.duplicates, source),
        _found(walk.missed, source),
        cells.share(walk.wasted_share, "muted"),
        # A slope that may be noise is told with its interval only, below.
        cells.shown(_slope(walk.slope_ms_per_1000_rows), walk.slope_ms_per_1000_rows)
        if walk.verdict in _SLOPING
        else Cell(units.UNKNOWN),
        Cell(_short(walk.verdict), _TONES.get(walk.verdict, "muted")),
    )


def _called(walk: PaginationWalk) -> str:
    """The path, and the method if it is not the usual one."""
    path = "/" + walk.endpoint.partition("://")[2].partition("/")[2]
    return path if walk.method == "GET" else f"{walk.method} {path}"


def _found(rows: int | Unmeasurable, source: Source) -> Cell:
    return cells.number(rows, "warn" if rows and isinstance(rows, int) else "muted", source)


def _short(verdict: str) -> str:
    return "noise" if verdict.startswith("the data") else verdict


def _facts(walk: PaginationWalk, number: int) -> Facts:
    called = Cell(printable(_called(walk), 60), "strong", source=Source(number, walk.exchange))
    pairs = (
        (f"walk {walk.walk_id}", called),
        ("read", Cell(_read(walk))),
        ("wait against depth", Cell(_model(walk), _TONES.get(walk.verdict, "plain"))),
        *_passing(walk),
        ("the whole history", _history(walk)),
        ("came twice", _twice(walk)),
        ("slipped past", _missed(walk)),
    )
    return Facts(pairs)


def _read(walk: PaginationWalk) -> str:
    parts = [f"{units.counted(walk.pages, 'page')} by {_NAMED_BY.get(walk.style, walk.style)}"]
    if isinstance(walk.page_size, int):
        parts[0] += f" of {units.counted(walk.page_size, 'row')}"
    if isinstance(walk.row_bytes, int):
        parts[0] += f", {units.size(walk.row_bytes)} each"
    if isinstance(walk.ordering, str):
        parts.append(f"sorted by {printable(walk.ordering, 40)}")
    if walk.filters:
        parts.append(printable(walk.filters, 60))
    if walk.repeats:
        parts.append(units.counted(walk.repeats, "repeat"))
    if walk.failures:
        parts.append(f"{units.counted(walk.failures, 'request')} failed")
    parts.append(f"to the end ({walk.end_seen})" if walk.end_seen else "not to the end")
    return "; ".join(parts)


def _model(walk: PaginationWalk) -> str:
    slope, low, high = walk.slope_ms_per_1000_rows, walk.slope_low, walk.slope_high
    if isinstance(slope, Unmeasurable):
        return f"{walk.verdict}: {slope.reason}"
    interval = (
        f"{_slope(slope)} ms per 1,000 rows (95 %: {_slope(low)} to {_slope(high)}; "
        f"n = {walk.n}, {walk.estimator}, down to row {units.count(walk.deepest_rows)})"
    )
    if _short(walk.verdict) == "noise":
        return f"{walk.verdict}: {interval}"
    told = "stated" if walk.server_time_source == "server-timing" else "inferred"
    base = f"from {_ms(walk.base_ms)} in the service ({told}), {_ms(walk.network_ms)} on the way"
    return f"{walk.verdict}: {interval}, {base}"


def _passing(walk: PaginationWalk) -> list[tuple[str, Cell]]:
    """Where a page passes the budget; nothing where there is no line to tell it."""
    if isinstance(walk.slope_ms_per_1000_rows, Unmeasurable):
        return []
    return [(f"over {walk.budget_ms:g} ms", _budget(walk))]


def _budget(walk: PaginationWalk) -> Cell:
    rows = walk.budget_rows
    if isinstance(rows, Unmeasurable):
        return Cell(f"{units.UNKNOWN}  {rows.reason}", "muted")
    deepest = walk.deepest_rows
    beyond = isinstance(deepest, int) and rows > deepest
    interval = (
        f" (95 %: {units.count(walk.budget_rows_low)} to {units.count(walk.budget_rows_high)})"
    )
    return Cell(
        f"from row {units.count(rows)} on"
        + (interval if rows else "")
        + (", by the line beyond what was seen" if beyond else "")
    )


def _history(walk: PaginationWalk) -> Cell:
    rows = walk.history_rows
    if isinstance(rows, Unmeasurable):
        return Cell(f"{units.UNKNOWN}  {rows.reason}", "muted")
    offset = _cost(walk.history_offset_ms)
    if not isinstance(walk.history_offset_ms, Unmeasurable):
        low, high = _ms(walk.history_offset_low_ms), _ms(walk.history_offset_high_ms)
        offset += f" (95 %: {low} to {high})"
    return Cell(
        f"{units.counted(rows, 'row')}: by offset {offset}, "
        f"{units.count(walk.history_offset_rows)} rows touched; by keyset "
        f"{_cost(walk.history_keyset_ms)}, {units.count(walk.history_keyset_rows)} rows"
    )


def _cost(ms: float | Unmeasurable) -> str:
    """A history's cost; the reason of one that is not known stands at the wait already."""
    return "an unknown time" if isinstance(ms, Unmeasurable) else _ms(ms)


def _twice(walk: PaginationWalk) -> Cell:
    if isinstance(walk.duplicates, Unmeasurable):
        return Cell(f"{units.UNKNOWN}  {walk.duplicates.reason}", "muted")
    if not walk.duplicates or isinstance(walk.wasted_bytes, Unmeasurable):
        return Cell("no row", "good")
    return Cell(
        f"{units.counted(walk.duplicates, 'row')} of {units.count(walk.items)}, "
        f"{units.size(walk.wasted_bytes)} ({_percent(walk.wasted_share)} of the answers)",
        "warn",
    )


def _missed(walk: PaginationWalk) -> Cell:
    if isinstance(walk.missed, Unmeasurable):
        return Cell(f"{units.UNKNOWN}  {walk.missed.reason}", "muted")
    how = _EVIDENCE.get(walk.missed_how, walk.missed_how)
    if not walk.missed:
        return Cell(f"no row: {how}", "good")
    return Cell(f"{units.counted(walk.missed, 'row')}: {how}", "bad")


def _waits(pages: Sequence[PageRequest]) -> list[Block]:
    """The waits at growing depth: every page's, or of a long walk medians of like depth."""
    groups = waits_by_depth(pages, BARS)
    if len(groups) < 3:
        return []
    unit, scale = ("µs", 1_000) if max(one.ttfb_ns for one in groups) < _FINE_NS else ("ms", _MS)
    labels = tuple(Cell(f"row {one.depth:,}") for one in groups)
    most = max(one.pages for one in groups)
    note = f"each the median of up to {most} pages from that row on" if most > 1 else ""
    series = (f"time to headers, {unit}", tuple(round(one.ttfb_ns / scale) for one in groups))
    return [Bars(labels, (series,), note)]


def _slope(value: float | Unmeasurable) -> str:
    if isinstance(value, Unmeasurable):
        return units.UNKNOWN
    shown = f"{abs(value):.3g}" if abs(value) < 1000 else f"{abs(value):,.0f}"
    return f"−{shown}" if value < 0 and float(shown.replace(",", "")) else shown


def _ms(value: float | Unmeasurable) -> str:
    return units.duration(value if isinstance(value, Unmeasurable) else value * _MS)


def _percent(share: float | Unmeasurable) -> str:
    return units.share(share)
