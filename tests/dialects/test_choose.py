"""Which dialect reads which stream."""

import pytest

from analyzer import dialects
from analyzer.dialects.generic import Generic
from analyzer.model import RequestHead, ResponseHead, WireEvent


def chosen(method: str, path: str) -> str:
    request = RequestHead(1, 0, method, "https", "chatgpt.com", path, "HTTP/2.0")
    response = ResponseHead(1, 1, 200, "HTTP/2.0", streamed=True)
    return dialects.choose(request, response).name


@pytest.mark.parametrize(
    "path",
    [
        "/backend-api/conversation",
        "/backend-api/f/conversation",
        "/backend-anon/conversation",
        "/backend-anon/f/conversation?kind=steady",
        "/backend-api/f/conversation/resume",
    ],
)
def test_chatgpts_turns_are_known_by_their_path(path: str) -> None:
    assert chosen("POST", path) == "chatgpt_web"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/backend-api/conversation"),
        ("POST", "/backend-api/conversation/7d/events"),
        ("POST", "/backend-api/conversations"),
        ("POST", "/v1/chat/completions"),
        ("GET", "/"),
    ],
)
def test_any_other_stream_is_generic(method: str, path: str) -> None:
    assert chosen(method, path) == "generic"


def test_generic_times_events_and_guesses_no_text() -> None:
    dialect = Generic()

    assert dialect.feed(WireEvent(0, 1, 1, 0, "message", '{"text": "hello"}')) == []
    assert dialect.turn(1, "complete") is None
    assert dialect.problems() == []
