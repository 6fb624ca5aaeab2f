"""The page as a file: whole, light, under a strict policy, and every figure with its source."""

import base64
import hashlib
import re

import msgspec
import pytest
from making import Text, a_call, a_head, a_result, an_analysis, measured

from analyzer.analyses.measured import Measured
from analyzer.model import Lost, Problem
from analyzer.report import build_report
from analyzer.report import html as html_package
from analyzer.report.charts import charts_of
from analyzer.report.exchanges import CARDS, MOST, exchanges_of
from analyzer.report.figures import Figures, pick
from analyzer.report.html import page, report_page, sources_of
from analyzer.report.parts import (
    Bars,
    Cell,
    Column,
    Facts,
    Report,
    Section,
    Source,
    Table,
    Timeline,
    Timelines,
)

LIBRARY = 900_000
"""Bytes of what draws charts."""

ATTRIBUTE = re.compile(r"""\s(?:style|on\w+)=""")


def one_table(*cells: Cell) -> Report:
    table = Table((Column("what", number=False), Column("mes-\nsages")), (cells,), "and more")
    return Report("streamscope · x", Facts(()), (), (Section("A part", (table,)),))


def two_turns() -> Figures:
    quick = measured(Text(300, 0), Text(340, 1), Text(420, 2), exchange=1)
    slow = measured(Text(900, 0), Text(1900, 1), exchange=4)
    return pick(an_analysis(a_result(quick, a_call(2), slow, a_call(7))))


def html_of(report: Report) -> str:
    return page(report).decode()


def test_the_policy_allows_the_files_own_scripts_and_styles_and_nothing_else() -> None:
    html = report_page(two_turns()).decode()
    (given,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)
    policy = dict(part.split(" ", 1) for part in given.replace("&#x27;", "'").split("; "))
    inline = {
        kind: "'sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        for kind in ("script", "style")
        for content in re.findall(rf"<{kind}>(.*?)</{kind}>", html, re.DOTALL)
    }

    assert policy == {
        "default-src": "'none'",
        "script-src": f"{inline['script']}'",
        "style-src": f"{inline['style']}'",
        "img-src": "data: blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_no_attribute_styles_or_runs_anything_and_nothing_is_loaded() -> None:
    html = report_page(two_turns()).decode()
    body = re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.DOTALL)

    assert not ATTRIBUTE.search(body)
    assert not re.search(r"\s(?:src|srcset|action|poster)=|https?://", body)
    assert set(re.findall(r' href="(.)', body)) == {"#"}


def test_a_number_carries_its_value_and_leads_to_its_exchange() -> None:
    figures = two_turns()
    source = Source(1, 4)
    cell = Cell("1.24 s", "strong", 1.24e9, source)
    html = page(
        one_table(Cell("TTFT"), cell), exchanges=exchanges_of(figures.analysis.captures)
    ).decode()

    assert (
        '<td class="n strong" data-v="1240000000"><a href="#x1-4" class="source">1.24 s</a></td>'
    ) in html
    assert 'id="x1-4"' in html


def test_without_a_card_a_number_leads_nowhere() -> None:
    html = html_of(one_table(Cell("TTFT"), Cell("1.24 s", source=Source(1, 4))))

    assert "<a href=" not in html.partition("<main")[2].partition("</main")[0]


def test_a_heading_that_the_terminal_hyphenates_is_whole() -> None:
    assert '<th scope="col" class="n">messages</th>' in html_of(one_table(Cell("a"), Cell("b")))


def test_every_link_of_a_report_has_its_card() -> None:
    html = report_page(two_turns()).decode()
    links = set(re.findall(r'href="#(x[\d-]+)"', html))
    cards = set(re.findall(r' id="(x[\d-]+)"', html))

    assert links
    assert links <= cards
    assert cards == {"x1-1", "x1-2", "x1-4", "x1-7"}


def test_an_exchange_is_a_line_that_says_how_it_went() -> None:
    problem = Problem("bad_json", "stream", "cut off", 12, 1)
    result = a_result(measured(Text(300, 0), Text(340, 1), exchange=1), problems=(problem,))
    (card,) = exchanges_of([result]).cards

    assert [cell.text for cell in card.brief[:2]] == ["200", "h2"]
    assert card.brief[3] == Cell("complete, 1 problem", "warn")


def test_percentiles_lead_to_the_exchange_where_they_lie() -> None:
    figures = two_turns()
    (felt, *_) = build_report(figures).sections
    table = next(block for block in felt.blocks if isinstance(block, Table))
    ttft, _, icl, e2el = table.rows

    assert [cell.source for cell in ttft[2:7]] == [
        *(Source(1, 1), Source(1, 4), Source(1, 4), None, Source(1, 4))
    ]
    assert icl[6] == Cell("1.00 s", value=1e9, source=Source(1, 4))
    assert e2el[6].source == Source(1, 4)


