"""The older stream form: every event repeats the whole message so far."""

import copy

from analyzer.lab.moves import Change, Comment, Done, Failure, Json, Move, Note, Open, Piece
from analyzer.lab.payloads import DONE, Payload, to_json
from analyzer.lab.tree import apply_op

# What that form had beside messages; it knew no markers, echoes or server metadata.
_NOTES = ("title_generation", "moderation", "stream_handoff")


class CumulativeEncoder:
    """Moves in, payloads out; keeps the tree of every message of the stream."""

    def __init__(self, conversation_id: str, *, escaped: bool = False) -> None:
        self._conversation_id = conversation_id
        self._escaped = escaped
        self._trees: dict[int, dict[str, Json]] = {}

    def start(self) -> list[Payload]:
        return []

    def encode(self, move: Move) -> list[Payload]:
        match move:
            case Open(channel, message, pieces):
                self._trees[channel] = {"message": copy.deepcopy(message)}
                return [self._event(self._trees[channel]["message"], None, pieces)]
            case Change(channel, ops, pieces):
                for op in ops:
                    apply_op(self._trees[channel], op)
                return [self._event(self._trees[channel]["message"], None, pieces)]
            case Note(payload, pieces):
                known = payload["type"] in _NOTES
                return [Payload(self._json(payload), pieces=pieces)] if known else []
            case Comment(text):
                return [Payload(text, is_comment=True)]
            case Failure(text, _, _):
                return [self._event(None, text, ())]
            case Done():
                return [DONE]

    def _event(self, message: Json, error: str | None, pieces: tuple[Piece, ...]) -> Payload:
        value = {"message": message, "conversation_id": self._conversation_id, "error": error}
        return Payload(self._json(value), pieces=pieces)

    def _json(self, value: Json) -> str:
        return to_json(value, escaped=self._escaped)
