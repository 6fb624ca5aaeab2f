"""Paths without what makes each one different."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analyses.paths import PATH_LIMIT, fold_path


@pytest.mark.parametrize(
    "segment",
    [
        "7",
        "-1",
        "6ab9dd65-51b0-83ea-9d06-0d1d1f4b6c01",
        "6AB9DD65-51B0-83EA-9D06-0D1D1F4B6C01",
        "6ab9dd6551b083ea9d060d1d1f4b6c01",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "507f1f77bcf86cd799439011",
        "a1b2c3d4",
        "1784872208758-0",
        "chatcmpl-AbT9x2KqZ0pLmN4rS7uVwXyB1cDeF",
        "msg_011CRk3hYv8vQ3yYw1tN5mZd",
        "resp_6899d9a9a3f48191b9ce1f2f5f3b9a7e0d5fbb1c2a3d4e5f60",
        "V1StGXR8_Z5jdHi6B-myT",
        "cred:0123456789abcdef....",
        "someone@mail.example",
        "someone%40mail.example",
        "conversation-turn-6ab9dd65-51b0-83ea-9d06-0d1d1f4b6c01",
    ],
)
def test_an_identifier_is_folded(segment: str) -> None:
    assert fold_path(f"/backend-api/items/{segment}/parts") == "/backend-api/items/{id}/parts"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "*",
        "/v1/chat/completions",
        "/backend-api/f/conversation/gen_title",
        "/api/models/gpt-4o-mini",
        "/api/models/gpt-4-turbo-2024-04-09",
        "/api/models/claude-3-5-sonnet-20241022",
        "/getUserConversationHistory",
        "/backend-api/conversation/message_feedback",
        "/static/application-settings.js",
        "/api/v2.1/things.json",
        "/feedback/deadbeef/decade",
        "/.well-known/openid-configuration",
        "/sentinel/chat-requirements/prepare",
    ],
)
def test_words_stay(path: str) -> None:
    assert fold_path(path) == path


@pytest.mark.parametrize(
    ("path", "folded"),
    [
        ("/assets/index-BxY1z2ab.js", "/assets/index-{hash}.js"),
        ("/_next/static/chunks/app-9f86d081884c7d65.js", "/_next/static/chunks/app-{hash}.js"),
        ("/assets/app.3f2a9c1b.chunk.css", "/assets/app.{hash}.chunk.css"),
        ("/assets/app.3f2a9c1b.js.map", "/assets/app.{hash}.js.map"),
        ("/files/6ab9dd65-51b0-83ea-9d06-0d1d1f4b6c01.png", "/files/{id}.png"),
        ("/files/31.png", "/files/{id}.png"),
    ],
)
def test_a_file_keeps_its_name_without_the_hash_of_its_release(path: str, folded: str) -> None:
    assert fold_path(path) == folded


def test_query_and_fragment_are_left_out() -> None:
    assert fold_path("/backend-api/conversations?offset=28&limit=28#top") == (
        "/backend-api/conversations"
    )


def test_a_path_is_looked_at_up_to_the_limit() -> None:
    assert fold_path("/" + "a" * PATH_LIMIT * 2) == "/" + "a" * (PATH_LIMIT - 1)


@given(st.text())
def test_any_text_is_folded_once_and_for_all(path: str) -> None:
    once = fold_path(path)

    assert "?" not in once
    assert fold_path(once) == once


@given(st.uuids(), st.integers(0, 2**63))
def test_paths_that_differ_in_an_identifier_alone_are_one(uuid: object, number: int) -> None:
    assert fold_path(f"/c/{uuid}/m/{number}") == "/c/{id}/m/{id}"
