"""The demonstration without a browser: an HTTP/2 client (httpx) and an HTTP/3 client (aioquic).

Both ask what the chat page asks. Neither is a browser, and the report says so.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Protocol

import httpx
import msgspec

from analyzer.demo.script import EXPORT_LIMIT, EXPORT_PAGES, PAGES, QUESTIONS, Question
from analyzer.lab.client import Http3Client
from analyzer.lab.options import LabAddress
from analyzer.record.proxy import Proxy

NAME = "HTTP clients, not by a browser: httpx over HTTP/2, aioquic over HTTP/3"
TIMEOUT_S = 60.0
UNAUTHORIZED = 401


class Http(Protocol):
    """The one thing the session needs of a client: a request in, status and body out."""

    async def __call__(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]: ...


def drive(lab: LabAddress, proxy: Proxy, say: Callable[[str], None]) -> None:
    """Chat over HTTP/2 through the explicit proxy, then over HTTP/3 through its listener."""
    asyncio.run(_drive(lab, proxy, say))


async def _drive(lab: LabAddress, proxy: Proxy, say: Callable[[str], None]) -> None:
    async with AsyncExitStack() as opened:
        trust = ssl.create_default_context(cafile=str(proxy.ca_certificate))
        client = await opened.enter_async_context(
            httpx.AsyncClient(
                http2=True, proxy=proxy.url, verify=trust, trust_env=False, timeout=TIMEOUT_S
            )
        )

        async def over_http2(
            method: str, path: str, headers: dict[str, str], body: bytes = b""
        ) -> tuple[int, dict[str, str], bytes]:
            response = await client.request(
                method, f"https://{lab.authority}{path}", headers=headers, content=body
            )
            return response.status_code, dict(response.headers), response.content

        await _chat(over_http2, lambda what: say(f"HTTP/2: {what}"))

    route = proxy.routes[0]
    async with Http3Client(
        "127.0.0.1", route.listen_port, lab.authority, proxy.ca_certificate
    ) as quic:

        async def over_http3(
            method: str, path: str, headers: dict[str, str], body: bytes = b""
        ) -> tuple[int, dict[str, str], bytes]:
            answer = await quic.request(method, path, tuple(headers.items()), body)
            return answer.status, dict(answer.headers), answer.body

        await _chat(over_http3, lambda what: say(f"HTTP/3: {what}"))


class _User:
    """One session: the cookie, the bearer it is good for, and a new one when that is refused."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._cookie: dict[str, str] = {}
        self._bearer = ""

    async def sign_in(self) -> None:
        _, headers, _ = await self._http("GET", "/", {})
        self._cookie = {"cookie": headers.get("set-cookie", "").partition(";")[0]}
        await self._refresh()

    async def call(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> int:
        """The status in the end."""
        for _ in range(2):
            signed = self._cookie | {"authorization": f"Bearer {self._bearer}"} | (headers or {})
            status, _, _ = await self._http(method, path, signed, body)
            if status != UNAUTHORIZED:
                break
            await self._refresh()
        return status

    async def _refresh(self) -> None:
        _, _, body = await self._http("GET", "/api/auth/session", self._cookie)
        self._bearer = msgspec.json.decode(body)["accessToken"]


async def _chat(http: Http, say: Callable[[str], None]) -> None:
    user = _User(http)
    await user.sign_in()
    for page in range(PAGES):
        say(f"list of conversations, page {page + 1}")
        await user.call("GET", _page(page, 28))
    say(f"exporting the list, {EXPORT_PAGES} pages of {EXPORT_LIMIT}")
    for page in range(EXPORT_PAGES // 2):
        await user.call("GET", _page(page, EXPORT_LIMIT))
    for count, question in enumerate(QUESTIONS):
        say(f"asking: {question.text}")
        await user.call("POST", "/backend-api/f/conversation", _ASKING, _body(question))
        for page in range(EXPORT_PAGES // 2, EXPORT_PAGES if count == 0 else 0):
            await user.call("GET", _page(page, EXPORT_LIMIT))


def _page(number: int, limit: int) -> str:
    return f"/backend-api/conversations?offset={number * limit}&limit={limit}&order=updated"


_ASKING = {"accept": "text/event-stream", "content-type": "application/json"}


def _body(question: Question) -> bytes:
    message = {
        "author": {"role": "user"},
        "content": {"content_type": "text", "parts": [question.text]},
    }
    return msgspec.json.encode(
        {
            "action": "next",
            "messages": [message],
            "model": "auto",
            "supported_encodings": ["v1"],
            "lab": {"kind": question.kind},
        }
    )
