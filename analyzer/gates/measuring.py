"""How each metric is read from the figures: the numbers of the report, not new ones."""

from collections.abc import Callable, Iterable

from analyzer.analyses.comparing.figures import figures_of, gaps_of, whole
from analyzer.analyses.gaps import Stalls
from analyzer.analyses.latency import Latency
from analyzer.analyses.measured import Measured
from analyzer.analyses.pagination.rows import PaginationWalk
from analyzer.analyses.pooled import Goodput
from analyzer.analyses.statistics import Nanoseconds
from analyzer.analyses.vantage import vantage_of
from analyzer.gates.readings import Reading, why_none
from analyzer.gates.scope import Scope, went_on
from analyzer.model import Unmeasurable

type Read = Reading | Unmeasurable

NO_TURN = Unmeasurable("there is no chat turn")
NO_FIGURES = whole(())
_FAILED = ("error", "cut")


def pooled(name: str, scope: Scope) -> Read:
    """A time that the pool has; its figures are looked at only for another percentile."""
    if not scope.turns:
        return NO_TURN

    def parts() -> Iterable[Nanoseconds]:
        if name == "icl":
            return (gaps.gap_ns for gaps in scope.pool.gaps)
        return (figures_of(name, scope.turns),)

    if name == "icl":
        return Reading.of_figures(parts, "gap", scope.pool.icl, _gaps)
    return Reading.of_figures(
        parts, "turn", getattr(scope.pool, name), lambda one: figures_of(name, (one,))
    )


def _gaps(one: Measured) -> Nanoseconds:
    return next(iter(gaps_of((one,))), NO_FIGURES)


def _latencies(scope: Scope) -> list[Latency]:
    return [one.latency for one in scope.turns if one.latency is not None]


def _each(scope: Scope, value_of: Callable[[Latency], float | Unmeasurable]) -> Read:
    """A figure that each turn has."""
    if not scope.turns:
        return NO_TURN
    values = [value_of(one) for one in _latencies(scope)]
    measured = whole(values)
    if not len(measured):
        return why_none(values, "nothing was measured")

    def of_one(one: Measured) -> Nanoseconds:
        return NO_FIGURES if one.latency is None else whole((value_of(one.latency),))

    return Reading.of_figures(lambda: (measured,), "turn", of_one=of_one)


def tpot(scope: Scope) -> Read:
    return _each(scope, lambda one: one.tpot_ns)


def longest_gap(scope: Scope) -> Read:
    return _each(scope, lambda one: one.longest_gap_ns)


def pace(scope: Scope) -> Read:
    return _each(scope, lambda one: one.rate_per_s)


def handshake(scope: Scope) -> Read:
    wanted = scope.selector.get("protocol")
    spans = [
        row.handshake_ns
        for capture in scope.captures
        for row in capture.answers.transport.connections
        if row.side == "server" and wanted in (None, row.protocol)
    ]
    measured = whole(spans)
    if not len(measured):
        return why_none(spans, "no connection's handshake was timed")
    return Reading.of_figures(lambda: (measured,), "connection")


# --------------------------------------------------------------------------- counted


def stalls(scope: Scope) -> Read:
    """A share of the gaps: each gap is a stall or not."""
    if not scope.turns:
        return NO_TURN
    told = [one.stalls for one in _latencies(scope)]
    if not any(isinstance(one, Stalls) for one in told):
        return why_none(told, "no turn's gaps were measured")
    one = scope.pool
    n = sum(map(len, one.gaps))
    given = {"count": one.stalls, "total": one.stalled_ns, "max": one.longest_stall_ns}
    rate = {"rate": one.stalls / n} if n else {}
    return Reading(n, "gap", given | rate, of_one=_gaps if one.stalls else None)


def stalled_turns(scope: Scope) -> Read:
    told = [one.stalls for one in _latencies(scope)]
    known = [one for one in told if isinstance(one, Stalls)]
    if not known:
        return why_none(told, NO_TURN.reason)
    return Reading.of_share(sum(1 for one in known if one.count), len(known), "turn")


