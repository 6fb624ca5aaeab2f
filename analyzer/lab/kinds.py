"""The kinds of stream that a client can ask for: what each one is there to exercise."""

from dataclasses import dataclass
from typing import Literal

from analyzer.lab import schedule
from analyzer.lab.options import DEFAULT_KIND
from analyzer.lab.schedule import Gaps

type Story = Literal["plain", "reasoning", "tools", "revise"]
type Tail = Literal["complete", "error", "fin", "reset"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of stream.

    ``paragraphs`` sets the length of the answer. ``tail`` says how it ends:
    properly, with an error object, or inside an event by an orderly end of
    the body (``fin``) or a reset of the HTTP stream (``reset``). ``cut_up``
    spreads each event over several writes. ``escaped`` writes JSON in ASCII.
    ``hands_off`` ends the stream before the first text; it goes on elsewhere.
    ``cumulative_words``: words an event in the cumulative form, whose size
    would else grow with the square of the answer's.
    """

    name: str
    about: str
    gaps: Gaps = schedule.steady
    story: Story = "plain"
    tail: Tail = "complete"
    paragraphs: int = 5
    line_end: bytes = b"\n"
    padded: bool = False
    pings: bool = False
    titled: bool = False
    cut_up: bool = False
    escaped: bool = False
    hands_off: bool = False
    cumulative_words: int = 1


_ALL = (
    Kind(DEFAULT_KIND, "even gaps of about 30 ms, a write for each word"),
    Kind("bursty", "several events share one write, then a pause", gaps=schedule.bursty),
    Kind("jitter", "gaps with a long tail; JSON in ASCII", gaps=schedule.jitter, escaped=True),
    Kind("stall", "a few pauses of 0.4–2 s", gaps=schedule.stall),
    Kind("reasoning", "thoughts and a recap come before the answer", story="reasoning"),
    Kind("title", "the conversation gets its title inside the stream", titled=True),
    Kind("pings", "comment lines keep the connection alive", gaps=schedule.jitter, pings=True),
    Kind("padding", "payload lines end in spaces; JSON in ASCII", padded=True, escaped=True),
    Kind("tools", "a tool is called, with commentary, before the answer", story="tools"),
    Kind("revise", "text is taken back, and lists and objects change", story="revise"),
    Kind("error", "an error object in the middle of the answer", tail="error"),
    Kind("cut", "the body ends inside an event", tail="fin"),
    Kind("reset", "the HTTP stream is reset inside an event", tail="reset"),
    Kind("handoff", "handed off before the first text, to be resumed", hands_off=True),
    Kind("split", "events cut inside UTF-8 sequences and CRLFs", cut_up=True, line_end=b"\r\n"),
    Kind("crlf", "lines end in CR LF", line_end=b"\r\n"),
    Kind("cr", "lines end in CR alone", gaps=schedule.bursty, line_end=b"\r"),
    Kind(
        "long",
        "some thousands of events, a few milliseconds apart",
        gaps=schedule.rapid,
        paragraphs=90,
        cumulative_words=8,
    ),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
