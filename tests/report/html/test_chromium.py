"""The page in a real Chromium: it draws, sorts and leads; hostile text does nothing in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from attacking import ATTACKS, HIT, capture
from pages import PHONE, Viewed, chromium, viewed
from playwright.sync_api import Browser

from analyzer.analyze import analyze
from analyzer.report.charts import charts_of
from analyzer.report.charts.chart import Chart
from analyzer.report.figures import pick
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
MORE_CARDS = ".exchange:nth-child(n + 6)"
DRAWN = "[data-charts=drawn]"
MARKS = "all => all.map(one => one.querySelectorAll('svg path').length)"
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
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of two captures, as its address."""
    names = ("good-h3.jsonl", "stalling.jsonl")
    figures = pick(analyze([CAPTURES / name for name in names]))
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_bytes(report_page(figures, charts_of(figures)))
    return file.as_uri()


def ready(seen: Viewed) -> Viewed:
    seen.page.wait_for_selector(DRAWN)
    return seen


def assert_quiet(seen: Viewed) -> None:
    """It asked for nothing, was refused nothing, and had nothing to complain of."""
    assert seen.said == []
    assert seen.refused() == []
    assert seen.asked == []
    assert seen.dialogs == []


def test_the_report_opens_quietly_and_is_accessible_in_the_dark(
    started: Browser, report: str
) -> None:
    with viewed(started, report, dark=True) as seen:
        ready(seen)

        assert seen.faults(MORE_CARDS) == []
        assert_quiet(seen)


def test_on_a_phone_in_the_light_nothing_scrolls_sideways_but_tables(
    started: Browser, report: str
) -> None:
    with viewed(started, report, width=PHONE, height=844) as seen:
        ready(seen)

        assert seen.overflow() == 0
        assert seen.faults(MORE_CARDS) == []
        assert_quiet(seen)


def test_charts_are_drawn_in_the_pages_own_colours(started: Browser, report: str) -> None:
    with viewed(started, report, dark=True) as seen:
        charts = ready(seen).page.locator(".chart")
        marks = charts.evaluate_all(
            "all => all.map(one => one.querySelectorAll('svg path').length)"
        )
        label = seen.page.locator(".chart svg .role-axis-label text").first
        dark = label.evaluate("one => getComputedStyle(one).fill")
        seen.page.emulate_media(media="print")
        paper = label.evaluate("one => getComputedStyle(one).fill")

        assert len(marks) >= 5
        assert all(count > 3 for count in marks)
        assert (dark, paper) == ("rgb(162, 171, 184)", "rgb(90, 97, 109)")


def test_a_table_sorts_by_keyboard_up_down_and_back(started: Browser, report: str) -> None:
    with viewed(started, report) as seen:
        turns = ready(seen).page.locator("#chat-turns table")
        head = turns.get_by_role("columnheader", name="E2EL")
        place = head.evaluate("one => one.cellIndex")
        values = f"all => all.map(one => Number(one.cells[{place}].dataset.v))"
        rows, found, ways = turns.locator("tbody tr"), [], []
        head.get_by_role("button").focus()
        for _ in range(3):
            seen.page.keyboard.press("Enter")
            found.append(rows.evaluate_all(values))
            ways.append(head.get_attribute("aria-sort"))

        assert ways == ["ascending", "descending", None]
        assert found[0] == sorted(found[2])
        assert found[1] == sorted(found[2], reverse=True)
        assert found[0] != found[2]


def test_a_figure_leads_to_the_card_of_its_exchange(started: Browser, report: str) -> None:
    with viewed(started, report) as seen:
        link = ready(seen).page.locator("#chat-turns tbody a").first
        target = link.get_attribute("href")
        link.click()
        card = seen.page.locator(".exchange:target")

        assert target == f"#{card.get_attribute('id')}"
        assert "POST /backend-api/f/conversation" in card.inner_text()
        assert card.evaluate("one => one.getBoundingClientRect().top < innerHeight")


def test_a_hostile_capture_is_read_and_does_nothing(started: Browser, tmp_path: Path) -> None:
    figures = pick(analyze([capture(tmp_path)]))
    file = tmp_path / "report.html"
    file.write_bytes(report_page(figures, charts_of(figures)))
    with viewed(started, file.as_uri()) as seen:
        ready(seen)
        for mark in seen.page.locator(".chart svg [role=graphics-symbol]").all()[:40]:
            mark.dispatch_event("mousemove", {"bubbles": True})
        text = seen.page.locator("main").inner_text()

        assert seen.page.evaluate("window.hit") is None
        assert seen.page.evaluate(OURS) == []
        assert "<img src=x onerror=window.hit=1>" in text
        assert f"</script><script>{HIT}</script>" in text
        assert_quiet(seen)


def hostile_chart(attack: str, number: int) -> Chart:
    """A chart with an attack wherever captured text can stand in one."""
    points = [{"x": 1, "name": attack, "image": attack, "title": attack}]
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "datasets": {"points": points},
        "data": {"name": "points"},
        "width": "container",
        "height": 60,
        "mark": {"type": "point", "size": 4000, "filled": True},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "color": {"field": "name", "type": "nominal"},
            "tooltip": [{"field": one} for one in ("name", "image", "title")],
        },
    }
    return Chart(f"hostile-{number}", attack, attack, (attack,), attack, spec, attack)


def test_hostile_text_in_every_part_of_a_report_and_its_charts_does_nothing(
    started: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "hostile.html"
    file.write_bytes(hostile_page())
    with viewed(started, file.as_uri()) as seen:
        ready(seen)
        tips = []
        for chart in seen.page.locator(".chart").all():
            chart.locator(".mark-symbol.role-mark path").first.hover()
            tips.append(seen.page.locator(".tip").inner_text())
        for button in seen.page.locator("th button").all():
            button.click()

        assert seen.page.evaluate("window.hit") is None
        assert seen.page.evaluate(OURS) == []
        assert f"<img src=x onerror={HIT}>" in tips[1]
        assert len(set(tips)) == len(ATTACKS)
        assert_quiet(seen)


def hostile_page() -> bytes:
    sections = []
    for attack in ATTACKS:
        cell = Cell(attack, value=1.0)
        table = Table((Column(attack), Column(attack, number=False)), ((cell, cell),) * 2, attack)
        bars = Bars((cell,), ((attack, (1,)),), attack)
        lines = Timelines((Timeline(cell, (1, 0, 2), attack, cell),), attack)
        facts = Facts(((attack, cell),))
        sections.append(Section(attack, (table, facts, bars, lines, Lines((cell,))), attack))
    first = Cell(ATTACKS[1], "bad")
    whole = Report(
        ATTACKS[0],
        Facts(((ATTACKS[0], first),)),
        (first,),
        tuple(sections),
        (Headline(ATTACKS[2], first, ATTACKS[3]),),
    )
    return page(whole, charts=[hostile_chart(one, place) for place, one in enumerate(ATTACKS)])
