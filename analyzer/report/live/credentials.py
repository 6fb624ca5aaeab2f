"""Credentials with their countdown: what ends soon above all, a strip, and a page."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from analyzer.analyses.credentials import Forecast
from analyzer.report.countdown import WORDS, Urgency, countdown, ending, urgency
from analyzer.report.live.tables import Column, spare, table
from analyzer.report.live.words import fingerprint, first_part, line
from analyzer.report.plain import printable
from analyzer.watch import CredentialRow, Snapshot

URGENCIES = ("", "yellow", "bold yellow", "red")
"""How an end of a credential looks that is far, soon, now, or past."""

WARNINGS = 2
"""Most credentials that the view warns of at one time."""


def name_of(kind: str) -> str:
    return WORDS.get(kind, printable(kind, 20))


def warnings(snapshot: Snapshot, now_ns: int, width: int) -> list[Text]:
    """A line for each credential that ends soon or has ended, the most urgent first."""
    seen = [one.at(now_ns) for one in snapshot.endings]
    urgent = [one for one in seen if urgency(one)][:WARNINGS]
    return [
        Text(
            printable(ending(one.kind, one.remaining_ns, one.expires_wall_ns), width),
            style=URGENCIES[urgency(one)],
            no_wrap=True,
            overflow="ellipsis",
        )
        for one in urgent
    ]


def listed(snapshot: Snapshot) -> list[CredentialRow]:
    """What the page lists: those in use, then the rest, the youngest first.

    A token that only lets one turn be gone on with is none that anyone waits for; one that
    was refused is listed nevertheless.
    """
    rows = [row for row in snapshot.credentials if row.kind != "resume" or row.refused]
    return sorted(rows, key=lambda row: (not row.in_use, -row.since_ns))


def strip(snapshot: Snapshot, now_ns: int) -> Text | None:
    """Refusals so far and the credentials in use on one line, the soonest end first; None
    where none is in use."""
    used = [row for row in listed(snapshot) if row.in_use]
    if not used:
        return None
    used.sort(key=lambda row: _order(row, now_ns))
    refused = sum(row.refused for row in snapshot.credentials)
    parts: list[str | tuple[str, str]] = [("credentials  ", "bold")]
    parts += [(f"{refused} refused", "red"), " · "] if refused else []
    for row in used:
        left, style = remaining(row, now_ns)
        parts += [f"{name_of(row.kind)} ", (left, style), " · "]
    return line(*parts[:-1])


def _order(row: CredentialRow, now_ns: int) -> tuple[int, int]:
    """The soonest end first; then what has no end, then what has ended."""
    if row.expires_ns is None:
        return 1, 0
    return (0 if row.expires_ns > now_ns else 2), row.expires_ns


def remaining(row: CredentialRow, now_ns: int) -> tuple[str, str]:
    """How long it still lasts, counted down, with its style."""
    if row.expires_ns is None or row.expires_wall_ns is None:
        return "no end known", "dim"
    left_ns = row.expires_ns - now_ns
    said = countdown(left_ns) if left_ns > 0 else f"ended {countdown(left_ns)} ago"
    if not row.in_use:
        return said, "dim"
    return said, URGENCIES[_urgency(row, left_ns)] or "green"


def _urgency(row: CredentialRow, left_ns: int) -> Urgency:
    expires_ns, wall_ns = row.expires_ns or 0, row.expires_wall_ns or 0
    found = urgency(
        Forecast(row.fingerprint, row.kind, expires_ns, wall_ns, left_ns, row.lifetime_ns)
    )
    return 3 if left_ns <= 0 else found


def credentials_table(rows: Sequence[CredentialRow], now_ns: int, width: int) -> Table:
    """One line each: what it is, how long it lasts, how often it was used and refused."""
    columns = [
        Column("credential", 14),
        Column("", 4),
        Column("ends in", 18),
        Column("lasts", 9, "right"),
        Column("used", 4, "right"),
        Column("refused", 7, "right"),
    ]
    rest = spare(columns, width)
    columns.append(Column("now", rest))
    return table(columns, [_cells(row, now_ns, rest) for row in rows])


def _cells(row: CredentialRow, now_ns: int, rest: int) -> list[Text]:
    style = "" if row.in_use else "dim"
    lasts = "–" if row.lifetime_ns is None else countdown(row.lifetime_ns)
    return [
        Text(name_of(row.kind), style=style),
        Text(fingerprint(row.fingerprint), style="dim"),
        Text(*remaining(row, now_ns)),
        Text(lasts, style=style),
        Text(str(row.requests), style=style),
        Text(str(row.refused or "–"), style="red" if row.refused else style),
        Text(first_part(_stands(row, now_ns), rest), style="red" if _is_bad(row) else style),
    ]


def _is_bad(row: CredentialRow) -> bool:
    return row.in_use and row.refused > 0


def _stands(row: CredentialRow, now_ns: int) -> str:
    """The last word on it, as short as it can be said."""
    if row.replaced_by:
        said = f"refreshed as {fingerprint(row.replaced_by)}"
        return f"{said}; {row.refused_why}" if row.refused else said
    if row.refused:
        return row.refused_why
    if not row.in_use or row.last_used_ns is None:
        return "not used yet"
    if row.expires_ns is not None and row.expires_ns <= now_ns:
        return f"last used {countdown(now_ns - row.last_used_ns)} ago"
    return f"in use at {row.authority}"
