"""Reports: what to say is picked once, how it looks is each renderer's own."""

from collections.abc import Sequence

from analyzer.report.conversations import conversations_section
from analyzer.report.credentials import credentials_section
from analyzer.report.definitions import definitions_of
from analyzer.report.duets import duets_section
from analyzer.report.endpoints import endpoints_section
from analyzer.report.figures import Figures
from analyzer.report.headlines import headlines_of
from analyzer.report.identifiers import identifiers_section
from analyzer.report.notices import notices_of
from analyzer.report.observer import observer_section
from analyzer.report.others import others_section
from analyzer.report.overview import compared, facts_of, felt, title_of
from analyzer.report.pagination import pagination_section
from analyzer.report.parts import Cell, Facts, Report, Section
from analyzer.report.streams import (
    arrivals_section,
    gaps_section,
    slowest_section,
    turns_section,
)
from analyzer.report.transport import transport_section


def build_report(figures: Figures, first: Sequence[Section] = ()) -> Report:
    """Put the figures into sections, in the order in which one wants to read them.

    ``first`` goes before all others: what was asked of the figures, such as thresholds.
    """
    sections = [
        *first,
        felt(figures),
        compared(figures),
        turns_section(figures),
        arrivals_section(figures),
        gaps_section(figures),
        slowest_section(figures),
        others_section(figures),
        credentials_section(figures),
        pagination_section(figures),
        identifiers_section(figures),
        conversations_section(figures),
        duets_section(figures),
        transport_section(figures),
        endpoints_section(figures),
        observer_section(figures),
        _definitions(figures),
    ]
    return Report(
        title=title_of(figures),
        facts=facts_of(figures),
        notices=notices_of(figures),
        sections=tuple(section for section in sections if section is not None),
        headlines=headlines_of(figures),
    )


def _definitions(figures: Figures) -> Section:
    meanings = definitions_of(figures)
    pairs = tuple((name, Cell(meaning, "muted")) for name, meaning in meanings.items())
    return Section("What the names mean", (Facts(pairs),))
