"""The report in a terminal and in a pipe."""

import io
import re

import pytest
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
from rich.cells import cell_len

from analyzer.analyses.measured import Measured
from analyzer.analyses.pooled import Threshold
from analyzer.analyses.results import Analysis, CaptureResult
from analyzer.model import Lost, Observer, Problem
from analyzer.redact.levels import Level
from analyzer.report import build_report
from analyzer.report.figures import pick
from analyzer.report.terminal import print_report


def printed(
    analysis: Analysis, width: int = 80, encoding: str = "utf-8", *limits: Threshold
) -> str:
    """What a pipe of this encoding gets."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding)
    print_report(build_report(pick(analysis, limits)), file, width=width)
    file.flush()
    return raw.getvalue().decode(encoding)


def two_protocols() -> CaptureResult:
    """An HTTP/2 turn that stalls, an HTTP/3 turn that doesn't, and a call."""
    stalling = measured(
        Text(412, 0, "What "), Text(450, 1, "a tide "), Text(1240, 2, "is."), exchange=1,
        turn={"title": "Tides", "server_ttft_ms": 180.0},
    )  # fmt: skip
    even = measured(
        Text(300, 0), Text(340, 1), exchange=3, http_version="HTTP/3", upstream_version="HTTP/2.0"
    )
    return a_result(
        with_stream(stalling, reads=3, events=5, coalesced=1),
        a_call(2, status=401),
        with_stream(even, reads=2, events=2),
        observations=[
            Observer(
                ns(2000), ns(2000), 250, 180_000, ns(9), (ns(1240),), (ns(9),), 5, 10_500, 70_000, 3
            )
        ],
    )


def section(text: str, title: str) -> str:
    """The lines below a heading, up to the next."""
    found = re.search(rf"^{re.escape(title)} ─+\n(.*?)(?=^\S.* ──+$|\Z)", text, re.M | re.S)
    assert found is not None, f"no section {title!r} in\n{text}"
    return found[1]


def row(text: str, *starts: str) -> list[str]:
    """The cells of the line that begins with these cells."""
    for line in text.splitlines():
        cells = re.split(r"\s{2,}", line.strip())
        if cells[: len(starts)] == list(starts):
            return cells
    raise AssertionError(f"no line begins with {starts} in\n{text}")


def test_the_head_says_where_the_figures_come_from() -> None:
    text = printed(an_analysis(two_protocols()))

    assert text.startswith("streamscope · first.jsonl ─")
    assert "recorded  2025-10-09 08:53:20 UTC, for 60.0 s" in text
    assert "clock     chunk: every read stamped as it arrived; smallest step seen 41 ns" in text
    assert "3 exchanges, 2 streams, 2 chat turns, over HTTP/2 and HTTP/3" in text


def test_the_headline_gives_waits_stalls_and_coalescing() -> None:
    felt = section(printed(an_analysis(two_protocols())), "What was felt")

    assert row(felt, "until the first text", "TTFT")[2:] == [
        *("356 ms", "401 ms", "406 ms", "–", "412 ms", "2")
    ]
    assert "stalls         1 of ≥ 250 ms, in 1 of 2 turns; sum 790 ms, longest 790 ms" in felt
    assert "coalesced      1 of 7 events (14 %) shared a read with one before" in felt


def test_two_protocols_stand_beside_each_other() -> None:
    beside = section(printed(an_analysis(two_protocols()), 120), "HTTP/2 beside HTTP/3")

    assert row(beside, "TTFT")[1:] == [
        *("412 ms", "412 ms", "–", "1"), *("300 ms", "300 ms", "–", "1")
    ]  # fmt: skip
    assert row(beside, "ICL", "HTTP/2")[2:] == ["38.0 · 790 ms"]


def test_every_turn_has_its_row() -> None:
    text = printed(an_analysis(two_protocols()), 120)
    turns = section(text, "Chat turns")

    assert row(turns, "1", "h2")[2:] == [
        *("complete", "412 ms", "412 ms", "180 ms", "1.24 s", "3", "3.62", "790 ms", "1", "Tides")
    ]
    assert row(turns, "3", "h3→h2")[2:4] == ["complete", "300 ms"]
    assert re.search(r"^ 1 h2 ⋅+▃⋅+▃⋅+▃ 1\.24 s Tides$", section(text, "When text came"), re.M)


@pytest.mark.parametrize("width", [100, 120])
def test_a_long_title_is_cut_and_the_figures_stay_whole(width: int) -> None:
    turn = measured(Text(412, 0), Text(1240, 1), turn={"title": "Tides " * 40})
    turns = section(printed(an_analysis(a_result(turn)), width), "Chat turns")
    cells = row(turns, "1", "h2")

    figures = [cell for cell in cells[2:-1] if cell != "–"]

    assert figures == [*("complete", "412 ms", "412 ms", "1.24 s", "2", "1.21", "828 ms", "1")]
    assert cells[-1].startswith("Tides Tides")
    assert cells[-1].endswith("…")


