"""Which requests are answered from a capture, and which go on to the service.

The page's own parts come from the service, as long as not everything is wanted from the capture:
documents, scripts, styles, images. So do answers that gave out credentials, since a capture has
fingerprints in their place, which nobody could log in with.
"""

import dataclasses
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from mitmproxy.http import HTTPFlow, Request

from analyzer.intake.streaming import essence
from analyzer.replay.matching import SOCKET, Match, Matcher, Miss
from analyzer.replay.requests import CONDITIONS, Asked, Strictness
from analyzer.replay.script import NOT_MODIFIED, Bytes, Recorded, Script

PAGE_TYPES = frozenset(
    {
        "text/html",
        "application/xhtml+xml",
        "text/css",
        "text/javascript",
        "application/javascript",
        "application/x-javascript",
        "application/wasm",
        "application/manifest+json",
    }
)
PAGE_FAMILIES = ("image/", "font/", "audio/", "video/")

CREDENTIAL = re.compile(rb"cred:[0-9a-f]{16}")
LOOKED_THROUGH = 1024 * 1024
"""Bytes of an answer that are searched for credentials; what gives them out is short."""

FETCHED = ("", "empty", "websocket")
"""``sec-fetch-dest`` of what scripts ask for: fetch, XMLHttpRequest, EventSource, WebSocket."""


class Casting:
    """Finds the recorded answer to a live request; what was found counts as given."""

    def __init__(
        self,
        script: Script,
        contents: Bytes,
        strictness: Strictness,
        *,
        everything: bool,
        loop: bool,
    ) -> None:
        self._left: frozenset[tuple[str, str]] = frozenset()
        if not everything:
            wanted, left = _divide(script.exchanges, contents)
            script = dataclasses.replace(script, exchanges=wanted)
            self._left = frozenset(_call(one.method, one.path) for one in left)
        self.exchanges = len(script.exchanges)
        self._everything = everything
        self._hosts = {_host(authority) for authority in script.authorities}
        self._matcher = Matcher(script, contents, strictness, loop=loop)

    def find(self, flow: HTTPFlow) -> Match | Miss | None:
        """The answer, or None for what is none of the capture's business."""
        request = flow.request
        authority = request.authority or request.host_header or request.host
        if _host(authority) not in self._hosts or request.raw_content is None:
            return None
        if not self._everything and request.headers.get("sec-fetch-dest", "") not in FETCHED:
            return None
        self._matcher.see(list(request.headers.fields))
        body = request.get_content(strict=False)
        conditional = any(name in request.headers for name in CONDITIONS)
        asked = Asked(_method(request), authority, request.path, body, conditional)
        found = self._matcher.find(asked)
        if isinstance(found, Miss) and _call(request.method, request.path) in self._left:
            return None
        return found


def _method(request: Request) -> str:
    is_socket = request.headers.get("upgrade", "").lower() == "websocket"
    return SOCKET if is_socket else request.method


def _divide(
    exchanges: Iterable[Recorded], contents: Bytes
) -> tuple[tuple[Recorded, ...], list[Recorded]]:
    """What is answered from the capture, and what is left to the service."""
    wanted: list[Recorded] = []
    left: list[Recorded] = []
    for one in exchanges:
        ours = not _is_of_the_page(one) and not _gives_credentials(one, contents)
        (wanted if ours else left).append(one)
    return tuple(wanted), left


def _call(method: str, path: str) -> tuple[str, str]:
    return method.upper(), path.partition("?")[0]


def _is_of_the_page(recorded: Recorded) -> bool:
    name = essence(recorded.header("content-type"))
    return name in PAGE_TYPES or name.startswith(PAGE_FAMILIES) or recorded.status == NOT_MODIFIED


def _gives_credentials(recorded: Recorded, contents: Bytes) -> bool:
    """A stream may: its credentials are for going on with itself."""
    if recorded.streamed or recorded.is_socket:
        return False
    for _, position, length in recorded.parts:
        if CREDENTIAL.search(contents.read(position, min(length, LOOKED_THROUGH))):
            return True
    return False


def _host(authority: str) -> str:
    """The name alone: a service under development changes its port."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""
