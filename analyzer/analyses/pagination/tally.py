"""What the pages of one walk brought: rows that came twice, how far it got, its order."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from analyzer.analyses.pagination import names
from analyzer.analyses.pagination.asking import NUMBER_LIMIT, clean, whole_number
from analyzer.analyses.pagination.names import bare
from analyzer.analyses.pagination.pages import Page
from analyzer.analyses.pagination.walks import Walk, is_start
from analyzer.model import Unmeasurable

_NO_TOTAL = Unmeasurable("the service states no total")
_NO_ITEMS = Unmeasurable("no page of the walk shows its items")


class Brought(msgspec.Struct, frozen=True):
    """One request's rows, counted in the order of its walk."""

    items: int | Unmeasurable
    duplicates: int | Unmeasurable
    new_items: int | Unmeasurable
    wasted_bytes: int | Unmeasurable
    depth: int | Unmeasurable


class Tally(msgspec.Struct, frozen=True):
    """A walk's rows. ``seen`` are all ids; ``brought`` runs parallel to its pages.

    ``end_seen`` says by what the end of the list was recognised; empty if it was not reached.
    ``sorted_by`` is a member's name and ``asc`` or ``desc``. ``unbroken``: it began with the
    first row, and every page begins no deeper than the one before ended.
    """

    brought: tuple[Brought, ...]
    seen: frozenset[str]
    named: str | Unmeasurable
    page_size: int | Unmeasurable
    row_bytes: int | Unmeasurable
    total: int | Unmeasurable
    end_seen: str
    sorted_by: tuple[str, str] | None
    unbroken: bool

    @property
    def is_whole(self) -> bool:
        """It read from the list's first row to its last."""
        return self.unbroken and bool(self.end_seen)


def tally(walk: Walk) -> Tally:
    size = _page_size(walk)
    named = _named(walk)
    seen: set[str] = set()
    depths = _depths(walk, size)
    brought = tuple(
        _count(page, seen, named, depth)
        for (page, _), depth in zip(walk.pages, depths, strict=True)
    )
    return Tally(
        brought=brought,
        seen=frozenset(seen),
        named=named,
        page_size=size,
        row_bytes=_row_bytes(walk),
        total=_total(walk),
        end_seen=_end_seen(walk, size) or _total_reached(walk, brought),
        sorted_by=_sorted_by(walk),
        unbroken=_is_unbroken(walk, brought),
    )


def total_of(page: Page) -> int | Unmeasurable:
    """What one page states as the list's total, hint or not."""
    listing = page.listing
    if listing is None:
        return Unmeasurable(page.why)
    return _NO_TOTAL if listing.total is None else listing.total


def _count(
    page: Page, seen: set[str], named: str | Unmeasurable, depth: int | Unmeasurable
) -> Brought:
    if page.listing is None:
        hidden = Unmeasurable(page.why)
        return Brought(hidden, hidden, hidden, hidden, depth)
    items = page.listing.items
    if isinstance(named, Unmeasurable):
        return Brought(len(items), named, named, named, depth)
    fresh = wasted = 0
    for item in items:
        if item.id in seen:
            wasted += item.size
        else:
            fresh += 1
            seen.add(item.id)
    return Brought(len(items), len(items) - fresh, fresh, wasted, depth)


def _good(walk: Walk) -> list[Page]:
    return [page for page, role in walk.pages if role != "failed"]


def _named(walk: Walk) -> str | Unmeasurable:
    """The member by which all pages of the walk name their items."""
    found = {p.listing.named_by for p in _good(walk) if p.listing and p.listing.items}
    if not found:
        return "" if any(p.listing for p in _good(walk)) else _NO_ITEMS
    if "" in found:
        return Unmeasurable("the items have no id")
    if len(found) > 1:
        return Unmeasurable("the pages name their items by different members")
    return found.pop()


def _page_size(walk: Walk) -> int | Unmeasurable:
    """Rows of a full page: the most common length, of equally common ones the longest.

    The limit that was asked for stands in where no page shows its items.
    """
    lengths = Counter(len(p.listing.items) for p in _good(walk) if p.listing and p.listing.items)
    if lengths:
        return max(lengths, key=lambda length: (lengths[length], length))
    limits = [page.limit for page in _good(walk) if page.limit]
    return limits[0] if limits else _NO_ITEMS


