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
from analyzer.lab.options import ContentCoding, Form
from analyzer.model import StreamscopeError

type How = Literal["complete", "stopped", "cut", "reset", "client_gone", "shutdown"]


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
    beside its answer.
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
    """A request was answered (for a stream: its headers were). Stamped on its arrival."""

    request: str
    method: str
    path: str
    query: dict[str, str]
    protocol: str
    status: int
    credential: str


class CredentialLine(_Line, frozen=True, tag="credential", kw_only=True):
    """Something happened to a credential; ``id`` is its jti, or the session's id for cookies."""

    what: Literal["issued", "refused", "revoked", "rotated"]
    kind: Literal["access", "session", "resume"]
    id: str
    code: str = ""
    issued_at_s: float | None = None
    expires_at_s: float | None = None


type TruthLine = StreamLine | SendLine | EndLine | RequestLine | CredentialLine


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