def turns(scope: Scope) -> Read:
    return Reading(scope.pool.turns, "turn", {"count": scope.pool.turns})


def failed(scope: Scope) -> Read:
    """Of a turn that went on in another stream only that one counts."""
    n = scope.pool.turns
    if not n:
        return NO_TURN
    last = [one.exchange.turn for one in scope.turns if not went_on(one)]
    return Reading.of_share(sum(1 for one in last if one and one.status in _FAILED), n, "turn")


def goodput(scope: Scope) -> Read:
    found = scope.figures.goodput
    if isinstance(found, Goodput):
        return Reading.of_share(found.met, found.n, "turn")
    return Unmeasurable(f"{found.reason}: --good states one")


def coalesced(scope: Scope) -> Read:
    if not scope.pool.events:
        return Unmeasurable("there are no events of chat turns")
    return Reading.of_share(scope.pool.coalesced, scope.pool.events, "event")


def http_errors(scope: Scope) -> Read:
    answered = [one.exchange.status for one in scope.measured if one.exchange.status is not None]
    if not answered:
        return Unmeasurable("nothing was answered")
    return Reading.of_share(sum(1 for one in answered if one >= 400), len(answered), "answer")


# --------------------------------------------------------------------------- of whole captures


def refusals(scope: Scope) -> Read:
    totals = [row for one in scope.captures for row in one.answers.credentials.credential_totals]
    n = sum(row.requests for row in totals)
    if not n:
        return Unmeasurable("there is no request")
    count = sum(row.refused + row.masked + row.pages for row in totals)
    return Reading.of_share(count, n, "request")


def used_after_expiry(scope: Scope) -> Read:
    known = [
        row
        for one in scope.captures
        for row in one.answers.credentials.credentials
        if isinstance(row.expires_at, int)
    ]
    if not known:
        return Unmeasurable("no credential's end is known")
    count = sum(row.used_after_expiry for row in known)
    return Reading(len(known), "credential", {"count": count})


def time_lost(scope: Scope) -> Read:
    totals = [row for one in scope.captures for row in one.answers.credentials.credential_totals]
    spans = [row.time_lost_ns for row in totals]
    known = [one for one in spans if isinstance(one, int)]
    if not totals or len(known) < len(spans):
        return why_none(spans, "the capture does not tell of refusals")
    n = sum(row.incidents for row in totals if isinstance(row.incidents, int))
    return Reading(n, "incident", {"total": sum(known), "count": n})


def _walks(scope: Scope) -> list[PaginationWalk]:
    return [row for one in scope.captures for row in one.answers.pagination.pagination_walks]


def duplicate_rows(scope: Scope) -> Read:
    known = [
        (row.duplicates, row.items)
        for row in _walks(scope)
        if isinstance(row.duplicates, int) and isinstance(row.items, int)
    ]
    if not known:
        return why_none([row.duplicates for row in _walks(scope)], "no list was paged through")
    return Reading.of_share(sum(d for d, _ in known), sum(n for _, n in known), "row")


def missed_rows(scope: Scope) -> Read:
    told = [row.missed for row in _walks(scope)]
    known = [one for one in told if isinstance(one, int)]
    if not known:
        return why_none(told, "no list was paged through")
    return Reading(len(known), "walk", {"count": sum(known)})


def problems(scope: Scope) -> Read:
    n = len(scope.captures)
    return Reading(n, "capture", {"count": sum(len(one.problems) for one in scope.captures)})


def lost(scope: Scope) -> Read:
    """None lost is known only of captures that count what they lose."""
    silent = [
        one
        for one in scope.captures
        if not one.lost and not vantage_of(one.head.source).counts_losses
    ]
    if silent:
        return Unmeasurable(f"{silent[0].head.source}: such a capture does not tell what it lost")
    count = sum(loss.count for one in scope.captures for loss in one.lost)
    return Reading(len(scope.captures), "capture", {"count": count})
