"""Real payloads of chat services: which identifiers are in them, and that their times are true."""

from pathlib import Path

import pytest

from analyzer.analyses.identifiers.finding import Sight, in_json
from analyzer.analyses.identifiers.shapes import look_at

FIXTURES = Path(__file__).parents[2] / "fixtures"


def sights_in(name: str) -> set[Sight]:
    lines = (FIXTURES / name).read_text("utf-8").splitlines()
    payloads = [line.removeprefix("data:").strip() for line in lines]
    return {sight for payload in payloads for sight in in_json(payload) or []}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("openai_chat_text.chunks.txt", {"id": "chatcmpl"}),
        ("openai_chat_raw_a491.sse", {"id": "chatcmpl"}),
        ("openai_responses_error.chunks.txt", {"response.id": "openai_hex"}),
        (
            "openai_responses_phase.chunks.txt",
            dict.fromkeys(
                ("response.id", "item.id", "item_id", "response.output[].id"), "openai_hex"
            ),
        ),
        ("deepseek_reasoning.chunks.txt", {"id": "uuid4"}),
        ("anthropic_thinking.chunks.txt", {"message.id": "anthropic"}),
        ("anthropic_raw_basic.sse", {"message.id": "opaque"}),
        ("gemini3_reasoning.chunks.txt", {"responseId": "opaque"}),
    ],
)
def test_a_services_payloads_hold_these_identifiers_and_no_others(
    name: str, fields: dict[str, str]
) -> None:
    found = {
        sight.field: look.readings[0].kind
        for sight in sights_in(name)
        if (look := look_at(sight.value)) is not None
    }

    assert found == fields


@pytest.mark.parametrize(
    "name",
    [
        "openai_chat_text.chunks.txt",
        "openai_chat_raw_a491.sse",
        "openai_responses_error.chunks.txt",
        "openai_responses_phase.chunks.txt",
    ],
)
def test_the_time_inside_is_the_one_that_the_service_states(name: str) -> None:
    stated = [sight for sight in sights_in(name) if sight.created_us is not None]

    assert stated
    for sight in stated:
        look = look_at(sight.value)
        assert look is not None
        at_us = look.readings[0].at_us
        assert at_us is not None
        assert abs(at_us - (sight.created_us or 0)) <= 1_000_000
