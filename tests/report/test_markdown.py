"""The report as Markdown, rendered by a program that knows CommonMark and GitHub's tables."""

import html
import re
from collections.abc import Sequence

import pytest
from making import Text, a_result, an_analysis, measured
from markdown_it import MarkdownIt
from markdown_it.token import Token

from analyzer.model import Lost, Problem
from analyzer.report import build_report
from analyzer.report.charts.chart import Chart
from analyzer.report.figures import pick
from analyzer.report.markdown import Picture, render
from analyzer.report.markdown_text import PARTED, escaped
from analyzer.report.parts import (
    Bars,
    Block,
    Cell,
    Column,
    Facts,
    Lines,
    Report,
    Section,
    Table,
    Timeline,
    Timelines,
)

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](javascript:alert(1))",
    "[click](http://evil.example)",
    "[click]: http://evil.example",
    "<http://evil.example>",
    "http://evil.example/x?y=z&copy=1",
    "https://evil.example",
    "ftp://evil.example",
    "www.evil.example",
    "mail someone@evil.example now",
    "@everyone look, @org/team",
    "fixes #12, owner/repo#34, GH-56",
    "# a heading",
    "## another",
    "- an item",
    "+ an item",
    "1. an item",
    "2) an item",
    "---",
    "===",
    "> a quote",
    "*strong* **stronger** _soft_ __softer__ ~~gone~~",
    "snake_case_stays and _this_",
    "a | b | c",
    "`code` ``more``",
    "```",
    "~~~",
    "    indented",
    "tail \\",
    "\\*not\\*",
    "&lt;b&gt; &copy; &#64;x",
    "$x^2$ and $$y$$",
    ":smile: at 12:34:56",
    "<!-- gone -->",
    "<![CDATA[ gone ]]>",
    "[x] done",
    "[^1]: note",
    "“typographic” – 412 ms ≥ 250 µs",
)
ACTING = {
    *("link_open", "image", "html_inline", "html_block", "em_open", "s_open", "code_block"),
    *("fence", "heading_open", "hr", "blockquote_open", "bullet_list_open", "ordered_list_open"),
}


def parser(*, with_html: bool) -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": with_html}).enable(["table", "strikethrough"])


def flat(tokens: Sequence[Token]) -> list[Token]:
    return [one for token in tokens for one in (token, *flat(token.children or ()))]


def shown(markdown: str) -> str:
    """What a reader sees of it, without what only parts names."""
    made = parser(with_html=False).render(markdown)
    return html.unescape(re.sub(r"<[^>]+>", "", made)).replace(PARTED, "")


@pytest.mark.parametrize("with_html", [False, True])
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("shape", ["{}", "- **name:** {}", "| a | b |\n| - | - |\n| {} | end |"])
def test_text_is_shown_and_does_nothing(text: str, shape: str, with_html: bool) -> None:
    """As a paragraph, in a list and in a table; where HTML counts and where it doesn't."""
    around = {one.type for one in flat(parser(with_html=False).parse(shape.format("word")))}
    tokens = flat(parser(with_html=with_html).parse(shape.format(escaped(text))))

    assert not {one.type for one in tokens} & (ACTING - around)
    assert " ".join(text.split()) in shown(shape.format(escaped(text)))
    if shape.startswith("|"):
        assert [one.type for one in tokens].count("td_open") == 2


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("@everyone", r"@\w"),
        ("a@b.example", r"@\w"),
        ("#12 x#34", r"#\d"),
        ("GH-56 gh-7", r"(?i)GH-\d"),
        ("http://x HTTPS://y", "://"),
        ("www.x WWW.y", r"(?i)www\."),
        (":tada:", r":\w+:"),
    ],
)
def test_what_a_site_would_recognise_in_plain_text_is_parted(text: str, forbidden: str) -> None:
    """Mentions, references and addresses are looked for after Markdown: no backslash helps."""
    rendered = html.unescape(parser(with_html=False).render(escaped(text)))

    assert not re.search(forbidden, rendered)
    assert rendered.replace(PARTED, "") == f"<p>{text}</p>\n"


def test_plain_text_stays_readable() -> None:
    """A report is mostly figures and names: nothing in them is special."""
    for text in ("1.52 s", "chat.example:8443", "gpt-4.1-mini", "n = 20", "time_to_headers"):
        assert escaped(text) == text


def a_report(*blocks: Block, notices: tuple[Cell, ...] = ()) -> Report:
    facts = Facts((("recorded", Cell("today")),))
    sections = (Section("What was felt", blocks, "A lead."),)
    return Report("streamscope · c.jsonl", facts, notices, sections)


