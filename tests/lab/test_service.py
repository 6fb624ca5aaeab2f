"""The endpoints as a client meets them: shapes, and the envelopes of refusals."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from lab_visitor import ASK, Visitor, visited_lab

from analyzer.lab.options import LabOptions
from analyzer.lab.truth import CredentialLine, RequestLine, read_truth


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    options = LabOptions(conversations=130, time_scale=0.02, ids="uuid7", jwt_algorithm="RS256")
    with visited_lab(options) as visitor:
        yield visitor


@pytest.fixture
def bearer(visitor: Visitor) -> dict[str, str]:
    return visitor.bearer


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded


def test_a_newcomer_gets_a_session_and_keeps_it(visitor: Visitor) -> None:
    again = visitor.http.get("/")

    assert set(visitor.session) == {"user", "expires", "account", "accessToken", "authProvider"}
    assert "set-cookie" not in again.headers
    assert again.headers["alt-svc"] == f'h3=":{visitor.address.port}"; ma=3600'


def test_expires_is_the_sessions_own_end(visitor: Visitor) -> None:
    token = claims(visitor.session["accessToken"])

    assert token["exp"] - token["iat"] == 900
    assert visitor.session["expires"] > "2020"


def test_without_a_cookie_the_session_is_empty(visitor: Visitor) -> None:
    visitor.http.cookies, kept = type(visitor.http.cookies)(), visitor.http.cookies
    answer = visitor.http.get("/api/auth/session").json()
    visitor.http.cookies = kept

    assert answer == {}


def test_offsets_and_cursors_walk_the_same_list(visitor: Visitor) -> None:
    by_offset: list[str] = []
    while True:
        page = visitor.get(f"/backend-api/conversations?offset={len(by_offset)}&limit=28")
        by_offset += [item["id"] for item in page["items"]]
        if len(page["items"]) < 28:
            break
    by_cursor: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = visitor.get(f"/backend-api/conversations?cursor={cursor}&limit=28")
        by_cursor += [item["id"] for item in page["items"]]
        cursor = page["cursor"]

    assert by_offset == by_cursor
    assert len(set(by_offset)) == visitor.address.conversations


def test_a_page_says_where_it_is(visitor: Visitor) -> None:
    page = visitor.get("/backend-api/conversations?offset=3&limit=2&order=created")
    item = page.pop("items")[0]

    assert page == {
        "total": visitor.address.conversations,
        "limit": 2,
        "offset": 3,
        "has_missing_conversations": False,
    }
    assert item["create_time"].endswith("Z")
    assert item["id"][14] == "7"  # UUIDv7, as asked for


def test_a_conversation_is_a_tree_with_float_times(visitor: Visitor) -> None:
    item = visitor.get("/backend-api/conversations?limit=1")["items"][0]
    detail = visitor.get(f"/backend-api/conversation/{item['id']}")
    mapping = detail["mapping"]
    walked = [detail["current_node"]]
    while parent := mapping[walked[-1]]["parent"]:
        assert walked[-1] in mapping[parent]["children"]
        walked.append(parent)

    assert isinstance(detail["create_time"], float)
    assert len(walked) == len(mapping)
    assert mapping[walked[-1]]["message"] is None
    assert mapping[walked[0]]["message"]["author"]["role"] == "assistant"


def test_a_stream_is_kept_word_by_word(visitor: Visitor) -> None:
    stream = visitor.ask("h2", kind="title", seed=3)
    truth = visitor.truth(stream.id)
    detail = visitor.get(f"/backend-api/conversation/{truth.begun.conversation_id}")
    answer = detail["mapping"][detail["current_node"]]["message"]
    question = detail["mapping"][detail["mapping"][answer["id"]]["parent"]]["message"]
    top = visitor.get("/backend-api/conversations?limit=1")["items"][0]

    assert answer["id"] == truth.begun.message_id
    assert answer["content"]["parts"] == [truth.begun.answer]
    assert question["content"]["parts"] == ["Hé"]
    assert (top["id"], top["title"]) == (truth.begun.conversation_id, truth.begun.title)
    assert detail["title"] == truth.begun.title != ""


def test_a_second_question_goes_into_the_same_conversation(visitor: Visitor) -> None:
    first = visitor.truth(visitor.ask("h2").id).begun
    question = {
        "messages": [{"id": "my-own-id", "content": {"parts": ["More"]}}],
        "conversation_id": first.conversation_id,
        "parent_message_id": first.message_id,
    }
    stream_id = visitor.post(ASK, question).headers["x-request-id"]
    second = visitor.truth(stream_id).begun
    mapping = visitor.get(f"/backend-api/conversation/{first.conversation_id}")["mapping"]

    assert second.user_message_id == "my-own-id"
    assert mapping["my-own-id"]["parent"] == first.message_id
    assert mapping[second.message_id]["parent"] == "my-own-id"


def test_the_resume_credential_of_a_stream_is_a_jwt_of_two_hours(visitor: Visitor) -> None:
    body = visitor.ask("h2").body
    line = next(line for line in body.split(b"\n") if b'"resume_conversation_token"' in line)
    token = claims(json.loads(line[6:])["token"])

    assert token["exp"] - token["iat"] == 7200
    assert "session_id" not in token


def test_titles_and_feedback(visitor: Visitor) -> None:
    begun = visitor.truth(visitor.ask("h2").id).begun
    path = f"/backend-api/conversation/gen_title/{begun.conversation_id}"
    title = visitor.post(path, {"message_id": begun.message_id}).json()["title"]
    again = visitor.post(path, {"message_id": begun.message_id}).json()
    rated = visitor.post(
        "/backend-api/conversation/message_feedback",
        {
            "conversation_id": begun.conversation_id,
            "message_id": begun.message_id,
            "rating": "thumbsUp",
        },
    ).json()

    assert visitor.get(f"/backend-api/conversation/{begun.conversation_id}")["title"] == title
    assert again == {"message": f"Conversation {begun.conversation_id} already has title '{title}'"}
    assert (rated["rating"], rated["tags"]) == ("thumbsUp", [])


def test_a_cookie_alone_gets_masked_refusals(visitor: Visitor) -> None:
    listed = visitor.http.get("/backend-api/conversations?limit=5")
    detail = visitor.http.get("/backend-api/conversation/abc")

    assert (listed.status_code, listed.json()["total"], listed.json()["items"]) == (200, 0, [])
    assert detail.status_code == 404
    assert detail.json()["detail"]["code"] == "conversation_inaccessible"


@pytest.mark.parametrize(
    ("authorization", "code"),
    [("Bearer nonsense", "invalid_jwt"), ("Bearer ", None), ("Basic abc", None)],
)
def test_bad_authorization_is_401(visitor: Visitor, authorization: str, code: str | None) -> None:
    answer = visitor.http.get(
        "/backend-api/conversations", headers={"authorization": authorization}
    )
    detail = answer.json()["detail"]

    assert answer.status_code == 401
    assert (detail["code"] if code else detail) == (code or "Unauthorized")


@pytest.mark.parametrize(
    ("what", "status", "code"), [("access", 401, "token_invalidated"), ("blocked", 403, None)]
)
def test_a_revoked_credential_is_refused_until_refreshed(
    visitor: Visitor, what: str, status: int, code: str | None
) -> None:
    visitor.session = visitor.http.get("/api/auth/session").json()
    revoked = visitor.post("/lab/revoke", {"what": what}).json()["revoked"]
    refused = visitor.http.get("/backend-api/conversations", headers=visitor.bearer)
    visitor.session = visitor.http.get("/api/auth/session").json()
    after = visitor.http.get("/backend-api/conversations", headers=visitor.bearer)
    lines = read_truth(visitor.address.truth_path)
    mine = [line for line in lines if isinstance(line, CredentialLine) and line.id == revoked]

    assert refused.status_code == status
    assert after.status_code == 200
    assert [line.what for line in mine] == ["issued", "revoked", "refused"]
    if code:
        assert refused.json()["error"]["code"] == code
    else:
        assert refused.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "truncated"),
        (b"[]", 422, "Expected `object`"),
        (b"{}", 422, "messages"),
        (b'{"messages":[]}', 422, "at least one message"),
        (b'{"messages":[{"content":{"parts":["x"]}}],"lab":{"kind":"nope"}}', 422, "steady"),
        (b'{"messages":[{"content":{"parts":["x"]}}],"lab":{"typo":1}}', 422, "typo"),
        (b'{"messages":[{"content":{"parts":["x"]}}],"conversation_id":"x"}', 404, "x"),
        (b'"' + b"x" * (1 << 20) + b'"', 413, "1048576"),
    ],
    ids=["cut", "list", "empty", "no message", "kind", "field", "conversation", "large"],
)
def test_bad_questions_get_an_envelope(
    visitor: Visitor, bearer: dict[str, str], body: bytes, status: int, said: str
) -> None:
    answer = visitor.http.post(ASK, headers=bearer, content=body)

    assert answer.status_code == status
    assert said in json.dumps(answer.json()["detail"])


@pytest.mark.parametrize(
    "query",
    ["offset=-1", "offset=x", "limit=0", "limit=101", "limit=١", "order=size", "cursor=!!"],
)
def test_bad_queries_are_422(visitor: Visitor, bearer: dict[str, str], query: str) -> None:
    answer = visitor.http.get(f"/backend-api/conversations?{query}", headers=bearer)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", query.partition("=")[0]]


def test_stopping_what_does_not_run_is_no_error(visitor: Visitor) -> None:
    answer = visitor.post("/backend-api/stop_conversation", {"conversation_id": "x"})

    assert answer.json() == {"success": False}


def test_each_request_has_a_line_and_no_secret_is_in_the_log(visitor: Visitor) -> None:
    answer = visitor.http.get(
        "/backend-api/conversations?offset=1&access_token=hidden", headers=visitor.bearer
    )
    lines = read_truth(visitor.address.truth_path)
    (line,) = [
        line
        for line in lines
        if isinstance(line, RequestLine) and line.request == answer.headers["x-request-id"]
    ]
    logged = visitor.address.truth_path.read_text()

    assert (line.method, line.status, line.protocol) == ("GET", 200, "h2")
    assert (line.query, line.credential) == ({"offset": "1"}, "valid")
    assert "hidden" not in logged
    assert visitor.session["accessToken"] not in logged
    assert not any(cookie.value and cookie.value in logged for cookie in visitor.http.cookies.jar)


def test_a_refusal_leaves_the_connection_to_the_body_that_is_still_coming(
    visitor: Visitor,
) -> None:
    """Answered before its body is there, a request must not take its neighbours down."""

    def slowly() -> Iterator[bytes]:
        for _ in range(20):
            time.sleep(0.005)
            yield b" " * 1000

    refused = [visitor.http.post(ASK, content=slowly()).status_code for _ in range(3)]

    assert refused == [401, 401, 401]
    assert visitor.http.get("/lab/kinds").status_code == 200
