"""What the identifiers of one field tell together: order, chance, clock, leaks."""

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from analyzer.analyses.identifiers.belief import Decided
from analyzer.analyses.identifiers.keeping import NEVER_NS, Appearance
from analyzer.analyses.identifiers.rows import IdentifierOrder
from analyzer.analyses.identifiers.shapes import machine_of
from analyzer.analyses.kendall import Agreement, Numbers, compare_orders
from analyzer.model import Unmeasurable

ORDER_LEAST = 3
"""Fewest identifiers of which an order is stated."""

LOCALITY_LEAST, LOCALITY_LEAST_TIMED = 10, 5
"""Fewest of which it is said where a B-tree would put them: chance orders a few random ones.

Fewer do where the time inside them is believed."""

ENTROPY_LEAST = 16
"""Fewest of which entropy is stated: n of them can't show more than log2(n) bits a place."""

EDGE_SHARE = 0.9
"""Share of pairs in order from which on an index grows at one edge."""

US_NS = 1_000
_RANDOM = {"uuid4", "nanoid"}
_MACHINES = {"snowflake": "machine (worker number)", "objectid": "machine (process), a count"}


class Member(NamedTuple):
    """One identifier of the field. ``seen_us`` is wall-clock time, None where unknown."""

    value: str
    decided: Decided
    created_us: int | None
    appearance: Appearance
    seen_us: int | None
    collided: bool
    is_created_here: bool

    @property
    def embedded_us(self) -> int | None:
        embedded = self.decided.embedded
        return embedded if isinstance(embedded, int) else None


def describe(field: str, members: Sequence[Member]) -> IdentifierOrder:
    """The figures of a field's identifiers, all of one kind, each value once."""
    decided = members[0].decided
    basis, judged = _judged(members)
    created = _created_ranks(judged, basis)
    text = _text_ranks(judged)
    order = compare_orders(created, text)
    pairs = order.concordant + order.discordant
    few = _few(basis, len(judged), pairs)
    timed = [member for member in members if member.embedded_us is not None]
    skew, skew_n, against = _skew(timed)
    together, without_ms = _together(judged, created, text), _without_ms(timed)
    return IdentifierOrder(
        field=field,
        kind=decided.kind,
        n=len(members),
        basis=basis,
        judged=len(judged),
        pairs=pairs,
        time_ordered_share=few or order.concordant / pairs,
        inversions=few or order.discordant,
        kendall_tau=few or (Unmeasurable(_NO_PAIRS) if order.tau is None else order.tau),
        same_ms_pairs=without_ms or together.pairs,
        same_ms_inversions=without_ms or together.reversed,
        entropy_bits=_entropy(members),
        collisions=_collisions(members),
        resolution_ns=decided.resolution_us * US_NS if timed else None,
        clock_skew_ns=skew,
        skew_n=skew_n,
        skew_against=against,
        believed=bool(timed),
        why=_why(members, timed),
        leaks=_leaks(members, timed),
        locality=few or _locality(len(judged), bool(timed), order, together),
    )


_NO_PAIRS = "all of them appeared together, and no creation times tell them apart"


def _judged(members: Sequence[Member]) -> tuple[str, list[Member]]:
    """By what their order is judged, and those of which it is known.

    Creation times if the service states them of most; two clocks are never mixed.
    """
    stated = [member for member in members if member.created_us is not None]
    if len(stated) >= 2 and 2 * len(stated) >= len(members):
        return "creation time", stated
    seen = [member for member in members if member.appearance.at_ns != NEVER_NS]
    return ("first appearance", seen) if seen else ("", [])


def _created_ranks(members: Sequence[Member], basis: str) -> Numbers:
    """Ranks in time; of equal creation times the first to appear is the older."""
    keys: list[Any] = (
        [(member.created_us, member.appearance) for member in members]
        if basis == "creation time"
        else [member.appearance for member in members]
    )
    return _ranks(keys)


def _text_ranks(members: Sequence[Member]) -> Numbers:
    """Ranks as an index of the text would have them; Snowflakes are kept as numbers."""
    kind = members[0].decided.kind if members else ""
    if kind == "snowflake":
        return _ranks([int(member.value) for member in members])
    if kind.startswith(("uuid", "ulid", "chatgpt")):  # whose letters have no case
        return _ranks([member.value.casefold() for member in members])
    return _ranks([member.value for member in members])


def _ranks(keys: Sequence[Any]) -> Numbers:
    rank = {key: index for index, key in enumerate(sorted(set(keys)))}
    return np.array([rank[key] for key in keys], dtype=np.int64)


