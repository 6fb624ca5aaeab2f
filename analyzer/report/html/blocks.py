"""Blocks of a report as HTML: tables that sort, facts, lines, and what we draw ourselves."""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from analyzer.report.html.markup import Markup, element, joined
from analyzer.report.parts import (
    Bars,
    Block,
    Cell,
    Column,
    Facts,
    Lines,
    Source,
    Table,
    Timeline,
    Timelines,
)
from analyzer.report.units import UNKNOWN

LINE_STEPS = 120
"""Steps of a timeline that are drawn: two pixels each, about."""

LONG = 24
"""Characters from which a cell may break into lines."""

_HEIGHT = 24
_SERIES = {"HTTP/1.1": "h1", "HTTP/2": "h2", "HTTP/3": "h3"}
_NOTHING = frozenset({"", UNKNOWN, "·"})
_CODE = re.compile(r"`([^`\n]{1,80})`")


def anchor(source: Source) -> str:
    """What an exchange is called in an address."""
    return f"x{source.capture}-{source.exchange}"


def marked(text: str) -> Markup:
    """A sentence of a report; what stands in backticks is code."""
    parts = _CODE.split(text)
    return joined(element("code", part) if place % 2 else part for place, part in enumerate(parts))


class Blocks:
    """Turns blocks into HTML. ``linked`` are the exchanges that the page has a card of."""

    def __init__(self, linked: Collection[Source] = ()) -> None:
        self._linked = frozenset(linked)

    def block(self, block: Block, caption: str) -> Markup:
        """``caption`` names a table to who can't see where it stands."""
        match block:
            case Table():
                return self._table(block, caption)
            case Facts():
                return self.facts(block)
            case Lines():
                return self._lines(block)
            case Bars():
                return self._bars(block, caption)
            case Timelines():
                return self._timelines(block, caption)

    def facts(self, facts: Facts) -> Markup:
        pairs = (
            element("div", element("dt", name), element("dd", self.said(cell), class_=cell.tone))
            for name, cell in facts.pairs
        )
        return element("dl", pairs, class_="facts")

    def said(self, cell: Cell) -> Markup:
        """What a cell says, and where that comes from."""
        if cell.parts:
            return joined(map(self.said, cell.parts))
        content, source = marked(cell.text), cell.source
        if source is None or source not in self._linked or cell.text in _NOTHING:
            return content
        return element("a", content, href=f"#{anchor(source)}", class_="source")

    def _lines(self, block: Lines) -> Markup:
        lines = (element("p", self.said(line), class_=line.tone) for line in block.lines)
        return element("div", lines, class_="lines")

    def _table(self, block: Table, caption: str) -> Markup:
        head = element("tr", (_head(column) for column in block.columns))
        body = (
            element("tr", (self._cell(*pair, first=not place) for place, pair in enumerate(pairs)))
            for pairs in (zip(row, block.columns, strict=False) for row in block.rows)
        )
        return _table(caption, head, joined(body), block.note, "sorts")

    def _cell(self, cell: Cell, column: Column, *, first: bool) -> Markup:
        value = None if cell.value is None else f"{cell.value:.15g}"
        is_head = first and bool(cell.text.strip())
        return element(
            "th" if is_head else "td",
            self.said(cell),
            class_=_classes(column, cell.tone, long=len(cell.text) > LONG),
            scope="row" if is_head else None,
            data_v=value,
        )

    def _bars(self, bars: Bars, caption: str) -> Markup:
        names = [name for name, _ in bars.series]
        most = max((count for _, counts in bars.series for count in counts), default=0)
        head = element(
            "tr",
            element("th", "from – to" if len(names) > 1 else "", scope="col"),
            (
                (element("th", name, scope="col", class_="n"), element("td", class_="drawn"))
                for name in names
            ),
        )
        body = (
            element("tr", self._label(label), self._counts(bars, row, most))
            for row, label in enumerate(bars.labels)
        )
        return _table(caption, head, joined(body), bars.note, "bars")

    def _label(self, cell: Cell) -> Markup:
        return element("th", self.said(cell), scope="row", class_=f"n {cell.tone}")

    def _counts(self, bars: Bars, row: int, most: int) -> list[Markup]:
        cells: list[Markup] = []
        for number, (name, counts) in enumerate(bars.series):
            count = counts[row]
            shown = f"{count:,}" if count else ""
            drawn = _bar(count, most, _SERIES.get(name, f"s{number % 7}"))
            cells += [element("td", shown, class_="n"), element("td", drawn, class_="drawn")]
        return cells

    def _timelines(self, timelines: Timelines, caption: str) -> Markup:
        body = (
            element(
                "tr",
                element("th", self.said(line.name), scope="row", class_="n muted"),
                element("td", _sparkline(line), class_="drawn"),
                element("td", line.length, class_="n"),
                element("td", self.said(line.label), class_=f"cut {line.label.tone}"),
            )
            for line in timelines.rows
        )
        return _table(caption, NO_HEAD, joined(body), timelines.note, "lines-of-time")


NO_HEAD = Markup("")


def _table(caption: str, head: Markup, body: Markup, note: str, kind: str) -> Markup:
    table = element(
        "table",
        element("caption", caption, class_="unseen"),
        element("thead", head) if head else None,
        element("tbody", body),
        class_=kind,
    )
    return joined(
        (
            element("div", table, class_="scrolls", tabindex=0, role="group", aria_label=caption),
            element("p", marked(note), class_="note") if note else None,
        )
    )


def _head(column: Column) -> Markup:
    """A heading breaks where the text form breaks it, but not inside of a word."""
    name = re.sub(r"-\n(?=[a-z])", "", column.name)
    if not name.strip():
        return element("td")
    return element("th", name.strip("\n"), scope="col", class_=_classes(column, "plain"))


def _classes(column: Column, tone: str, *, long: bool = False) -> str | None:
    shape = "n" if column.number else "long" if long else "cut" if column.cut else ""
    return " ".join(filter(None, (shape, tone.replace("plain", "")))) or None


def _bar(count: int, most: int, series: str) -> Markup:
    """A bar as long as the count; the least count is seen as well."""
    share = max(count / most, 0.004) * 100 if count else 0.0
    rect = element("rect", width=f"{share:.1f}%", height="100%", rx=1)
    return element("svg", rect, class_=f"bar {series}", aria_hidden="true", focusable="false")


def _sparkline(line: Timeline) -> Markup:
    """Steps of equal time; full height is the densest, but at least three arrivals."""
    steps = _joined(line.counts, LINE_STEPS)
    full = max(*steps, 3)
    drawn = "".join(
        f"M{place} {_HEIGHT}h.8v-{_tall(count, full):g}h-.8z"
        for place, count in enumerate(steps)
        if count
    )
    return element(
        "svg",
        element("path", class_="base", d=f"M0 {_HEIGHT - 0.5}h{len(steps)}"),
        element("path", class_="arrivals", d=drawn),
        class_="spark",
        viewBox=f"0 0 {len(steps)} {_HEIGHT}",
        preserveAspectRatio="none",
        aria_hidden="true",
        focusable="false",
    )


def _tall(count: int, full: int) -> float:
    return round(count / full * (_HEIGHT - 4) + 3, 1)


def _joined(counts: Sequence[int], most: int) -> list[int]:
    """At most so many steps, each the sum of as many of the given ones."""
    room = max(min(most, len(counts)), 1)
    edges = [len(counts) * step // room for step in range(room + 1)]
    return [sum(counts[begin:end]) for begin, end in pairwise(edges)]