def test_numbers_line_up_at_the_right_and_a_bad_one_is_strong() -> None:
    columns = (
        Column("", number=False),
        Column("HTTP/2\np50"),
        Column("\np95"),
        Column("service\nsays"),
    )
    table = Table(
        columns, ((Cell("TTFT", "strong"), Cell("1 ms"), Cell("20 ms"), Cell("9", "bad")),)
    )

    assert render(a_report(table)).splitlines()[8:] == [
        "|          | HTTP/2 p50 | HTTP/2 p95 | service says |",
        "| -------- | ---------: | ---------: | -----------: |",
        "| **TTFT** |       1 ms |      20 ms |        **9** |",
    ]


def test_a_column_that_only_parts_others_is_left_out() -> None:
    columns = (Column("a"), Column("", number=False), Column("b"))
    found = render(a_report(Table(columns, ((Cell("1"), Cell(""), Cell("2")),), "and 3 more")))

    assert "|   a |   b |" in found
    assert found.endswith("\n\nand 3 more\n")


def test_what_must_be_known_first_is_a_quote_on_top() -> None:
    notices = (
        Cell("LOST: 3 things", "bad"),
        Cell("  3 × reads: the queue was full", "bad"),
        Cell("2 problems", "warn"),
        Cell("  and 1 more", "muted"),
    )
    found = render(a_report(notices=notices))

    assert found.splitlines()[2:8] == [
        "> **LOST: 3 things**",
        ">",
        "> - 3 × reads: the queue was full",
        ">",
        "> **2 problems**",
        ">",
    ]
    tokens = [one.type for one in parser(with_html=True).parse(found)]
    assert tokens.count("blockquote_open") == 1
    assert tokens.index("blockquote_open") < tokens.index("bullet_list_open")


def test_every_block_is_drawn() -> None:
    blocks = (
        Bars((Cell("1 – 2 ms"),), (("HTTP/2", (4,)), ("HTTP/3", (0,))), "a note"),
        Timelines((Timeline(Cell("1 h2"), (0, 0, 4, 4), "1 s", Cell("hello")),)),
        Lines((Cell("why not", "muted"),)),
    )
    found = render(a_report(*blocks))

    assert "| 1 – 2 ms |      4 | `████████████████████████` |        |     |" in found
    assert "| 1 h2 | `⋅⋅██`         | 1 s | hello |" in found
    assert "\n- why not\n" in found


def test_a_chart_stands_in_its_section_with_what_it_says() -> None:
    def chart(name: str, section: str) -> Picture:
        says = ("n = 3.", "clock *chunk*.")
        made = Chart(name, f"About {name}", section, says, f"a curve of {name}", {})
        return Picture(made, f"a (b) é/{name}.svg")

    found = render(a_report(), [chart("ttft", "What was felt"), chart("tree", "Elsewhere")])
    images = [one for one in flat(parser(with_html=True).parse(found)) if one.type == "image"]

    assert [one.attrs["src"] for one in images] == [
        "a%20%28b%29%20%C3%A9/ttft.svg",
        "a%20%28b%29%20%C3%A9/tree.svg",
    ]
    assert [one.content for one in images] == ["a curve of ttft", "a curve of tree"]
    assert found.index("## What was felt") < found.index("ttft.svg") < found.index("## Elsewhere")
    assert "n = 3. clock \\*chunk\\*." in found


def test_a_real_report_with_hostile_names_renders_whole() -> None:
    """Every heading and table of it is there, and not one hostile string acts."""
    ones = [
        measured(
            *(Text(100 + i, 0, text), Text(900, 1)),
            exchange=i,
            turn={"title": text, "model": text},
            authority=text,
            path=text,
        )
        for i, text in enumerate(HOSTILE[:30], 1)
    ]
    result = a_result(
        *ones,
        file="/x/@everyone<b>.jsonl",
        lost=(Lost(0, "[reads](x)", 3, "http://evil.example"),),
        problems=(Problem("code", "place", "<b>@everyone</b>"),),
    )
    report = build_report(pick(an_analysis(result)))
    tokens = flat(parser(with_html=True).parse(render(report)))
    kinds = [one.type for one in tokens]

    assert kinds.count("heading_open") == 1 + len(report.sections)
    assert not {"link_open", "image", "html_inline", "html_block", "em_open"} & set(kinds)
    tables = [block for one in report.sections for block in one.blocks if isinstance(block, Table)]
    assert kinds.count("table_open") >= len(tables) > 3
    assert not re.search(
        r"@\w|://|#\d", "".join(one.content for one in tokens if one.type == "text")
    )
