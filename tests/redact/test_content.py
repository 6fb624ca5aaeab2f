"""A capture without its text: nothing that anybody wrote is left, and every figure is."""

import base64
import json
from collections.abc import Sequence
from urllib.parse import quote

import everything
import msgspec
import pytest
from anything import CAPTURES, HEADS
from hypothesis import given
from hypothesis import strategies as st
from making import a_head
from synthetic import MS

from analyzer import journal
from analyzer.analyze import examine
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    Connection,
    ConnectionEnd,
    Credential,
    Exchange,
    ExchangeEnd,
    Lost,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    TextArrivals,
    WebSocketMessage,
)
from analyzer.reassemble import Reassembler
from analyzer.redact import bodies
from analyzer.redact.levels import at_level

SECRET = "Zebra quiche? Nächstes Mal 早 \N{ZEBRA FACE}\nsign:"
WORD = "quokkaplan"
"""In lower case, one word, as a name might be: under names that hold words it must go too."""

PLACE = ("POST", "https", "chat.example", "/backend-api/conversation", "HTTP/2.0")


def content(records: Sequence[AnyRecord | Problem]) -> list[AnyRecord]:
    return [one for one in at_level(records, "content") if not isinstance(one, Problem)]


def written(records: Sequence[AnyRecord | Problem]) -> bytes:
    return b"".join(journal.encode(one) for one in content(records))


