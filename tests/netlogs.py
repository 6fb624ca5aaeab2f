"""NetLogs: the flags that make Chromium write one, and small ones made by hand."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from analyzer.record import browser

type Mode = Literal["Default", "Everything"]


def netlog_flags(path: Path, mode: Mode = "Everything") -> list[str]:
    """Chromium's flags that write a NetLog to ``path``, whole once the browser has closed."""
    flags = [f"--log-net-log={path}"]
    return flags if mode == "Default" else [*flags, f"--net-log-capture-mode={mode}"]


def direct_flags(
    authority: str, spki: str, protocol: Literal["h1", "h2", "h3"] = "h2"
) -> list[str]:
    """Chromium's flags to visit a lab with no proxy: trust its certificate, speak this protocol."""
    flags = [
        f"--ignore-certificate-errors-spki-list={spki}",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-domain-reliability",
    ]
    if protocol == "h3":
        flags.append(f"--origin-to-force-quic-on={authority}")
    if protocol == "h1":
        flags.append("--disable-http2")
    if browser.runs_as_root():
        flags.append("--no-sandbox")
    return flags


OFFSET_MS = 1_700_000_000_000
"""Unix time of the made logs' time 0."""

KINDS = (
    "REQUEST_ALIVE",
    "URL_REQUEST_START_JOB",
    "URL_REQUEST_REDIRECTED",
    "FAILED",
    "CANCELLED",
    "HTTP_STREAM_REQUEST_BOUND_TO_JOB",
    "HTTP_STREAM_REQUEST_BOUND_TO_QUIC_SESSION",
    "UPLOAD_DATA_STREAM_INIT",
    "HTTP_TRANSACTION_SEND_REQUEST",
    "HTTP_TRANSACTION_SEND_REQUEST_HEADERS",
    "HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS",
    "HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS",
    "HTTP_TRANSACTION_READ_RESPONSE_HEADERS",
    "HTTP_TRANSACTION_RESTART_AFTER_ERROR",
    "URL_REQUEST_FILTERS_SET",
    "URL_REQUEST_JOB_BYTES_READ",
    "URL_REQUEST_JOB_FILTERED_BYTES_READ",
    "SOCKET_ALIVE",
    "TCP_CONNECT",
    "SSL_CONNECT",
    "SOCKET_POOL_BOUND_TO_SOCKET",
    "HTTP2_SESSION",
    "HTTP2_SESSION_INITIALIZED",
    "HTTP2_SESSION_CLOSE",
    "HTTP2_SESSION_SEND_HEADERS",
    "HTTP2_SESSION_RECV_HEADERS",
    "HTTP2_SESSION_RECV_DATA",
    "HTTP2_SESSION_RECV_RST_STREAM",
    "HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION",
    "HTTP2_SESSION_UPDATE_RECV_WINDOW",
    "QUIC_SESSION",
    "QUIC_SESSION_PACKET_RECEIVED",
    "QUIC_SESSION_CRYPTO_HANDSHAKE_COMPLETE",
    "QUIC_SESSION_STREAM_FRAME_RECEIVED",
    "QUIC_SESSION_RST_STREAM_FRAME_RECEIVED",
    "QUIC_SESSION_CLOSED",
    "HTTP3_HEADERS_RECEIVED",
    "HTTP3_HEADERS_DECODED",
    "HTTP3_DATA_FRAME_RECEIVED",
    "HTTP3_UNKNOWN_FRAME_RECEIVED",
)
SOURCES = ("URL_REQUEST", "HTTP_STREAM_JOB", "SOCKET", "HTTP2_SESSION", "QUIC_SESSION")
TYPES = {name: 9_000 - 7 * index for index, name in enumerate(KINDS)}
SOURCE_TYPES = {name: 70 + 3 * index for index, name in enumerate(SOURCES)}
PHASES = {"PHASE_NONE": 5, "PHASE_BEGIN": 8, "PHASE_END": 6}
ERRORS = {
    "ERR_ABORTED": -3, "ERR_HTTP2_PROTOCOL_ERROR": -1337, "ERR_QUIC_PROTOCOL_ERROR": -1356,
    "ERR_CONNECTION_RESET": -1101, "ERR_CONNECTION_REFUSED": -1102, "ERR_FAILED": -2,
    "ERR_WS_UPGRADE": -1173,
}  # fmt: skip
"""Numbers that no build of Chromium has."""

