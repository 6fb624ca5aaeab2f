"""What is to be played: the recorded requests, and each one's answer with its times. Pure."""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from analyzer.model import Clock, Ending, Headers, Problem


def plain_authority(authority: str) -> str:
    """Host and port as they are compared: ``https``'s own port goes without saying."""
    return authority.lower().removesuffix(":443")


NOT_MODIFIED = 304
"""The status that stands for a copy which the client has."""


class Bytes(Protocol):
    """Where the bytes of bodies are kept (`analyzer.replay.contents.Contents`)."""

    def append(self, data: bytes, /) -> int: ...
    def read(self, position: int, length: int, /) -> bytes: ...


class Parts:
    """What came of an answer, read by read: times, and where the bytes stand.

    Three numbers a part, since a long capture has millions. ``is_text`` is parallel for the
    messages of a WebSocket, and empty otherwise.
    """

    def __init__(self) -> None:
        self._at_ns = array("q")
        self._positions = array("q")
        self._lengths = array("q")
        self.is_text = bytearray()

    def add(self, at_ns: int, position: int, length: int) -> None:
        self._at_ns.append(at_ns)
        self._positions.append(position)
        self._lengths.append(length)

    def __len__(self) -> int:
        return len(self._at_ns)

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Moment on the capture's clock, position and length of each part."""
        return zip(self._at_ns, self._positions, self._lengths, strict=True)

    @property
    def size(self) -> int:
        return sum(self._lengths)

    @property
    def latest_ns(self) -> int:
        """The latest moment of a part, 0 if there is none."""
        return max(self._at_ns, default=0)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange of a capture, as far as it is needed to answer such a request again.

    ``request_spans`` say where the request's body stands, None if the capture has not all of
    it. ``status`` is None if no answer came. ``*_at_ns`` count from the moment the request was
    sent, and never run backwards. ``missing`` says what of the answer's body the capture does not
    have. ``timed`` is false where the capture knows no moments of the body's parts.
    """

    capture: str
    number: int
    method: str
    authority: str
    path: str
    content_type: str
    request_spans: tuple[tuple[int, int], ...] | None
    sent_ns: int
    status: int | None
    headers: Headers
    headers_at_ns: int
    parts: Parts
    ends_at_ns: int
    how: Ending
    streamed: bool
    timed: bool
    missing: str
    is_socket: bool

    def header(self, name: str) -> str:
        """The first value of a response header, named in lower case."""
        return next((value for key, value in self.headers if key == name), "")

    def request_body(self, contents: Bytes) -> bytes | None:
        """The request's body, redacted as the capture is; None if it is not all there."""
        if self.request_spans is None:
            return None
        return b"".join(contents.read(*span) for span in self.request_spans)

    def timeline(self, contents: Bytes) -> Iterator[tuple[int, bytes]]:
        """Every part: nanoseconds since the request was sent, and its bytes.

        Times never run backwards, nor before the headers; without times all come with those.
        """
        at_ns = self.headers_at_ns
        for moment_ns, position, length in self.parts:
            if self.timed:
                at_ns = max(at_ns, moment_ns - self.sent_ns)
            yield at_ns, contents.read(position, length)

    @property
    def can_be_served(self) -> bool:
        """Whether there is something to send: a body that was left out makes an answer a lie."""
        return self.streamed or self.is_socket or not self.missing


@dataclass(frozen=True)
class Script:
    """All that is to be played, in the order of the requests.

    ``clocks`` are those of the captures; ``passed_over`` counts the exchanges beyond the
    limit. ``content`` is false if a capture was reduced, so that bodies and queries of its
    requests are not what was sent.
    """

    exchanges: tuple[Recorded, ...]
    clocks: tuple[Clock, ...] = ()
    passed_over: int = 0
    content: bool = True
    problems: tuple[Problem, ...] = ()

    @property
    def authorities(self) -> tuple[str, ...]:
        """Every recorded origin's host and port; the one with the most answers first.

        A browser calls home, too, and often before anything else.
        """
        answers: Counter[str] = Counter()
        for one in self.exchanges:
            if name := plain_authority(one.authority):
                answers[name] += one.status is not None
        return tuple(name for name, _ in answers.most_common())
