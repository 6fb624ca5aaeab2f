"""Who may ask: the door before every page, and what browsers are told to refuse.

Pages of captured traffic are private. Against other people there are the loopback address and,
beyond it, a token; against other pages in the same browser there are the Host field (DNS
rebinding), the Origin and fetch metadata (requests from elsewhere) and a Content-Security-Policy
(captured text that turned out to be markup).
"""

import base64
import hashlib
import hmac
import html
import ipaddress
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

import msgspec

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Scope, Receive, Send], Awaitable[None]]

ENTRANCE = "/-/enter"
COOKIE = "streamscope_entrance"
LEAST_TOKEN = 16
"""Characters of a token: a shorter one can be found by trying."""

LONGEST_FORM = 4096

_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
_STATIC = ("/-/streamscope/static/", "/-/streamscope/theme/")
_OWN = "/-/streamscope/"
"""Of the addresses under ``/-/`` only ours are answered: Datasette's tell of this machine (paths,
versions, threads) and of accounts, which there are none of here."""


class Door(msgspec.Struct, frozen=True):
    """``authorities`` are the Host fields that name this server, in lower case.

    ``wildcard``: it listens on all addresses; then Host may name the one that was connected to.
    ``token``: what every request has to show; empty where none is asked for.
    ``port``: cookies are one host's, whatever the port: theirs are told apart by name.
    """

    authorities: frozenset[str]
    wildcard: bool = False
    token: str = ""
    port: int = 0


def authorities(hosts: Iterable[str], port: int) -> frozenset[str]:
    """Host fields of a server on these names or addresses, and on loopback."""
    names = {"127.0.0.1", "localhost", "[::1]"}
    names |= {f"[{host}]" if ":" in host else host.lower() for host in hosts}
    return frozenset(f"{name}:{port}" for name in names) | (names if port == 80 else set())


POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of every page that states none itself: nothing inline, nothing
from elsewhere. Our templates stand in for those of Datasette's that have scripts inside."""


class Guard:
    """Lets requests pass to the application, or answers them itself with a sentence."""

    def __init__(self, application: Application, door: Door) -> None:
        self._application = application
        self._door = door
        self._cookie = f"{COOKIE}_{door.port}"
        self._pass = secrets.token_urlsafe(32)  # the cookie's: it ends with this process

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        asked = _Asked(scope)
        guarded = self._with_headers(send, asked.path)
        refusal = self._refusal(asked)
        if refusal is not None:
            await _answer(guarded, *refusal)
        elif self._door.token and asked.path == ENTRANCE:
            await self._enter(asked, receive, guarded)
        elif self._door.token and not self._is_known(asked):
            await self._turn_away(asked, guarded)
        elif asked.path.startswith("/-/") and not asked.path.startswith(_OWN):
            await _answer(guarded, 404, "There is no such page.\n")
        else:
            await self._application(scope, receive, guarded)

    def _refusal(self, asked: "_Asked") -> tuple[int, str] | None:
        """Status and sentence, for what no page of this server could have sent."""
        if not self._is_ours(asked):
            return 421, (
                "This server goes by another name: its Host is not the one that was asked for. "
                "Use the address that `streamscope serve` printed.\n"
            )
        site = asked.one("sec-fetch-site")
        if asked.method not in ("GET", "HEAD", "OPTIONS"):
            origin = asked.one("origin")
            ours = origin == f"http://{asked.one('host')}"
            if not (ours or (origin in ("", "null") and site == "same-origin")):
                return 403, "Only this server's own pages may ask for that.\n"
        elif site in ("cross-site", "same-site"):
            if not asked.is_visit:
                return 403, "Pages from elsewhere may not ask for anything here.\n"
            if asked.asks:
                return 403, (
                    "Pages from elsewhere may lead here, but not ask anything of the database. "
                    "If you want this, open the address yourself.\n"
                )
        return None

    def _is_ours(self, asked: "_Asked") -> bool:
        host = asked.one("host").lower()
        if host in self._door.authorities:
            return True
        if not self._door.wildcard or asked.server is None:
            return False
        # An address can't be rebound: whoever names the one that he reached means this server.
        address, port = asked.server
        try:
            number = ipaddress.ip_address(address)
        except ValueError:
            return False
        return host == (f"[{number}]:{port}" if number.version == 6 else f"{number}:{port}")

    def _is_known(self, asked: "_Asked") -> bool:
        scheme, _, shown = asked.one("authorization").partition(" ")
        if scheme.lower() == "bearer" and _same(shown.strip(), self._door.token):
            return True
        return _same(asked.cookie(self._cookie), self._pass)

    async def _turn_away(self, asked: "_Asked", send: Send) -> None:
        """A browser is shown where to enter; anything else is told what is missing."""
        if asked.method == "GET" and "text/html" in asked.one("accept"):
            await _page(send, 401, _form(""))
            return
        sentence = "A token is asked for: Authorization: Bearer TOKEN.\n"
        await _answer(send, 401, sentence, {b"www-authenticate": b'Bearer realm="streamscope"'})

    async def _enter(self, asked: "_Asked", receive: Receive, send: Send) -> None:
        if asked.method != "POST":
            await _page(send, 200, _form(""))
            return
        body = await _read(receive)
        shown = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0]
        if not _same(shown.strip(), self._door.token):
            await _page(send, 401, _form("That is not the token."))
            return
        cookie = f"{self._cookie}={self._pass}; Path=/; HttpOnly; SameSite=Strict"
        await _answer(send, 303, "", {b"location": b"/", b"set-cookie": cookie.encode()})

    def _with_headers(self, send: Send, path: str) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [
                    (name, value)
                    for name, value in message.get("headers", [])
                    if name.lower() not in _HEADERS
                ]
                names = {name.lower() for name, _ in kept}
                added = dict(_HEADERS)
                if b"content-security-policy" not in names:
                    added[b"content-security-policy"] = POLICY
                if not path.startswith(_STATIC):
                    kept = [one for one in kept if one[0].lower() != b"cache-control"]
                    added[b"cache-control"] = b"no-store"
                if path == ENTRANCE or message["status"] == 401:
                    # With no-referrer a form's Origin would be null.
                    added[b"referrer-policy"] = b"same-origin"
                message = {**message, "headers": [*kept, *added.items()]}
            await send(message)

        return sending


