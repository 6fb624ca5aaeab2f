"""The n-th identical request gets the n-th answer, and what identical means."""

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from replaying import ORIGIN, answered, head, script_of, streamed

from analyzer.model import AnyRecord
from analyzer.replay.building import ScriptBuilder
from analyzer.replay.contents import Contents
from analyzer.replay.matching import Match, Matcher, Miss
from analyzer.replay.requests import STRICTNESSES, Asked, Strictness

ASK = "/backend-api/f/conversation"


def question(text: str, **more: object) -> bytes:
    message = {"id": str(uuid.uuid4()), "content": {"parts": [text]}, "create_time": 1.76e9}
    return json.dumps({"action": "next", "messages": [message], **more}).encode()


def matcher(
    *exchanges: list[AnyRecord], strictness: Strictness = "ids", loop: bool = False
) -> Matcher:
    script, contents = script_of(*exchanges)
    return Matcher(script, contents, strictness, loop=loop)


def number(found: Match | Miss) -> int:
    """The exchange that answers; 0 for none."""
    return found.recorded.number if isinstance(found, Match) else 0


def get(path: str, authority: str = "localhost:8443") -> Asked:
    return Asked("GET", authority, path)


def post(body: bytes, path: str = ASK) -> Asked:
    return Asked("POST", "localhost:8443", path, body)


def test_the_nth_identical_request_gets_the_nth_answer() -> None:
    asked = matcher(*(answered(n, "/list?offset=0") for n in (1, 2, 3)))

    found = [asked.find(get("/list?offset=0")) for _ in range(3)]

    assert [(number(f), f.nth, f.of) for f in found if isinstance(f, Match)] == [
        (1, 1, 3),
        (2, 2, 3),
        (3, 3, 3),
    ]


def test_who_has_no_copy_gets_the_answer_itself() -> None:
    """A browser whose cache is off asks for what the recorded one had."""
    asked = matcher(*(answered(n, "/app.js", status=code) for n, code in enumerate(CODES, 1)))
    plain = Asked("GET", "localhost:8443", "/app.js", conditional=False)

    found = [number(asked.find(one)) for one in (plain, get("/app.js"), plain, plain, plain)]

    assert found == [2, 1, 4, 4, 4]


CODES = (304, 200, 304, 200, 304)


def test_identifiers_may_differ_in_path_query_and_body() -> None:
    one, other = uuid.uuid4(), uuid.uuid4()
    asked = matcher(
        answered(1, f"/c/{one}?cursor={one}&limit=28"),
        streamed(2, [(1.0, b"x")], ASK, body=question("Why?", conversation_id=str(one))),
    )

    by_path = asked.find(get(f"/c/{other}?limit=28&cursor={other}"))
    by_body = asked.find(post(question("Why?", conversation_id=str(other))))

    assert (number(by_path), number(by_body)) == (1, 2)


@pytest.mark.parametrize(
    ("recorded", "live"),
    [
        ("/list?offset=0", "/list?offset=28"),
        ("/list?order=updated", "/list?order=created"),
        ("/list", "/lists"),
    ],
)
def test_what_is_no_identifier_has_to_be_the_same(recorded: str, live: str) -> None:
    asked = matcher(answered(1, recorded))

    assert number(asked.find(get(live))) == 0
    assert number(asked.find(get(recorded))) == 1


def test_another_text_is_another_question() -> None:
    asked = matcher(streamed(1, [(1.0, b"x")], ASK, body=question("Why?")))

    assert isinstance(asked.find(post(question("How?"))), Miss)


def test_where_ids_fold_together_an_equal_request_is_preferred() -> None:
    """Both paths fold to /items/{id}; asking for the second one first must not get the first."""
    asked = matcher(answered(1, "/items/1"), answered(2, "/items/2"))

    found = [number(asked.find(get(path))) for path in ("/items/2", "/items/7", "/items/1")]

    assert found == [2, 1, 1]


def test_exact_wants_every_byte_and_path_none_of_query_and_body() -> None:
    recorded = [streamed(1, [(1.0, b"x")], f"{ASK}?a=1", body=b'{"a": 1}')]

    exact, loose = matcher(*recorded, strictness="exact"), matcher(*recorded, strictness="path")

    assert number(exact.find(post(b'{"a":1}', f"{ASK}?a=1"))) == 0
    assert number(exact.find(post(b'{"a": 1}', f"{ASK}?a=1"))) == 1
    assert number(loose.find(post(b"something", ASK))) == 1


