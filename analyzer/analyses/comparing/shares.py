"""What happened or not, counted over two groups."""

from collections.abc import Callable

import numpy as np

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
    least = min(n_before, n_after)
    if least < LEAST:
        return Unmeasurable(f"n = {least}, {LEAST} of each are needed")
    return fisher(before, n_before, after, n_after)


def fisher(before: int, n_before: int, after: int, n_after: int) -> float:
    """Two-sided: all outcomes of the same total that are no likelier than this one.

    What `scipy.stats.fisher_exact` gives, without the second that its import takes.
    """
    from scipy.special import gammaln

    total = before + after
    counts = np.arange(max(0, total - n_after), min(total, n_before) + 1)
    rest = total - counts
    logs = -(
        gammaln(counts + 1)
        + gammaln(n_before - counts + 1)
        + gammaln(rest + 1)
        + gammaln(n_after - rest + 1)
    )
    likelihoods = np.exp(logs - logs.max())
    own = likelihoods[before - counts[0]]
    # Outcomes that are as likely may differ in their last bits.
    no_likelier = likelihoods[likelihoods <= own * (1 + 1e-7)]
    return min(1.0, float(no_likelier.sum() / likelihoods.sum()))


def _verdict(p_value: float | Unmeasurable) -> Verdict:
    if isinstance(p_value, Unmeasurable):
        return "too few"
    return "more than noise" if p_value < ALPHA else "within noise"
