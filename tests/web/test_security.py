"""The door: who may ask, by which name, and from which page."""

import asyncio
import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from browsing import HOST, Asking

from analyzer.web.security import COOKIE, ENTRANCE, Door, Guard, Receive, Scope, Send, authorities

TOKEN = "0123456789abcdef"
OURS = authorities(("127.0.0.1",), 8001)


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    """What stands behind the door."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"private"})


@pytest.fixture(scope="module")
def pages() -> Iterator[Asking]:
    with asyncio.Runner() as runner:
        yield Asking(runner, Guard(page, Door(OURS)))


@pytest.fixture(scope="module")
def closed() -> Iterator[Asking]:
    with asyncio.Runner() as runner:
        yield Asking(runner, Guard(page, Door(OURS, token=TOKEN, port=8001)))


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8001", 200),
        ("LOCALHOST:8001", 200),
        ("[::1]:8001", 200),
        ("127.0.0.1", 421),
        ("127.0.0.1:8002", 421),
        ("evil.example:8001", 421),
        ("127.0.0.1.evil.example:8001", 421),
        ("", 421),
    ],
)
def test_only_this_servers_own_names_are_answered(host: str, status: int, pages: Asking) -> None:
    assert pages.get("/db.json", {"host": host}).status_code == status


def test_a_server_on_all_addresses_answers_to_the_one_that_was_reached(pages: Asking) -> None:
    guard = Guard(page, Door(authorities(("0.0.0.0",), 80), wildcard=True))

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    def asked(host: str, server: tuple[str, int]) -> int:
        said: list[int] = []

        async def send(message: Any) -> None:
            said.append(message.get("status", 0))

        headers = [(b"host", host.encode())]
        scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "server": server}
        pages.wait(guard(scope, receive, send))
        return said[0]

    assert asked("192.0.2.7:8001", ("192.0.2.7", 8001)) == 200
    assert asked("192.0.2.8:8001", ("192.0.2.7", 8001)) == 421
    assert asked("evil.example:8001", ("192.0.2.7", 8001)) == 421
    assert asked("[2001:db8::1]:8001", ("2001:db8::1", 8001)) == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": f"http://{HOST}"}, 200),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 200),
        ({"origin": "null"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:9"}, 403),
        ({"origin": f"https://{HOST}"}, 403),
        ({}, 403),
    ],
)
def test_only_pages_of_this_server_may_post(
    headers: dict[str, str], status: int, pages: Asking
) -> None:
    assert pages.ask("POST", "/-/streamscope/refresh", headers).status_code == status


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_pages_may_link_here_but_load_and_ask_nothing(site: str, pages: Asking) -> None:
    """A page of another port of this machine is same-site."""
    visit = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}

    def asked(path: str, **changed: str) -> int:
        return pages.get(path, visit | changed).status_code

    assert asked("/") == 200
    assert asked("/db?sql=select+1") == 403
    for dest in ("iframe", "object", "embed"):
        assert asked("/", **{"sec-fetch-dest": dest}) == 403
    for mode in ("no-cors", "cors", "websocket"):
        assert asked("/db.json", **{"sec-fetch-mode": mode, "sec-fetch-dest": "script"}) == 403


def test_with_a_token_nothing_is_told_without_it(closed: Asking) -> None:
    for path in ("/", "/db.json", "/metrics", "/-/streamscope/static/site.css", "/db.db"):
        assert closed.get(path).status_code == 401
        assert closed.get(path, {"authorization": "Bearer 0123456789abcdeX"}).status_code == 401
        assert closed.get(path, {"cookie": f"{COOKIE}_8001={TOKEN}"}).status_code == 401
    assert "www-authenticate" in closed.get("/db.json").headers


def test_a_bearer_enters(closed: Asking) -> None:
    assert closed.get("/db.json", {"authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_a_browser_enters_by_a_form_and_a_cookie_that_is_not_the_token(closed: Asking) -> None:
    own = {"origin": f"http://{HOST}"}
    form = closed.get("/", {"accept": "text/html"})
    wrong = closed.ask("POST", ENTRANCE, own, data={"token": "wrong"})
    entered = closed.ask("POST", ENTRANCE, own, data={"token": TOKEN})
    cookie = entered.headers["set-cookie"]

    assert form.status_code == 401
    assert f'action="{ENTRANCE}"' in form.text
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert "HttpOnly; SameSite=Strict" in cookie
    assert TOKEN not in cookie
    assert cookie.startswith(f"{COOKIE}_8001=")
    assert closed.get("/", {"cookie": cookie.partition(";")[0]}).status_code == 200


def test_the_entrance_may_use_its_own_style_alone(closed: Asking) -> None:
    form = closed.get("/", {"accept": "text/html"})
    (style,) = re.findall("<style>(.*?)</style>", form.text, re.DOTALL)
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"style-src 'sha256-{hashed}';" in form.headers["content-security-policy"]
    assert "default-src 'none'" in form.headers["content-security-policy"]
