"""One conversation as it is put together: messages of requests, streams and details."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from analyzer.analyses.conversations.comparing import Compared, first_difference
from analyzer.analyses.conversations.facts import Detail, Node
from analyzer.analyses.conversations.joined import JoinedTurn
from analyzer.analyses.conversations.tree import Leaf, Place, plant
from analyzer.model import StreamedMessage

_CHECKED: tuple[str, ...] = ("answer",)
"""Kinds whose texts are compared: a detail may tell reasoning in another form."""


@dataclass(slots=True)
class Known:
    """A message as far as it is known; ``turn`` counts turns, -1 for what no turn carried."""

    message: StreamedMessage
    parent_id: str
    parent_from: str
    seen_as: str
    exchange: int | None
    turn: int
    sequence: int
    resumed: tuple[int, ...] = ()


class Gathering:
    """Takes turns in their order, then details in theirs."""

    def __init__(self) -> None:
        self.known: dict[str, Known] = {}
        self.turns: list[JoinedTurn] = []
        self.details: list[Detail] = []
        self.compared: dict[str, Compared] = {}
        self._roots: set[str] = set()
        self._answers: dict[int, list[str]] = {}
        self._asked: dict[int, str] = {}
        self._current_id = ""

    def add_turn(self, turn: JoinedTurn) -> None:
        number = len(self.turns)
        self.turns.append(turn)
        streamed = turn.messages()
        asked_id = self._add_questions(turn, number, streamed)
        for message in streamed:
            self._add_streamed(turn, number, message, asked_id)
        brought = [each.message_id for each in streamed if each.kind]
        self._answers[number] = brought
        self._asked[number] = asked_id
        self._current_id = brought[-1] if brought else asked_id or self._current_id

    def last_brought(self, turn: int) -> str:
        """The last message with text of the assistant that a turn brought; empty if none."""
        return next(reversed(self._answers.get(turn, [])), "")

    def asked(self, turn: int) -> str:
        """The message that a turn answers; empty if that is not known."""
        return self._asked.get(turn, "")

    def add_detail(self, detail: Detail) -> None:
        self.details.append(detail)
        for node in detail.nodes:
            self._add_node(detail, node)
        last = self.turns[-1] if self.turns else None
        if detail.current_id and (last is None or _is_after(detail, last)):
            self._current_id = detail.current_id

    def places(self) -> list[Place]:
        leaves = (
            Leaf(
                name,
                each.parent_id,
                each.message.role,
                (each.turn if each.turn >= 0 else -1, each.sequence),
                f"turn {each.turn}" if each.turn >= 0 else f"message {name}",
            )
            for name, each in self.known.items()
        )
        return plant(leaves, self._roots, self._current_id)

    @property
    def current_id(self) -> str:
        return self._current_id if self._current_id in self.known else ""

    def _add_questions(
        self, turn: JoinedTurn, number: int, streamed: Iterable[StreamedMessage]
    ) -> str:
        """The messages of the request; return the id of the one that is answered."""
        asked = turn.asked
        if asked is None:
            return ""
        if not asked.conversation_id:
            self._roots.add(asked.parent_id)
        echoes = {each.message_id: each for each in streamed if each.role == "user"}
        before = asked.parent_id
        for message in asked.messages:
            message_id = _taken_as(message, echoes)
            if message_id not in self.known:
                self._add(
                    Known(
                        _renamed(message, message_id, echoes),
                        before,
                        "request",
                        "request",
                        asked.exchange,
                        number,
                        len(self.known),
                    )
                )
            before = message_id
        return before

    def _add_streamed(
        self, turn: JoinedTurn, number: int, message: StreamedMessage, asked_id: str
    ) -> None:
        before = self.known.get(message.message_id)
        if before is not None:
            before.message = _completed(before.message, message)
            if message.parent_id and before.parent_from != "detail":
                before.parent_id, before.parent_from = message.parent_id, "stream"
            return
        parent_id, parent_from = message.parent_id, "stream"
        if not parent_id:
            is_reply = message.role not in ("system", "user")
            parent_id, parent_from = (asked_id, "order") if is_reply else ("", "")
        if message.role == "user" and not parent_id and turn.asked:
            parent_id, parent_from = turn.asked.parent_id, "request"
        self._add(
            Known(
                message,
                parent_id,
                parent_from if parent_id else "",
                "streamed",
                turn.exchange,
                number,
                len(self.known),
                tuple(each.exchange for each in turn.resumed),
            )
        )

    def _add_node(self, detail: Detail, node: Node) -> None:
        if node.message is None:
            if not node.parent_id:
                self._roots.add(node.node_id)
            return
        known = self.known.get(node.node_id)
        if known is None:
            sequence = len(self.known)
            self.known[node.node_id] = Known(
                _with_id(node.message, node.node_id),
                node.parent_id,
                "detail" if node.parent_id else "",
                "detail",
                detail.exchange,
                -1,
                sequence,
            )
            return
        if node.parent_id:
            known.parent_id, known.parent_from = node.parent_id, "detail"
        if known.seen_as == "detail":
            known.message, known.exchange = _with_id(node.message, node.node_id), detail.exchange
        else:
            self._compare(known, detail, node.message)
            known.message = _completed(known.message, node.message)

    def _compare(self, known: Known, detail: Detail, told: StreamedMessage) -> None:
        if known.seen_as != "streamed" or known.message.kind not in _CHECKED:
            return
        turn = self.turns[known.turn]
        if any(mark.name.endswith("/blocked") for part in turn.parts for mark in part.turn.markers):
            return  # the service took the text back
        is_whole = (
            turn.last.status == "complete"
            and told.status != "in_progress"
            and _is_after(detail, turn)
        )
        streamed = known.message.text
        at = first_difference(streamed, told.text, is_whole=is_whole)
        exchange = turn.parts[-1].exchange
        self.compared[told.message_id] = Compared(
            told.message_id, exchange, detail.exchange, len(streamed), len(told.text), at
        )

    def _add(self, known: Known) -> None:
        self.known[known.message.message_id] = known


def _is_after(detail: Detail, turn: JoinedTurn) -> bool:
    """Whether the detail was asked for once the turn had ended."""
    if detail.at_ns is None or turn.ended_ns is None:
        return False
    return detail.at_ns >= turn.ended_ns


def _taken_as(message: StreamedMessage, echoes: dict[str, StreamedMessage]) -> str:
    """The id under which the service took a message: its own, unless the echo has another."""
    if message.message_id in echoes:
        return message.message_id
    same = [each.message_id for each in echoes.values() if each.text == message.text]
    return same[0] if len(same) == 1 else message.message_id


def _renamed(
    message: StreamedMessage, message_id: str, echoes: dict[str, StreamedMessage]
) -> StreamedMessage:
    echo = echoes.get(message_id)
    return _with_id(_completed(message, echo) if echo else message, message_id)


def _completed(before: StreamedMessage, after: StreamedMessage) -> StreamedMessage:
    """The message with what another telling of it adds; its text and arrivals stay."""
    return StreamedMessage(
        before.message_id,
        before.role or after.role,
        before.parent_id or after.parent_id,
        before.kind or after.kind,
        before.text or after.text,
        before.model or after.model,
        after.status or before.status,
        after.created_at_s if before.created_at_s is None else before.created_at_s,
        before.first_ns if before.first_ns is not None else after.first_ns,
        before.last_ns if before.last_ns is not None else after.last_ns,
    )


def _with_id(message: StreamedMessage, message_id: str) -> StreamedMessage:
    return msgspec.structs.replace(message, message_id=message_id)
