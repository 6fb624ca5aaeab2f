"""How the traffic was carried: connections, sharing, protocols against each other."""

from collections.abc import Sequence

from analyzer.analyses.results import CaptureResult
from analyzer.analyses.transport import COMPARED, TransportFound, compare_captures
from analyzer.analyses.transport.ranks import LEAST
from analyzer.analyses.transport.rows import (
    CHOSEN_BY,
    ConnectionRow,
    ContentCoding,
    HeadOfLine,
    ProtocolComparison,
    ProtocolMove,
    Span,
)
from analyzer.model import Unmeasurable
from analyzer.report import cells, units
from analyzer.report.figures import PROTOCOL_NAMES, Figures
from analyzer.report.overview import METRICS
from analyzer.report.parts import Block, Cell, Column, Facts, Lines, Section, Source, Table
from analyzer.report.plain import printable
from analyzer.report.reasons import reasons
from analyzer.report.spots import Spots
from analyzer.report.streams import left_out

CONNECTIONS = 6
"""Connections that are listed: those that carried most."""

MOVES = 5

_FIELDS = dict(METRICS)

_WAITED = "waited: requests that were whole before their connection was ready"
_BYTES = "bytes: header fields count before compression"
_HANDSHAKE = "handshake: the transport's and that of TLS"
_TWO_HANDSHAKES = (
    "handshake: with the transport's to the service, TLS alone from the browser to the proxy"
)


def transport_section(figures: Figures) -> Section | None:
    """Connections, what streams shared them with, and the protocols compared."""
    captures = figures.analysis.captures
    blocks = _comparison(captures, figures.spots)
    for number, capture in enumerate(captures, 1):
        found = capture.answers.transport
        said = _of_capture(found, number, compared=len(captures) > 1)
        if said and len(captures) > 1:
            name = Cell(printable(capture.file, 60), "strong")
            blocks.append(Facts((("capture", name),)))
        blocks += said
    return Section("How it travelled", tuple(blocks)) if blocks else None


def _of_capture(found: TransportFound, number: int, *, compared: bool) -> list[Block]:
    """``compared``: the protocols are, over several captures."""
    pairs = [*(_move(one, number) for one in found.protocol_moves[:MOVES])]
    more = len(found.protocol_moves) - MOVES
    if more > 0:
        pairs.append(("", Cell(f"{more:,} more moves in the database", "muted")))
    pairs += [*_choices(found), *(_lined(one) for one in found.head_of_line if _gaps(one))]
    pairs += [
        (printable(one.figure, 30), Cell(f"{units.UNKNOWN}  {one.reason}", "muted"))
        for one in found.unanswered
        if not (compared and one.figure == COMPARED)
    ]
    blocks: list[Block] = []
    if found.connections:
        rows = _busiest(found.connections)
        blocks.append(_connections(rows, len(found.connections)))
        blocks += _reasons(rows)
    if found.content_codings:
        blocks += _codings(found.content_codings)
    return [Facts(tuple(pairs)), *blocks] if pairs else blocks


def _busiest(rows: Sequence[ConnectionRow]) -> list[ConnectionRow]:
    """Those that are listed; of two that carried as much the service's side first."""
    ordered = sorted(
        rows, key=lambda row: (-row.exchanges, row.side != "server", row.connection_id)
    )
    return ordered[:CONNECTIONS]


def _reasons(rows: Sequence[ConnectionRow]) -> list[Block]:
    """Why figures of the listed connections are not known."""
    why = reasons(
        shown
        for row in rows
        for shown in (
            ("handshake", _shake(row)),
            ("at once", row.most_at_once),
            ("waited", row.waited),
            ("idle", row.idle_ns),
        )
    )
    return [Lines(why)] if why else []


def _shake(row: ConnectionRow) -> Span:
    """Transport and TLS of the service's connections, TLS alone of the browser's."""
    return row.handshake_ns if row.side == "server" else row.tls_handshake_ns


