"""Identifiers found in whole captures: where, of which scheme, and whose time is believed."""

import msgspec
import pytest
from asked import HEAD
from identified import (
    START_S,
    a_call,
    a_stream,
    conversation_id,
    identify,
    order_of,
    rows_of,
    ulid,
    uuid4,
    uuid7,
)

from analyzer.analyses.identifiers import finding, keeping, question
from analyzer.model import (
    AnyRecord,
    Credential,
    ExchangeEnd,
    RequestHead,
    ResponseHead,
    Unmeasurable,
    WebSocketMessage,
)

US = 1_000_000


def test_an_identifier_is_found_wherever_it_stands() -> None:
    a, b, c, d, e, f = map(uuid4, range(1, 7))
    found = identify(
        a_call(
            1,
            0,
            f"/backend-api/conversation/{a}/textdocs?after={b}",
            headers=(("x-request-id", c),),
            asked={"messages": [{"id": d}]},
            response_headers=(("x-turn-id", e),),
            answered={"mapping": {f: {"children": [a], "message": {"id": f}}}},
        )
    )

    assert {(one.field, one.value) for one in found.identifiers} == {
        ("path /backend-api/conversation/{id}", a),
        ("query after", b),
        ("header x-request-id", c),
        ("messages[].id", d),
        ("header x-turn-id", e),
        ("mapping.{id}", f),
        ("mapping.{id}.children[]", a),
        ("mapping.{id}.message.id", f),
    }
    assert {one.kind for one in found.identifiers} == {"uuid4"}


def test_it_is_found_in_events_and_in_frames_of_a_websocket() -> None:
    a, b, c = map(uuid4, range(1, 4))
    stream = a_stream(
        1,
        0,
        {"p": "", "o": "add", "v": {"message": {"id": a}, "conversation_id": b}},
        {"p": "/message/children/0", "o": "add", "v": c},
        ids=["1784872208758-0", "1784872208758-1"],
    )
    frame = b'[{"payload":{"stream_item_id":"%s"}}]' % a.encode()
    message = WebSocketMessage(2, 70_000_000, False, True, frame, len(frame))
    found = identify(stream, [message])

    assert {(one.field, one.value) for one in found.identifiers} == {
        ("v.message.id", a),
        ("v.conversation_id", b),
        ("message.children[]", c),
        ("event id", "1784872208758-0"),
        ("event id", "1784872208758-1"),
        ("[].payload.stream_item_id", a),
    }


def test_each_field_of_a_value_has_a_row_and_one_of_them_is_the_first() -> None:
    it = uuid4(1)
    found = identify(
        a_call(1, 100, answered={"items": [{"id": it}]}),
        a_call(2, 300, f"/backend-api/conversation/{it}"),
        a_call(3, 500, f"/backend-api/conversation/{it}"),
    )

    assert [
        (one.field, one.first_seen_ns, one.exchange, one.is_first, one.exchanges)
        for one in found.identifiers
    ] == [
        ("items[].id", 145_000_000, 1, True, 1),
        ("path /backend-api/conversation/{id}", 300_000_000, 2, False, 2),
    ]


def test_text_hashes_and_credentials_are_no_identifiers() -> None:
    """Whatever they look like; but a hash that a name calls an identifier is one."""
    it = uuid4(1)
    found = identify(
        a_call(
            1,
            0,
            "/assets/index-4f9f3a2b1c0d9e8f7a6b5c4d.js",
            headers=(("if-none-match", it), ("cookie", it), ("authorization", f"Bearer {it}")),
            response_headers=(("etag", f'"{it}"'),),
            answered={
                "content": {"parts": [it, "01ARZ3NDEKTSV4RRFFQ69G5FAV"]},
                "title": it,
                "sha256": "4f9f3a2b1c0d9e8f7a6b5c4d",
                "etag": it,
                "word": "abcdefghjkmnpqrstvwxyzabcd",
                "device_id": "cred:0123456789abcdef..............",
                "resume_token": it,
                "at": 1_760_000_000_123_456_789,
                "model": "gpt-4o-2024-08-06",
            },
        ),
        a_stream(2, 100, {"v": it}, {"p": "/message/content/parts/0", "o": "append", "v": it}),
        a_call(3, 900, "/log/1760000000123456"),
        a_call(4, 999, answered={"file_id": "4f9f3a2b1c0d9e8f7a6b5c4de"}),
    )

    assert [(one.field, one.kind) for one in found.identifiers] == [("file_id", "opaque")]