def spellings(secret: str) -> set[bytes]:
    """The words of it, in whichever way they may be written."""
    found: set[bytes] = set()
    for word in [one for one in secret.split() if len(one) > 3 or not one.isascii()]:
        plain = word.encode()
        found |= {plain, plain.lower(), quote(word).encode(), json.dumps(word)[1:-1].encode()}
        for shift in range(3):  # wherever it stands in a text that is coded
            coded = base64.b64encode(b"\0" * shift + plain)
            found.add(coded[4 if shift else 0 : len(coded) // 4 * 4 - 4])
    return {one for one in found if len(one) > 3}


def check_gone(data: bytes, *secrets: str) -> None:
    for secret in secrets:
        for spelling in spellings(secret):
            assert spelling not in data, spelling


def an_exchange(
    *, path: str = PLACE[3], asked: bytes = b"", headers: tuple[tuple[str, str], ...] = (),
    stream: bytes = b"", lengths: tuple[int, ...] = (), body: bytes = b"", number: int = 1,
    kind: str = "",
) -> list[AnyRecord]:  # fmt: skip
    """An exchange whose stream came in reads of these lengths, the rest in one more."""
    sizes = (*lengths, len(stream) - sum(lengths))
    at_ns = tuple(20 * MS + n * MS for n in range(len(sizes)))
    named = kind or ("text/event-stream" if stream else "application/json")
    return [
        RequestHead(number, 0, "POST", "https", "chat.example", path, "HTTP/2.0", headers),
        Body(number, 1 * MS, "request", len(asked), asked),
        RequestEnd(number, 2 * MS),
        ResponseHead(
            number,
            10 * MS,
            200,
            "HTTP/2.0",
            (("content-type", named), *headers),
            streamed=bool(stream),
        ),
        *([Reads(number, at_ns, sizes, stream)] if stream else []),
        *([Body(number, 50 * MS, "response", len(body), body)] if body else []),
        ExchangeEnd(number, 60 * MS, "complete"),
    ]


# ------------------------------------------------------------------ nothing is left

NAMES = st.sampled_from(
    """
    content text v p o message title name role type status id url next body encoded_item
    parts model cursor parent arguments detail error x code tags event
    """.split()  # noqa: SIM905 - it reads better so
)
TEXTS = st.sampled_from(
    [
        *(SECRET, WORD, f"{WORD} {SECRET}", f"/{WORD}/{SECRET}", f"data: {SECRET}\n\n"),
        *(f"?q={WORD}", f"{WORD}={WORD}; {WORD}", f'{{"{WORD}": "{WORD}"}}', "ok", "add"),
        base64.b64encode(f"data: {SECRET}\n\n".encode()).decode(),
    ]
)
DOCUMENTS = st.recursive(
    TEXTS | st.booleans() | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXTS, inner, max_size=4),
    max_leaves=8,
).map(lambda value: value if isinstance(value, dict | list) else {"text": value})


def spelled(ascii_only: bool) -> st.SearchStrategy[bytes]:
    return DOCUMENTS.map(lambda value: json.dumps(value, ensure_ascii=ascii_only).encode())


JSON_BODIES = st.booleans().flatmap(spelled)
LINES = st.one_of(
    JSON_BODIES.map(lambda body: b"data: " + body),
    TEXTS.map(lambda text: f"data: {text}".encode()),
    TEXTS.map(lambda text: f"data:{json.dumps(text)}".encode()),
    TEXTS.map(lambda text: f": {text}".encode()),
    TEXTS.map(lambda text: f"event: {text}".encode()),
    TEXTS.map(lambda text: f"id: {text}".encode()),
    TEXTS.map(lambda text: f"retry: {text}".encode()),
    TEXTS.map(lambda text: f"{text}: x".encode()),
    st.just(b""),
)
STREAMS = st.lists(LINES, max_size=6).map(lambda lines: b"\n".join(lines) + b"\n\n")
BODIES = JSON_BODIES | TEXTS.map(str.encode) | STREAMS | TEXTS.map(lambda t: b"<p>" + t.encode())
CUTS = st.lists(st.integers(0, 60), max_size=4).map(tuple)
KINDS = st.sampled_from(
    """
    text/event-stream application/json application/x-www-form-urlencoded text/html
    """.split()  # noqa: SIM905 - it reads better so
)


def cut(stream: bytes, cuts: tuple[int, ...]) -> tuple[int, ...]:
    sizes: list[int] = []
    for size in cuts:
        sizes.append(min(size, len(stream) - sum(sizes)))
    return tuple(sizes)


@given(STREAMS, BODIES, BODIES, CUTS, st.integers(0, 40), KINDS)
def test_no_body_says_what_it_said(
    stream: bytes, asked: bytes, body: bytes, cuts: tuple[int, ...], lost: int, kind: str
) -> None:
    """Cut anywhere too, also inside a character or an escape, and under any content type."""
    stream = stream[: len(stream) - lost] or b"data"
    records: list[AnyRecord] = [
        a_head(),
        *an_exchange(stream=stream, lengths=cut(stream, cuts), asked=asked[lost:]),
        *an_exchange(number=2, body=body, asked=body, kind=kind),
        WebSocketMessage(2, 70 * MS, False, True, body, len(body)),
    ]  # fmt: skip
    check_gone(written(records).replace(kind.encode(), b""), SECRET)
    assert sizes(content(records)) == sizes(records)


@given(BODIES)
def test_one_word_goes_too_wherever_it_stands(body: bytes) -> None:
    """Also as the name of a member, and on a path through a document."""
    records: list[AnyRecord] = [a_head(), *an_exchange(body=body, asked=body)]

    check_gone(written(records), WORD)


HEADER_NAMES = st.sampled_from(
    """
    cookie set-cookie authorization user-agent referer link location server-timing accept date
    x-request-id x-note content-disposition if-none-match alt-svc cache-control vary
    www-authenticate content-type sec-fetch-mode x-ratelimit-reset etag
    """.split()  # noqa: SIM905 - it reads better so
)


@given(st.lists(st.tuples(HEADER_NAMES, TEXTS), max_size=5).map(tuple), TEXTS, TEXTS)
def test_no_head_says_what_it_said(
    headers: tuple[tuple[str, str], ...], segment: str, value: str
) -> None:
    paths = [
        f"/backend-api/{segment}?q={value}&{value}=1#{value}",
        f"/{quote(segment)}?q={quote(value)}",
    ]
    records: list[AnyRecord] = [a_head()]
    for number, path in enumerate(paths, 1):
        records += an_exchange(number=number, path=path, headers=headers)

    check_gone(written(records), SECRET, WORD)


def test_no_other_record_says_what_it_said() -> None:
    said = SECRET
    records: list[AnyRecord] = [
        a_head(capture_id=said, source=said, tool=said, scope=(said,)),
        Connection(1, 0, "client", said, said, said, said, alpn_offers=(said,), local=said),
        RequestHead(1, 0, said, said, said, said, said, ((said, said),), None, said),
        Body(1, 0, "request", 0, b"", None, said),
        ResponseHead(1, 0, 200, said, ((said, said),), said),
        Credential(1, 0, said, said, said, 9, said),
        WebSocketMessage(1, 0, True, True, said.encode(), 9),
        Lost(0, said, 1, said),
        ExchangeEnd(1, 0, "error", said),
        ConnectionEnd(1, 0, said),
    ]

    check_gone(written(records), SECRET)


def test_a_word_goes_too_where_a_file_names_its_program_and_places() -> None:
    records: list[AnyRecord] = [
        a_head(capture_id=f"{WORD}-laptop", source=WORD, tool=f"{WORD} exporter"),
        Credential(1, 0, "cred:0123456789abcdef", "other", f"response body {WORD}", 9, WORD),
        Credential(2, 0, "cred:0123456789abcdef", "session", "request header cookie", 9, "sid"),
    ]
    made = content(records)

    check_gone(written(records), WORD)
    assert made[2] == records[2]
    assert [one.tool for one in made if isinstance(one, CaptureHead)] == ["another program"]


def test_what_streamscope_says_itself_stays() -> None:
    kept = Lost(0, "reads", 3, "the queue to the writer was full", 4_096)

    assert content([a_head(), kept])[1] == kept


# ------------------------------------------------------------------ every length is kept


def sizes(records: Sequence[AnyRecord | Problem]) -> dict[object, list[object]]:
    """Moments and lengths of all that passed; reads however they are batched."""
    found: dict[object, list[object]] = {}
    for one in records:
        match one:
            case Reads():
                wire = one.wire_lengths or one.lengths
                rows = zip(one.at_ns, one.lengths, wire, strict=True)
                found.setdefault(("reads", one.exchange, one.side), []).extend(rows)
            case Body():
                own = (one.at_ns, one.length, one.wire_length, len(one.data), bool(one.withheld))
                found.setdefault(("body", one.exchange, one.side), []).append(own)
            case WebSocketMessage():
                told = (one.at_ns, one.length, len(one.data), one.from_client)
                found.setdefault(("message", one.exchange), []).append(told)
            case ResponseHead() | ExchangeEnd() | RequestEnd():
                found.setdefault((type(one), one.exchange), []).append(one.at_ns)
    return {key: rows for key, rows in found.items() if rows}


@given(HEADS, CAPTURES)
def test_lengths_and_times_stay_whatever_comes(
    head: CaptureHead, records: list[AnyRecord | Problem]
) -> None:
    made = content([everything.changed(head, redaction="secrets"), *records])

    assert sizes(made) == sizes(records)
    assert isinstance(made[0], CaptureHead)
    assert made[0].redaction == "content"


# ------------------------------------------------------------------ every figure is kept


def figures(records: Sequence[AnyRecord]) -> list[object]:
    """What the analyses say, but for the texts themselves and what compares them."""
    result = examine(__file__, records)  # type: ignore[arg-type] # only its name is shown
    problems = [one for one in result.problems if one.code != "text_differs"]
    found: list[object] = [problems, result.lost]
    for one in result.measured:
        turn = one.exchange.turn
        own = (one.exchange.stream, one.times, one.latency, one.event_gaps, one.exchange.how)
        said = turn and (
            turn.status, turn.markers, turn.server_ttft_ms,
            len(turn.answer), len(turn.reasoning), len(turn.title), bool(turn.error),
        )  # fmt: skip
        found += [own, said]
    answers = result.answers
    found += [answers.transport.connections, len(answers.pagination.pagination_walks)]
    return found


TOLD = ("position",)
"""What a page's request says in the service's own words."""


def test_a_session_has_the_same_figures() -> None:
    records = [a_head(), *everything.recorded(1)]
    before, after = figures(records), figures(content(records))

    assert len(before) > 80
    assert after == before


def test_credentials_and_pages_are_judged_the_same() -> None:
    records = [a_head(), *everything.recorded(1)]
    one, other = (
        examine(__file__, made).answers  # type: ignore[arg-type] # only its name is shown
        for made in (records, content(records))
    )

    for name in ("credentials", "credential_events", "credential_incidents", "clock_skew"):
        assert getattr(other.credentials, name) == getattr(one.credentials, name)
        assert getattr(one.credentials, name)
    assert other.transport.connections == one.transport.connections
    assert len(one.pagination.page_requests) > 10
    for mine, yours in zip(
        one.pagination.page_requests, other.pagination.page_requests, strict=True
    ):
        assert msgspec.structs.replace(yours, **{n: getattr(mine, n) for n in TOLD}) == mine


TEXT = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('\n"\\/\té早😀 '), max_size=8
)


