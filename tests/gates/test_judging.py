"""Thresholds judged: by the report's own figures, and failed by what can't be known."""

from functools import partial
from typing import Any

import msgspec
import numpy as np
import pytest
from making import MS, Text, a_head, a_result, an_analysis, measured, ns, with_stream

from analyzer.analyses.answers import Answers
from analyzer.analyses.credentials.rows import CredentialRow, CredentialsFound
from analyzer.analyses.measured import Measured
from analyzer.analyses.pooled import Threshold
from analyzer.analyses.statistics import ranked
from analyzer.gates import Gate, GateError, failed, judge, judge_groups, readings
from analyzer.gates.judging import Judged
from analyzer.gates.metrics import METRICS
from analyzer.model import Lost, Problem, Unmeasurable
from analyzer.report.figures import Figures, pick
from analyzer.report.parts import Source


def a_chat(exchange: int, first_ms: float, gap_ms: float = 50, **fields: Any) -> Measured:
    """Three texts, evenly."""
    texts = [Text(first_ms + gap_ms * read, read, "many words") for read in range(3)]
    return measured(*texts, exchange=exchange, **fields)


def of(*ones: Measured, **fields: Any) -> Figures:
    return pick(an_analysis(a_result(*ones, **fields)))


def seen(text: str, figures: Figures) -> Judged:
    (judged,) = judge([Gate.parse(text)], figures)
    return judged


TEN = of(*(a_chat(number, 100 * number) for number in range(1, 11)))
THIRTY = of(*(a_chat(number, 10 * number) for number in range(1, 31)))


@pytest.mark.parametrize(
    ("text", "observed"),
    [
        ("ttft:med<1s", 550 * MS),
        ("ttft:p(50)<1s", 550 * MS),
        ("ttft:p(95)<1s", 955 * MS),
        ("ttft:p(0)<1s", 100 * MS),
        ("ttft:p(25)<1s", 325 * MS),
        ("ttft:avg<1s", 550 * MS),
        ("ttft:min<1s", 100 * MS),
        ("ttft:max<=1s", 1000 * MS),
        ("ttft:count==10", 10),
        ("icl:avg<51ms", 50 * MS),
        ("icl:p(97.5)<51ms", 50 * MS),
        ("icl:count==20", 20),
        ("longest_gap:max<51ms", 50 * MS),
        ("turns:count==10", 10),
        ("failed:rate==0", 0),
        ("stalls:count==0", 0),
        ("stalls:max<1ms", 0),
        ("stalled_turns:rate==0", 0),
        ("problems:count==0", 0),
        ("lost:count==0", 0),
        ("http_errors:rate==0", 0),
    ],
)
def test_figures_are_those_of_the_pool(text: str, observed: float) -> None:
    judged = seen(text, TEN)

    assert judged.observed == observed
    assert judged.passed


def test_the_percentiles_are_the_reports_own() -> None:
    ttft = THIRTY.all.ttft
    assert not isinstance(ttft, Unmeasurable)

    assert seen("ttft:p(90)<1s", THIRTY).observed == ttft.p90
    assert seen("ttft:p(99)<1s", THIRTY).observed == ttft.p99


@pytest.mark.parametrize(
    ("text", "exchange"),
    [
        ("ttft:p(94)<2s", 9),
        ("ttft:med<2s", 5),
        ("ttft:min<2s", 1),
        ("icl:max<2s", 1),
        ("longest_gap:max<2s", 1),
        ("e2el:max<2s", 10),
        ("ttft:avg<2s", None),
        ("turns:count<20", None),
    ],
)
def test_a_figure_of_one_turn_leads_to_it(text: str, exchange: int | None) -> None:
    source = seen(text, TEN).source

    assert (source and source.exchange) == exchange


