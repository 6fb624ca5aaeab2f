"""How the traffic was carried: connections, what streams shared them with, and endpoints."""

from collections.abc import Iterable, Iterator, Sequence

from analyzer.analyses.measured import Measured
from analyzer.analyses.questions import Question, Unanswered, Whole
from analyzer.analyses.transport.carried import by_connection, numbers
from analyzer.analyses.transport.clients import Clients
from analyzer.analyses.transport.comparison import (
    FIRST,
    NAMES,
    SECOND,
    compare_protocols,
    head_of_line,
    samples,
)
from analyzer.analyses.transport.connections import Lister
from analyzer.analyses.transport.endpoints import inventory
from analyzer.analyses.transport.facts import Facts, spoken
from analyzer.analyses.transport.moves import find_moves
from analyzer.analyses.transport.origins import Origins
from analyzer.analyses.transport.rows import ProtocolComparison, TransportFound
from analyzer.analyses.transport.streams import Sharing, by_coding, stream_rows
from analyzer.analyses.vantage import vantage_of
from analyzer.model import AnyRecord, CaptureHead

__all__ = ["COMPARED", "TransportFound", "TransportQuestion", "compare_captures"]

NAME = "transport"
COMPARED = f"{NAMES[FIRST]} against {NAMES[SECOND]}"
"""The figure that one capture of one protocol can't give, and several can."""


class TransportQuestion(Question[TransportFound]):
    """How did the traffic travel, and did that make one wait?"""

    RECORDS = Facts.RECORDS

    def __init__(self, head: CaptureHead) -> None:
        super().__init__(head)
        self._facts = Facts()

    def record(self, record: AnyRecord, /) -> None:
        self._facts.record(record)

    def finish(self, whole: Whole, /) -> TransportFound:
        timed = whole.head.clock != "none" and whole.last_ns is not None
        last_ns = whole.last_ns if timed else None
        measured = whole.measured
        octets = {one.exchange.exchange: self._facts.octets(one.exchange) for one in measured}
        client, server = by_connection(measured, self._facts)
        direct = not client and not vantage_of(whole.head.source).proxied
        own = server if direct else client  # the connections that the clients themselves made
        clients = Clients(own, self._facts)
        origins = Origins(measured, own, clients)
        lister = Lister(self._facts, octets, origins, last_ns, direct=direct)
        connections = lister.rows(client, server)
        sharing = Sharing(server, last_ns)
        streams = stream_rows(measured, octets, client, sharing, whole.head.clock)
        turns = {one.exchange.exchange for one in measured if one.latency is not None}
        return TransportFound(
            unanswered=tuple(_unanswered(whole, len(numbers(server)), timed=timed)),
            connections=tuple(connections),
            protocol_moves=tuple(find_moves(own, connections, clients)) if timed else (),
            stream_transport=tuple(streams),
            content_codings=tuple(by_coding(streams, turns)),
            head_of_line=tuple(head_of_line(streams, turns)),
            protocol_comparison=tuple(compare_protocols(samples(measured, connections, streams))),
            endpoints=tuple(inventory(measured, octets)),
        )


def _unanswered(whole: Whole, joined: int, *, timed: bool) -> Iterator[Unanswered]:
    """``joined``: exchanges whose connection to the service is known."""
    total = len(whole.measured)
    if not timed and total:
        yield Unanswered(NAME, "protocol moves", "the capture holds no times")
    if total and not joined:
        yield Unanswered(NAME, "sharing", "the capture names no connections to the service")
    elif joined < total:
        proxied = vantage_of(whole.head.source).proxied
        why = "or the proxy made it itself" if proxied else "or the file does not tell"
        yield Unanswered(
            NAME,
            "connections to the service",
            f"{total - joined} of {total} exchanges name none: no response came, {why}",
        )
    over = {spoken(one.exchange) for one in whole.measured if one.latency is not None}
    if over and not {FIRST, SECOND} <= over:
        names = " and ".join(NAMES.get(one, one) for one in sorted(over))
        yield Unanswered(NAME, COMPARED, f"chat turns came over {names} only; both are needed")


def compare_captures(
    captures: Iterable[tuple[str, Sequence[Measured], TransportFound]],
) -> tuple[ProtocolComparison, ...]:
    """The protocols compared over several captures: each by its id, exchanges and answer."""
    figures = [
        sample
        for name, measured, found in captures
        for sample in samples(measured, found.connections, found.stream_transport, name)
    ]
    return tuple(compare_protocols(figures))