def _few(basis: str, judged: int, pairs: int) -> Unmeasurable | None:
    if not basis:
        return Unmeasurable("neither creation times nor the moments of their appearance are known")
    if judged < ORDER_LEAST:
        return Unmeasurable(f"only {judged} of known order; at least {ORDER_LEAST} are needed")
    return None if pairs else Unmeasurable(_NO_PAIRS)


class _Together(NamedTuple):
    """Pairs of one embedded time whose order in time is known, and the reversed ones."""

    pairs: int
    reversed: int


def _together(judged: Sequence[Member], created: Numbers, text: Numbers) -> _Together:
    chosen = [index for index, member in enumerate(judged) if member.embedded_us is not None]
    # The time inside leads in both orders, so that only pairs of one time can disagree.
    times = _ranks([judged[index].embedded_us for index in chosen]) * len(judged)
    order = compare_orders(times + created[chosen], times + text[chosen])
    runs = np.unique(times, return_counts=True)[1]
    across = len(chosen) * (len(chosen) - 1) // 2 - int((runs * (runs - 1) // 2).sum())
    return _Together(order.concordant + order.discordant - across, order.discordant)


def _without_ms(timed: Sequence[Member]) -> Unmeasurable | None:
    """Why nothing can be said of single milliseconds, if so."""
    if not timed:
        return Unmeasurable("no time inside them that is believed")
    if timed[0].decided.resolution_us > US_NS:
        return Unmeasurable("the time inside them has whole seconds only")
    return None


def _entropy(members: Sequence[Member]) -> float | Unmeasurable:
    """Bits of Shannon entropy seen, place by place, as if places were independent: at most."""
    n = len(members)
    if n < ENTROPY_LEAST:
        return Unmeasurable(f"fewer than {ENTROPY_LEAST} of them")
    texts = np.array([member.value.encode("ascii") for member in members])
    places = texts.view(np.uint8).reshape(n, -1)
    bits = 0.0
    for place in places.T:
        counts = np.bincount(place)
        shares = counts[counts > 0] / n
        bits -= float((shares * np.log2(shares)).sum())
    return max(0.0, bits)


def _collisions(members: Sequence[Member]) -> int | Unmeasurable:
    """Values that named two things of different creation times in one document."""
    if not any(member.is_created_here for member in members):
        return Unmeasurable("no creation times beside them tell one thing from another")
    return sum(member.collided for member in members)


def _skew(timed: Sequence[Member]) -> tuple[int | Unmeasurable, int, str]:
    """The median of embedded − stated time, or how far a time is ahead of its appearance; of
    how many, and against what.

    The stated time is cut to the embedded one's resolution first.
    """
    stated = [
        (embedded - member.created_us // step * step)
        for member in timed
        if (embedded := member.embedded_us) is not None and member.created_us is not None
        for step in (member.decided.resolution_us,)
    ]
    if stated:
        return round(statistics.median(stated) * US_NS), len(stated), "creation time"
    seen = [
        embedded - member.seen_us
        for member in timed
        if (embedded := member.embedded_us) is not None and member.seen_us is not None
    ]
    if seen:
        return max(seen) * US_NS, len(seen), "first appearance"
    return Unmeasurable("no time inside them that is believed and can be compared"), 0, ""


def _why(members: Sequence[Member], timed: Sequence[Member]) -> str:
    counts = Counter(member.decided.why for member in timed or members)
    most = max(counts, key=lambda why: (counts[why], why))
    return most if not timed or len(timed) == len(members) else f"{most}; {len(timed)} here"


def _leaks(members: Sequence[Member], timed: Sequence[Member]) -> str:
    kind = members[0].decided.kind
    if timed:
        fine = "ms" if timed[0].decided.resolution_us <= US_NS else "s"
        machine = _MACHINES.get(kind, "")
        if kind in ("uuid1", "uuid6"):
            machine = next(filter(None, (machine_of(member.value) for member in timed)), "")
        return ", ".join(filter(None, (f"creation time ({fine})", "order", machine)))
    return "nothing" if kind in _RANDOM else "nothing known"


def _locality(
    judged: int, is_timed: bool, order: Agreement, together: _Together
) -> str | Unmeasurable:
    """Where new rows of such a key go in an index of it.

    Those of one embedded time go to the same few pages, in whatever order.
    """
    least = LOCALITY_LEAST_TIMED if is_timed else LOCALITY_LEAST
    if judged < least:
        return Unmeasurable(f"only {judged} of known order; at least {least} are needed")
    pairs = order.concordant + order.discordant - together.pairs
    if pairs == 0:
        return Unmeasurable("all of them were made at one time, as far as the time inside tells")
    share = 1 - (order.discordant - together.reversed) / pairs
    if share >= EDGE_SHARE:
        return "right edge"
    return "left edge" if share <= 1 - EDGE_SHARE else "scattered"