def a_message(parts: Sequence[str], message_id: str) -> dict[str, object]:
    return {
        "message": {
            "id": message_id,
            "author": {"role": "assistant"},
            "content": {"content_type": "text", "parts": list(parts)},
            "status": "in_progress",
        },
        "conversation_id": "c-1",
    }


PARTS = st.builds(
    lambda first, more: [first.replace("|", ""), *(f"|{one}" for one in more)],
    TEXT,
    st.lists(TEXT, max_size=1),
)
"""A mark begins the second: text that moves from one part to another, and nothing else with it,
would show as rewritten."""

WHOLE = st.lists(st.builds(a_message, PARTS, st.sampled_from(["m1", "m2"])), max_size=6)
GROWING = st.lists(TEXT, min_size=1, max_size=6).map(
    lambda texts: [a_message(["".join(texts[: n + 1])], "m1") for n in range(len(texts))]
)
APPEND = TEXT.map(lambda text: {"p": "/message/content/parts/0", "o": "append", "v": text})
DELTAS = st.lists(
    APPEND
    | TEXT.map(lambda text: {"v": text})
    | APPEND.map(lambda one: {"p": "", "o": "patch", "v": [one]})
    | TEXT.map(lambda text: {"p": "/message/content/parts/0", "o": "replace", "v": text}),
    max_size=6,
).map(lambda ops: [{"p": "", "o": "add", "v": a_message([""], "m1")}, *ops])


