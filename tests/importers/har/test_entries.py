"""What an entry becomes: times, addresses, headers, bodies, endings; and what may be wrong."""

import base64
from typing import Any

import pytest
from har_files import (
    MS,
    START_S,
    a_har,
    a_request,
    a_response,
    a_stream,
    an_entry,
    of_kind,
    read_bytes,
    the,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.importers.har import connections
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    Connection,
    Credential,
    ExchangeEnd,
    Problem,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)


def read(*entries: Any) -> list[AnyRecord | Problem]:
    return read_bytes(a_har(*entries))


# --------------------------------------------------------------------------- times


def test_timings_become_the_moments_of_an_exchange() -> None:
    records = read(an_entry())

    assert the(CaptureHead, records).wall_ns == START_S * 10**9
    assert the(RequestHead, records).at_ns == 0
    assert the(RequestEnd, records).at_ns == 10 * MS  # ssl is a part of connect
    assert the(ResponseHead, records).at_ns == 60 * MS
    assert the(Body, records).at_ns == the(ExchangeEnd, records).at_ns == 100 * MS


@pytest.mark.parametrize(
    ("started", "wall_ns"),
    [
        ("2026-03-01T12:00:00Z", START_S * 10**9),
        ("2026-03-01T14:00:00.25+02:00", START_S * 10**9 + 250 * MS),
        ("2026-03-01T12:00:00.123456789Z", START_S * 10**9 + 123_456_789),
        ("2026-03-01T07:00:00.5-0500", START_S * 10**9 + 500 * MS),
        ("2026-03-01T12:00:00", START_S * 10**9),
    ],
)
def test_any_iso_moment_counts_to_its_last_digit(started: str, wall_ns: int) -> None:
    assert the(CaptureHead, read(an_entry(startedDateTime=started))).wall_ns == wall_ns


def test_without_a_wait_nobody_knows_when_the_request_was_sent() -> None:
    records = read(an_entry(timings={"send": 3, "wait": -1, "receive": 5}))

    assert not of_kind(RequestEnd, records)
    assert the(ExchangeEnd, records).at_ns == 100 * MS  # `time`


def test_an_entry_without_a_moment_stands_at_the_one_before_and_is_not_measured() -> None:
    later = an_entry(startedDateTime="2026-03-01T12:00:01Z")
    records = read(later, an_entry(startedDateTime="yesterday"))

    assert [one.at_ns for one in of_kind(RequestHead, records)] == [0, 0]
    assert [one.exchange for one in of_kind(RequestEnd, records)] == [1]
    assert the(Problem, records).code == "har_no_time"


def test_a_file_without_any_moment_has_no_clock() -> None:
    entry = an_entry()
    del entry["startedDateTime"]

    assert the(CaptureHead, read(entry)).clock == "none"


@pytest.mark.parametrize(
    ("entry", "resolution_ns"),
    [
        (an_entry(), 1_000_000),
        (an_entry(timings={"send": 0.25, "wait": 1, "receive": 1}), 1_000),
        (an_entry(startedDateTime="2026-03-01T12:00:00.0001Z"), 1_000),
        (a_stream("data: a\n\n", (70.25, "a")), 1_000),
    ],
)
def test_the_resolution_is_what_the_file_shows(entry: Any, resolution_ns: int) -> None:
    assert the(CaptureHead, read(entry)).resolution_ns == resolution_ns


def test_entries_come_out_in_the_order_of_their_times() -> None:
    """A WebSocket opens first and brings what a stream before it announced."""
    socket = an_entry(
        request=a_request("wss://chat.example/ws"),
        _webSocketMessages=[{"type": "receive", "time": START_S + 5, "opcode": 1, "data": "later"}],
    )
    records = read(socket, an_entry(startedDateTime="2026-03-01T12:00:01Z"))
    kinds = [type(one).__name__ for one in records if getattr(one, "exchange", 0)]

    assert kinds.index("WebSocketMessage") > kinds.index("Body")
    assert the(WebSocketMessage, records).at_ns == 5_000 * MS


# --------------------------------------------------------------------------- request


def test_an_address_loses_its_user_and_its_fragment() -> None:
    url = "wss://me:secret@chat.example:8443/a/b?c=d#e"
    head = the(RequestHead, read(an_entry(request=a_request(url))))

    assert (head.scheme, head.authority, head.path) == ("https", "chat.example:8443", "/a/b?c=d")


@pytest.mark.parametrize("url", ["data:,x", "blob:https://a/b", "chrome-extension://x/y", "", None])
def test_what_is_no_http_exchange_is_left_out(url: Any) -> None:
    assert [type(one) for one in read(an_entry(request=a_request(url)))] == [CaptureHead]


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("h3", "HTTP/3"),
        ("http/2.0", "HTTP/2.0"),
        ("h2", "HTTP/2.0"),
        ("HTTP/2", "HTTP/2.0"),
        ("HTTP/1.1", "HTTP/1.1"),
        ("http/1.0", "HTTP/1.0"),
        ("HTTP/0.9", ""),
        ("unknown", ""),
        (2, ""),
        (None, ""),
    ],
)
def test_protocols_are_called_by_one_name_each(said: Any, version: str) -> None:
    request = a_request(httpVersion=said)

    assert the(RequestHead, read(an_entry(request=request))).http_version == version


