"""One value of a row as a person reads it: times as times, spans as spans, JSON unfolded.

Whatever came over the wire is text here: escaped, without control characters, never a link. The
number itself stays in the cell's title, and untouched in JSON and CSV.
"""

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from markupsafe import Markup, escape

from analyzer.report import units
from analyzer.report.plain import printable, printable_lines
from analyzer.store.schema.relations import CLOCK, WALL

SHORT = 300
"""Characters of a text beyond which it folds."""

LONGEST = 20_000
"""Characters of a text that a page holds; JSON and CSV have all of it."""

LONGEST_NAME = 60

_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2}(?:\.\d+)?)(Z|[+-]\d{2}:\d{2})")
_NANOSECONDS = {"ns": 1, "ms": 1_000_000, "s": 1_000_000_000}


class Anchor(msgspec.Struct, frozen=True):
    """A capture's own clock showed ``mono_ns`` at ``wall_ns`` since 1970."""

    wall_ns: int
    mono_ns: int

    def wall(self, at_ns: int) -> int:
        return self.wall_ns + at_ns - self.mono_ns


def shown(value: Any, unit: str, column: str, anchor: Anchor | None) -> Markup | None:
    """The cell's content; None where Datasette's own is right: numbers, short plain texts."""
    if isinstance(value, bool | bytes) or value is None or value == "":
        return None
    if isinstance(value, int | float):
        return _number(value, unit, column, anchor)
    return _text(value, unit) if isinstance(value, str) else None


def _number(value: float, unit: str, column: str, anchor: Anchor | None) -> Markup | None:
    if unit == CLOCK:
        if anchor is None or column == "mono_ns":
            return None
        return _moment(anchor.wall(int(value)), f"{value} {unit}")
    if unit == "ns since 1970":
        return _moment(int(value), f"{value} {unit}")
    if unit in _NANOSECONDS:
        return _titled(units.duration(value * _NANOSECONDS[unit]), f"{value} {unit}")
    if unit == "bytes" and column != "offset":
        return _titled(units.size(int(value)), f"{value} bytes") if value >= 0 else None
    if unit == "0 or 1" and value in (0, 1):
        return _titled("yes" if value else "no", str(value))
    if unit == "1/s":
        return _titled(units.rate(value), f"{value} per second")
    if unit == "%":
        return _titled(units.share(value / 100), f"{value} %")
    if unit in ("0–1", "1") and "share" in column:
        return _titled(units.share(value), str(value))
    if isinstance(value, float) and value != round(value, 4):
        return _titled(f"{value:,.4g}", str(value))
    return None


def _moment(wall_ns: int, title: str) -> Markup:
    """Date and time in UTC to the microsecond."""
    seconds, rest = divmod(wall_ns, 1_000_000_000)
    try:
        at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, OSError, ValueError):
        return _titled(str(wall_ns), title)
    day, clock = at.strftime("%Y-%m-%d"), f"{at:%H:%M:%S}.{rest // 1000:06}"
    return Markup('<time datetime="{}T{}Z" title="{}"><i>{}</i> {}</time>').format(
        day, clock, title, day, clock
    )


def _text(value: str, unit: str) -> Markup | None:
    if unit == WALL and (found := _ISO.fullmatch(value)):
        day, clock, zone = found.groups()
        return Markup('<time datetime="{}" title="{}"><i>{}</i> {}</time>{}').format(
            value, value, day, clock, "" if zone == "Z" else f" {zone}"
        )
    if unit == "JSON":
        return _json(value)
    plain = printable_lines(value[:LONGEST])
    if len(value) > SHORT:
        said = units.counted(len(value), "character")
        if len(value) > LONGEST:
            said += f", of which a page shows {LONGEST:,}; JSON and CSV have all"
        return Markup(
            '<details class="long"><summary>{} <small>{}</small></summary>{}</details>'
        ).format(printable(plain, 120), said, plain)
    return Markup('<span class="text">{}</span>').format(plain)


def _json(value: str) -> Markup | None:
    if len(value) > LONGEST:
        return _text(value, "")
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):
        return _text(value, "")
    if read in ({}, []):
        return Markup('<span class="muted" title="{}">none</span>').format(value)
    if isinstance(read, dict):
        return _pairs(read.items(), "entry", "entries")
    if isinstance(read, list) and all(_is_pair(one) for one in read):
        return _pairs(read, "pair", "pairs")
    if isinstance(read, list) and not any(isinstance(one, list | dict) for one in read):
        return Markup('<span class="text">{}</span>').format(
            printable(", ".join(map(str, read)), SHORT)
        )
    return Markup('<details><summary>JSON</summary><pre class="json">{}</pre></details>').format(
        printable_lines(json.dumps(read, indent=1, ensure_ascii=False))
    )


def _pairs(pairs: Iterable[Any], one: str, many: str) -> Markup:
    """Names with what they say, under a line that counts them."""
    read = [(str(name), said) for name, said in pairs]
    rows = Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(
            printable(name, LONGEST_NAME), printable_lines(_said(said))
        )
        for name, said in read
    )
    return Markup("<details><summary>{}</summary><dl>{}</dl></details>").format(
        units.counted(len(read), one, many), rows
    )


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def linked(content: Markup | str, address: str, label: str) -> Markup:
    """The cell as a link; what it leads to is said beside it."""
    link = Markup('<a href="{}">{}</a>').format(address, content)
    if label:
        link += Markup(" <em>{}</em>").format(printable(label, LONGEST_NAME))
    return link


def filters(pairs: Mapping[str, Any]) -> str:
    """Column filters as Datasette reads them in an address."""
    from urllib.parse import urlencode

    return urlencode(
        {
            (f"{name}__exact" if name.startswith("_") else name): value
            for name, value in pairs.items()
        }
    )


def _titled(text: str, title: str) -> Markup:
    return Markup('<span class="figure" title="{}">{}</span>').format(title, escape(text))
