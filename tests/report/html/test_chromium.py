"""The page in a real Chromium: it draws, sorts and leads; hostile text does nothing in it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacking import ATTACKS, HIT, capture
from pages import DESKTOP, PHONE, Viewed, chromium, viewed
from playwright.sync_api import Browser

from analyzer.analyze import analyze
from analyzer.report import build_report
from analyzer.report.charts import charts_of
from analyzer.report.charts.chart import Chart
from analyzer.report.exchanges import exchanges_of
from analyzer.report.figures import Figures, pick
from analyzer.report.html import page, report_page
from analyzer.report.parts import (
    Bars,
    Cell,
    Column,
    Facts,
    Headline,
    Lines,
    Report,
    Section,
    Table,
    Timeline,
    Timelines,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("report_page")]

CAPTURES = Path(__file__).parents[3] / "captures"
MORE = (".exchange:nth-child(n + 4)", "tbody tr:nth-child(n + 4)")
"""What is like what precedes it."""
DRAWN = "[data-charts=drawn]"
OURS = """
() => {
  const strange = 'img, iframe, base, link, form, input, object, embed, [onload], [onerror]';
  const allowed = /^(a|article|b|body|button|caption|code|dd|details|div|dl|dt|figcaption|figure)$/;
  const more = /^(footer|h1|h2|h3|head|header|html|li|main|meta|nav|p|script|section|span)$/;
  const rest = /^(style|summary|table|tbody|td|th|thead|title|tr|ul)$/;
  const inChart = (one) => one.closest('svg') !== null;
  return [...document.querySelectorAll('*:not(.vega-bindings)')]
    .filter((one) => one.matches(strange) || !(inChart(one) || [allowed, more, rest].some(
      (names) => names.test(one.localName))) || one.localName === 'script' && inChart(one)
      || one.localName === 'a' && !one.getAttribute('href')?.startsWith('#'))
    .map((one) => one.outerHTML.slice(0, 120));
}
"""


@pytest.fixture(scope="module")
def started(browser_path: Path) -> Iterator[Browser]:
    with chromium(browser_path) as started:
        yield started


@pytest.fixture(scope="module")
def report(started: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewed]:
    """The report of two captures, drawn: opened once, for no test changes a figure of it."""
    figures = pick(analyze([CAPTURES / name for name in ("good-h3.jsonl", "stalling.jsonl")]))
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_bytes(report_page(figures, charts_of(figures)))
    with viewed(started, file.as_uri()) as seen:
        seen.page.wait_for_selector(DRAWN)
        yield seen


def assert_quiet(seen: Viewed) -> None:
    """It asked for nothing, was refused nothing, and had nothing to complain of."""
    assert seen.said == []
    assert seen.refused() == []
    assert seen.asked == []
    assert seen.dialogs == []


def test_the_report_is_accessible_in_light_and_dark_and_quiet(report: Viewed) -> None:
    light = report.faults(*MORE)
    report.page.emulate_media(color_scheme="dark")
    dark = report.faults(*MORE, rules=["color-contrast"])
    report.page.emulate_media(color_scheme="light")

    assert light == dark == []
    assert_quiet(report)


def test_on_a_phone_nothing_scrolls_sideways_but_tables(report: Viewed) -> None:
    report.page.set_viewport_size({"width": PHONE, "height": 844})
    over = report.overflow()
    report.page.set_viewport_size({"width": DESKTOP, "height": 900})

    assert over == 0


def test_charts_are_drawn_in_the_pages_own_colours(report: Viewed) -> None:
    marks = report.page.locator(".chart").evaluate_all(
        "all => all.map(one => one.querySelectorAll('svg path').length)"
    )
    label = report.page.locator(".chart svg .role-axis-label text").first
    report.page.emulate_media(color_scheme="dark")
    dark = label.evaluate("one => getComputedStyle(one).fill")
    report.page.emulate_media(media="print")
    paper = label.evaluate("one => getComputedStyle(one).fill")
    report.page.emulate_media(media="screen", color_scheme="light")

    assert len(marks) >= 5
    assert all(count > 3 for count in marks)
    assert (dark, paper) == ("rgb(162, 171, 184)", "rgb(90, 97, 109)")


def test_a_chart_is_read_by_keyboard_and_leads_to_an_exchange(report: Viewed) -> None:
    chart, tip = report.page.locator("#chart-timeline .chart"), report.page.locator(".tip")
    chart.focus()
    report.page.keyboard.press("Home")
    first = tip.inner_text()
    report.page.keyboard.press("End")
    last = tip.inner_text()
    axis = report.page.locator("#chart-timeline .role-axis-label").first
    whole = axis.text_content()
    report.page.keyboard.press("+")
    report.page.wait_for_function("whole => document.querySelector("
        "'#chart-timeline .role-axis-label').textContent !== whole", arg=whole)  # fmt: skip
    chart.dispatch_event("blur")
    chart.dispatch_event("focus")
    report.page.keyboard.press("End")
    report.page.keyboard.press("Enter")

    assert "handshake" in first
    assert last.startswith("exchange\n")
    assert report.page.locator(".exchange[open]:has(:target)").count() == 1


def test_a_chart_is_saved_as_picture_and_data(report: Viewed, tmp_path: Path) -> None:
    figure = report.page.locator("#chart-ttft")
    found = {}
    for name in ("SVG", "PNG", "data"):
        with report.page.expect_download() as saved:
            figure.get_by_role("button", name=name).click()
        saved.value.save_as(tmp_path / saved.value.suggested_filename)
        found[saved.value.suggested_filename] = (
            tmp_path / saved.value.suggested_filename
        ).read_bytes()
    svg = found["ttft.svg"].decode()

    assert list(found) == ["ttft.svg", "ttft.png", "ttft.json"]
    assert "Time to first text (TTFT)" in svg
    assert "n = " in svg
    assert "var(--" not in svg
    assert found["ttft.png"].startswith(b"\x89PNG")
    assert "points" in json.loads(found["ttft.json"])
    assert_quiet(report)


def test_a_table_sorts_by_keyboard_up_down_and_back(report: Viewed) -> None:
    turns = report.page.locator("#chat-turns table")
    head = turns.get_by_role("columnheader", name="E2EL")
    place = head.evaluate("one => one.cellIndex")
    values = f"all => all.map(one => Number(one.cells[{place}].dataset.v))"
    rows, found, ways = turns.locator("tbody tr"), [], []
    head.get_by_role("button").focus()
    for _ in range(3):
        report.page.keyboard.press("Enter")
        found.append(rows.evaluate_all(values))
        ways.append(head.get_attribute("aria-sort"))

    assert ways == ["ascending", "descending", None]
    assert found[0] == sorted(found[2])
    assert found[1] == sorted(found[2], reverse=True)
    assert found[0] != found[2]


def test_a_figure_opens_the_exchange_that_it_comes_from(report: Viewed) -> None:
    link = report.page.locator("#chat-turns tbody a").first
    target = link.get_attribute("href")
    link.click()
    card = report.page.locator(".told:target")

    assert target == f"#{card.get_attribute('id')}"
    assert "connection" in card.inner_text()
    assert "POST /backend-api/f/conversation" in card.locator("xpath=..").inner_text()
    assert card.evaluate("one => one.getBoundingClientRect().top < innerHeight")


def hostile_chart() -> Chart:
    """A chart with attacks wherever captured text can stand in one, a mark each."""
    points = [
        {"x": place, "name": one, "image": one, "title": one} for place, one in enumerate(ATTACKS)
    ]
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "datasets": {"points": points},
        "data": {"name": "points"},
        "width": "container",
        "height": 60,
        "mark": {"type": "point", "size": 40, "filled": True},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "color": {"field": "name", "type": "nominal"},
            "tooltip": [{"field": one} for one in ("name", "image", "title")],
        },
    }
    first, name = ATTACKS[0], "hostile"
    return Chart(name, ATTACKS[3], first, (ATTACKS[5],), ATTACKS[3], spec, ATTACKS[1])


def test_hostile_text_wherever_it_may_stand_is_read_and_does_nothing(
    started: Browser, tmp_path: Path
) -> None:
    """A report of a capture made of attacks, more parts made of them, and charts."""
    file = tmp_path / "hostile.html"
    file.write_bytes(hostile_page(pick(analyze([capture(tmp_path)]))))
    with viewed(started, file.as_uri()) as seen:
        seen.page.wait_for_selector(DRAWN)
        for mark in seen.page.locator("#chart-timeline [role=graphics-symbol]").all()[:20]:
            mark.dispatch_event("mousemove", {"bubbles": True})
        seen.page.locator("[data-chart=hostile]").focus()
        tips = []
        for _ in ATTACKS:
            seen.page.keyboard.press("ArrowRight")
            tips.append(seen.page.locator(".tip").inner_text())
        seen.page.evaluate("for (const one of document.querySelectorAll('th button')) one.click()")
        seen.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = 1")
        text = seen.page.locator("main").inner_text()

        assert seen.page.evaluate("window.hit") is None
        assert seen.page.evaluate(OURS) == []
        assert "<img src=x onerror=window.hit=1>" in text
        assert f"</script><script>{HIT}</script>" in text
        assert f"<img src=x onerror={HIT}>" in tips[1]
        assert len(set(tips)) == len(ATTACKS)
        assert_quiet(seen)


def hostile_page(figures: Figures) -> bytes:
    sections = []
    for attack in ATTACKS:
        cell = Cell(attack, value=1.0)
        table = Table((Column(attack), Column(attack, number=False)), ((cell, cell),) * 2, attack)
        bars = Bars((cell,), ((attack, (1,)),), attack)
        lines = Timelines((Timeline(cell, (1, 0, 2), attack, cell),), attack)
        facts = Facts(((attack, cell),))
        sections.append(Section(attack, (table, facts, bars, lines, Lines((cell,))), attack))
    first = Cell(ATTACKS[1], "bad")
    of_capture = build_report(figures)
    whole = Report(
        ATTACKS[0],
        Facts(((ATTACKS[0], first),)),
        (first, *of_capture.notices),
        (*of_capture.sections, *sections),
        (Headline(ATTACKS[2], first, ATTACKS[3]),),
    )
    charts = [*charts_of(figures), hostile_chart()]
    return page(whole, charts=charts, exchanges=exchanges_of(figures.analysis.captures))
