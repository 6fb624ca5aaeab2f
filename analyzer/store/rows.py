"""Result types to rows and back: the only place that knows both."""

from collections.abc import Mapping
from typing import Any

import msgspec

from analyzer.analyses.gaps import Gaps, Stalls
from analyzer.analyses.latency import ExchangeTimes, Latency, why_no_turn
from analyzer.analyses.measured import Measured
from analyzer.model import (
    Exchange,
    Lost,
    Marker,
    Observer,
    Problem,
    StreamStats,
    Turn,
    Unmeasurable,
)

type Row = dict[str, Any]

_STATS = StreamStats.__struct_fields__
_NOT_COLUMNS = {
    *("request_headers", "response_headers", "stream", "turn"),
    *(
        "request_body",
        "response_body",
        "problems",
        "texts",
        "messages",
        "replayed",
        "markers",
        "stalls",
        "gaps",
    ),
}
_EXCHANGE = tuple(name for name in Exchange.__struct_fields__ if name not in _NOT_COLUMNS)
_FLAGS = ("streamed", "timed")
_TURN = tuple(name for name in Turn.__struct_fields__ if name not in _NOT_COLUMNS)
_LATENCY = tuple(name for name in Latency.__struct_fields__ if name not in _NOT_COLUMNS)
_STALLS = {
    "stall_count": "count",
    "stall_total_ns": "total_ns",
    "stall_longest_ns": "longest_ns",
    "stall_share": "share",
    "stall_of_proxy": "of_proxy",
}


def column(field: str) -> str:
    """The column that a field stands in."""
    return "exchange_id" if field == "exchange" else field


def exchange_row(one: Measured) -> Row:
    """The row of table exchanges, without its capture."""
    exchange = one.exchange
    return {
        **{column(name): getattr(exchange, name) for name in _EXCHANGE},
        **_plain({name: getattr(exchange.stream, name) for name in _STATS}),
        "protocol": one.protocol,
        "request_headers": _json(exchange.request_headers),
        "response_headers": _json(exchange.response_headers),
        **_times(one),
    }


def _times(one: Measured) -> Row:
    """Its spans; of a stream without a turn also why there is none, under ``turn``."""
    found = msgspec.structs.asdict(one.times)
    if one.exchange.streamed and one.exchange.turn is None:
        found["turn"] = why_no_turn(one.exchange)
    row = _figures(found)
    row.pop("turn", None)
    return row


def turn_row(turn: Turn, latency: Latency) -> Row:
    """The row of table turns, without its capture."""
    figures = {column(name): getattr(latency, name) for name in _LATENCY}
    stalls = latency.stalls
    if isinstance(stalls, Stalls):
        figures |= {name: getattr(stalls, field) for name, field in _STALLS.items()}
    else:
        figures |= dict.fromkeys(_STALLS, stalls)
    if isinstance(latency.gaps, Unmeasurable):
        figures["gaps"] = latency.gaps
    row = _figures(figures)
    row.pop("gaps", None)
    return {
        **{column(name): getattr(turn, name) for name in _TURN},
        "markers": _json(turn.markers),
        **row,
    }


def problem_row(problem: Problem) -> Row:
    return {column(name): value for name, value in msgspec.structs.asdict(problem).items()}


def lost_row(lost: Lost) -> Row:
    return {column(name): value for name, value in msgspec.structs.asdict(lost).items()}


def observation_row(seen: Observer) -> Row:
    row = msgspec.structs.asdict(seen)
    late = list(zip(row.pop("late_at_ns"), row.pop("late_ns"), strict=False))
    return {**row, "late": _json(late)}


def exchange_from(row: Mapping[str, Any], turn: Turn | None) -> Exchange:
    """The exchange of a row of table exchanges, with its turn."""
    return Exchange(
        **{name: row[column(name)] for name in _EXCHANGE if name not in _FLAGS},
        streamed=bool(row["streamed"]),
        timed=bool(row["timed"]),
        request_headers=_headers.decode(row["request_headers"]),
        response_headers=_headers.decode(row["response_headers"]),
        stream=StreamStats(**{name: row[name] for name in _STATS}),
        turn=turn,
    )


def times_from(row: Mapping[str, Any]) -> ExchangeTimes:
    """The spans of a row of table exchanges."""
    return ExchangeTimes(**_read_figures(row, ExchangeTimes.__struct_fields__))


def turn_from(row: Mapping[str, Any]) -> Turn:
    markers = _markers.decode(row["markers"])
    return Turn(**{name: row[column(name)] for name in _TURN}, markers=markers)


def latency_from(row: Mapping[str, Any], gaps: Gaps | None, threshold_ns: int) -> Latency:
    """The figures of a row of table turns; ``gaps`` are its rows of table gaps, if it has any."""
    reasons = _reasons.decode(row["unmeasurable"])
    stalls: Stalls | Unmeasurable
    if row["stall_count"] is None:
        stalls = Unmeasurable(reasons["stall_count"])
    else:
        read = _read_figures(row, tuple(_STALLS))
        stalls = Stalls(threshold_ns, **{_STALLS[name]: value for name, value in read.items()})
    return Latency(
        **_read_figures(row, _LATENCY),
        stalls=stalls,
        gaps=gaps if gaps is not None else Unmeasurable(reasons["gaps"]),
    )


def problem_from(row: Mapping[str, Any]) -> Problem:
    return Problem(**{name: row[column(name)] for name in Problem.__struct_fields__})


def lost_from(row: Mapping[str, Any]) -> Lost:
    return Lost(**{name: row[column(name)] for name in Lost.__struct_fields__})


def observation_from(row: Mapping[str, Any]) -> Observer:
    late = _late.decode(row["late"])
    plain = [name for name in Observer.__struct_fields__ if not name.startswith("late_")]
    return Observer(
        **{name: row[name] for name in plain},
        late_at_ns=tuple(at for at, _ in late),
        late_ns=tuple(ns for _, ns in late),
    )


def _figures(values: Mapping[str, Any]) -> Row:
    """Values as they are; of what is Unmeasurable a NULL, and the reason in ``unmeasurable``."""
    reasons = {n: value.reason for n, value in values.items() if isinstance(value, Unmeasurable)}
    return {**_plain(values), "unmeasurable": _json(reasons)}


def _plain(values: Mapping[str, Any]) -> Row:
    return {n: None if isinstance(value, Unmeasurable) else value for n, value in values.items()}


def _read_figures(row: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    reasons = _reasons.decode(row["unmeasurable"])
    return {n: Unmeasurable(reasons[n]) if n in reasons else row[column(n)] for n in names}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_headers = msgspec.json.Decoder(tuple[tuple[str, str], ...])
_markers = msgspec.json.Decoder(tuple[Marker, ...])
_reasons = msgspec.json.Decoder(dict[str, str])
_late = msgspec.json.Decoder(list[tuple[int, int]])
