"""Rows that slipped past a walk because they moved while its pages were read.

A row that came twice is seen; one that never came has to be inferred, from three kinds of
evidence, the strongest first:

- *listed again*: the same list, loaded after the walk, shows a row that the walk never had
  though it had been there: it was listed before the walk as well, or was created before the
  walk began. It counts if the walk read to the end of the list, or if the row has not moved
  since before the walk began and stands where the walk had passed.
- *total*: the totals that the service states account for the rows that came twice.
- *nothing moved*: the same total first and last, and no row twice; *one page*: nothing could.

Anything else is Unmeasurable: a list that is never loaded again does not show what was missed.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import inf

import msgspec

from analyzer.analyses.pagination import names
from analyzer.analyses.pagination.cost import BY_ROW
from analyzer.analyses.pagination.listing import Item
from analyzer.analyses.pagination.names import bare
from analyzer.analyses.pagination.pages import Page
from analyzer.analyses.pagination.tally import Tally
from analyzer.analyses.pagination.walks import Walk
from analyzer.model import CaptureHead, Unmeasurable

LATER_LOADS = 8
"""Walks over the same list after a walk, and before it, that are held against it."""


class Missed(msgspec.Struct, frozen=True):
    """``how`` names the evidence; ``pages`` runs parallel to the walk's requests."""

    items: int | Unmeasurable
    how: str
    pages: tuple[int | Unmeasurable, ...]


class _Moved(msgspec.Struct, frozen=True):
    """A row that was missed, and when it moved (Unix seconds of the service), if it did."""

    item: Item
    moved_s: float | None


def find_missed(head: CaptureHead, walks: Sequence[Walk], tallies: Sequence[Tally]) -> list[Missed]:
    """For each of the walks over one list, in the order in which they began."""
    found = []
    for index, (walk, counted) in enumerate(zip(walks, tallies, strict=True)):
        after = walks[index + 1 : index + 1 + LATER_LOADS]
        before = tallies[max(index - LATER_LOADS, 0) : index]
        found.append(_missed(head, walk, counted, after, before))
    return found


def _missed(
    head: CaptureHead, walk: Walk, counted: Tally, after: Sequence[Walk], before: Sequence[Tally]
) -> Missed:
    reading = [page for page, role in walk.pages if role == "page"]
    if isinstance(counted.named, Unmeasurable):
        return _everywhere(walk, counted.named)
    if any(page.listing is None for page in reading):
        return _everywhere(walk, Unmeasurable("a page of the walk does not show its items"))
    if len(reading) == 1:
        return Missed(0, "one page", (0,) * len(walk.pages))
    later = _listed_after(walk, after)
    known = frozenset[str]().union(*(one.seen for one in before))
    slipped = _slipped(head, walk, counted, later, known)
    if slipped:
        return Missed(len(slipped), "listed again", _placed(head, walk, counted, slipped))
    return _by_total(walk, counted, reading, later)


def _listed_after(walk: Walk, after: Sequence[Walk]) -> dict[str, Item]:
    """Rows of the same list that were sent for once the walk had sent for its last page."""
    end = walk.last.sent_ns
    return {
        item.id: item
        for other in after
        for page, _ in other.pages
        if page.listing and page.listing.named_by and (end is None or _sent(page) >= end)
        for item in page.listing.items
    }


def _slipped(
    head: CaptureHead, walk: Walk, counted: Tally, later: dict[str, Item], known: frozenset[str]
) -> list[_Moved]:
    began_s, floor = _began_s(head, walk), _deepest_rank(walk, counted)
    found = []
    for item in later.values():
        if item.id in counted.seen:
            continue
        created = item.created_s
        was_there = item.id in known or (
            created is not None and began_s is not None and created < began_s
        )
        if not was_there:
            continue
        rank = _rank(item, counted)
        unmoved = rank is not None and began_s is not None and rank < began_s
        passed = unmoved and rank is not None and floor is not None and rank > floor
        if counted.is_whole or passed:
            found.append(_Moved(item, None if unmoved else rank))
    return found


def _began_s(head: CaptureHead, walk: Walk) -> float | None:
    """When the walk began, in Unix seconds: by the service's clock or the capture's.

    The earlier of the two, so that no skew makes a new row look old.
    """
    first = walk.pages[0][0]
    clocks = [first.date_s]
    if head.clock != "none" and first.sent_ns is not None:
        clocks.append((head.wall_ns + first.sent_ns - head.mono_ns) / 1e9)
    return min((one for one in clocks if one is not None), default=None)


