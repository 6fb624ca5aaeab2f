"""The report for programs."""

import json
from collections.abc import Iterator
from typing import Any

from making import (
    Text,
    a_call,
    a_head,
    a_result,
    an_analysis,
    another_stream,
    measured,
    ns,
    with_stream,
)

from analyzer.analyses.pooled import Threshold
from analyzer.analyses.results import Analysis
from analyzer.gates import Gate, gates_json, judge
from analyzer.model import Lost, Observer, Problem
from analyzer.report.as_json import TABLES, report_json
from analyzer.report.figures import pick
from analyzer.report.keys import KEYS


def document(analysis: Analysis, *limits: Threshold) -> dict[str, Any]:
    """With a threshold that was judged."""
    figures = pick(analysis, limits)
    judged = gates_json(judge([Gate.parse("ttft{protocol:h2}:p(95)<1s")], figures))
    found: dict[str, Any] = json.loads(report_json(figures, judged))
    return found


def full() -> Analysis:
    turn = measured(
        Text(412, 0), Text(450, 1), Text(1240, 2), exchange=1,
        turn={"title": "Tides \x1b[2J", "server_ttft_ms": 180.0},
    )  # fmt: skip
    return an_analysis(
        a_result(
            with_stream(turn, reads=3, events=5, coalesced=1),
            a_call(2),
            measured(exchange=3, http_version="HTTP/3"),
            another_stream(4, (300, 0), (330, 1), (400, 2)),
            another_stream(5, (300, 0)),
            observations=[Observer(ns(2000), ns(2000), 250, 180_000, ns(2), (), (), 5, 1, 1, 1)],
            problems=(Problem("torn_tail", "first.jsonl", "cut", 812),),
            lost=(Lost(5, "reads", 3, "the queue was full", 4096, 1),),
        )
    )


def test_a_capture_says_where_it_was_taken_and_what_its_words_mean() -> None:
    result = a_result(measured(Text(1, 0)), head=a_head(source="netlog"))
    made = document(an_analysis(result))

    assert made["captures"][0]["vantage"].startswith("in the browser, by its own log")
    assert made["definitions"]["request sent"].startswith("the browser had sent")
    assert "proxy" not in made["definitions"]


def test_a_turn_has_its_figures_in_the_unit_its_key_ends_in() -> None:
    turn = document(full())["turns"][0]

    assert (turn["capture"], turn["exchange"], turn["protocol"]) == ("4fd1", 1, "h2")
    assert turn["ttft_ns"] == 412_000_000
    assert turn["e2el_ns"] == 1_240_000_000
    assert turn["server_ttft_ms"] == 180.0
    assert turn["stalls"] == {
        "threshold_ns": 250_000_000, "count": 1, "total_ns": 790_000_000,
        "longest_ns": 790_000_000, "share": 790 / 1240, "of_proxy": 0, "unmeasurable": {},
    }  # fmt: skip


def test_what_cannot_be_known_is_null_and_says_why() -> None:
    silent = document(full())["turns"][1]

    assert silent["ttft_ns"] is None
    assert silent["unmeasurable"]["ttft_ns"] == "no text came"
    assert silent["stalls"] is None


def test_a_stream_whose_text_is_not_known_has_its_events_and_says_why() -> None:
    call, stream, short = document(full())["calls"]

    assert "event_gaps_ns" not in call
    assert (stream["dialect"], stream["events"], stream["reads"]) == ("generic", 3, 3)
    assert stream["time_to_first_event_ns"] == 300_000_000
    assert stream["event_gaps_ns"]["points"] == [30_000_000, 70_000_000]
    assert stream["unmeasurable"] == {"ttft_ns": "dialect generic: where the text is is not known"}
    assert short["event_gaps_ns"] is None
    assert "no gap" in short["unmeasurable"]["event_gaps_ns"]


def test_pools_and_histogram_are_per_protocol() -> None:
    found = document(full())

    assert found["all"]["icl_ns"]["points"] == [38_000_000, 790_000_000]
    assert found["protocols"]["h2"]["turns"] == 1
    assert found["protocols"]["h3"]["unmeasurable"]["ttft_ns"] == "no text came"
    assert sum(found["gap_histogram"]["counts"]["h2"]) == 2
    assert found["slowest_gaps"][0]["gap_ns"] == 790_000_000


def test_losses_and_problems_are_there() -> None:
    capture = document(full())["captures"][0]

    assert capture["lost"][0]["reason"] == "the queue was full"
    assert capture["problems"][0]["offset"] == 812
    assert capture["observer"]["stamping_per_read_ns"] == 0.2
    assert capture["observer"]["writer_core_share"] == 1 / ns(2000)


def test_a_tool_that_did_not_measure_itself_has_no_observer() -> None:
    capture = document(an_analysis(a_result(a_call(1))))["captures"][0]

    assert capture["observer"] is None
    assert "did not measure itself" in capture["unmeasurable"]["observer"]


def test_goodput_repeats_its_thresholds() -> None:
    found = document(full(), Threshold("ttft", ns(500)))["goodput"]

    assert found == {
        "share": 0.5, "met": 1, "n": 2,
        "thresholds": [{"figure": "ttft", "limit_ns": 500_000_000}],
    }  # fmt: skip


DATA = ("protocols", "counts", "unmeasurable", "keys", "definitions", "selector")
"""Mappings whose keys are data."""


def keys_in(value: object, inside: str = "") -> Iterator[str]:
    """Every key, but for mappings whose keys are data, and for the questions' tables."""
    if isinstance(value, dict):
        for key, part in value.items():
            if inside not in DATA:
                yield key
            if key not in ("answers", "tables"):
                yield from keys_in(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from keys_in(part, inside)


def test_every_key_is_documented_and_no_other() -> None:
    found = set(keys_in(document(full(), Threshold("gap", 1))))

    assert found == set(KEYS)


def test_every_answers_columns_are_described() -> None:
    for answer in document(full())["captures"][0]["answers"].values():
        for table, rows in answer.items():
            for row in rows:
                assert table == "unanswered" or set(row) <= set(TABLES[table])


def test_a_capture_without_a_clock_has_no_time_at_all() -> None:
    turn = measured(Text(0, 0), Text(0, 1), clock="none")
    found = document(an_analysis(a_result(turn, head=a_head(clock="none"))))["turns"][0]

    for key, value in found.items():
        if key.endswith("_ns"):
            assert value is None, key
    assert found["chunks"] == 2
