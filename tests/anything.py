"""Records that nobody would expect, for hypothesis: any order, any numbers, any bodies.

Numbers, names and places are drawn from few, so that records meet: exchanges come twice or
without a head, identifiers and credentials return, lists go on.
"""

import json
from collections.abc import Sequence

from everything import changed
from hypothesis import strategies as st
from identified import conversation_id, ulid, uuid4, uuid7

from analyzer.model import (
    AnyRecord,
    Body,
    CaptureEnd,
    CaptureHead,
    Connection,
    ConnectionEnd,
    Credential,
    ExchangeEnd,
    Lost,
    Observer,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)


def _one_of(words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words.split())


EXCHANGES = st.integers(1, 5)
CONNECTIONS = st.integers(1, 4)
SECONDS = st.integers(0, 200).map(lambda seconds: seconds * 10**9)
TIMES = SECONDS | st.integers(0, 2 * 10**9) | st.integers(-(2**53), 2**53)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON_TEXT = TEXT | st.text(max_size=4) | st.just("\ud83d")
"""JSON may escape what is no character."""

IDS = st.sampled_from(
    ["c1", "u1", "a1", uuid4(1), uuid4(2), uuid7(5), uuid7(5, 9), ulid(7), conversation_id(3)]
)
SECRETS = st.sampled_from([f"cred:{letter * 16}" for letter in "abc"])
WORDS = _one_of(
    """
    user assistant text thoughts in_progress finished_successfully variant append add patch
    replace /message/content/parts/0 /message/status v1 stream_handoff resume_sse_endpoint
    title_generation token_expired thumbsUp 2025-10-09T08:54:20Z Why? Because.
    """
)
NAMES = _one_of(
    """
    id items data total offset limit cursor after has_more page message messages author role
    content parts content_type status conversation_id message_id parent_message_id parent
    mapping title type p o v c action current_node create_time update_time options
    accessToken expires expires_in error detail code rating metadata
    """
)
SCALARS = st.one_of(
    IDS,
    WORDS,
    SECRETS,
    JSON_TEXT,
    st.integers(-3, 60),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.integers(1_759_999_000, 1_760_000_100),
    st.sampled_from([2**63, -(2**63) - 1, 10**400, -(10**400), 1e308]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | IDS, inner, max_size=5),
    max_leaves=12,
)


def _message(role: str, text: str, message_id: str, created: object) -> dict[str, object]:
    return {
        "id": message_id,
        "author": {"role": role},
        "content": {"content_type": "text", "parts": [text]},
        "status": "in_progress",
        "create_time": created,
    }


