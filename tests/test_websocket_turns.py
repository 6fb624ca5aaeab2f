"""A turn whose stream hands it off to a WebSocket is one turn, with the times of both."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from asked import HEAD, ask
from chatting import DONE, MS, RESUME, V1, a_message, answer, closed, opened, stream, word
from hypothesis import given, settings
from hypothesis import strategies as st
from sockets import (
    HEARTBEAT,
    OVER,
    SOCKET,
    TOPIC,
    catchups,
    envelope,
    handed_off,
    message,
    piece,
)

from analyzer.analyses.conversations import ConversationsQuestion
from analyzer.analyses.gaps import CAUSES, STALL_NS, Gaps
from analyzer.analyses.latency import Latency, measure_latency
from analyzer.analyses.passed import StreamLog
from analyzer.analyze import analyze
from analyzer.dialects.topics import read_items
from analyzer.journal import encode
from analyzer.model import (
    AnyRecord,
    Exchange,
    Reads,
    Turn,
    Unmeasurable,
    WebSocketMessage,
    WireEvent,
)
from analyzer.reassemble import EventsSeen, Reassembled, Reassembler, sockets
from analyzer.store import Store, read_analysis

OPENED = V1 + opened(a_message("a1", "assistant", status="in_progress"))
FIRST, SECOND, LAST = word("Be"), word("cause"), word(".") + closed() + DONE
REST = (
    message(1_200, piece(1, OPENED)),
    message(1_300, piece(2, FIRST)),
    message(1_450, piece(3, SECOND)),
    message(1_500, piece(4, LAST), OVER),
)


def run(*groups: list[AnyRecord] | AnyRecord) -> list[Reassembled]:
    reassembler = Reassembler()
    records = [one for group in groups for one in (group if isinstance(group, list) else [group])]
    out = [made for record in records for made in reassembler.feed(record)]
    return [*out, *reassembler.finish()]


def exchange_in(out: list[Reassembled], number: int = 1) -> Exchange:
    (found,) = [one for one in out if isinstance(one, Exchange) and one.exchange == number]
    return found


def turn_of(out: list[Reassembled]) -> Turn:
    turn = exchange_in(out).turn
    assert turn is not None
    return turn


def events_in(out: list[Reassembled]) -> list[WireEvent]:
    return [event for one in out if isinstance(one, EventsSeen) for event in one.events]


def latency_of(*records: list[AnyRecord] | AnyRecord) -> Latency:
    log = StreamLog()
    for group in records:
        for record in group if isinstance(group, list) else [group]:
            if isinstance(record, Reads):
                log.add_reads(record)
    out = run(*records)
    for one in out:
        if isinstance(one, EventsSeen):
            log.add_events(one.events, one.deltas)
    latency = measure_latency(exchange_in(out), "chunk", log.passed(), STALL_NS)
    assert isinstance(latency, Latency)
    return latency


def test_the_text_of_both_is_one_turn_and_comes_when_its_last_piece_has() -> None:
    out = run(handed_off(), *REST)
    turn = turn_of(out)

    assert isinstance(out[-1], Exchange)
    assert (turn.answer, turn.status, turn.conversation_id) == ("Because.", "complete", "c1")
    assert turn.texts.at_ns == (1_300 * MS, 1_450 * MS, 1_500 * MS)
    assert exchange_in(out).problems == ()
    assert [mark.at_ns for mark in turn.markers if mark.name == "websocket/first"] == [1_200 * MS]


def test_done_in_a_piece_ends_the_turn_as_well() -> None:
    begun = piece(4, LAST)
    out = run(handed_off(), *REST[:3], message(1_500, begun), message(9_000, HEARTBEAT))
    reassembler = Reassembler()
    for record in [*handed_off(), *REST[:3]]:
        reassembler.feed(record)
    made = reassembler.feed(message(1_500, begun))

    assert turn_of(out).status == "complete"
    assert isinstance(made[-1], Exchange)


def test_a_database_holds_the_turn_with_its_events(tmp_path: Path) -> None:
    told = message(1_290, catchups(piece(1, OPENED), piece(2, FIRST)))
    capture, database = tmp_path / "one.jsonl", tmp_path / "one.db"
    records: list[AnyRecord] = [HEAD, *handed_off(), told, *REST[2:]]
    capture.write_bytes(b"".join(map(encode, records)))
    made = analyze([capture], sink=Store(database))
    kept = read_analysis(database)

    assert kept.captures[0].turns[0].latency == made.captures[0].turns[0].latency
    assert kept.captures[0].answers.conversations == made.captures[0].answers.conversations
    with closing(sqlite3.connect(database)) as db:
        counted = db.execute("SELECT count(*), max(seq) FROM events").fetchone()
    assert counted == (11, 10)


def test_the_wait_counts_from_the_request_to_the_text_in_the_websocket() -> None:
    latency = latency_of(handed_off(), *REST)

    assert (latency.ttft_ns, latency.ttfo_ns, latency.e2el_ns) == (300 * MS, 300 * MS, 500 * MS)
    assert isinstance(latency.gaps, Gaps)
    assert latency.gaps.gap_ns.tolist() == [150 * MS, 50 * MS]
    assert {CAUSES[cause] for cause in latency.gaps.cause} == {"unknown"}


def test_events_go_on_in_number_and_in_reads() -> None:
    """Several in one message came together."""
    out = run(handed_off(), message(1_200, piece(1, OPENED), piece(2, FIRST)), *REST[2:])
    events = events_in(out)
    later = [one for one in events if one.at_ns >= 1_200 * MS]

    assert [one.seq for one in events] == list(range(len(events)))
    assert [one.read for one in later] == [2, 2, 2, 3, 4, 4, 4]
    assert {one.size for one in later} == {0}
    assert exchange_in(out).stream.events == len(events) - len(later)


def test_a_piece_that_comes_again_counts_once() -> None:
    out = run(handed_off(), *REST[:2], message(1_350, catchups(piece(1, OPENED), piece(2, FIRST))))
    whole = run(handed_off(), *REST[:3], REST[2], REST[3])

    assert turn_of(out).answer == "Be"
    assert turn_of(out).replayed is None
    assert turn_of(whole).answer == "Because."


def test_what_was_caught_up_with_is_text_but_no_time() -> None:
    """The first word came who knows when; the rest is timed."""
    told = message(1_290, catchups(piece(1, OPENED), piece(2, FIRST)))
    out = run(handed_off(), told, *REST[2:])
    latency = latency_of(handed_off(), told, *REST[2:])

    assert turn_of(out).answer == "Because."
    assert turn_of(out).texts.at_ns == (1_450 * MS, 1_500 * MS)
    for figure in (latency.ttft_ns, latency.ttfo_ns):
        assert isinstance(figure, Unmeasurable)
        assert "told again" in figure.reason
    assert latency.e2el_ns == 500 * MS
    assert isinstance(latency.gaps, Gaps)
    assert latency.gaps.gap_ns.tolist() == [50 * MS]


def test_a_catch_up_without_text_takes_no_time_away() -> None:
    told = message(1_210, catchups(piece(1, OPENED)))

    assert latency_of(handed_off(), told, *REST[1:]).ttft_ns == 300 * MS


def test_a_catch_up_in_the_middle_or_at_the_end_hides_what_it_touches() -> None:
    amid = latency_of(handed_off(), *REST[:2], message(1_400, catchups(piece(3, SECOND))), REST[3])
    last = latency_of(handed_off(), *REST[:3], message(1_490, catchups(piece(4, LAST))))

    assert (amid.ttft_ns, amid.e2el_ns) == (300 * MS, 500 * MS)
    assert isinstance(amid.gaps, Unmeasurable)
    assert isinstance(amid.stalls, Unmeasurable)
    assert last.ttft_ns == 300 * MS
    assert isinstance(last.e2el_ns, Unmeasurable)
    assert isinstance(last.gaps, Gaps)


def test_a_turn_that_was_caught_up_with_whole_has_no_times() -> None:
    pieces = (piece(1, OPENED), piece(2, FIRST), piece(3, SECOND), piece(4, LAST))
    latency = latency_of(handed_off(), message(1_490, catchups(*pieces)))

    assert isinstance(latency.ttft_ns, Unmeasurable)
    assert "told again" in latency.ttft_ns.reason


def test_pieces_that_come_before_the_stream_has_ended_wait_for_its_end() -> None:
    """Their times stay; events of the stream itself come first."""
    *begun, end = handed_off()
    out = run([*begun], *REST[:2], end, *REST[2:])
    events = events_in(out)

    assert [one.seq for one in events] == list(range(len(events)))
    assert turn_of(out).texts.at_ns == (1_300 * MS, 1_450 * MS, 1_500 * MS)


def test_a_turn_whose_end_did_not_come_is_unfinished() -> None:
    turn = turn_of(run(handed_off(), *REST[:2]))

    assert (turn.answer, turn.status) == ("Be", "unfinished")


def test_a_topic_that_ends_without_the_answers_end_was_ended_by_the_service() -> None:
    turn = turn_of(run(handed_off(), *REST[:2], message(1_500, OVER)))

    assert (turn.answer, turn.status) == ("Be", "complete")


def test_nothing_on_the_topic_leaves_a_handoff() -> None:
    other = [message(1_200, piece(1, OPENED + FIRST, "conversation-turn-x"))]
    for records in ([], [message(1_200, HEARTBEAT)], other):
        turn = turn_of(run(handed_off(), *records))

        assert (turn.answer, turn.status) == ("", "handoff")


def test_a_piece_that_is_missing_is_a_problem() -> None:
    (problem,) = exchange_in(run(handed_off(), REST[0], *REST[2:])).problems

    assert (problem.code, problem.exchange) == ("piece_missing", 1)


def test_two_turns_at_once_stay_apart() -> None:
    second = handed_off("conversation-turn-t2", exchange=2)
    out = run(
        handed_off(),
        second,
        message(1_200, piece(1, OPENED), piece(1, OPENED, "conversation-turn-t2")),
        message(1_300, piece(2, word("One")), piece(2, word("Two"), "conversation-turn-t2")),
    )
    turns = [exchange_in(out, number).turn for number in (1, 2)]

    assert [turn and turn.answer for turn in turns] == ["One", "Two"]


def test_a_client_that_asks_for_the_rest_by_http_waits_for_no_topic() -> None:
    """The handoff offers both; what was held back comes out at once."""
    body = {"conversation_id": "c1", "offset": 3}
    rest = stream(2, 1_200, body, answer("a1", "Because."), RESUME)
    out = run(handed_off(), rest)
    numbers = [one.exchange for one in out if isinstance(one, Exchange)]

    assert numbers == [1, 2]
    assert turn_of(out).status == "handoff"


def test_only_so_many_turns_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "TURNS_LIMIT", 1)
    out = run(handed_off(), handed_off("conversation-turn-t2", exchange=2), *REST)
    statuses = [turn.status for n in (1, 2) if (turn := exchange_in(out, n).turn)]

    assert statuses == ["handoff", "handoff"]


def test_an_exchange_number_that_is_used_again_ends_the_waiting() -> None:
    out = run(handed_off(), stream(1, 2_000, {}, [(50.0, DONE)]), *REST)

    assert [one.exchange for one in out if isinstance(one, Exchange)] == [1, 1]


def test_a_conversation_has_the_message_with_its_wait() -> None:
    found = ask(ConversationsQuestion, [*handed_off(), *REST], HEAD)
    (row,) = [one for one in found.messages if one.message_id == "a1"]
    (talk,) = found.conversations

    assert (row.text, row.exchange, row.ttft_ns) == ("Because.", 1, 300 * MS)
    assert (talk.turns, talk.handoffs, talk.resumed, talk.ttft_p50_ns) == (1, 1, 1, 300 * MS)


def test_a_message_that_was_caught_up_with_has_no_wait() -> None:
    told = message(1_290, catchups(piece(1, OPENED), piece(2, FIRST)))
    found = ask(ConversationsQuestion, [*handed_off(), told, *REST[2:]], HEAD)
    (row,) = [one for one in found.messages if one.message_id == "a1"]

    assert row.text == "Because."
    assert isinstance(row.ttft_ns, Unmeasurable)
    assert isinstance(found.conversations[0].ttft_p50_ns, Unmeasurable)


def test_what_the_client_sends_is_no_piece() -> None:
    sent = message(1_200, piece(1, OPENED + FIRST), from_client=True)

    assert turn_of(run(handed_off(), sent)).answer == ""


@pytest.mark.parametrize(
    "data", [b"", b"[", b"7", b'"x"', b"[[[[", b"\xff", b'{"type":"message"}', b"[" * 100_000]
)
def test_a_message_of_another_kind_holds_no_pieces(data: bytes) -> None:
    assert read_items(data) == []


def test_one_envelope_needs_no_array() -> None:
    (item,) = read_items(json.dumps(piece(1, FIRST)).encode())

    assert (item.topic, item.item_id, item.parent_id, item.is_replay) == (TOPIC, "i1", "", False)


def test_a_piece_that_is_told_again_without_a_name_is_left_out() -> None:
    nameless = piece(1, FIRST, stream_item_id=None)

    assert read_items(json.dumps([catchups(nameless)]).encode()) == []


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(TOPIC),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "topic_id", "payload", "reply", "catchups", "encoded_item"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)
INNER = st.fixed_dictionaries(
    {"type": st.sampled_from(["stream-item", "done", "heartbeat"]) | ANY},
    optional={
        "encoded_item": st.sampled_from([OPENED, FIRST, SECOND, LAST]).map(bytes.decode)
        | st.text(max_size=20)
        | ANY,
        "stream_item_id": st.sampled_from(["i1", "i2", "i3"]) | ANY,
        "parent_stream_item_id": st.sampled_from(["i1", "i2", "i3"]) | ANY,
    },
)
ENVELOPES = st.lists(
    INNER.map(envelope) | INNER.map(lambda inner: catchups(envelope(inner))) | ANY, max_size=4
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ENVELOPES, max_size=5))
def test_no_message_crashes_it_and_events_stay_in_order(given_messages: list[list[Any]]) -> None:
    records: list[AnyRecord] = []
    for index, envelopes in enumerate(given_messages):
        data = json.dumps(envelopes).encode()
        at_ns = (1_100 + index) * MS
        records.append(WebSocketMessage(SOCKET, at_ns, False, True, data, len(data)))
    out = run(handed_off(), *records)
    events = events_in(out)

    assert [one.seq for one in events] == list(range(len(events)))
    assert [one.read for one in events] == sorted(one.read for one in events)
    # "cut": it was called done before the message was.
    assert turn_of(out).status in ("handoff", "complete", "unfinished", "error", "cut")


def test_an_event_that_is_not_closed_is_one_all_the_same() -> None:
    """Some pieces lack the blank line that ends them."""
    out = run(handed_off(), REST[0], message(1_300, piece(2, FIRST.rstrip())))

    assert turn_of(out).answer == "Be"
