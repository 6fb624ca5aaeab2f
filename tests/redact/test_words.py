"""What stays of real captures without their content: no word that is not a protocol's."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import everything
import pytest
from making import a_head

from analyzer.importers import read_capture
from analyzer.model import (
    AnyRecord,
    Body,
    Problem,
    Reads,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.redact.levels import at_level
from analyzer.redact.vocabulary import is_key, judge
from analyzer.redact.words import MEMBER_WORDS

FIXTURES = Path(__file__).parents[1] / "fixtures"
CAPTURES = sorted(
    one
    for one in FIXTURES.rglob("*")
    if one.suffix in (".har", ".sse", ".txt", ".bin", ".jsonl", ".mitm")
)

WIRE = frozenset(
    """
    application javascript ndjson gzip deflate zstd navigate script iframe same cross site only
    private nosniff signed avif webp apng xhtml xml svg css connect www max origin accept
    """.split()  # noqa: SIM905 - it reads better so
)
"""Of standard header fields; no body has them as such."""

_SHAPED = re.compile(
    r"\\[nrt]|resp_|cred:|(?:[0-9]+[A-Za-z]|[A-Za-z]+[0-9])[0-9A-Za-z-]*|[0-9a-fA-F]{8,}|https?://\S+"
)
_WORD = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}")


def is_made(word: str) -> bool:
    """Whether it is filler, or the name of a name: no vowel is in those."""
    return len(set(word)) == 1 or not set(word) & set("aeiouy")


def left_of(text: str) -> Iterator[str]:
    """The words, apart from those inside of identifiers, escapes and hosts."""
    for word in _WORD.findall(_SHAPED.sub(" ", text)):
        if not is_made(word.lower()):
            yield word.lower()


def texts_of(record: AnyRecord | Problem) -> Iterator[str]:
    match record:
        case Reads() | Body() | WebSocketMessage():
            yield record.data.decode(errors="replace")
        case RequestHead():
            yield record.path
    if isinstance(record, RequestHead | ResponseHead):
        yield from (
            value for name, value in record.headers if name not in ("host", "origin", "referer")
        )


def words_left(records: list[AnyRecord | Problem]) -> set[str]:
    made = at_level(records, "content")
    return {word for one in made for text in texts_of(one) for word in left_of(text)}


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_no_word_stays_of_real_captures_that_is_not_a_protocols(path: Path) -> None:
    records = list(read_capture(path))
    said = {word for one in records for text in texts_of(one) for word in left_of(text)}

    assert words_left(records) <= MEMBER_WORDS | WIRE
    assert said - MEMBER_WORDS - WIRE or path.suffix == ".bin"


def test_no_word_stays_of_a_session_that_is_not_a_protocols() -> None:
    assert words_left([a_head(), *everything.recorded(1)]) <= MEMBER_WORDS | WIRE


@pytest.mark.parametrize(
    ("name", "text", "verdict"),
    [
        ("text", "6ab9dd65-51b0-83ea-8000-000000000001", "name"),
        ("message_id", "6ab9dd65-51b0-83ea-8000-000000000001", "keep"),
        ("title", "1990-05-17", "fill"),
        ("birthdate", "1990-05-17", "fill"),
        ("created_at", "2025-10-09T08:54:20Z", "keep"),
        ("code", "493021", "fill"),
        ("code", "404", "keep"),
        ("to", "491701234567", "name"),
        ("status", "finished_successfully", "keep"),
        ("status", "divorced", "fill"),
    ],
)
def test_what_looks_like_a_machines_may_be_a_persons(name: str, text: str, verdict: str) -> None:
    """A date of birth, a code that was sent by mail, a telephone number: by the name alone."""
    assert judge(name, text) == verdict


@pytest.mark.parametrize("name", ["create_time", "finishReason", "@type", "x-request-id", "top_p"])
def test_names_of_known_words_stay(name: str) -> None:
    assert is_key(name)


@pytest.mark.parametrize(
    "name", ["Alice", "divorce_plan", "planDivorce", "quokka2", "a b", "naïve"]
)
def test_names_that_somebody_may_have_written_go(name: str) -> None:
    assert not is_key(name)


def test_equal_names_stay_equal_on_paths_through_a_document() -> None:
    """Or an operation would change another member than the one that was there."""
    body = json.dumps({"votes": {"Alice": 1}, "ops": [{"p": "/votes/Alice/0", "v": 2}]}).encode()
    made = at_level([a_head(), Body(1, 0, "response", len(body), body)], "content")
    shown = json.loads(next(one.data for one in made if isinstance(one, Body)))
    (votes, (person, *_)), (_, (operation,)) = shown.items()

    assert {votes, person} & {"votes", "Alice"} == set()
    assert operation["p"] == f"/{votes}/{person}/0"
