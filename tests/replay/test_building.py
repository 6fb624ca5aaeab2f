"""What a capture says of each exchange, made ready to be played."""

from replaying import EVENTS, MS, answered, head, ns, request, script_of, streamed

from analyzer.model import (
    Body,
    ExchangeEnd,
    Lost,
    Problem,
    Reads,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.replay.building import ScriptBuilder
from analyzer.replay.contents import Contents
from analyzer.replay.server import recorded_names


def test_parts_keep_their_bytes_and_their_times_since_the_request_was_sent() -> None:
    parts = [(5.0, b"a"), (12.5, b"bc"), (12.5, b""), (40.0, b"d")]

    script, contents = script_of(streamed(1, parts, headers_ms=3, end=(41, "complete")))

    (one,) = script.exchanges
    assert list(one.timeline(contents)) == [(ns(at), data) for at, data in parts]
    assert (one.headers_at_ns, one.ends_at_ns) == (3 * MS, 41 * MS)
    assert (one.status, one.headers, one.streamed, one.how) == (200, EVENTS, True, "complete")


def test_times_never_run_backwards() -> None:
    script, contents = script_of(
        streamed(1, [(5.0, b"a"), (-3.0, b"b"), (7.0, b"c")], headers_ms=-4, end=(1, "complete"))
    )

    (one,) = script.exchanges
    assert [at for at, _ in one.timeline(contents)] == [5 * MS, 5 * MS, 7 * MS]
    assert (one.headers_at_ns, one.ends_at_ns) == (0, 7 * MS)


def test_interleaved_exchanges_keep_apart() -> None:
    one, other = streamed(1, [(5.0, b"a"), (6.0, b"b")]), streamed(2, [(5.0, b"x")])
    mixed = [record for pair in zip(one, other, strict=True) for record in pair]

    script, contents = script_of(mixed)

    bodies = [b"".join(data for _, data in e.timeline(contents)) for e in script.exchanges]
    assert bodies == [b"ab", b"x"]


def test_a_whole_body_is_one_part_at_its_moment() -> None:
    script, contents = script_of(answered(1, "/list", b'{"a":1}', body=b"q", method="POST"))

    (one,) = script.exchanges
    assert list(one.timeline(contents)) == [(10 * MS, b'{"a":1}')]
    assert one.request_body(contents) == b"q"


def test_a_body_that_was_left_out_makes_the_answer_unservable() -> None:
    head_seen = ResponseHead(1, ns(10_010), 200, "HTTP/2.0")
    withheld = Body(1, ns(10_010), "response", 90, b"begin", withheld="too long")

    script, _ = script_of([*request(1, "/big"), head_seen, withheld])

    (one,) = script.exchanges
    assert (one.can_be_served, one.missing, one.how) == (False, "too long", "unfinished")


def test_a_request_body_that_was_left_out_is_unknown_and_not_empty() -> None:
    seen = [RequestHead(1, 0, "POST", "https", "a", "/", "HTTP/2.0")]
    withheld = Body(1, 0, "request", 9, b"", withheld="x")

    script, contents = script_of([*seen, withheld])

    assert script.exchanges[0].request_body(contents) is None


def test_a_stream_that_lost_reads_is_served_and_says_so() -> None:
    records = streamed(1, [(5.0, b"a")])
    records.insert(-1, Lost(ns(10_006), "reads", 3, "the queue was full", 9, 1))

    script, _ = script_of(records)

    (one,) = script.exchanges
    assert (one.can_be_served, one.missing) == (True, "the queue was full")


def test_without_a_clock_everything_comes_at_once() -> None:
    script, contents = script_of(
        streamed(1, [(5.0, b"a"), (900.0, b"b")], headers_ms=3), clock="none"
    )

    (one,) = script.exchanges
    assert [at for at, _ in one.timeline(contents)] == [0, 0]
    assert (one.headers_at_ns, one.ends_at_ns, one.timed) == (0, 0, False)


def test_an_untimed_stream_comes_with_its_headers() -> None:
    records = [
        *request(1, "/s"),
        ResponseHead(1, ns(10_030), 200, "HTTP/2.0", EVENTS, streamed=True, timed=False),
        Reads(1, (ns(10_500),), (2,), b"ab"),
        ExchangeEnd(1, ns(10_900), "complete"),
    ]

    script, contents = script_of(records)

    (one,) = script.exchanges
    assert list(one.timeline(contents)) == [(30 * MS, b"ab")]
    assert one.ends_at_ns == 30 * MS


def test_of_a_websocket_the_service_s_messages_are_played() -> None:
    records = [
        *request(1, "/ws"),
        ResponseHead(1, ns(10_005), 101, "HTTP/1.1"),
        WebSocketMessage(1, ns(10_010), True, True, b"mine", 4),
        WebSocketMessage(1, ns(10_020), False, True, b"text", 4),
        WebSocketMessage(1, ns(10_030), False, False, b"\xff", 1),
    ]

    script, contents = script_of(records)

    (one,) = script.exchanges
    assert one.is_socket
    assert list(one.timeline(contents)) == [(20 * MS, b"text"), (30 * MS, b"\xff")]
    assert list(one.parts.is_text) == [1, 0]


def test_exchanges_beyond_the_limit_are_counted_and_not_kept() -> None:
    with Contents() as contents:
        builder = ScriptBuilder(contents, exchanges_limit=2)
        many = [record for n in (1, 2, 3) for record in answered(n, f"/{n}")]
        builder.read("", [head(), *many])

        script = builder.script()

    assert [one.path for one in script.exchanges] == ["/1", "/2"]
    assert script.passed_over == 1


def test_problems_of_the_capture_are_kept_and_stray_records_are_nobodys() -> None:
    problem = Problem("torn_tail", "x", "cut")

    script, _ = script_of([problem, ExchangeEnd(9, 0, "complete"), Reads(8, (1,), (1,), b"a")])

    assert script.problems == (problem,)
    assert script.exchanges == ()


def test_contents_beyond_memory_are_the_same_bytes() -> None:
    with Contents(memory_limit=4) as contents:
        places = [contents.append(data) for data in (b"abc", b"defg", b"h")]

        assert contents.read(places[1], 4) == b"defg"
        assert contents.append(b"i") == 8
        assert contents.read(0, 9) == b"abcdefghi"


def test_a_status_that_is_none_is_no_answer() -> None:
    script, _ = script_of([*request(1, "/"), ResponseHead(1, ns(10_005), 0, "HTTP/1.1")])

    assert script.exchanges[0].status is None


def test_the_origins_are_named_once_each() -> None:
    script, _ = script_of(
        *(answered(n, "/", authority=name) for n, name in enumerate(["A.x", "a.x:443", "b.x:1"]))
    )

    assert script.authorities == ("a.x", "b.x:1")


def test_the_origin_that_answered_most_is_named_first() -> None:
    """A browser's first request is its own call home."""
    home = [*request(1, "/update", authority="home.x"), ExchangeEnd(1, ns(10_001), "error")]
    script, _ = script_of(home, answered(2, "/", authority="b.x"))

    assert script.authorities == ("b.x", "home.x")
    assert recorded_names(script) == ("b.x",)


def test_tunnels_through_a_proxy_are_no_requests_of_a_service() -> None:
    def connect(number: int, path: str, version: str) -> RequestHead:
        return RequestHead(number, ns(10_000), "CONNECT", "https", "a.x:443", path, version)

    script, _ = script_of(
        [connect(1, "", "HTTP/1.1")], [connect(2, "/", "HTTP/1.1")], [connect(3, "", "HTTP/2.0")],
        [connect(4, "/socket", "HTTP/2.0")],
    )  # fmt: skip

    assert [one.number for one in script.exchanges] == [4]
