"""One event's payload before it is framed, and how its JSON is written."""

import json
from dataclasses import dataclass

from analyzer.lab.moves import Json, Piece


@dataclass(frozen=True, slots=True)
class Payload:
    """Data of one event, or a comment between events (``event`` is then unused)."""

    data: str
    event: str = ""
    pieces: tuple[Piece, ...] = ()
    is_comment: bool = False


DONE = Payload("[DONE]")


def to_json(value: Json, *, escaped: bool) -> str:
    """Return JSON on one line: ASCII with spaces, or UTF-8 without, as services differ in it."""
    if escaped:
        return json.dumps(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
