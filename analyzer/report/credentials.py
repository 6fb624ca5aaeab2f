"""Credentials in a report: how they end, what refusals cost, what happened, who asks with what."""

from collections.abc import Sequence

from analyzer.analyses.credentials.lives import LOGINS
from analyzer.analyses.credentials.rows import (
    Authentication,
    ClockSkew,
    CredentialRow,
    CredentialsFound,
    CredentialTotals,
    Incident,
)
from analyzer.analyses.results import CaptureResult
from analyzer.model import Unmeasurable
from analyzer.report import cells, units
from analyzer.report.countdown import WORDS, countdown, ending, tone
from analyzer.report.credential_events import events_table, short
from analyzer.report.figures import Figures
from analyzer.report.parts import Block, Cell, Column, Facts, Lines, Section, Table, Tone
from analyzer.report.plain import printable
from analyzer.report.reasons import reasons
from analyzer.report.streams import left_out

LIVES = 10
INCIDENTS = 6
ENDPOINTS = 8
SKEWS = 4
"""Most of each that are listed; the database has them all."""

_KINDS_FIRST = {"bearer": 0, "session": 0, "api_key": 1}
_LEAD = "Known by fingerprints alone; times of day are UTC, by the capture's clock."


def credentials_section(figures: Figures) -> Section | None:
    """Of every capture: the forecast, the figures, lives, incidents, events, and the map."""
    blocks: list[Block] = []
    captures = figures.analysis.captures
    for number, capture in enumerate(captures, 1):
        found = capture.answers.credentials
        if not found.credential_totals and not found.unanswered:
            continue
        if len(captures) > 1:
            blocks.append(Lines((Cell(printable(capture.file, 60), "strong"),)))
        blocks += _blocks(capture, number, found)
    return Section("Credentials", tuple(blocks), _LEAD) if blocks else None


def _blocks(capture: CaptureResult, number: int, found: CredentialsFound) -> list[Block]:
    blocks: list[Block] = []
    logins = [one for one in found.credentials if one.kind in LOGINS]
    if outlook := _forecast(logins):
        blocks.append(Lines(outlook))
    pairs = [pair for totals in found.credential_totals for pair in _figures(totals)]
    pairs += [("clock", _skew(one)) for one in _best(found.clock_skew)[:SKEWS]]
    pairs += [
        (printable(one.figure, 30), Cell(f"{units.UNKNOWN}  {printable(one.reason, 200)}", "muted"))
        for one in found.unanswered
    ]
    blocks.append(Facts(tuple(pairs)))
    if logins:
        blocks += _lives(logins, number)
    if found.credential_incidents:
        blocks += _incidents(found.credential_incidents, number)
    if found.credential_events:
        kinds = {one.fingerprint: one.kind for one in found.credentials}
        blocks.append(events_table(capture.head, number, found.credential_events, kinds))
    if (table := _map(found.authentication)) is not None:
        blocks.append(table)
    return blocks


def _forecast(lives: Sequence[CredentialRow]) -> tuple[Cell, ...]:
    """Of each kind what was in use last when the capture ended, the soonest to end first."""
    latest: dict[str, tuple[int, int, int]] = {}
    for one in lives:
        ends, used, refused = one.remaining_ns, one.last_used_ns, one.refused_from_at
        if isinstance(ends, int) and isinstance(used, int) and isinstance(refused, int):
            latest[one.kind] = max(latest.get(one.kind, (0, 0, 0)), (used, ends, refused))
    said = sorted((ends, refused, kind) for kind, (_, ends, refused) in latest.items())
    return tuple(
        Cell(f"at the capture's end: {ending(kind, remaining_ns, at * 1000)}", tone(remaining_ns))
        for remaining_ns, at, kind in said
    )


def _figures(totals: CredentialTotals) -> list[tuple[str, Cell]]:
    ways = [
        (totals.bearer, "with an access token"),
        (totals.cookie_only, "on the session cookie alone"),
        (totals.other, "with another credential"),
        (totals.none, "without"),
    ]
    asked = ", ".join(f"{units.count(n)} {way}" for n, way in ways if n)
    refused = (
        f"{units.counted(totals.refused, 'request')}; {units.count(totals.masked)} masked; "
        f"{units.count(totals.pages)} by an HTML page of a gateway"
    )
    is_bad = totals.refused or totals.masked or totals.pages
    return [
        ("asked", Cell(f"{asked or 'nothing'}  (n = {units.counted(totals.requests, 'request')})")),
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
        f"{units.duration(lost)} from refusal to recovery, what overlaps counted once  "
        f"(n = {units.count(totals.recovered)} of {units.count(totals.incidents)} recovered)",
        "warn",
    )


def _best(skews: Sequence[ClockSkew]) -> list[ClockSkew]:
    """A service's Date headers bound its clock from both sides; without them, its JWTs do."""
    dated = {one.authority for one in skews if one.measured_by == "Date"}
    return [one for one in skews if one.measured_by == "Date" or one.authority not in dated]


