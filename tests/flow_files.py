"""Flow files made by hand: of today's format with mitmproxy's own types, of old ones as dicts."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mitmproxy import http
from mitmproxy.flow import Flow
from mitmproxy.io import tnetstring
from mitmproxy.test import tflow

from analyzer.importers import read_capture
from analyzer.model import AnyRecord, Problem

MS = 1_000_000
T0_S = 1_760_000_000
"""When the made flows begin: the Unix seconds of 5 s on the monotonic clock."""

MONO_NS = 5_000 * MS
WALL_NS = T0_S * 10**9
EVENTS = (b'data: {"a": 1}\n\n', b"data: two\n\n", b"data: [DONE]\n\n")
TIMES = tuple(MONO_NS + ms * MS for ms in (250, 300, 450))


def http_flow(
    body: bytes | None = b'{"items":[]}',
    content_type: str = "application/json",
    *,
    headers: Iterable[tuple[str, str]] = (),
    at_s: float = T0_S,
    flow_id: str = "",
) -> http.HTTPFlow:
    """A POST at ``at_s``, sent after 10 ms, answered after 200 ms, ended after 500 ms."""
    flow = tflow.tflow(resp=True)
    assert flow.response is not None
    flow.id = flow_id or flow.id
    flow.timestamp_created = at_s
    flow.request = http.Request(
        "chat.example",
        443,
        b"POST",
        b"https",
        b"chat.example",
        b"/ask?x=1",
        b"HTTP/2.0",
        http.Headers([(b"content-type", b"application/json")]),
        b'{"ask":"Well?"}',
        None,
        at_s,
        at_s + 0.01,
    )
    fields = [("content-type", content_type), *headers]
    flow.response = http.Response(
        b"HTTP/2.0",
        200,
        b"",
        http.Headers([(name.encode(), value.encode()) for name, value in fields]),
        body,
        None,
        at_s + 0.2,
        at_s + 0.5,
    )
    for connection in (flow.client_conn, flow.server_conn):
        connection.timestamp_start, connection.timestamp_end = T0_S - 1.0, None
    return flow


def stream_flow(
    parts: Iterable[bytes] = EVENTS,
    at_ns: Iterable[int] = TIMES,
    *,
    dropped: int = 0,
    coding: str = "",
    stored: bool = True,
    flow_id: str = "",
) -> http.HTTPFlow:
    """An event stream with the recorder's timeline."""
    parts = list(parts)
    headers = [("content-encoding", coding)] if coding else []
    body = b"".join(parts) if stored else None
    flow = http_flow(body, "text/event-stream", headers=headers, flow_id=flow_id)
    flow.metadata["streamscope"] = timeline(at_ns, map(len, parts), dropped)
    return flow


def timeline(at_ns: Iterable[int], lengths: Iterable[int], dropped: int = 0) -> dict[str, Any]:
    return {
        "mono_ns": MONO_NS,
        "wall_ns": WALL_NS,
        "at_ns": list(at_ns),
        "lengths": list(lengths),
        "dropped": dropped,
    }


def dumped(*flows: Flow | dict[Any, Any]) -> bytes:
    """A flow file's bytes; dicts are states of any version."""
    file = io.BytesIO()
    for flow in flows:
        tnetstring.dump(flow.get_state() if isinstance(flow, Flow) else flow, file)
    return file.getvalue()


def read_bytes(directory: Path, data: bytes, name: str = "x") -> list[AnyRecord | Problem]:
    """What the importer makes of these bytes; its credentials are keyed the same each time."""
    path = directory / name
    path.write_bytes(data)
    return list(read_capture(path, b"key"))


def only[R](records: Iterable[object], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]
