"""What the alignment says, and that it fits a terminal of 80 columns."""

import io
import json
from typing import Any

import msgspec
from aligning import Call, a_run

from analyzer.analyses.alignment import Alignment, align
from analyzer.report.alignment import alignment_json, alignment_report
from analyzer.report.terminal import print_report

EVENTS = tuple((100.0 + 10 * n, f"event {n}") for n in range(30))
STREAM = Call(0, "/backend-api/f/conversation/with/a/long/way", 1, EVENTS, took_ms=80, answer="Hi")


def shown(found: Alignment) -> str:
    out = io.StringIO()
    print_report(alignment_report(found), out, width=80)
    return out.getvalue()


def late(by_ms: float, upto: int = 30, **changes: object) -> Call:
    events = tuple((at + by_ms, data) for at, data in EVENTS[:upto])
    return msgspec.structs.replace(STREAM, at_ms=by_ms, events=events, **changes)


def test_it_says_in_words_who_saw_it_first_and_how_surely() -> None:
    after = shown(align(a_run([STREAM]), a_run([late(0.42)])))
    before = shown(align(a_run([late(0.42, 5)]), a_run([late(0, 5)])))

    assert "B saw each event 420 µs after A, median; p99 420 µs; n = 30." in after
    assert "same exchanges  yes: 1 in both" in after
    assert "B saw each event 420 µs before A, median; from −420 µs to −420 µs; n = 5." in before


def test_a_difference_below_the_coarser_clock_is_called_so() -> None:
    coarse: dict[str, Any] = {"resolution_ns": 1_000_000, "source": "netlog"}
    within = shown(align(a_run([STREAM]), a_run([late(0.42)], **coarse)))
    beyond = shown(align(a_run([STREAM]), a_run([late(3)], **coarse)))

    early = "B's times are cut down to whole milliseconds, and so is what ties them to the"
    assert early in " ".join(within.split())
    assert "A's times are" not in within
    assert "within the 1 ms of netlog's clock" in within
    assert "each event 30 420 µs 420 µs 420 µs 420 µs within" in " ".join(within.split())
    assert "no more than that can be told" not in beyond
    assert "each event 30 3.00 ms 3.00 ms 3.00 ms 3.00 ms beyond" in " ".join(beyond.split())


def test_a_redacted_capture_beside_another_is_said_first() -> None:
    told = shown(align(a_run([STREAM]), a_run([late(0.42)], redaction="content")))
    alike = shown(align(*(a_run([one], redaction="content") for one in (STREAM, late(0.42)))))

    assert "redacted: B to content; texts, data and paths that differ say nothing" in told
    assert "redacted" not in alike


def test_a_drift_that_the_coarser_clock_cannot_show_is_called_so() -> None:
    """Ten parts in a million: 300 µs over half a minute."""
    events = tuple((1_000.0 * n, str(n)) for n in range(31))
    faster = tuple((at * (1 + 10e-6), data) for at, data in events)
    runs = [a_run([Call(0, events=each)]) for each in (events, faster)]
    coarse = a_run([Call(0, events=faster)], resolution_ns=1_000_000, source="netlog")
    fine, within = (" ".join(shown(align(runs[0], b)).split()) for b in (runs[1], coarse))

    assert "10.00 ppm (10.00 to 10.00, 95 %): 300 µs over 30.0 s" in fine
    assert "300 µs over 30.0 s; that is within the 1 ms of netlog's clock" in within
    assert "that is within" not in fine


def test_what_differs_stands_first_and_with_its_reason() -> None:
    other = Call(9_000, "/only/in/a\x1b[2J", 2)
    report = shown(align(a_run([STREAM, other]), a_run([late(1, 21, answer="H")])))
    names = ["The same run?", "same exchanges  no: 1 in both, 1 only in A", "same text       no"]

    assert [report.index(name) for name in names] == sorted(report.index(name) for name in names)
    assert "21 in both, 9 only in A" in report
    assert "after the other's" in report
    assert "\x1b" not in report
    assert report.index("The same run?") < report.index("B beside A")


def test_it_fits_80_columns_whatever_the_figures() -> None:
    many = [
        msgspec.structs.replace(STREAM, at_ms=n * 40_000.0, number=n + 1_000) for n in range(30)
    ]
    moved = [msgspec.structs.replace(one, number=one.number + 100_000) for one in many]
    for shift_ms in (0.000_3, 1.5, 3_600_000):
        report = shown(align(a_run(many), a_run(moved, shift_ms)))

        assert max(map(len, report.splitlines())) <= 80
        assert "the first 20 of 30" in report


def test_without_times_the_rest_is_told() -> None:
    report = shown(align(a_run([STREAM]), a_run([STREAM], clock="none")))

    assert "The clocks can't be compared: B holds no times." in report
    assert " no times; " in report
    assert "same events     yes: 30 in both" in report
    assert "Streams" not in report


def test_the_json_has_the_same_figures_and_a_reason_for_each_that_is_missing() -> None:
    document = json.loads(alignment_json(align(a_run([STREAM]), a_run([late(0.42)]))))
    found = document["alignment"]

    assert (document["schema"], document["version"]) == ("streamscope-alignment", 1)
    assert found["offset"]["median_ns"] == 420_000
    assert found["moments"][4]["name"] == "each event"
    assert found["moments"][4]["difference_ns"]["p99"] == 420_000
    assert found["matched"][0]["event_ns"]["n"] == 30
    assert found["drift"] is None
    assert "too short" in found["unmeasurable"]["drift"]