def _depths(walk: Walk, size: int | Unmeasurable) -> list[int | Unmeasurable]:
    """Rows before each request's page: as the offset says, or as the walk has passed them.

    Page numbers count from 1, or from 0 where the walk asks for page 0.
    """
    numbers = [whole_number(page.asked.position) for page, _ in walk.pages]
    first = 0 if "0" in (page.asked.position for page, _ in walk.pages) else 1
    depths: list[int | Unmeasurable] = []
    passed: dict[str, int | Unmeasurable] = {}
    walked: int | Unmeasurable = 0
    for (page, role), number in zip(walk.pages, numbers, strict=True):
        style = page.asked.style
        if style == "offset" and number is not None:
            depths.append(number)
        elif style == "page" and number is not None:
            step = page.limit or size
            depths.append(step if isinstance(step, Unmeasurable) else _rows(number - first, step))
        else:
            depths.append(passed.setdefault(page.asked.position + page.asked.target, walked))
        if role == "page" and isinstance(walked, int):
            hidden = Unmeasurable("a page before it does not show its items")
            walked = walked + len(page.listing.items) if page.listing else hidden
    return depths


def _rows(pages: int, size: int) -> int | Unmeasurable:
    rows = pages * size
    return rows if rows < NUMBER_LIMIT else Unmeasurable("no list is as deep as that")


def _row_bytes(walk: Walk) -> int | Unmeasurable:
    sizes = sorted(item.size for p in _good(walk) if p.listing for item in p.listing.items)
    return sizes[len(sizes) // 2] if sizes else _NO_ITEMS


def _total(walk: Walk) -> int | Unmeasurable:
    """The last total that the service stated, unless it may only hint that more follows.

    Some services state one more than what they have shown so far.
    """
    stated = [(p, p.listing, p.listing.total) for p in _good(walk) if p.listing]
    known = [(page, listing, total) for page, listing, total in stated if total is not None]
    if not known:
        return _NO_TOTAL if stated else _NO_ITEMS
    full = [
        (total, len(listing.items), whole_number(page.asked.position) or 0)
        for page, listing, total in known
        if listing.items and len(listing.items) >= (page.limit or 0)
    ]
    if full and all(total in {n + 1, at + n + 1} for total, n, at in full):
        return Unmeasurable(
            f"the service states {known[-1][2]:,}, always one more than its pages have shown: "
            f"that may only hint that more follows"
        )
    return known[-1][2]


def _end_seen(walk: Walk, size: int | Unmeasurable) -> str:
    """By what the end of the list was recognised, its total aside."""
    reading = [(p, p.listing) for p, role in walk.pages if role == "page" and p.listing]
    if not reading:
        return ""
    page, listing = reading[-1]
    if page.asked.backwards:
        return ""
    if listing.more is False or (listing.says_next and not listing.next and not page.targets):
        return "the service says that nothing follows"
    if not listing.items:
        return "an empty page"
    if listing.more or page.targets or (listing.next and listing.says_next):
        return ""
    # One short page alone may be as much as the service ever gives at once.
    full = page.limit if listing.limit or len(reading) == 1 else size
    if listing.limit is None and len(reading) == 1 and page.asked.limit is None:
        return ""
    return "a short page" if isinstance(full, int) and len(listing.items) < full else ""


def _total_reached(walk: Walk, brought: Sequence[Brought]) -> str:
    """A total is believed if pages at several depths state it, and no page says more."""
    if isinstance(_total(walk), Unmeasurable):
        return ""
    ends = [
        (one.depth + len(page.listing.items), page.listing.total)
        for (page, role), one in zip(walk.pages, brought, strict=True)
        if role == "page" and page.listing and isinstance(one.depth, int)
    ]
    ends = ends if len(ends) > 1 else []
    reached = bool(ends) and ends[-1][1] is not None and ends[-1][0] >= ends[-1][1]
    return "the stated total" if reached else ""


def _sorted_by(walk: Walk) -> tuple[str, str] | None:
    """The member that sorts every page one way; what the request names, then times, win."""
    pages = [p for p in _good(walk) if p.listing and len(p.listing.items) > 1]
    if not pages or pages[0].listing is None:
        return None
    kept = dict(pages[0].listing.sorted_by)
    for page in pages[1:]:
        more = page.listing.sorted_by if page.listing else {}
        kept = {name: way for name, way in kept.items() if more.get(name) == way}
    if not kept:
        return None
    asked = bare(pages[0].asked.order)
    ranked: Sequence[str] = sorted(kept, key=lambda name: _unlikely(name, asked))
    return clean(ranked[0]), kept[ranked[0]]


def _unlikely(name: str, asked: str) -> tuple[bool, ...]:
    """Smallest for the likeliest. A time of change also tells which rows have not moved."""
    short = bare(name)
    # "updated" asks for "update_time": their beginnings are alike.
    named = bool(asked) and (asked[:5] in short or short in asked)
    return not named, short not in names.UPDATED, short not in names.CREATED, short != "id"


def _is_unbroken(walk: Walk, brought: Sequence[Brought]) -> bool:
    reached = 0
    if not is_start(walk.pages[0][0]):
        return False
    for (page, role), one in zip(walk.pages, brought, strict=True):
        if role != "page":
            continue
        if isinstance(one.depth, Unmeasurable) or one.depth > reached:
            return False
        reached = one.depth + (len(page.listing.items) if page.listing else 0)
    return True
