"""The pipeline: records in, events, deltas, turns and exchanges out."""

import itertools
from typing import Any

import pytest

from analyzer import reassemble
from analyzer.lab.kinds import KINDS
from analyzer.lab.moves import fold_texts
from analyzer.lab.options import Form
from analyzer.lab.plan import Plan, make_plan
from analyzer.lab.writer import Cast
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    Delta,
    Exchange,
    ExchangeEnd,
    Lost,
    Observer,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    StreamStats,
    WireEvent,
)
from analyzer.reassemble import EventsSeen, Reassembled, Reassembler

TURN = "/backend-api/f/conversation"
MESSAGE = '{"message":{"id":"m","author":{"role":"assistant"},"content":{"parts":["%s"]}}}'


def request(exchange: int = 1, path: str = TURN, **more: Any) -> RequestHead:
    return RequestHead(exchange, 100, "POST", "https", "chat.test", path, "HTTP/2.0", **more)


def response(exchange: int = 1, **more: Any) -> ResponseHead:
    return ResponseHead(exchange, 200, 200, "HTTP/3", **({"streamed": True} | more))


def reads(exchange: int, *parts: tuple[int, bytes]) -> Reads:
    times, chunks = zip(*parts, strict=True)
    return Reads(exchange, times, tuple(map(len, chunks)), b"".join(chunks))


def run(*records: AnyRecord | Problem) -> list[Reassembled]:
    reassembler = Reassembler()
    return [out for record in records for out in reassembler.feed(record)]


def the_exchange(*records: AnyRecord) -> Exchange:
    """The one exchange of these records."""
    (exchange,) = [out for out in run(*records) if isinstance(out, Exchange)]
    return exchange


# --------------------------------------------------------------------------- exchanges


def test_an_exchange_comes_out_when_it_ends() -> None:
    made = run(
        request(headers=(("accept", "text/event-stream"),), connection=3),
        RequestEnd(1, 110),
        response(headers=(("Content-Encoding", "br"),), connection=4),
        reads(1, (300, b": hi\n\nda"), (310, b"ta: a\n\ndata: b\n\n")),
        ExchangeEnd(1, 400, "complete", "fine"),
    )

    assert made[0] == EventsSeen(
        1,
        (
            WireEvent(0, 300, 310, 1, "message", "a", offset=6, size=9),
            WireEvent(1, 310, 310, 1, "message", "b", offset=15, size=9),
        ),
    )
    (exchange,) = made[1:]
    assert isinstance(exchange, Exchange)
    assert exchange == Exchange(
        exchange=1,
        method="POST",
        scheme="https",
        authority="chat.test",
        path=TURN,
        http_version="HTTP/2.0",
        request_headers=(("accept", "text/event-stream"),),
        response_headers=(("Content-Encoding", "br"),),
        status=200,
        upstream_version="HTTP/3",
        client_connection=3,
        server_connection=4,
        started_ns=100,
        sent_ns=110,
        headers_ns=200,
        ended_ns=400,
        how="complete",
        detail="fine",
        streamed=True,
        response_length=24,
        content_encoding="br",
        dialect="chatgpt_web",
        stream=StreamStats(
            reads=2,
            wire_bytes=24,
            bytes=24,
            events=2,
            coalesced=1,
            comments=1,
            first_byte_ns=300,
            first_event_ns=310,
            last_byte_ns=310,
        ),
        turn=exchange.turn,
        problems=exchange.problems,
    )


def test_text_is_told_with_the_events_that_brought_it() -> None:
    made = run(
        request(),
        response(),
        reads(1, (300, b"data: " + (MESSAGE % "Hel").encode() + b"\n\n")),
        reads(1, (310, b"data: " + (MESSAGE % "Hello").encode() + b"\n\n")),
    )
    deltas = [delta for seen in made if isinstance(seen, EventsSeen) for delta in seen.deltas]

    assert deltas == [
        Delta(0, 300, 0, "answer", "Hel", "m"),
        Delta(1, 310, 1, "answer", "lo", "m"),
    ]


def test_a_body_that_is_no_event_stream_is_kept_on_its_exchange() -> None:
    exchange = the_exchange(
        request(path="/backend-api/conversations"),
        Body(1, 105, "request", 2, b"{}"),
        RequestEnd(1, 110),
        response(streamed=False),
        Body(1, 300, "response", 9, b"[1,2]", wire_length=7, withheld="too long"),
        ExchangeEnd(1, 301, "complete"),
    )

    assert (exchange.request_body, exchange.request_length) == (b"{}", 2)
    assert (exchange.response_body, exchange.response_length) == (b"[1,2]", 9)
    assert (exchange.streamed, exchange.turn, exchange.dialect) == (False, None, "")
    assert exchange.stream == StreamStats()


