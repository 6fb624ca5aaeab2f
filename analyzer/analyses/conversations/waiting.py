"""How long a message, and a turn, let the user wait; as in `analyses.latency`, per message."""

from collections.abc import Mapping

import msgspec

from analyzer.analyses.conversations.gathering import Known
from analyzer.analyses.conversations.joined import JoinedTurn
from analyzer.analyses.latency import tokens_in
from analyzer.analyses.measured import Measured
from analyzer.model import Clock, Unmeasurable

_NO_CLOCK = Unmeasurable("the capture holds no times")
_UNTIMED = Unmeasurable("the capture has this stream's bytes and no arrival times of them")
_NOT_STREAMED = Unmeasurable("the capture does not hold the stream that brought it")
_NOT_IN_STREAM = Unmeasurable("its text came whole, not in a stream")
_REPLAYED = Unmeasurable("its first text was told again, so when that came first is not known")
_NO_TEXT = Unmeasurable("no text came")
_NO_BEGINNING = Unmeasurable("the capture does not hold the request that began the turn")
_NOT_SENT = Unmeasurable("the capture does not hold when the request was sent")
_BEFORE_SENT = Unmeasurable("it came before the request was whole")
_ONE_ARRIVAL = Unmeasurable("all text came in one arrival, so there is no gap")
_FEW_TOKENS = Unmeasurable("the text is shorter than two estimated tokens")
_BROUGHT_BEFORE = ("answer", "reasoning", "tool")


class Wait(msgspec.Struct, frozen=True):
    """None for what nobody waits for."""

    ttft_ns: int | Unmeasurable | None = None
    rate_per_s: float | Unmeasurable | None = None


class Waits:
    """Knows when each request was sent."""

    def __init__(self, clock: Clock, measured: tuple[Measured, ...]) -> None:
        self._clock = clock
        self._sent: Mapping[int, int | None] = {
            one.exchange.exchange: one.exchange.sent_ns for one in measured
        }
        self._untimed = {each.exchange.exchange for each in measured if not each.exchange.timed}

    def of(self, known: Known, turn: JoinedTurn | None) -> Wait:
        """The message's first text − request sent, and the pace of its estimated tokens."""
        message = known.message
        if message.kind not in _BROUGHT_BEFORE:
            return Wait()
        if turn is None or known.seen_as != "streamed":
            return Wait(_NOT_STREAMED, _NOT_STREAMED)
        if why := self._why_timeless(turn):
            return Wait(why, why)
        if message.first_ns is None or message.last_ns is None:
            missing = _NOT_IN_STREAM if message.text else _NO_TEXT
            return Wait(missing, missing)
        tokens = tokens_in(len(message.text.encode(errors="replace")))
        rate: float | Unmeasurable
        if message.last_ns <= message.first_ns:
            rate = _ONE_ARRIVAL
        elif tokens < 2:
            rate = _FEW_TOKENS
        else:
            rate = (tokens - 1) * 1e9 / (message.last_ns - message.first_ns)
        return Wait(self._since(turn, message.first_ns), rate)

    def turn(self, turn: JoinedTurn) -> int | Unmeasurable:
        """The turn's TTFT: from its first request, whichever stream brought the first text."""
        if why := self._why_timeless(turn):
            return why
        if any(part.turn.replayed and part.turn.replayed.first for part in turn.parts):
            return _REPLAYED
        kinds = ("answer", "reasoning")
        first = [each.first_ns for each in turn.messages() if each.kind in kinds]
        moments = [moment for moment in first if moment is not None]
        return self._since(turn, min(moments)) if moments else _NO_TEXT

    def _why_timeless(self, turn: JoinedTurn) -> Unmeasurable | None:
        if self._clock == "none":
            return _NO_CLOCK
        return _UNTIMED if any(p.turn.exchange in self._untimed for p in turn.parts) else None

    def _since(self, turn: JoinedTurn, moment_ns: int) -> int | Unmeasurable:
        if turn.asked is None:
            return _NO_BEGINNING
        sent_ns = self._sent.get(turn.asked.exchange)
        if sent_ns is None:
            return _NOT_SENT
        return moment_ns - sent_ns if moment_ns >= sent_ns else _BEFORE_SENT
