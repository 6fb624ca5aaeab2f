"""How long an exchange and its turn let the user wait, as the client's side saw it.

Every figure counts from *request sent* (the request was whole and went to the
service) on the capture's monotonic clock, in nanoseconds, and is either a value
or `Unmeasurable` with a reason: what a clock can't answer is never zero.
"""

import msgspec

from analyzer.analyses.gaps import Arrivals, Gaps, Stalls, find_gaps, find_stalls
from analyzer.analyses.passed import Passed
from analyzer.model import Clock, Exchange, Replayed, Turn, Unmeasurable

OCTETS_PER_TOKEN = 4
"""A proxy can't see the model's tokenizer: tokens are estimated, 4 octets of UTF-8 each."""

type Span = int | Unmeasurable
type Figure = float | Unmeasurable

_NO_CLOCK = Unmeasurable("the capture holds no times")
_UNTIMED = Unmeasurable("the capture has this stream's bytes and no arrival times of them")
_EVENT_CLOCK = Unmeasurable("the capture's clock stamps events, not bytes")
_NOT_SENT = Unmeasurable("the capture does not hold when the request was sent")
WENT_ON = Unmeasurable("another stream went on with it, and has the figures of the whole turn")
_REPLAYED = Unmeasurable("text of it was told again, so when that came first is not known")
_NO_TEXT = Unmeasurable("no text came")
_NO_ANSWER = Unmeasurable("no answer text came")
_ONE_ARRIVAL = Unmeasurable("all text came in one arrival, so there is no gap")
_FEW_TOKENS = Unmeasurable("the text is shorter than two estimated tokens")
_UNFINISHED = Unmeasurable("the capture does not hold the exchange's end")


class ExchangeTimes(msgspec.Struct, frozen=True):
    """What can be said of any exchange, chat turn or not. Spans since request sent."""

    time_to_headers_ns: Span
    time_to_first_byte_ns: Span
    time_to_first_event_ns: Span
    duration_ns: Span


class Latency(msgspec.Struct, frozen=True):
    """The waiting of one chat turn.

    ``chunks`` are texts, each brought by an event; ``arrivals`` are chunks with
    those that came together counted once, so ``len(gaps) == arrivals - 1``.
    ``first_text_ns`` and ``last_text_ns`` are moments of the capture's clock; the first
    arrival brought ``first_chars`` code points of text, `Gaps` has the others'.
    ``rate_per_s`` is the pace of estimated tokens between first and last text.
    By these definitions ``itl_ns`` and ``tpot_ns`` agree: a proxy's end-to-end
    time ends with the last text.
    """

    exchange: int
    chunks: int
    estimated_tokens: int
    arrivals: int | Unmeasurable
    first_text_ns: int | None
    last_text_ns: int | None
    ttft_ns: Span
    ttfo_ns: Span
    e2el_ns: Span
    tail_ns: Span
    itl_ns: Figure
    tpot_ns: Figure
    rate_per_s: Figure
    longest_gap_ns: Span
    stalls: Stalls | Unmeasurable
    gaps: Gaps | Unmeasurable
    first_chars: int = 0


def measure_times(exchange: Exchange, clock: Clock) -> ExchangeTimes:
    """How soon the response's parts came."""
    if clock == "none":
        return ExchangeTimes(_NO_CLOCK, _NO_CLOCK, _NO_CLOCK, _NO_CLOCK)
    stream = exchange.stream
    first_byte: Span
    first_event: Span
    if exchange.streamed and not exchange.timed:
        first_byte = first_event = _UNTIMED
    elif exchange.streamed:
        first_byte = (
            _EVENT_CLOCK
            if clock == "event"
            else _since(exchange, stream.first_byte_ns, "no body came")
        )
        first_event = _since(exchange, stream.first_event_ns, "no event came")
    else:
        first_byte = Unmeasurable("the body was taken whole, so its first byte was not timed")
        first_event = Unmeasurable("the response is no event stream")
    return ExchangeTimes(
        time_to_headers_ns=_since(exchange, exchange.headers_ns, "no response came"),
        time_to_first_byte_ns=first_byte,
        time_to_first_event_ns=first_event,
        duration_ns=_since(exchange, _end_ns(exchange), _UNFINISHED.reason),
    )


def _why_timeless(exchange: Exchange, clock: Clock) -> Unmeasurable | None:
    if clock == "none":
        return _NO_CLOCK
    return None if exchange.timed else _UNTIMED


def measure_latency(
    exchange: Exchange, clock: Clock, passed: Passed | None, stall_ns: int
) -> Latency | Unmeasurable:
    """Wait for the first text, and the gaps between texts, as the client saw them.

    ``passed`` says what else came on the stream; without it the gaps' causes
    are unknown. Two things are known once the whole capture has been read: which gaps
    are the proxy's own (`Measured.with_lag`), and whether the stream was one of several
    of its turn (`handoffs.join_turns`); until then all counts from its own request.
    Returns: Unmeasurable if the exchange is no chat turn.
    """
    turn = exchange.turn
    if turn is None:
        return why_no_turn(exchange)
    arrivals = Arrivals.of(turn.texts)
    nothing = _REPLAYED if turn.replayed else _NO_TEXT
    why_not = _why_timeless(exchange, clock) or (nothing if not len(arrivals) else None)
    if why_not:
        return _wordless(turn, clock, why_not)
    first, last = int(arrivals.at_ns[0]), int(arrivals.at_ns[-1])
    ttft, e2el = span_since_sent(exchange, first), span_since_sent(exchange, last)
    tokens = estimate_tokens(turn)
    itl, tpot, rate = measure_pace(first, last, tokens, ttft, e2el)
    gaps = find_gaps(arrivals, passed if clock in ("chunk", "packet") else None)
    measured = Latency(
        exchange=turn.exchange,
        chunks=len(turn.texts.at_ns),
        estimated_tokens=tokens,
        arrivals=len(arrivals),
        first_text_ns=first,
        last_text_ns=last,
        ttft_ns=ttft,
        ttfo_ns=_since(exchange, _first_answer_ns(turn), _NO_ANSWER.reason),
        e2el_ns=e2el,
        tail_ns=_tail(exchange, last),
        itl_ns=itl,
        tpot_ns=tpot,
        rate_per_s=rate,
        longest_gap_ns=int(gaps.gap_ns.max()) if len(gaps) else _ONE_ARRIVAL,
        stalls=find_stalls(gaps, stall_ns, e2el),
        gaps=gaps if len(gaps) else _ONE_ARRIVAL,
        first_chars=int(arrivals.chars[0]),
    )
    return _without(turn.replayed, measured) if turn.replayed else measured


