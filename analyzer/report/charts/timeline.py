"""The session's timeline: exchanges by connection, text as it came, stalls, credentials."""

from collections.abc import Iterator, Sequence

import numpy as np

from analyzer.analyses.gaps import Gaps
from analyzer.analyses.measured import Measured
from analyzer.analyses.results import CaptureResult
from analyzer.report import units
from analyzer.report.charts import drawing
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.drawing import Row
from analyzer.report.charts.lanes import lanes
from analyzer.report.charts.links import anchor
from analyzer.report.charts.timeline_canvas import (
    CALL,
    REFUSED,
    STALL,
    STALLS,
    STREAM,
    Drawn,
    canvas,
)
from analyzer.report.charts.timeline_credentials import credential_rows
from analyzer.report.figures import Figures
from analyzer.report.parts import Source
from analyzer.report.plain import printable
from analyzer.report.streams import label_of

EXCHANGES = 400
"""Most exchanges that are drawn: the first of all captures together."""

TICKS = 4000
"""Most arrivals that are drawn each by itself."""

CAPTURES = 4
LANES = 8
"""Most lanes of a connection; what is more at once is drawn in the last."""

CONNECTIONS = 8
"""Most connections of a capture that have lanes of their own."""

LANE, THICK, HEAD, SPACE = 13, 10, 19, 7
"""Heights in px: a lane, a bar in it, a row's name, and what parts two rows."""


def timeline(figures: Figures) -> Chart | None:
    """None where no capture has an exchange with a time."""
    captures = [one for one in figures.analysis.captures if one.head.clock != "none"]
    drawn, shown, total, room = Drawn(), 0, 0, EXCHANGES
    used = []
    for capture in captures[:CAPTURES]:
        spans = _spans(capture)
        total += len(spans)
        if spans and room:
            number = figures.analysis.captures.index(capture) + 1
            _draw(figures, capture, number, spans[:room], drawn)
            shown += len(spans[:room])
            room -= len(spans[:room])
            used.append(capture)
    if not drawn.bars:
        return None
    ticks, step_s, texts = _ticks(drawn)
    return Chart(
        name="timeline",
        title="The session",
        section="What was felt",
        says=tuple(_says(used, drawn, shown, total, len(captures), step_s, texts)),
        alt=_alt(drawn, shown),
        spec=canvas(drawn, ticks),
        hint=drawing.PAN_HINT,
    )


# --------------------------------------------------------------------------- rows


def _spans(capture: CaptureResult) -> list[tuple[int, int, Measured]]:
    """When each exchange began and ended, in order of time; one of no known time is left out."""
    spans = []
    for one in capture.measured:
        exchange = one.exchange
        begin = exchange.started_ns if exchange.started_ns is not None else exchange.sent_ns
        if begin is None:
            continue
        last = one.latency.last_text_ns if one.latency else None
        ends = (exchange.sent_ns, exchange.headers_ns, last, exchange.ended_ns)
        spans.append((begin, max(begin, *(end for end in ends if end is not None)), one))
    return sorted(spans, key=lambda span: (span[0], span[2].exchange.exchange))


def _draw(
    figures: Figures,
    capture: CaptureResult,
    number: int,
    spans: Sequence[tuple[int, int, Measured]],
    drawn: Drawn,
) -> None:
    """One capture below what is drawn already; its time begins with its first exchange."""
    zero_ns, end_ns = spans[0][0], max(end for _, end, _ in spans)
    connections = capture.answers.transport.connections
    if connections and connections[0].opened_ns is not None:
        zero_ns = min(zero_ns, connections[0].opened_ns)
    drawn.end_s = max(drawn.end_s, (end_ns - zero_ns) / 1e9)
    if len(figures.analysis.captures) > 1:
        name = f"{number}: {printable(capture.file.rsplit('/', 1)[-1], 40)}"
        drawn.names.append({"y": drawn.top + HEAD / 2, "name": name, "more": ""})
        drawn.top += HEAD
    several = len(figures.analysis.captures) > 1
    credential_rows(capture, number, (zero_ns, end_ns), drawn, several=several)
    for name, more, group, key in _by_connection(capture, spans):
        _connection(figures, capture, number, zero_ns, (name, more, group, key), drawn)
    drawn.top += SPACE