def texts_of(records: Sequence[AnyRecord]) -> TextArrivals:
    reassembled: list[TextArrivals] = []
    reassembler = Reassembler()
    for record in records:
        reassembled += [
            made.turn.texts
            for made in reassembler.feed(record)
            if isinstance(made, Exchange) and made.turn
        ]
    return reassembled[0]


@given(WHOLE | GROWING, DELTAS, st.booleans(), CUTS)
def test_every_text_arrives_as_long_and_when_it_did(
    whole: list[dict[str, object]], deltas: list[dict[str, object]], escaped: bool,
    cuts: tuple[int, ...],
) -> None:  # fmt: skip
    """In both forms of the stream, rewritten texts, escapes and all characters included."""
    for events, kind in ((whole, ""), (deltas, "event: delta\n")):
        stream = b"".join(
            f"{kind}data: {json.dumps(one, ensure_ascii=escaped)}\n\n".encode() for one in events
        )
        stream += b"data: [DONE]\n\n"
        records = [a_head(), *an_exchange(stream=stream, lengths=cut(stream, cuts))]

        assert texts_of(content(records)) == texts_of(records)


# ------------------------------------------------------------------ cases


def redacted(stream: bytes) -> bytes:
    made = content([a_head(), *an_exchange(stream=stream)])
    return b"".join(one.data for one in made if isinstance(one, Reads))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'data: {"text": "Hi you"}\n\n', b'data: {"text": "xxxxxx"}\n\n'),
        (b'data: {"v": " word"}\r\n\r\n', b'data: {"v": "xxxxx"}\r\n\r\n'),
        (b'data: {"v": "a\\n\\u00e9\\ud83d\\ude00"}\n\n', None),
        ('data: {"v": "é早😀"}\n\n'.encode(), 'data: {"v": "à一😀"}\n\n'.encode()),
        (b"data: hello there\n\n", b"data: xxxxxxxxxxx\n\n"),
        (b"data: [DONE]\n\n", b"data: [DONE]\n\n"),
        (b'event: delta_encoding\ndata: "v1"\n\n', b'event: delta_encoding\ndata: "v1"\n\n'),
        (b": ping\n\n: I am here\n\n", b": ping\n\n:xxxxxxxxxx\n\n"),
        (b"event: divorce\ndata: 12\n\n", b"event: xxxxxxx\ndata: 11\n\n"),
        (b'data: {"bytes": [72, 101]}\n\n', b'data: {"bytes": [11, 111]}\n\n'),
        (b'data: {"role": "assistant"}\n\n', b'data: {"role": "assistant"}\n\n'),
        (b'data: {"content": "assistant"}\n\n', b'data: {"content": "xxxxxxxxx"}\n\n'),
        (
            b'data: {"a":\ndata: "two lines"}   \n\n',
            b'data: {"a":\ndata: "xxxxxxxxx"}   \n\n',
        ),
        (b"data: \xff\xfe\xfd\n\n", b"data: xxx\n\n"),
        (b'data: {"a": "cut he', b'data: {"a": "xxxxxx'),
        (b'data: {"a": 1} or not\n\n', b'data: {"a": 1} xxxxxx\n\n'),
        (b'[{"text":\n "one"},\n {"text": "two', b'[{"text":\n "xxx"},\n {"text": "xxx'),
        (b',\n{"model": "claude-3-7-sonnet-20250219"', None),
        (b'{"done": false, "text": "a"}\n{"text": "b"}\n', None),
    ],
)  # fmt: skip
def test_what_stays_and_what_goes(before: bytes, after: bytes | None) -> None:
    made = redacted(before)

    assert len(made) == len(before)
    if after is not None:
        assert made == after
    elif before.startswith(b","):
        assert made == before
    else:
        assert b'"v": "x\\/\\u00e0\\ud83d\\ude00"' in made or b'"text": "x"' in made


