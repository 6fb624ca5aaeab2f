"""Reports: what to say is picked once, how it looks is each renderer's own."""

from analyzer.report.around import calls_section, observer_section
from analyzer.report.definitions import DEFINITIONS
from analyzer.report.figures import Figures
from analyzer.report.others import others_section
from analyzer.report.overview import compared, facts_of, felt, notices_of, title_of
from analyzer.report.parts import Cell, Facts, Report, Section
from analyzer.report.streams import (
    arrivals_section,
    gaps_section,
    slowest_section,
    turns_section,
)


def build_report(figures: Figures) -> Report:
    """Put the figures into sections, in the order in which one wants to read them."""
    sections = [
        felt(figures),
        compared(figures),
        turns_section(figures),
        arrivals_section(figures),
        gaps_section(figures),
        slowest_section(figures),
        others_section(figures),
        calls_section(figures),
        observer_section(figures),
        _definitions(),
    ]
    return Report(
        title=title_of(figures),
        facts=facts_of(figures),
        notices=notices_of(figures),
        sections=tuple(section for section in sections if section is not None),
    )


def _definitions() -> Section:
    pairs = tuple((name, Cell(meaning, "muted")) for name, meaning in DEFINITIONS.items())
    return Section("What the names mean", (Facts(pairs),))
