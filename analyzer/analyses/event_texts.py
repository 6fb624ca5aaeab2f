"""The text that each event brought, as the table of events tells it."""

from collections.abc import Sequence

from analyzer.model import Delta, TextKind

type EventText = tuple[TextKind | None, int]
"""Its kind, and its length in code points."""

NOTHING: EventText = (None, 0)


def event_texts(deltas: Sequence[Delta]) -> dict[int, EventText]:
    """Per event, by its number, the kind of text it brought first, and the length of all of it."""
    texts: dict[int, EventText] = {}
    for delta in deltas:
        kind, chars = texts.get(delta.seq, (delta.kind, 0))
        texts[delta.seq] = (kind, chars + len(delta.text))
    return texts
