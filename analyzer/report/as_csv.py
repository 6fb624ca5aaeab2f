"""The chat turns as CSV (RFC 4180, UTF-8): a row each with every figure, for spreadsheets.

Columns are named as the keys of the JSON form; the keys inside of ``stalls`` and ``reading`` are
``stalls_…`` and ``reading_…``. Times are raw nanoseconds. What can't be known is empty, and
``unmeasurable`` says why.
"""

import csv
import io
from collections.abc import Iterator
from typing import cast

from analyzer.analyses.gaps import Stalls
from analyzer.analyses.latency import Latency, measure_latency, measure_times
from analyzer.analyses.measured import Measured
from analyzer.analyses.reading import Reading
from analyzer.analyses.results import CaptureResult
from analyzer.model import CaptureHead, Exchange, Turn
from analyzer.report.as_json import Json, turn_object
from analyzer.report.figures import Figures
from analyzer.report.plain import printable

LONGEST = 1_000
"""Characters of a text; a spreadsheet's cell holds some more."""

_INSIDE = {"stalls": Stalls.__struct_fields__, "reading": Reading.__struct_fields__}
"""Figures of a turn that have figures in them."""

_HEAD = CaptureHead("", "", "", "none", 0, 0, 0)
_EXCHANGE = Exchange(0, "", "", "", "", "", turn=Turn(0, "", "unknown"))
_NOTHING = (
    CaptureResult(_HEAD, "", 0, None, (), (), (), ()),
    Measured(
        _EXCHANGE,
        measure_times(_EXCHANGE, "none"),
        cast(Latency, measure_latency(_EXCHANGE, "none", None, 0)),
    ),
)
"""A turn without anything: it has every column's name, also where no turn is."""

_FORMULA = ("=", "+", "-", "@")
"""What a cell begins with that a spreadsheet takes for a formula."""


def report_csv(figures: Figures) -> bytes:
    """A head line, then the turns in the order of the report.

    Text is shown on one line, without control characters. Where it begins like a formula an
    apostrophe stands before it, which makes it text.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(dict(_cells(turn_object(*_NOTHING))))
    for capture, one in figures.turns():
        writer.writerow(dict(_cells(turn_object(capture, one))).values())
    return file.getvalue().encode()


def _cells(turn: Json) -> Iterator[tuple[str, object]]:
    """Always the same columns, whether their figures are known or not."""
    reasons = dict(turn["unmeasurable"])
    for name, value in turn.items():
        if name in _INSIDE:
            inside = value or {}
            unknown = inside.get("unmeasurable", {})
            reasons |= {f"{name}_{key}": why for key, why in unknown.items()}
            for key in _INSIDE[name]:
                yield f"{name}_{key}", _cell(inside.get(key))
        elif name != "unmeasurable":
            yield name, _cell(value)
    yield "unmeasurable", _cell("; ".join(f"{name}: {why}" for name, why in reasons.items()))


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = printable(value, LONGEST).strip()
    return f"'{text}" if text.startswith(_FORMULA) else text
