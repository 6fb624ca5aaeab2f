"""A made session of one host in which every question finds something.

Sessions of other hosts share no identifier, text or credential with it: they have nothing to
do with each other.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import chatting
import duetting
import identified
import msgspec
import paging
import signing_in
import travelling
from chatting import ASK, DONE, HANDOFF, ROOT, V1, a_message, answer, question, titled, user

from analyzer.model import AnyRecord, ConnectionEnd, Reads, RequestHead, ResponseHead

SECOND = 1_000_000_000
LENGTH_S = 140
"""Seconds from a session's first moment to its last."""

H3_FROM_S = 100
"""The second at which its browser opened an HTTP/3 connection."""

APART_S = 0.003
"""By how much the next host's session is later, so that no two exchanges begin at once."""

type Part = Sequence[AnyRecord]


def a_session(who: int = 0) -> list[list[AnyRecord]]:
    """The connections of the host that ``who`` numbers, then its exchanges, as they began.

    Exchanges count from 1 whoever it is; no two sessions have a connection in common.
    """
    parts = [
        *_signing_in(who),
        *_lists(who),
        *_chats(who),
        *_identifiers(who),
        *_talk(who),
        *_others(who),
    ]
    parts.sort(key=lambda part: moment(part[0]))
    exchanges = [
        _placed(_later(part, who * APART_S), number, who) for number, part in enumerate(parts, 1)
    ]
    return [[*_connections(10 * who)], *exchanges]


def recorded(who: int) -> list[AnyRecord]:
    """The session as it would stand in a capture, its exchanges numbered from 1,000 × ``who``."""
    records = [record for part in a_session(who) for record in part]
    return sorted(numbered(records, lambda number: 1_000 * who + number), key=moment)


def moment(record: AnyRecord) -> int:
    """When the recorder wrote it; reads at the last of them."""
    at: int | tuple[int, ...] = getattr(record, "at_ns", 0)
    return at[-1] if isinstance(at, tuple) else at


def changed(record: AnyRecord, **fields: Any) -> AnyRecord:
    """The record with other values in some of its fields."""
    made: AnyRecord = msgspec.structs.replace(record, **fields)
    return made


def numbered(records: Iterable[AnyRecord], number: Callable[[int], int]) -> list[AnyRecord]:
    """The records with other numbers of exchanges."""
    return [
        one if (own := exchange_of(one)) is None else changed(one, exchange=number(own))
        for one in records
    ]


def exchange_of(record: AnyRecord) -> int | None:
    """The exchange that a record belongs to, if it does."""
    number: int | None = getattr(record, "exchange", None)
    return number


def _later(records: Iterable[AnyRecord], seconds: float) -> list[AnyRecord]:
    by = round(seconds * SECOND)
    return [
        changed(one, at_ns=tuple(at + by for at in one.at_ns))
        if isinstance(one, Reads)
        else changed(one, at_ns=one.at_ns + by)  # type: ignore[union-attr] # no head is among them
        for one in records
    ]


def _placed(part: Part, number: int, who: int) -> list[AnyRecord]:
    """The part as one exchange of the host, over the connections of its protocol."""
    first, placed = 10 * who, []
    for record in part:
        more: dict[str, Any] = {"exchange": number}
        if isinstance(record, RequestHead | ResponseHead):
            client, server = (3, 4) if record.http_version == "HTTP/3" else (1, 2)
            over = client if isinstance(record, RequestHead) else server
            more["connection"] = first + over
        if isinstance(record, RequestHead):
            more["authority"] = f"chat{who}.example"
        placed.append(changed(record, **more))
    return placed


def _connections(first: int) -> Iterator[AnyRecord]:
    yield travelling.client(first + 1)
    yield travelling.server(first + 2, opened_ms=10)
    yield travelling.client(first + 3, "h3", H3_FROM_S * 1_000)
    yield travelling.server(first + 4, "h3", H3_FROM_S * 1_000)
    yield ConnectionEnd(first + 1, LENGTH_S * SECOND)


def _signing_in(who: int) -> Iterator[Part]:
    """Two access tokens, of which the first ends in use and in mid-stream; a cookie rotates."""
    first, second, cookie, rotated = (f"cred:{who:08x}{letter * 8}" for letter in "abcd")
    signs, calls = signing_in.a_session, signing_in.a_call
    name, mine = signing_in.COOKIE, "/backend-api/me"
    yield signs(1, 0.1, first, iat=0, exp=20, cookie=cookie, headers=(signing_in.date(0),))
    yield calls(1, 1, mine, bearer=first, body={"items": [1]})
    yield calls(1, 2, "/cookie-only", cookies=(f"{name}={cookie}",), body={"x": 1})
    yield signing_in.a_stream(1, 4, 30, first)
    yield calls(1, 21, mine, bearer=first, status=401, body=signing_in.REFUSED_EXPIRED)
    yield signs(1, 22, second, iat=22, exp=400, cookie=cookie)
    yield calls(1, 23, mine, bearer=second, body={"items": [1]})
    yield calls(1, 24, mine, bearer=second, status=401, body=signing_in.REFUSED_INVALIDATED)
    sets = (f"{name}={rotated}; Max-Age=60",)
    yield calls(1, 25, "/", sets=sets, cookies=(f"{name}={cookie}",))


