"""What the event stream tells a page, and how it is written down.

Names of events: `snapshot` first, then what changed: `capture`, `streams`, `events`,
`credentials`, `walks`, `connections`; `ended` when nothing more will come.
"""

from typing import Literal

import msgspec

from analyzer.web.live.rows import Credential, Link, Stream, Totals, Walk
from analyzer.web.live.traces import Told

type Stage = Literal["empty", "recording", "quiet", "over", "failed"]
type Name = Literal[
    "snapshot", "capture", "streams", "events", "credentials", "walks", "connections", "ended"
]


class Capture(msgspec.Struct, frozen=True):
    """The capture as a whole. ``stage``: nothing in it yet, going on, nothing came for a
    while, recorded to its end, not to be followed any more for ``problem``. ``began`` is the
    time of day at its first moment, ``seen_ns`` its latest.
    """

    name: str
    stage: Stage = "empty"
    began: str = ""
    seen_ns: int = 0
    problem: str = ""
    totals: Totals = Totals()


class Changed(msgspec.Struct, frozen=True):
    """Rows that are new or not what they were, exchanges that have none any more."""

    now_ns: int
    rows: list[Stream]
    gone: list[int]


class Everything(msgspec.Struct, frozen=True):
    """The state at one moment; ``now_ns`` is that moment."""

    now_ns: int
    capture: Capture
    streams: list[Stream]
    credentials: list[Credential]
    walks: list[Walk]
    connections: list[Link]


class Ended(msgspec.Struct, frozen=True):
    """``server``: the server stops; ``capture``: the capture is over."""

    what: Literal["server", "capture"]


class Cursor(msgspec.Struct, frozen=True):
    """What a viewer knows: the ``run`` of the feed, its ``version``, and of the stream
    ``exchange`` the events up to ``seq``. Exchange 0 is no stream.
    """

    run: str
    version: int
    exchange: int = 0
    seq: int = -1

    def as_id(self) -> str:
        return f"{self.run}.{self.version}.{self.exchange}.{self.seq}"

    @classmethod
    def of_id(cls, text: str) -> "Cursor | None":
        """Read an id that a page sent back; None if it is none of ours."""
        run, *numbers = text.split(".")
        try:
            version, exchange, seq = (int(number) for number in numbers)
        except ValueError:
            return None
        return cls(run, version, exchange, seq)


type Data = (
    Everything | Capture | Changed | Told | list[Credential] | list[Walk] | list[Link] | Ended
)


class Message(msgspec.Struct, frozen=True):
    """One server-sent event."""

    name: Name
    data: Data


_JSON = msgspec.json.Encoder()

COMMENT = b": still here\n\n"
"""Keeps a connection alive through which nothing passes."""


def encode(messages: list[Message], cursor: Cursor) -> bytes:
    """Write them as an event stream; who has read the last knows what ``cursor`` says."""
    parts: list[bytes] = []
    for number, message in enumerate(messages, 1):
        is_last = number == len(messages)
        head = f"event: {message.name}\n" + (f"id: {cursor.as_id()}\n" if is_last else "")
        # JSON escapes line ends, so that a value is one line whatever was captured.
        parts += [head.encode(), b"data: ", _JSON.encode(message.data), b"\n\n"]
    return b"".join(parts)
