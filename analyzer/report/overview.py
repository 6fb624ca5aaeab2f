"""The head of a report: what was captured, what must be known first, what was felt."""

from analyzer.analyses.pooled import Goodput, Pool, Pooled
from analyzer.analyses.reading import WORDS_PER_MINUTE, Readings
from analyzer.analyses.results import CaptureResult
from analyzer.analyses.statistics import POINTS_BELOW, Distribution
from analyzer.analyses.vantage import vantage_of
from analyzer.model import CaptureHead, Unmeasurable
from analyzer.report import cells, units
from analyzer.report.figures import PROTOCOL_NAMES, Figures
from analyzer.report.parts import (
    Block,
    Cell,
    Column,
    Facts,
    Lines,
    Section,
    Source,
    Table,
)
from analyzer.report.plain import printable
from analyzer.report.reasons import reasons
from analyzer.report.spots import ALL, Spots

METRICS = (
    ("time to headers", "time_to_headers"),
    ("time to first byte", "time_to_first_byte"),
    ("time to first event", "time_to_first_event"),
    ("TTFT", "ttft"),
    ("TTFO", "ttfo"),
    ("ICL", "icl"),
    ("ITL (estimated)", "itl"),
    ("E2EL", "e2el"),
    ("tail", "tail"),
)
"""The metrics that have percentiles: their names, and where a `Pool` has them."""

HEADLINES = (
    ("until the first text", "TTFT", "ttft"),
    ("until the first output", "TTFO", "ttfo"),
    ("from text to text", "ICL", "icl"),
    ("until the last text", "E2EL", "e2el"),
)
_PERCENTILES = tuple(Column(name) for name in ("p50", "p90", "p95", "p99", "max", "n"))

CLOCKS = {
    "chunk": "every read stamped as it arrived",
    "packet": "every packet stamped as it arrived",
    "event": "events stamped, not bytes",
    "none": "no times at all",
}

REDACTED = {
    "content": "of its content: texts are filler as long as they were; times, lengths and "
    "figures are as they were",
    "shape": "to its shape: of bodies and streams nothing is left but lengths and times",
}
"""What a reader has to know of a capture that was redacted further than all are."""


def title_of(figures: Figures) -> str:
    files = [printable(one.file.rsplit("/", 1)[-1], 40) for one in figures.analysis.captures]
    return "streamscope · " + (files[0] if len(files) == 1 else f"{len(files)} captures")


def facts_of(figures: Figures) -> Facts:
    """Where the figures come from."""
    pairs: list[tuple[str, Cell]] = []
    for capture in figures.analysis.captures:
        head = capture.head
        if len(figures.analysis.captures) > 1:
            pairs.append(("capture", Cell(printable(capture.file, 60), "strong")))
        pairs += [
            ("recorded", Cell(_when(capture))),
            ("by", Cell(printable(head.tool, 60) or "a program that the file does not tell")),
            ("seen", Cell(vantage_of(head.source).where)),
            ("clock", Cell(f"{head.clock}: {CLOCKS[head.clock]}{_step(head)}")),
            ("holds", Cell(_holds(capture))),
        ]
        if head.redaction in REDACTED:
            pairs.append(("redacted", Cell(REDACTED[head.redaction], "warn")))
    return Facts(tuple(pairs))


def _step(head: CaptureHead) -> str:
    if head.clock == "none":
        return ""
    steps = vantage_of(head.source).steps
    if steps:
        return f"; {steps}"
    return f"; smallest step seen {units.duration(head.resolution_ns)}"


def _when(capture: CaptureResult) -> str:
    if not capture.head.wall_ns:
        return "at a time that the file does not tell"
    began = units.wall(capture.head.wall_ns)
    if capture.ended_ns is None and not vantage_of(capture.head.source).tells_end:
        return f"{began}; until when the file does not tell"
    if capture.ended_ns is None:
        return f"{began}, not closed: it was cut off or still runs"
    return f"{began}, for {units.duration(capture.ended_ns - capture.head.mono_ns)}"


