"""The frozen types that travel between the ranks, and the error types.

Three families, in the order in which data passes through them:

1. *Records*: what a capture holds. The recorder and the importers make them,
   the journal keeps them, the reassembler eats them.
2. *Reassembled things*: events, deltas, turns, exchanges.
3. *Findings about the data itself*: `Problem`, `Unmeasurable`.

Time: every name that ends in ``_ns`` is an integer count of nanoseconds of the
capture's own monotonic clock, unless its docstring says wall clock. The one
wall-clock anchor of a capture stands in its `CaptureHead`.
"""

from typing import Literal

import msgspec

type Clock = Literal["chunk", "packet", "event", "none"]
type Side = Literal["request", "response"]
type Headers = tuple[tuple[str, str], ...]
type Ending = Literal["complete", "client_abort", "server_abort", "error", "unfinished"]
type TextKind = Literal["answer", "reasoning", "title", "tool"]
type TurnStatus = Literal["complete", "stopped", "error", "cut", "handoff", "unfinished", "unknown"]


class StreamscopeError(Exception):
    """An error whose message is a sentence for the user: value, place, remedy."""


class CaptureError(StreamscopeError):
    """A file cannot be read as a capture at all."""


class StreamError(StreamscopeError):
    """One stream is broken beyond going on; caught once, by the reassembler.

    ``code`` is what the resulting `Problem` carries.
    """

    def __init__(self, code: str, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.offset = offset


# --------------------------------------------------------------------------- records


class Record(msgspec.Struct, frozen=True, tag_field="t", omit_defaults=True):
    """What a capture is made of; ``t`` names the kind in the journal."""


class CaptureHead(Record, frozen=True, tag="capture"):
    """First record of a capture: where its times come from.

    ``mono_ns`` and ``wall_ns`` were read together; wall time of any other
    stamp is ``wall_ns + (at_ns - mono_ns)``. ``resolution_ns`` is the smallest
    step of the clock that was seen. ``redaction`` says what was taken out:
    credentials only, all content, or everything but lengths.
    """

    capture_id: str
    source: str
    tool: str
    clock: Clock
    resolution_ns: int
    mono_ns: int
    wall_ns: int
    redaction: Literal["secrets", "content", "shape"] = "secrets"
    scope: tuple[str, ...] = ()


class Connection(Record, frozen=True, tag="connection"):
    """A transport connection, written when its first exchange needs it.

    ``protocol`` is the ALPN name (``http/1.1``, ``h2``, ``h3``), empty where none was agreed
    upon; ``alpn_offers`` what its client would have spoken, first choice first. ``opened_ns``
    is when the transport began, ``tls_begun_ns`` when its TLS or QUIC handshake did, ``tls_ns``
    when that ended. ``local`` is the proxy's own address on it.
    """

    connection: int
    at_ns: int
    side: Literal["client", "server"]
    protocol: str = ""
    peer: str = ""
    sni: str = ""
    tls: str = ""
    opened_ns: int | None = None
    tls_ns: int | None = None
    tls_begun_ns: int | None = None
    local: str = ""
    alpn_offers: tuple[str, ...] = ()


class ConnectionEnd(Record, frozen=True, tag="connection_end"):
    connection: int
    at_ns: int
    error: str = ""


class RequestHead(Record, frozen=True, tag="request"):
    """Request headers came in from the client. Credentials are fingerprints already.

    Header names are lower-case; values are UTF-8 where they are valid UTF-8,
    else Latin-1. ``http_version`` is what the client spoke: ``HTTP/1.1``,
    ``HTTP/2.0``, ``HTTP/3``.
    """

    exchange: int
    at_ns: int
    method: str
    scheme: str
    authority: str
    path: str
    http_version: str
    headers: Headers = ()
    connection: int | None = None
    flow_id: str = ""


class RequestEnd(Record, frozen=True, tag="request_end"):
    """The request is whole and goes to the service: *request sent* of the metrics."""

    exchange: int
    at_ns: int


class ResponseHead(Record, frozen=True, tag="response"):
    """Response headers came in from the service.

    ``streamed``: the body passes through untouched and its reads are timed.
    ``connection`` is the server-side connection; ``http_version`` what the
    service spoke. Not ``timed``: the capture has this stream's bytes, and the arrival of
    none of them, whatever its clock gives for others.
    """

    exchange: int
    at_ns: int
    status: int
    http_version: str
    headers: Headers = ()
    reason: str = ""
    connection: int | None = None
    streamed: bool = False
    timed: bool = True


class Reads(Record, frozen=True, tag="reads"):
    """Body chunks of one streamed body between two flushes, in order.

    ``at_ns``, ``lengths`` and ``wire_lengths`` run in parallel, one entry a
    read. ``data`` is the concatenation of what the reads brought after
    content decoding and redaction, so ``sum(lengths) == len(data)``.
    Redaction keeps lengths. ``wire_lengths`` counts bytes as they passed,
    still content-encoded; empty where equal to ``lengths``. A read whose
    bytes only became readable later (a compressor that holds back) has
    length 0 and the bytes stand with the read that released them.
    """

    exchange: int
    at_ns: tuple[int, ...]
    lengths: tuple[int, ...]
    data: bytes
    wire_lengths: tuple[int, ...] = ()
    side: Side = "response"


class Body(Record, frozen=True, tag="body"):
    """A whole body that was buffered: no chunk times, only when it was complete.

    ``length`` counts decoded bytes, ``wire_length`` bytes as they passed.
    ``data`` can be shorter than ``length``; then ``withheld`` says why.
    """

    exchange: int
    at_ns: int
    side: Side
    length: int
    data: bytes = b""
    wire_length: int | None = None
    withheld: str = ""


class ExchangeEnd(Record, frozen=True, tag="exchange_end"):
    """How an exchange ended. An exchange without this record is unfinished."""

    exchange: int
    at_ns: int
    how: Ending
    detail: str = ""


class WebSocketMessage(Record, frozen=True, tag="websocket"):
    """One message of an upgraded exchange; ``data`` is redacted like any body."""

    exchange: int
    at_ns: int
    from_client: bool
    is_text: bool
    data: bytes
    length: int


class Credential(Record, frozen=True, tag="credential"):
    """A secret was seen and replaced; this is all that is kept of it.

    ``fingerprint`` is keyed, so equal secrets of one capture compare equal and
    nothing else can be learned. ``kind``: ``bearer``, ``cookie``, ``session``,
    ``resume``, ``api_key``, ``other``. ``place`` names where it stood, as
    ``request header authorization``, ``response body accessToken``,
    ``query access_token``. Times of day are Unix seconds as the credential
    itself or its cookie attributes state them.
    """

    exchange: int
    at_ns: int
    fingerprint: str
    kind: str
    place: str
    length: int
    name: str = ""
    issued_at_s: float | None = None
    expires_at_s: float | None = None
    max_age_s: int | None = None


class Observer(Record, frozen=True, tag="observer"):
    """What observing cost, over the window that ends at ``at_ns``.

    ``lag_*``: how late the proxy's event loop ran its timer, over ``samples``
    samples; every sample at or over 5 ms is listed in ``late_at_ns`` (when it
    ran) and ``late_ns`` (how late). ``stamping_ns`` is the time spent in the
    stream callable for ``reads`` reads; ``writer_cpu_ns`` the writer thread's
    CPU time; ``queue_peak`` the longest queue.
    """

    at_ns: int
    window_ns: int
    samples: int
    lag_median_ns: int = 0
    lag_max_ns: int = 0
    late_at_ns: tuple[int, ...] = ()
    late_ns: tuple[int, ...] = ()
    reads: int = 0
    stamping_ns: int = 0
    writer_cpu_ns: int = 0
    queue_peak: int = 0


class Lost(Record, frozen=True, tag="lost"):
    """The recorder could not keep something; traffic went on regardless."""

    at_ns: int
    what: str
    count: int
    reason: str
    bytes: int = 0
    exchange: int | None = None


class CaptureEnd(Record, frozen=True, tag="end"):
    at_ns: int


type AnyRecord = (
    CaptureHead
    | Connection
    | ConnectionEnd
    | RequestHead
    | RequestEnd
    | ResponseHead
    | Reads
    | Body
    | ExchangeEnd
    | WebSocketMessage
    | Credential
    | Observer
    | Lost
    | CaptureEnd
)


# --------------------------------------------------------------------------- findings


class Problem(msgspec.Struct, frozen=True):
    """Something malformed in the traffic or the file: data, not an exception.

    ``offset`` counts bytes from the start of ``place`` (a file, or the decoded
    body of an exchange).
    """

    code: str
    place: str
    detail: str
    offset: int | None = None
    exchange: int | None = None


class Unmeasurable(msgspec.Struct, frozen=True):
    """A figure that this data cannot give, and why, in words."""

    reason: str


# --------------------------------------------------------------------------- reassembled


class WireEvent(msgspec.Struct, frozen=True, gc=False):
    """One dispatched server-sent event, as HTML's event-stream section says.

    ``first_ns`` is the arrival of the first byte of its first field line,
    ``at_ns`` of the byte that ended its blank line; ``read`` is the index of
    the read which brought that byte. ``id`` is the last event id in force
    (sticky), ``type`` is ``message`` unless an ``event`` field named another.
    ``retry`` is the reconnection time in ms that was set since the event
    before, else None. ``offset`` and ``size`` place the event's block in the
    decoded body, in bytes. One that came by WebSocket stands in no body: its size is 0,
    and its ``read`` counts messages, after all reads of the body.
    """

    seq: int
    first_ns: int
    at_ns: int
    read: int
    type: str
    data: str
    id: str = ""
    retry: int | None = None
    offset: int = 0
    size: int = 0


class Delta(msgspec.Struct, frozen=True, gc=False):
    """Text that one event brought to a message.

    ``revised``: ``text`` replaces everything of this kind and message so far,
    instead of being appended.
    """

    seq: int
    at_ns: int
    read: int
    kind: TextKind
    text: str
    message_id: str = ""
    revised: bool = False


class Marker(msgspec.Struct, frozen=True, gc=False):
    """A named moment that the service itself put into the stream."""

    name: str
    seq: int
    at_ns: int


class TextArrivals(msgspec.Struct, frozen=True):
    """When text came: parallel, one entry a delta with non-empty answer or reasoning text.

    Entries of one ``read`` are one arrival. ``chars`` counts code points,
    ``octets`` UTF-8 bytes of the text.
    """

    at_ns: tuple[int, ...] = ()
    read: tuple[int, ...] = ()
    seq: tuple[int, ...] = ()
    kind: tuple[TextKind, ...] = ()
    chars: tuple[int, ...] = ()
    octets: tuple[int, ...] = ()


class StreamedMessage(msgspec.Struct, frozen=True):
    """One message that stood in a stream, the asker's own echoed ones and hidden ones too.

    ``role`` is the author's (``user``, ``assistant``, ``tool``, ``system``); ``parent_id``
    names the message that it answers. ``kind`` is what its text is to the reader: ``answer``,
    ``reasoning``, ``tool``, or empty for what is not shown. ``created_at_s`` is Unix seconds
    as the service states them. ``first_ns`` and ``last_ns`` are the arrivals of its first and
    last text.
    """

    message_id: str
    role: str
    parent_id: str = ""
    kind: str = ""
    text: str = ""
    model: str = ""
    status: str = ""
    created_at_s: float | None = None
    first_ns: int | None = None
    last_ns: int | None = None


class Replayed(msgspec.Struct, frozen=True):
    """Text that a connection told again, so that when it came first is not known.

    It stood before all other text (``first``), before all other text of the answer, between
    other text (``amid``), or after all of it.
    """

    first: bool
    first_answer: bool
    amid: bool
    last: bool


class Turn(msgspec.Struct, frozen=True):
    """One request for an answer and the stream that answered it.

    ``answer``, ``reasoning`` and ``title`` are the final texts. ``status`` is
    ``complete`` only if the service said so; ``cut`` is a stream that ended
    before it did. ``server_ttft_ms`` is the service's own figure, if it sent one.
    ``messages`` are all that stood in the stream, in the order in which they came.
    ``replayed``: some of the text was told again, and is in no ``texts``.
    """

    exchange: int
    dialect: str
    status: TurnStatus
    texts: TextArrivals = TextArrivals()
    answer: str = ""
    reasoning: str = ""
    title: str = ""
    error: str = ""
    conversation_id: str = ""
    message_id: str = ""
    model: str = ""
    markers: tuple[Marker, ...] = ()
    server_ttft_ms: float | None = None
    messages: tuple[StreamedMessage, ...] = ()
    replayed: Replayed | None = None


class StreamStats(msgspec.Struct, frozen=True):
    """What passed on one event stream, counted; ``*_ns`` None where nothing came.

    ``coalesced`` counts events that share their read with an event before
    them. ``comments`` counts comment lines (keep-alives), which are no events.
    What of its turn came by WebSocket is not in these counts.
    """

    reads: int = 0
    wire_bytes: int = 0
    bytes: int = 0
    events: int = 0
    coalesced: int = 0
    comments: int = 0
    first_byte_ns: int | None = None
    first_event_ns: int | None = None
    last_byte_ns: int | None = None


class Exchange(msgspec.Struct, frozen=True):
    """One request and its response, as far as the capture holds it.

    ``http_version`` is the client's side, ``upstream_version`` the service's.
    ``*_ns`` are None where the capture does not have that moment. Not ``timed``: no arrival
    of the stream's bytes is known.
    """

    exchange: int
    method: str
    scheme: str
    authority: str
    path: str
    http_version: str
    request_headers: Headers = ()
    response_headers: Headers = ()
    status: int | None = None
    upstream_version: str = ""
    client_connection: int | None = None
    server_connection: int | None = None
    started_ns: int | None = None
    sent_ns: int | None = None
    headers_ns: int | None = None
    ended_ns: int | None = None
    how: Ending = "unfinished"
    detail: str = ""
    streamed: bool = False
    timed: bool = True
    request_body: bytes = b""
    response_body: bytes = b""
    request_length: int = 0
    response_length: int = 0
    content_encoding: str = ""
    dialect: str = ""
    stream: StreamStats = StreamStats()
    turn: Turn | None = None
    problems: tuple[Problem, ...] = ()
