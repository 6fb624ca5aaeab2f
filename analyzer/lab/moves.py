"""What a script is made of: moves that both stream forms can put on the wire.

A move changes the tree of one message (`Open`, `Change`) or stands beside the
messages (`Note`, `Comment`, `Failure`, `Done`). `Piece`s say which text a
move adds, in plain words, so that the truth about a stream never has to be
decoded from its bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

type Json = Any
type Operation = Literal["add", "remove", "replace", "append", "truncate"]
type PieceKind = Literal["answer", "reasoning", "commentary", "title"]
type Outcome = Literal["complete", "stopped", "error", "cut", "handoff"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that a move adds; ``keep``: how many code points of the text so far stay before it."""

    kind: PieceKind
    text: str
    keep: int | None = None


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of delta encoding v1; ``path`` is a JSON Pointer into ``{"message": …}``."""

    name: Operation
    path: str
    value: Json = None


@dataclass(frozen=True, slots=True)
class Open:
    """A message enters the stream; ``channel`` numbers its tree."""

    channel: int
    message: dict[str, Json]
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    channel: int
    ops: tuple[Op, ...]
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """An unnamed event with a ``type``, beside the messages."""

    payload: dict[str, Json]
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An error object; ``kind`` and ``code`` as error envelopes have them."""

    message: str
    kind: str = "server_error"
    code: str = "internal_error"


@dataclass(frozen=True, slots=True)
class Done:
    """The last event, ``[DONE]``."""


type Move = Open | Change | Note | Comment | Failure | Done


@dataclass(frozen=True, slots=True)
class Step:
    """A move and its time, in seconds after the request was understood."""

    at_s: float
    move: Move


@dataclass(frozen=True, slots=True)
class Texts:
    """The final texts of a turn."""

    answer: str = ""
    reasoning: str = ""
    commentary: str = ""
    title: str = ""

    def __add__(self, later: "Texts") -> "Texts":
        return Texts(
            self.answer + later.answer,
            self.reasoning + later.reasoning,
            self.commentary + later.commentary,
            later.title or self.title,
        )


def fold_texts(pieces: Iterable[Piece]) -> Texts:
    """Add the pieces up, in order."""
    parts: dict[str, list[str]] = {"answer": [], "reasoning": [], "commentary": [], "title": []}
    for piece in pieces:
        text = parts[piece.kind]
        if piece.keep is not None:
            text[:] = ["".join(text)[: piece.keep]]
        text.append(piece.text)
    return Texts(**{kind: "".join(text) for kind, text in parts.items()})
