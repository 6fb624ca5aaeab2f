"""What a replay can be told, where it is, and what it tells of each request."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from analyzer.replay.faults import Fault
from analyzer.replay.matching import Match
from analyzer.replay.requests import Strictness


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """``speed`` 2 is twice as fast, 0 sends everything at once.

    ``loop``: after the last answer to a request comes the first one again. ``origins`` are
    let in beside this machine's own. ``port`` 0 takes a free one; ``host`` ``localhost`` is
    127.0.0.1 and ::1.
    """

    host: str = "127.0.0.1"
    port: int = 8443
    speed: float = 1.0
    loop: bool = False
    strictness: Strictness = "ids"
    faults: tuple[Fault, ...] = ()
    origins: frozenset[str] = frozenset()
    alt_svc: bool = True


class ReplayAddress(msgspec.Struct, frozen=True):
    """Where a replay is; ``spki`` is its CA key's base64 SHA-256, as browsers take it.

    ``names`` are the host names of its certificate, beside the loopback addresses.
    """

    url: str
    host: str
    port: int
    ca_path: Path
    spki: str
    names: tuple[str, ...]

    @property
    def authority(self) -> str:
        """Host and port as the URL has them."""
        return self.url.removeprefix("https://").rstrip("/")

    def to_json(self) -> bytes:
        return msgspec.json.encode(self, enc_hook=str)

    @classmethod
    def from_json(cls, line: bytes) -> "ReplayAddress":
        return msgspec.json.decode(line, type=cls, dec_hook=lambda kind, text: kind(text))


@dataclass(frozen=True, slots=True)
class Told:
    """One live request and what became of it. ``path`` has no secrets.

    ``match`` is what it was answered with, ``refusal`` why not, ``missed`` the faults whose
    place the answer is too short for; all empty for a preflight that the replay answered.
    """

    protocol: str
    method: str
    path: str
    match: Match | None = None
    refusal: str = ""
    missed: tuple[Fault, ...] = ()
