"""The question: which lists were read page by page, and what did that cost?"""

from collections.abc import Sequence

from analyzer.analyses.pagination.asking import clean
from analyzer.analyses.pagination.cost import BUDGET_MS
from analyzer.analyses.pagination.pages import Page, read_page
from analyzer.analyses.pagination.rows import PageRequest, PaginationFound, PaginationWalk
from analyzer.analyses.pagination.shifts import Missed, find_missed
from analyzer.analyses.pagination.summary import ReadWalk, summarise
from analyzer.analyses.pagination.tally import Tally, tally, total_of
from analyzer.analyses.pagination.waits import Waits
from analyzer.analyses.pagination.walks import Walk, group
from analyzer.analyses.questions import Question, Unanswered, Whole
from analyzer.model import CaptureHead, Exchange

PAGES_LIMIT = 100_000
"""Most pages of a capture that are kept until its end."""

ITEMS_LIMIT = 500_000
"""Most items of a capture whose ids are kept; pages beyond are left out, and that is said."""

MAYBE_LIMIT = 2_000
"""Most answers with a list that nothing calls a page yet: they may be the first of a walk."""


class PaginationQuestion(Question[PaginationFound]):
    """``budget_ms``: how long a page may take before it is felt."""

    def __init__(self, head: CaptureHead, budget_ms: float = BUDGET_MS) -> None:
        super().__init__(head)
        self._budget_ms = budget_ms
        self._pages: dict[int, Page] = {}
        self._items = 0
        self._maybe = 0
        self._left_out = 0

    def exchange(self, exchange: Exchange, /) -> None:
        """Of two with one number the later counts."""
        former = self._pages.pop(exchange.exchange, None)
        self._items -= _items(former)
        page = read_page(exchange)
        if page is None:
            return
        items = _items(page)
        if not (page.asked.certain or page.announced):
            self._maybe += 1
            if self._maybe > MAYBE_LIMIT:
                return
        if len(self._pages) >= PAGES_LIMIT or self._items + items > ITEMS_LIMIT:
            self._left_out += 1
            return
        self._pages[page.exchange] = page
        self._items += items

    def finish(self, whole: Whole, /) -> PaginationFound:
        waits = Waits(whole.measured)
        pages = [page for page in self._pages.values() if page.exchange in waits]
        untimed = self.head.clock == "none"
        pages.sort(key=lambda page: (0 if untimed else page.sent_ns or 0, page.exchange))
        walks = group(pages)
        tallies = [tally(walk) for walk in walks]
        missed = _missed(self.head, walks, tallies)
        requests: list[PageRequest] = []
        found: list[PaginationWalk] = []
        for number, walk in enumerate(walks, 1):
            counted, lost = tallies[number - 1], missed[number - 1]
            taken = waits.of_walk([(page.exchange, page.server_ns) for page, _ in walk.pages])
            read = ReadWalk(walk.pages, counted, lost, taken)
            requests += _requests(number, read)
            found.append(summarise(self.head, number, read, self._budget_ms))
        return PaginationFound(
            unanswered=self._unanswered(bool(walks)),
            page_requests=tuple(requests),
            pagination_walks=tuple(found),
        )

    def _unanswered(self, any_walk: bool) -> tuple[Unanswered, ...]:
        found = []
        if any_walk and self.head.clock == "none":
            reason = "this capture has no times"
            found.append(Unanswered("pagination", "wait against depth", reason))
        if self._left_out:
            reason = (
                f"{self._left_out:,} pages were left out: of one capture at most "
                f"{PAGES_LIMIT:,} pages with {ITEMS_LIMIT:,} items are compared"
            )
            found.append(Unanswered("pagination", "pages", reason))
        return tuple(found)


def _requests(number: int, read: ReadWalk) -> list[PageRequest]:
    brought, waits = read.counted.brought, read.waits
    return [
        PageRequest(
            exchange=page.exchange,
            walk_id=number,
            page=index,
            role=role,
            style=page.asked.style or "first",
            position=clean(page.asked.position),
            depth=brought[index].depth,
            limit=page.limit,
            items=brought[index].items,
            total=total_of(page),
            ttfb_ns=waits[index].ttfb_ns,
            server_ns=waits[index].server_ns,
            server_time_source=waits[index].source,
            bytes=page.bytes,
            duplicates=brought[index].duplicates,
            missed=read.missed.pages[index],
            new_items=brought[index].new_items,
            wasted_bytes=brought[index].wasted_bytes,
        )
        for index, (page, role) in enumerate(read.pages)
    ]


def _missed(head: CaptureHead, walks: Sequence[Walk], tallies: Sequence[Tally]) -> list[Missed]:
    """What each walk missed; walks over one list are held against each other."""
    lists: dict[bytes, list[int]] = {}
    for index, walk in enumerate(walks):
        lists.setdefault(walk.pages[0][0].asked.key, []).append(index)
    found: dict[int, Missed] = {}
    for indices in lists.values():
        answers = find_missed(
            head, [walks[index] for index in indices], [tallies[index] for index in indices]
        )
        found.update(zip(indices, answers, strict=True))
    return [found[index] for index in range(len(walks))]


def _items(page: Page | None) -> int:
    return len(page.listing.items) if page and page.listing else 0
