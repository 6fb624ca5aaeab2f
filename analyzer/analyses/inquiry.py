"""Ask several questions of one capture while it passes."""

from collections.abc import Mapping, Sequence
from math import copysign
from typing import Any

import msgspec

from analyzer.analyses.measured import Measured
from analyzer.analyses.questions import Found, Question, Whole
from analyzer.model import AnyRecord, CaptureHead, Delta, Exchange, Problem, Reads, WireEvent

YEAR_10000_US = 253_402_300_800_000_000
"""µs from 1970 to the first year that no date format holds."""


class Inquiry:
    """Hands everything on to each question that wants it."""

    def __init__(self, head: CaptureHead, questions: Mapping[str, type[Question[Found]]]) -> None:
        self._head = head
        self._questions = {name: question(head) for name, question in questions.items()}
        self._wanting: dict[type, list[Question[Found]]] = {}
        for question in self._questions.values():
            for kind in question.RECORDS:
                self._wanting.setdefault(kind, []).append(question)
        self._last_ns: int | None = None

    def record(self, record: AnyRecord | Problem) -> None:
        at_ns = last_moment(record)
        if at_ns is not None and (self._last_ns is None or at_ns > self._last_ns):
            self._last_ns = at_ns
        if not isinstance(record, Problem):
            for question in self._wanting.get(type(record), ()):
                question.record(record)

    def events(self, exchange: int, events: Sequence[WireEvent], deltas: Sequence[Delta]) -> None:
        for question in self._questions.values():
            question.events(exchange, events, deltas)

    def exchange(self, exchange: Exchange) -> None:
        for question in self._questions.values():
            question.exchange(exchange)

    def finish(self, measured: tuple[Measured, ...]) -> dict[str, Found]:
        """Every answer, by the question's name."""
        whole = Whole(self._head, measured, self._last_ns)
        self._wanting.clear()
        return {
            # Each is let go once it has answered: what they gathered can be a lot.
            name: _kept(self._questions.pop(name).finish(whole))
            for name in list(self._questions)
        }


def last_moment(record: AnyRecord | Problem) -> int | None:
    """The latest moment that a record states, if it states one."""
    match record:
        case Problem() | CaptureHead():
            return None
        case Reads():
            return record.at_ns[-1] if record.at_ns else None
    return record.at_ns


def _kept[F: Found](found: F) -> F:
    """The answer with text and times that any file can hold: captured text may have neither."""
    changed: dict[str, tuple[Any, ...]] = {}
    for name in found.__struct_fields__:
        rows = getattr(found, name)
        kept = tuple([_kept_row(row) for row in rows])
        if any(new is not old for new, old in zip(kept, rows, strict=True)):
            changed[name] = kept
    return msgspec.structs.replace(found, **changed) if changed else found


def _kept_row[R: msgspec.Struct](row: R) -> R:
    changed: dict[str, Any] = {}
    for name in row.__struct_fields__:
        value = getattr(row, name)
        if isinstance(value, str) and not value.isascii():
            kept = value.encode(errors="replace").decode()
            if kept != value:
                changed[name] = kept
        elif name.endswith("_at") and isinstance(value, int) and not 0 <= value < YEAR_10000_US:
            changed[name] = None
        elif value == 0 and isinstance(value, float) and copysign(1, value) < 0:
            changed[name] = 0.0  # SQLite keeps no sign of it
    return msgspec.structs.replace(row, **changed) if changed else row
