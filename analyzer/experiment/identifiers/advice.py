"""What follows from the measured figures, in sentences; nothing that they don't say."""

import math

import msgspec
import numpy as np

from analyzer.experiment.identifiers.results import (
    LATEST,
    LEAST_DIFFERENCE,
    NAMES,
    STEPS_AGREE,
    IdentifiersResult,
    Scheme,
    Tree,
)
from analyzer.model import Unmeasurable
from analyzer.report.units import count, duration, share, size

RESTLESS = 0.2
"""Repeats that differ by more can't say that two things are alike."""

_LORD = {
    2: 3.427,
    3: 1.272,
    4: 0.813,
    5: 0.613,
    6: 0.499,
    7: 0.426,
    8: 0.373,
    9: 0.334,
    10: 0.304,
}
"""By the number of repeats: how many mean ranges apart two means lie by chance at most."""


def advise(result: IdentifiersResult) -> IdentifiersResult:
    """The same result with its advice."""
    sentences = [said for layout in result.layouts() for said in _layout(result, layout)]
    return msgspec.structs.replace(result, advice=tuple(sentences))


def differ(one: Tree, other: Tree) -> bool | Unmeasurable:
    """Whether the insert rates differ by more than chance.

    Lord's test of two means by the ranges of their samples, at 95 %, over the logarithms of
    the repeats' rates; besides, `STEPS_AGREE` of the steps must say the same, and the
    difference be at least `LEAST_DIFFERENCE`.
    Source: E. Lord, Biometrika 34 (1947).
    """
    repeats = min(len(one.repeats_per_s), len(other.repeats_per_s))
    if repeats < 2:
        return Unmeasurable("one run of each table can't tell noise: use --repeats 2 or more")
    slow, fast = sorted((one, other), key=lambda tree: tree.per_s)
    slow_logs, fast_logs = np.log(slow.repeats_per_s), np.log(fast.repeats_per_s)
    apart = float(fast_logs.mean() - slow_logs.mean())
    ranges = float(np.ptp(slow_logs) + np.ptp(fast_logs)) / 2
    agreeing = sum(f > s for f, s in zip(fast.rates, slow.rates, strict=True))
    beyond_chance = apart > _LORD[min(repeats, max(_LORD))] * ranges
    return beyond_chance and apart > math.log1p(LEAST_DIFFERENCE) and agreeing >= STEPS_AGREE


def _layout(result: IdentifiersResult, layout: str) -> list[str]:
    trees: dict[Scheme, Tree] = {tree.scheme: tree for tree in result.of(layout)}
    random, ordered, rows = trees["uuid4"], trees["uuid7"], result.settings.rows
    return [
        f"{layout}: {_rates(random, ordered)} {_pages(random, ordered, rows)}",
        f"{layout}: {_alike(trees['ulid'], ordered)} {_alike(trees['integer'], ordered)}",
        _latest(random, ordered),
    ]


def _rates(random: Tree, ordered: Tree) -> str:
    verdict = differ(random, ordered)
    if isinstance(verdict, Unmeasurable):
        return (
            f"{count(ordered.per_s)} inserts/s with UUIDv7, {count(random.per_s)} with UUIDv4, "
            f"and {verdict.reason}."
        )
    noise = max(random.spread, ordered.spread)
    rates = f"{_both(ordered, random)}; repeats differ by up to {share(noise)}"
    if verdict:
        fast, slow = sorted((random, ordered), key=lambda tree: -tree.per_s)
        ratio = fast.per_s / slow.per_s
        return (
            f"{NAMES[fast.scheme]} takes {ratio:.1f} times the inserts of {NAMES[slow.scheme]} "
            f"({rates})."
        )
    if noise > RESTLESS:
        return f"the machine was too restless to tell a difference in speed ({rates})."
    return f"no difference in speed at your size ({rates})."


def _both(one: Tree, other: Tree) -> str:
    return f"{count(one.per_s)}/s against {count(other.per_s)}/s"


def _pages(random: Tree, ordered: Tree, rows: int) -> str:
    """Counters have no noise worth the name: they are said as they are."""
    said = (
        f"UUIDv4 logs {size(random.last.wal_bytes)} where UUIDv7 logs "
        f"{size(ordered.last.wal_bytes)}, and misses the cache {count(random.last.cache_misses)} "
        f"times against {count(ordered.last.cache_misses)}"
    )
    if random.last.cache_misses * 100 < rows:
        said += "; its tree still fits the cache, and what it costs beyond that is not seen here"
    return f"{said}."


def _alike(one: Tree, ordered: Tree) -> str:
    verdict = differ(one, ordered)
    trees = (
        f"trees of {size(one.last.key_bytes)} and {size(ordered.last.key_bytes)}"
        if one.last.key_bytes != ordered.last.key_bytes
        else f"both trees {size(one.last.key_bytes)}"
    )
    name = NAMES[one.scheme]
    if verdict is True:
        return f"{name} against UUIDv7: {_both(one, ordered)}, {trees}."
    if verdict is False and max(one.spread, ordered.spread) <= RESTLESS:
        return f"{name} and UUIDv7 differ by no more than the noise, {trees}."
    return f"{name} and UUIDv7: {trees}."


def _latest(random: Tree, ordered: Tree) -> str:
    by_key, by_time = ordered.last.latest, random.last.latest
    return (
        f"{ordered.layout}: the latest {LATEST} by UUIDv7 itself visit "
        f"{count(by_key.rows_visited)} rows ({duration(by_key.wall.median_ns)}); UUIDv4 says "
        f"nothing of time, so without an index on the time they visit "
        f"{count(by_time.rows_visited)} ({duration(by_time.wall.median_ns)})."
    )