def _skew(skew: ClockSkew) -> Cell:
    host, n = printable(skew.authority, 30), units.count(skew.n)
    least, most = skew.at_least_ns, skew.at_most_ns
    if isinstance(most, Unmeasurable):
        return Cell(f"{host} is {_ahead(least)} at least  (by {skew.measured_by}, n = {n})")
    source = f"(by {skew.measured_by} headers, n = {n})"
    if not skew.is_consistent:
        middle = f"{_ahead(skew.median_ns)} at the median"
        return Cell(f"{host} is {middle}; no one offset explains all  {source}", "warn")
    if least <= 0 <= most:
        within = _span(max(-least, most))
        return Cell(f"{host} does not differ from the capture's by more than {within}  {source}")
    near, far = sorted((least, most), key=abs)
    way = "ahead of" if most > 0 else "behind"
    span = f"{_span(abs(near))} to {_span(abs(far))}"
    return Cell(f"{host} is {span} {way} the capture's  {source}", "warn")


def _ahead(ns: int) -> str:
    return f"{_span(abs(ns))} {'behind' if ns < 0 else 'ahead'}"


def _lives(lives: Sequence[CredentialRow], number: int) -> list[Block]:
    columns = (
        Column("credential", number=False, cut=True),
        Column("as", number=False, from_width=100),
        Column("expiry by", number=False, from_width=90),
        *(Column("lifetime"), Column("refreshed\nat age"), Column("of it")),
        *(Column("uses"), Column("refused"), Column("time\nlost")),
    )
    by_use = sorted(lives, key=lambda one: _KINDS_FIRST.get(one.kind, len(_KINDS_FIRST)))
    chosen = {one.fingerprint for one in by_use[:LIVES]}
    listed = [one for one in lives if one.fingerprint in chosen]
    rows = tuple(_life(one, number) for one in listed)
    table = Table(columns, rows, left_out(len(lives), LIVES, "credential"))
    why = reasons(
        shown
        for one in listed
        for shown in (
            ("lifetime", one.lifetime_ns),
            ("refreshed at", one.age_at_refresh_ns),
            ("time lost", one.time_lost_ns),
        )
    )
    return [table, Lines(why)] if why else [table]


def _life(one: CredentialRow, number: int) -> tuple[Cell, ...]:
    share = one.share_used
    is_late = isinstance(share, float) and share > 1
    issued = cells.source(number, one.exchange)
    return (
        Cell(f"{WORDS.get(one.kind, one.kind)} {short(one.fingerprint)}", "strong", source=issued),
        Cell(printable(", ".join(one.names), 24), "muted"),
        Cell(one.expiry_known_by, "muted"),
        cells.shown(_span(one.lifetime_ns), one.lifetime_ns, "plain", issued),
        cells.shown(
            _span(one.age_at_refresh_ns),
            one.age_at_refresh_ns,
            "warn" if is_late else "plain",
            issued,
        ),
        cells.share(share, "warn" if is_late else "plain"),
        cells.number(one.requests, "muted"),
        cells.number(one.refused, "bad" if one.refused else "muted"),
        cells.shown(
            units.duration(one.time_lost_ns) if one.time_lost_ns else "0",
            one.time_lost_ns,
            "muted",
        ),
    )


def _span(ns: int | Unmeasurable) -> str:
    """A life's length: to the millisecond below a minute, in two units above."""
    if isinstance(ns, Unmeasurable) or abs(ns) < 60_000_000_000:
        return units.duration(ns)
    return countdown(ns)


def _incidents(incidents: Sequence[Incident], number: int) -> list[Block]:
    columns = (
        Column("refused", number=False, cut=True),
        Column("why", number=False),
        *(Column("#"), Column("times"), Column("worked\nagain"), Column("lost")),
    )
    listed = _dearest(incidents)
    rows = tuple(
        (
            Cell(printable(f"{one.method} {one.path}", 44)),
            Cell(one.cause, "warn"),
            cells.exchange(one.exchange, number),
            cells.number(one.refusals, "muted", cells.source(number, one.exchange)),
            _worked(one, number),
            cells.span(one.time_lost_ns, "plain", cells.source(number, one.exchange)),
        )
        for one in listed
    )
    table = Table(columns, rows, left_out(len(incidents), INCIDENTS, "incident"))
    why = reasons(("lost", one.time_lost_ns) for one in listed)
    return [table, Lines(why)] if why else [table]


def _worked(one: Incident, number: int) -> Cell:
    """The request that went through again."""
    again = one.recovered_exchange_id
    if again is None:
        return Cell(units.UNKNOWN, "muted")
    return cells.exchange(again, number, said=f"#{again}")


def _dearest(incidents: Sequence[Incident]) -> list[Incident]:
    """Those that did not recover, then those that took longest; in order of time."""

    def cost(one: Incident) -> tuple[bool, int]:
        lost = one.time_lost_ns
        return (False, 0) if isinstance(lost, Unmeasurable) else (True, -lost)

    return sorted(sorted(incidents, key=cost)[:INCIDENTS], key=lambda one: one.incident)


def _map(endpoints: Sequence[Authentication]) -> Table | None:
    """Endpoints that were asked with a credential, or refused."""
    shown = [one for one in endpoints if one.bearer or one.cookie_only or one.other or one.refused]
    if not shown:
        return None
    columns = (
        Column("asked with", number=False, cut=True),
        *(Column("access\ntoken"), Column("cookie\nalone")),
        *(Column("other", from_width=90), Column("none")),
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
    return cells.number(value, tone if value else "muted")
