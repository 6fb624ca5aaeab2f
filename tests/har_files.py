"""HAR files made by hand, and what is read from them."""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from analyzer.importers import read_capture
from analyzer.model import AnyRecord, Problem

KEY = b"the tests' own key"
START = "2026-03-01T12:00:00.000Z"
START_S = 1_772_366_400
MS = 1_000_000


def an_entry(**members: Any) -> dict[str, Any]:
    """A GET of some JSON that took 100 ms: sent after 10, answered after 60; members by name."""
    return {
        "startedDateTime": START,
        "time": 100,
        "request": a_request(),
        "response": a_response(),
        "cache": {},
        "timings": {
            "blocked": 4, "dns": -1, "connect": 5, "ssl": 2, "send": 1, "wait": 50, "receive": 40
        },
        **members,
    }  # fmt: skip


def a_request(url: str = "https://chat.example/api/me", **members: Any) -> dict[str, Any]:
    return {"method": "GET", "url": url, "httpVersion": "http/2.0", "headers": [], **members}


def a_response(
    text: str | None = '{"ok":true}', kind: str = "application/json", **members: Any
) -> dict[str, Any]:
    content = {"size": len(text or ""), "mimeType": kind}
    return {
        "status": 200,
        "statusText": "OK",
        "httpVersion": "http/2.0",
        "headers": [{"name": "Content-Type", "value": kind}],
        "content": content if text is None else {**content, "text": text},
        **members,
    }


def a_stream(text: str | None, *messages: tuple[float, str], **members: Any) -> dict[str, Any]:
    """An event stream; a message is (ms after the entry's start, data)."""
    told = [
        {"time": START_S + at / 1e3, "eventName": "message", "eventId": "", "data": data}
        for at, data in messages
    ]
    return an_entry(
        response=a_response(text, "text/event-stream"),
        **({"_eventSourceMessages": told} if told else {}),
        **members,
    )


def a_har(*entries: Any, **members: Any) -> bytes:
    creator = {"name": "WebInspector", "version": "537.36"}
    log = {"version": "1.2", "creator": creator, "pages": [], "entries": list(entries), **members}
    return json.dumps({"log": log}).encode()


def read_bytes(data: bytes) -> list[AnyRecord | Problem]:
    """What the capture file with these bytes holds; two readings compare equal."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return [_unplaced(one, file.name) for one in read_capture(Path(file.name), KEY)]


def _unplaced(one: AnyRecord | Problem, name: str) -> AnyRecord | Problem:
    if isinstance(one, Problem) and one.place == name:
        return Problem(one.code, "the file", one.detail, one.offset, one.exchange)
    return one


def of_kind[Kind](kind: type[Kind], records: Iterable[AnyRecord | Problem]) -> list[Kind]:
    return [one for one in records if isinstance(one, kind)]


def the[Kind](kind: type[Kind], records: Iterable[AnyRecord | Problem]) -> Kind:
    (one,) = of_kind(kind, records)
    return one
