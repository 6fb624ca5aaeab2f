"""Origins and listening addresses are read as users write them, or refused in a sentence."""

import pytest

from analyzer.record.addresses import (
    Origin,
    UsageError,
    is_loopback,
    parse_listen,
    parse_origin,
    url_host,
)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://chat.example", Origin("chat.example", 443)),
        ("https://chat.example/", Origin("chat.example", 443)),
        ("https://Chat.Example:8443", Origin("chat.example", 8443)),
        ("https://127.0.0.1:9443", Origin("127.0.0.1", 9443)),
    ],
)
def test_an_origin_is_a_host_and_a_port(text: str, origin: Origin) -> None:
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "chat.example",
        "http://chat.example",
        "https://",
        "https://chat.example/c/1",
        "https://chat.example?x=1",
        "https://user@chat.example",
        "https://chat.example:99999",
        "https://chat.example:0",
        "https://chat.example:x",
        "https://chat;example",
        "https://a,MAP b c",
        "https://[::1",
        "https://[::1]:9443",
    ],
)
def test_anything_but_an_origin_is_refused_by_value(text: str) -> None:
    """A host ends up in browser flags whose lists are cut at commas and semicolons."""
    with pytest.raises(UsageError) as refused:
        parse_origin(text)

    assert repr(text) in str(refused.value)
    assert "https://chat.example" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
        ("[::1]:8080", ("::1", 8080)),
        ("localhost:65535", ("localhost", 65535)),
        ("8081", ("127.0.0.1", 8081)),
    ],
)
def test_a_listening_address_may_leave_out_its_host(text: str, address: tuple[str, int]) -> None:
    assert parse_listen(text) == address


@pytest.mark.parametrize("text", ["", "localhost", "127.0.0.1:", ":80", "::1:80", "h:70000", "h:²"])
def test_a_bad_listening_address_is_refused_by_value(text: str) -> None:
    with pytest.raises(UsageError, match=r"127\.0\.0\.1:") as refused:
        parse_listen(text)

    assert repr(text) in str(refused.value)


def test_only_loopback_is_loopback() -> None:
    hosts = ["127.0.0.1", "127.9.9.9", "::1", "localhost", "0.0.0.0", "::", "192.0.2.1", "box"]

    assert [host for host in hosts if is_loopback(host)] == hosts[:4]


def test_an_ipv6_address_is_bracketed_in_a_url() -> None:
    assert (url_host("::1"), url_host("127.0.0.1")) == ("[::1]", "127.0.0.1")