def _connections(rows: Sequence[ConnectionRow], total: int) -> Table:
    columns = (
        Column("connection", number=False, cut=True),
        Column("via", number=False),
        *(Column("hand-\nshake"), Column("streams"), Column("at\nonce"), Column("\nwaited")),
        Column("failed", from_width=100),
        *(Column("\nidle"), Column("bytes\nup"), Column("\ndown")),
    )
    shaken = _TWO_HANDSHAKES if _clients(rows) else _HANDSHAKE
    notes = (left_out(total, CONNECTIONS, "connection"), _WAITED, shaken, _BYTES)
    return Table(columns, tuple(_connection(row) for row in rows), "; ".join(filter(None, notes)))


def _connection(row: ConnectionRow) -> tuple[Cell, ...]:
    side = "service" if row.side == "server" else "browser"
    return (
        Cell(f"{side} {row.connection_id}"),
        Cell(_protocol(row.protocol), "muted"),
        cells.span(_shake(row)),
        cells.number(row.exchanges),
        cells.number(row.most_at_once),
        cells.number(row.waited, "warn" if isinstance(row.waited, int) and row.waited else "muted"),
        cells.number(row.failed, "bad" if row.failed else "muted"),
        cells.span(row.idle_ns, "muted"),
        cells.octets(row.request_header_bytes + row.request_body_bytes),
        cells.octets(row.response_header_bytes + row.response_body_bytes),
    )


def _clients(rows: Sequence[ConnectionRow]) -> list[ConnectionRow]:
    return [row for row in rows if row.side == "client"]


def _protocol(name: str) -> str:
    return printable(PROTOCOL_NAMES.get(name, name), 12)


def _choices(found: TransportFound) -> list[tuple[str, Cell]]:
    """How the browser's connections came to their protocols, each way once.

    Without a proxy they are those to the service.
    """
    own = _clients(found.connections) or found.connections
    ways = {(row.protocol, row.chosen_by): None for row in own}
    return [
        (f"{_protocol(protocol)} by", Cell(f"{chosen_by}: {CHOSEN_BY[chosen_by]}"))
        for protocol, chosen_by in ways
    ]


def _move(one: ProtocolMove, number: int) -> tuple[str, Cell]:
    """What one client did, or what came one behind the other and may be two clients' doing."""
    names = _protocol(one.from_protocol), _protocol(one.to_protocol)
    where = f"{printable(one.origin, 40)} with exchange {one.exchange}"
    first = Source(number, one.exchange)
    if not one.same_client:
        told = one.announcement_id
        said = "" if told is None else f"; exchange {told} had announced it, perhaps to another"
        return " then ".join(names), Cell(
            f"{where}{said}; whether one client went over can't be known", "muted", source=first
        )
    if isinstance(one.since_announced_ns, Unmeasurable):
        return " → ".join(names), Cell(f"{where}; {one.since_announced_ns.reason}", source=first)
    return " → ".join(names), Cell(
        f"{where}, {units.duration(one.since_announced_ns)} after exchange "
        f"{one.announcement_id} announced it to this client; "
        f"{units.count(one.requests_since)} requests in between went the old way",
        source=first,
    )


def _codings(rows: Sequence[ContentCoding]) -> list[Block]:
    """What content codings did to the event streams, and why that is not known."""
    columns = (
        Column("event streams", number=False),
        Column("coding", number=False),
        *(Column("n"), Column("decoded\n/ passed"), Column("events\n/ read")),
        *(Column("a turn\nup p50"), Column("\ndown p50"), Column("\nn")),
    )
    why = reasons(
        shown
        for row in rows
        for shown in (
            ("decoded / passed", row.coding_ratio),
            ("events / read", row.events_per_read),
            ("a turn", row.turn_bytes_up),
        )
    )
    table = Table(columns, tuple(_coding(row) for row in rows))
    return [table, Lines(why)] if why else [table]


