"""What titles conversations were told to have, in the order of time, and how."""

from collections.abc import Iterable

import msgspec

from analyzer.analyses.conversations.facts import Detail, Fact, Listed, Told
from analyzer.analyses.conversations.joined import JoinedTurn
from analyzer.analyses.conversations.rows import TitleRow


class Title(msgspec.Struct, frozen=True):
    title: str = ""
    told_by: str = ""
    exchange: int | None = None


class Titles:
    """Every telling that brought a new title; of a title that is told again the first counts."""

    def __init__(self, facts: Iterable[Fact], turns: Iterable[JoinedTurn]) -> None:
        told = [*_told(facts), *_streamed(turns)]
        told.sort(key=lambda one: (one.at_ns or 0, one.exchange))
        self._tellings: dict[str, list[Told]] = {}
        for one in told:
            before = self._tellings.setdefault(one.conversation_id, [])
            if one.title and (not before or before[-1].title != one.title):
                before.append(one)

    def of(self, conversation_id: str) -> Title:
        """The last title, and what told it first."""
        tellings = self._tellings.get(conversation_id)
        if not tellings:
            return Title()
        last = tellings[-1]
        return Title(last.title, last.told_by, last.exchange)

    def rows(self, conversations: Iterable[str]) -> tuple[TitleRow, ...]:
        listed = [one for name in conversations for one in self._tellings.get(name, ())]
        return tuple(
            TitleRow(index, one.conversation_id, one.title, one.told_by, one.exchange, one.at_ns)
            for index, one in enumerate(listed)
        )


def _told(facts: Iterable[Fact]) -> Iterable[Told]:
    for fact in facts:
        match fact:
            case Told():
                yield fact
            case Detail():
                yield fact.told
            case Listed():
                yield from fact.items


def _streamed(turns: Iterable[JoinedTurn]) -> Iterable[Told]:
    for turn in turns:
        for part in turn.parts:
            if part.turn.title:
                yield Told(
                    part.exchange,
                    part.ended_ns if part.at_ns is None else part.at_ns,
                    part.ended_ns,
                    turn.conversation_id,
                    "stream",
                    part.turn.title,
                )
