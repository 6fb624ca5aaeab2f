"""Groups of captures against the first of them, as a report: the result first, then its figures."""

from collections.abc import Iterator, Sequence

from analyzer.analyses.comparing import Compared, Comparison, Group
from analyzer.analyses.comparing.bootstrap import DRAWS, SEED, TURN_DRAWS
from analyzer.analyses.comparing.figures import GAPS, TIMES
from analyzer.analyses.comparing.results import (
    VERDICTS,
    ShareComparison,
    Verdict,
)
from analyzer.analyses.comparing.times import BEYOND, TURNS_FOR_TAIL
from analyzer.analyses.statistics import METHOD
from analyzer.analyses.transport.ranks import ALPHA, LEAST
from analyzer.model import Unmeasurable
from analyzer.report import units
from analyzer.report.comparison_facts import holds, notices_of
from analyzer.report.comparison_tables import (
    Places,
    places_of,
    ranks_table,
    shares_table,
    times_table,
    tone_of,
)
from analyzer.report.comparison_words import name_of, p_said, sentences
from analyzer.report.parts import (
    Block,
    Cell,
    Facts,
    Lines,
    Report,
    Section,
)
from analyzer.report.plain import printable

HEADLINES = ("ttft", "ttfo", "icl", "e2el")
"""Of these the short table on top tells."""


def comparison_report(
    comparison: Comparison, groups: Sequence[Group], first: Sequence[Section] = ()
) -> Report:
    """The whole report; ``first`` goes before all other sections, such as thresholds."""
    sections = [*first]
    several = len(comparison.against_first) > 1
    before, *after = places_of(groups)
    for one, places in zip(comparison.against_first, after, strict=True):
        sections += _sections(one, several, (before, places))
    names = [name_of(one.name) for one in groups]
    against = f"{' and '.join(names[1:])} against {names[0]}"
    return Report(
        title=f"streamscope compare · {against}",
        facts=Facts(tuple((name_of(one.name), Cell(holds(one))) for one in groups)),
        notices=tuple(notices_of(comparison, groups)),
        sections=(*sections, _method()),
    )


def top_of(report: Report) -> int:
    """How many of its sections a reader in a hurry wants."""
    titles = [one.title for one in report.sections]
    return next((n for n, title in enumerate(titles) if title.startswith("Times")), len(titles))


# --------------------------------------------------------------------------- one against the first


def _sections(one: Compared, several: bool, places: tuple[Places, Places]) -> Iterator[Section]:
    of = f": {name_of(one.second)} against {name_of(one.first)}" if several else ""
    yield Section(f"In short{of}", tuple(_short(one, places)), _lead(one))
    if one.times:
        yield Section(
            f"Times{of}", (times_table(one, one.times, places), *_missing(one)), _TIMES_LEAD
        )
        yield Section(f"As a whole{of}", (ranks_table(one),), _RANKS_LEAD)
    if one.shares:
        yield Section(f"What happened{of}", (shares_table(one),), _SHARES_LEAD)


_TIMES_LEAD = "The change is from the first to the second, with its 95 % interval."
_RANKS_LEAD = (
    "Whether one group's figures are longer than the other's throughout; of gaps each turn's "
    "median counts."
)
_SHARES_LEAD = "How many were so, and Fisher's exact test."


def _lead(one: Compared) -> str:
    told = [shift for time in one.times for shift in time.shifts]
    enough = [shift for shift in told if shift.verdict != "too few"]
    if not told:
        return "No time of both was measured: there is nothing to compare."
    if not enough:
        return "Too few turns for any result."
    beyond = sum(shift.verdict == "more than noise" for shift in told)
    compared = units.counted(len(enough), "compared percentile")
    if not beyond:
        return f"None of {compared} differs by more than noise."
    return f"{beyond} of {compared} {'differs' if beyond == 1 else 'differ'} by more than noise."