def _holds(capture: CaptureResult) -> str:
    streams = sum(1 for one in capture.measured if one.exchange.streamed)
    spoken = sorted({one.protocol for one in capture.measured} - {""})
    names = [printable(PROTOCOL_NAMES.get(name, name), 12) for name in spoken]
    return (
        f"{units.counted(len(capture.measured), 'exchange')}, "
        f"{units.counted(streams, 'stream')}, "
        f"{units.counted(len(capture.turns), 'chat turn')}"
        + (f", over {' and '.join(names)}" if names else "")
    )


def felt(figures: Figures) -> Section:
    """The headline: how long one waited, and how evenly the text came."""
    together = figures.all
    if not together.turns:
        others = sum(1 for _ in figures.other_streams())
        known = f" Of {units.counted(others, 'event stream')} the text is not known: see below."
        line = Cell("There is no chat turn in it." + (known if others else ""), "muted")
        return Section("What was felt", (Lines((line,)),))
    spots = figures.spots[ALL]
    rows = tuple(
        (
            Cell(words),
            Cell(name, "strong"),
            *_long_cells(getattr(together, field), spots.get(field)),
        )
        for words, name, field in HEADLINES
    )
    columns = (Column("", number=False), Column("", number=False), *_PERCENTILES)
    pairs = [("stalls", _stalls(figures)), ("coalesced", _coalesced(together))]
    if together.causes:
        pairs.append(("while waiting", _causes(together)))
    pairs.append(("a reader", _reader(figures.reading)))
    if isinstance(figures.goodput, Goodput):
        pairs.append(("goodput", _goodput(figures.goodput)))
    blocks: list[Block] = [Table(columns, rows)]
    if why := reasons((name, getattr(together, field)) for _, name, field in HEADLINES):
        blocks.append(Lines(why))
    return Section("What was felt", (*blocks, Facts(tuple(pairs))))


def _stalls(figures: Figures) -> Cell:
    together = figures.all
    limits = sorted({one.stall_ns for one in figures.analysis.captures})
    limit = " or ".join(units.tick(one) for one in limits)
    if isinstance(together.icl, Unmeasurable):
        return Cell(f"{units.UNKNOWN}  {together.icl.reason}", "muted")
    if not together.stalls:
        return Cell(f"none: no gap reached {limit}", "good")
    return Cell(
        f"{units.count(together.stalls)} of ≥ {limit}, in {together.stalled_turns} of "
        f"{units.counted(together.turns, 'turn')}; sum {units.duration(together.stalled_ns)}, "
        f"longest {units.duration(together.longest_stall_ns)}",
        "warn",
        source=figures.spots[ALL]["icl"].max,
    )


def _coalesced(together: Pool) -> Cell:
    if not together.events:
        return Cell("no events", "muted")
    return Cell(
        f"{units.count(together.coalesced)} of {units.counted(together.events, 'event')} "
        f"({units.share(together.coalesced / together.events)}) shared a read with one before"
    )


def _causes(together: Pool) -> Cell:
    total = sum(one.total_ns for one in together.causes)
    parts = [f"{one.cause} {units.share(one.total_ns / total)}" for one in together.causes]
    return Cell(" · ".join(parts))


def _reader(found: Readings | Unmeasurable) -> Cell:
    """Would a person have waited for text, once it had begun to come?"""
    if isinstance(found, Unmeasurable):
        return Cell(f"{units.UNKNOWN}  {found.reason}", "muted")
    pace = f"at {WORDS_PER_MINUTE} words a minute"
    of_turns = f"{found.kept_waiting} of {units.counted(found.n, 'turn')}"
    if not found.kept_waiting:
        return Cell(f"{pace}, was kept waiting in {of_turns}", "good")
    return Cell(
        f"{pace}, was kept waiting in {of_turns}, {units.share(found.share)} of the time "
        f"with the text, {units.duration(found.longest_ns)} at the longest",
        "warn",
    )


def _goodput(found: Goodput) -> Cell:
    limits = ", ".join(f"{one.figure} ≤ {units.tick(one.limit_ns)}" for one in found.thresholds)
    return Cell(
        f"{units.share(found.share)}: {found.met} of {units.counted(found.n, 'turn')} kept {limits}"
    )


