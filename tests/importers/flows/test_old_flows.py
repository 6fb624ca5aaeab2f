"""Old versions of the format, as mitmproxy wrote them: two real files, the others by hand."""

import copy
from pathlib import Path
from typing import Any

import pytest
from flow_files import T0_S, dumped, only, read_bytes
from mitmproxy.io import compat

from analyzer.importers import flows, read_capture
from analyzer.model import (
    Body,
    CaptureHead,
    Connection,
    ExchangeEnd,
    Problem,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)

FIXTURES = Path(__file__).parents[2] / "fixtures"

V18_ADDRESS = {"address": ["chat.example", 443], "use_ipv6": False}
V18: dict[str, Any] = {
    "version": [0, 18, 2],
    "type": "http",
    "id": "old",
    "marked": False,
    "intercepted": False,
    "error": None,
    "client_conn": {
        "timestamp_ssl_setup": T0_S - 0.5,
        "address": {"address": ["127.0.0.1", 52774], "use_ipv6": False},
        "clientcert": None,
        "timestamp_end": None,
        "ssl_established": True,
        "timestamp_start": T0_S - 1.0,
    },
    "server_conn": {
        "sni": "chat.example",
        "address": V18_ADDRESS,
        "via": None,
        "cert": None,
        "source_address": {"address": ["10.0.0.2", 52775], "use_ipv6": False},
        "ip_address": {"address": ["10.0.0.1", 443], "use_ipv6": False},
        "timestamp_start": T0_S - 0.9,
        "timestamp_tcp_setup": T0_S - 0.8,
        "timestamp_ssl_setup": T0_S - 0.7,
        "timestamp_end": None,
        "ssl_established": True,
    },
    "request": {
        "scheme": b"https",
        "host": "chat.example",
        "port": 443,
        "path": b"/",
        "method": b"GET",
        "http_version": b"HTTP/1.1",
        "headers": [[b"Host", b"chat.example"]],
        "content": b"",
        "timestamp_start": T0_S + 0.0,
        "timestamp_end": T0_S + 0.25,
        "stickyauth": False,
        "stickycookie": False,
        "first_line_format": "relative",
        "is_replay": False,
    },
    "response": {
        "http_version": b"HTTP/1.1",
        "status_code": 200,
        "reason": b"OK",
        "headers": [[b"Content-Type", b"text/event-stream"]],
        "content": b"data: old\n\n",
        "timestamp_start": None,
        "timestamp_end": None,
    },
}


def v4() -> dict[str, Any]:
    """As 0.19 to 4 had it: flat addresses, ALPN and TLS named, metadata."""
    state = copy.deepcopy(V18)
    client, server = state["client_conn"], state["server_conn"]
    for conn in (client, server):
        conn |= {"alpn_proto_negotiated": b"h2", "tls_version": "TLSv1.2"}
        conn["address"] = conn["address"]["address"]
    server["source_address"] = server["source_address"]["address"]
    server["ip_address"] = server["ip_address"]["address"]
    client |= {"sni": "chat.example", "cipher_name": "AES", "mitmcert": None}
    del state["request"]["stickyauth"], state["request"]["stickycookie"]
    return state | {"version": 4, "mode": "regular", "metadata": {}}


def v7(**changes: object) -> dict[str, Any]:
    """As 5 to 8 had it: connections have identifiers, and say TLS instead of SSL."""
    state = v4()
    for side, name in (("client_conn", "c"), ("server_conn", "s")):
        conn = state[side]
        conn["id"] = name
        conn["tls_established"] = conn.pop("ssl_established")
        conn["timestamp_tls_setup"] = conn.pop("timestamp_ssl_setup")
    state["client_conn"]["tls_extensions"] = None
    return state | {"version": 7} | changes


