"""Identifiers: which schemes passed, whether their order is time's, what they give away."""

from collections import Counter
from collections.abc import Iterator, Sequence

from analyzer.analyses.identifiers import IdentifierOrder, IdentifiersFound
from analyzer.analyses.results import CaptureResult
from analyzer.model import Unmeasurable
from analyzer.report import cells, units
from analyzer.report.figures import Figures
from analyzer.report.parts import Block, Cell, Column, Facts, Lines, Section, Table, Tone
from analyzer.report.plain import printable
from analyzer.report.reasons import reasons
from analyzer.report.streams import left_out

FIELDS, FIELDS_OF_A_KIND = 8, 3
"""Fields that are listed, in all and of a kind: those with most identifiers."""

KIND_NAMES = {
    "uuid": "UUID (no version)",
    "chatgpt_conversation": "ChatGPT conversation",
    "ulid": "ULID",
    "ksuid": "KSUID",
    "snowflake": "Snowflake",
    "objectid": "ObjectId",
    "nanoid": "NanoID-like",
    "chatcmpl": "chatcmpl-…",
    "openai_hex": "resp_… (OpenAI)",
    "anthropic": "msg_01… (Anthropic)",
    "redis_stream": "Redis stream",
    "opaque": "opaque",
}
_LEAD = (
    "In order: pairs whose text order is their order in time. τ: Kendall's tau-b, 1 if the text "
    "sorts by time, 0 if it says nothing. Where an index grows is judged without pairs of one "
    "millisecond: they share a page."
)
_EDGES: dict[str, Tone] = {"right edge": "good", "left edge": "good", "scattered": "warn"}


def identifiers_section(figures: Figures) -> Section | None:
    """Schemes, the order of each field, and what follows for an index."""
    captures = figures.analysis.captures
    blocks: list[Block] = []
    for capture in captures:
        found = capture.answers.identifiers
        said = list(_of_capture(found))
        if said and len(captures) > 1:
            blocks.append(_title(capture))
        blocks += said
    return Section("Identifiers", tuple(blocks), _LEAD) if blocks else None


def _title(capture: CaptureResult) -> Block:
    return Facts((("capture", Cell(printable(capture.file, 60), "strong")),))


def _of_capture(found: IdentifiersFound) -> Iterator[Block]:
    pairs: list[tuple[str, Cell]] = []
    if found.identifiers:
        pairs.append(("seen", Cell(_schemes(found))))
    pairs += [
        (_kind(one.kind), Cell(f"leaks {one.leaks}", "warn"))
        for one in _telling(found.identifier_order)
    ]
    pairs += _clocks(found.identifier_order)
    if pairs:
        yield Facts(tuple(pairs))
    if found.identifier_order:
        listed = _listed(found.identifier_order)
        yield _orders(listed, len(found.identifier_order))
        lines = (*_advice(found.identifier_order), *_reasons(listed))
        if lines:
            yield Lines(lines)
    if found.unanswered:
        said = (f"{one.figure}: {one.reason}" for one in found.unanswered)
        yield Lines(tuple(Cell(printable(line, 160), "warn") for line in said))


def _schemes(found: IdentifiersFound) -> str:
    """How many values of which scheme, most first."""
    counts = Counter(one.kind for one in found.identifiers if one.is_first)
    each = [f"{units.count(n)} {_kind(kind)}" for kind, n in counts.most_common()]
    fields = units.counted(len({one.field for one in found.identifiers}), "field")
    return f"{', '.join(each)}; in {fields}"


def _kind(kind: str) -> str:
    if kind.startswith("uuid") and kind[4:].isdigit():
        return f"UUIDv{kind[4:]}"
    return KIND_NAMES.get(kind, kind)


def _telling(orders: Sequence[IdentifierOrder]) -> list[IdentifierOrder]:
    """One row a kind and leak, of those that leak something."""
    leaking = {(one.kind, one.leaks): one for one in orders if not one.leaks.startswith("nothing")}
    return list(leaking.values())


def _clocks(orders: Sequence[IdentifierOrder]) -> Iterator[tuple[str, Cell]]:
    """The clock inside each kind, by the field that has most of it."""
    seen: set[str] = set()
    for one in orders:
        if one.kind in seen or isinstance(one.clock_skew_ns, Unmeasurable):
            continue
        seen.add(one.kind)
        yield f"{_kind(one.kind)} clock", Cell(_clock(one, one.clock_skew_ns))


