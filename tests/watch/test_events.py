"""The newest events of each stream can be looked at, and no more than so many are kept."""

from analyzer.model import Delta, ExchangeEnd, Reads, RequestHead, ResponseHead, WireEvent
from analyzer.reassemble import EventsSeen
from analyzer.watch import SeenEvent, Watch
from analyzer.watch.events import DATA_KEPT, ENDED_KEPT, EVENTS_KEPT, OPEN_KEPT, SeenEvents

MS = 1_000_000


def event(seq: int, data: str = "x") -> WireEvent:
    return WireEvent(seq, seq * MS, seq * MS, seq, "message", data)


def seen(*events: WireEvent, exchange: int = 3, deltas: tuple[Delta, ...] = ()) -> EventsSeen:
    return EventsSeen(exchange, events, deltas)


def test_what_came_since_an_event_is_told_in_order() -> None:
    events = SeenEvents()
    events.begin(3)
    events.add(seen(event(0), event(1)))
    events.add(seen(event(2)))

    assert [one.seq for one in events.since(3, -1)] == [0, 1, 2]
    assert [one.seq for one in events.since(3, 1)] == [2]
    assert events.since(3, 2) == events.since(4, -1) == ()


def test_an_event_has_the_text_it_brought() -> None:
    """What the service revises replaces what the same event said before."""
    texts = (
        Delta(1, MS, 1, "answer", "Hel"),
        Delta(1, MS, 1, "answer", "lo"),
        Delta(2, MS, 2, "reasoning", "hm"),
        Delta(2, MS, 2, "reasoning", "so", revised=True),
    )
    events = SeenEvents()
    events.add(seen(event(0), event(1), event(2), deltas=texts))

    assert events.since(3, -1) == (
        SeenEvent(0, 0, 0, "message", "", "", "x"),
        SeenEvent(1, MS, 1, "message", "answer", "Hello", "x"),
        SeenEvent(2, 2 * MS, 2, "message", "reasoning", "so", "x"),
    )


def test_only_the_newest_events_are_kept_and_their_data_is_cut() -> None:
    events = SeenEvents()
    long = Delta(EVENTS_KEPT + 9, 1, 1, "answer", "t" * 10_000)
    events.add(seen(*(event(seq, "d" * 10_000) for seq in range(EVENTS_KEPT + 10)), deltas=(long,)))
    kept = events.since(3, -1)

    assert [one.seq for one in kept] == list(range(10, EVENTS_KEPT + 10))
    assert {len(one.data) for one in kept} == {DATA_KEPT}
    assert len(kept[-1].text) == DATA_KEPT


def test_of_too_many_open_streams_the_quietest_is_forgotten() -> None:
    events = SeenEvents()
    for exchange in range(OPEN_KEPT):
        events.add(seen(event(0), exchange=exchange))
    events.add(seen(event(1), exchange=0))
    events.add(seen(event(0), exchange=OPEN_KEPT))

    assert events.since(1, -1) == ()
    assert len(events.since(0, -1)) == 2
    assert len(events.since(OPEN_KEPT, -1)) == 1


def test_only_the_last_ended_streams_keep_theirs() -> None:
    events = SeenEvents()
    for exchange in range(ENDED_KEPT + 1):
        events.add(seen(event(0), exchange=exchange))
        events.end(exchange)

    assert events.since(0, -1) == ()
    assert len(events.since(1, -1)) == 1


def test_a_number_that_is_used_again_begins_anew() -> None:
    events = SeenEvents()
    events.add(seen(event(0), event(1)))
    events.end(3)
    events.begin(3)

    assert events.since(3, -1) == ()


def test_the_fold_keeps_them_beyond_the_end_of_their_stream() -> None:
    watch = Watch()
    kind = (("content-type", "text/event-stream"),)
    watch.feed(
        [
            RequestHead(3, 0, "GET", "https", "chat.example", "/events", "HTTP/2.0"),
            ResponseHead(3, MS, 200, "HTTP/2.0", kind, streamed=True),
            Reads(3, (2 * MS,), (20,), b"event: a\ndata: one\n\n"),
            ExchangeEnd(3, 3 * MS, "complete"),
        ]
    )

    assert watch.events_since(3, -1) == (SeenEvent(0, 2 * MS, 0, "a", "", "", "one"),)