type _Group = tuple[str, str, list[tuple[int, int, Measured]], int | None]


def _by_connection(
    capture: CaptureResult, spans: Sequence[tuple[int, int, Measured]]
) -> Iterator[_Group]:
    """The exchanges of each of the client's own connections, else of the service's."""
    groups: dict[tuple[str, int | None], list[tuple[int, int, Measured]]] = {}
    for span in spans:
        exchange = span[2].exchange
        key, side = exchange.client_connection, "browser"
        if key is None:
            key, side = exchange.server_connection, "service"
        if key is None:
            side = drawing.via(span[2].protocol)
        groups.setdefault((side, key), []).append(span)
    busiest = sorted(groups, key=lambda one: -len(groups[one]))[: CONNECTIONS - 1]
    rest: list[tuple[int, int, Measured]] = []
    for (side, key), group in groups.items():
        if len(groups) > CONNECTIONS and (side, key) not in busiest:
            rest += group
            continue
        spoken = drawing.listed(list(dict.fromkeys(drawing.via(one.protocol) for *_, one in group)))
        where = f"{side} {key}" if key is not None else "connection not told"
        yield f"{spoken} · {where}", units.counted(len(group), "exchange"), group, key
    if rest:
        more = units.counted(len(groups) - len(busiest), "more connection")
        rest.sort(key=lambda span: span[0])
        yield more, units.counted(len(rest), "exchange"), rest, None


def _connection(
    figures: Figures,
    capture: CaptureResult,
    number: int,
    zero_ns: int,
    row: _Group,
    drawn: Drawn,
) -> None:
    """A row's name with its handshake, and its exchanges in lanes below."""
    name, more, group, key = row
    drawn.names.append({"y": drawn.top + HEAD / 2, "name": name, "more": more})
    drawn.top += HEAD
    _handshake(capture, key, zero_ns, drawn)
    placed = lanes([(begin, end) for begin, end, _ in group], LANES)
    for (begin, end, one), lane in zip(group, placed, strict=True):
        top = drawn.top + lane * LANE
        source = Source(number, one.exchange.exchange)
        from_s, to_s = (begin - zero_ns) / 1e9, (end - zero_ns) / 1e9
        bar = _bar(figures, one, source, from_s, to_s)
        thin = 0 if one.latency else 2
        drawn.bars.append({**bar, "y": top + thin, "Y": top + THICK - thin})
        if one.latency:
            _texts(one, source, figures, capture.stall_ns, zero_ns, top, bar["kind"], drawn)
    drawn.top += (max(placed) + 1) * LANE + SPACE


def _bar(figures: Figures, one: Measured, source: Source, from_s: float, to_s: float) -> Row:
    exchange = one.exchange
    kind = STREAM.format(drawing.via(one.protocol)) if one.latency else CALL
    failed = exchange.how in ("error", "server_abort") or (exchange.status or 0) >= 400
    status = "no response" if exchange.status is None else str(exchange.status)
    path = printable(exchange.path.partition("?")[0], 60)
    return {
        "a": round(from_s, 6),
        "b": round(to_s, 6),
        "kind": REFUSED if failed and not one.latency else kind,
        "name": drawing.called(source, figures),
        "what": label_of(one, 60) if one.latency else f"{printable(exchange.method, 8)} {path}",
        "when": f"{units.duration(from_s * 1e9)} after the first",
        "took": units.duration((to_s - from_s) * 1e9),
        "ended": f"{status}, {exchange.how.replace('_', ' ')}",
        "ttft": units.duration(one.latency.ttft_ns) if one.latency else units.UNKNOWN,
        "fill": 0.2 if one.latency else 0.8,
        "href": anchor(source),
    }


