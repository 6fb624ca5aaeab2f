"""The inventory of endpoints."""

from asked import ask
from making import ns
from travelling import CHAT, call, client, server, turn

from analyzer.analyses.transport import TransportQuestion
from analyzer.model import RequestHead, Unmeasurable

ID = "6ab9dd65-51b0-83ea-9d06-0d1d1f4b6c01"


def test_calls_that_differ_in_an_identifier_are_one_endpoint() -> None:
    answer = ask(
        TransportQuestion,
        [
            client(1),
            server(2),
            *call(1, 0, path=f"/c/{ID}?a=1", wait_ms=10, took_ms=20, answered=7),
            *call(2, 100, path="/c/17", wait_ms=30, took_ms=40, answered=8),
            *call(3, 200, path="/c/18", status=404, wait_ms=20, took_ms=30, answered=9),
            *call(4, 300, path="/c/18", method="DELETE"),
            RequestHead(5, ns(400), "GET", "https", "chat.example", "/c/20", "HTTP/2.0"),
        ],
    )
    first, second = answer.endpoints

    assert (first.endpoint_id, first.method, first.path, first.calls) == (0, "GET", "/c/{id}", 4)
    assert (first.statuses, first.unanswered_calls) == (((200, 2), (404, 1)), 1)
    assert (first.waits, first.wait_p50_ns, first.wait_max_ns) == (3, ns(20), ns(30))
    assert (first.duration_p50_ns, first.duration_max_ns) == (ns(30), ns(40))
    assert first.response_body_bytes == 24
    assert first.protocols == ("h2",)
    assert (second.method, second.calls) == ("DELETE", 1)


def test_streams_are_endpoints_too_and_the_one_that_took_longest_comes_first() -> None:
    answer = ask(TransportQuestion, [*call(1, 0), *turn(2, [100, 500])])

    assert [(one.path, one.event_streams) for one in answer.endpoints] == [
        (CHAT, 1),
        ("/api/things", 0),
    ]


def test_an_endpoint_that_never_answered_has_no_waits() -> None:
    head = RequestHead(1, 0, "GET", "https", "chat.example", "/never", "HTTP/2.0")
    (one,) = ask(TransportQuestion, [head]).endpoints

    assert one.wait_p50_ns == Unmeasurable("no response came")
    assert isinstance(one.duration_max_ns, Unmeasurable)