BEGIN, END, NONE = "PHASE_BEGIN", "PHASE_END", "PHASE_NONE"


class LogMaker:
    """Writes events at literal milliseconds. Sources: 1 a socket, 2 a session; requests from 10."""

    def __init__(self, mode: str = "Everything") -> None:
        self.mode = mode
        self.events: list[bytes] = []

    def add(
        self, ms: int, kind: str, source: int, of: str, phase: str = NONE, **params: Any
    ) -> None:
        raw = {
            "params": params, "phase": PHASES[phase],
            "source": {"id": source, "start_time": "0", "type": SOURCE_TYPES[of]},
            "time": str(ms), "type": TYPES[kind],
        }  # fmt: skip
        self.events.append(json.dumps(raw, separators=(",", ":")).encode())

    def request(self, ms: int, kind: str, number: int, phase: str = NONE, **params: Any) -> None:
        self.add(ms, kind, number, "URL_REQUEST", phase, **params)

    def socket(self, ms: int, alpn: str = "h2", number: int = 1) -> None:
        """A TCP connection opens at ``ms``, its handshake takes the 4 ms after the first two."""
        add = self.add
        add(ms, "TCP_CONNECT", number, "SOCKET", BEGIN, address_list=["192.0.2.1:443"])
        ends = {"local_address": "192.0.2.9:5000", "remote_address": "192.0.2.1:443"}
        add(ms + 1, "TCP_CONNECT", number, "SOCKET", END, **ends)
        add(ms + 2, "SSL_CONNECT", number, "SOCKET", BEGIN)
        add(ms + 6, "SSL_CONNECT", number, "SOCKET", END, next_proto=alpn, version="TLS 1.3")

    def h2_session(self, ms: int) -> None:
        self.socket(ms)
        self.add(ms + 6, "HTTP2_SESSION", 2, "HTTP2_SESSION", BEGIN, host="chat.test:443")
        self.h2(ms + 6, "INITIALIZED", source_dependency={"id": 1, "type": SOURCE_TYPES["SOCKET"]})

    def quic_session(self, ms: int) -> None:
        self.add(ms, "QUIC_SESSION", 2, "QUIC_SESSION", BEGIN, host="chat.test", port=443)
        ends = {"peer_address": "192.0.2.1:443", "self_address": "192.0.2.9:6000", "size": 1200}
        self.quic(ms + 5, "QUIC_SESSION_PACKET_RECEIVED", **ends)
        self.quic(ms + 6, "QUIC_SESSION_CRYPTO_HANDSHAKE_COMPLETE")

    def h2(self, ms: int, kind: str, **params: Any) -> None:
        self.add(ms, f"HTTP2_SESSION_{kind}", 2, "HTTP2_SESSION", **params)

    def quic(self, ms: int, kind: str, **params: Any) -> None:
        self.add(ms, kind, 2, "QUIC_SESSION", **params)

    def ask(
        self, ms: int, number: int, path: str = "/stream", protocol: str = "h2",
        upload: int = 0, fields: Sequence[str] = (), host: str = "chat.test",
        stream_id: int | None = None,
    ) -> None:  # fmt: skip
        """A request: asked for at ``ms``, sent a millisecond later, whole after another."""
        url = f"https://{host}{path}"
        job = number + 1_000
        self.request(ms, "REQUEST_ALIVE", number, BEGIN, url=url)
        self.request(
            ms, "URL_REQUEST_START_JOB", number, BEGIN, url=url, method="POST" if upload else "GET"
        )
        self.send(ms, number, job, path, protocol, upload, fields, host, stream_id)

    def send(
        self, ms: int, number: int, job: int, path: str, protocol: str = "h2",
        upload: int = 0, fields: Sequence[str] = (), host: str = "chat.test",
        stream_id: int | None = None,
    ) -> None:  # fmt: skip
        method = "POST" if upload else "GET"
        stream = number if stream_id is None else stream_id
        jobs = {"id": job, "type": SOURCE_TYPES["HTTP_STREAM_JOB"]}
        if protocol == "h3":
            session = {"id": 2, "type": SOURCE_TYPES["QUIC_SESSION"]}
            bound = "HTTP_STREAM_REQUEST_BOUND_TO_QUIC_SESSION"
            self.request(ms, bound, number, source_dependency=session)
        else:
            kind, found = ("HTTP2_SESSION", 2) if protocol == "h2" else ("SOCKET", 1)
            pool = {
                "h2": "HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION",
                "h1": "SOCKET_POOL_BOUND_TO_SOCKET",
            }[protocol]
            depends = {"id": found, "type": SOURCE_TYPES[kind]}
            self.add(ms, pool, job, "HTTP_STREAM_JOB", source_dependency=depends)
            self.request(ms, "HTTP_STREAM_REQUEST_BOUND_TO_JOB", number, source_dependency=jobs)
        if upload:
            sizes = {"is_chunked": False, "net_error": 0, "total_size": upload}
            self.request(ms, "UPLOAD_DATA_STREAM_INIT", number, END, **sizes)
        self.request(ms, "HTTP_TRANSACTION_SEND_REQUEST", number, BEGIN)
        pseudo = [f":method: {method}", f":authority: {host}", ":scheme: https", f":path: {path}"]
        if protocol == "h1":
            line = f"{method} {path} HTTP/1.1\r\n"
            headers = [f"Host: {host}", *fields]
            kind = "HTTP_TRANSACTION_SEND_REQUEST_HEADERS"
            self.request(ms + 1, kind, number, headers=headers, line=line)
        elif protocol == "h2":
            kind = "HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS"
            self.request(ms + 1, kind, number, headers=[*pseudo, *fields])
            self.h2(
                ms + 1, "SEND_HEADERS", headers=[*pseudo, *fields], fin=not upload,
                stream_id=stream, source_dependency=jobs,
            )  # fmt: skip
        else:
            kind = "HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS"
            headers = [*pseudo, *fields]
            self.request(ms + 1, kind, number, headers=headers, quic_stream_id=stream)
        self.request(ms + 2, "HTTP_TRANSACTION_SEND_REQUEST", number, END)

    def answer(
        self, ms: int, number: int, content_type: str = "text/event-stream", status: int = 200,
        fields: Sequence[str] = (), reason: str = "",
    ) -> None:  # fmt: skip
        lines = [f"HTTP/1.1 {status} {reason}".rstrip()]
        if content_type:
            lines.append(f"content-type: {content_type}")
        kind = "HTTP_TRANSACTION_READ_RESPONSE_HEADERS"
        self.request(ms, kind, number, headers=[*lines, *fields])

    def read(self, ms: int, number: int, data: bytes, kind: str = "FILTERED_BYTES_READ") -> None:
        params: dict[str, Any] = {"byte_count": len(data)}
        if self.mode == "Everything":
            params["bytes"] = base64.b64encode(data).decode()
        self.request(ms, f"URL_REQUEST_JOB_{kind}", number, **params)

    def end(self, ms: int, number: int, net_error: int = 0) -> None:
        params: dict[str, Any] = {"net_error": net_error} if net_error else {}
        if net_error:
            self.request(ms, "FAILED", number, **params)
        self.request(ms, "REQUEST_ALIVE", number, END, **params)

    def constants(self) -> dict[str, Any]:
        return {
            "clientInfo": {"name": "Chromium", "version": "999.0.1.2"},
            "logCaptureMode": self.mode,
            "logEventPhase": PHASES,
            "logEventTypes": TYPES,
            "logFormatVersion": 1,
            "logSourceType": SOURCE_TYPES,
            "netError": ERRORS,
            "timeTickOffset": OFFSET_MS,
        }

    def text(self) -> bytes:
        """The file as Chromium writes it."""
        constants = json.dumps(self.constants(), separators=(",", ":")).encode()
        events = b",\n".join(self.events)
        return (
            b'{"constants":' + constants + b',\n"events": [\n' + events
            + b'],\n"polledData": [{"quicInfo":{}}]\n}\n'
        )  # fmt: skip
