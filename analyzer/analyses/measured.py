"""One exchange with its figures: what the analyses of a whole capture start from."""

from typing import cast

import msgspec

from analyzer.analyses.columns import Shelf
from analyzer.analyses.gaps import Gaps, find_stalls
from analyzer.analyses.latency import ExchangeTimes, Latency
from analyzer.analyses.observer import LateSpans
from analyzer.analyses.statistics import Distribution
from analyzer.model import Exchange, TextArrivals, Turn, Unmeasurable

PROTOCOLS = {"HTTP/1.0": "h1", "HTTP/1.1": "h1", "HTTP/2.0": "h2", "HTTP/2": "h2", "HTTP/3": "h3"}
"""Short names for what a client speaks; others keep their own name."""


class Measured(msgspec.Struct, frozen=True):
    """An exchange and its figures; ``latency`` is None if it is no chat turn.

    ``event_gaps`` are those of an event stream that is no chat turn, else None.
    The exchange is `slimmed`: what was needed to measure it is gone.
    """

    exchange: Exchange
    times: ExchangeTimes
    latency: Latency | None = None
    event_gaps: Distribution | Unmeasurable | None = None

    @property
    def protocol(self) -> str:
        """What the client spoke: ``h1``, ``h2``, ``h3``."""
        return protocol_name(self.exchange.http_version)

    @property
    def asked_ns(self) -> int | None:
        """When the turn was asked for: it may have begun with an earlier request than this."""
        latency = self.latency
        if latency is None or latency.last_text_ns is None or not isinstance(latency.e2el_ns, int):
            return self.exchange.sent_ns
        return latency.last_text_ns - latency.e2el_ns

    def with_lag(self, late: LateSpans, stall_ns: int) -> "Measured":
        """Mark the gaps that were the proxy's own; its lag is known once all has been read."""
        latency = self.latency
        if latency is None or not isinstance(latency.gaps, Gaps):
            return self
        gaps = latency.gaps.with_lag(late)
        stalls = find_stalls(gaps, stall_ns, latency.e2el_ns)
        marked = msgspec.structs.replace(latency, gaps=gaps, stalls=stalls)
        return msgspec.structs.replace(self, latency=marked)

    def shelved(self, put: Shelf) -> "Measured":
        """The same, its gaps put away until they are asked for."""
        latency = self.latency
        if latency is None or not isinstance(latency.gaps, Gaps):
            return self
        put_away = msgspec.structs.replace(latency, gaps=latency.gaps.shelved(put))
        return msgspec.structs.replace(self, latency=put_away)

    def with_stall(self, stall_ns: int) -> "Measured":
        """Count the stalls again, by another threshold."""
        latency = self.latency
        if latency is None or isinstance(latency.stalls, Unmeasurable):
            return self
        if isinstance(latency.gaps, Gaps):
            stalls = find_stalls(latency.gaps, stall_ns, latency.e2el_ns)
        else:
            stalls = msgspec.structs.replace(latency.stalls, threshold_ns=stall_ns)
        counted = msgspec.structs.replace(latency, stalls=stalls)
        return msgspec.structs.replace(self, latency=counted)


def protocol_name(http_version: str) -> str:
    return PROTOCOLS.get(http_version, http_version)


def slimmed(exchange: Exchange) -> Exchange:
    """The exchange without bodies, text times and problems, and with text any file can hold.

    Problems go their own way. JSON may escape lone surrogates, which no UTF-8 file
    can hold: they become question marks.
    """
    turn = exchange.turn
    if turn is not None:
        texts = {
            name: _encodable(getattr(turn, name))
            for name in Turn.__struct_fields__
            if isinstance(getattr(turn, name), str)
        }
        turn = msgspec.structs.replace(
            turn, **texts, texts=TextArrivals(), messages=(), replayed=None
        )
    return msgspec.structs.replace(
        exchange, request_body=b"", response_body=b"", problems=(), turn=turn
    )


class SharedText:
    """Keeps equal header fields and names once: a long capture repeats them in each exchange."""

    def __init__(self) -> None:
        self._known: dict[object, object] = {}

    def with_shared_text(self, exchange: Exchange) -> Exchange:
        return msgspec.structs.replace(
            exchange,
            request_headers=tuple(map(self._same, exchange.request_headers)),
            response_headers=tuple(map(self._same, exchange.response_headers)),
            **{name: self._same(getattr(exchange, name)) for name in _REPEATED},
        )

    def _same[Value: (str, tuple[str, str])](self, value: Value) -> Value:
        if len(self._known) < SHARED_LIMIT:
            self._known.setdefault(value, value)
        return cast(Value, self._known.get(value, value))


_REPEATED = (
    *("method", "scheme", "authority", "path", "http_version", "upstream_version"),
    *("content_encoding", "detail", "dialect"),
)

SHARED_LIMIT = 100_000
"""Most different values that are kept once; what comes later stands for itself."""


def _encodable(text: str) -> str:
    """The same object where it can be: texts are most of what is kept of a long capture."""
    if text.isascii():
        return text
    replaced = text.encode(errors="replace").decode()
    return text if replaced == text else replaced
