"""What was seen of traffic, before anything is kept of it: by the proxy, or in a foreign file.

These hold the traffic as it was, secrets included: nothing here can be encoded
into a journal, and only `analyzer.intake.conversion` turns it into records. All of it
is immutable: the recorder's flows change while it waits.
"""

from dataclasses import dataclass

from analyzer.model import AnyRecord, Ending, Side

type Fields = tuple[tuple[bytes, bytes], ...]


def value_of(fields: Fields, name: bytes) -> str:
    """All fields of this name, joined (RFC 9110, section 5.3); ``name`` in lower case."""
    return b", ".join(value for key, value in fields if key.lower() == name).decode("latin-1")


type Chunk = tuple[int, int, bytes]
"""Exchange, arrival in nanoseconds, bytes as they passed. A plain tuple: there are many."""

AS_RAW = -1
"""The wire length of a body whose bytes are as they passed."""


@dataclass(frozen=True, slots=True)
class RequestSeen:
    exchange: int
    at_ns: int
    method: str
    scheme: str
    authority: str
    path: str
    http_version: str
    fields: Fields
    connection: int | None
    flow_id: str


@dataclass(frozen=True, slots=True)
class ResponseSeen:
    exchange: int
    at_ns: int
    status: int
    http_version: str
    fields: Fields
    reason: str
    connection: int | None
    streamed: bool
    content_encoding: str
    timed: bool = True


@dataclass(frozen=True, slots=True)
class BodySeen:
    """A whole body as it passed, or None where it was not kept; ``missing`` says why.

    ``content_encoding`` is what has still to be undone. Where a file holds bodies decoded already,
    it is empty and ``wire_length`` says how many bytes passed: None if nobody knows,
    `AS_RAW` for as many as ``raw`` has. ``length`` is the decoded length of a body
    that was not kept, or of which ``raw`` is only the beginning.
    """

    exchange: int
    at_ns: int
    side: Side
    raw: bytes | None
    content_encoding: str
    content_type: str
    wire_length: int | None = AS_RAW
    length: int = 0
    missing: str = "mitmproxy did not keep it"


@dataclass(frozen=True, slots=True)
class ReadSeen:
    """One read of a streamed body whose content codings are undone already.

    For files that hold decoded bytes; where bytes are as they passed, a `Chunk` is the thing.
    ``wire_length`` counts bytes as they passed. A read of which only that is known has no
    ``data``.
    """

    exchange: int
    at_ns: int
    data: bytes
    wire_length: int


@dataclass(frozen=True, slots=True)
class StreamGap:
    """Here ``reads`` reads of this exchange's body are missing; ``reason`` says why."""

    exchange: int
    at_ns: int
    reads: int
    size: int
    reason: str


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """``length`` is told where ``data`` is only the message's beginning."""

    exchange: int
    at_ns: int
    from_client: bool
    is_text: bool
    data: bytes
    length: int = 0


@dataclass(frozen=True, slots=True)
class EndSeen:
    exchange: int
    at_ns: int
    how: Ending
    detail: str


@dataclass(frozen=True, slots=True)
class LagSeen:
    """How late the event loop was in a window: each sample, and when for the bad ones.

    ``listed`` holds (when, how late). The list of samples is handed over, not shared.
    """

    at_ns: int
    window_ns: int
    late_ns: list[int]
    listed: tuple[tuple[int, int], ...]
    reads: int
    stamping_ns: int


type Seen = (
    RequestSeen
    | ResponseSeen
    | BodySeen
    | ReadSeen
    | StreamGap
    | MessageSeen
    | EndSeen
    | LagSeen
    | AnyRecord
)
type Item = Chunk | Seen
"""Records stand in the queue where nothing in them can be secret."""


ITEM_BYTES = 256
"""What each item counts for beside its bytes, so that a limit in bytes bounds their number too."""


def weigh(item: Seen) -> int:
    """How many bytes of a limited queue an item takes; a chunk takes `ITEM_BYTES` and its own."""
    match item:
        case BodySeen():
            return ITEM_BYTES + len(item.raw or b"")
        case ReadSeen():
            return ITEM_BYTES + len(item.data)
        case MessageSeen():
            return ITEM_BYTES + len(item.data)
        case RequestSeen() | ResponseSeen():
            return ITEM_BYTES + sum(len(name) + len(value) for name, value in item.fields)
    return ITEM_BYTES