def test_the_longest_gaps_name_their_cause() -> None:
    longest = section(printed(an_analysis(two_protocols())), "The longest gaps")

    assert row(longest, "790 ms") == ["790 ms", "1", "1.24 s", "2", "answer", "unknown", "9.00 ms"]


def test_streams_whose_text_is_not_known_have_their_events_and_say_so() -> None:
    stream = another_stream(4, (300, 0), (330, 1), (330, 1), (400, 2), status=429)
    text = printed(an_analysis(a_result(stream, another_stream(5), a_call(6))), 120)
    others = section(text, "Other event streams")

    assert "Of 2 event streams the text is not known: see below." in text
    assert "dialect generic: where the text is is not known, so there is no TTFT." in others
    assert row(others, "4", "POST /v1/chat/completions")[2:] == [
        *("h2", "429", "300 ms", "4", "1", "50.0 ms", "68.0 ms", "70.0 ms", "2", "2.00 s")
    ]
    assert row(others, "5")[2:] == ["h2", "200", "–", "0", "0", "–", "–", "–", "0", "2.00 s"]


def test_the_observer_states_its_own_lag_and_cost() -> None:
    text = printed(an_analysis(two_protocols()), 120)
    observer = section(text, "The observer itself")

    assert "p50 180 µs · p99 under 5 ms · max 9.00 ms  (n = 250 samples, 1 ≥ 5 ms)" in observer
    assert "2.10 µs each, on the event loop  (n = 5 streamed reads)" in observer
    assert "70.0 µs CPU on a thread beside, < 0.1 % of a core in 2.00 s" in observer
    assert "lost                nothing" in observer


def test_the_names_are_defined_at_the_foot() -> None:
    names = section(printed(an_analysis(two_protocols()), 120), "What the names mean")

    assert "first non-empty answer or reasoning text − request sent" in names
    assert "octets of answer and reasoning / 4, rounded up" in names


def captured_by(source: str, lost: tuple[Lost, ...] = ()) -> str:
    result = a_result(
        measured(Text(1, 0), Text(90, 1)), head=a_head(source=source, tool="tool 1"), lost=lost
    )
    return " ".join(printed(an_analysis(result)).split())


@pytest.mark.parametrize(
    ("source", "seen", "sent", "lost"),
    [
        ("mitmproxy", "in the proxy, by the recorder", "the proxy had", "the recorder could not"),
        ("flows", "in the proxy, by mitmproxy", "the proxy had", "the flow file does not give"),
        ("netlog", "in the browser, by its own log", "the browser had sent", "the NetLog does not"),
        ("pcap", "on the wire, where the packets", "the packet that", "the packets do not give"),
        ("har", "by the program that wrote", "the program that", "the HAR does not give"),
        ("body", "where the body was saved", "not known of a body", "the body does not give"),
    ],
)
def test_words_fit_where_the_capture_was_taken(
    source: str, seen: str, sent: str, lost: str
) -> None:
    text = captured_by(source, lost=(Lost(5, "reads", 3, "gone", 4096, 1),))

    assert f" seen {seen}" in text
    assert f" request sent {sent}" in text
    assert f"LOST: {lost}" in text
    assert ("proxy" in text) == (source in ("mitmproxy", "flows", "har"))


@pytest.mark.parametrize(
    ("source", "said"),
    [("netlog", "not closed: it was cut off or"), ("har", "until when the file does not tell")],
)
def test_a_capture_without_an_end_is_cut_off_if_its_kind_has_one(source: str, said: str) -> None:
    result = a_result(measured(Text(1, 0)), head=a_head(source=source), ended_ns=None)

    assert said in " ".join(printed(an_analysis(result)).split())


def test_only_a_recorder_says_that_it_lost_nothing_and_was_late() -> None:
    """Nobody can tell what a NetLog left out; of gaps a proxy's lateness is none of its."""
    ours, theirs = printed(an_analysis(two_protocols())), captured_by("netlog")

    assert row(section(ours, "The longest gaps"), "gap")[-1] == "proxy late"
    assert row(section(ours, "What the names mean"), "proxy")
    assert "lost – the tool that made this capture does not count what it loses" in theirs
    assert "gap turn ended at event in meanwhile ──" in theirs
    assert "cut down to whole milliseconds: a span is right to ±1 ms" in theirs


def test_two_captures_say_each_what_request_sent_is() -> None:
    results = [
        a_result(measured(Text(1, 0)), head=a_head(source=source, capture_id=source))
        for source in ("mitmproxy", "netlog")
    ]
    text = " ".join(printed(an_analysis(*results)).split())

    assert "request sent the proxy had the whole request (seen in the proxy, by the rec" in text
    assert "; the browser had sent the whole request (seen in the browser, by its own" in text


