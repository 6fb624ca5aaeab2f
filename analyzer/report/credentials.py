"""Credentials in a report: how they end, what refusals cost, what happened, who asks with what."""

from collections.abc import Sequence

from analyzer.analyses.credentials.lives import LOGINS
from analyzer.analyses.credentials.rows import (
    Authentication,
    ClockSkew,
    CredentialEvent,
    CredentialRow,
    CredentialsFound,
    CredentialTotals,
    EventKind,
    Incident,
)
from analyzer.analyses.results import CaptureResult
from analyzer.model import Unmeasurable
from analyzer.report import units
from analyzer.report.countdown import WORDS, countdown, ending, tone
from analyzer.report.figures import Figures
from analyzer.report.parts import Block, Cell, Column, Facts, Lines, Section, Table, Tone
from analyzer.report.plain import printable
from analyzer.report.streams import left_out

EVENTS = 40
"""Events that are listed; the database has them all."""

LIVES = 12
INCIDENTS = 8
ENDPOINTS = 12
SKEWS = 4

_TONES: dict[EventKind, Tone] = {
    "used_after_expiry": "warn",
    "refused": "bad",
    "revoked": "bad",
    "masked": "warn",
    "recovered": "good",
    "expired_mid_stream": "warn",
    "never_refreshed": "warn",
}
_LEAD = "Known by fingerprints alone; times of day are UTC, by the capture's clock."


def credentials_section(figures: Figures) -> Section | None:
    """Of every capture: the forecast, the figures, lives, incidents, events, and the map."""
    blocks: list[Block] = []
    captures = figures.analysis.captures
    for capture in captures:
        found = capture.answers.credentials
        if not found.credential_totals and not found.unanswered:
            continue
        if len(captures) > 1:
            blocks.append(Lines((Cell(printable(capture.file, 60), "strong"),)))
        blocks += _blocks(capture, found)
    return Section("Credentials", tuple(blocks), _LEAD) if blocks else None


def _blocks(capture: CaptureResult, found: CredentialsFound) -> list[Block]:
    blocks: list[Block] = []
    logins = [one for one in found.credentials if one.kind in LOGINS]
    if outlook := _forecast(logins):
        blocks.append(Lines(outlook))
    pairs = [pair for totals in found.credential_totals for pair in _figures(totals)]
    pairs += [("clock skew", _skew(one)) for one in found.clock_skew[:SKEWS]]
    pairs += [
        (printable(one.figure, 30), Cell(f"{units.UNKNOWN}  {printable(one.reason, 200)}", "muted"))
        for one in found.unanswered
    ]
    blocks.append(Facts(tuple(pairs)))
    if logins:
        blocks.append(_lives(logins))
    if found.credential_incidents:
        blocks.append(_incidents(found.credential_incidents))
    if found.credential_events:
        blocks.append(_events(capture, found.credential_events))
    if (table := _map(found.authentication)) is not None:
        blocks.append(table)
    return blocks


def _forecast(lives: Sequence[CredentialRow]) -> tuple[Cell, ...]:
    """What was in use when the capture ended, the soonest to end first."""
    ends = [
        (one.remaining_ns, one.refused_from_at, one.kind)
        for one in lives
        if isinstance(one.remaining_ns, int) and isinstance(one.refused_from_at, int)
    ]
    return tuple(
        Cell(f"at the capture's end: {ending(kind, remaining_ns, at * 1000)}", tone(remaining_ns))
        for remaining_ns, at, kind in sorted(ends)[:LIVES]
    )


def _figures(totals: CredentialTotals) -> list[tuple[str, Cell]]:
    asked = (
        f"{units.count(totals.bearer)} with a bearer, {units.count(totals.cookie_only)} on the "
        f"cookie alone, {units.count(totals.other)} with another, {units.count(totals.none)} "
        f"without  (n = {units.counted(totals.requests, 'request')})"
    )
    refused = (
        f"{units.counted(totals.refused, 'request')}; {units.count(totals.masked)} masked; "
        f"{units.count(totals.pages)} by an HTML page of a gateway"
    )
    is_bad = totals.refused or totals.masked or totals.pages
    return [
        ("asked", Cell(asked)),
        ("refused", Cell(refused, "warn" if is_bad else "good")),
        ("time lost", _lost(totals)),
    ]


def _lost(totals: CredentialTotals) -> Cell:
    lost = totals.time_lost_ns
    if isinstance(lost, Unmeasurable):
        return Cell(f"{units.UNKNOWN}  {lost.reason}", "muted")
    if not totals.incidents:
        return Cell("none", "good")
    return Cell(
        f"{units.duration(lost)} from refusal to recovery, incidents at once counted once  "
        f"(n = {units.count(totals.recovered)} recovered of {units.count(totals.incidents)})",
        "warn",
    )


