"""The prompt of a request for an answer, in the shapes that services take."""

import json

import pytest

from analyzer.analyses.duets.prompts import MAX_BODY_BYTES, Prompt, read_prompt


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"content": {"content_type": "text", "parts": ["Well", "?"]}}]},
        {"messages": [{"content": {"parts": ["Well", {"asset_pointer": "a picture"}, "?"]}}]},
        {"messages": [{"role": "user", "content": "Before"}, {"role": "user", "content": "Well?"}]},
        {"messages": [{"content": [{"type": "text", "text": "Well?"}, {"type": "image_url"}]}]},
        {"input": "Well?"},
        {"input": [{"role": "user", "content": [{"type": "input_text", "text": "Well?"}]}]},
        {"contents": [{"role": "user", "parts": [{"text": "Well?"}]}]},
        {"prompt": "Well?", "timezone": "Europe/Lisbon"},
    ],
)
def test_every_shape_gives_the_last_prompt(body: object) -> None:
    assert read_prompt(json.dumps(body).encode()) == Prompt("Well?")


def test_the_conversation_is_named_where_it_goes_on() -> None:
    body = b'{"conversation_id": "c1", "prompt": "Well?"}'

    assert read_prompt(body) == Prompt("Well?", "c1")


def test_half_a_surrogate_pair_is_kept_as_it_came() -> None:
    assert read_prompt(b'{"prompt": "\\ud83d"}') == Prompt("\ud83d")


@pytest.mark.parametrize(
    "body",
    [
        b'{"conversation_id": "c1", "offset": 3}',
        b'{"messages": []}',
        b'{"messages": 5, "prompt": null}',
        b'{"messages": [[["x"]]], "conversation_id": "c1"}',
        b'{"messages": [{"content": {"parts": {"0": "x"}}}]}',
    ],
)
def test_nothing_asked_is_an_empty_prompt(body: bytes) -> None:
    found = read_prompt(body)

    assert found is not None
    assert found.text == ""


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"5", b"not JSON", b'{"a": "\\u12', b"\xff\xfe{}", b'{"prompt": "\xff"}'),
        b"[" * 100_000,
        b'{"prompt":' * 5_000 + b'"\\u0041"',
    ],
)
def test_what_is_no_object_has_no_prompt(body: bytes) -> None:
    assert read_prompt(body) is None


def test_a_body_beyond_the_limit_is_not_looked_into() -> None:
    blank = len(b'{"prompt": ""}')
    fits = b'{"prompt": "%s"}' % (b"x" * (MAX_BODY_BYTES - blank))

    assert read_prompt(fits) == Prompt("x" * (MAX_BODY_BYTES - blank))
    assert read_prompt(fits + b" ") is None