def test_the_creation_time_beside_an_identifier_is_its_own_alone() -> None:
    """A conversation's detail names its current node too, which is another thing."""
    conversation, node, parent = map(uuid4, range(1, 4))
    found = identify(
        a_call(
            1,
            answered={
                "conversation_id": conversation,
                "create_time": START_S + 0.25,
                "current_node": node,
                "mapping": {node: {"id": node, "parent": parent}},
            },
        )
    )
    created = {one.value: one.created_at for one in found.identifiers}

    assert created[conversation] == START_S * US + 250_000
    assert isinstance(created[node], Unmeasurable)
    assert isinstance(created[parent], Unmeasurable)


def test_of_several_creation_times_the_earliest_counts_in_every_field() -> None:
    it = uuid4(1)
    found = identify(
        a_call(1, answered={"items": [{"id": it, "create_time": "2025-10-09T08:53:21Z"}]}),
        a_call(2, answered={"id": it, "created_at": START_S}),
        a_call(3, path=f"/conversation/{it}"),
    )

    assert {one.created_at for one in found.identifiers} == {START_S * US}


def test_a_time_is_believed_if_it_is_near_the_capture_and_several_agree() -> None:
    ids = [uuid7(100), uuid7(250), uuid7(300)]
    found = identify(a_stream(1, 400, *({"turn_id": it} for it in ids)))

    assert [one.embedded_at for one in found.identifiers] == [
        START_S * US + 100_000,
        START_S * US + 250_000,
        START_S * US + 300_000,
    ]
    assert order_of(found, "turn_id").believed


def test_two_that_agree_are_not_several() -> None:
    found = identify(a_stream(1, 400, {"turn_id": uuid7(100)}, {"turn_id": uuid7(200)}))
    (first, _) = found.identifiers

    assert first.embedded_at == Unmeasurable(
        "it decodes to 2025-10-09T08:53:20Z, but of its scheme 2 agree, 0 contradict; "
        "3 must agree, and most"
    )
    assert not order_of(found, "turn_id").believed


def test_an_old_time_is_believed_only_beside_the_creation_time_that_the_service_states() -> None:
    year_ago = -365 * 86_400_000
    items = [
        {"id": ulid(year_ago + at), "created_at": START_S - 365 * 86_400 + at / 1_000}
        for at in (0, 5_000, 9_000)
    ]
    found = identify(a_call(1, answered={"items": items, "parent": ulid(year_ago - 1)}))
    (lone,) = rows_of(found, "parent")

    assert [one.embedded_at for one in rows_of(found, "items[].id")] == [
        (START_S - 365 * 86_400) * US + at * 1_000 for at in (0, 5_000, 9_000)
    ]
    assert lone.embedded_at == Unmeasurable(
        "it decodes to 2024-10-09T08:53:19Z, long before the capture, "
        "and no creation time is stated beside it"
    )


def test_a_time_that_the_service_contradicts_is_not_believed() -> None:
    items = [{"id": uuid7(at), "created_at": START_S - 86_400} for at in range(4)]
    found = identify(a_call(1, answered={"items": items}))

    assert all(isinstance(one.embedded_at, Unmeasurable) for one in found.identifiers)


def test_version_8_is_chatgpts_only_if_its_seconds_agree() -> None:
    """The version nibble is free for anybody's layout (RFC 9562, section 5.8)."""
    chatgpt = identify(a_stream(1, 9_000, *({"id": conversation_id(at)} for at in (1, 5, 8))))
    other = identify(a_stream(1, 9_000, *({"id": conversation_id(at << 28)} for at in (1, 2, 3))))

    assert {one.kind for one in chatgpt.identifiers} == {"chatgpt_conversation"}
    assert [one.embedded_at for one in chatgpt.identifiers] == [
        (START_S + at) * US for at in (1, 5, 8)
    ]
    assert {(one.kind, one.embedded_at) for one in other.identifiers} == {("uuid8", None)}


@pytest.mark.parametrize(("epoch_ms", "shift"), [(1_288_834_974_657, 22), (1_420_070_400_000, 22)])
def test_digits_are_snowflakes_if_they_agree_on_an_epoch(epoch_ms: int, shift: int) -> None:
    made = [(START_S * 1_000 + at - epoch_ms) << shift | 77 for at in (100, 900, 2_000)]
    found = identify(a_stream(1, 9_000, *({"id": number} for number in made)))

    assert [(one.value, one.kind, one.embedded_at) for one in found.identifiers] == [
        (str(number), "snowflake", START_S * US + at * 1_000)
        for number, at in zip(made, (100, 900, 2_000), strict=True)
    ]


