"""One row a connection: how its protocol was chosen, what it carried, and when it idled."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from analyzer.analyses.measured import protocol_name
from analyzer.analyses.transport.carried import Carried
from analyzer.analyses.transport.facts import Facts, Octets, alpn_protocol, spoken
from analyzer.analyses.transport.intervals import Interval, Overlaps
from analyzer.analyses.transport.origins import Origins
from analyzer.analyses.transport.rows import ChosenBy, ConnectionRow, Count, Span
from analyzer.model import Connection, Exchange, Unmeasurable

_NO_CLOCK = Unmeasurable("the capture holds no times")
_NO_OPENING = Unmeasurable("it was open before the recording began")
_NO_HANDSHAKE = Unmeasurable("the capture does not hold when its handshake ended")
_NO_TLS_BEGIN = Unmeasurable("the capture does not hold when its handshake began")
_NO_TLS = Unmeasurable("it has no TLS, so no handshake of it")
_NO_READY = Unmeasurable("the capture does not hold when it was ready")
_NOT_ALONE = Unmeasurable(
    "a client's handshake waits for the one with the service; see tls_handshake_ns"
)
_UNSEEN_WAIT = Unmeasurable("a browser waits by itself, before the proxy sees the request")
_NO_RECORD = Unmeasurable("the capture holds no record of the connection itself")
_BACKWARDS = Unmeasurable("its times run backwards")
_NO_INTERVAL = Unmeasurable("the capture does not hold when its exchanges ran")


class Lister:
    """Makes the rows of `connections`."""

    def __init__(
        self,
        facts: Facts,
        octets: Mapping[int, Octets],
        origins: Origins,
        last_ns: int | None,
        *,
        direct: bool,
    ) -> None:
        self._facts = facts
        self._octets = octets
        self._origins = origins
        self._last_ns = last_ns
        """None if the capture has no times."""
        self._direct = direct
        """The connections to the service are the clients' own."""

    def rows(self, client: Carried, server: Carried) -> list[ConnectionRow]:
        """Every connection, by number."""
        numbers = self._facts.connections.keys() | client.keys() | server.keys()
        found: list[ConnectionRow] = []
        for number in sorted(numbers):
            known = self._facts.connections.get(number) or Connection(
                number, 0, "client" if number in client else "server"
            )
            ones = (client if known.side == "client" else server).get(number, [])
            if known.side == "server" and not known.peer and not ones:
                continue  # it never came about
            found.append(self._row(known, [one.exchange for one in ones]))
        return found

    def _row(self, known: Connection, exchanges: list[Exchange]) -> ConnectionRow:
        end = self._facts.ends.get(known.connection)
        chosen_by, announcement = self._chosen(known, exchanges)
        moved = sum((self._octets[one.exchange] for one in exchanges), Octets())
        waits = self._waits(known, exchanges)
        spans = [] if self._last_ns is None else self._spans(known, exchanges)
        closed_ns = end.at_ns if end else None
        busy, idle, most = self._use(known, spans, closed_ns)
        timed = self._last_ns is not None
        return ConnectionRow(
            connection_id=known.connection,
            side=known.side,
            protocol=_protocol(known, exchanges),
            chosen_by=chosen_by,
            announcement_id=announcement,
            alpn=known.protocol,
            alpn_offers=known.alpn_offers,
            sni=known.sni,
            tls=known.tls,
            peer=known.peer,
            local=known.local,
            opened_ns=known.opened_ns if timed else None,
            ready_ns=known.tls_ns if timed else None,
            closed_ns=closed_ns if timed else None,
            handshake_ns=self._handshake(known),
            tls_handshake_ns=self._tls_handshake(known),
            first_ns=min((begin for begin, _ in spans), default=None),
            last_ns=max((ended for _, ended in spans), default=None),
            busy_ns=busy,
            idle_ns=idle,
            exchanges=len(exchanges),
            event_streams=sum(one.streamed for one in exchanges),
            most_at_once=most,
            reused=max(len(exchanges) - 1, 0),
            waited=waits if isinstance(waits, Unmeasurable) else len(waits),
            waited_ns=waits if isinstance(waits, Unmeasurable) else sum(waits),
            request_header_bytes=moved.request_headers,
            request_body_bytes=moved.request_body,
            response_header_bytes=moved.response_headers,
            response_body_bytes=moved.response_body,
            failed=sum(one.how in ("error", "server_abort") for one in exchanges),
            aborted=sum(one.how == "client_abort" for one in exchanges),
            error=end.error if end else "",
        )

    def _chosen(
        self, known: Connection, exchanges: Sequence[Exchange]
    ) -> tuple[ChosenBy, int | None]:
        protocol = _protocol(known, exchanges)
        if not self._recorded(known) and protocol != "h3":
            return "unseen", None
        if protocol == "h3":
            if known.side == "server" and not self._direct:
                return "proxy", None
            return self._origins.announced(known, exchanges)
        if not known.tls:
            return ("prior knowledge" if protocol == "h2" else "default"), None
        if protocol == "h2" or known.protocol in known.alpn_offers:
            return "alpn", None
        return ("default" if known.alpn_offers or not known.protocol else "unseen"), None

    def _handshake(self, known: Connection) -> Span:
        if known.side == "client":
            return _NOT_ALONE
        if known.opened_ns is None:
            return _NO_CLOCK if self._last_ns is None else self._no_opening(known)
        return self._between(known.opened_ns, known.tls_ns)

    def _tls_handshake(self, known: Connection) -> Span:
        if known.tls_begun_ns is None:
            missing = _NO_TLS_BEGIN if known.tls else _NO_TLS
            if not self._recorded(known):
                missing = _NO_RECORD
            return _NO_CLOCK if self._last_ns is None else missing
        return self._between(known.tls_begun_ns, known.tls_ns)

    def _recorded(self, known: Connection) -> bool:
        return known.connection in self._facts.connections

    def _no_opening(self, known: Connection) -> Unmeasurable:
        return _NO_OPENING if self._recorded(known) else _NO_RECORD

    def _between(self, begin_ns: int, end_ns: int | None) -> Span:
        if self._last_ns is None:
            return _NO_CLOCK
        if end_ns is None:
            return _NO_HANDSHAKE
        return end_ns - begin_ns if end_ns >= begin_ns else _BACKWARDS

    def _waits(self, known: Connection, exchanges: Sequence[Exchange]) -> list[int] | Unmeasurable:
        """How long each request was whole before its connection could carry it."""
        if known.side == "client":
            return _UNSEEN_WAIT
        if self._last_ns is None:
            return _NO_CLOCK
        ready = known.tls_ns
        if ready is None:
            return _NO_READY if self._recorded(known) else _NO_RECORD
        sent = [one.sent_ns for one in exchanges if one.sent_ns is not None]
        return [ready - at for at in sent if at < ready]

    def _spans(self, known: Connection, exchanges: Iterable[Exchange]) -> list[Interval]:
        """When each exchange was on the connection, as far as the capture holds it."""
        last = self._last_ns or 0
        made: list[Interval] = []
        for one in exchanges:
            begin = one.started_ns if known.side == "client" else one.sent_ns or one.started_ns
            if begin is not None:
                end = last if one.ended_ns is None else one.ended_ns
                made.append((begin, max(begin, end)))
        return made

    def _use(
        self, known: Connection, spans: Sequence[Interval], closed_ns: int | None
    ) -> tuple[Span, Span, Count]:
        """Time with an exchange, time without any, and most at once."""
        if self._last_ns is None:
            return _NO_CLOCK, _NO_CLOCK, _NO_CLOCK
        if not spans:
            return _NO_INTERVAL, _NO_INTERVAL, _NO_INTERVAL
        overlaps = Overlaps(spans)
        begins, ends = (np.array(column, dtype=np.int64) for column in zip(*spans, strict=True))
        first, last = begins.min(keepdims=True), ends.max(keepdims=True)
        busy = int(overlaps.time_with(1, first, last)[0])
        open_from = known.tls_ns if known.tls_ns is not None else known.opened_ns
        if open_from is None:
            return busy, self._no_opening(known), overlaps.most()
        until = self._last_ns if closed_ns is None else closed_ns
        window = np.array([open_from], dtype=np.int64), np.array([until], dtype=np.int64)
        if until < open_from:
            return busy, _BACKWARDS, overlaps.most()
        idle = until - open_from - int(overlaps.time_with(1, *window)[0])
        return busy, idle, overlaps.most()


def _protocol(known: Connection, exchanges: Sequence[Exchange]) -> str:
    """What its exchanges say that was spoken; ALPN says nothing of cleartext HTTP/2."""
    if exchanges:
        first = exchanges[0]
        return protocol_name(first.http_version) if known.side == "client" else spoken(first)
    return alpn_protocol(known.protocol)
