"""A conversation that was put together, as rows."""

from bisect import bisect_right
from collections.abc import Mapping
from statistics import median

import msgspec

from analyzer.analyses.conversations.facts import Rated, Stopped
from analyzer.analyses.conversations.gathering import Gathering, Known
from analyzer.analyses.conversations.joined import SYNTHETIC, JoinedTurn
from analyzer.analyses.conversations.moments import microseconds
from analyzer.analyses.conversations.rows import ConversationRow, MessageRow
from analyzer.analyses.conversations.titles import Title
from analyzer.analyses.conversations.tree import Place
from analyzer.analyses.conversations.waiting import Waits
from analyzer.model import Unmeasurable

AT_ONCE_LIMIT = 16
"""Most turns of one conversation that are looked at for the one that a call stopped."""

_NOT_STATED = Unmeasurable("the service did not state it in this capture")
_NO_TURN = Unmeasurable("no turn of it was streamed in this capture")


class Told(msgspec.Struct, frozen=True):
    """What is known of a conversation beside its messages."""

    title: Title
    created_at: int | None
    updated_at: int | None
    stops: tuple[Stopped, ...]
    ratings: tuple[Rated, ...]
    first_ns: int | None
    last_ns: int | None
    dialect: str


class Writer:
    """Makes the rows of one conversation."""

    def __init__(self, conversation_id: str, gathering: Gathering, told: Told) -> None:
        self._id = conversation_id
        self._gathering = gathering
        self._told = told
        self._stops = _stops(gathering.turns, told.stops)
        self._edits: set[str] = set()
        self._ratings = {one.message_id: one.rating for one in told.ratings if one.accepted}

    def messages(self, first: int, waits: Waits) -> list[MessageRow]:
        """Its messages in the order of their tree, numbered from ``first`` on."""
        places = self._gathering.places()
        self._edits = {place.message_id for place in places if place.is_repeat}
        return [self._message(first + index, place, waits) for index, place in enumerate(places)]

    def _message(self, number: int, place: Place, waits: Waits) -> MessageRow:
        known = self._gathering.known[place.message_id]
        turn = self._gathering.turns[known.turn] if known.turn >= 0 else None
        message, wait = known.message, waits.of(known, turn)
        is_last = self._gathering.last_brought(known.turn) == place.message_id
        return MessageRow(
            message=number,
            conversation_id=self._id,
            message_id=place.message_id,
            parent_id=known.parent_id,
            parent_from=known.parent_from,
            depth=place.depth,
            role=message.role,
            kind=message.kind,
            text=message.text,
            status=message.status,
            model=message.model or _model(turn, message.role),
            action=self._action(known, place, turn),
            branch=place.branch,
            branches=place.branches,
            is_current=place.is_current,
            is_orphan=place.is_orphan,
            is_stopped=is_last and turn is not None and turn.last.status == "stopped",
            rating=self._ratings.get(place.message_id, ""),
            seen_as=known.seen_as,
            exchange=known.exchange,
            resumed_exchange_ids=known.resumed,
            stop_exchange_id=self._stops.get(known.turn) if is_last else None,
            created_at=_or_not_stated(microseconds(message.created_at_s)),
            first_ns=message.first_ns,
            last_ns=message.last_ns,
            ttft_ns=wait.ttft_ns,
            rate_per_s=wait.rate_per_s,
        )

    def _action(self, known: Known, place: Place, turn: JoinedTurn | None) -> str:
        role = known.message.role
        if role == "user":
            return "edit" if place.is_repeat else "next"
        if role != "assistant":
            return ""
        asked = turn.asked if turn else None
        if place.is_repeat or (asked and asked.action == "variant"):
            return "variant"
        return "edit" if self._gathering.asked(known.turn) in self._edits else "next"

    def conversation(self, rows: list[MessageRow], waits: Waits) -> ConversationRow:
        """The row that sums these messages up."""
        gathering, told = self._gathering, self._told
        turns, details = gathering.turns, gathering.details
        ttft = [one for one in map(waits.turn, turns) if isinstance(one, int)]
        compared = gathering.compared.values()
        return ConversationRow(
            conversation_id=self._id,
            is_synthetic=self._id.startswith(SYNTHETIC),
            dialect=told.dialect,
            title=told.title.title,
            title_from=told.title.told_by,
            title_exchange_id=told.title.exchange,
            model=_last_model(rows) or (details[-1].model if details else ""),
            created_at=_or_not_stated(told.created_at),
            updated_at=_or_not_stated(told.updated_at),
            first_ns=told.first_ns,
            last_ns=told.last_ns,
            current_message_id=gathering.current_id,
            detail_exchange_id=details[-1].exchange if details else None,
            messages=len(rows),
            turns=len(turns),
            branches=_extra(rows, None),
            variants=_extra(rows, "assistant"),
            edits=_extra(rows, "user"),
            orphans=sum(row.is_orphan for row in rows),
            stops=sum(turn.last.status == "stopped" for turn in turns),
            handoffs=sum(turn.handed_off for turn in turns),
            resumed=sum(turn.is_resumed for turn in turns),
            ratings=sum(one.accepted for one in told.ratings),
            compared=len(compared),
            differing=sum(one.differs_at is not None for one in compared),
            ttft_p50_ns=round(median(ttft)) if ttft else _no_ttft(turns, waits),
            ttft_n=len(ttft),
        )


def _stops(turns: list[JoinedTurn], stops: tuple[Stopped, ...]) -> Mapping[int, int]:
    """The call that stopped each turn: it came while the turn ran."""
    found: dict[int, int] = {}
    begun = [turn.at_ns or 0 for turn in turns]
    for stop in stops:
        last = bisect_right(begun, stop.at_ns or 0)
        for number in range(last - 1, max(last - 1 - AT_ONCE_LIMIT, -1), -1):
            if _runs(turns[number], stop):
                found[number] = stop.exchange
                break
    return found


def _runs(turn: JoinedTurn, stop: Stopped) -> bool:
    if not stop.accepted or stop.at_ns is None or turn.at_ns is None:
        return False
    return turn.at_ns <= stop.at_ns and (turn.ended_ns is None or stop.at_ns <= turn.ended_ns)


def _extra(rows: list[MessageRow], role: str | None) -> int:
    """Alternatives beyond the first, each counted once however many messages it has."""
    return len(
        {
            (row.parent_id, row.branch)
            for row in rows
            if row.branch > 1 and (role is None or row.role == role)
        }
    )


def _model(turn: JoinedTurn | None, role: str) -> str:
    if turn is None or role != "assistant":
        return ""
    return turn.last.model or (turn.asked.model if turn.asked else "")


def _last_model(rows: list[MessageRow]) -> str:
    return next((row.model for row in reversed(rows) if row.model), "")


def _no_ttft(turns: list[JoinedTurn], waits: Waits) -> Unmeasurable:
    reasons = [one for one in map(waits.turn, turns) if isinstance(one, Unmeasurable)]
    return reasons[0] if reasons else _NO_TURN


def _or_not_stated(at: int | None) -> int | Unmeasurable:
    return _NOT_STATED if at is None else at