MESSAGES = st.builds(
    _message, st.sampled_from(["user", "assistant"]), JSON_TEXT | WORDS, IDS | JSON_TEXT, SCALARS
)
ASKED = st.fixed_dictionaries(
    {"action": st.sampled_from(["next", "variant"]), "messages": st.lists(MESSAGES, max_size=2)},
    optional={
        "conversation_id": IDS | JSON_TEXT,
        "parent_message_id": IDS,
        "offset": st.integers(-2, 9),
    },
)
RATED = st.fixed_dictionaries(
    {"message_id": IDS, "rating": WORDS},
    optional={"conversation_id": IDS, "tags": st.lists(JSON_TEXT, max_size=2), "text": JSON_TEXT},
)
LISTED = st.fixed_dictionaries(
    {"items": st.lists(st.fixed_dictionaries({"id": IDS | JSON_TEXT}), max_size=5)},
    optional={"total": st.integers(-1, 99) | JSON, "cursor": JSON_TEXT, "has_more": st.booleans()},
)
TOLD = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.just("server_ste_metadata"),
            "metadata": st.fixed_dictionaries({"server_ttfvt_ms": SCALARS}),
        }
    ),
    st.fixed_dictionaries({"message": MESSAGES, "conversation_id": IDS | JSON_TEXT}),
    st.fixed_dictionaries({"p": WORDS, "o": WORDS, "v": JSON}),
    st.fixed_dictionaries({"v": JSON | st.fixed_dictionaries({"message": MESSAGES})}),
    st.fixed_dictionaries({"type": WORDS, "options": st.just(["resume_sse_endpoint"])}),
)
DOCUMENTS = JSON | ASKED | RATED | LISTED | TOLD
BODIES = DOCUMENTS.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=30)
PLACES = _one_of(
    """
    /backend-api/conversation /backend-api/f/conversation /f/conversation/resume
    /backend-api/f/conversation/resume /backend-api/conversation/c1
    /backend-api/stop_conversation /backend-api/conversation/message_feedback
    /backend-api/conversation/gen_title/c1 /api/auth/session /v1/chat/completions
    /list?offset=0&limit=2 /list?offset=2&limit=2 /list?page=2&per_page=2 * //
    /list?cursor=x&limit=2 /list?after=c1 /api/me
    """
)
PATHS = PLACES | TEXT | st.builds("/c/{}?x={}".format, IDS, TEXT)
HEADERS = st.lists(
    st.one_of(
        st.tuples(st.just("authorization"), SECRETS.map("Bearer {}".format)),
        st.tuples(st.just("cookie"), SECRETS.map("__Secure-next-auth.session-token={}".format)),
        st.tuples(st.just("set-cookie"), SECRETS.map("session.0={}; Max-Age=9; Path=/".format)),
        st.tuples(st.just("date"), st.just("Thu, 09 Oct 2025 08:54:20 GMT") | TEXT),
        st.tuples(st.just("alt-svc"), st.sampled_from(['h3=":443"; ma=60', "clear"]) | TEXT),
        st.tuples(st.just("link"), st.just('</list?offset=4&limit=2>; rel="next"') | TEXT),
        st.tuples(st.just("server-timing"), st.just("db;dur=5.5, total;dur=9") | TEXT),
        st.tuples(
            st.sampled_from(["content-type", "content-encoding", "x-request-id", "x"]),
            TEXT | IDS | st.sampled_from(["text/event-stream", "application/json", "text/html"]),
        ),
    ),
    max_size=4,
).map(tuple)
VERSIONS = st.sampled_from(["HTTP/1.1", "HTTP/2.0", "HTTP/3"]) | TEXT
SIDES = st.sampled_from(["request", "response"])
STATUSES = st.sampled_from([200, 200, 204, 302, 401, 403, 404, 429, 500, 0, 999])
LENGTHS = st.integers(0, 99) | st.integers(0, 2**40)


def _body(exchange: int, at_ns: int, side: str, data: bytes) -> Body:
    return Body(exchange, at_ns, "request" if side == "request" else "response", len(data), data)


@st.composite
def _reads(draw: st.DrawFn) -> Reads:
    parts = [
        part if isinstance(part, bytes) else f"data: {json.dumps(part)}\n\n".encode()
        for part in draw(st.lists(DOCUMENTS | st.binary(max_size=9), max_size=4))
    ]
    ended = draw(st.sampled_from([b"", b"data: [DONE]\n\n", b": ping\n\n"]))
    parts += [ended] if ended else []
    at = draw(st.lists(TIMES, min_size=len(parts), max_size=len(parts)))
    lengths = tuple(len(part) for part in parts)
    wire = draw(st.sampled_from([(), tuple(range(len(parts)))]))
    exchange, side = draw(EXCHANGES), draw(st.sampled_from(["response"] * 5 + ["request"]))
    return Reads(
        exchange, tuple(at), lengths, b"".join(parts), wire,
        "request" if side == "request" else "response",
    )  # fmt: skip


