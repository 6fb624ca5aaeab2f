"""What a stream shared its connection with, and what carrying it took."""

import pytest
from asked import HEAD, ask
from making import ns
from msgspec.structs import replace
from travelling import call, client, server, turn

from analyzer.analyses.transport import TransportFound, TransportQuestion
from analyzer.analyses.transport.rows import StreamTransport
from analyzer.model import AnyRecord, Clock, Reads, Unmeasurable


def found(*records: AnyRecord | list[AnyRecord]) -> TransportFound:
    flat = [one for part in records for one in (part if isinstance(part, list) else [part])]
    return ask(TransportQuestion, [client(1), server(2), *flat])


def stream(answer: TransportFound, number: int = 1) -> StreamTransport:
    (row,) = [row for row in answer.stream_transport if row.exchange == number]
    return row


def test_time_shared_counts_from_head_to_end_of_other_responses() -> None:
    """A call that waits for its answer sends nothing this way: only from its head on it counts."""
    answer = found(
        turn(1, [1000, 1100, 1200, 1300]),
        call(2, 1050, wait_ms=100, took_ms=120),
        call(3, 1160, wait_ms=5, took_ms=15),
        call(4, 2000),
    )
    row = stream(answer)

    assert row.others == 2
    assert row.shared_ns == ns(25)
    assert row.shared_share == pytest.approx(25 / 320)


def test_a_gap_belongs_to_the_load_that_came_when_it_began() -> None:
    """A load that begins within it, or ends as it begins, says nothing of what it waited for."""
    answer = found(
        turn(1, [1000, 1100, 1300, 1350, 1400]),
        call(2, 1080, wait_ms=10, took_ms=60),
        call(3, 1310, wait_ms=5, took_ms=40),
    )
    row = stream(answer)

    assert (row.gaps_shared, row.gaps_alone) == (1, 3)
    assert row.gap_shared_ns == ns(200)
    assert row.gap_alone_ns == ns(50)


@pytest.mark.parametrize("clock", ["event", "none"])
def test_what_passed_of_a_stream_is_not_told_by_every_clock(clock: Clock) -> None:
    """Files with such clocks hold bodies decoded: the bytes that passed are not in them."""
    records = [client(1), server(2), *turn(1, [1000, 1100])]
    answer = ask(TransportQuestion, records, replace(HEAD, clock=clock))

    assert isinstance(stream(answer).coding_ratio, Unmeasurable)
    (coding,) = answer.content_codings
    assert isinstance(coding.coding_ratio, Unmeasurable)


def test_a_load_on_another_connection_is_not_shared() -> None:
    answer = found(server(4), turn(1, [1000, 1100]), call(2, 1010, took_ms=60, on=(1, 4)))

    assert (stream(answer).others, stream(answer).shared_ns) == (0, 0)
    assert isinstance(stream(answer).gap_shared_ns, Unmeasurable)


def test_a_stream_of_unknown_connection_says_so() -> None:
    answer = found(turn(1, [1000, 1100], on=(1, None)))

    assert isinstance(stream(answer).others, Unmeasurable)


def test_what_a_turn_cost_upstream_and_what_its_coding_saved() -> None:
    answer = found(turn(1, [1000, 1100], coding="br", wire=10), turn(2, [2000, 2100], wire=10))
    row, other = stream(answer), stream(answer, 2)

    assert (row.request_body_bytes, row.wire_bytes, row.coding) == (64, 20, "br")
    assert row.coding_ratio == row.bytes / 20
    assert (row.reads, row.events, row.events_per_read, row.reads_per_event) == (2, 2, 1.0, 1.0)
    assert [(one.coding, one.streams) for one in answer.content_codings] == [("", 1), ("br", 1)]
    assert other.request_header_bytes + 64 == answer.content_codings[0].turn_bytes_up


def test_a_stream_without_events_has_no_ratios() -> None:
    records = turn(1, [1000])
    answer = found([one for one in records if one.__struct_config__.tag != "reads"])
    row = stream(answer)

    assert isinstance(row.coding_ratio, Unmeasurable)
    assert isinstance(row.events_per_read, Unmeasurable)
    assert isinstance(row.reads_per_event, Unmeasurable)


def test_streams_that_cannot_be_read_leave_a_codings_ratios_to_the_others() -> None:
    """A compressed body of which only lengths came has no decoded byte."""
    blind = [
        Reads(2, (ns(2000),), (0,), b"", (500,)) if isinstance(one, Reads) else one
        for one in turn(2, [2000], coding="br")
    ]
    both = found(turn(1, [1000, 1100], coding="br", wire=10), blind)
    alone = found(blind)
    (coding,) = both.content_codings
    (unknown,) = alone.content_codings

    assert (coding.streams, coding.wire_bytes) == (2, 520)
    assert coding.coding_ratio == stream(both, 1).coding_ratio
    assert (coding.events_per_read, coding.reads_per_event) == (1, 1)
    reason = "the capture holds how many bytes came, and none that can be read"
    assert unknown.coding_ratio == unknown.events_per_read == Unmeasurable(reason)