def _texts(
    one: Measured,
    source: Source,
    figures: Figures,
    stall_ns: int,
    zero_ns: int,
    top: float,
    kind: str,
    drawn: Drawn,
) -> None:
    """A turn's arrivals and stalls."""
    latency = one.latency
    if latency is None or latency.first_text_ns is None:
        return
    at = np.array([latency.first_text_ns], dtype=np.int64)
    if isinstance(latency.gaps, Gaps):
        ended, gap_ns = latency.gaps.at_ns, latency.gaps.gap_ns
        at = np.concatenate((at, ended))
        for place in np.flatnonzero(gap_ns >= stall_ns).tolist():
            to_s = (int(ended[place]) - zero_ns) / 1e9
            drawn.stalls.append({
                "a": round(to_s - int(gap_ns[place]) / 1e9, 6),
                "b": round(to_s, 6),
                "y": top,
                "Y": top + THICK,
                "kind": STALL,
                "name": drawing.called(source, figures),
                "took": units.duration(int(gap_ns[place])),
                "href": anchor(source),
            })  # fmt: skip
    drawn.ticks.append(((at - zero_ns) / 1e9, top, kind))


def _handshake(capture: CaptureResult, key: int | None, zero_ns: int, drawn: Drawn) -> None:
    rows = capture.answers.transport.connections
    one = next((row for row in rows if row.connection_id == key), None) if key else None
    if one is None or one.opened_ns is None or one.ready_ns is None:
        return
    begin, end = (one.opened_ns - zero_ns) / 1e9, (one.ready_ns - zero_ns) / 1e9
    took = units.duration(one.ready_ns - one.opened_ns)
    drawn.shakes.append({
        "a": round(begin, 6), "b": round(end, 6), "y": drawn.top - 5, "Y": drawn.top - 2,
        "took": took, "name": f"{one.connection_id}",
    })  # fmt: skip


def _ticks(drawn: Drawn) -> tuple[list[Row], float, int]:
    """Arrivals, those of one bar that are too near to be told apart as one; how near that is."""
    total = sum(len(at) for at, *_ in drawn.ticks)
    step_s = max(drawn.end_s, 1e-3) / 100_000
    while True:
        kept = [np.unique((at / step_s).astype(np.int64)) for at, *_ in drawn.ticks]
        if sum(map(len, kept)) <= TICKS:
            break
        step_s *= 1.5
    rows = [
        {"x": np.round((places + 0.5) * step_s, 5).tolist(), "y": top, "Y": top + THICK, "kind": k}
        for places, (_, top, k) in zip(kept, drawn.ticks, strict=True)
    ]
    return rows, step_s, total


# --------------------------------------------------------------------------- words


def _says(
    used: Sequence[CaptureResult],
    drawn: Drawn,
    shown: int,
    total: int,
    captures: int,
    step_s: float,
    texts: int,
) -> Iterator[str]:
    yield (
        f"n = {units.counted(shown, 'exchange')}, {units.counted(texts, 'arrival')} of text. "
        f"{drawing.clock_said(used)}"
    )
    stall = " or ".join(sorted({units.tick(one.stall_ns) for one in used}))
    yield (
        f"Time counts from the first connection or exchange; ticks in a bar are arrivals of text, "
        f"those within {units.duration(step_s * 1e9)} drawn as one; a stall is a gap of ≥ {stall}."
    )
    left = []
    if total > shown:
        left.append(f"{units.counted(total - shown, 'later exchange')}")
    if captures > len(used):
        left.append(units.counted(captures - len(used), "more capture"))
    if len(drawn.stalls) > STALLS:
        left.append(units.counted(len(drawn.stalls) - STALLS, "shorter stall"))
    if drawn.left_credentials:
        left.append(units.counted(drawn.left_credentials, "later credential"))
    if drawn.left_events:
        left.append(units.counted(drawn.left_events, "more event") + " of credentials")
    if any(one.kind == "resume" for each in used for one in each.answers.credentials.credentials):
        left.append("credentials that resume one stream")
    if left:
        yield f"Left out: {', '.join(left)}; the database has all."


def _alt(drawn: Drawn, shown: int) -> str:
    streams = sum(1 for bar in drawn.bars if bar["kind"].startswith("chat"))
    return (
        f"Timeline of {units.counted(shown, 'exchange')} over "
        f"{units.duration(drawn.end_s * 1e9)}: {units.counted(streams, 'chat stream')} with "
        f"{units.counted(len(drawn.stalls), 'stall')}, and "
        f"{units.counted(len(drawn.marks), 'event')} of credentials."
    )