REQUESTS = st.builds(
    RequestHead, EXCHANGES, TIMES, st.sampled_from(["GET", "POST"]) | TEXT,
    st.just("https") | TEXT, st.sampled_from(["chat.example", "talk.example"]) | TEXT, PATHS,
    VERSIONS, HEADERS, st.none() | CONNECTIONS,
)  # fmt: skip
RESPONSES = st.builds(
    ResponseHead, EXCHANGES, TIMES, STATUSES, VERSIONS, HEADERS, TEXT, st.none() | CONNECTIONS,
    st.booleans(),
)  # fmt: skip
BUFFERED = st.builds(_body, EXCHANGES, TIMES, SIDES, BODIES)
ENDS = st.builds(
    ExchangeEnd, EXCHANGES, TIMES,
    st.sampled_from(["complete", "client_abort", "server_abort", "error"]), TEXT,
)  # fmt: skip
CREDENTIALS = st.builds(
    Credential, EXCHANGES, TIMES, SECRETS,
    st.sampled_from(["bearer", "cookie", "session", "resume", "api_key", "other"]) | TEXT,
    st.sampled_from(
        [
            *("response body accessToken", "request header authorization"),
            *("request header cookie", "response header set-cookie", "query key"),
        ]
    ) | TEXT,
    LENGTHS, TEXT, st.none() | st.floats(1.75e9, 1.77e9) | st.floats(),
    st.none() | st.floats(1.75e9, 1.77e9) | st.floats(), st.none() | st.integers(-9, 10**10),
)  # fmt: skip
MOMENTS = st.none() | TIMES
RARE = st.one_of(
    st.builds(
        Connection, CONNECTIONS, TIMES, st.sampled_from(["client", "server"]),
        st.sampled_from(["h2", "h3", "http/1.1"]) | TEXT, TEXT, TEXT, TEXT, MOMENTS, MOMENTS,
        MOMENTS, TEXT, st.lists(TEXT, max_size=2).map(tuple),
    ),
    st.builds(ConnectionEnd, CONNECTIONS, TIMES, TEXT),
    st.builds(
        WebSocketMessage, EXCHANGES, TIMES, st.booleans(), st.booleans(), BODIES, LENGTHS
    ),
    st.builds(
        Observer, TIMES, LENGTHS, LENGTHS, LENGTHS, LENGTHS,
        st.lists(TIMES, min_size=2, max_size=2).map(tuple), st.just((5_000_000, 300_000_000)),
        LENGTHS, LENGTHS, LENGTHS, LENGTHS,
    ),
    st.builds(Lost, TIMES, TEXT, LENGTHS, TEXT, LENGTHS, st.none() | EXCHANGES),
    st.builds(Problem, TEXT, TEXT, TEXT, st.none() | LENGTHS, st.none() | EXCHANGES),
    st.builds(CaptureEnd, TIMES),
)  # fmt: skip
RECORDS: st.SearchStrategy[AnyRecord | Problem] = st.one_of(
    REQUESTS, REQUESTS, RESPONSES, BUFFERED, _reads(), st.builds(RequestEnd, EXCHANGES, TIMES),
    CREDENTIALS, ENDS, RARE,
)  # fmt: skip


def _asks(path: str, method: str, *, streamed: bool) -> st.SearchStrategy[list[AnyRecord]]:
    """An exchange that goes a usual way, but for what is left out of it or odd in it."""
    return st.builds(
        _exchange,
        EXCHANGES,
        TIMES,
        st.tuples(
            REQUESTS.map(lambda head: changed(head, path=path, method=method)),
            st.builds(_body, EXCHANGES, TIMES, st.just("request"), BODIES),
            st.builds(RequestEnd, EXCHANGES, TIMES),
            CREDENTIALS,
            RESPONSES.map(lambda head: changed(head, streamed=streamed)),
            _reads()
            if streamed
            else st.builds(_body, EXCHANGES, TIMES, st.just("response"), BODIES),
            _reads() if streamed else CREDENTIALS,
            ENDS,
        ),
        st.sets(st.integers(0, 30), max_size=2),
    )


def _exchange(
    number: int, at_ns: int, steps: Sequence[AnyRecord], left_out: set[int]
) -> list[AnyRecord]:
    made: list[AnyRecord] = []
    for step, record in enumerate(steps):
        at = at_ns + step * 40_000_000
        times = (
            tuple(at + 7_000_000 * read for read in range(len(record.at_ns)))
            if isinstance(record, Reads)
            else at
        )
        if step not in left_out:
            made.append(changed(record, exchange=number, at_ns=times))
    return made


USUAL = PLACES.flatmap(
    lambda path: _asks(
        path,
        "POST" if "conversation" in path or "completions" in path else "GET",
        streamed=path.endswith(("conversation", "resume", "completions")),
    )
)


def _joined(parts: Sequence[Sequence[AnyRecord | Problem]]) -> list[AnyRecord | Problem]:
    return [record for part in parts for record in part]


CAPTURES = st.one_of(
    st.lists(USUAL, min_size=2, max_size=6).map(_joined),
    st.lists(USUAL | RECORDS.map(lambda one: [one]), min_size=3, max_size=12).map(_joined),
    st.lists(RECORDS, max_size=20),
)
HEADS = st.builds(
    CaptureHead, st.just("any"), TEXT, TEXT, st.sampled_from(["chunk", "packet", "event", "none"]),
    LENGTHS, st.just(0) | TIMES, st.just(1_760_000_000_000_000_000) | st.integers(0, 2**62),
    st.sampled_from(["secrets", "content", "shape"]), st.lists(TEXT, max_size=2).map(tuple),
)  # fmt: skip