def test_points_lead_each_to_its_own_exchange() -> None:
    report = build_report(two_turns())
    points = [
        cell
        for section in report.sections
        for block in section.blocks
        if isinstance(block, Table)
        for row in block.rows
        for cell in row
        if cell.parts
    ]
    icl = next(cell for cell in points if cell.text == "40.0 · 80.0 ms · 1.00 s")

    assert [part.source for part in icl.parts[::2]] == [Source(1, 1), Source(1, 1), Source(1, 4)]
    assert {part.text for part in icl.parts[1::2]} == {" · "}
    assert "".join(part.text for part in icl.parts) == icl.text


def test_problems_and_losses_stand_above_all_figures() -> None:
    result = a_result(
        measured(Text(300, 0), Text(340, 1)),
        problems=(Problem("bad_json", "stream", "cut off", 12, 1),),
        lost=(Lost(0, "reads", 3, "the queue was full", 4096, 1),),
    )
    html = report_page(pick(an_analysis(result))).decode()
    order = [html.index(text) for text in ("LOST: ", "bad_json", ">recorded<", "until the first")]

    assert order == sorted(order)
    assert '<a href="#x1-1" class="source">  bad_json, exchange 1, at byte 12: cut off</a>' in html


def many_turns(count: int) -> list[Measured]:
    """Turns of one shape, their times a little apart."""
    texts = [Text(300 + 20 * place, place, "word ") for place in range(30)]
    made = measured(*texts, turn={"title": "A title of common length, or longer"})
    exchange, latency = made.exchange, made.latency
    assert latency is not None
    assert isinstance(latency.ttft_ns, int)
    return [
        msgspec.structs.replace(
            made,
            exchange=msgspec.structs.replace(exchange, exchange=number),
            latency=msgspec.structs.replace(latency, ttft_ns=latency.ttft_ns + number),
        )
        for number in range(1, count + 1)
    ]


def test_a_report_of_two_thousand_turns_is_light_and_says_what_it_leaves_out() -> None:
    html = report_page(pick(an_analysis(a_result(*many_turns(2_000)))))
    cards = html.count(b'class="exchange"')

    assert len(html) < 900_000
    assert CARDS <= cards <= CARDS + 50
    assert f"and {2_000 - cards:,} more exchanges, all in the database".encode() in html


def test_a_page_with_every_card_and_chart_that_fits_is_below_three_megabytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(html_package, "library", str)  # it takes a second to be made
    figures = pick(an_analysis(a_result(*many_turns(2_000))))
    named = (Source(1, number) for number in range(2_000, 0, -1))
    report, told = build_report(figures), exchanges_of(figures.analysis.captures, named)
    html = page(report, charts=charts_of(figures), exchanges=told)

    assert html.count(b'class="exchange"') == MOST
    assert len(html) + LIBRARY < 2_900_000


def test_of_several_captures_each_has_its_own_exchanges() -> None:
    first = a_result(measured(Text(300, 0), Text(340, 1)), file="a.jsonl")
    head = a_head(capture_id="77aa", wall_ns=1_760_000_100_000_000_000)
    second = a_result(measured(Text(500, 0), Text(540, 1)), file="b.jsonl", head=head)
    report = build_report(pick(an_analysis(first, second)))

    assert set(sources_of(report)) == {Source(1, 1), Source(2, 1)}


def test_bars_and_lines_of_time_are_drawn_to_scale() -> None:
    bars = Bars((Cell("1 – 2 ms"), Cell("2 – 3 ms")), (("HTTP/2", (4, 1)), ("HTTP/3", (0, 2))))
    line = Timeline(Cell("5 h2"), (0, 3, 0, 6), "1.24 s", Cell("Tides"))
    section = Section("Drawn", (bars, Timelines((line,))))
    html = html_of(Report("streamscope", Facts(()), (), (section,)))

    assert re.findall(r'class="bar (\w+)".*?width="([\d.]+)%"', html) == [
        *(("h2", "100.0"), ("h3", "0.0"), ("h2", "25.0"), ("h3", "50.0"))
    ]
    assert 'd="M1 24h.8v-13h-.8zM3 24h.8v-23h-.8z"' in html


def test_two_parts_of_one_name_have_two_addresses() -> None:
    parts = tuple(Section(title, ()) for title in ("Same", "Same", "–"))
    html = html_of(Report("streamscope", Facts(()), (), parts))

    assert re.findall(r'<section id="([^"]+)"', html) == ["same", "same-2", "part"]