def _coding(row: ContentCoding) -> tuple[Cell, ...]:
    return (
        Cell(_protocol(row.protocol), "muted"),
        Cell(printable(row.coding, 16) or "none"),
        cells.number(row.streams, "muted"),
        cells.shown(_ratio(row.coding_ratio), row.coding_ratio),
        cells.shown(_ratio(row.events_per_read), row.events_per_read),
        cells.octets(row.turn_bytes_up),
        cells.octets(row.turn_bytes_down),
        cells.number(row.turns, "muted"),
    )


def _ratio(ratio: float | Unmeasurable) -> str:
    return units.UNKNOWN if isinstance(ratio, Unmeasurable) else f"{ratio:.2f}"


def _gaps(one: HeadOfLine) -> int:
    return one.gaps_shared + one.gaps_alone


def _lined(one: HeadOfLine) -> tuple[str, Cell]:
    """Gaps that began while another response came, against the others."""
    name = f"{_protocol(one.protocol)} sharing"
    gaps = (
        f"{units.count(one.gaps_shared)} of "
        f"{units.counted(_gaps(one), 'gap')} between texts began while "
        "another response came on the connection"
    )
    if isinstance(one.p_value, Unmeasurable):
        return name, Cell(
            f"{gaps}; in {one.compared} of {units.counted(one.turns, 'turn')} enough of both, too "
            f"few to tell whether that made one wait ({LEAST} are needed)",
            "muted",
        )
    medians = f"p50 {units.duration(one.gap_shared_ns)} against {units.duration(one.gap_alone_ns)}"
    return name, Cell(
        f"{gaps}; in {one.compared} of {units.counted(one.turns, 'turn')} enough of both: "
        f"{medians}, {one.verdict} (p = {one.p_value:.2g})"
    )


def _comparison(
    captures: Sequence[CaptureResult], spots: dict[str | None, dict[str, Spots]]
) -> list[Block]:
    """The protocols compared, over all captures together."""
    rows = (
        captures[0].answers.transport.protocol_comparison
        if len(captures) == 1
        else compare_captures(
            [(one.head.capture_id, one.measured, one.answers.transport) for one in captures]
        )
    )
    if not rows:
        return []
    columns = (
        Column("HTTP/3 against HTTP/2", number=False),
        *(Column("HTTP/2\np50"), Column("\nn"), Column("HTTP/3\np50"), Column("\nn")),
        *(Column("differ-\nence"), Column("\np"), Column("verdict", number=False)),
    )
    told = [row for row in rows if isinstance(row.p_value, float)]
    notes = [
        *dict.fromkeys(row.caution for row in told if row.caution),
        *([_too_few(rows)] if len(told) < len(rows) else []),
    ]
    if not told:
        return [Facts((("HTTP/3 against HTTP/2", Cell("; ".join(notes), "muted")),))]
    return [Table(columns, tuple(_compared(row, spots) for row in told), "; ".join(notes))]


def _too_few(rows: Sequence[ProtocolComparison]) -> str:
    short = [row.metric for row in rows if isinstance(row.p_value, Unmeasurable)]
    return f"too few figures to compare: {', '.join(short)} (at least {LEAST} of each are needed)"


def _compared(
    row: ProtocolComparison, spots: dict[str | None, dict[str, Spots]]
) -> tuple[Cell, ...]:
    p_value = row.p_value
    first, second = (
        spots.get(name, {}).get(_FIELDS.get(row.metric, ""))
        for name in (row.protocol_first, row.protocol_second)
    )
    return (
        Cell(row.metric, "strong"),
        cells.span(row.median_first_ns, "plain", first.p50 if first else None),
        cells.number(row.n_first, "muted"),
        cells.span(row.median_second_ns, "plain", second.p50 if second else None),
        cells.number(row.n_second, "muted"),
        cells.span(row.difference_ns),
        cells.shown(
            units.UNKNOWN if isinstance(p_value, Unmeasurable) else f"{p_value:.2g}",
            p_value,
            "muted",
        ),
        Cell(row.verdict),
    )
