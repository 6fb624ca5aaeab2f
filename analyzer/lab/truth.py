"""The truth log: what the lab really sent, and when, as JSON Lines.

Every line has ``t``, its kind, and two stamps: ``mono_ns`` (CLOCK_MONOTONIC,
the same for every process of a machine) and ``wall_ns`` (Unix time). Secrets
never get in: a credential is named by its ``jti`` or session id.
"""

import time
from pathlib import Path
from typing import Literal, NamedTuple, Self

import msgspec

from analyzer.lab.moves import Outcome
from analyzer.lab.options import ContentCoding, Form, IdScheme
from analyzer.model import StreamscopeError

type How = Literal["complete", "stopped", "cut", "reset", "expired", "client_gone", "shutdown"]
type Action = Literal["next", "variant", "edit", "resume"]
type PageStyle = Literal["offset", "page", "cursor", "after"]


class Stamp(NamedTuple):
    mono_ns: int
    wall_ns: int

    @classmethod
    def now(cls) -> Self:
        return cls(time.monotonic_ns(), time.time_ns())


class _Line(msgspec.Struct, frozen=True, tag_field="t", kw_only=True):
    mono_ns: int
    wall_ns: int


class StreamLine(_Line, frozen=True, tag="stream", kw_only=True):
    """A stream begins. ``stream`` is its x-request-id.

    ``answer`` to ``events`` are what it will hold if nobody stops it:
    ``events`` counts dispatched events (comments are none), ``size`` decoded
    bytes. ``reasoning`` is summaries and contents of all thoughts, joined in
    order without separators; ``commentary`` is text that the assistant said
    beside its answer. ``resumes`` is the stream that was handed off to this
    one, which leaves out the turn's first ``resume_offset`` events; its
    ``server_ttft_ms`` counts from the turn's begin, as that of the turn does.
    """

    stream: str
    path: str
    protocol: str
    form: Form
    kind: str
    seed: int
    encoding: ContentCoding
    time_scale: float
    model: str
    conversation_id: str
    user_message_id: str
    message_id: str
    answer: str
    reasoning: str
    commentary: str
    title: str
    outcome: Outcome
    server_ttft_ms: float
    events: int
    size: int
    resumes: str = ""
    resume_offset: int = 0


class SendLine(_Line, frozen=True, tag="send", kw_only=True):
    """One write, stamped just before it was handed to the server.

    ``start``–``end`` is its range in the decoded body, ``wire_start``–
    ``wire_end`` in the content-encoded one. ``events`` are the decoded end
    offsets of the events that this write completed.
    """

    stream: str
    seq: int
    start: int
    end: int
    wire_start: int
    wire_end: int
    events: tuple[int, ...]


class EndLine(_Line, frozen=True, tag="end", kw_only=True):
    """How a stream ended, and the texts of the events that were sent whole until then."""

    stream: str
    how: How
    outcome: Outcome
    answer: str
    reasoning: str
    commentary: str
    title: str
    events: int
    size: int
    wire_size: int


class RequestLine(_Line, frozen=True, tag="request", kw_only=True):
    """A request was answered (for a stream: its headers were). Stamped on its arrival.

    ``peer`` is the client's end of the connection, ``host:port``; ``connection``
    counts connections from 1, in the order of their first requests.
    """

    request: str
    method: str
    path: str
    query: dict[str, str]
    protocol: str
    status: int
    credential: str
    peer: str
    connection: int


class CredentialLine(_Line, frozen=True, tag="credential", kw_only=True):
    """Something happened to a credential; ``id`` is its jti, or the session's id for cookies.

    ``expired_mid_stream``: it ended while ``stream`` was open, whose fate is
    the ``code``: ``survive`` or ``cut``.
    """

    what: Literal["issued", "refused", "revoked", "rotated", "expired_mid_stream"]
    kind: Literal["access", "session", "resume"]
    id: str
    code: str = ""
    issued_at_s: float | None = None
    expires_at_s: float | None = None
    stream: str = ""


class PageLine(_Line, frozen=True, tag="page", kw_only=True):
    """A page of a list was served, with ``ids`` in order.

    ``position`` is what was asked for, as text: an offset, a page number
    (from 1), a cursor, or the id of the item before. ``total`` is what the
    answer states, None if it states none. ``database_ns`` is the time in the
    page's query, ``rows_visited`` the rows that paging steps over or serves.
    """

    request: str
    path: str
    style: PageStyle
    position: str
    limit: int
    ids: tuple[str, ...]
    total: int | None
    database_ns: int
    rows_visited: int


class MadeLine(_Line, frozen=True, tag="made", kw_only=True):
    """An id was made, in the order of these lines; ``at_ms`` is Unix time in whole milliseconds.

    A uuid4 doesn't carry it. Ids of seeded rows have no line: their time is
    the row's ``create_time``.
    """

    id: str
    field: Literal["conversation", "message"]
    scheme: IdScheme
    at_ms: int


class MessageLine(_Line, frozen=True, tag="message", kw_only=True):
    """A message was stored. ``stream`` brought it ("" for a user's).

    ``action`` is how it came: ``edit`` is a ``next`` beside another message
    of the user under the same parent; ``resume`` an answer that was handed off.
    """

    conversation_id: str
    message_id: str
    parent_id: str
    role: Literal["user", "assistant"]
    action: Action
    text: str
    stream: str = ""


class TitleLine(_Line, frozen=True, tag="title", kw_only=True):
    """A conversation got a title, inside a stream or by asking for one."""

    conversation_id: str
    title: str
    how: Literal["stream", "gen_title"]


class FeedbackLine(_Line, frozen=True, tag="feedback", kw_only=True):
    conversation_id: str
    message_id: str
    rating: Literal["thumbsUp", "thumbsDown"]


type TruthLine = (
    StreamLine
    | SendLine
    | EndLine
    | RequestLine
    | CredentialLine
    | PageLine
    | MadeLine
    | MessageLine
    | TitleLine
    | FeedbackLine
)


class TruthLog:
    """Appends lines; each one is in the file when ``write`` returns."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise StreamscopeError(
                f"{path} can't be written as the truth log ({error.strerror}); name another file."
            ) from error
        self._encoder = msgspec.json.Encoder()

    def write(self, line: TruthLine) -> None:
        self._file.write(self._encoder.encode(line) + b"\n")

    def close(self) -> None:
        self._file.close()


def read_truth(path: Path) -> list[TruthLine]:
    """Read a truth log; a last line that is being written is left out."""
    decoder: msgspec.json.Decoder[TruthLine] = msgspec.json.Decoder(TruthLine)
    lines = path.read_bytes().split(b"\n")
    return [decoder.decode(line) for line in lines[:-1]]
