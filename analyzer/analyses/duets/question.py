"""The question of the duets, asked while a capture passes."""

from typing import ClassVar

from analyzer.analyses.duets.chains import LEAST_TURNS, chain
from analyzer.analyses.duets.prompts import MAX_BODY_BYTES, read_prompt
from analyzer.analyses.duets.rows import DuetsFound
from analyzer.analyses.duets.said import Refused, Said, joined, refused, said
from analyzer.analyses.duets.talk import Talk
from analyzer.analyses.questions import Question, Unanswered, Whole, why_textless
from analyzer.model import CaptureHead, Exchange

MAX_ASKED = 200_000
"""Requests for an answer of which something is kept, about 300 bytes each."""

FIGURE = "who passes answers on to whom"


class DuetsQuestion(Question[DuetsFound]):
    """Which conversations talk to each other?

    An answer is known again in a prompt by a fingerprint of the whole text: no text is kept.
    Both went through the same redaction, but an answer that holds a credential may have been
    cut inside it, and then is not known again.
    """

    NAME: ClassVar = "duets"

    def __init__(self, head: CaptureHead) -> None:
        super().__init__(head)
        self._asked: dict[int, Said | Refused] = {}
        self._unread: set[int] = set()
        self._too_many = False

    def exchange(self, exchange: Exchange, /) -> None:
        """Keep what is needed of it; a number that comes twice counts as it came last."""
        self._asked.pop(exchange.exchange, None)
        self._unread.discard(exchange.exchange)
        turn = exchange.turn
        is_refused = exchange.status is not None and exchange.status >= 400
        if exchange.method != "POST" or not (turn or is_refused):
            return
        if len(self._asked) + len(self._unread) >= MAX_ASKED:
            self._too_many = True
        elif turn and not _is_readable(exchange):
            self._unread.add(exchange.exchange)
        elif prompt := read_prompt(exchange.request_body):
            one = said(exchange, turn, prompt) if turn else refused(exchange, prompt)
            if one is not None:
                self._asked[exchange.exchange] = one

    def finish(self, whole: Whole, /) -> DuetsFound:
        numbers = {one.exchange.exchange for one in whole.measured}
        kept = [one for number, one in sorted(self._asked.items()) if number in numbers]
        timed = self.head.clock != "none"
        chains = (
            chain(
                joined(sorted((one for one in kept if isinstance(one, Said)), key=_asked_first)),
                (one for one in kept if isinstance(one, Refused)),
                timed=timed,
            )
            if self.head.redaction == "secrets"
            else []
        )
        talks = [Talk(number, links, timed=timed) for number, links in enumerate(chains, 1)]
        return DuetsFound(
            unanswered=tuple(self._unanswered()),
            duets=tuple(talk.duet for talk in talks),
            duet_turns=tuple(turn for talk in talks for turn in talk.turns),
            duet_waits=tuple(wait for talk in talks for wait in talk.waits),
        )

    def _unanswered(self) -> list[Unanswered]:
        reasons = []
        if why := why_textless(self.head):
            if len(self._asked) + len(self._unread) >= LEAST_TURNS:
                reasons.append(why)
        elif self._unread:
            prompts = "1 prompt" if len(self._unread) == 1 else f"{len(self._unread):,} prompts"
            reasons.append(f"{prompts} could not be read: not kept whole, or too long")
        if self._too_many:
            reasons.append(f"only the first {MAX_ASKED:,} prompts were looked at")
        return [Unanswered(self.NAME, FIGURE, reason) for reason in reasons]


def _asked_first(one: Said) -> tuple[int, int]:
    return (one.exchange if one.sent_ns is None else one.sent_ns), one.exchange


def _is_readable(exchange: Exchange) -> bool:
    return exchange.request_length <= len(exchange.request_body) <= MAX_BODY_BYTES