def test_digits_that_agree_on_nothing_are_opaque() -> None:
    found = identify(a_stream(1, 0, *({"id": str(10**17 + at**9)} for at in range(50, 60))))

    assert {one.kind for one in found.identifiers} == {"opaque"}


def test_random_messages_of_a_scheme_that_sometimes_has_a_time_have_none() -> None:
    found = identify(a_stream(1, 0, {"message": {"id": "msg_01Y6V41gqPaKWEw7iPouH7iW"}}))

    assert [(one.kind, one.embedded_at) for one in found.identifiers] == [("anthropic", None)]


def test_what_repeats_in_every_event_is_one_identifier() -> None:
    chunk = {"id": "chatcmpl-ABfw2KKFuVXmEJgVwYfBvejMAdWtq", "created": 1_727_346_170}
    texts = ["a", "b9", "2025", ""]
    found = identify(a_stream(1, 0, *({**chunk, "choices": [{"text": t}]} for t in texts)))

    assert [(one.value, one.field, one.first_seen_ns) for one in found.identifiers] == [
        (chunk["id"], "id", 10_000_000)
    ]


def test_an_identifier_that_comes_late_in_payloads_that_begin_alike_is_found() -> None:
    same = {"id": uuid4(1)}
    found = identify(a_stream(1, 0, {**same, "v": ""}, {**same, "v": "", "turn_id": uuid4(2)}))

    assert [one.value for one in found.identifiers] == [uuid4(1), uuid4(2)]


def test_half_a_surrogate_pair_hides_no_identifier() -> None:
    """Services that count in UTF-16 cut strings within a pair; a field's name may hold one too."""
    body = b'{"id":"%s","text":"\\ud83d","\\ud83d_id":"%s"}' % (
        uuid4(1).encode(),
        uuid4(2).encode(),
    )
    found = identify(a_call(1, answered=body))

    assert {(one.field, one.value) for one in found.identifiers} == {
        ("id", uuid4(1)),
        ("?_id", uuid4(2)),
    }


def test_of_two_exchanges_of_one_number_the_later_counts() -> None:
    """Journals that were joined use numbers twice."""
    both = [a_call(1, 0, f"/c/{uuid4(1)}"), a_call(1, 500, f"/c/{uuid4(2)}")]

    assert [one.value for one in identify(*both).identifiers] == [uuid4(2)]


def test_the_later_counts_also_if_the_earlier_never_ended() -> None:
    cut = a_stream(1, 0, {"id": uuid4(1)})[:-1]

    found = identify(cut, a_stream(1, 500, {"id": uuid4(2)}))

    assert [one.value for one in found.identifiers] == [uuid4(2)]


def test_what_came_in_an_exchange_that_is_not_in_the_capture_names_none() -> None:
    frame = b'{"id":"%s"}' % uuid4(1).encode()
    found = identify([WebSocketMessage(9, 5, True, True, frame, len(frame))])

    assert [one.exchange for one in found.identifiers] == [None]


def test_without_times_there_is_no_first_appearance() -> None:
    head = msgspec.structs.replace(HEAD, clock="none")
    found = identify(*(a_call(n, n, f"/c/{uuid7(n)}") for n in range(1, 6)), head=head)
    order = order_of(found, "path /c/{id}")

    assert all(isinstance(one.first_seen_ns, Unmeasurable) for one in found.identifiers)
    assert order.basis == ""
    assert order.kendall_tau == Unmeasurable(
        "neither creation times nor the moments of their appearance are known"
    )


def test_a_capture_without_content_says_so() -> None:
    head = msgspec.structs.replace(HEAD, redaction="shape")
    (said,) = identify(a_call(1), head=head).unanswered

    assert said.figure == "identifiers in content"


def test_an_empty_capture_has_an_empty_answer() -> None:
    found = identify([])

    assert (found.identifiers, found.identifier_order, found.unanswered) == ((), (), ())


def test_identifiers_beyond_the_limit_are_counted_and_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping, "IDENTIFIERS", 10)
    found = identify(a_stream(1, 0, *({"id": uuid4(n)} for n in range(1, 14))))

    assert len(found.identifiers) == 10
    assert [one.reason[:22] for one in found.unanswered] == ["3 sights were left out"]


