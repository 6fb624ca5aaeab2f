"""From a journal to figures, and the same figures from the database it filled."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest
import synthetic
from synthetic import CLOSING, MS, append, event, opening

from analyzer.analyses.gaps import CAUSES, Gaps
from analyzer.analyses.latency import Latency
from analyzer.analyses.measured import Measured
from analyzer.analyses.pooled import Threshold
from analyzer.analyses.results import Analysis
from analyzer.analyses.statistics import Distribution
from analyzer.analyze import Progress, analyze
from analyzer.model import (
    AnyRecord,
    CaptureEnd,
    CaptureError,
    CaptureHead,
    Ending,
    ExchangeEnd,
    Observer,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    Unmeasurable,
)
from analyzer.report.as_json import report_json
from analyzer.report.figures import pick
from analyzer.store import Store, read_analysis

type Read = tuple[int, bytes]

OPENING = b"".join(opening(1))


def a_stream(
    *reads: Read,
    exchange: int = 1,
    how: Ending | None = "complete",
    path: str = "/backend-api/conversation",
) -> list[AnyRecord]:
    """A stream whose request was sent at 1000 ms, reads as (ms, bytes), ended at 5000 ms."""
    records: list[AnyRecord] = [
        RequestHead(exchange, 998 * MS, "POST", "https", "chat.example", path, "HTTP/3"),
        RequestEnd(exchange, 1000 * MS),
        ResponseHead(
            exchange, 1070 * MS, 200, "HTTP/3", (("content-type", "text/event-stream"),),
            streamed=True,
        ),
        *(Reads(exchange, (at * MS,), (len(data),), data) for at, data in reads),
    ]  # fmt: skip
    if how:
        records.append(ExchangeEnd(exchange, 5000 * MS, how))
    return records


def a_capture(tmp_path: Path, records: Iterable[AnyRecord], name: str = "first.jsonl") -> Path:
    head = CaptureHead("4fd1", "proxy", "streamscope", "chunk", 41, 0, 1_760_000_000_000_000_000)
    return synthetic.write(tmp_path / name, [head, *records, CaptureEnd(6000 * MS)])


def turn_of(analysis: Analysis) -> tuple[Measured, Latency]:
    (one,) = analysis.captures[0].turns
    assert one.latency is not None
    return one, one.latency


def causes(latency: Latency) -> list[str]:
    assert isinstance(latency.gaps, Gaps)
    return [CAUSES[cause] for cause in latency.gaps.cause]


def test_a_stream_is_measured_from_request_sent(tmp_path: Path) -> None:
    path = a_capture(
        tmp_path,
        a_stream(
            (1100, OPENING), (1400, append("The tide ")), (1440, append("comes ")),
            (1500, append("twice.") + CLOSING), (1520, b"data: [DONE]\n\n"),
        ),
    )  # fmt: skip
    one, latency = turn_of(analyze([path]))

    assert one.protocol == "h3"
    assert one.times.time_to_headers_ns == 70 * MS
    assert one.times.time_to_first_byte_ns == one.times.time_to_first_event_ns == 100 * MS
    assert latency.ttft_ns == latency.ttfo_ns == 400 * MS
    assert latency.e2el_ns == 500 * MS
    assert latency.tail_ns == 3500 * MS
    assert isinstance(latency.gaps, Gaps)
    assert latency.gaps.gap_ns.tolist() == [40 * MS, 60 * MS]
    assert latency.gaps.read.tolist() == [2, 3]
    assert (latency.chunks, latency.estimated_tokens) == (3, 6)
    assert one.exchange.turn is not None
    assert one.exchange.turn.answer == "The tide comes twice."


def test_a_title_event_is_no_text(tmp_path: Path) -> None:
    title = event({"type": "title_generation", "title": "Tides", "conversation_id": "c-1"})
    path = a_capture(tmp_path, a_stream((1100, OPENING + title), (1900, append("Twice."))))
    one, latency = turn_of(analyze([path]))

    assert latency.ttft_ns == 900 * MS
    assert one.exchange.turn is not None
    assert one.exchange.turn.title == "Tides"


def test_what_passes_in_a_gap_is_its_cause(tmp_path: Path) -> None:
    cut = append("comes ")
    path = a_capture(
        tmp_path,
        a_stream(
            (1100, OPENING), (1200, append("The ")), (1300, b": ping\n\n"), (1400, append("tide ")),
            (1450, cut[:20]), (1500, cut[20:]), (1550, event({"type": "message_marker"})),
            (1600, append("twice ")), (1700, append("daily.")),
        ),
    )  # fmt: skip
    _, latency = turn_of(analyze([path]))

    assert causes(latency) == ["keepalive", "partial", "events", "silence"]


def test_lag_reported_after_the_stream_still_marks_its_gaps(tmp_path: Path) -> None:
    """The recorder tells of a window when the window is over."""
    stream = a_stream((1100, OPENING), (1200, append("The ")), (1600, append("tide ")))
    lag = Observer(5500 * MS, 5500 * MS, 100, 0, 350 * MS, (1600 * MS,), (350 * MS,))
    _, latency = turn_of(analyze([a_capture(tmp_path, [*stream, lag])]))

    assert causes(latency) == ["proxy"]


def test_an_exchange_that_never_ended_is_there(tmp_path: Path) -> None:
    stream = a_stream((1100, OPENING), (1200, append("The ")), how=None)
    one, latency = turn_of(analyze([a_capture(tmp_path, stream)]))

    assert one.exchange.how == "unfinished"
    assert latency.ttft_ns == 200 * MS
    assert isinstance(latency.tail_ns, Unmeasurable)


def test_an_aborted_stream_keeps_what_it_had(tmp_path: Path) -> None:
    stream = a_stream((1100, OPENING), (1200, append("The ")), how="client_abort")
    _, latency = turn_of(analyze([a_capture(tmp_path, stream)]))

    assert latency.e2el_ns == 200 * MS
    assert latency.tail_ns == 3800 * MS


def test_streams_that_interleave_do_not_disturb_each_other(tmp_path: Path) -> None:
    reads = [(1100, OPENING), (1200, append("The ")), (1290, append("tide "))]
    one, other = a_stream(*reads, exchange=1), a_stream(*reads, exchange=2)
    mixed = [record for pair in zip(one, other, strict=True) for record in pair]
    apart = analyze([a_capture(tmp_path, [*one, *other])])
    together = analyze([a_capture(tmp_path, mixed)])

    assert together == apart
    assert len(together.captures[0].turns) == 2


def dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [line for line in connection.iterdump() if "_sqlite_migrations" not in line]
    finally:
        connection.close()


def test_a_database_gives_the_same_numbers_as_the_capture(tmp_path: Path) -> None:
    path = synthetic.write(tmp_path / "s.jsonl", synthetic.capture(turns=9, lost=True))
    made = analyze([path], sink=Store(tmp_path / "s.db"))
    read = read_analysis(tmp_path / "s.db")

    assert made == analyze([path])
    assert read == made
    limits = [Threshold.parse("ttft=600ms")]
    assert report_json(pick(read, limits)) == report_json(pick(made, limits))


def test_a_stream_of_an_unknown_service_is_timed_by_its_events(tmp_path: Path) -> None:
    """Also in the database, which says in words why there is no figure of text."""
    chunk, database = event({"choices": [{"delta": {"content": "Hi"}}]}), tmp_path / "first.db"
    reads = [(1300 + 30 * n, chunk * (1 + (n == 3))) for n in range(5)]
    path = a_capture(tmp_path, a_stream(*reads, path="/v1/chat/completions"))
    analysis = analyze([path], sink=Store(database))
    (one,) = analysis.captures[0].calls

    assert one.latency is None
    assert one.times.time_to_first_event_ns == 300 * MS
    assert isinstance(one.event_gaps, Distribution)
    assert one.event_gaps.points == (30 * MS,) * 4
    assert read_analysis(database) == analysis
    with sqlite3.connect(database) as db:
        found = db.execute(
            "SELECT why, time_to_first_event_ms, events, coalesced, gaps, gap_p50_ms, gap_p95_ms,"
            " longest_gap_ms FROM other_streams"
        ).fetchall()
        gaps = db.execute("SELECT read, seq, events, gap_ms FROM event_gaps").fetchall()
    why = "dialect generic: where the text is is not known"

    assert found == [(why, 300.0, 6, 1, 4, 30.0, 30.0, 30.0)]
    assert gaps == [(1, 1, 1, 30.0), (2, 2, 1, 30.0), (3, 3, 2, 30.0), (4, 5, 1, 30.0)]


def test_analysing_again_leaves_the_same_rows(tmp_path: Path) -> None:
    path = synthetic.write(tmp_path / "s.jsonl", synthetic.capture(turns=4))
    analyze([path], sink=Store(tmp_path / "s.db"))
    once = dump(tmp_path / "s.db")
    analyze([path, path], sink=Store(tmp_path / "s.db"))

    assert dump(tmp_path / "s.db") == once
    assert len([line for line in once if line.startswith('INSERT INTO "events"')]) > 200


def test_every_read_and_event_becomes_a_row(tmp_path: Path) -> None:
    records = list(synthetic.capture(turns=6))
    path = synthetic.write(tmp_path / "s.jsonl", records)
    analysis = analyze([path], sink=Store(tmp_path / "s.db"))
    connection = sqlite3.connect(tmp_path / "s.db")
    counts = connection.execute(
        "SELECT (SELECT count(*) FROM reads), (SELECT count(*) FROM events), "
        "(SELECT sum(chunks) FROM turns), (SELECT count(*) FROM events WHERE chars > 0)"
    ).fetchone()
    connection.close()
    streams = [one.exchange.stream for one in analysis.captures[0].measured]

    assert counts[0] == sum(len(one.at_ns) for one in records if isinstance(one, Reads))
    assert counts[1] == sum(stream.events for stream in streams)
    assert counts[2] == sum(one.latency.chunks for one in analysis.captures[0].turns if one.latency)
    assert counts[3] >= counts[2] > 0


def test_a_capture_given_twice_counts_once(tmp_path: Path) -> None:
    path = synthetic.write(tmp_path / "s.jsonl", synthetic.capture(turns=3))

    assert analyze([path, path]) == analyze([path])


def test_captures_are_ordered_by_when_they_were_made(tmp_path: Path) -> None:
    early = a_capture(tmp_path, a_stream((1100, OPENING)), "early.jsonl")
    head = CaptureHead("late", "proxy", "streamscope", "chunk", 41, 0, 1_770_000_000_000_000_000)
    late = synthetic.write(tmp_path / "late.jsonl", [head])
    found = analyze([late, early]).captures

    assert [one.head.capture_id for one in found] == ["4fd1", "late"]


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.999])
def test_a_journal_cut_anywhere_gives_what_it_holds(tmp_path: Path, kept: float) -> None:
    whole = synthetic.write(tmp_path / "s.jsonl", synthetic.capture(turns=4)).read_bytes()
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(whole[: int(len(whole) * kept)])
    result = analyze([cut], sink=Store(tmp_path / "cut.db")).captures[0]

    assert result.ended_ns is None
    assert "torn_tail" in {problem.code for problem in result.problems}
    assert result.turns
    assert read_analysis(tmp_path / "cut.db") == Analysis.of([result])


def test_a_journal_with_a_damaged_middle_costs_only_that(tmp_path: Path) -> None:
    whole = synthetic.write(tmp_path / "s.jsonl", synthetic.capture(turns=4)).read_bytes()
    lines = whole.split(b"\n")
    # The first request's head: its reads have no exchange any more.
    damaged = next(n for n, line in enumerate(lines) if line.startswith(b'{"t":"request",'))
    lines[damaged] = b'{"t":"request", torn'
    path = tmp_path / "damaged.jsonl"
    path.write_bytes(b"\n".join(lines))
    result = analyze([path], sink=Store(tmp_path / "damaged.db")).captures[0]

    assert "damaged_record" in {problem.code for problem in result.problems}
    assert len(result.turns) >= 3
    assert read_analysis(tmp_path / "damaged.db") == Analysis.of([result])


def test_of_two_exchanges_with_one_number_the_later_counts(tmp_path: Path) -> None:
    """As in two journals joined into one file."""
    first = a_stream((1100, OPENING), (1200, append("The ")), (1300, append("tide ")))
    second = a_stream((1100, OPENING), (1500, append("Ebb ")))
    whole, cut = [*first, *second], [*first[:-1], *second]

    for records in (whole, cut):
        made = analyze([a_capture(tmp_path, records)], sink=Store(tmp_path / "twice.db"))
        _, latency = turn_of(made)

        assert latency.ttft_ns == 500 * MS
        assert read_analysis(tmp_path / "twice.db") == made


def test_a_file_that_is_no_capture_leaves_no_database(tmp_path: Path) -> None:
    path = tmp_path / "thesis.txt"
    path.write_text("It was a dark night.\n")

    with pytest.raises(CaptureError, match="not a capture that streamscope reads"):
        analyze([path], sink=Store(tmp_path / "first.db"))
    assert not (tmp_path / "first.db").exists()


def test_a_wrong_second_path_is_said_before_the_first_is_read(tmp_path: Path) -> None:
    path = synthetic.write(tmp_path / "s.jsonl", synthetic.capture(turns=1))

    with pytest.raises(CaptureError, match=r"nothing\.jsonl"):
        analyze([path, tmp_path / "nothing.jsonl"], sink=Store(tmp_path / "first.db"))
    assert not (tmp_path / "first.db").exists()


def test_a_time_beyond_64_bits_gets_a_sentence(tmp_path: Path) -> None:
    stream = a_stream((1100, OPENING), (2**70 // MS, append("The ")), (2**71 // MS, append("end")))

    path = a_capture(tmp_path, stream)

    for sink in (None, Store(tmp_path / "first.db")):
        with pytest.raises(CaptureError, match=r"first\.jsonl: .* needs more than 64 bits"):
            analyze([path], sink=sink)


@pytest.mark.parametrize("wall_ns", [-1, 10**24])
def test_a_date_that_is_none_gets_a_sentence(tmp_path: Path, wall_ns: int) -> None:
    head = CaptureHead("odd", "proxy", "streamscope", "chunk", 41, 0, wall_ns)
    path = synthetic.write(tmp_path / "odd.jsonl", [head])

    with pytest.raises(CaptureError, match="is no time of our era"):
        analyze([path])


def test_progress_is_told(tmp_path: Path) -> None:
    path = synthetic.write(tmp_path / "s.jsonl", synthetic.capture(turns=3))
    told: list[Progress] = []
    analyze([path], progress=told.append)

    assert told[0].path == path
    assert [one.events for one in told] == sorted(one.events for one in told)