def test_percentiles_of_gaps_are_taken_without_holding_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = of(*(a_chat(number, 100, gap_ms=number) for number in range(1, 31)))
    gaps = sorted(2 * [number * MS for number in range(1, 31)])
    monkeypatch.setattr(readings, "ranked", partial(ranked, together=1))

    for percentile in (0, 12.5, 73, 99.9, 100):
        observed = seen(f"icl:p({percentile})<1s", figures).observed

        assert observed == round(float(np.percentile(gaps, percentile)))


def test_a_p99_of_few_turns_is_not_known() -> None:
    """A report has none below twenty either."""
    judged = seen("ttft:p(99)<1h".replace("h", "min"), TEN)

    assert judged.observed == Unmeasurable("n = 10 is too few for p(99): 20 are needed")
    assert not judged.passed
    assert seen("ttft:p(95)<1min", TEN).passed


def test_what_cannot_be_known_fails_unless_it_is_told_to_pass() -> None:
    gates = [Gate.parse("used_after_expiry:count==0"), Gate.parse("ttft:med<1ms")]

    strict, lenient = judge(gates, TEN), judge(gates, TEN, "pass")

    assert [one.passed for one in strict] == [False, False]
    assert strict[0].observed == Unmeasurable("no credential's end is known")
    assert [one.passed for one in lenient] == [True, False]
    assert failed(lenient)
    assert not failed(lenient[:1])


def test_stalls_are_a_share_of_the_gaps() -> None:
    figures = of(a_chat(1, 100), a_chat(2, 100, gap_ms=300), a_chat(3, 100), a_chat(4, 100))

    rate, turns = seen("stalls:rate<0.3", figures), seen("stalled_turns:rate<0.3", figures)

    assert (rate.observed, rate.n, rate.noun) == (0.25, 8, "gap")
    assert (turns.observed, turns.n, turns.noun) == (0.25, 4, "turn")
    assert seen("stalls:total<1s", figures).observed == 600 * MS
    assert seen("stalls:max<1s", figures).observed == 300 * MS


def test_a_turn_that_was_cut_failed() -> None:
    figures = of(a_chat(1, 100), a_chat(2, 100, turn={"status": "cut"}), a_chat(3, 100))

    judged = seen("failed:count==1", figures)

    assert (judged.observed, judged.n) == (1, 3)


def test_a_selector_chooses_turns() -> None:
    figures = of(
        a_chat(1, 100),
        a_chat(2, 300, http_version="HTTP/3"),
        a_chat(3, 500, http_version="HTTP/3", turn={"model": "large"}),
    )

    assert seen("ttft{protocol:h2}:med<1s", figures).observed == 100 * MS
    assert seen("ttft{protocol:h3}:med<1s", figures).observed == 400 * MS
    assert seen("ttft{protocol:h3,model:large}:med<1s", figures).observed == 500 * MS
    assert seen("ttft{capture:1}:count==3", figures).passed
    assert seen("ttft{capture:first.jsonl}:count==3", figures).passed


def test_a_selector_that_chooses_nothing_says_what_there_is() -> None:
    judged = seen("ttft{protocol:h3}:med<1s", TEN)

    assert judged.observed == Unmeasurable("nothing has the protocol h3: there is h2")
    assert not judged.passed
    elsewhere = seen("problems{capture:2}:count==0", TEN)
    assert elsewhere.observed == Unmeasurable("nothing has the capture 2: there is first.jsonl")


def a_credential(used_after_expiry: int, expires_at: int | Unmeasurable) -> CredentialRow:
    row = dict.fromkeys(CredentialRow.__struct_fields__, 0)
    given = {"used_after_expiry": used_after_expiry, "expires_at": expires_at}
    return CredentialRow(**{**row, **given})  # type: ignore[arg-type] # others are not looked at


def test_use_after_expiry_counts_credentials_whose_end_is_known() -> None:
    found = CredentialsFound(
        credentials=(a_credential(2, 1_000), a_credential(0, Unmeasurable("unknown")))
    )
    judged = seen("used_after_expiry:count==0", of(answers=Answers(credentials=found)))

    assert (judged.observed, judged.n, judged.passed) == (2, 1, False)