def test_a_value_without_a_path_stands_at_the_one_before() -> None:
    stream = (
        b'event: delta\ndata: {"p": "/message/status", "o": "replace", "v": "in_progress"}\n\n'
        b'event: delta\ndata: {"v": "finished_successfully"}\n\n'
        b'event: delta\ndata: {"p": "/message/content/parts/0", "o": "append", "v": "in"}\n\n'
        b'event: delta\ndata: {"v": "progress"}\n\n'
    )
    values = [json.loads(line[6:])["v"] for line in redacted(stream).splitlines()[1::3]]

    assert values == ["in_progress", "finished_successfully", "xx", "xxxxxxxx"]


def test_a_stream_in_a_message_of_a_socket_stays_one() -> None:
    inner = 'event: delta\ndata: {"v": "a \\"word\\" of mine\\n"}\n\n'
    item = {"type": "stream-item", "encoded_item": inner}
    data = json.dumps([item]).encode()
    message = WebSocketMessage(1, 0, False, True, data, len(data))
    made = content([a_head(), message])[1]
    assert isinstance(made, WebSocketMessage)
    (again,) = json.loads(made.data)

    assert len(made.data) == len(data)
    assert again["encoded_item"].startswith('event: delta\ndata: {"v": "xx')
    assert len(json.loads(again["encoded_item"].splitlines()[1][6:])["v"]) == len(
        'a "word" of mine\n'
    )
    check_gone(made.data, "word mine")


def test_identifiers_and_times_stay_and_names_become_others() -> None:
    body = json.dumps(
        {
            "id": "6ab9dd65-51b0-83ea-8000-000000000001",
            "create_time": "2025-10-09T08:54:20.000000Z",
            "current_node": "my-own-name-7",
            "cursor": "Zm9vYmFy-next",
            "total": 12,
        }
    ).encode()
    made = content([a_head(), *an_exchange(path="/items?cursor=Zm9vYmFy-next", body=body)])
    (given,) = (json.loads(one.data) for one in made if isinstance(one, Body) and one.data)
    (head,) = (one for one in made if isinstance(one, RequestHead))

    assert given["id"] == "6ab9dd65-51b0-83ea-8000-000000000001"
    assert (given["create_time"], given["total"]) == ("2025-10-09T08:54:20.000000Z", 12)
    assert given["current_node"] != "my-own-name-7"
    assert head.path == f"/items?cursor={given['cursor']}"


def test_an_event_without_an_end_is_not_held_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "HELD_LIMIT", 64)
    stream = b'data: {"text": "' + b"word " * 40 + b'"}\n\ndata: {"a": 1}\n\n'
    made = content([a_head(), *an_exchange(stream=stream, lengths=(100, 60))])
    data = b"".join(one.data for one in made if isinstance(one, Reads))

    assert len(data) == len(stream)
    assert b"word" not in data
    assert data.endswith(b'\n\ndata: {"a": 1}\n\n')


def test_an_exchange_that_never_ends_lets_go_of_its_reads() -> None:
    *records, _ = an_exchange(stream=b'data: {"text": "wor')
    made = content([a_head(), *records])

    assert sizes(made) == sizes(records)