def test_a_stream_of_an_unknown_service_has_events_but_no_turn() -> None:
    exchange = the_exchange(
        request(path="/events"),
        response(),
        reads(1, (300, b"data: a\n\n")),
        ExchangeEnd(1, 400, "complete"),
    )

    assert (exchange.dialect, exchange.turn, exchange.stream.events) == ("generic", None, 1)


def test_wire_lengths_count_what_passed_and_when() -> None:
    """A compressor's first bytes arrive before they can be read."""
    held_back = Reads(1, (300, 310, 320), (0, 9, 0), b"data: a\n\n", (5, 0, 4))
    exchange = the_exchange(request(), response(), held_back, ExchangeEnd(1, 400, "complete"))

    assert exchange.stream == StreamStats(
        reads=3,
        wire_bytes=9,
        bytes=9,
        events=1,
        first_byte_ns=300,
        first_event_ns=310,
        last_byte_ns=320,
    )


def test_events_are_coalesced_across_records_only_if_they_share_a_read() -> None:
    exchange = the_exchange(
        request(),
        response(),
        reads(1, (300, b"data: a\n\ndata: b\n\ndata: c\n\n")),
        reads(1, (300, b"data: d\n\n"), (310, b"data: e\n\n")),
        ExchangeEnd(1, 400, "complete"),
    )

    assert (exchange.stream.events, exchange.stream.coalesced) == (5, 2)


def test_streams_side_by_side_do_not_mix() -> None:
    made = run(
        request(1),
        request(2),
        response(1),
        response(2),
        reads(1, (300, b"data: a")),
        reads(2, (301, b"data: x\n\nda")),
        reads(1, (302, b"\n\n")),
        reads(2, (303, b"ta: y\n\n")),
    )

    assert [
        (seen.exchange, [event.data for event in seen.events])
        for seen in made
        if isinstance(seen, EventsSeen)
    ] == [(2, ["x"]), (1, ["a"]), (2, ["y"])]


def test_what_never_ends_comes_out_as_unfinished() -> None:
    reassembler = Reassembler()
    for record in (request(1), request(2), response(2), reads(2, (300, b"data: a\n\ndata: b"))):
        reassembler.feed(record)
    first, second = reassembler.finish()

    assert isinstance(first, Exchange)
    assert (first.how, first.status, first.ended_ns) == ("unfinished", None, None)
    assert isinstance(second, Exchange)
    assert second.turn is not None
    assert (second.how, second.turn.status) == ("unfinished", "unfinished")
    assert [problem.code for problem in second.problems] == ["unfinished_event", "bad_json"]
    assert reassembler.finish() == []


def test_other_records_say_nothing_here() -> None:
    head = CaptureHead("id", "proxy", "t", "chunk", 1, 0, 0)

    assert run(head, Observer(1, 1, 1), Lost(1, "reads", 1, "queue")) == []


# --------------------------------------------------------------------------- problems


def test_problems_of_the_file_pass_through() -> None:
    problem = Problem("torn_tail", "capture.jsonl", "cut", 5)

    assert run(problem) == [problem]


def test_problems_of_an_exchange_name_it() -> None:
    exchange = the_exchange(
        request(5),
        response(5),
        reads(5, (300, b"data: {\xff\n\ndata: x")),
        ExchangeEnd(5, 400, "server_abort"),
    )

    assert [(p.code, p.place, p.exchange, p.offset) for p in exchange.problems] == [
        ("bad_utf8", "exchange 5", 5, 7),
        ("unfinished_event", "exchange 5", 5, 10),
        ("bad_json", "exchange 5", 5, 0),
    ]


def test_a_capture_may_begin_in_mid_exchange() -> None:
    made = run(
        reads(9, (300, b"data: a\n\n")),
        Body(9, 300, "response", 0),
        RequestEnd(8, 100),
        response(9),
        ExchangeEnd(9, 400, "complete"),
    )

    assert [(out.code, out.exchange) for out in made if isinstance(out, Problem)] == [
        ("unknown_exchange", 9),
        ("unknown_exchange", 8),
    ]
    assert len(made) == 2