def _short(one: Compared, places: tuple[Places, Places]) -> Iterator[Block]:
    """A sentence a difference, what is noise in one; then the times that are felt."""
    said: list[Cell] = []
    told: tuple[Verdict, ...] = ("more than noise", "unclear", "below the clock")
    felt = [time for time in one.times if time.metric in HEADLINES]
    rest = [time for time in one.times if time.metric not in HEADLINES]
    for verdict in told:
        for time in (*felt, *rest):
            said += [
                Cell(f"{TIMES[time.metric]}: {words}", tone_of(shift))
                for words, shift in sentences(time, verdict)
            ]
    for share in one.shares:
        if share.verdict == "more than noise":
            told_of = f"{share.metric}: {share.count_second:,} of {share.n_second:,}"
            against = f"against {share.count_first:,} of {share.n_first:,}"
            said.append(Cell(f"{told_of}, {against} ({_p(share)}): more than noise", "warn"))
    said += [*_within_noise(one), *_too_few(one)]
    if said:
        yield Lines(tuple(said))
    if felt:
        yield times_table(one, felt, places)


def _p(share: ShareComparison) -> str:
    return "" if isinstance(share.p_value, Unmeasurable) else p_said(share.p_value)


def _within_noise(one: Compared) -> Iterator[Cell]:
    """All in a line."""
    named = []
    for time in one.times:
        those = [shift for shift in time.shifts if shift.verdict == "within noise"]
        if those:
            marks = " and ".join(f"p{shift.percentile}" for shift in those)
            named.append(f"{TIMES[time.metric]} {marks}")
    if named:
        yield Cell(f"Within noise: {', '.join(named)}.", "muted")


def _too_few(one: Compared) -> Iterator[Cell]:
    """A line for each number that is needed; where a median lacks figures its tail does as well."""
    lacking: dict[tuple[int, int], dict[str, list[str]]] = {}
    for time in one.times:
        few = next((shift for shift in time.shifts if shift.verdict == "too few"), None)
        if few is not None:
            sizes = f"n = {time.independent_first} and {time.independent_second}"
            groups = lacking.setdefault((few.percentile, few.needed), {})
            groups.setdefault(sizes, []).append(TIMES[time.metric])
    for (percentile, needed), groups in sorted(lacking.items()):
        those = "; ".join(f"{', '.join(names)} ({sizes})" for sizes, names in groups.items())
        yield Cell(
            f"Too few for a result at p{percentile}, which needs {needed} of each: {those}.",
            "muted",
        )


def _missing(one: Compared) -> Iterator[Block]:
    if one.missing:
        lines = (f"{TIMES[name]}: {printable(why, 80)}" for name, why in one.missing)
        yield Lines(tuple(Cell(line, "muted") for line in lines))


# --------------------------------------------------------------------------- how


def _method() -> Section:
    facts = [
        ("percentiles", f"{METHOD}; the same as in a report"),
        (
            "interval",
            f"percentile bootstrap (Efron) of the difference, {DRAWS:,} resamples, seed {SEED}; "
            f"of {TIMES[GAPS]} {TURN_DRAWS:,} resamples of whole turns, since gaps of one turn "
            "are not independent, widened as Student's t is for few turns",
        ),
        (
            "rank test",
            "Mann–Whitney's U, two-sided, with Cliff's delta as effect (Romano and others, "
            "2006); of gaps by each turn's median",
        ),
        ("more than noise", f"{VERDICTS['more than noise']}; slower or faster in tables"),
        *((name, VERDICTS[name]) for name in ("unclear", "within noise", "below the clock")),
        (
            "too few",
            f"a median needs {LEAST} of each, other percentiles {BEYOND} figures beyond them "
            f"(p95: 60, p99: 300), of gaps {TURNS_FOR_TAIL[95]} turns for a p95 and "
            f"{TURNS_FOR_TAIL[99]} for a p99",
        ),
        (
            "at once",
            f"many percentiles are compared, so 99 % intervals and p < {ALPHA} decide: of twenty "
            "that don't differ one 95 % interval leaves out 0 by chance, and even so about one "
            "of a hundred is called more than noise",
        ),
        ("E2EL", "goes with the answers' length, which may be what differs"),
    ]
    pairs = tuple((name, Cell(text, "muted")) for name, text in facts)
    return Section("How it was compared", (Facts(pairs),))