def _without(replayed: Replayed, latency: Latency) -> Latency:
    """Without the figures that text which was told again takes part in."""
    unknown = replayed.amid
    return msgspec.structs.replace(
        latency,
        ttft_ns=_REPLAYED if replayed.first else latency.ttft_ns,
        ttfo_ns=_REPLAYED if replayed.first_answer else latency.ttfo_ns,
        e2el_ns=_REPLAYED if replayed.last else latency.e2el_ns,
        tail_ns=_REPLAYED if replayed.last else latency.tail_ns,
        itl_ns=_REPLAYED if unknown else latency.itl_ns,
        tpot_ns=_REPLAYED,
        rate_per_s=_REPLAYED if unknown else latency.rate_per_s,
        longest_gap_ns=_REPLAYED if unknown else latency.longest_gap_ns,
        stalls=_REPLAYED if unknown else latency.stalls,
        gaps=_REPLAYED if unknown else latency.gaps,
    )


def why_no_turn(exchange: Exchange) -> Unmeasurable:
    """Why an exchange without a turn has no figures of text."""
    stream = exchange.stream
    if stream.wire_bytes and not stream.bytes:
        return Unmeasurable("the capture holds how many bytes came, and none that can be read")
    if exchange.streamed:
        return Unmeasurable(f"dialect {exchange.dialect}: where the text is is not known")
    return Unmeasurable("the exchange is no chat turn")


def estimate_tokens(turn: Turn) -> int:
    """Octets of the final answer and reasoning over `OCTETS_PER_TOKEN`, rounded up.

    The final texts, because a revised text would otherwise count twice; but no more than
    came on this stream, because another may have brought the beginning.
    """
    octets = sum(len(text.encode(errors="replace")) for text in (turn.answer, turn.reasoning))
    return tokens_in(min(octets, sum(turn.texts.octets)))


def tokens_in(octets: int) -> int:
    """Estimated tokens of so many octets of text."""
    return -(-octets // OCTETS_PER_TOKEN)


def span_since_sent(exchange: Exchange, moment_ns: int) -> Span:
    """From request sent to a moment."""
    return _since(exchange, moment_ns, "")


def _since(exchange: Exchange, moment_ns: int | None, missing: str) -> Span:
    if moment_ns is None:
        return Unmeasurable(missing)
    if exchange.sent_ns is None:
        return _NOT_SENT
    if moment_ns < exchange.sent_ns:
        return Unmeasurable("it came before the request was whole")
    return moment_ns - exchange.sent_ns


def _end_ns(exchange: Exchange) -> int | None:
    return None if exchange.how == "unfinished" else exchange.ended_ns


def _tail(exchange: Exchange, last_ns: int) -> Span:
    end = _end_ns(exchange)
    if end is None:
        return _UNFINISHED
    return end - last_ns if end >= last_ns else Unmeasurable("text came after the stream's end")


def _first_answer_ns(turn: Turn) -> int | None:
    texts = zip(turn.texts.kind, turn.texts.at_ns, strict=True)
    return next((at for kind, at in texts if kind == "answer"), None)


def measure_pace(
    first_ns: int, last_ns: int, tokens: int, ttft: Span, e2el: Span
) -> tuple[Figure, Figure, Figure]:
    """ITL, TPOT and rate of the text between two moments."""
    if last_ns == first_ns:
        return _ONE_ARRIVAL, _ONE_ARRIVAL, _ONE_ARRIVAL
    if tokens < 2:
        return _FEW_TOKENS, _FEW_TOKENS, _FEW_TOKENS
    itl = (last_ns - first_ns) / (tokens - 1)
    tpot: Figure
    if isinstance(e2el, Unmeasurable):
        tpot = e2el
    elif isinstance(ttft, Unmeasurable):
        tpot = ttft
    else:
        tpot = (e2el - ttft) / (tokens - 1)
    return itl, tpot, 1e9 / itl


def _wordless(turn: Turn, clock: Clock, why: Unmeasurable) -> Latency:
    """A turn of which no time can be told, with the counts that still can."""
    return Latency(
        exchange=turn.exchange,
        chunks=len(turn.texts.at_ns),
        estimated_tokens=estimate_tokens(turn),
        arrivals=why if clock == "none" else 0,
        first_text_ns=None,
        last_text_ns=None,
        ttft_ns=why,
        ttfo_ns=why,
        e2el_ns=why,
        tail_ns=why,
        itl_ns=why,
        tpot_ns=why,
        rate_per_s=why,
        longest_gap_ns=why,
        stalls=why,
        gaps=why,
    )