def _rank(item: Item, counted: Tally) -> float | None:
    """The time that the list is sorted by, newest first; None if it is sorted otherwise."""
    if counted.sorted_by is None or counted.sorted_by[1] != "desc":
        return None
    name = bare(counted.sorted_by[0])
    if name in names.UPDATED:
        return item.updated_s
    return item.created_s if name in names.CREATED else None


def _deepest_rank(walk: Walk, counted: Tally) -> float | None:
    """Where the walk got to. Jumps leave holes, so only an unbroken walk passed everything."""
    ranks: list[float] = []
    for page, role in walk.pages if counted.unbroken else ():
        if role == "page" and page.listing is not None:
            ranks += [r for item in page.listing.items if (r := _rank(item, counted)) is not None]
    return min(ranks, default=None)


def _placed(
    head: CaptureHead, walk: Walk, counted: Tally, slipped: Sequence[_Moved]
) -> tuple[int | Unmeasurable, ...]:
    """Each missed row at the first page that was sent for after it had moved.

    A row that has stood still was passed by the first page that holds a row from behind it.
    """
    reading = [index for index, (_, role) in enumerate(walk.pages) if role == "page"][1:]
    pages = [walk.pages[index][0] for index in reading]
    sent = [_wall_s(head, page) for page in pages]
    # Running minima and times both run one way, so each row is placed by bisection.
    reached = list(accumulate((-_least_rank(page, counted) for page in pages), max))
    counts = dict.fromkeys(reading, 0)
    for one in slipped:
        rank = _rank(one.item, counted)
        if one.moved_s is not None:
            at = bisect_right(sent, one.moved_s)
        else:
            at = len(reading) if rank is None else bisect_right(reached, -rank)
        counts[reading[min(at, len(reading) - 1)]] += 1
    return tuple(counts.get(index, 0) for index in range(len(walk.pages)))


def _least_rank(page: Page, counted: Tally) -> float:
    items = page.listing.items if page.listing else ()
    ranks = [rank for item in items if (rank := _rank(item, counted)) is not None]
    return min(ranks, default=inf)


def _wall_s(head: CaptureHead, page: Page) -> float:
    if head.clock == "none" or page.sent_ns is None:
        return -inf
    return (head.wall_ns + page.sent_ns - head.mono_ns) / 1e9


def _by_total(
    walk: Walk, counted: Tally, reading: Sequence[Page], later: dict[str, Item]
) -> Missed:
    """What rows that came twice and the stated totals say together.

    A new row on top pushes one row onto the next page, and the total grows; a row that moves
    up pushes one, too, and the total stays. So as many rows came twice as the total grew:
    all were new, and none was missed. More came twice: these moved up from where the walk had
    yet to come, and if it read on to the end, as many are missing among its rows.
    """
    twice = sum(b.duplicates for b in counted.brought if isinstance(b.duplicates, int))
    totals = [page.listing.total for page in reading if page.listing]
    first, last = totals[0], totals[-1]
    if first is None or last is None or isinstance(counted.total, Unmeasurable):
        return _everywhere(walk, Unmeasurable(_why_not(twice, later)))
    grew, absent = last - first, first - len(counted.seen)
    if reading[0].asked.style in BY_ROW and counted.unbroken:
        if grew >= 0 and twice == grew:
            how = "total" if grew else "nothing moved"
            return Missed(0, how, (0,) * len(walk.pages))
        if counted.is_whole and 0 <= grew < twice and absent == twice - grew:
            where = Unmeasurable("the total tells how many were missed, not where")
            return Missed(absent, "total", _first_known(walk, where))
        if grew < 0:
            why = f"{-grew:,} rows went away meanwhile: as many or fewer may have slipped past"
            return _everywhere(walk, Unmeasurable(why))
    elif counted.is_whole and not absent:
        return Missed(0, "total", (0,) * len(walk.pages))
    return _everywhere(walk, Unmeasurable(_why_not(twice, later)))


def _why_not(twice: int, later: dict[str, Item]) -> str:
    moved = f"rows moved ({twice:,} came twice)" if twice else "rows may have moved"
    if later:
        return f"{moved}, and what the list showed later does not tell whether any slipped past"
    return f"{moved}, and the list was not loaded again to show what slipped past"


def _everywhere(walk: Walk, why: Unmeasurable) -> Missed:
    return Missed(why, "", _first_known(walk, why))


def _first_known(walk: Walk, why: Unmeasurable) -> tuple[int | Unmeasurable, ...]:
    """Before its first page nothing can slip past a walk."""
    return (0, *(why for _ in walk.pages[1:]))


def _sent(page: Page) -> int:
    return page.sent_ns if page.sent_ns is not None else 0