def test_losses_and_problems_come_before_any_figure() -> None:
    result = a_result(
        measured(Text(1, 0)),
        lost=(Lost(5, "reads", 3, "the queue was full", 4096, 1),),
        problems=tuple(
            Problem("damaged_record", "first.jsonl", f"line {n} is torn", n) for n in range(7)
        ),
    )
    text = printed(an_analysis(result))
    head = text[: text.index("What was felt")]

    assert "LOST: the recorder could not keep 3 things (4.10 kB)" in head
    assert "3 × reads: the queue was full" in head
    assert "7 problems in the traffic or the file" in head
    assert "damaged_record, at byte 3: line 3 is torn" in head
    assert "and 2 more problems, all in the database" in head


def test_a_capture_without_loss_has_no_warnings() -> None:
    assert "LOST" not in printed(an_analysis(two_protocols()))


def test_goodput_is_shown_where_thresholds_are_stated() -> None:
    limits = (Threshold("ttft", ns(400)), Threshold("gap", ns(250)))
    text = printed(an_analysis(two_protocols()), 80, "utf-8", *limits)

    assert "goodput        50 %: 1 of 2 turns kept ttft ≤ 400 ms, gap ≤ 250 ms" in text


def test_a_capture_without_turns_says_so() -> None:
    text = printed(an_analysis(a_result(a_call(1))))

    assert "There is no chat turn in it." in text
    assert "Chat turns" not in text


def test_a_capture_without_a_clock_shows_no_zero_times() -> None:
    head = a_head(clock="none")
    result = a_result(measured(Text(0, 0), Text(0, 1), clock="none"), head=head)
    text = printed(an_analysis(result))

    assert row(section(text, "What was felt"), "until the first text", "TTFT")[2:] == [
        *("–", "–", "–", "–", "–", "0")
    ]
    assert "no times at all" in text
    assert not re.search(r"\b0 ns", text)


@pytest.mark.parametrize(
    ("redaction", "said"),
    [("content", "texts are filler"), ("shape", "nothing is left but lengths and times")],
)
def test_a_redacted_capture_says_so_at_the_top(redaction: Level, said: str) -> None:
    head = a_head(redaction=redaction)
    facts = printed(an_analysis(a_result(a_call(1), head=head))).partition("What was felt")[0]

    assert said in " ".join(facts.split())
    assert "redacted" not in printed(an_analysis(a_result(a_call(1))))


def test_several_captures_number_their_turns_apart() -> None:
    other = a_result(
        measured(Text(9, 0), exchange=1),
        head=a_head(capture_id="second", wall_ns=1_760_000_100_000_000_000),
        file="second.jsonl",
    )
    text = printed(an_analysis(two_protocols(), other), 120)

    assert text.startswith("streamscope · 2 captures")
    assert row(section(text, "Chat turns"), "2:1", "h2")
    assert re.search(r"capture +second\.jsonl", text)


def test_long_lists_say_what_they_left_out() -> None:
    turns = [measured(Text(100 + n, 0), exchange=n) for n in range(50)]
    text = printed(an_analysis(a_result(*turns)))

    assert text.count("and 10 more turns, all in the database") == 2


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_page_or_ends_in_blanks(width: int) -> None:
    lines = printed(an_analysis(two_protocols()), width).splitlines()

    assert max(cell_len(line) for line in lines) <= width
    assert not [line for line in lines if line != line.rstrip()]


def test_a_pipe_gets_no_escape_codes() -> None:
    assert "\x1b" not in printed(an_analysis(two_protocols()))


def test_an_output_that_knows_only_ascii_gets_only_ascii() -> None:
    turn = measured(Text(412, 0), Text(450, 1), turn={"title": "Ebbe und Flut – 潮汐"})
    text = printed(an_analysis(a_result(turn)), 120, "ascii")

    assert text.isascii()
    assert "Ebbe und Flut - \\u6f6e" in text
    assert "|" not in text


HOSTILE = (
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[31m",
    "\x9b31m",
    "[bold red]markup[/bold red]",
    "[/]",
    "‮desrever",
    ":smile:",
    "a\nb\r\x08",
    "x" * 500,
)


def hostile() -> Measured:
    text = " ".join(HOSTILE)
    return measured(
        Text(100, 0), Text(500, 1), exchange=1, path=f"/{text}", method=text,
        http_version=text, turn={"title": text, "error": text, "model": text},
    )  # fmt: skip


def hostile_result() -> CaptureResult:
    text = " ".join(HOSTILE)
    return a_result(
        hostile(),
        a_call(2, path=f"/{text}", method=text, authority=text),
        head=a_head(tool=text, source=text),
        file=text,
        problems=(Problem(text, text, text),),
        lost=(Lost(1, text, 1, text),),
    )


@pytest.mark.parametrize("width", [80, 200])
def test_captured_text_steers_no_terminal(width: int) -> None:
    text = printed(an_analysis(hostile_result()), width)

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f‪-‮⁦-⁩]", text)
    assert "x" * 130 not in text


def test_captured_text_is_no_markup() -> None:
    title = "[bold]b[/bold] [/] :smile: [link=https://x.example]l[/link]"
    turn = measured(Text(100, 0), turn={"title": title})
    text = printed(an_analysis(a_result(turn)), 200)

    assert title in text
