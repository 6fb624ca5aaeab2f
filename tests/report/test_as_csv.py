"""The turns as CSV, read back by programs that know RFC 4180."""

import csv
import io
from typing import Any

from making import Text, a_result, an_analysis, measured

from analyzer.report.as_csv import report_csv
from analyzer.report.as_json import report_object
from analyzer.report.figures import Figures, pick


def figures(**turn: Any) -> Figures:
    ones = (
        measured(Text(400, 0), Text(420, 1), Text(1020, 2), exchange=1, turn=turn),
        measured(exchange=2, turn={"status": "cut"}),
    )
    return pick(an_analysis(a_result(*ones)))


def rows(made: Figures) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(report_csv(made).decode(), newline=""), strict=True))


def test_every_figure_of_a_turn_is_in_its_row_raw_and_named_as_in_json() -> None:
    made = figures()
    first, second = rows(made)
    document = report_object(made)["turns"][0]

    for name, value in document.items():
        if not isinstance(value, dict):
            assert first[name] == ("" if value is None else str(value)), name
    assert first["ttft_ns"] == "400000000"
    assert first["stalls_count"] == "1"
    assert first["stalls_share"] == str(document["stalls"]["share"])
    assert first["reading_chars"] == "12"
    assert first.keys() == second.keys()
    assert second["ttft_ns"] == second["stalls_count"] == ""
    assert "ttft_ns: no text came" in second["unmeasurable"]


def test_lines_end_as_the_standard_says() -> None:
    made = report_csv(figures(title='a "quoted", title\nof two lines'))

    assert made.count(b"\r\n") == 3
    assert made.count(b"\n") == 3
    assert (
        rows(figures(title='a "quoted", title\nof two'))[0]["title"] == 'a "quoted", title of two'
    )


def test_text_that_a_spreadsheet_would_run_is_text() -> None:
    for title in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=cmd|' /C calc'!A0", "\x1b[2J=1"):
        first = rows(figures(title=title))[0]

        assert first["title"][:2] in ("'=", "'+", "'-", "'@")
    assert rows(figures(title="a=b"))[0]["title"] == "a=b"


def test_figures_keep_their_sign_and_captured_text_loses_what_moves_a_terminal() -> None:
    first = rows(figures(title="Tides \x1b[2J\x00née", server_ttft_ms=-3.5))[0]

    assert first["server_ttft_ms"] == "-3.5"
    assert first["title"] == "Tides née"


def test_without_a_turn_the_columns_are_there() -> None:
    alone = report_csv(pick(an_analysis(a_result())))

    assert alone == report_csv(figures()).splitlines(keepends=True)[0]
    assert alone.startswith(b"capture,exchange,protocol,")
