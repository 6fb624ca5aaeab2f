"""Bodies that real services sent: each parses into the events that it holds.

Where they come from, and under which licences, stands in fixtures/MANIFEST.tsv.
"""

import json
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from analyzer.model import WireEvent
from analyzer.wire import sse

FIXTURES = Path(__file__).parents[1] / "fixtures"
CHUNKS = sorted(path.name for path in FIXTURES.glob("*.chunks.txt"))
BODIES = sorted(path.name for path in FIXTURES.glob("*.sse"))


def body(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def cuttings(stream: bytes) -> list[list[bytes]]:
    """Whole, byte by byte, and at random places."""
    rng = random.Random(len(stream))
    made = [[stream], [bytes([byte]) for byte in stream]]
    for cuts in (1, 7, 50, 400):
        bounds = sorted(rng.choices(range(len(stream) + 1), k=cuts))
        made.append([stream[a:b] for a, b in pairwise([0, *bounds, len(stream)])])
    return made


def decode(reads: list[bytes]) -> tuple[list[WireEvent], list[str]]:
    decoder = sse.Decoder()
    events = [event for n, read in enumerate(reads) for event in decoder.feed(n, read)]
    return events, [problem.code for problem in decoder.finish()]


def text_of(events: list[WireEvent]) -> str:
    """What an Anthropic body says."""
    payloads = [json.loads(event.data) for event in events]
    return "".join(payload.get("delta", {}).get("text", "") for payload in payloads)


def test_a_body_without_its_last_blank_line_lacks_its_last_event() -> None:
    events, problems = decode([body("anthropic_raw_basic.sse")])

    assert [event.type for event in events] == [
        "message_start",
        "content_block_start",
        "ping",
        *["content_block_delta"] * 3,
        "content_block_stop",
        "message_delta",
    ]
    assert text_of(events) == "Hello there!"
    assert problems == ["unfinished_event"]


def test_padding_stays_in_the_data_and_not_in_the_text() -> None:
    events, problems = decode([body("anthropic_raw_padded.sse")])
    kinds = Counter(event.type for event in events)

    assert len(events) == 21
    assert kinds["content_block_delta"] == 15
    assert events[-1].data == '{"type":"message_stop"    }'
    assert text_of(events).startswith(" there! Happy to explain.\n\n**Solar eclipses** happen when")
    assert problems == []


def test_an_openai_body_ends_in_done() -> None:
    events, problems = decode([body("openai_chat_raw_a491.sse")])
    *chunks, done = events

    assert len(chunks) == 49
    assert done.data == "[DONE]"
    assert {json.loads(chunk.data)["id"] for chunk in chunks} == {
        "chatcmpl-ABfw2KKFuVXmEJgVwYfBvejMAdWtq"
    }
    assert problems == []


@pytest.mark.parametrize("name", BODIES)
def test_a_body_gives_the_same_events_however_it_is_cut(name: str) -> None:
    whole, problems = decode([body(name)])

    for reads in cuttings(body(name)):
        events, found = decode(reads)
        assert [(e.seq, e.type, e.data, e.offset, e.size) for e in events] == [
            (e.seq, e.type, e.data, e.offset, e.size) for e in whole
        ]
        assert found == problems


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", CHUNKS)
def test_recorded_payloads_come_back_as_they_were(name: str, line_end: str) -> None:
    """The files hold one payload a line, without framing."""
    payloads = body(name).decode().removesuffix("\n").split("\n")
    stream = "".join(f"data: {payload}{line_end * 2}" for payload in payloads).encode()

    assert len(payloads) > 2
    for reads in cuttings(stream):
        events, problems = decode(reads)
        assert [event.data for event in events] == payloads
        assert problems == []


@pytest.mark.parametrize("part", ["1", "2", "3"])
def test_a_json_array_is_no_event_stream_and_gives_no_events(part: str) -> None:
    stream = body(f"gemini_json_array_split_{part}.bin")

    for reads in cuttings(stream):
        assert decode(reads) == ([], ["unfinished_event"])


def test_every_fixture_is_in_the_manifest_with_its_licence() -> None:
    lines = (FIXTURES / "MANIFEST.tsv").read_text().splitlines()
    rows = [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]

    assert {row["file"] for row in rows} == {
        path.name for path in FIXTURES.iterdir() if path.name != "MANIFEST.tsv"
    }
    assert {row["licence"] for row in rows} <= {"MIT", "Apache-2.0", "ISC"}
