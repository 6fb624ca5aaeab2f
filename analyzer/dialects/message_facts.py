"""What a ChatGPT message says of itself beside its text, wherever it stands: stream or detail."""

from typing import Any

from analyzer.dialects.json_delta import text_of
from analyzer.dialects.messages import kind_of, leaves
from analyzer.dialects.surrogates import whole
from analyzer.model import StreamedMessage

LATEST_S = 253_402_300_800
"""Unix seconds at which year 10000 begins: times beyond it are none."""


def describe(
    message: dict[str, Any],
    text: str | None = None,
    *,
    first_ns: int | None = None,
    last_ns: int | None = None,
) -> StreamedMessage:
    """The message as it stands; ``text`` where it is known already.

    Its parent is named in its metadata by streams, beside it by lists of messages.
    """
    metadata = _dict(message.get("metadata"))
    author = _dict(message.get("author"))
    parents = (metadata.get("parent_id"), message.get("parent_id"), message.get("parent"))
    return StreamedMessage(
        message_id=name_in(message.get("id")),
        role=name_in(author.get("role")) or name_in(message.get("role")),
        parent_id=next((parent for parent in map(name_in, parents) if parent), ""),
        kind=kind_of(message) or "",
        text=text_in(message) if text is None else text,
        model=name_in(metadata.get("model_slug")),
        status=name_in(message.get("status")),
        created_at_s=seconds(message.get("create_time")),
        first_ns=first_ns,
        last_ns=last_ns,
    )


def text_in(message: dict[str, Any]) -> str:
    """All text of a message, joined; half characters become U+FFFD."""
    return plain("".join(text for _, text in leaves(message)))


def name_in(value: Any) -> str:
    """A name that any file can hold; empty for what is no text."""
    text = text_of(value)
    return plain(text) if text else ""


def plain(text: str) -> str:
    """The text with U+FFFD for each half character, its last one too."""
    joined, half = whole(text)
    return f"{joined}\ufffd" if half else joined


def seconds(value: Any) -> float | None:
    """Unix seconds, if they are a time of our era."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < LATEST_S else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