def test_pseudo_headers_go_and_joined_fields_are_parted() -> None:
    fields = [
        {"name": ":authority", "value": "chat.example"},
        {"name": "Accept", "value": "*/*"},
        {"name": "X-Two", "value": "a\nb"},
        {"name": None, "value": "x"},
        {"value": "x"},
        "x",
    ]
    head = the(RequestHead, read(an_entry(request=a_request(headers=fields))))

    assert head.headers == (("accept", "*/*"), ("x-two", "a"), ("x-two", "b"))


def test_cookies_that_stand_in_their_own_list_alone_are_headers_again() -> None:
    request = a_request(cookies=[{"name": "a", "value": "1"}, {"name": "b", "value": "2"}])
    given = [{"name": "s", "value": "", "path": "/", "httpOnly": True, "secure": "yes"}]
    response = {**a_response(), "headers": [], "cookies": given}
    records = read(an_entry(request=request, response=response))
    (name, value), *_ = the(RequestHead, records).headers

    assert (name, value.count("cred:")) == ("cookie", 2)
    assert the(ResponseHead, records).headers == (
        ("set-cookie", "s=; Path=/; HttpOnly"),
        ("content-type", "application/json"),
    )


@pytest.mark.parametrize(
    ("posted", "data"),
    [
        ({"mimeType": "text/plain", "text": "hé"}, "hé".encode()),
        ({"mimeType": "x/y", "text": "/wA=", "encoding": "base64"}, b"\xff\0"),
        (
            {
                "mimeType": "application/x-www-form-urlencoded; charset=utf-8",
                "params": [{"name": "a b", "value": "ü"}, {"name": "c"}],
            },
            b"a+b=%C3%BC&c=",
        ),
    ],
)
def test_what_was_posted_is_there_however_it_is_told(posted: Any, data: bytes) -> None:
    body = the(Body, read(an_entry(request=a_request(postData=posted), response=None)))

    assert (body.side, body.at_ns, body.data, body.length) == ("request", 10 * MS, data, len(data))


def test_a_body_that_was_sent_and_not_kept_is_a_length() -> None:
    body = the(Body, read(an_entry(request=a_request(bodySize=77), response=None)))

    assert (body.length, body.data, bool(body.withheld)) == (77, b"", True)


# --------------------------------------------------------------------------- response


def test_a_body_has_its_decoded_and_its_wire_length() -> None:
    response = a_response("x" * 50, bodySize=20)

    body = the(Body, read(an_entry(response=response)))
    assert (body.length, body.wire_length, body.withheld) == (50, 20, "")


@pytest.mark.parametrize(
    ("members", "wire_length"),
    [
        ({"bodySize": -1}, None),
        ({"bodySize": 0}, None),
        ({"bodySize": 0, "status": 304}, 0),
        ({}, None),
    ],
)
def test_what_nobody_knows_of_the_wire_is_not_zero(members: Any, wire_length: int | None) -> None:
    assert the(Body, read(an_entry(response=a_response(**members)))).wire_length == wire_length


def test_a_body_of_which_the_file_has_the_beginning_says_so() -> None:
    response = a_response("abc")
    response["content"]["size"] = 5_000_000
    body = the(Body, read(an_entry(response=response)))

    assert (body.data, body.length) == (b"abc", 5_000_000)
    assert body.withheld == "the HAR file holds 3 bytes of 5000000"


def test_text_of_another_charset_is_whole_and_readable() -> None:
    """The browser has decoded it: its size counts the bytes that it had before."""
    response = a_response('{"é":1}', "application/json; charset=utf-16")
    response["content"]["size"] = 16
    body = the(Body, read(an_entry(response=response)))

    assert (body.data, body.withheld) == ('{"é":1}'.encode(), "")


def test_base64_is_decoded_even_if_it_is_damaged() -> None:
    for text in ("/wBh", "/wBh\n", "/wBhY", "_/wBh!"):
        response = a_response()
        response["content"] |= {"text": text, "encoding": "base64", "size": 0}

        assert the(Body, read(an_entry(response=response))).data[:3] == b"\xff\0a"


def test_an_answer_of_which_the_file_has_nothing_is_a_length() -> None:
    response = a_response(None)
    response["content"]["size"] = 9
    body = the(Body, read(an_entry(response=response)))

    assert (body.length, body.data, bool(body.withheld)) == (9, b"", True)