def test_sights_beyond_the_limit_leave_no_identifier_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only in how many exchanges it was seen is not known of all."""
    monkeypatch.setattr(keeping, "SIGHTS", 4)
    pages = [[1, 2, 3], [2, 3, 4], [3, 4, 5]]
    answers = [[{"id": uuid4(n)} for n in page] for page in pages]
    found = identify(*(a_call(n, n * 100, answered=one) for n, one in enumerate(answers, 1)))

    assert {one.value: one.exchanges for one in found.identifiers} == {
        uuid4(1): 1, uuid4(2): 2, uuid4(3): 1, uuid4(4): 1, uuid4(5): 1,
    }  # fmt: skip
    assert [one.reason[:22] for one in found.unanswered] == ["3 sights were left out"]


def test_an_identifier_that_a_stream_repeats_is_one_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Payloads that differ elsewhere: they are parsed, but what they repeat takes no room."""
    monkeypatch.setattr(keeping, "SIGHTS", 1)
    found = identify(a_stream(1, 0, *({"id": uuid4(1), f"n{n}": {}} for n in range(1, 14))))

    assert [(one.exchanges, one.first_seen_ns) for one in found.identifiers] == [(1, 10_000_000)]
    assert found.unanswered == ()


def test_an_identifier_that_maps_to_a_value_is_found_and_folded() -> None:
    found = identify(a_call(1, answered={"read": {uuid4(1): 3, uuid4(2): uuid4(3)}}))

    assert [(one.field, one.value) for one in found.identifiers] == [
        ("read.{id}", uuid4(n)) for n in sorted((1, 2, 3), key=uuid4)
    ]


def test_of_several_creation_times_the_first_counts() -> None:
    row = {"id": uuid4(1), "created_at": START_S, "create_time": START_S + 9}
    found = identify(a_call(1, answered=row))

    assert [one.created_at for one in found.identifiers] == [START_S * US]


def test_fields_beyond_the_limit_are_counted_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "FIELDS", 4)
    found = identify(a_stream(1, 0, *({f"a{n}_id": uuid4(n)} for n in range(1, 8))))

    assert len(found.identifier_order) == 4
    assert [one.reason[:22] for one in found.unanswered] == ["3 sights were left out"]


def test_documents_beyond_the_limit_are_counted_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question, "DOCUMENT_LIMIT", 60)
    found = identify(
        a_call(1, answered={"id": uuid4(1), "text": "a" * 20}),
        a_stream(2, 100, {"id": uuid4(2), "text": "a" * 20}, {"id": uuid4(3)}),
    )

    assert [one.value for one in found.identifiers] == [uuid4(3)]
    assert [one.reason[:11] for one in found.unanswered] == ["2 documents"]


def test_payloads_that_differ_without_end_are_not_all_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(question, "OUTLINES", 2)
    found = identify(a_stream(1, 0, *({"id": uuid4(n)} for n in (1, 2, 3, 4, 1))))

    assert len(found.identifiers) == 4


def test_a_list_that_is_loaded_again_is_read_once_and_counts_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As long as it is remembered; what is said is the same."""
    lists = [[{"id": uuid4(n), "create_time": START_S + n}] for n in (1, 2, 1, 1, 2)]
    calls = [a_call(n, 100 * n, answered=rows) for n, rows in enumerate(lists, 1)]
    read: list[bytes | str] = []
    in_json = finding.in_json

    def counted(data: bytes | str) -> list[finding.Sight] | None:
        read.append(data)
        return in_json(data)

    monkeypatch.setattr(finding, "in_json", counted)
    remembered = identify(*calls)
    times = len(read)
    monkeypatch.setattr(question, "REMEMBERED", 2)

    assert identify(*calls) == remembered
    assert (times, len(read) - times) == (2, 4)
    assert [one.exchanges for one in remembered.identifiers] == [3, 2]


def test_credentials_alone_bring_no_identifier() -> None:
    records: list[AnyRecord] = [
        RequestHead(1, 0, "GET", "https", "chat.example", "/", "HTTP/2.0"),
        Credential(1, 0, "cred:0123456789abcdef", "bearer", "request header authorization", 40),
        ResponseHead(1, 1, 200, "HTTP/2.0"),
        ExchangeEnd(1, 2, "complete"),
    ]

    assert identify(records).identifiers == ()
