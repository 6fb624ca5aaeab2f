"""What the live view knows of each stream while its capture grows."""

import msgspec
import pytest
from asked import HEAD
from signing_in import (
    EPOCH_S,
    SECOND,
    TOOK_NS,
    A,
    B,
    D,
    a_call,
    a_session,
    at,
    date,
    found_in,
)

from analyzer.model import (
    CaptureHead,
    ExchangeEnd,
    Lost,
    Observer,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
)
from analyzer.watch import Snapshot, StreamRow, Watch
from analyzer.watch.streams import ENDED_KEPT, TAIL_KEPT

MS = 1_000_000
PATH = "/backend-api/f/conversation"


def asked(exchange: int, at_ns: int, path: str = PATH) -> list[RequestHead | RequestEnd]:
    """A request whose body took 5 ms to come."""
    head = RequestHead(exchange, at_ns, "POST", "https", "chat.example", path, "HTTP/3")
    return [head, RequestEnd(exchange, at_ns + 5 * MS)]


def answered(exchange: int, at_ns: int, streamed: bool = True) -> ResponseHead:
    kind = "text/event-stream" if streamed else "application/json"
    return ResponseHead(
        exchange, at_ns, 200, "HTTP/3", (("content-type", kind),), streamed=streamed
    )


def reads(exchange: int, *pieces: tuple[int, bytes]) -> Reads:
    times, parts = zip(*pieces, strict=True)
    return Reads(exchange, times, tuple(map(len, parts)), b"".join(parts))


def delta(**fields: object) -> bytes:
    return b"event: delta\ndata: " + msgspec.json.encode(fields) + b"\n\n"


ENCODING = b'event: delta_encoding\ndata: "v1"\n\n'
MESSAGE = {
    "message": {
        "id": "m",
        "author": {"role": "assistant"},
        "recipient": "all",
        "content": {"content_type": "text", "parts": [""]},
        "status": "in_progress",
    },
    "conversation_id": "c",
}
BEGIN = ENCODING + delta(p="", o="add", v=MESSAGE, c=0)


def appended(text: str) -> bytes:
    return delta(p="/message/content/parts/0", o="append", v=text)


def only(snapshot: Snapshot) -> StreamRow:
    (row,) = snapshot.streams
    return row


def test_a_stream_is_seen_from_its_response_head_on() -> None:
    watch = Watch()
    watch.feed(asked(3, 100 * MS))
    before = watch.snapshot().streams
    watch.feed([answered(3, 150 * MS)])

    assert before == ()
    assert only(watch.snapshot()) == StreamRow(
        3, "HTTP/3", "chat.example", PATH, sent_ns=105 * MS, opened_ns=150 * MS
    )


def test_ttft_counts_from_the_sent_request_to_the_first_text() -> None:
    """Events without text come before it and do not count."""
    watch = Watch()
    watch.feed([*asked(3, 100 * MS), answered(3, 150 * MS), reads(3, (200 * MS, BEGIN))])
    before = only(watch.snapshot())
    watch.feed([reads(3, (405 * MS, appended("Hel")), (455 * MS, appended("lo")))])
    row = only(watch.snapshot())

    assert (before.state, before.events, before.ttft_ns, before.is_text) == (
        "streaming",
        2,
        None,
        False,
    )
    assert (row.ttft_ns, row.text, row.is_text) == (300 * MS, "Hello", True)
    assert (row.events, row.first_event_ns, row.last_event_ns) == (4, 200 * MS, 455 * MS)


def test_a_stream_that_goes_on_with_a_turn_has_no_ttft_of_its_own() -> None:
    """Its turn was asked for before; the report counts it from there."""
    watch = Watch()
    watch.feed([*asked(3, 100 * MS, f"{PATH}/resume"), answered(3, 150 * MS)])
    watch.feed([reads(3, (200 * MS, BEGIN + appended("Hello")))])
    row = only(watch.snapshot())

    assert (row.text, row.is_text, row.ttft_ns) == ("Hello", True, None)


def test_gaps_lie_between_arrivals_of_text() -> None:
    """Events of one read are one arrival, and what brings no text makes no gap."""
    watch = Watch()
    begin = [*asked(3, 100 * MS), answered(3, 150 * MS), reads(3, (200 * MS, BEGIN))]
    ping = b"event: ping\ndata: {}\n\n"
    watch.feed(
        [*begin, reads(3, (300 * MS, appended("a")), (340 * MS, appended("b") + appended("c")))]
    )
    row = only(watch.snapshot())
    watch.feed([reads(3, (400 * MS, ping))])

    assert (row.arrived_ns, row.last_gap_ns) == (340 * MS, 40 * MS)
    assert only(watch.snapshot()).arrived_ns == 340 * MS


def test_a_stream_whose_text_nobody_knows_is_timed_by_its_events() -> None:
    watch = Watch()
    watch.feed([*asked(3, 100 * MS, "/events"), answered(3, 150 * MS)])
    watch.feed([reads(3, (200 * MS, b"event: tick\ndata: 1\n\n"), (260 * MS, b"data: 2\n\n"))])
    row = only(watch.snapshot())

    assert (row.ttft_ns, row.is_text, row.text) == (None, False, "message: 2")
    assert (row.arrived_ns, row.last_gap_ns) == (260 * MS, 60 * MS)


@pytest.mark.parametrize(
    ("events", "first", "last", "rate"),
    [(0, None, None, None), (1, 5, 5, None), (21, 1000 * MS, 3000 * MS, 10.0)],
)
def test_the_rate_needs_a_span(
    events: int, first: int | None, last: int | None, rate: float | None
) -> None:
    row = StreamRow(1, "", "", "", 0, events=events, first_event_ns=first, last_event_ns=last)

    assert row.rate_hz() == rate


