"""A shape holds lengths, times, methods, statuses, protocols and ends: every field is listed."""

import re
import typing
from collections.abc import Callable, Sequence

import everything
import msgspec
from anything import CAPTURES, HEADS
from hypothesis import given
from hypothesis import strategies as st

from analyzer import model
from analyzer.model import AnyRecord, CaptureHead, Credential, Problem
from analyzer.redact.levels import at_level

type Allowed = Callable[[object], bool]


def _numbers(value: object) -> bool:
    """A number, a flag or nothing; or several."""
    values = value if isinstance(value, tuple) else (value,)
    return all(one is None or isinstance(one, int) for one in values)


def _like(pattern: str) -> Allowed:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _each(allowed: Allowed) -> Allowed:
    return lambda value: isinstance(value, tuple) and all(allowed(one) for one in value)


def _nothing(value: object) -> bool:
    return not value


HOST = _like(r"(host-\d+\.example)?")
VERSION = _like(r"(HTTP/(1\.0|1\.1|2|2\.0|3))?")
PROTOCOL = _like(r"(http/1\.[01]|h2|h3|other)?")
SIDE = _like("request|response")

TEXTS: dict[str, Allowed] = {
    "CaptureHead.capture_id": _like(r"((?:[a-z]{1,12}-)?[0-9a-f-]{1,40})-shape"),
    "CaptureHead.source": _like("(mitmproxy|flows|har|netlog|pcap|body)?"),
    "CaptureHead.tool": _like(r"(another program|streamscope|mitmproxy|[\d., ])*"),
    "CaptureHead.clock": _like("chunk|packet|event|none"),
    "CaptureHead.redaction": _like("shape"),
    "CaptureHead.scope": _each(HOST),
    "Connection.side": _like("client|server"),
    "Connection.protocol": PROTOCOL,
    "Connection.peer": _nothing,
    "Connection.sni": HOST,
    "Connection.tls": _nothing,
    "Connection.local": _nothing,
    "Connection.alpn_offers": _each(PROTOCOL),
    "ConnectionEnd.error": _like("(error)?"),
    "RequestHead.method": _like("GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|PROPFIND"
                                "|QUERY|OTHER"),
    "RequestHead.scheme": _like("(https?|wss?)?"),
    "RequestHead.authority": HOST,
    "RequestHead.path": _like(r"/path-\d+"),
    "RequestHead.http_version": VERSION,
    "RequestHead.headers": _nothing,
    "RequestHead.flow_id": _nothing,
    "ResponseHead.http_version": VERSION,
    "ResponseHead.headers": _nothing,
    "ResponseHead.reason": _nothing,
    "Reads.data": _nothing,
    "Reads.side": SIDE,
    "Body.side": SIDE,
    "Body.data": _nothing,
    "Body.withheld": _like("(redacted to its shape)?"),
    "ExchangeEnd.how": _like("complete|client_abort|server_abort|error|unfinished"),
    "ExchangeEnd.detail": _nothing,
    "WebSocketMessage.data": _nothing,
    "Lost.what": _like("reads|body|records"),
    "Lost.reason": _nothing,
}  # fmt: skip
"""Of every field that is no number what it may hold; a capture has nothing else to say."""


def kinds() -> Sequence[type[AnyRecord]]:
    found: Sequence[type[AnyRecord]] = typing.get_args(model.AnyRecord.__value__)
    return [one for one in found if one is not Credential]


def test_every_field_of_every_record_is_a_number_or_listed() -> None:
    """Whoever adds a field to a record decides here what a shape may say of it."""
    fields = {
        f"{kind.__name__}.{field.name}": field.type
        for kind in kinds()
        for field in msgspec.structs.fields(kind)
    }
    numbers = {name for name, of in fields.items() if _is_number(of)}

    assert set(fields) - numbers == set(TEXTS)


def _is_number(of: object) -> bool:
    parts = typing.get_args(of) or (of,)
    return set(parts) <= {int, float, bool, type(None), ...}


@given(HEADS, CAPTURES)
def test_a_shape_holds_nothing_else_whatever_comes(
    head: CaptureHead, records: list[AnyRecord | Problem]
) -> None:
    check([head, *records])


TEXT = st.text(max_size=8)


def spoken(kind: type[AnyRecord]) -> st.SearchStrategy[AnyRecord]:
    """Such a record with anything in its texts."""
    texts = {field.name: TEXT for field in msgspec.structs.fields(kind) if field.type is str}
    return st.builds(kind, **texts)


@given(spoken(CaptureHead), st.lists(st.sampled_from(kinds()[1:]).flatmap(spoken), max_size=6))
def test_any_text_in_any_place_goes(head: AnyRecord, records: list[AnyRecord]) -> None:
    check([head, *records])


def test_a_session_of_every_kind_is_a_shape_too() -> None:
    head = CaptureHead("4fd1", "mitmproxy", "streamscope 0.1.0", "chunk", 1, 0, 0)
    made = check([head, *everything.recorded(1)])

    assert len({type(one) for one in made}) > 8


def check(records: Sequence[AnyRecord | Problem]) -> list[AnyRecord]:
    made = [one for one in at_level(records, "shape") if not isinstance(one, Problem)]
    for one in made:
        for field in msgspec.structs.fields(one):
            name, value = f"{type(one).__name__}.{field.name}", getattr(one, field.name)
            assert TEXTS.get(name, _numbers)(value), (name, value)
    return made
