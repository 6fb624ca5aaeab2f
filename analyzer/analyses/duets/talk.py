"""One chain of turns as rows: who spoke, who repeated whom, and who waited for whom."""

from collections.abc import Sequence

from analyzer.analyses.duets.chains import Link
from analyzer.analyses.duets.rows import Duet, DuetTurn, DuetWait
from analyzer.analyses.duets.said import Said
from analyzer.model import Unmeasurable

NO_TIMES = Unmeasurable("the capture has no times")
NO_TEXT = Unmeasurable("no text came")
NO_CONNECTION = Unmeasurable("the capture does not name the connection of every turn")

type Figure = int | Unmeasurable


class Talk:
    """The rows of one duet."""

    def __init__(self, duet: int, links: Sequence[Link], *, timed: bool) -> None:
        self._duet = duet
        self._timed = timed
        self._links = links
        self._speakers: dict[str, int] = {}
        for link in links:
            self._speakers.setdefault(link.said.conversation_id, len(self._speakers) + 1)
        self.turns = self._make_turns()
        self.waits = self._make_waits()
        self.duet = self._make_duet()

    def _make_turns(self) -> tuple[DuetTurn, ...]:
        last_by: dict[str, Said] = {}
        turn_by: dict[bytes, int] = {}
        made: list[DuetTurn] = []
        for number, link in enumerate(self._links, 1):
            one = link.said
            made.append(
                DuetTurn(
                    duet=self._duet,
                    turn=number,
                    speaker=self._speakers[one.conversation_id],
                    conversation_id=one.conversation_id,
                    exchange=one.exchange,
                    prompt_exchange_id=link.heard.exchange if link.heard else None,
                    status=one.status,
                    client_connection=one.connections[0],
                    sent_ns=self._moment(one.sent_ns),
                    first_text_ns=self._moment(one.first_text_ns),
                    last_text_ns=self._moment(one.last_text_ns),
                    waited_ns=self._waited(link, last_by.get(one.conversation_id)),
                    handover_ns=self._handover(link),
                    refused=link.refused,
                    repeated_of=None if one.answer is None else turn_by.get(one.answer),
                )
            )
            last_by[one.conversation_id] = one
            if one.answer is not None:
                turn_by[one.answer] = number
        return tuple(made)

    def _moment(self, at_ns: int | None) -> Figure:
        if not self._timed:
            return NO_TIMES
        return NO_TEXT if at_ns is None else at_ns

    def _waited(self, link: Link, before: Said | None) -> Figure | None:
        """From the end of its own last answer to the end of the one that it took.

        One that has not spoken yet waits from when the other was asked; one that
        still spoke when the other's answer was complete did not wait.
        """
        if link.heard is None:
            return None
        began = (before.last_text_ns if before else None) or link.heard.sent_ns
        if not self._timed or began is None or link.heard.last_text_ns is None:
            return NO_TIMES
        return max(0, link.heard.last_text_ns - began)

    def _handover(self, link: Link) -> Figure | None:
        """From the last text of an answer to when it was sent as a prompt."""
        if link.heard is None:
            return None
        if not self._timed or link.said.sent_ns is None or link.heard.last_text_ns is None:
            return NO_TIMES
        return link.said.sent_ns - link.heard.last_text_ns

    def _make_waits(self) -> tuple[DuetWait, ...]:
        spans: dict[tuple[int, int], list[Figure]] = {}
        for link, turn in zip(self._links, self.turns, strict=True):
            if link.heard and turn.waited_ns is not None:
                pair = (turn.speaker, self._speakers[link.heard.conversation_id])
                spans.setdefault(pair, []).append(turn.waited_ns)
        return tuple(
            DuetWait(self._duet, *pair, len(waited), _total(waited), _longest(waited))
            for pair, waited in sorted(spans.items())
        )

    def _make_duet(self) -> Duet:
        turns = self.turns
        loop = next((turn for turn in turns if turn.repeated_of is not None), None)
        handovers = [turn.handover_ns for turn in turns if turn.handover_ns is not None]
        connections = {each for link in self._links for each in link.said.connections}
        ends = [
            at
            for turn in turns
            for at in (turn.sent_ns, turn.last_text_ns)
            if not isinstance(at, Unmeasurable)
        ]
        return Duet(
            duet=self._duet,
            speakers=len(self._speakers),
            conversation_ids=tuple(self._speakers),
            turns=len(turns),
            began_ns=turns[0].sent_ns,
            ended_ns=max(ends) if ends else NO_TIMES,
            handover_ns=_total(handovers),
            overlap_ns=_overlap(turns) if self._timed else NO_TIMES,
            refused=sum(turn.refused for turn in turns),
            one_connection=NO_CONNECTION if None in connections else len(connections) == 1,
            loop_turn=loop.turn if loop else None,
            loop_period=loop.turn - loop.repeated_of if loop and loop.repeated_of else None,
        )


def _total(spans: Sequence[Figure]) -> Figure:
    known = [span for span in spans if not isinstance(span, Unmeasurable)]
    return sum(known) if len(known) == len(spans) else NO_TIMES


def _longest(spans: Sequence[Figure]) -> Figure:
    known = [span for span in spans if not isinstance(span, Unmeasurable)]
    return max(known) if len(known) == len(spans) else NO_TIMES


def _overlap(turns: Sequence[DuetTurn]) -> int:
    """Time in which at least two turns were under way, from request sent to last text."""
    steps: list[tuple[int, int]] = []
    for turn in turns:
        if not isinstance(turn.sent_ns, Unmeasurable | None) and isinstance(turn.last_text_ns, int):
            steps += [(turn.sent_ns, 1), (turn.last_text_ns, -1)]
    overlap, open_turns, since_ns = 0, 0, 0
    for at_ns, step in sorted(steps):
        if open_turns > 1:
            overlap += at_ns - since_ns
        open_turns, since_ns = open_turns + step, at_ns
    return overlap