def test_strangers_are_reported_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reassemble, "STRANGERS_LIMIT", 3)

    assert len(run(*(RequestEnd(number, 1) for number in range(10)))) == 3


def test_open_exchanges_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reassemble, "OPEN_LIMIT", 2)
    (oldest,) = run(request(1), request(2), request(3))

    assert isinstance(oldest, Exchange)
    assert (oldest.exchange, oldest.how) == (1, "unfinished")
    assert [problem.code for problem in oldest.problems] == ["too_many_open"]


def test_a_request_that_stands_there_twice_ends_the_first() -> None:
    first, second = run(request(1), request(1), ExchangeEnd(1, 400, "complete"))

    assert isinstance(first, Exchange)
    assert isinstance(second, Exchange)
    assert (first.how, second.how) == ("unfinished", "complete")
    assert [problem.code for problem in first.problems] == ["exchange_again"]


def test_reads_that_disagree_with_their_bytes_break_their_stream_alone() -> None:
    made = run(
        request(1),
        response(1),
        reads(1, (300, b"data: a\n\n")),
        Reads(1, (310,), (99,), b"data: b\n\n"),
        reads(1, (320, b"data: c\n\n")),
        ExchangeEnd(1, 400, "complete"),
    )
    *seen, exchange = made

    assert len(seen) == 1
    assert isinstance(exchange, Exchange)
    assert exchange.stream.events == 1
    assert [(problem.code, problem.offset) for problem in exchange.problems][-1] == (
        "reads_disagree",
        9,
    )


def test_reads_without_a_stream_are_reported_once() -> None:
    exchange = the_exchange(
        request(), reads(1, (1, b"a")), reads(1, (2, b"b")), ExchangeEnd(1, 3, "complete")
    )

    assert [problem.code for problem in exchange.problems] == ["reads_without_stream"]


def test_a_request_body_that_was_read_in_chunks_is_counted() -> None:
    upload = Reads(1, (101, 102), (3, 4), b"abcdefg", side="request")
    exchange = the_exchange(request(), upload, ExchangeEnd(1, 400, "complete"))

    assert (exchange.request_length, exchange.problems) == (7, ())


def test_the_first_response_head_counts() -> None:
    late = ResponseHead(1, 900, 500, "HTTP/3")
    exchange = the_exchange(request(), response(), late, ExchangeEnd(1, 400, "complete"))

    assert (exchange.status, exchange.headers_ns) == (200, 200)
    assert [problem.code for problem in exchange.problems] == ["response_again"]


# --------------------------------------------------------------------------- what a service sends


def plan_of(kind: str, form: Form) -> Plan:
    numbers = itertools.count(1)
    cast = Cast(
        conversation_id="conv",
        request_id="req",
        user_message_id="user",
        answer_id="answer",
        prompt="Why?",
        model="lab-model",
        now_s=1.7e9,
        resume_credential="x.y.z",
        new_id=lambda: f"id{next(numbers)}",
    )
    return make_plan(KINDS[kind], form, 3, cast)


def play(plan: Plan, reads_a_record: int) -> tuple[list[EventsSeen], Exchange]:
    """The plan's writes, each as one read, as a recorder would flush them."""
    writes = [(int(send.at_s * 1e9), send.data) for send in plan.sends]
    batches = [
        reads(1, *writes[start : start + reads_a_record])
        for start in range(0, len(writes), reads_a_record)
    ]
    ending = ExchangeEnd(1, 10**12, "server_abort" if plan.kind.tail == "reset" else "complete")
    *seen, exchange = run(request(), RequestEnd(1, 110), response(), *batches, ending)
    assert isinstance(exchange, Exchange)
    return [each for each in seen if isinstance(each, EventsSeen)], exchange


@pytest.mark.parametrize("form", ["cumulative", "delta_v1"])
@pytest.mark.parametrize("kind", [name for name in KINDS if name != "long"])
def test_a_stream_of_the_lab_gives_its_scripts_text(kind: str, form: Form) -> None:
    """Every kind of stream, in both forms; the lab shares no code with the decoders."""
    plan = plan_of(kind, form)
    truth = fold_texts(plan.pieces())
    seen, exchange = play(plan, 7)
    turn = exchange.turn

    assert turn is not None
    assert turn.answer == truth.answer
    assert turn.reasoning == truth.reasoning + truth.commentary
    assert turn.title == truth.title
    assert turn.status == plan.outcome
    assert exchange.stream.events == plan.events() == sum(len(each.events) for each in seen)
    assert [p.code for p in exchange.problems] == (
        ["unfinished_event"] if plan.outcome == "cut" else []
    )