def test_a_secret_equals_its_fingerprint() -> None:
    """The capture has cred:… where a live request has the secret itself."""
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0"
    kept = "cred:0123456789abcdef".ljust(len(jwt), ".")
    asked = matcher(
        answered(1, "/x?access_token=cred:0123456789abcdef"),
        answered(2, "/y", method="POST", body=json.dumps({"accessToken": kept}).encode()),
        strictness="exact",
    )

    by_query = asked.find(get(f"/x?access_token={jwt}"))
    by_body = asked.find(post(json.dumps({"accessToken": jwt}).encode(), "/y"))

    assert (number(by_query), number(by_body)) == (1, 2)


def test_after_the_last_answer_a_safe_request_gets_it_again_and_another_none() -> None:
    """A list may be asked for again; a question that was never asked has no answer."""
    asked = matcher(
        answered(1, "/list"), answered(2, "/list"), streamed(3, [(1.0, b"x")], ASK, body=b"{}")
    )

    lists = [asked.find(get("/list")) for _ in range(4)]
    answers = [asked.find(post(b"{}")) for _ in range(2)]

    assert [number(found) for found in lists] == [1, 2, 2, 2]
    assert [found.again for found in lists if isinstance(found, Match)] == [
        False,
        False,
        True,
        True,
    ]
    assert isinstance(answers[1], Miss)
    assert answers[1].kind == "used_up"
    assert [used.number for used in answers[1].used] == [3]


def test_with_loop_the_first_answer_comes_after_the_last() -> None:
    asked = matcher(streamed(1, [(1.0, b"x")], ASK), streamed(2, [(1.0, b"y")], ASK), loop=True)

    assert [number(asked.find(post(b""))) for _ in range(5)] == [1, 2, 1, 2, 1]


def test_the_origin_counts_only_if_it_is_one_of_several_recorded_ones() -> None:
    asked = matcher(
        answered(1, "/", authority="a.example"), answered(2, "/", authority="b.example")
    )

    found = [number(asked.find(get("/", name))) for name in ("B.example", "localhost", "a.example")]

    assert found == [2, 1, 1]


def test_a_reduced_capture_is_matched_by_path_alone() -> None:
    with Contents() as contents:
        builder = ScriptBuilder(contents)
        reduced = replace(head(), redaction="content")
        builder.read("", [reduced, *streamed(1, [(1.0, b"x")], ASK, body=b"....")])
        asked = Matcher(builder.script(), contents, "exact")

    assert asked.strictness == "path"
    assert number(asked.find(post(question("Why?")))) == 1


PATHS = ("/a", "/a?x=1", "/b/7", "/b/8", "/c")


@given(
    st.lists(st.sampled_from(PATHS), max_size=12),
    st.lists(st.sampled_from(PATHS), max_size=12),
    st.booleans(),
)
def test_other_requests_in_between_change_nothing(
    recorded: list[str], asked: list[str], loop: bool
) -> None:
    """What one path's requests get is what they get when nothing else is asked."""
    exchanges = [answered(n, path, method="PUT") for n, path in enumerate(recorded, 1)]
    mixed = matcher(*exchanges, strictness="exact", loop=loop)

    got = [(path, number(mixed.find(Asked("PUT", ORIGIN, path)))) for path in asked]

    for path in PATHS:
        alone = matcher(*exchanges, strictness="exact", loop=loop)
        expected = [number(alone.find(Asked("PUT", ORIGIN, p))) for p in asked if p == path]
        assert [n for p, n in got if p == path] == expected
        answers = [n for n, p in enumerate(recorded, 1) if p == path]
        if not loop:
            assert expected == (answers + [0] * len(expected))[: len(expected)]


@given(
    st.text(max_size=30),
    st.text(max_size=80),
    st.text(max_size=40),
    st.none()
    | st.binary(max_size=80)
    | st.text(alphabet='[]{}",:01a', max_size=60).map(str.encode),
    st.sampled_from(STRICTNESSES),
)
def test_no_request_crashes_it_and_each_equals_itself(
    method: str, path: str, authority: str, body: bytes | None, strictness: Strictness
) -> None:
    asked = matcher(
        answered(1, path, method=method, body=body or b"", authority=authority),
        strictness=strictness,
    )

    found = asked.find(Asked(method, authority, path, body or b""))

    assert number(found) == 1


def test_a_body_nested_without_end_is_compared_and_harmless() -> None:
    deep = b"[" * 50_000
    asked = matcher(answered(1, "/", method="POST", body=deep))

    assert number(asked.find(post(deep, "/"))) == 1
    assert number(asked.find(post(b"[" * 900 + b"]" * 900, "/"))) == 0
