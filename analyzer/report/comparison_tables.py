"""The tables of a comparison: times, ranks, shares, with the exchanges that figures come from."""

from collections.abc import Mapping, Sequence

from analyzer.analyses.comparing import Compared, Group
from analyzer.analyses.comparing.figures import GAPS, TIMES
from analyzer.analyses.comparing.results import Shift, TimeComparison, Verdict
from analyzer.analyses.pooled import pool
from analyzer.analyses.transport.ranks import ALPHA, effect_of
from analyzer.model import Unmeasurable
from analyzer.report import cells, units
from analyzer.report.comparison_words import between, name_of, p_of, signed
from analyzer.report.parts import Cell, Column, Source, Table, Tone
from analyzer.report.spots import ALL, Spots, find_spots

type Places = Mapping[str, Spots]
"""By metric: where one group's percentiles lie."""

HEAD = 11
"""Characters of a group's name above figures: so all columns fit into 80."""

_TONES: dict[Verdict, Tone] = {
    "more than noise": "warn",
    "unclear": "plain",
    "within noise": "muted",
    "too few": "muted",
    "below the clock": "muted",
}


def places_of(groups: Sequence[Group]) -> tuple[Places, ...]:
    """Of each group; their captures count from 1 through all of them, in the groups' order."""
    found, before = [], 0
    for group in groups:
        turns = [
            (Source(number, one.exchange.exchange), one)
            for number, capture in enumerate(group.captures, before + 1)
            for one in capture.turns
        ]
        before += len(group.captures)
        found.append(find_spots(turns, {ALL: pool(group.turns)})[ALL])
    return tuple(found)


def tone_of(shift: Shift) -> Tone:
    if shift.verdict == "more than noise":
        return "bad" if shift.difference > 0 else "good"
    return _TONES[shift.verdict]


def times_table(
    one: Compared, times: Sequence[TimeComparison], places: tuple[Places, Places]
) -> Table:
    """A row a percentile; ``places`` are those of the first and of the second."""
    columns = (
        *(Column("", number=False), Column("", number=False)),
        *map(Column, _heads(one)),
        *(Column("change"), Column("95 % interval"), Column("relative", from_width=110)),
        Column("", number=False),
    )
    rows = [
        _row(time, shift, "muted" if number else "strong", places)
        for time in times
        for number, shift in enumerate(time.shifts)
    ]
    return Table(columns, tuple(rows))


def _heads(one: Compared) -> tuple[str, str]:
    first, second = name_of(one.first, HEAD), name_of(one.second, HEAD)
    return ("first", "second") if first == second else (first, second)


def _row(
    time: TimeComparison, shift: Shift, tone: Tone, places: tuple[Places, Places]
) -> tuple[Cell, ...]:
    changed = shift.difference / shift.first if shift.first else None
    drawn = shift.interval
    before, after = (_place(one, time.metric, shift.percentile) for one in places)
    return (
        Cell(TIMES[time.metric], tone),
        Cell(f"p{shift.percentile}", "muted", shift.percentile),
        cells.span(shift.first, source=before),
        cells.span(shift.second, source=after),
        Cell(signed(shift.difference), tone_of(shift), shift.difference),
        Cell(
            units.UNKNOWN if drawn is None else between(drawn.low, drawn.high),
            value=None if drawn is None else drawn.low,
        ),
        Cell(units.UNKNOWN if changed is None else _percent(changed), "muted", changed),
        Cell(_way(shift), tone_of(shift)),
    )


def _place(places: Places, metric: str, percentile: int) -> Source | None:
    """The exchange at or nearest to the percentile; a handshake is of no exchange."""
    spots = places.get(metric)
    found: Source | None = None if spots is None else getattr(spots, f"p{percentile}")
    return found


def _way(shift: Shift) -> str:
    if shift.verdict == "more than noise":
        return "slower" if shift.difference > 0 else "faster"
    return shift.verdict


def _percent(change: float) -> str:
    shown = f"{abs(change) * 100:,.0f} %"
    return shown if shown == "0 %" else f"{'+' if change > 0 else '−'}{shown}"


def ranks_table(one: Compared) -> Table:
    columns = (
        Column("", number=False),
        *(Column(f"n of\n{name}") for name in _heads(one)),
        *(Column("", number=False), Column("p"), Column("Cliff's δ"), Column("", number=False)),
    )
    rows = tuple(
        (
            Cell(TIMES[time.metric], "strong"),
            Cell(units.count(time.independent_first), "muted", time.independent_first),
            Cell(units.count(time.independent_second), "muted", time.independent_second),
            Cell("turns" if time.metric == GAPS else f"{time.noun}s", "muted"),
            Cell(p_of(time.p_value)),
            Cell(_delta(time)),
            _effect(time),
        )
        for time in one.times
    )
    return Table(columns, rows)


def _delta(time: TimeComparison) -> str:
    if isinstance(time.delta, Unmeasurable):
        return units.UNKNOWN
    return f"{time.delta:+.2f}".replace("-", "−")


def _effect(time: TimeComparison) -> Cell:
    if isinstance(time.p_value, Unmeasurable) or isinstance(time.delta, Unmeasurable):
        return Cell("too few", "muted")
    if time.p_value >= ALPHA:
        return Cell("within noise", "muted")
    slower = time.delta > 0
    text = f"{'slower' if slower else 'faster'}: {effect_of(time.delta)} effect"
    return Cell(text, "bad" if slower else "good")


def shares_table(one: Compared) -> Table:
    columns = (
        Column("", number=False),
        *(*map(Column, _heads(one)), Column("p")),
        Column("", number=False),
    )
    rows = tuple(
        (
            Cell(share.metric, "strong"),
            _share(share.count_first, share.n_first),
            _share(share.count_second, share.n_second),
            Cell(p_of(share.p_value)),
            Cell(share.verdict, _TONES[share.verdict]),
        )
        for share in one.shares
    )
    return Table(columns, rows)


def _share(count: int, n: int) -> Cell:
    return Cell(f"{count:,} of {n:,} ({units.share(count / n)})", value=count / n)