class _Asked:
    """What is looked at of a request before anything else is."""

    def __init__(self, scope: Scope) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.asks = bool(scope.get("query_string"))
        self.server: tuple[str, int] | None = scope.get("server")
        self._headers: list[tuple[bytes, bytes]] = list(scope["headers"])

    def one(self, name: str) -> str:
        """The field's value; empty if it is missing or there are several."""
        found = [value for key, value in self._headers if key.lower() == name.encode()]
        return found[0].decode("latin-1") if len(found) == 1 else ""

    @property
    def is_visit(self) -> bool:
        """Whether the answer becomes a page of its own, not part of another."""
        return self.one("sec-fetch-mode") == "navigate" and self.one("sec-fetch-dest") == "document"

    def cookie(self, name: str) -> str:
        try:
            morsel = SimpleCookie(self.one("cookie")).get(name)
        except CookieError:
            return ""
        return morsel.value if morsel else ""


def _same(shown: str, expected: str) -> bool:
    return hmac.compare_digest(shown.encode(), expected.encode())


async def _read(receive: Receive) -> bytes:
    body = b""
    while len(body) <= LONGEST_FORM:
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if not message.get("more_body"):
            return body
    return b""


async def _answer(
    send: Send, status: int, sentence: str, more: dict[bytes, bytes] | None = None
) -> None:
    headers = {b"content-type": b"text/plain; charset=utf-8", **(more or {})}
    await _send(send, status, sentence.encode(), headers)


async def _page(send: Send, status: int, markup: str) -> None:
    headers = {
        b"content-type": b"text/html; charset=utf-8",
        b"content-security-policy": POLICY.replace(b"style-src 'self'", _STYLE_SOURCE),
    }
    await _send(send, status, markup.encode(), headers)


async def _send(send: Send, status: int, body: bytes, headers: dict[bytes, bytes]) -> None:
    headers = {**headers, b"content-length": str(len(body)).encode()}
    await send({"type": "http.response.start", "status": status, "headers": list(headers.items())})
    await send({"type": "http.response.body", "body": body})


_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 24rem; margin: 12vh auto; padding: 1rem }
h1 { font-size: 1.4rem }
input, button { font: inherit; padding: .5rem .7rem; width: 100%; box-sizing: border-box }
input, button { border: 1px solid #80838f; border-radius: 5px }
button { margin-top: .7rem; border-color: transparent; color: #fff; background: #1f4fbf }
.bad { color: light-dark(#b3261e, #ff8b84) }
"""
_HASHED = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest())
_STYLE_SOURCE = b"style-src 'sha256-%s'" % _HASHED
"""The one page that stands before the door can load nothing from behind it."""


def _form(fault: str) -> str:
    said = f'<p class="bad" role="alert">{html.escape(fault)}</p>' if fault else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>streamscope</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
<main>
<h1>streamscope</h1>
<form method="post" action="{ENTRANCE}">
<p><label for="token">The token that this server was started with</label></p>
{said}
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Enter</button>
</form>
</main>
</html>
"""
