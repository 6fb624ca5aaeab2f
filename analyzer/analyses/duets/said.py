"""What is kept of one turn: who spoke when, and fingerprints of what was asked and said."""

from hashlib import blake2b

import msgspec

from analyzer.analyses.duets.prompts import Prompt
from analyzer.dialects.surrogates import whole
from analyzer.model import Exchange, Turn

MAX_ID_CHARS = 256
"""A conversation whose name is longer is taken for one without a name."""

_BYTES = 16


class Said(msgspec.Struct, frozen=True):
    """One turn. ``answer`` is None where nothing was said."""

    exchange: int
    conversation_id: str
    prompt: bytes
    answer: bytes | None
    status: str
    connection: int | None
    sent_ns: int | None
    first_text_ns: int | None
    last_text_ns: int | None


class Refused(msgspec.Struct, frozen=True):
    """A prompt that the service did not take."""

    exchange: int
    prompt: bytes
    sent_ns: int | None


def fingerprint(text: str) -> bytes | None:
    """Equal for texts that are equal but for white space, None if there is nothing else.

    Each run of white space (Unicode's) counts as one blank, and none at the ends: a page
    may trim what it passes on. Half a surrogate pair is U+FFFD, as in the answers.
    """
    text, half = whole(text)
    words = " ".join((text + ("\ufffd" if half else "")).split())
    return blake2b(words.encode(), digest_size=_BYTES).digest() if words else None


def said(exchange: Exchange, turn: Turn, prompt: Prompt) -> Said | None:
    """None if the prompt is blank, or the conversation has no name by which to know it again."""
    conversation_id = turn.conversation_id or prompt.conversation_id
    asked = fingerprint(prompt.text)
    if asked is None or not 0 < len(conversation_id) <= MAX_ID_CHARS:
        return None
    at_ns = turn.texts.at_ns
    return Said(
        exchange.exchange,
        whole(conversation_id)[0],
        asked,
        fingerprint(turn.answer),
        turn.status,
        exchange.client_connection,
        exchange.sent_ns,
        at_ns[0] if at_ns else None,
        at_ns[-1] if at_ns else None,
    )


def refused(exchange: Exchange, prompt: Prompt) -> Refused | None:
    asked = fingerprint(prompt.text)
    return None if asked is None else Refused(exchange.exchange, asked, exchange.sent_ns)
