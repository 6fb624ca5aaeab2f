"""The newer stream form: delta encoding v1.

A delta leaves out its ``c``, ``p`` or ``o`` where they equal those of the
delta before; what stands inside a patch neither takes from that nor changes it.
"""

from analyzer.lab.moves import Change, Comment, Done, Failure, Json, Move, Note, Op, Open, Piece
from analyzer.lab.payloads import DONE, Payload, to_json


class DeltaV1Encoder:
    """Moves in, payloads out; remembers only what the next delta may leave out."""

    def __init__(self, conversation_id: str, *, escaped: bool = False) -> None:
        self._conversation_id = conversation_id
        self._escaped = escaped
        self._carried: dict[str, Json] = {}

    def start(self) -> list[Payload]:
        """Begin a stream, or go on in another one: nothing is carried over to it."""
        self._carried = {}
        return [Payload('"v1"', event="delta_encoding")]

    def encode(self, move: Move) -> list[Payload]:
        match move:
            case Open(channel, message, pieces):
                value = {
                    "message": message,
                    "conversation_id": self._conversation_id,
                    "error": None,
                }
                return [self._delta({"p": "", "o": "add", "v": value, "c": channel}, pieces)]
            case Change(channel, (op,), pieces):
                return [self._delta(_spell(op) | {"c": channel}, pieces)]
            case Change(channel, ops, pieces):
                patch = [_spell(op) for op in ops]
                return [self._delta({"p": "", "o": "patch", "v": patch, "c": channel}, pieces)]
            case Note(payload, pieces):
                return [Payload(self._json(payload), pieces=pieces)]
            case Comment(text):
                return [Payload(text, is_comment=True)]
            case Failure(text, kind, code):
                error = {"message": text, "type": kind, "code": code}
                body = {"type": "error", "error": error, "conversation_id": self._conversation_id}
                return [Payload(self._json(body))]
            case Done():
                return [DONE]

    def _delta(self, delta: dict[str, Json], pieces: tuple[Piece, ...]) -> Payload:
        told = {
            key: value
            for key, value in delta.items()
            if key == "v" or key not in self._carried or self._carried[key] != value
        }
        self._carried = {key: delta[key] for key in ("c", "p", "o")}
        return Payload(self._json(told), event="delta", pieces=pieces)

    def _json(self, value: Json) -> str:
        return to_json(value, escaped=self._escaped)


def _spell(op: Op) -> dict[str, Json]:
    spelled = {"p": op.path, "o": op.name}
    return spelled if op.name == "remove" else spelled | {"v": op.value}
