"""Which pages belong together: one after the other over one list.

Every page says which positions may come next (the row after its last one, the next page's
number, a cursor, an item's id, an address). A request for such a position goes on with that
walk. A request for what the walk had already is a repeat, a restart at the beginning a new
walk: so two walks over one list can run at once, as two tabs make them.
"""

from collections.abc import Iterator, Sequence

from analyzer.analyses.pagination.pages import Page, Role

WAITING_LIMIT = 64
"""Most walks of a list that are held to wait for one and the same position."""

type _Place = tuple[bytes, str]


class Walk:
    """Pages in the order in which they were sent, each with its role."""

    def __init__(self) -> None:
        self.pages: list[tuple[Page, Role]] = []
        self.expected: set[_Place] = set()
        self._had: set[_Place] = set()
        self._downward = False

    @property
    def last(self) -> Page:
        return self.pages[-1][0]

    @property
    def brought(self) -> bool:
        return any(role != "failed" for _, role in self.pages)

    @property
    def is_list(self) -> bool:
        """Whether the traffic carries it: one certain page, or several that are linked."""
        good = [page for page, role in self.pages if role != "failed"]
        return bool(good) and (
            len(good) > 1 or any(page.asked.certain or page.announced for page in good)
        )

    def had(self, place: _Place) -> bool:
        return place in self._had

    def add(self, page: Page, place: _Place) -> None:
        role: Role = "failed" if page.failed else "repeat" if place in self._had else "page"
        if role == "page" and self.brought:
            self._downward = _number(page) < _number(self.last)
        self.pages.append((page, role))
        if role == "failed":
            # Its place still waits to be filled, beside what waited before.
            self.expected.add(place)
            return
        self._had.add(place)
        if role == "page":
            self.expected = {one for one in self._following(page) if one not in self._had}

    def _following(self, page: Page) -> Iterator[_Place]:
        """Every place by which the next page may be asked for."""
        key, asked, listing = page.asked.key, page.asked, page.listing
        yield from ((b"", target) for target in page.targets)
        if asked.style in {"offset", ""}:
            yield from ((key, f"offset {row}") for row in self._offsets(page))
        if asked.style == "page" and _number(page) > 1 + (not self._downward):
            yield key, f"page {_number(page) - 1}"
        if asked.style in {"page", ""}:
            yield key, f"page {max(_number(page), 1 - (asked.style == 'page')) + 1}"
        if listing is None:
            return
        tokens = {*listing.next, *listing.previous}
        if listing.items and listing.named_by:
            tokens |= {listing.items[-1].id, listing.items[0].id}
        yield from ((key, f"{style} {token}") for token in tokens for style in ("cursor", "after"))

    def _offsets(self, page: Page) -> Iterator[int]:
        at, steps = _number(page), {page.limit or 0}
        if page.listing:
            steps.add(len(page.listing.items))
        for step in steps - {0}:
            yield at + step
            # Only who walks backwards comes to row 0 again; anyone else begins anew.
            if at > step or (at == step and self._downward):
                yield at - step


class Walks:
    """Sorts pages, in the order in which they were sent, into walks."""

    def __init__(self) -> None:
        self.all: list[Walk] = []
        self._waiting: dict[_Place, list[Walk]] = {}
        self._had: dict[_Place, Walk] = {}
        self._latest: dict[bytes, Walk] = {}

    def add(self, page: Page) -> None:
        place = _place(page)
        walk = (
            self._expecting((b"", page.asked.target))
            or self._expecting(place)
            or self._repeated(page, place)
            or self._jumped(page)
        )
        if walk is None:
            walk = Walk()
            self.all.append(walk)
        walk.add(page, place)
        self._had[place] = walk
        self._latest[page.asked.key] = walk
        for following in walk.expected:
            waiting = self._waiting.setdefault(following, [])
            if walk not in waiting[-4:]:
                waiting.append(walk)
                del waiting[:-WAITING_LIMIT]

    def _expecting(self, place: _Place) -> Walk | None:
        """The walk that waits for this place, the one that moved last first."""
        waiting = self._waiting.get(place, [])
        while waiting:
            walk = waiting.pop()
            if place in walk.expected:
                return walk
        return None

    def _repeated(self, page: Page, place: _Place) -> Walk | None:
        """The walk that had this very page.

        At the beginning of a list that is a restart, unless the first request had not been
        answered yet.
        """
        walk = self._had.get(place)
        if walk is None or not walk.had(place):
            return None
        if not is_start(page):
            return walk
        if len(walk.pages) > 1 or page.sent_ns is None or walk.last.sent_ns is None:
            return None
        ended = walk.last.ended_ns
        return walk if ended is None or ended > page.sent_ns else None

    def _jumped(self, page: Page) -> Walk | None:
        """A walk over the same list that jumped to another part of it, or hides its cursors."""
        latest = self._latest.get(page.asked.key)
        if latest is None or is_start(page) or page.asked.style != latest.last.asked.style:
            return None
        if page.asked.style in {"offset", "page"}:
            return latest
        hidden = latest.last.listing is None and not latest.last.failed
        return latest if hidden else None


def group(pages: Sequence[Page]) -> list[Walk]:
    """The walks of these pages, which are in the order in which they were sent."""
    walks = Walks()
    for page in pages:
        walks.add(page)
    return [walk for walk in walks.all if walk.is_list]


def _place(page: Page) -> _Place:
    return page.asked.key, f"{page.asked.style} {page.asked.position}".strip()


def _number(page: Page) -> int:
    """The offset or page number; 0 for anything else."""
    numbered = page.asked.style in {"offset", "page"}
    return int(page.asked.position) if numbered else 0


def is_start(page: Page) -> bool:
    """Whether it asks for the beginning of the list."""
    position, style = page.asked.position, page.asked.style
    return position in {"", "0"} or (style == "page" and position == "1")
