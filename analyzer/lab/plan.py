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
from analyzer.lab.moves import Done, Failure, Outcome, Piece, Step
from analyzer.lab.options import Form
from analyzer.lab.payloads import Payload
from analyzer.lab.script import Script, handoff_steps, stopping_steps, write_script
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
    """A stream's writes. ``frames`` are those that will be sent whole; ``ends_at_s`` is its end.

    ``begins_at`` is the number of the script's steps that it leaves out, as
    an earlier stream of the same turn brought them.
    """

    kind: Kind
    form: Form
    cast: Cast
    script: Script
    frames: tuple[Frame, ...]
    sends: tuple[Send, ...]
    outcome: Outcome
    ends_at_s: float
    begins_at: int = 0

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
    steps = script.steps if script.handoff is None else handoff_steps(script, cast)
    frames = list(_frame_steps(kind, encoder, steps, encoder.start()))
    outcome: Outcome = "error" if kind.tail == "error" else "complete"
    if script.handoff is not None:
        outcome = "handoff"
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


def continue_plan(head: Plan, offset: int, elapsed_s: float) -> Plan | None:
    """Return the stream that goes on with a turn after its handoff, None if it isn't that long.

    ``offset`` counts the events that the client has: those of the first
    stream, its handoff among them, then those that follow; pings and
    ``[DONE]`` are none. What is due by ``elapsed_s`` is sent at once. The
    stream names its encoding again, an event that no offset counts.
    """
    script = head.script
    begins_at = _steps_before(head, offset)
    if begins_at is None:
        return None
    encoder = _encoder(head.kind, head.form, head.cast)
    for step in script.steps[:begins_at]:
        encoder.encode(step.move)
    steps = tuple(Step(max(step.at_s, elapsed_s), step.move) for step in script.steps[begins_at:])
    named = encoder.start()
    frames = tuple(_frame_steps(head.kind, encoder, steps, named, begins_at, elapsed_s))
    sends = tuple(_by_instant(frames))
    return Plan(
        head.kind,
        head.form,
        head.cast,
        script,
        frames,
        sends,
        "complete",
        sends[-1].at_s,
        begins_at,
    )


def _steps_before(head: Plan, offset: int) -> int | None:
    """Return how many steps of the turn the first ``offset`` events of its streams are."""
    encoder = _encoder(head.kind, head.form, head.cast)
    count = len(encoder.start())
    for index, step in enumerate(head.script.steps):
        if index == head.script.handoff:
            count += 1  # the handoff itself
        if count >= offset:
            return index
        told = encoder.encode(step.move)
        if not isinstance(step.move, Done):
            count += sum(not payload.is_comment for payload in told)
    return None


def stopping_frames(plan: Plan, frames: int) -> list[Frame]:
    """Return what closes the stream after ``frames`` frames of it, as fresh bytes."""
    return _closing_frames(
        plan, frames, stopping_steps(plan.script, _done(plan, frames), plan.cast)
    )


def failing_frames(plan: Plan, frames: int, failure: Failure) -> list[Frame]:
    """Return what ends the stream with an error after ``frames`` frames of it, as fresh bytes."""
    return _closing_frames(plan, frames, (Step(0.0, failure),))


def _done(plan: Plan, frames: int) -> int:
    return plan.frames[frames - 1].steps if frames else plan.begins_at


def _closing_frames(plan: Plan, frames: int, steps: tuple[Step, ...]) -> list[Frame]:
    """Frame these steps as the successors of what was sent.

    The encoder is run over that part, as a delta depends on the one before.
    """
    done = _done(plan, frames)
    encoder = _encoder(plan.kind, plan.form, plan.cast)
    for step in plan.script.steps[: plan.begins_at]:
        encoder.encode(step.move)
    named = encoder.start()
    for step in plan.script.steps[plan.begins_at : done]:
        encoder.encode(step.move)
    return list(_frame_steps(plan.kind, encoder, steps, [] if frames else named))


def _encoder(kind: Kind, form: Form, cast: Cast) -> Encoder:
    make = CumulativeEncoder if form == "cumulative" else DeltaV1Encoder
    return make(cast.conversation_id, escaped=kind.escaped)


def _frame_steps(
    kind: Kind,
    encoder: Encoder,
    steps: tuple[Step, ...],
    first: list[Payload],
    begins_at: int = 0,
    at_s: float = 0.0,
) -> Iterator[Frame]:
    for payload in first:
        yield _frame(kind, at_s, payload, begins_at)
    for number, step in enumerate(steps, begins_at + 1):
        for payload in encoder.encode(step.move):
            yield _frame(kind, step.at_s, payload, number)


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