def a_websocket() -> tuple[dict[str, Any], dict[str, Any]]:
    """A handshake, and the flow of its own that its messages had up to version 11."""
    handshake = v7(id="hand", metadata={"websocket": True})
    handshake["response"] |= {"status_code": 101, "content": b"", "timestamp_start": T0_S + 0.5}
    handshake["response"]["timestamp_end"] = T0_S + 0.5
    kept = {key: handshake[key] for key in ("client_conn", "server_conn", "error", "version")}
    messages: list[list[object]] = [
        [1, True, "hello", T0_S + 1, False],
        [2, False, b"\x00", T0_S + 2, False],
    ]
    socket = {
        "type": "websocket",
        "id": "sock",
        "metadata": {"websocket_handshake": "hand"},
        "messages": messages,
        "close_sender": "server",
        "close_code": 1001,
        "close_reason": "bye",
        "intercepted": False,
        "marked": False,
    }
    return handshake, copy.deepcopy(kept | socket)


@pytest.mark.parametrize("version", ["012", "013"])
def test_files_that_mitmproxy_wrote_in_2015_are_read(version: str) -> None:
    records = list(read_capture(FIXTURES / f"dumpfile-{version}.mitm"))
    (head,), (request,) = only(records, CaptureHead), only(records, RequestHead)

    assert head.tool == f"mitmproxy, flow format 0.{int(version)}"
    assert head.clock == "none"
    assert (request.method, request.authority, request.path) == ("GET", "example.com", "/")
    assert only(records, ResponseHead)[0].status == 304
    assert only(records, ExchangeEnd)[0].how == "complete"
    assert only(records, Problem) == []


def test_version_0_11_has_the_shape_of_0_12(tmp_path: Path) -> None:
    """In its files as in those of 0.12, all texts are bytes."""
    data = (FIXTURES / "dumpfile-012.mitm").read_bytes()
    assert data.count(b"1:0#2:12#") == 1
    old = data.replace(b"1:0#2:12#", b"1:0#2:11#")

    records = read_bytes(tmp_path, old)
    assert only(records, CaptureHead)[0].tool == "mitmproxy, flow format 0.11"
    assert records[1:] == read_bytes(tmp_path, data)[1:]


@pytest.mark.parametrize(
    ("state", "protocol"), [(V18, ""), (v4(), "h2"), (v7(), "h2")], ids=["0.18", "4", "7"]
)
def test_what_an_old_flow_says_is_read_and_nothing_is_made_up(
    tmp_path: Path, state: dict[str, Any], protocol: str
) -> None:
    """Where a response has no times mitmproxy would write that it took a second."""
    data = dumped(state)
    assert flows.recognises(data)

    records = read_bytes(tmp_path, data)
    client, server = only(records, Connection)
    assert (client.peer, client.protocol) == ("127.0.0.1:52774", protocol)
    assert (server.peer, server.local) == ("10.0.0.1:443", "10.0.0.2:52775")
    assert [head.at_ns for head in only(records, RequestHead)] == [0]
    assert [sent.at_ns for sent in only(records, RequestEnd)] == [250_000_000]
    assert [end.at_ns for end in only(records, ExchangeEnd)] == [250_000_000]
    assert only(records, Body) == []
    assert only(records, Problem) == []


def test_a_websocket_in_two_old_flows_is_one_exchange(tmp_path: Path) -> None:
    records = read_bytes(tmp_path, dumped(*a_websocket(), v7(id="other")))

    assert [head.exchange for head in only(records, RequestHead)] == [1, 2]
    assert [message.data for message in only(records, WebSocketMessage)] == [b"hello", b"\x00"]
    assert {message.exchange for message in only(records, WebSocketMessage)} == {1}
    ends = only(records, ExchangeEnd)
    assert (ends[0].exchange, ends[0].how) == (1, "complete")
    assert ends[0].detail == "closed by the server with code 1001: bye"


def test_a_handshake_whose_websocket_is_missing_still_ends(tmp_path: Path) -> None:
    records = read_bytes(tmp_path, dumped(a_websocket()[0]))

    assert [end.detail for end in only(records, ExchangeEnd)] == ["switched protocols"]


def test_what_mitmproxy_remembers_of_old_flows_is_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows, "MIGRATED_LIMIT", 3)
    states = [copy.deepcopy(v4()) | {"id": f"old {number}"} for number in range(9)]
    for number, state in enumerate(states):
        state["client_conn"]["timestamp_start"] = T0_S + number + 0.5
    records = read_bytes(tmp_path, dumped(*states))

    assert len(compat.client_connections) <= 4
    assert len(only(records, RequestHead)) == 9
