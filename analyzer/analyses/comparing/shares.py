"""What happened or not, counted over two groups."""

from collections.abc import Callable

from analyzer.analyses.comparing.figures import Group
from analyzer.analyses.comparing.results import ShareComparison, Verdict
from analyzer.analyses.gaps import Stalls
from analyzer.analyses.latency import WENT_ON
from analyzer.analyses.transport.ranks import ALPHA, LEAST
from analyzer.model import Unmeasurable

FAILED = ("error", "cut")
"""How a turn ends that failed its user."""

type Counted = tuple[int, int]


def stalled_turns(group: Group) -> Counted:
    """Turns with a stall, of those whose gaps were measured."""
    latencies = [one.latency for one in group.turns if one.latency is not None]
    known = [one.stalls for one in latencies if isinstance(one.stalls, Stalls)]
    return sum(1 for one in known if one.count), len(known)


def failed_turns(group: Group) -> Counted:
    """Of a turn that went on in another stream only that one counts."""
    last = [
        one.exchange.turn for one in group.turns if one.latency and one.latency.ttft_ns != WENT_ON
    ]
    return sum(1 for one in last if one and one.status in FAILED), len(last)


def http_errors(group: Group) -> Counted:
    """Answers with a status of 400 or above."""
    statuses = [one.exchange.status for capture in group.captures for one in capture.measured]
    known = [one for one in statuses if one is not None]
    return sum(1 for one in known if one >= 400), len(known)


SHARES: dict[str, tuple[str, Callable[[Group], Counted]]] = {
    "stalled turns": ("turn", stalled_turns),
    "failed turns": ("turn", failed_turns),
    "HTTP errors": ("answer", http_errors),
}


def compare_shares(first: Group, second: Group) -> tuple[ShareComparison, ...]:
    """Every share that both groups have something to count for."""
    found = []
    for metric, (noun, count) in SHARES.items():
        (before, n_before), (after, n_after) = count(first), count(second)
        if n_before and n_after:
            p_value = _fisher(before, n_before, after, n_after)
            verdict = _verdict(p_value)
            found.append(
                ShareComparison(metric, noun, before, n_before, after, n_after, p_value, verdict)
            )
    return tuple(found)


def _fisher(before: int, n_before: int, after: int, n_after: int) -> float | Unmeasurable:
    if min(n_before, n_after) < LEAST:
        return Unmeasurable(f"n = {min(n_before, n_after)}, {LEAST} of each are needed")
    if before == after == 0 or (before == n_before and after == n_after):
        return 1.0
    from scipy.stats import fisher_exact  # It takes a second to import.

    table = [[before, n_before - before], [after, n_after - after]]
    return float(fisher_exact(table).pvalue)


def _verdict(p_value: float | Unmeasurable) -> Verdict:
    if isinstance(p_value, Unmeasurable):
        return "too few"
    return "more than noise" if p_value < ALPHA else "within noise"