def test_what_was_lost_is_known_only_where_losses_are_counted() -> None:
    """A NetLog that tells of no loss may have lost what it likes."""
    loss = Lost(0, "reads", 3, "the queue was full")

    netlog = of(a_chat(1, 100), head=a_head(source="netlog"))

    assert seen("lost:count==0", of(a_chat(1, 100), lost=(loss,))).observed == 3
    assert isinstance(seen("lost:count==0", netlog).observed, Unmeasurable)


def test_problems_and_coalesced_events_are_counted() -> None:
    one = with_stream(a_chat(1, 100), reads=6, events=10, coalesced=4)
    figures = of(one, problems=(Problem("broken", "body", "why"),))

    assert seen("problems:count==0", figures).observed == 1
    assert seen("coalesced:rate<50%", figures).observed == 0.4


def test_goodput_is_that_of_the_report() -> None:
    turns = [a_chat(number, 100 * number) for number in range(1, 5)]
    figures = pick(an_analysis(a_result(*turns)), [Threshold.parse("ttft=300ms")])

    assert seen("goodput:rate>=75%", figures).observed == 0.75
    assert not seen("goodput:rate>=0", TEN).passed


def test_a_capture_without_turns_measures_no_time() -> None:
    for name, metric in METRICS.items():
        if metric.unit == "time" and "p" in metric.aggregates:
            assert isinstance(seen(f"{name}:med<1min", of()).observed, Unmeasurable), name


def test_every_metric_says_what_it_cannot_know_of_nothing() -> None:
    """No aggregate of an empty capture is an error or a figure other than a count."""
    for name, metric in METRICS.items():
        for aggregate in metric.aggregates:
            figure = "p(50)" if aggregate == "p" else aggregate
            limit = "1s" if metric.unit == "time" and aggregate not in ("count", "rate") else "1"
            observed = seen(f"{name}:{figure}<{limit}", of()).observed

            assert isinstance(observed, Unmeasurable) or observed == 0, (name, aggregate)


def test_groups_are_judged_against_the_first() -> None:
    before = of(*(a_chat(number, 100) for number in range(1, 9)))
    after = of(*(a_chat(number, 130) for number in range(1, 9)))
    texts = ("ttft:med<120ms", "ttft:diff(med)<50ms", "ttft:change(med)<10%")

    judged = judge_groups([Gate.parse(one) for one in texts], [("a", before), ("b", after)])

    assert [one.group for one in judged] == ["b"] * 3
    assert [one.passed for one in judged] == [False, True, False]
    assert judged[1].observed == 30 * MS
    assert [one.source for one in judged] == [Source(2, 1), None, None]
    assert judged[2].observed == pytest.approx(0.3)


def test_a_change_from_nothing_is_no_share() -> None:
    before, after = of(a_chat(1, 100)), of(a_chat(1, 100, gap_ms=300))
    gates = [Gate.parse("stalls:change(count)<10%")]

    (grown,) = judge_groups(gates, [("a", before), ("b", after)])
    (same,) = judge_groups(gates, [("a", before), ("b", before)])

    assert isinstance(grown.observed, Unmeasurable)
    assert (same.observed, same.passed) == (0, True)


def test_comparing_thresholds_need_something_to_compare_with() -> None:
    with pytest.raises(GateError, match="streamscope compare"):
        judge([Gate.parse("ttft:diff(med)<50ms")], TEN)


def test_a_figure_on_its_limit_is_judged_exactly() -> None:
    """By nanoseconds, not by the digits that are shown."""
    gates = [Gate.parse("ttft:max<1s"), Gate.parse("ttft:max<=1s"), Gate.parse("ttft:max==1s")]

    assert [one.passed for one in judge(gates, TEN)] == [False, True, True]
    later = msgspec.structs.replace(gates[1], limit=ns(1000) - 1)
    assert not judge([later], TEN)[0].passed
