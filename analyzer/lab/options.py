"""What a lab can be told: one frozen type, used by the command, the server and the tests."""

from pathlib import Path
from typing import Literal

import msgspec

type IdScheme = Literal["uuid4", "uuid7", "ulid"]
type JwtAlgorithm = Literal["ES256", "RS256"]
type ContentCoding = Literal["none", "gzip", "br", "zstd"]
type CookieStyle = Literal["plain", "chunked", "chunked-on-rotation"]
type AccessFormat = Literal["jwt", "opaque"]
type StreamsAtExpiry = Literal["survive", "cut"]
type Form = Literal["cumulative", "delta_v1"]

CODINGS: tuple[ContentCoding, ...] = ("none", "gzip", "br", "zstd")
DEFAULT_KIND = "steady"


class LabOptions(msgspec.Struct, frozen=True):
    """Options of one lab.

    ``host`` ``localhost`` is 127.0.0.1 and, where there is IPv6, ::1 as well:
    browsers may try either. ``port`` 0 takes one that is free for TCP and UDP. ``directory``
    holds whatever has no path of its own (certificates always; database and
    truth log unless given); None makes a temporary one that goes away with
    the lab. ``time_scale`` stretches every schedule: 0.1 is ten times faster.
    ``access_lifetime_s`` is exp − iat of access credentials;
    ``rotate_session_after_s`` gives the session cookie a new value once it is
    that old (None: never). ``names`` are further host names for the
    certificate; the first one is the host of the URL.

    ``access_format`` ``opaque`` makes access credentials random; the answer of
    ``/api/auth/session`` then says ``expires_in`` (whole seconds) beside them.
    ``streams_at_expiry`` says what becomes of a stream that is open when the
    credential that asked for it ends: it goes on, or gets an error event and
    its end. ``server_timing`` adds that header to lists. ``list_index`` False
    leaves lists without an index, so that each page sorts the whole table.
    ``alt_svc`` tells clients over TCP of HTTP/3 on the same port.
    """

    host: str = "localhost"
    port: int = 0
    names: tuple[str, ...] = ("localhost",)
    directory: Path | None = None
    database: Path | None = None
    truth_log: Path | None = None
    conversations: int = 5_000
    seed: int = 1
    ids: IdScheme = "uuid4"
    kind: str = DEFAULT_KIND
    encoding: ContentCoding = "none"
    time_scale: float = 1.0
    access_lifetime_s: float = 900.0
    jwt_algorithm: JwtAlgorithm = "ES256"
    session_cookie: CookieStyle = "plain"
    rotate_session_after_s: float | None = None
    access_format: AccessFormat = "jwt"
    streams_at_expiry: StreamsAtExpiry = "survive"
    server_timing: bool = False
    list_index: bool = True
    alt_svc: bool = True


class LabAddress(msgspec.Struct, frozen=True):
    """Where a running lab is; ``spki`` is its CA key's base64 SHA-256, as browsers take it.

    ``duet_url`` is the page of two bots talking, if it was asked for.
    """

    url: str
    host: str
    port: int
    ca_path: Path
    spki: str
    truth_path: Path
    database_path: Path
    conversations: int
    seeding_s: float
    duet_url: str = ""

    @property
    def authority(self) -> str:
        """Host and port as the URL has them."""
        return self.url.removeprefix("https://").rstrip("/")


def to_json(value: LabOptions | LabAddress) -> bytes:
    """Return one line of JSON; paths are strings."""
    return msgspec.json.encode(value, enc_hook=str)


def from_json[T: (LabOptions, LabAddress)](data: bytes | str, kind: type[T]) -> T:
    return msgspec.json.decode(data, type=kind, dec_hook=lambda to, text: to(text))
