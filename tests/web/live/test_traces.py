"""What a viewer is told of one stream, from wherever it is."""

from analyzer.model import Delta, WireEvent
from analyzer.reassemble import EventsSeen
from analyzer.web.live.traces import EVENTS_KEPT, PIECES_KEPT, TEXT_KEPT, Told, Trace, Traces


def seen(*said: tuple[int, str], kind: str = "answer", revised: bool = False) -> EventsSeen:
    """Events of stream 7, ten ns apart, each with the text that it brought, maybe none."""
    events = tuple(WireEvent(seq, 10 * seq, 10 * seq, seq, "message", text) for seq, text in said)
    deltas = tuple(
        Delta(seq, 10 * seq, seq, kind, text, "m", revised)  # type: ignore[arg-type] # a test's own
        for seq, text in said
        if text
    )
    return EventsSeen(7, events, deltas)


def trace_of(*found: EventsSeen) -> Trace:
    trace = Trace(7, began_ns=0)
    for each in found:
        trace.take(each)
    return trace


def told(trace: Trace, seq: int = -1) -> Told:
    found = trace.since(seq)
    assert found is not None
    return found


def text(found: Told) -> str:
    return "".join(piece.text for piece in found.pieces)


def test_a_viewer_who_knows_the_newest_event_is_told_nothing() -> None:
    assert trace_of(seen((0, "a"), (1, "b"))).since(1) is None


def test_a_viewer_is_told_what_came_after_its_event() -> None:
    found = told(trace_of(seen((0, "a"), (1, "b")), seen((2, "c"))), 0)

    assert [event.seq for event in found.events] == [1, 2]
    assert (text(found), found.whole, found.cut) == ("bc", False, False)


def test_who_was_away_for_longer_than_is_kept_gets_all_that_is() -> None:
    trace = trace_of(seen(*((seq, "w") for seq in range(EVENTS_KEPT + 10))))

    found = told(trace, 3)

    assert found.whole
    assert [found.events[0].seq, len(found.events)] == [10, EVENTS_KEPT]
    assert len(found.pieces) == EVENTS_KEPT + 10


def test_until_there_is_text_each_event_is_an_arrival() -> None:
    before = trace_of(seen((0, ""), (1, "")))
    after = trace_of(seen((0, ""), (1, "")), seen((2, "a")))

    assert [(piece.seq, piece.kind) for piece in told(before).pieces] == [(0, ""), (1, "")]
    assert [(piece.seq, piece.kind) for piece in told(after).pieces] == [(2, "answer")]


def test_titles_and_tools_are_events_and_no_text() -> None:
    found = told(trace_of(seen((0, "a")), seen((1, "{}"), kind="tool")))

    assert [event.kind for event in found.events] == ["answer", "tool"]
    assert text(found) == "a"


def test_what_was_taken_back_is_not_told_to_who_comes_later() -> None:
    trace = trace_of(seen((0, "wrong ")), seen((1, "right"), revised=True))

    assert text(told(trace)) == "right"
    assert [piece.revised for piece in told(trace, 0).pieces] == [True]


def test_old_text_goes_and_its_arrival_stays() -> None:
    trace = trace_of(seen((0, "a" * TEXT_KEPT), (1, "b")))

    found = told(trace)

    assert (text(found), len(found.pieces), found.cut) == ("b", 2, True)


def test_one_text_beyond_the_limit_keeps_its_end() -> None:
    found = told(trace_of(seen((0, "a" * TEXT_KEPT + "end"))))

    assert (len(text(found)), text(found)[-4:], found.cut) == (TEXT_KEPT, "aend", True)


def test_arrivals_have_a_limit() -> None:
    trace = trace_of(seen(*((seq, "w") for seq in range(PIECES_KEPT + 5))))

    found = told(trace)

    assert (len(found.pieces), found.pieces[0].seq, found.cut) == (PIECES_KEPT, 5, True)
    assert len(text(found)) == PIECES_KEPT


def test_captured_control_characters_are_gone() -> None:
    found = told(trace_of(seen((0, "<b>\x1b[31m\u202ered</b>\nline"))))

    assert text(found) == "<b>red</b>\nline"
    assert found.events[0].data == "<b>red</b> line"


def test_streams_that_were_quiet_for_longest_are_forgotten() -> None:
    traces = Traces()
    for exchange in range(1, 67):
        traces.take(EventsSeen(exchange, seen((0, "a")).events))

    gone = traces.since(1, -1, events=1)
    kept = traces.since(66, -1, events=1)

    assert gone is not None
    assert gone.forgotten
    assert kept is not None
    assert len(kept.events) == 1