@pytest.mark.parametrize("form", ["cumulative", "delta_v1"])
@pytest.mark.parametrize("kind", ["split", "revise", "reasoning", "cr"])
def test_how_reads_are_flushed_changes_nothing(kind: str, form: Form) -> None:
    plan = plan_of(kind, form)
    one_by_one, exchange = play(plan, 1)
    at_once, same = play(plan, 10**6)

    assert exchange == same
    assert [event for seen in one_by_one for event in seen.events] == [
        event for seen in at_once for event in seen.events
    ]
    assert [delta for seen in one_by_one for delta in seen.deltas] == [
        delta for seen in at_once for delta in seen.deltas
    ]


@pytest.mark.parametrize("kind", ["steady", "revise", "reasoning", "tools", "title"])
def test_deltas_add_up_to_the_turns_texts(kind: str) -> None:
    seen, exchange = play(plan_of(kind, "delta_v1"), 50)
    texts: dict[tuple[str, str], str] = {}
    for delta in (delta for each in seen for delta in each.deltas):
        key = (delta.kind, delta.message_id)
        texts[key] = delta.text if delta.revised else texts.get(key, "") + delta.text

    def joined(kind: str) -> str:
        return "".join(text for (of, _), text in texts.items() if of == kind)

    assert exchange.turn is not None
    assert joined("answer") == exchange.turn.answer
    assert joined("reasoning") == exchange.turn.reasoning
    assert joined("title") == exchange.turn.title


# --------------------------------------------------------------------------- handoffs

RESUME = "/backend-api/f/conversation/resume"
BEGUN = (
    b'event: delta_encoding\ndata: "v1"\n\n'
    b'event: delta\ndata: {"p":"","o":"add","v":{"message":{"id":"m","author":{"role":"assistant"},'
    b'"content":{"parts":["One"]}},"conversation_id":"c"},"c":0}\n\n'
    b'event: delta\ndata: {"p":"/message/content/parts/0","o":"append","v":" two"}\n\n'
)
APPENDED = b'event: delta\ndata: {"p":"/message/content/parts/0","o":"append","v":"%s"}\n\n'
HANDOFF = b'data: {"type":"stream_handoff"}\n\ndata: [DONE]\n\n'


def resumed(first_end: bool, offset: int, rest: bytes) -> Exchange:
    """A turn whose stream hands off; its rest is asked for before or after that stream's end."""
    asked = b'{"conversation_id":"c","offset":%d}' % offset
    end: list[AnyRecord] = [ExchangeEnd(1, 400, "complete")] if first_end else []
    out = run(
        request(1),
        response(1),
        reads(1, (300, BEGUN), (310, HANDOFF)),
        *end,
        request(2, RESUME),
        Body(2, 100, "request", len(asked), asked),
        response(2),
        reads(2, (500, rest)),
        ExchangeEnd(2, 600, "complete"),
    )
    (last,) = [each for each in out if isinstance(each, Exchange) and each.exchange == 2]
    return last


@pytest.mark.parametrize("first_end", [True, False])
def test_a_stream_that_goes_on_builds_on_what_the_first_one_sent(first_end: bool) -> None:
    exchange = resumed(first_end, 4, APPENDED % b" three" + b"data: [DONE]\n\n")

    assert exchange.problems == ()
    assert exchange.turn is not None
    assert (exchange.turn.answer, exchange.turn.status) == ("One two three", "complete")
    assert exchange.turn.texts.at_ns == (500,)
    assert exchange.turn.texts.chars == (6,)


def test_events_that_are_asked_for_again_count_once() -> None:
    """An offset of 2: the client has the opening, and takes the first word again."""
    turn = resumed(True, 2, APPENDED % b" two").turn

    assert turn is not None
    assert turn.answer == "One two"


def test_a_rest_whose_beginning_was_not_seen_is_a_problem_and_no_crash() -> None:
    rest = reads(2, (500, APPENDED % b"x"))
    out = run(request(2, RESUME), response(2), rest, ExchangeEnd(2, 600, "complete"))
    (exchange,) = [each for each in out if isinstance(each, Exchange)]

    assert [problem.code for problem in exchange.problems] == ["bad_path"]
