"""Writes the steps of a script down while its own time goes on. No clock, no I/O."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from analyzer.lab.kinds import Kind
from analyzer.lab.moves import Change, Comment, Json, Move, Note, Op, Open, Piece, PieceKind, Step
from analyzer.lab.truth import Action

PART = "/message/content/parts/0"
FINISH_DETAILS = {"finish_details": {"type": "stop", "stop_tokens": [200002]}, "is_complete": True}
_PING_EVERY_S = 0.15


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what a script is about; every id that it needs comes from here."""

    conversation_id: str
    request_id: str
    user_message_id: str
    answer_id: str
    prompt: str
    model: str
    now_s: float
    resume_credential: str
    new_id: Callable[[], str]
    action: Action = "next"


@dataclass(slots=True)
class Writer:
    """``at_s`` is the time of the next step, ``stride`` how many words are said in one.

    ``time_scale`` multiplies every wait.
    """

    kind: Kind
    cast: Cast
    rng: random.Random
    stride: int = 1
    time_scale: float = 1.0
    at_s: float = 0.0
    steps: list[Step] = field(default_factory=list)
    visible_s: float = 0.0
    _gaps: Iterator[float] = field(init=False)
    _channel: int = -1
    _pinged_s: float = 0.0

    def __post_init__(self) -> None:
        self._gaps = self.kind.gaps(self.rng)

    def add(self, move: Move) -> None:
        self.steps.append(Step(self.at_s, move))

    def wait(self, seconds: float) -> None:
        """Let time pass; a kind with pings puts comments into it."""
        until = self.at_s + seconds * self.time_scale
        ping_s = _PING_EVERY_S * self.time_scale
        while self.kind.pings and self._pinged_s + ping_s < until:
            self._pinged_s = max(self._pinged_s + ping_s, self.at_s)
            self.steps.append(Step(self._pinged_s, Comment(f"ping - {self._pinged_s:.3f}")))
        self.at_s = until

    def note(self, name: str, *pieces: Piece, **fields: Json) -> None:
        payload = {"type": name, **fields, "conversation_id": self.cast.conversation_id}
        self.add(Note(payload, pieces))

    def mark(self, marker: str, event: str = "first") -> None:
        self.note("message_marker", message_id=self.cast.answer_id, marker=marker, event=event)

    def open(self, message: dict[str, Json], *pieces: Piece) -> int:
        """Let a message enter the stream; return the number of its channel."""
        self._channel += 1
        self.add(Open(self._channel, message, pieces))
        return self._channel

    def change(self, channel: int, *ops: Op, pieces: tuple[Piece, ...] = ()) -> None:
        self.add(Change(channel, ops, pieces))

    def say(self, channel: int, words: list[str], kind: PieceKind, path: str = PART) -> None:
        """Append words to a message one by one, each followed by the kind's own gap."""
        for start in range(0, len(words), self.stride):
            word = "".join(words[start : start + self.stride])
            self.change(channel, Op("append", path, word), pieces=(Piece(kind, word),))
            self.wait(next(self._gaps))

    def finish(self, channel: int, kind: PieceKind, last: str = "", *, ends_turn: bool) -> None:
        """The closing patch; the last words of a message travel inside it."""
        words = (Op("append", PART, last),) if last else ()
        self.change(
            channel,
            *words,
            Op("replace", "/message/status", "finished_successfully"),
            Op("replace", "/message/end_turn", ends_turn),
            Op("append", "/message/metadata", FINISH_DETAILS),
            pieces=(Piece(kind, last),) if last else (),
        )
