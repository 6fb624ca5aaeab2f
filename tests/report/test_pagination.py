"""What a report says of lists that were read page by page."""

import io

import pytest
from asked import HEAD, ask
from making import a_result, an_analysis
from paging import call, offsets, rows
from rich.cells import cell_len

from analyzer.analyses.answers import Answers
from analyzer.analyses.pagination import PaginationFound, PaginationQuestion
from analyzer.analyses.results import CaptureResult
from analyzer.model import CaptureHead, Unmeasurable
from analyzer.report.figures import pick
from analyzer.report.pagination import BARS, EXPLAINED, LISTED, pagination_section
from analyzer.report.parts import Bars, Facts, Report, Table
from analyzer.report.terminal import print_report

PAGES = [range(at, at + 10) for at in range(0, 200, 10)]


def result(
    found: PaginationFound, file: str = "first.jsonl", capture_id: str = "4fd1"
) -> CaptureResult:
    head = CaptureHead(capture_id, "proxy", "test 1", "chunk", 41, 0, 0)
    return a_result(file=file, head=head, answers=Answers(pagination=found))


def printed(*found: PaginationFound, width: int = 80) -> str:
    results = [
        result(one, f"capture{number}.jsonl", str(number)) for number, one in enumerate(found)
    ]
    section = pagination_section(pick(an_analysis(*results)))
    assert section is not None
    file = io.StringIO()
    print_report(Report("", Facts(()), (), (section,)), file, width=width)
    return file.getvalue()


def flat(text: str) -> str:
    return " ".join(text.split())


def growing() -> PaginationFound:
    """1 ms more a row; a new row after the tenth page."""
    pages = [list(page) for page in PAGES]
    for page in pages[10:]:
        page[:] = [number - 1 for number in page]
    waits = [20.0 + depth for depth in range(0, 200, 10)]
    totals = [1000] * 10 + [1001] * 10
    return ask(PaginationQuestion, offsets(pages, total=totals, waits_ms=waits))


def test_a_capture_without_lists_has_no_section() -> None:
    assert pagination_section(pick(an_analysis(result(PaginationFound())))) is None


def test_the_model_is_told_in_words_with_its_interval_and_n() -> None:
    told = flat(printed(growing(), width=120))

    assert "grows: 1,000 ms per 1,000 rows (95 %: 1,000 to 1,000; n = 20, Theil-Sen" in told
    assert "in the service (inferred), 20.0 ms on the way" in told
    assert "from row 480 on (95 %: 480 to 480), by the line beyond what was seen" in told
    # 101 pages of 20 ms, and 10 × (0 + 1 + … + 100) rows of 1 ms each.
    assert "1,001 rows: by offset 52.5 s (95 %: 52.5 s to 52.5 s), 51,501 rows touched" in told
    assert "by keyset 2.02 s" in told
    assert "what changed meanwhile" in told


def test_duplicates_and_what_was_missed_are_told_with_their_evidence() -> None:
    told = flat(printed(growing()))

    assert "1 row of 200, 13 B" in told
    assert "no row: the stated totals account for the rows that came twice" in told


def test_waits_are_drawn_against_depth_as_medians_of_equally_many_pages() -> None:
    section = pagination_section(pick(an_analysis(result(growing()))))
    assert section is not None
    (bars,) = (block for block in section.blocks if isinstance(block, Bars))

    assert len(bars.labels) == BARS
    assert bars.labels[0].text == "row 0"
    assert bars.series[0][0] == "time to headers, ms"
    # Twenty pages of 20 ms and 10 ms more each: two or three a bar.
    assert bars.series[0][1] == (25, 50, 75, 100, 125, 150, 175, 200)
    assert bars.note == "each the median of up to 3 pages from that row on"


def test_walks_of_one_page_are_one_line() -> None:
    """What was read further is in the table; of each list only its longest walk is told first."""
    records = [
        *(r for n in range(1, 7) for r in offsets(["ab"], first=n)),
        *offsets(["ab", "cd"], first=10),
        *offsets(["ab", "cd", "ef"], first=20),
        *offsets(["ab", "cd"], first=30, path="/other"),
    ]
    section = pagination_section(pick(an_analysis(result(ask(PaginationQuestion, records)))))
    assert section is not None
    table = section.blocks[0]
    told = [block.pairs[0][1].text for block in section.blocks if isinstance(block, Facts)]

    assert isinstance(table, Table)
    assert [[cell.text for cell in row[1:4]] for row in table.rows] == [
        ["/list", "offset", "3"],
        ["/list", "offset", "2"],
        ["/other", "offset", "2"],
    ]
    assert told == ["/list", "/other"]
    assert "6 walks of one page: /list ×6" in printed(ask(PaginationQuestion, records))


def test_what_cannot_be_known_is_shown_with_its_reason() -> None:
    untimed = CaptureHead("test", "har", "test 1", "none", 1, 0, 0)
    told = flat(printed(ask(PaginationQuestion, offsets(["abc", "cde"]), untimed)))

    assert "no waits are known" in told
    assert "rows moved (1 came twice), and the list was not loaded again" in told
    assert "the service states no total" in told
    assert "wait against depth: this capture has no times" in told


def test_long_lists_of_walks_are_cut_and_that_is_said() -> None:
    records = [
        record
        for number in range(LISTED + 5)
        for record in offsets(["ab", "cd"], first=number * 2 + 1, path=f"/list{number}")
    ]
    section = pagination_section(pick(an_analysis(result(ask(PaginationQuestion, records)))))
    assert section is not None
    table = section.blocks[0]

    assert isinstance(table, Table)
    assert len(table.rows) == LISTED
    assert table.note == "and 5 more walks, all in the database"
    assert sum(isinstance(block, Facts) for block in section.blocks) == EXPLAINED


def test_several_captures_are_named() -> None:
    told = printed(growing(), growing())

    assert "capture0.jsonl" in told
    assert "capture1.jsonl" in told


def test_captured_text_cannot_move_the_cursor() -> None:
    evil = "/\x1b[31mred\x1b]0;title\x07?offset={}&limit=1&q=\x1b[2J"
    records = [
        record
        for number in range(3)
        for record in call(number + 1, evil.format(number), {"items": rows([number])})
    ]

    assert "\x1b" not in printed(ask(PaginationQuestion, records))


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    lines = printed(growing(), width=width).splitlines()

    assert max(map(cell_len, lines)) <= width


def test_a_noisy_slope_is_not_put_into_the_table() -> None:
    waits = [20.0, 90, 30, 85, 25, 95, 40, 70, 22, 88]
    found = ask(PaginationQuestion, offsets(PAGES[:10], total=1000, waits_ms=waits), HEAD)
    section = pagination_section(pick(an_analysis(result(found))))
    assert section is not None
    table = section.blocks[0]

    assert isinstance(table, Table)
    assert [cell.text for cell in table.rows[0][-2:]] == ["–", "noise"]
    assert isinstance(found.pagination_walks[0].budget_rows, Unmeasurable)
