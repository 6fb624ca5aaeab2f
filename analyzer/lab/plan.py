"""What bytes are sent when: a script, put into a stream form, framed and cut into writes.

No clock and no I/O. Framing follows HTML's "Server-sent events": an event is
its field lines and a blank line.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from analyzer.lab.cumulative import CumulativeEncoder
from analyzer.lab.delta_v1 import DeltaV1Encoder
from analyzer.lab.kinds import Kind
from analyzer.lab.moves import Outcome, Piece, Step
from analyzer.lab.options import Form
from analyzer.lab.payloads import Payload
from analyzer.lab.script import Script, stopping_steps, write_script
from analyzer.lab.writer import Cast

type Encoder = CumulativeEncoder | DeltaV1Encoder

_PART_GAP_S = 0.004  # between the writes of one event that is sent in parts
_RESET_AFTER_S = 0.1  # from the last write to a reset, so that a client has read what came
_CUT_AT = 0.6  # share of the frames that precede the one in which a stream is cut


@dataclass(frozen=True, slots=True)
class Frame:
    """The bytes of one event or comment; ``steps`` of the script are done once it is sent."""

    at_s: float
    data: bytes
    steps: int
    pieces: tuple[Piece, ...]
    is_event: bool


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for one write; ``frames`` are done after it, ``whole`` if it ends between frames."""

    at_s: float
    data: bytes
    frames: int
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """A stream's writes. ``frames`` are those that will be sent whole; ``ends_at_s`` is its end."""

    kind: Kind
    form: Form
    cast: Cast
    script: Script
    frames: tuple[Frame, ...]
    sends: tuple[Send, ...]
    outcome: Outcome
    ends_at_s: float

    def events(self) -> int:
        return sum(frame.is_event for frame in self.frames)

    def pieces(self, frames: int | None = None) -> Iterator[Piece]:
        for frame in self.frames[:frames]:
            yield from frame.pieces


def make_plan(kind: Kind, form: Form, seed: int, cast: Cast, time_scale: float = 1.0) -> Plan:
    """Return the writes of one stream; the same arguments give the same bytes.

    ``time_scale`` multiplies the script's times: 0.1 is ten times faster.
    """
    stride = kind.cumulative_words if form == "cumulative" else 1
    script = write_script(kind, seed, cast, stride=stride, time_scale=time_scale)
    rng = random.Random(f"cuts/{kind.name}/{seed}")  # noqa: S311 - cuts, not secrets
    encoder = _encoder(kind, form, cast)
    frames = list(_frame_steps(kind, encoder, script.steps, encoder.start()))
    outcome: Outcome = "error" if kind.tail == "error" else "complete"
    cut: tuple[Send, ...] = ()
    if kind.tail in ("fin", "reset"):
        outcome = "cut"
        index = int(len(frames) * _CUT_AT)
        broken, frames = frames[index], frames[:index]
        half = broken.data[: len(broken.data) // 2]
        cut = (Send(broken.at_s, half, index, whole=False),)
    sends = (
        *(
            _in_parts(frames, rng, _PART_GAP_S * min(1, time_scale))
            if kind.cut_up
            else _by_instant(frames)
        ),
        *cut,
    )
    ends_at_s = sends[-1].at_s + (_RESET_AFTER_S if kind.tail == "reset" else 0.0)
    return Plan(kind, form, cast, script, tuple(frames), sends, outcome, ends_at_s)


def stopping_frames(plan: Plan, frames: int) -> list[Frame]:
    """Return what closes the stream after ``frames`` frames of it, as fresh bytes.

    The encoder is run over the part that was sent, as a delta depends on the one before.
    """
    done = plan.frames[frames - 1].steps if frames else 0
    encoder = _encoder(plan.kind, plan.form, plan.cast)
    for step in plan.script.steps[:done]:
        encoder.encode(step.move)
    steps = stopping_steps(plan.script, done, plan.cast)
    return list(_frame_steps(plan.kind, encoder, steps, [] if frames else encoder.start()))


def _encoder(kind: Kind, form: Form, cast: Cast) -> Encoder:
    make = CumulativeEncoder if form == "cumulative" else DeltaV1Encoder
    return make(cast.conversation_id, escaped=kind.escaped)


def _frame_steps(
    kind: Kind, encoder: Encoder, steps: tuple[Step, ...], first: list[Payload]
) -> Iterator[Frame]:
    for payload in first:
        yield _frame(kind, 0.0, payload, 0)
    for index, step in enumerate(steps):
        for payload in encoder.encode(step.move):
            yield _frame(kind, step.at_s, payload, index + 1)


def _frame(kind: Kind, at_s: float, payload: Payload, steps: int) -> Frame:
    return Frame(
        at_s,
        frame_payload(payload, kind.line_end, padded=kind.padded),
        steps,
        payload.pieces,
        not payload.is_comment,
    )


def frame_payload(payload: Payload, line_end: bytes = b"\n", *, padded: bool = False) -> bytes:
    """Return the block of an event, or a comment line and the blank line that services add.

    ``padded`` puts spaces after JSON, as services do to hide its length;
    their number follows from the payload, so equal payloads give equal bytes.
    """
    if payload.is_comment:
        return b": " + payload.data.encode() + line_end * 2
    data = payload.data
    if padded and data.startswith("{"):
        data += " " * (1 + len(data) * 7 % 48)
    event = b"event: " + payload.event.encode() + line_end if payload.event else b""
    return event + b"data: " + data.encode() + line_end * 2


def _by_instant(frames: Iterable[Frame]) -> Iterator[Send]:
    """Frames of one instant share a write."""
    done = 0
    for at_s, group in groupby(frames, key=lambda frame: frame.at_s):
        batch = list(group)
        done += len(batch)
        yield Send(at_s, b"".join(frame.data for frame in batch), done)


def _in_parts(frames: Iterable[Frame], rng: random.Random, gap_s: float) -> Iterator[Send]:
    """Each frame in two to four writes, cut where decoders stumble if it has such places."""
    at_s = 0.0
    for done, frame in enumerate(frames):
        at_s = max(at_s, frame.at_s)
        places = _awkward_cuts(frame.data) or range(1, len(frame.data))
        cuts = sorted(rng.sample(places, min(len(places), rng.randint(1, 3))))
        bounds = [0, *cuts, len(frame.data)]
        for start, end in pairwise(bounds):
            whole = end == len(frame.data)
            yield Send(at_s, frame.data[start:end], done + whole, whole)
            at_s += gap_s


def _awkward_cuts(data: bytes) -> list[int]:
    """Offsets inside a UTF-8 sequence or a CRLF, and within the field name."""
    inside = [at for at in range(1, len(data)) if data[at] & 0xC0 == 0x80]
    between = [at for at in range(1, len(data)) if data[at - 1 : at + 1] == b"\r\n"]
    return sorted({*inside, *between, 2})
