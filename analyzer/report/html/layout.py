"""A report laid out as a page: what must be known first, headline figures, sections, cards."""

import re
from collections.abc import Sequence

from analyzer.report.charts.chart import Chart
from analyzer.report.exchanges import Exchanges
from analyzer.report.html.blocks import Blocks
from analyzer.report.html.cards import TITLE as EXCHANGES
from analyzer.report.html.cards import cards
from analyzer.report.html.drawing import figure
from analyzer.report.html.markup import Child, Markup, element
from analyzer.report.parts import Bars, Block, Cell, Facts, Headline, Report, Section, Timelines

_REPLACED = (Bars, Timelines)
"""Blocks that show in text what a chart shows better; they go where one can look them up."""


class Layout:
    """The body of a page."""

    def __init__(self, report: Report, charts: Sequence[Chart], exchanges: Exchanges) -> None:
        self._report, self._charts, self._exchanges = report, charts, exchanges
        self._blocks = Blocks([card.source for card in exchanges.cards])
        self._places: dict[str, str] = {}  # what each part is called, by its address

    def body(self) -> tuple[Markup, ...]:
        report = self._report
        notices = self._notices(report.notices)
        parts = [self._headlines(report.headlines)]
        titles = {section.title for section in report.sections}
        own = dict.fromkeys(one.section for one in self._charts if one.section not in titles)
        after_headline = 1 if report.sections else 0
        sections = [
            *report.sections[:after_headline],
            *(Section(title, ()) for title in own),
            *report.sections[after_headline:],
        ]
        parts += [self._section(section) for section in sections]
        if self._exchanges.cards:
            parts.append(self._part(EXCHANGES, cards(self._exchanges)))
        return (
            element("a", "Skip to the figures", href="#figures", class_="skip"),
            self._header(notices),
            element(
                "div",
                self._contents(),
                element("main", parts, id="figures", tabindex=-1),
                class_="columns",
            ),
            element(
                "footer",
                element("p", _FOOTER),
                element("p", _KEYS, class_="hint") if self._charts else None,
            ),
        )

    def _header(self, notices: Markup | None) -> Markup:
        name, _, what = self._report.title.partition(" · ")
        title = (element("span", name, class_="brand"), " ", what) if what else name
        facts = [self._blocks.facts(one) for one in _by_capture(self._report.facts)]
        beside = element("div", facts, class_="beside") if len(facts) > 1 else facts
        return element("header", element("h1", title), notices, beside)

    def _contents(self) -> Markup:
        links = (
            element("li", element("a", title, href=f"#{place}"))
            for place, title in self._places.items()
        )
        return element("nav", element("ul", links), aria_label="Contents")

    def _notices(self, notices: Sequence[Cell]) -> Markup | None:
        if not notices:
            return None
        is_bad = any(one.tone == "bad" for one in notices)
        lines = (
            element(
                "p",
                self._blocks.said(one),
                class_=f"{one.tone} below" if one.text.startswith(" ") else one.tone,
            )
            for one in notices
        )
        tone = "bad" if is_bad else "warn"
        return self._part("Read this first", lines, kind=f"notices {tone}-edge")

    def _headlines(self, headlines: Sequence[Headline]) -> Markup | None:
        if not headlines:
            return None
        shown = (
            element(
                "div",
                element("dt", one.name),
                element("dd", self._blocks.said(one.figure), class_=f"figure {one.figure.tone}"),
                element("dd", one.beside, class_="beside"),
            )
            for one in headlines
        )
        return element("dl", shown, class_="headlines")

    def _section(self, section: Section) -> Markup:
        charts = [one for one in self._charts if one.section == section.title]
        lead = element("p", section.lead, class_="lead") if section.lead else None
        return self._part(
            section.title,
            (lead, map(figure, charts), self._laid(section, bool(charts))),
        )

    def _laid(self, section: Section, drawn: bool) -> list[Markup]:
        laid: list[Markup] = []
        for number, block in enumerate(section.blocks):
            caption = section.title if not number else f"{section.title}, part {number + 1}"
            shown = self._blocks.block(block, caption)
            laid.append(_as_table(shown, block) if drawn else shown)
        return laid

    def _part(self, title: str, content: Child, kind: str = "card") -> Markup:
        place = self._place(title)
        heading = element("h2", title, id=f"{place}-title")
        return element(
            "section", heading, content, id=place, class_=kind, aria_labelledby=f"{place}-title"
        )

    def _place(self, title: str) -> str:
        """An address of its own for every part."""
        name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "part"
        place, again = name, 1
        while place in self._places:
            again += 1
            place = f"{name}-{again}"
        self._places[place] = title
        return place


def _by_capture(facts: Facts) -> list[Facts]:
    """Facts of several things, of which each begins with the same name, one by one."""
    groups: list[list[tuple[str, Cell]]] = []
    for pair in facts.pairs:
        if not groups or pair[0] == facts.pairs[0][0]:
            groups.append([])
        groups[-1].append(pair)
    return [Facts(tuple(group)) for group in groups]


def _as_table(shown: Markup, block: Block) -> Markup:
    if not isinstance(block, _REPLACED):
        return shown
    return element("details", element("summary", "The same as a table"), shown)


_FOOTER = (
    "Made by streamscope. This file is whole: it loads nothing, and nothing in it was sent "
    "anywhere. Click a column’s heading to sort by it; an underlined figure leads to its exchange."
)
_KEYS = (
    "By keyboard, in a chart: ← and → go from mark to mark, Enter opens its exchange, "
    "+ and - zoom where there is a time to zoom into."
)
