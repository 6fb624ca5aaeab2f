"""The few figures that tell most, for pages that can set them large."""

from analyzer.analyses.statistics import Distribution
from analyzer.model import Unmeasurable
from analyzer.report import cells, units
from analyzer.report.figures import Figures
from analyzer.report.overview import HEADLINES
from analyzer.report.parts import Headline, Tone
from analyzer.report.spots import ALL


def headlines_of(figures: Figures) -> tuple[Headline, ...]:
    """What is told first of all: the medians of the waits, and how often the text stood still."""
    together, spots = figures.all, figures.spots[ALL]
    if not together.turns:
        return ()
    told = []
    for words, name, field in HEADLINES:
        figure = getattr(together, field)
        if not isinstance(figure, Distribution):
            continue
        beside = f"{name} p50 of {units.count(figure.n)}\np95 {units.duration(figure.p95)}"
        cell = cells.span(figure.p50, "strong", spots[field].p50)
        told.append(Headline(words, cell, beside))
    return (*told, *_stalled(figures))


def _stalled(figures: Figures) -> tuple[Headline, ...]:
    together = figures.all
    if isinstance(together.icl, Unmeasurable):
        return ()
    tone: Tone = "warn" if together.stalls else "good"
    turns = units.counted(together.turns, "turn")
    beside = f"in {together.stalled_turns} of {turns}"
    if together.stalls:
        beside += f"\nlongest {units.duration(together.longest_stall_ns)}"
    source = figures.spots[ALL]["icl"].max if together.stalls else None
    return (Headline("stalls", cells.number(together.stalls, tone, source), beside),)
