"""What a viewer is told: everything at first, then what it does not know."""

from dataclasses import replace

from analyzer.model import WireEvent
from analyzer.reassemble import EventsSeen
from analyzer.watch import Snapshot, StreamRow
from analyzer.web.live.messages import Capture, Changed, Cursor, Everything, Message, encode
from analyzer.web.live.state import GONE_KEPT, State
from analyzer.web.live.traces import Told

MS = 1_000_000


def a_row(exchange: int, *, ended: bool = False, events: int = 1) -> StreamRow:
    row = StreamRow(exchange, "HTTP/3", "chat.example", "/ask?secret", 5 * MS, 6 * MS)
    if ended:
        return replace(row, state="complete", events=events, ended_ns=9 * MS)
    return replace(row, state="streaming", events=events)


def a_state(*rows: StreamRow) -> State:
    state = State("run", "it.jsonl")
    take(state, *rows)
    return state


def take(state: State, *rows: StreamRow, events: int = 0, stage: str = "recording") -> bool:
    """Take in the rows and so many events of the last of them."""
    made = tuple(WireEvent(seq, seq, seq, seq, "message", "") for seq in range(events))
    found = [EventsSeen(rows[-1].exchange, made)] if events else []
    capture = Capture("it.jsonl", stage)  # type: ignore[arg-type] # a test's own
    return state.take(Snapshot(streams=rows), found, capture)


def names(messages: list[Message]) -> list[str]:
    return [message.name for message in messages]


def test_a_new_viewer_gets_everything_and_the_stream_it_follows() -> None:
    state = State("run", "it.jsonl")
    take(state, a_row(1, ended=True), a_row(3), events=2)

    messages, cursor = state.since(None, 0, 77)

    everything, told = (message.data for message in messages)
    assert names(messages) == ["snapshot", "events"]
    assert isinstance(everything, Everything)
    assert isinstance(told, Told)
    assert everything.now_ns == 77
    assert [(row.exchange, row.state, row.target) for row in everything.streams] == [
        (1, "done", "chat.example/ask"),
        (3, "open", "chat.example/ask"),
    ]
    assert (told.exchange, told.whole, len(told.events)) == (3, True, 2)
    assert cursor == Cursor("run", 1, 3, 1)


def test_a_viewer_is_told_only_what_changed_since() -> None:
    state = a_state(unchanged := a_row(1), a_row(3))
    _, cursor = state.since(None, 0, 0)
    take(state, unchanged, a_row(3, events=2), events=2)

    messages, later = state.since(cursor, 0, 0)

    changed = messages[0].data
    assert names(messages) == ["streams", "events"]
    assert isinstance(changed, Changed)
    assert [row.exchange for row in changed.rows] == [3]
    assert state.since(later, 0, 0) == ([], later)


def test_a_look_that_brought_nothing_is_no_news() -> None:
    state = a_state(row := a_row(1))

    assert not take(state, row)
    assert take(state, replace(row, events=2))


def test_the_newest_open_stream_is_followed_until_it_ends() -> None:
    state = a_state(a_row(1), a_row(3))
    followed = [state.newest]
    take(state, a_row(1), a_row(3, ended=True))
    followed.append(state.newest)
    take(state, a_row(1, ended=True), a_row(3, ended=True))
    followed.append(state.newest)
    take(state, a_row(1, ended=True), a_row(3, ended=True), a_row(9, ended=True))
    followed.append(state.newest)

    assert followed == [3, 1, 1, 9]


def test_who_selected_a_stream_is_told_of_that_one() -> None:
    state = State("run", "it.jsonl")
    take(state, a_row(1), events=1)
    take(state, a_row(1), a_row(3), events=1)

    messages, cursor = state.since(None, 1, 0)

    told = messages[-1].data
    assert isinstance(told, Told)
    assert (told.exchange, told.whole, len(told.events)) == (1, True, 1)
    assert (cursor.exchange, cursor.seq) == (1, 0)


def test_who_comes_back_to_another_run_gets_everything() -> None:
    state = a_state(a_row(1))

    messages, _ = state.since(Cursor("other", 1, 1, 0), 0, 0)

    assert names(messages)[0] == "snapshot"


def test_who_names_an_event_it_has_is_told_of_later_ones() -> None:
    state = State("run", "it.jsonl")
    take(state, a_row(1), events=3)

    messages, _ = state.since(Cursor("", 0, 1, 1), 1, 0)

    told = messages[-1].data
    assert names(messages) == ["snapshot", "events"]
    assert isinstance(told, Told)
    assert [event.seq for event in told.events] == [2]


def test_rows_that_went_are_told_and_after_too_many_everything_is() -> None:
    state = a_state(a_row(1), a_row(3))
    _, cursor = state.since(None, 0, 0)
    take(state, a_row(3))
    messages, _ = state.since(cursor, 0, 0)
    for exchange in range(5, 7 + GONE_KEPT):
        take(state, a_row(exchange))
    late, _ = state.since(cursor, 0, 0)

    changed = messages[0].data
    assert isinstance(changed, Changed)
    assert (changed.rows, changed.gone) == ([], [1])
    assert names(late)[0] == "snapshot"


def test_what_was_open_when_the_capture_ended_is_unfinished() -> None:
    state = a_state(row := a_row(1))
    take(state, row, stage="over")

    messages, _ = state.since(None, 0, 0)

    everything = messages[0].data
    assert isinstance(everything, Everything)
    assert [(row.state, row.is_open) for row in everything.streams] == [("unfinished", False)]


def test_an_event_is_one_line_of_json_and_the_last_has_the_id() -> None:
    state = a_state(a_row(1))
    messages = [Message("capture", Capture("a\nb</script>"))] * 2

    written = encode(messages, state.since(None, 0, 0)[1]).decode()

    first, second, rest = written.split("\n\n")
    assert first.startswith('event: capture\ndata: {"name":"a\\nb</script>"')
    assert second.startswith("event: capture\nid: run.1.1.-1\ndata: {")
    assert rest == ""


def test_an_id_is_read_back_and_a_strange_one_is_none() -> None:
    cursor = Cursor("run", 4, 9, -1)

    assert Cursor.of_id(cursor.as_id()) == cursor
    assert [Cursor.of_id(text) for text in ("", "x", "a.1.2", "a.b.c.d")] == [None] * 4