def test_an_ended_stream_keeps_its_row_with_its_ending() -> None:
    watch = Watch()
    end = ExchangeEnd(3, 900 * MS, "client_abort")
    watch.feed([*asked(3, 100 * MS), answered(3, 150 * MS), reads(3, (200 * MS, BEGIN)), end])
    row = only(watch.snapshot())

    assert (row.state, row.is_open, row.ended_ns) == ("client_abort", False, 900 * MS)
    assert row.turn != "unknown"


def test_other_exchanges_losses_and_lag_are_counted() -> None:
    watch = Watch()
    watch.feed([CaptureHead("c", "mitmproxy", "t", "chunk", 1, mono_ns=7 * MS, wall_ns=0)])
    watch.feed([*asked(1, 100 * MS), answered(1, 150 * MS, streamed=False)])
    watch.feed([ExchangeEnd(1, 160 * MS, "complete"), Lost(170 * MS, "chunk", 3, "queue full")])
    watch.feed([Observer(1, 1, 10, lag_max_ns=4 * MS), Observer(2, 1, 10, lag_max_ns=2 * MS)])

    assert watch.snapshot() == Snapshot(
        7 * MS, (), others=1, lost=3, lag_max_ns=4 * MS, seen_ns=170 * MS
    )


def test_only_so_many_ended_streams_are_remembered() -> None:
    watch = Watch()
    for n in range(ENDED_KEPT + 5):
        watch.feed([*asked(n, n, "/events"), answered(n, n), reads(n, (n, b"data: x\n\n"))])
        if n:
            watch.feed([ExchangeEnd(n, n, "complete")])
    snapshot = watch.snapshot()
    kept = [row.exchange for row in snapshot.streams]

    assert kept == [0, *range(5, ENDED_KEPT + 5)], "the open one and the youngest"
    assert (snapshot.forgotten, snapshot.events) == (4, ENDED_KEPT + 5)


def test_only_the_end_of_a_long_text_is_remembered() -> None:
    watch = Watch()
    watch.feed([*asked(3, 100 * MS), answered(3, 150 * MS), reads(3, (200 * MS, BEGIN))])
    for n in range(10):
        watch.feed([reads(3, ((300 + n) * MS, appended(str(n) * 100)))])
    text = only(watch.snapshot()).text

    assert text == "".join(str(n) * 100 for n in range(10))[-TAIL_KEPT:]


def test_an_exchange_that_began_before_the_capture_is_no_row() -> None:
    watch = Watch()
    watch.feed([answered(9, 1), reads(9, (2, b"data: x\n\n")), ExchangeEnd(9, 3, "complete")])

    assert watch.snapshot() == Snapshot(seen_ns=3, problems=1)


def signed_in(*, until: float) -> Watch:
    """A watch that saw a bearer come at 1 s, good until then, and go out at 2 s."""
    watch = Watch()
    watch.feed([HEAD, *a_session(1, 1, A, iat=1, exp=until, headers=(date(1.04),))])
    watch.feed(a_call(2, 2, bearer=A, body={"items": []}))
    return watch


def test_what_is_in_use_says_when_it_ends() -> None:
    (bearer, login) = signed_in(until=301).snapshot().endings

    assert (bearer.fingerprint, bearer.kind) == (A, "bearer")
    assert bearer.expires_ns == at(301)
    assert bearer.remaining_ns == at(301) - at(2) - TOOK_NS
    assert (bearer.lifetime_ns, bearer.expires_wall_ns) == (at(300), (EPOCH_S + 301) * SECOND)
    assert login.kind == "session"


def test_a_credential_that_nothing_used_yet_ends_nothing() -> None:
    watch = Watch()
    watch.feed([HEAD, *a_session(1, 1, A, iat=1, exp=301)])

    assert [one.kind for one in watch.snapshot().endings] == ["session"]


def test_a_refreshed_bearer_is_forgotten_for_its_successor() -> None:
    watch = signed_in(until=301)
    watch.feed(a_session(3, 3, B, iat=3, exp=303))
    watch.feed(a_call(4, 4, bearer=B, body={"items": []}))

    assert [one.fingerprint for one in watch.snapshot().endings] == [B, D]


def test_time_goes_on_by_any_record() -> None:
    watch = signed_in(until=301)
    watch.feed([Observer(at(300), 1, 10)])

    assert watch.snapshot().endings[0].remaining_ns == at(1)


def test_the_live_forecast_is_that_of_the_analysis() -> None:
    """Live is batch: the same end of the same bearer, skew of the service's clock included."""
    records = [
        *a_session(1, 1, A, iat=21, exp=321, headers=(date(21.04),)),
        *a_call(2, 2, bearer=A, body={"items": []}, headers=(date(22.04),)),
    ]
    watch = Watch()
    watch.feed([HEAD, *records])
    (bearer, _) = watch.snapshot().endings
    (found,) = [one for one in found_in(records).credentials if one.fingerprint == A]

    assert found.remaining_ns == bearer.remaining_ns
    assert found.refused_from_at == bearer.expires_wall_ns // 1000
    assert bearer.expires_ns < at(302)


def test_a_capture_without_times_warns_of_nothing() -> None:
    watch = Watch()
    watch.feed([msgspec.structs.replace(HEAD, clock="none")])
    watch.feed(a_session(1, 1, A, iat=1, exp=301))

    assert watch.snapshot().endings == ()