def _lists(who: int) -> Iterator[Part]:
    """Eight pages by offset, the deeper the slower; one row slips in on top, one in the middle."""
    names = [f"{who}-{row}" for row in range(80)]
    pages = [names[begin : begin + 10] for begin in range(0, 80, 10)]
    pages[3:] = [names[begin - 1 : begin + 9] for begin in range(30, 80, 10)]
    waits = [20 + 7 * page + page % 2 for page in range(8)]
    totals = [80, 80, 80, *[81] * 5]
    records = paging.offsets(pages, first=30, total=totals, waits_ms=waits, path="/api/rows")
    yield from _split(records)
    for page in range(3):
        after = f"&after={who}-x{page}" if page else ""
        answered = {
            "data": [{"id": f"{who}-k{page}-{row}"} for row in range(5)],
            "last_id": f"{who}-x{page + 1}",
            "has_more": page < 2,
        }
        yield paging.call(40 + page, f"/api/keys?limit=5{after}", answered)


def _chats(who: int) -> Iterator[Part]:
    """A question, another answer, an edit, a handoff with its rest, a rating, a title, details."""
    c, u, a = f"c{who}", f"u{who}", f"a{who}"
    told = question(u, "Why?", conversation=None)
    first = answer(a, "Be", "cause", ".", conversation=c)
    waited = {"type": "server_ste_metadata", "metadata": {"server_ttfvt_ms": 70}}
    last = titled("Tides") + chatting.event(waited) + first[-1][1]
    yield chatting.stream(1, 50_000, told, [*first[:-1], (300.0, last)])
    again = question(u, "Why?", ROOT, c, "variant")
    yield chatting.stream(1, 52_000, again, answer(f"b{who}", "There", "fore", conversation=c))
    edit = question(f"e{who}", "Why not?", ROOT, c)
    yield chatting.stream(1, 54_000, edit, answer(f"f{who}", "No", conversation=c))
    on = question(f"o{who}", "And then?", f"f{who}", c)
    said = chatting.event({"type": "conversation_detail_metadata", "conversation_id": c})
    yield chatting.stream(1, 56_000, on, [(50.0, V1 + said), (60.0, HANDOFF + DONE)])
    rest = answer(f"r{who}", "Later", " on", conversation=c)
    body = {"conversation_id": c, "offset": 3}
    yield chatting.stream(1, 56_500, body, rest, f"{ASK}/resume")
    rated = {"conversation_id": c, "message_id": a, "rating": "thumbsUp"}
    yield chatting.call(
        1, 58_000, "POST", "/backend-api/conversation/message_feedback", rated, {"id": "x"}
    )
    nodes = [
        (ROOT, "", None),
        (u, ROOT, user(u, "Why?")),
        (a, u, a_message(a, "assistant", "Because of it.")),
    ]
    yield chatting.detail(1, 60_000, nodes, a, c, title="Why tides come")


def _identifiers(who: int) -> Iterator[Part]:
    """Identifiers of three kinds, two each millisecond and the second often before the first."""
    for step in range(6):
        chance = 1_000 * (who + 1) + 97 * step % 41
        at_ms = 62_000 + 1_000 * step
        made = [
            {
                "ulid": identified.ulid(at_ms, chance + pair),
                "event": identified.uuid7(at_ms, chance - pair),
            }
            for pair in range(2)
        ]
        asked = {"idempotency_key": identified.uuid4(chance)}
        yield identified.a_call(1, at_ms, "/api/things", asked=asked, answered={"made": made})


def _talk(who: int) -> Iterator[Part]:
    """Two bots that go round in a circle, in conversations of their own."""
    said = [f"{who} one", f"{who} two", f"{who} one", f"{who} two", f"{who} one"]
    for turn in duetting.talk(*said, every_ms=200, first=f"{who} begins"):
        spoken = msgspec.structs.replace(turn, who=f"{turn.who}{who}")
        yield _later(spoken.records(), 80)


def _others(who: int) -> Iterator[Part]:
    """HTTP/3 is announced and taken; a stream of an unknown service; turns beside other loads."""
    yield travelling.call(1, 90_000, path="/api/hello", headers=(("alt-svc", 'h3=":443"'),))
    chunk = chatting.event({"choices": [{"delta": {"content": "Hi"}}]})
    reads = [(100.0 + 30 * step, chunk) for step in range(4)]
    yield chatting.stream(1, 92_000, {}, reads, "/v1/chat/completions")
    yield from _beside("h2", 94_000)
    yield from _beside("h3", 110_000)


def _beside(protocol: str, begin_ms: int) -> Iterator[Part]:
    """Turns of twelve words each, while half of whose gaps another response comes."""
    for turn in range(3):
        at = begin_ms + 2_000 * turn
        texts = [at + 100 + 50 * word for word in range(12)]
        yield travelling.turn(1, texts, protocol=protocol, at_ms=at, coding="br", wire=20)
        yield travelling.call(1, at + 110, took_ms=290, path="/api/load", protocol=protocol)


def _split(records: Iterable[AnyRecord]) -> Iterator[Part]:
    """Each exchange by itself."""
    parts: dict[int, list[AnyRecord]] = {}
    for record in records:
        parts.setdefault(getattr(record, "exchange", 0), []).append(record)
    yield from parts.values()
