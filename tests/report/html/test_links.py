"""A page's links: of figures and of charts, each to what the page tells of its exchange."""

import re

import pytest
from making import Text, a_call, a_result, an_analysis, measured

from analyzer.report import exchanges, html
from analyzer.report.charts import charts_of
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.links import anchor, linked, sources_of
from analyzer.report.figures import Figures, pick
from analyzer.report.html import blocks, report_page
from analyzer.report.parts import Source

TURNS, CALLS = range(1, 4), range(4, 421)


@pytest.fixture(scope="module")
def figures() -> Figures:
    """More exchanges than the page tells of unasked, most of them on the timeline."""
    turns = [measured(Text(300, 0), Text(340, 1), exchange=number) for number in TURNS]
    return pick(an_analysis(a_result(*turns, *map(a_call, CALLS))))


@pytest.fixture(scope="module")
def charts(figures: Figures) -> tuple[Chart, ...]:
    return charts_of(figures)


@pytest.fixture(autouse=True)
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "library", str)


def links_and_cards(page: bytes) -> tuple[set[str], set[str]]:
    """Links of elements and of charts' data; what they can lead to."""
    text = page.decode()
    links = set(re.findall(r'"?href"?[=:]"#(x[\d-]+)"', text))
    return links, set(re.findall(r' id="(x[\d-]+)"', text))


def test_every_link_of_figures_and_charts_has_its_card(
    figures: Figures, charts: tuple[Chart, ...]
) -> None:
    links, cards = links_and_cards(report_page(figures, charts))
    drawn = {anchor(source)[1:] for chart in charts for source in sources_of(chart)}

    assert len(drawn) == 400 > exchanges.CARDS
    assert drawn <= links
    assert links <= cards


def test_what_there_is_no_room_to_tell_of_has_no_link(
    figures: Figures, charts: tuple[Chart, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchanges, "CARDS", 10)
    monkeypatch.setattr(exchanges, "MOST", 50)
    links, cards = links_and_cards(report_page(figures, charts))

    assert 10 < len(cards) <= 50
    assert links
    assert links <= cards


def test_a_mark_without_its_link_keeps_all_else() -> None:
    rows = [{"a": 1, "href": "#x1-4"}, {"a": 2, "href": "#x2-4"}, {"a": 3}]
    chart = Chart("c", "C", "S", (), "", {"mark": "point", "datasets": {"rows": rows}})
    kept = linked(chart, {Source(2, 4)})

    assert list(sources_of(chart)) == [Source(1, 4), Source(2, 4)]
    assert kept.spec == {
        "mark": "point",
        "datasets": {"rows": [{"a": 1}, {"a": 2, "href": "#x2-4"}, {"a": 3}]},
    }


def test_charts_and_cards_agree_on_addresses() -> None:
    assert anchor(Source(2, 41)) == f"#{blocks.anchor(Source(2, 41))}"