@pytest.mark.parametrize(
    ("members", "how", "answers"),
    [
        ({}, "complete", 1),
        ({"status": 0}, "error", 0),
        ({"status": 0, "_error": "net::ERR_ABORTED"}, "client_abort", 0),
        ({"status": 0, "_error": "net::ERR_BLOCKED_BY_CLIENT"}, "error", 0),
        ({"_error": "net::ERR_ABORTED"}, "client_abort", 1),
        ({"_error": "net::ERR_CONNECTION_RESET"}, "server_abort", 1),
        ({"_error": "net::ERR_TIMED_OUT"}, "error", 1),
        ({"_error": None}, "complete", 1),
        ({"status": "200"}, "complete", 1),
        ({"status": 302}, "complete", 1),
        ({"status": None}, "error", 0),
    ],
)
def test_an_entry_ends_as_it_says(members: Any, how: str, answers: int) -> None:
    records = read(an_entry(response=a_response(**members)))

    assert the(ExchangeEnd, records).how == how
    assert len(of_kind(ResponseHead, records)) == answers
    assert len(of_kind(RequestEnd, records)) == answers


def test_a_connection_is_told_by_its_number_and_not_by_the_services_port() -> None:
    chrome = an_entry(_connectionId="925", connection="443", serverIPAddress="[2001:db8::1]")
    records = read(chrome, chrome, an_entry(connection="443"), an_entry(connection=7))
    first, second = of_kind(Connection, records)

    assert (first.connection, first.side, first.protocol) == (1, "server", "h2")
    assert (first.peer, first.sni) == ("[2001:db8::1]:443", "chat.example")
    assert second.connection == 2
    heads = of_kind(ResponseHead, records)
    assert [one.connection for one in heads] == [1, 1, None, 2]


def test_connections_over_the_limit_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LIMIT", 2)
    records = read(*(an_entry(_connectionId=name) for name in ("a", "b", "a", "c", "a", "b")))

    assert [one.connection for one in of_kind(ResponseHead, records)] == [1, 2, 1, 3, 1, 4]


def test_secrets_of_every_list_are_fingerprints_in_the_records() -> None:
    secret = "q9Zt7-Kx_02LmN4pRs8vWy"
    listed = [{"name": "session", "value": secret}]
    request = a_request(
        f"https://u:{secret}@chat.example/x?access_token={secret}",
        headers=[{"name": "Authorization", "value": f"Bearer {secret}"}],
        cookies=listed,
        queryString=[{"name": "access_token", "value": secret}],
        postData={
            "mimeType": "application/x-www-form-urlencoded",
            "params": [{"name": "password", "value": secret}],
        },
    )
    response = a_response(f'{{"accessToken":"{secret}"}}', cookies=listed, _error=secret)
    stream = a_stream(None, (80, f'{{"accessToken":"{secret}"}}'))
    frame = {"type": "send", "time": START_S, "opcode": 1, "data": f'{{"token":"{secret}"}}'}
    coded = base64.b64encode(f'{{"accessToken":"{secret}"}}'.encode()).decode()
    binary = {"type": "send", "time": START_S, "opcode": 2, "data": coded}
    socket = an_entry(_webSocketMessages=[frame, binary])
    records = read(an_entry(request=request, response=response), stream, socket)

    assert secret not in repr(records)
    assert base64.b64encode(secret.encode()).decode()[:20] not in repr(records)
    places = {one.place for one in of_kind(Credential, records)}
    assert places >= {
        "request header authorization",
        "request header cookie",
        "response header set-cookie",
        "query access_token",
        "request body password",
        "response body accessToken",
    }


# --------------------------------------------------------------------------- anything

NAMES = """
    request response content headers cookies name value url method httpVersion status text
    encoding size bodySize mimeType timings send wait receive time startedDateTime postData
    params _eventSourceMessages _webSocketMessages data eventName type opcode _error
    _connectionId connection _streamscope
"""
WORDS = ["", "NaN", "-1", "base64", "https://a/b", "2026-03-01T12:00:00Z", "\ud83d", "é"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=6)
    ),
    max_leaves=12,
)
STREAM = a_stream("data: a\n\n", (1, "a"))
CHANGED = st.dictionaries(st.sampled_from(list(STREAM)), JSON, max_size=9).map(
    lambda changes: {**STREAM, **changes}
)


@settings(deadline=None)
@given(st.lists(JSON | CHANGED, max_size=4))
def test_any_member_may_be_missing_or_of_another_kind(entries: list[Any]) -> None:
    whole = an_entry(request=a_request("https://chat.example/last"))
    head, *records = read(*entries, whole)
    last = next(one for one in of_kind(RequestHead, records) if one.path == "/last")

    assert isinstance(head, CaptureHead)
    told = [one for one in records if not isinstance(one, Problem)]
    assert len([one for one in told if getattr(one, "exchange", 0) == last.exchange]) == 5