def _skew(skew: ClockSkew) -> Cell:
    host = printable(skew.authority, 30)
    most, least = skew.at_most_ns, units.duration(skew.at_least_ns)
    bounds = (
        f"at least {least}"
        if isinstance(most, Unmeasurable)
        else f"{least} to {units.duration(most)}"
    )
    spread = f"{units.duration(skew.lowest_ns)} to {units.duration(skew.highest_ns)}"
    said = "" if skew.is_consistent else "; no single offset explains all"
    return Cell(
        f"{host} is ahead by {bounds}, by {skew.measured_by}{said}  (samples: median "
        f"{units.duration(skew.median_ns)}, spread {spread}, n = {units.count(skew.n)})",
        "plain" if skew.is_consistent else "warn",
    )


def _lives(lives: Sequence[CredentialRow]) -> Table:
    columns = (
        Column("credential", number=False, cut=True),
        Column("as", number=False, from_width=100),
        Column("expiry by", number=False, from_width=90),
        *(Column("lifetime"), Column("refreshed\nat age"), Column("of it")),
        *(Column("uses"), Column("refused"), Column("time\nlost")),
    )
    rows = tuple(_life(one) for one in lives[:LIVES])
    return Table(columns, rows, left_out(len(lives), LIVES, "credential"))


def _life(one: CredentialRow) -> tuple[Cell, ...]:
    share = one.share_used
    is_late = isinstance(share, float) and share > 1
    return (
        Cell(f"{WORDS.get(one.kind, one.kind)} {short(one.fingerprint)}", "strong"),
        Cell(printable(", ".join(one.names), 24), "muted"),
        Cell(one.expiry_known_by, "muted"),
        Cell(_span(one.lifetime_ns)),
        Cell(_span(one.age_at_refresh_ns), "warn" if is_late else "plain"),
        Cell(units.share(share), "warn" if is_late else "plain"),
        Cell(units.count(one.requests), "muted"),
        Cell(units.count(one.refused), "bad" if one.refused else "muted"),
        Cell(units.duration(one.time_lost_ns) if one.time_lost_ns else "0", "muted"),
    )


def _span(ns: int | Unmeasurable) -> str:
    """A life's length: to the millisecond below a minute, in two units above."""
    if isinstance(ns, Unmeasurable) or abs(ns) < 60_000_000_000:
        return units.duration(ns)
    return countdown(ns)


def short(fingerprint: str) -> str:
    """Enough of a fingerprint to tell credentials apart; + for a cookie in chunks."""
    chunks = "+" if "+" in fingerprint else ""
    return f"{fingerprint.removeprefix('cred:')[:8]}{chunks}"


def _incidents(incidents: Sequence[Incident]) -> Table:
    columns = (
        Column("refused", number=False, cut=True),
        Column("why", number=False),
        *(Column("#"), Column("times"), Column("worked\nagain"), Column("lost")),
    )
    rows = tuple(
        (
            Cell(printable(f"{one.method} {one.path}", 44)),
            Cell(one.cause, "warn"),
            Cell("" if one.exchange is None else str(one.exchange), "muted"),
            Cell(units.count(one.refusals), "muted"),
            Cell(units.UNKNOWN if one.recovered_exchange_id is None else
                 f"#{one.recovered_exchange_id}", "muted"),
            Cell(units.duration(one.time_lost_ns)),
        )
        for one in incidents[:INCIDENTS]
    )  # fmt: skip
    return Table(columns, rows, left_out(len(incidents), INCIDENTS, "incident"))


def _events(capture: CaptureResult, events: Sequence[CredentialEvent]) -> Table:
    columns = (
        Column("at", number=False),
        Column("what happened", number=False),
        Column("to", number=False),
        Column("#"),
        Column("more on it", number=False, cut=True),
    )
    head = capture.head
    rows = tuple(
        (
            Cell(units.wall(head.wall_ns + one.at_ns - head.mono_ns)[11:19], "muted"),
            Cell(one.kind.replace("_", " "), _TONES.get(one.kind, "plain")),
            Cell("" if one.credential is None else short(one.credential), "muted"),
            Cell("" if one.exchange is None else str(one.exchange), "muted"),
            Cell(printable(one.detail, 70)),
        )
        for one in events[:EVENTS]
    )
    return Table(columns, rows, left_out(len(events), EVENTS, "event"))


def _map(endpoints: Sequence[Authentication]) -> Table | None:
    """Endpoints that were asked with a credential, or refused."""
    shown = [one for one in endpoints if one.bearer or one.cookie_only or one.other or one.refused]
    if not shown:
        return None
    columns = (
        Column("asked with", number=False, cut=True),
        *(Column("bearer"), Column("cookie\nalone"), Column("other"), Column("none")),
        *(Column("refused"), Column("masked"), Column("pages", from_width=90)),
    )
    rows = tuple(
        (
            Cell(printable(f"{one.method} {one.path}", 48)),
            *(_number(value) for value in (one.bearer, one.cookie_only, one.other, one.none)),
            *(_number(value, "bad") for value in (one.refused, one.masked, one.pages)),
        )
        for one in shown[:ENDPOINTS]
    )
    return Table(columns, rows, left_out(len(shown), ENDPOINTS, "endpoint"))


def _number(value: int, tone: Tone = "plain") -> Cell:
    return Cell(units.count(value), tone) if value else Cell("0", "muted")