def compared(figures: Figures) -> Section | None:
    """Percentiles per metric: two protocols beside each other, else one below the other."""
    groups = figures.protocols
    if not groups:
        return None
    names = [printable(PROTOCOL_NAMES.get(name, name), 12) for name in groups]
    blocks: list[Block] = [_beside(figures, names) if len(groups) == 2 else _below(figures, names)]
    said = {field for _, _, field in HEADLINES}
    rest = [(name, field) for name, field in METRICS if field not in said]
    pools = groups.values()
    if why := reasons((name, getattr(one, field)) for name, field in rest for one in pools):
        blocks.append(Lines(why))
    points = _points(figures, names)
    if points:
        blocks.append(points)
    return Section(" beside ".join(names) if len(names) == 2 else "Percentiles", tuple(blocks))


def _beside(figures: Figures, names: list[str]) -> Table:
    columns = [Column("", number=False, cut=True)]
    for number, name in enumerate(names):
        columns += [Column("", number=False)] if number else []
        columns += [Column(f"{name}\np50"), Column("\np95"), Column("\np99"), Column("\nn")]
    rows = []
    for metric, field in METRICS:
        row = [Cell(metric, "strong")]
        for number, (group, one) in enumerate(figures.protocols.items()):
            row += [Cell("")] if number else []
            row += _short_cells(getattr(one, field), figures.spots[group].get(field))
        rows.append(tuple(row))
    return Table(tuple(columns), tuple(rows))


def _short_cells(figure: Pooled, spots: Spots | None) -> list[Cell]:
    if isinstance(figure, Unmeasurable) or spots is None:
        return [Cell(units.UNKNOWN, "muted")] * 3 + [cells.number(0, "muted")]
    return [
        cells.span(figure.p50, "strong", spots.p50),
        cells.span(figure.p95, "plain", spots.p95),
        cells.span(figure.p99, "plain" if figure.p99 is not None else "muted", spots.p99),
        cells.number(figure.n, "muted"),
    ]


def _below(figures: Figures, names: list[str]) -> Table:
    columns = (Column("", number=False), Column("", number=False), *_PERCENTILES)
    rows = [
        (
            Cell(metric, "strong"),
            Cell(name, "muted"),
            *_long_cells(getattr(one, field), figures.spots[group].get(field)),
        )
        for metric, field in METRICS
        for name, (group, one) in zip(names, figures.protocols.items(), strict=True)
    ]
    return Table(columns, tuple(rows))


def _long_cells(figure: Pooled, spots: Spots | None) -> list[Cell]:
    if isinstance(figure, Unmeasurable) or spots is None:
        return [Cell(units.UNKNOWN, "muted")] * 5 + [cells.number(0, "muted")]
    names = ("p50", "p90", "p95", "p99", "max")
    spans = (cells.span(getattr(figure, one), "plain", getattr(spots, one)) for one in names)
    return [*spans, cells.number(figure.n, "muted")]


def _points(figures: Figures, names: list[str]) -> Table | None:
    """Every figure of a group that is too small for a p99."""
    rows: list[tuple[Cell, ...]] = []
    for metric, field in METRICS:
        named = metric
        for name, (group, one) in zip(names, figures.protocols.items(), strict=True):
            figure = getattr(one, field)
            if isinstance(figure, Distribution) and figure.points:
                points = _each(figure.points, figures.spots[group][field].points)
                rows.append((Cell(named, "strong"), Cell(name, "muted"), points))
                named = ""
    if not rows:
        return None
    columns = (
        Column(f"n below {POINTS_BELOW}", number=False, cut=True),
        Column("", number=False, cut=True),
        Column("every point", number=False),
    )
    return Table(columns, tuple(rows))


def _each(points: tuple[int, ...], sources: tuple[Source, ...]) -> Cell:
    """Several durations, each with where it was measured."""
    text = units.durations(points)
    pieces = text.split(units.BETWEEN)
    parts: list[Cell] = []
    for piece, source in zip(pieces, sources, strict=True):
        parts += [Cell(units.BETWEEN)] if parts else []
        parts.append(Cell(piece, source=source))
    return Cell(text, parts=tuple(parts))
