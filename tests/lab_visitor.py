"""A lab and a client of it, over real HTTP/2 and HTTP/3, for the tests that talk to one."""

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from analyzer.lab.client import Http3Client
from analyzer.lab.options import LabAddress, LabOptions
from analyzer.lab.process import LabProcess
from analyzer.lab.truth import EndLine, SendLine, StreamLine, read_truth

ASK = "/backend-api/f/conversation"


@dataclass(frozen=True, slots=True)
class Stream:
    """A response as a client had it; ``body`` is still content-encoded."""

    id: str
    content_encoding: str
    body: bytes
    end: str


@dataclass(frozen=True, slots=True)
class Truth:
    begun: StreamLine
    sends: list[SendLine]
    ended: EndLine


class Visitor:
    """A client that is logged in; everything but streams goes over HTTP/2."""

    def __init__(self, address: LabAddress) -> None:
        self.address = address
        self._context = ssl.create_default_context(cafile=address.ca_path)
        self.http = self._connect()
        self.http.get("/")
        self.session: dict[str, Any] = self.http.get("/api/auth/session").json()

    def _connect(self) -> httpx.Client:
        url = self.address.url
        return httpx.Client(http2=True, verify=self._context, base_url=url, timeout=10)

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.session['accessToken']}"}

    def get(self, path: str) -> Any:
        return self.http.get(path, headers=self.bearer).raise_for_status().json()

    def post(self, path: str, body: object) -> httpx.Response:
        return self.http.post(path, headers=self.bearer, json=body)

    def ask(self, protocol: str, *, v1: bool = True, cancel_s: float = 9, **wish: object) -> Stream:
        """Ask for a stream and read it to its end, or go away after ``cancel_s``."""
        body = {
            "action": "next",
            "messages": [{"content": {"content_type": "text", "parts": ["Hé"]}}],
            "supported_encodings": ["v1"] if v1 else [],
            "lab": wish,
        }
        if protocol == "h3":
            return asyncio.run(self._ask_h3(json.dumps(body).encode(), cancel_s))
        return self._ask_h2(body, cancel_s)

    def _ask_h2(self, body: object, cancel_s: float) -> Stream:
        data, end, until = b"", "complete", time.monotonic() + cancel_s
        with (  # a connection of its own: going away means to close it
            self._connect() as http,
            http.stream("POST", ASK, headers=self.bearer, json=body) as response,
        ):
            assert response.http_version == "HTTP/2"
            try:
                for part in response.iter_raw():
                    data += part
                    if time.monotonic() > until:
                        end = "cancelled"
                        break
            except httpx.RemoteProtocolError as error:
                end = "reset" if "StreamReset" in str(error) else repr(error)
            headers = response.headers
        return Stream(headers["x-request-id"], headers.get("content-encoding", "none"), data, end)

    async def _ask_h3(self, body: bytes, cancel_s: float) -> Stream:
        address = self.address
        async with Http3Client(
            address.host, address.port, address.authority, address.ca_path
        ) as client:
            try:
                async with asyncio.timeout(cancel_s):
                    got = await client.request("POST", ASK, list(self.bearer.items()), body)
            except TimeoutError:
                await asyncio.sleep(0.2)  # lets the abort reach the lab before the connection ends
                return Stream("", "", b"", "cancelled")
        return Stream(
            got.header("x-request-id"), got.header("content-encoding") or "none", got.body, got.end
        )

    def truth(self, stream_id: str) -> Truth:
        """Return what the lab logged of a stream that has ended."""
        lines = read_truth(self.address.truth_path)
        (begun,) = [x for x in lines if isinstance(x, StreamLine) and x.stream == stream_id]
        (ended,) = [x for x in lines if isinstance(x, EndLine) and x.stream == stream_id]
        sends = [x for x in lines if isinstance(x, SendLine) and x.stream == stream_id]
        return Truth(begun, sends, ended)


@contextlib.contextmanager
def visited_lab(options: LabOptions) -> Iterator[Visitor]:
    """A lab in a process of its own, and somebody who is logged in there."""
    with LabProcess(options) as lab:
        visitor = Visitor(lab.address)
        try:
            yield visitor
        finally:
            visitor.http.close()
