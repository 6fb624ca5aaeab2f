"""Who took whose answer: turns to chains of turns."""

from collections.abc import Iterable

import msgspec

from analyzer.analyses.duets.said import Refused, Said

LEAST_TURNS = 3
"""Fewer are no talk: one answer that was passed on once may be a person's copy and paste."""


class Link(msgspec.Struct, frozen=True):
    """A turn and the turn whose answer it was asked with; None for the first of a chain.

    ``refused``: how often the service had turned the same prompt away before.
    """

    said: Said
    heard: Said | None
    refused: int = 0


def chain(
    turns: Iterable[Said], turned_away: Iterable[Refused], *, timed: bool
) -> list[list[Link]]:
    """Every chain of at least `LEAST_TURNS`, its turns in the order in which they were asked.

    A prompt was heard from the latest equal answer of *another* conversation that was
    complete when it was sent. Where there are no times the exchanges' numbers are the order.
    n log n in the number of turns, by the sorting alone.
    """
    latest = _Latest()
    refusals: dict[bytes, int] = {}
    chains: dict[int, list[Link]] = {}
    for _, _, _, one, is_answer in sorted(_moments(turns, turned_away, timed=timed), key=_order):
        if isinstance(one, Refused):
            refusals[one.prompt] = refusals.get(one.prompt, 0) + 1
        elif is_answer:
            latest.add(one)
        else:
            asked = one.prompt
            heard = latest.of_another(asked, one.conversation_id) if asked else None
            known = chains[heard.exchange] if heard else []
            known.append(Link(one, heard, refusals.pop(asked, 0) if asked else 0))
            chains[one.exchange] = known
    found = {id(links): links for links in chains.values() if len(links) >= LEAST_TURNS}
    return list(found.values())


type _Moment = tuple[int, int, int, Said | Refused, bool]


def _order(moment: _Moment) -> tuple[int, int, int]:
    return moment[:3]


def _moments(
    turns: Iterable[Said], turned_away: Iterable[Refused], *, timed: bool
) -> Iterable[_Moment]:
    """Each prompt and each answer with its moment; of equal ones the answer comes first.

    In a capture with times, what has none took place at no known moment, and is left out.
    """
    asked: tuple[Said | Refused, ...] = (*turns, *turned_away)
    for one in asked:
        at = one.sent_ns if timed else one.exchange * 2
        if at is None:
            continue
        yield at, 1, one.exchange, one, False
        if isinstance(one, Said) and one.answer is not None:
            ready = one.last_text_ns if timed else one.exchange * 2 + 1
            if ready is not None and ready >= at:
                yield ready, 0 if ready > at else 2, one.exchange, one, True


class _Latest:
    """The latest answer of each text, and the latest by any other conversation than that."""

    def __init__(self) -> None:
        self._by_text: dict[bytes, tuple[Said, Said | None]] = {}

    def add(self, one: Said) -> None:
        if one.answer is None:
            return
        last, other = self._by_text.get(one.answer, (one, None))
        if last.conversation_id != one.conversation_id:
            other = last
        self._by_text[one.answer] = (one, other)

    def of_another(self, prompt: bytes, conversation_id: str) -> Said | None:
        last, other = self._by_text.get(prompt, (None, None))
        return other if last and last.conversation_id == conversation_id else last