def _clock(one: IdentifierOrder, skew_ns: int) -> str:
    """How the time inside lies to when the service says that things were made, or to when
    they came: before that is no wonder, after it a clock is wrong.
    """
    away = units.duration(abs(skew_ns))
    where = f"n = {units.count(one.skew_n)}, {printable(one.field, 40)}"
    if one.skew_against == "creation time":
        lies = f"{away} {'before' if skew_ns < 0 else 'after'}" if skew_ns else "exactly at"
        return f"{lies} the creation time that the service states (median; {where})"
    if skew_ns > 0:
        return f"up to {away} after they first appeared: the clocks differ ({where})"
    return f"{away} or more before they first appeared ({where})"


def _listed(orders: Sequence[IdentifierOrder]) -> list[IdentifierOrder]:
    """The fullest fields of each kind: a tree of messages must not fill the page alone."""
    counts: Counter[str] = Counter()
    listed = []
    for one in orders:
        counts[one.kind] += 1
        if counts[one.kind] <= FIELDS_OF_A_KIND:
            listed.append(one)
    return listed[:FIELDS]


def _orders(listed: Sequence[IdentifierOrder], total: int) -> Table:
    columns = (
        Column("field", number=False, cut=True),
        Column("kind", number=False),
        *(Column("\nn"), Column("in\norder"), Column("\nτ"), Column("same ms\nreversed")),
        Column("entropy", from_width=100),
        Column("collisions", from_width=120),
        Column("an index\ngrows", number=False),
        Column("by", number=False, from_width=100),
    )
    return Table(
        columns,
        tuple(_order(one) for one in listed),
        left_out(total, len(listed), "field"),
    )


def _order(one: IdentifierOrder) -> tuple[Cell, ...]:
    tau = one.kendall_tau
    locality = one.locality
    return (
        Cell(printable(one.field, 44), "strong"),
        Cell(_kind(one.kind)),
        cells.number(one.n),
        cells.share(one.time_ordered_share),
        cells.shown(
            units.UNKNOWN if isinstance(tau, Unmeasurable) else f"{tau:.2f}".replace("-", "−"), tau
        ),
        _same_ms(one),
        cells.shown(_bits(one.entropy_bits), one.entropy_bits, "muted"),
        cells.number(one.collisions, _if_any(one.collisions)),
        Cell(units.UNKNOWN, "muted")
        if isinstance(locality, Unmeasurable)
        else Cell(locality, _EDGES[locality]),
        Cell(one.basis or units.UNKNOWN, "muted"),
    )


def _same_ms(one: IdentifierOrder) -> Cell:
    reversed_, pairs = one.same_ms_inversions, one.same_ms_pairs
    if isinstance(reversed_, Unmeasurable) or isinstance(pairs, Unmeasurable):
        return Cell(units.UNKNOWN, "muted")
    tone: Tone = "warn" if reversed_ else "muted"
    return cells.shown(f"{reversed_:,} of {pairs:,}", reversed_, tone)


def _if_any(number: int | Unmeasurable) -> Tone:
    return "bad" if isinstance(number, int) and number else "muted"


def _bits(bits: float | Unmeasurable) -> str:
    return units.UNKNOWN if isinstance(bits, Unmeasurable) else f"≤ {bits:.0f} bit"


def _advice(orders: Sequence[IdentifierOrder]) -> Iterator[Cell]:
    """What follows for a B-tree, and where to measure it."""
    grows: dict[str, str] = {}
    for one in orders:
        if not isinstance(one.locality, Unmeasurable):
            grows.setdefault(_kind(one.kind), one.locality)  # by its fullest field
    edge = [kind for kind, where in grows.items() if where != "scattered"]
    scattered = [kind for kind, where in grows.items() if where == "scattered"]
    said = []
    if edge:
        said.append(f"at its edge, touching few pages: {', '.join(edge)}")
    if scattered:
        said.append(f"all over its pages: {', '.join(scattered)}")
    if said:
        yield Cell(
            f"A B-tree takes new rows {'; '.join(said)}. "
            "`streamscope experiment identifiers` measures what that costs."
        )


def _reasons(orders: Sequence[IdentifierOrder]) -> tuple[Cell, ...]:
    """Why figures of the listed fields are not known."""
    return reasons(
        shown
        for one in orders
        for shown in (
            ("order", one.kendall_tau),
            ("same ms", one.same_ms_inversions),
            ("growth", one.locality),
            ("entropy", one.entropy_bits),
            ("collisions", one.collisions),
        )
    )
