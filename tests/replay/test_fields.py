"""Which header fields go on, and which pages may read the answers."""

import pytest
from replaying import ORIGIN, answered, script_of, streamed

from analyzer.replay.fields import answer_fields, cross_origin, let_in, preflight
from analyzer.replay.script import Recorded


def recorded(*headers: tuple[str, str]) -> Recorded:
    script, _ = script_of(answered(1, "/", headers=headers))
    return script.exchanges[0]


def test_fields_keep_their_order_and_may_repeat() -> None:
    headers = ("set-cookie", "a=1"), ("x-a", "größer "), ("set-cookie", "b=2")

    assert answer_fields(recorded(*headers)) == [
        (b"set-cookie", b"a=1"),
        (b"x-a", "größer".encode()),
        (b"set-cookie", b"b=2"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "connection",
        "transfer-encoding",
        "content-encoding",
        "alt-svc",
        "strict-transport-security",
        "sec-websocket-accept",
        ":status",
        "bad name",
        "",
    ],
)
def test_what_would_be_untrue_or_harmful_or_broken_stays_behind(name: str) -> None:
    assert answer_fields(recorded((name, "x"))) == []


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\0"])
def test_a_value_that_would_be_another_field_stays_behind(value: str) -> None:
    assert answer_fields(recorded(("x-a", value))) == []


def test_a_length_is_that_of_the_bytes_which_are_sent() -> None:
    length = ("content-length", "99")
    stream, _ = script_of(streamed(1, [(1.0, b"x")], headers=(length,)))
    head_only, _ = script_of(answered(1, "/", b"", method="HEAD", headers=(length,)))

    assert answer_fields(recorded(length)) == [(b"content-length", b"2")]
    assert answer_fields(recorded()) == []
    assert answer_fields(stream.exchanges[0]) == []
    assert answer_fields(head_only.exchanges[0]) == [(b"content-length", b"99")]


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("http://localhost:5173", True),
        ("https://127.0.0.1:3000", True),
        ("http://[::1]:3000", True),
        ("http://app.localhost", True),
        ("https://named.example", True),
        ("https://evil.example", False),
        ("https://localhost.evil.example", False),
        ("https://localhost:8443", False),
        ("null", False),
        ("", False),
        ("http://[", False),
    ],
)
def test_pages_of_this_machine_and_named_ones_are_let_in(origin: str, may: bool) -> None:
    """Its own pages need no letting in."""
    assert let_in(origin, "localhost:8443", frozenset({"https://named.example"})) is may


def test_recorded_permissions_give_way_to_those_of_the_page() -> None:
    fields = [(b"access-control-allow-origin", f"https://{ORIGIN}".encode()), (b"x-a", b"b")]

    let = dict(cross_origin(fields, "http://localhost:5173"))

    assert let[b"access-control-allow-origin"] == b"http://localhost:5173"
    assert let[b"access-control-expose-headers"] == b"x-a"


def test_a_preflight_allows_what_was_asked_for() -> None:
    asked = (
        ("access-control-request-method", "DELETE"),
        ("access-control-request-headers", "authorization, x-a"),
        ("access-control-request-private-network", "true"),
    )

    let = dict(preflight(asked, "http://localhost:5173"))

    assert let[b"access-control-allow-methods"] == b"DELETE"
    assert let[b"access-control-allow-headers"] == b"authorization, x-a"
    assert let[b"access-control-allow-private-network"] == b"true"
