"""How the end of a credential is said: `expires in 3 m 20 s; … refused at 14:03:10 UTC`."""

import datetime as dt
from typing import Literal

from analyzer.analyses.credentials import Forecast
from analyzer.report.parts import Tone

SECOND_NS = 1_000_000_000
DAY_S = 86_400

SOON_NS = 300 * SECOND_NS
"""Less than this before a credential ends, one is warned; before the last fifth of a shorter
life there is no warning."""

NOW_NS = 60 * SECOND_NS
"""Less than this before, one is warned again."""

SHOWN_NS = 600 * SECOND_NS
"""How long after its end a credential that was never refreshed is still pointed at."""

LAST_SHARE = 5
"""One over the share of a short life in which it counts as ending soon."""

type Urgency = Literal[0, 1, 2, 3]

WORDS = {"bearer": "access token", "session": "session cookie", "resume": "resume token"}
"""What the kinds of credentials are called; others keep their names."""


def countdown(ns: int) -> str:
    """A span in its two largest units, cut off: 3 m 20 s, 2 h 05 m, 89 d 23 h, 45 s."""
    seconds = abs(ns) // SECOND_NS
    if not seconds:
        return "< 1 s"
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3_600:
        return f"{seconds // 60} m {seconds % 60:02} s"
    if seconds < DAY_S:
        return f"{seconds // 3_600} h {seconds % 3_600 // 60:02} m"
    return f"{seconds // DAY_S:,} d {seconds % DAY_S // 3_600} h"


def time_of_day(wall_ns: int, remaining_ns: int = 0) -> str:
    """A moment in UTC; with its date if it is a day away or more."""
    moment = dt.datetime.fromtimestamp(wall_ns // SECOND_NS, dt.UTC)
    is_far = abs(remaining_ns) >= DAY_S * SECOND_NS
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC" if is_far else "%H:%M:%S UTC")


def ending(kind: str, remaining_ns: int, wall_ns: int) -> str:
    """What is in use ends, and what that means to the page."""
    name = WORDS.get(kind, kind)
    when = time_of_day(wall_ns, remaining_ns)
    if remaining_ns > 0:
        refused = f"; this page would be refused at {when}" if kind == "bearer" else f", at {when}"
        return f"{name} expires in {countdown(remaining_ns)}{refused}"
    needs = "; it needs a refresh" if kind == "bearer" else ""
    return f"{name} expired {countdown(remaining_ns)} ago, at {when}{needs}"


def tone(remaining_ns: int) -> Tone:
    """How it looks in a report."""
    if remaining_ns <= 0:
        return "bad"
    return "warn" if remaining_ns < SOON_NS else "plain"


def urgency(one: Forecast) -> Urgency:
    """Nothing to say (0), ending soon (1), ending now (2), ended (3)."""
    if one.remaining_ns <= -SHOWN_NS:
        return 0
    if one.remaining_ns <= 0:
        return 3
    share_ns = SOON_NS if one.lifetime_ns is None else one.lifetime_ns // LAST_SHARE
    if one.remaining_ns >= min(SOON_NS, share_ns):
        return 0
    return 1 if one.remaining_ns >= NOW_NS else 2
