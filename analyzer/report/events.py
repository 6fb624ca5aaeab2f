"""Events as aligned columns for people; `analyzer.exporters.events` has them for programs."""

from analyzer.model import WireEvent
from analyzer.report.plain import printable

DATA_SHOWN = 200
"""Characters of an event's data in the table; the JSON form has all of it."""


class Table:
    """Rows under a heading; times in milliseconds since the first event's first byte."""

    def __init__(self, *, with_exchange: bool) -> None:
        self._with_exchange = with_exchange
        self._origin_ns: int | None = None

    def row(self, event: WireEvent, exchange: int = 0) -> str:
        heading = ""
        if self._origin_ns is None:
            self._origin_ns = event.first_ns
            heading = f"{'seq':>5} {'first ms':>12} {'at ms':>12} {'read':>5}  type, id, data\n"
            if self._with_exchange:
                heading = f"{'exch':>5} {heading}"
        first_ms = (event.first_ns - self._origin_ns) / 1e6
        at_ms = (event.at_ns - self._origin_ns) / 1e6
        label = event.type + (f" #{event.id}" if event.id else "")
        text = printable(f"{label}  {event.data}", DATA_SHOWN)
        columns = f"{event.seq:>5} {first_ms:>12.3f} {at_ms:>12.3f} {event.read:>5}  {text}"
        return heading + (f"{exchange:>5} {columns}" if self._with_exchange else columns)
