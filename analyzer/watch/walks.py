"""Lists that are being read page by page, recognised as the analysis of pages does it."""

import msgspec

from analyzer.analyses.latency import measure_times
from analyzer.analyses.pagination.asking import clean
from analyzer.analyses.pagination.pages import Page, read_page
from analyzer.analyses.pagination.summary import style_of
from analyzer.analyses.pagination.tally import tally
from analyzer.analyses.pagination.walks import Walk, group
from analyzer.model import Clock, Exchange

PAGES_KEPT = 2_000
"""Most pages that are remembered; beyond it the half that came first is forgotten."""

ITEMS_KEPT = 100_000
"""Most items of these pages whose ids are remembered; the same holds beyond it."""

WALKS_KEPT = 100
"""Walks that have a row: those that moved last."""

WAITS_KEPT = 60
"""Newest waits of a walk that its row holds."""


class WalkRow(msgspec.Struct, frozen=True):
    """One list that was read page by page, as far as it came.

    ``number`` is the exchange of its first page. ``style``: ``offset``, ``page``, ``cursor``,
    ``after``, or ``link`` where the answers gave the next page's address. ``depth`` is how
    many rows lie before its deepest page and ``items`` how many it brought; None where the
    capture does not show. ``waits``: depth and time to headers in ns of its newest pages, in
    order. ``last_ns`` is when its last page was whole; ``end_seen`` by what the list's end
    was recognised, empty as long as there may be more.
    """

    number: int
    method: str
    endpoint: str
    filters: str
    style: str
    pages: int
    repeats: int
    failures: int
    items: int | None
    total: int | None
    depth: int | None
    last_wait_ns: int | None
    waits: tuple[tuple[int, int], ...]
    started_ns: int | None
    last_ns: int | None
    end_seen: str = ""


class SeenWalks:
    """Feed it exchanges that ended; ``rows`` are in the order in which walks began."""

    def __init__(self) -> None:
        self.forgotten = 0
        self._pages: dict[int, Page] = {}
        self._waits: dict[int, int] = {}
        self._items = 0
        self._rows: tuple[WalkRow, ...] | None = ()

    def add(self, exchange: Exchange, clock: Clock) -> None:
        page = read_page(exchange)
        if page is None:
            return
        self._forget(page.exchange)
        self._pages[page.exchange] = page
        self._items += _items(page)
        wait_ns = measure_times(exchange, clock).time_to_headers_ns
        if isinstance(wait_ns, int):
            self._waits[page.exchange] = wait_ns
        if len(self._pages) > PAGES_KEPT or self._items > ITEMS_KEPT:
            for number in list(self._pages)[: (len(self._pages) + 1) // 2]:
                self._forget(number)
                self.forgotten += 1
        self._rows = None

    def rows(self) -> tuple[WalkRow, ...]:
        if self._rows is None:
            pages = sorted(self._pages.values(), key=lambda one: (one.sent_ns or 0, one.exchange))
            # Pages can end in another order than they were asked for: all are sorted anew.
            walks = sorted(group(pages), key=_moved_ns)[-WALKS_KEPT:]
            rows = [self._row(walk) for walk in walks]
            self._rows = tuple(sorted(rows, key=lambda row: (row.started_ns or 0, row.number)))
        return self._rows

    def _forget(self, number: int) -> None:
        page = self._pages.pop(number, None)
        self._waits.pop(number, None)
        self._items -= _items(page)

    def _row(self, walk: Walk) -> WalkRow:
        first = walk.pages[0][0]
        counted = tally(walk)
        depths = [one.depth for one in counted.brought]
        known = [depth for depth in depths if isinstance(depth, int)]
        items = [one.items for one in counted.brought if isinstance(one.items, int)]
        waits = [
            (depth, self._waits[page.exchange])
            for (page, role), depth in zip(walk.pages, depths, strict=True)
            if role != "failed" and isinstance(depth, int) and page.exchange in self._waits
        ]
        roles = [role for _, role in walk.pages]
        return WalkRow(
            number=first.exchange,
            method=first.asked.method,
            endpoint=first.asked.endpoint,
            filters=first.asked.filters,
            style=style_of([page for page, role in walk.pages if role != "failed"]),
            pages=roles.count("page"),
            repeats=roles.count("repeat"),
            failures=roles.count("failed"),
            items=sum(items) if items else None,
            total=counted.total if isinstance(counted.total, int) else None,
            depth=max(known) if known else None,
            last_wait_ns=self._waits.get(walk.last.exchange),
            waits=tuple(waits[-WAITS_KEPT:]),
            started_ns=first.sent_ns,
            last_ns=_moved_ns(walk),
            end_seen=clean(counted.end_seen),
        )


def _moved_ns(walk: Walk) -> int:
    page = walk.last
    return page.ended_ns or page.sent_ns or 0


def _items(page: Page | None) -> int:
    return len(page.listing.items) if page and page.listing else 0
