"""Numbers as a person reads them: one rule each, used by every renderer."""

import datetime as dt
from collections.abc import Sequence
from itertools import zip_longest

from analyzer.model import Unmeasurable

UNKNOWN = "–"
"""Stands for a figure that can't be known; the reason is in the JSON and the database."""

BETWEEN = " · "
"""Stands between figures of one kind."""

_STEPS = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"))


def duration(ns: float | Unmeasurable | None) -> str:
    """Three significant digits: 412 ms, 1.24 s, 41 ns; from two minutes on 2 min 05 s."""
    if ns is None or isinstance(ns, Unmeasurable):
        return UNKNOWN
    if ns < 0:
        return f"−{duration(-ns)}"
    if ns >= 120_000_000_000:
        minutes, seconds = divmod(round(ns / 1e9), 60)
        return f"{minutes:,} min {seconds:02} s"
    for step, unit in _STEPS:
        # 999.6 µs would read 1000 µs: it is 1.00 ms.
        if ns >= step * 0.9995:
            return f"{_three_digits(ns / step)} {unit}"
    return f"{ns:.0f} ns"


def durations(many: Sequence[int]) -> str:
    """Several durations, each unit said once for its run: 412 · 660 ms · 1.24 s."""
    shown = [duration(ns) for ns in many]
    units = [text.rpartition(" ")[2] for text in shown]
    return BETWEEN.join(
        text.removesuffix(f" {unit}") if unit == following else text
        for text, unit, following in zip_longest(shown, units, units[1:])
    )


def tick(ns: int) -> str:
    """A round duration without needless zeros: 20 ms, 1.5 s."""
    for step, unit in _STEPS:
        if ns >= step:
            return f"{ns / step:g} {unit}"
    return f"{ns} ns"


def count(number: int | Unmeasurable | None) -> str:
    return UNKNOWN if number is None or isinstance(number, Unmeasurable) else f"{number:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 turn, 2 turns."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(octets: int) -> str:
    """Bytes, in steps of 1000."""
    value = float(octets)
    for unit in ("B", "kB", "MB"):
        if value < 999.5:
            return f"{octets} B" if unit == "B" else f"{_three_digits(value)} {unit}"
        value /= 1000
    return f"{_three_digits(value)} GB"


def rate(per_second: float | Unmeasurable) -> str:
    if isinstance(per_second, Unmeasurable):
        return UNKNOWN
    return f"{_three_digits(per_second)}/s" if per_second < 999.5 else f"{per_second:,.0f}/s"


def share(part: float | Unmeasurable) -> str:
    """A part of 1 in percent; a part too small to show is not shown as none."""
    if isinstance(part, Unmeasurable):
        return UNKNOWN
    percent = part * 100
    if 0 < percent < 0.1:
        return "< 0.1 %"
    return f"{percent:.0f} %" if percent >= 9.95 or percent == 0 else f"{percent:.1f} %"


def wall(ns: int) -> str:
    """A wall-clock time to the second, in UTC."""
    moment = dt.datetime.fromtimestamp(ns // 1_000_000_000, dt.UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def time_of_day(ns: int) -> str:
    """A wall-clock time to the millisecond, in UTC, without its date."""
    seconds, ms = divmod(ns // 1_000_000 % 86_400_000, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03} UTC"


def _three_digits(value: float) -> str:
    decimals = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{decimals}f}"
