"""What JSON bodies say of credentials: how long one lives, and whether a list came empty."""

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from analyzer.analyses.credentials import dates
from analyzer.analyses.credentials.carried import FINGERPRINT
from analyzer.analyses.credentials.refusals import read_json
from analyzer.analyses.credentials.rows import KnownBy

BODY_LIMIT = 1 << 20
"""Longest body that is searched for credentials."""

LIST_LIMIT = 4 * 1024
"""Longest body that can be an empty list; a longer one holds something."""

NODES_LIMIT = 10_000
"""Objects of one body that are looked at."""

ACCESS_NAMES = frozenset({"accesstoken", "bearertoken", "authtoken", "token", "jwt"})
_REFRESH_NAMES = frozenset({"refreshtoken", "sessiontoken"})
_SPANS = ("expires_in", "expiresIn", "expires_in_seconds", "expiresInSeconds")
_REFRESH_SPANS = ("refresh_expires_in", "refresh_token_expires_in", "refreshExpiresIn")
_MOMENTS = ("expires_at", "expiresAt", "expires_on", "expiresOn", "expiry", "expires")
_LISTS = ("items", "data", "results", "conversations", "entries", "list")
_FILLER = "."

type Listing = Literal["", "empty", "filled"]


class Told(msgspec.Struct, frozen=True):
    """When one credential ends, as a body says: Unix seconds."""

    fingerprint: str
    expires_s: float
    known_by: KnownBy


class Answered(msgspec.Struct, frozen=True):
    """What a JSON body says. ``hands_out``: an access token stands in it.

    ``session_expires_s``: an ``expires`` beside an access token that has its own end already,
    by ``exp`` or ``expires_in``, is the session's. Beside any other it is the token's.
    """

    hands_out: bool = False
    tokens: tuple[Told, ...] = ()
    session_expires_s: float | None = None
    listing: Listing = ""
    is_empty_object: bool = False


def read_answer(body: bytes, known: Mapping[str, bool], wall_s: float | None) -> Answered:
    """Read a successful response's body.

    ``known``: the fingerprints that the recorder found in it, and whether each is a JWT with
    an ``exp``. ``wall_s``: when the body came, Unix seconds; ``expires_in`` counts from it.
    """
    if body[:64].strip() == b"{}":
        return Answered(is_empty_object=True)
    if b"cred:" in body or b'"cred' in body:
        found = _Search(known, wall_s)
        found.look(read_json(body, BODY_LIMIT))
        listing: Listing = _listing(read_json(body, LIST_LIMIT))
        return Answered(found.hands_out, tuple(found.tokens), found.session_expires_s, listing)
    if len(body) > LIST_LIMIT:
        return Answered(listing="filled" if _starts_a_list(body) else "")
    return Answered(listing=_listing(read_json(body, LIST_LIMIT)))


def _starts_a_list(body: bytes) -> bool:
    return body[:1] == b"[" or any(b'"%s"' % name.encode() in body[:LIST_LIMIT] for name in _LISTS)


def _listing(value: object) -> Listing:
    """Whether a value is a list of things, and an empty one."""
    if isinstance(value, list):
        return "filled" if value else "empty"
    if not isinstance(value, dict):
        return ""
    inner = next((value[name] for name in _LISTS if isinstance(value.get(name), list)), None)
    if inner is None:
        return ""
    return "filled" if inner or value.get("total") else "empty"


class _Search:
    def __init__(self, known: Mapping[str, bool], wall_s: float | None) -> None:
        self.hands_out = False
        self.tokens: list[Told] = []
        self.session_expires_s: float | None = None
        self._known = known
        self._wall_s = wall_s

    def look(self, value: object) -> None:
        for node in _objects(value):
            for name, secret in node.items():
                compact = name.replace("_", "").replace("-", "").lower()
                if compact in ACCESS_NAMES or compact in _REFRESH_NAMES:
                    fingerprint = self._fingerprint(secret)
                    self.hands_out |= bool(fingerprint)
                    if fingerprint:
                        self._judge(node, fingerprint, compact in _REFRESH_NAMES)

    def _judge(self, node: dict[str, object], fingerprint: str, is_refresh: bool) -> None:
        end_s = self._end(node, _REFRESH_SPANS if is_refresh else _SPANS)
        if end_s is not None:
            self.tokens.append(Told(fingerprint, end_s, "expires_in"))
        if is_refresh:
            return
        moments = map(dates.read_moment, map(node.get, _MOMENTS))
        moment_s = next((one for one in moments if one is not None), None)
        if moment_s is None:
            return
        if end_s is not None or self._known.get(fingerprint, False):
            self.session_expires_s = moment_s
        else:
            self.tokens.append(Told(fingerprint, moment_s, "expires field"))

    def _end(self, node: dict[str, object], spans: tuple[str, ...]) -> float | None:
        given = (span for span in map(dates.read_span, map(node.get, spans)) if span is not None)
        span_s = next(given, None)
        if span_s is None or self._wall_s is None:
            return None
        return dates.plausible(self._wall_s + span_s)

    def _fingerprint(self, secret: object) -> str:
        """The fingerprint that was fitted to the secret's length: filled up, or cut."""
        if not isinstance(secret, str):
            return ""
        shown = secret.rstrip(_FILLER)
        if FINGERPRINT.fullmatch(shown):
            return shown
        if len(secret) < 8 or not secret.startswith("cred:"):
            return ""
        meant = [one for one in self._known if one.startswith(shown)]
        return meant[0] if len(meant) == 1 else ""


def _objects(value: object) -> Iterator[dict[str, object]]:
    """Every JSON object inside a value, at most `NODES_LIMIT`."""
    waiting, seen = [value], 0
    while waiting and seen < NODES_LIMIT:
        node = waiting.pop()
        seen += 1
        if isinstance(node, dict):
            yield node
            waiting += [one for one in node.values() if isinstance(one, dict | list)]
        elif isinstance(node, list):
            waiting += [one for one in node[:NODES_LIMIT] if isinstance(one, dict | list)]
