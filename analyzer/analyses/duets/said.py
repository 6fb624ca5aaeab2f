"""What is kept of one turn: who spoke when, and fingerprints of what was asked and said."""

from collections.abc import Sequence
from functools import reduce
from hashlib import blake2b

import msgspec

from analyzer.analyses.duets.prompts import Prompt
from analyzer.analyses.handoffs import Part, goes_on, join_parts
from analyzer.dialects.surrogates import whole
from analyzer.model import Exchange, Turn, TurnStatus

MAX_ID_CHARS = 256
"""A conversation whose name is longer is taken for one without a name."""

_BYTES = 16


class Said(msgspec.Struct, frozen=True):
    """One turn. ``prompt`` is None where nothing was asked, ``answer`` where nothing was said.

    ``connections``: that of each of its streams.
    """

    exchange: int
    conversation_id: str
    prompt: bytes | None
    answer: bytes | None
    status: TurnStatus
    goes_on: bool
    connections: tuple[int | None, ...]
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
    may trim what it passes on. Half a surrogate pair is U+FFFD, and nothing at the end, as
    it is in the answers.
    """
    words = " ".join(whole(text)[0].split())
    return blake2b(words.encode(), digest_size=_BYTES).digest() if words else None


def said(exchange: Exchange, turn: Turn, prompt: Prompt) -> Said | None:
    """None if the conversation has no name by which to know it again."""
    conversation_id = turn.conversation_id or prompt.conversation_id
    if not 0 < len(conversation_id) <= MAX_ID_CHARS:
        return None
    at_ns, replayed = turn.texts.at_ns, turn.replayed
    return Said(
        exchange.exchange,
        whole(conversation_id)[0],
        fingerprint(prompt.text),
        fingerprint(turn.answer),
        turn.status,
        goes_on(exchange),
        (exchange.client_connection,),
        exchange.sent_ns,
        at_ns[0] if at_ns and not (replayed and replayed.first) else None,
        at_ns[-1] if at_ns and not (replayed and replayed.last) else None,
    )


def refused(exchange: Exchange, prompt: Prompt) -> Refused | None:
    asked = fingerprint(prompt.text)
    return None if asked is None else Refused(exchange.exchange, asked, exchange.sent_ns)


def joined(turns: Sequence[Said]) -> list[Said]:
    """The turns in the order given, each with what went on with it.

    The stream that goes on has the whole answer.
    """
    return [reduce(_join, parts) for parts in join_parts(turns, _part)]


def _part(one: Said) -> Part:
    return Part(one.conversation_id, one.goes_on, one.status)


def _join(begun: Said, rest: Said) -> Said:
    return msgspec.structs.replace(
        begun,
        answer=rest.answer or begun.answer,
        status=rest.status,
        connections=begun.connections + rest.connections,
        first_text_ns=rest.first_text_ns if begun.first_text_ns is None else begun.first_text_ns,
        last_text_ns=begun.last_text_ns if rest.last_text_ns is None else rest.last_text_ns,
    )
