"""Lists that are read page by page are the analysis's own walks, seen while they go on."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from asked import HEAD, ask
from paging import call, offsets

from analyzer.analyses.pagination import PaginationQuestion
from analyzer.importers import read_capture
from analyzer.model import AnyRecord, Problem
from analyzer.watch import WalkRow, Watch
from analyzer.watch.walks import PAGES_KEPT, WAITS_KEPT

MS = 1_000_000
CAPTURES = Path(__file__).parents[2] / "captures"


def walks(records: Sequence[AnyRecord | Problem]) -> tuple[WalkRow, ...]:
    watch = Watch()
    watch.feed([HEAD, *records])
    return watch.snapshot().walks


def test_a_walk_is_seen_page_by_page() -> None:
    records = list(offsets([[1, 2], [3, 4], [5]], total=5, waits_ms=(10, 20, 30)))
    watch = Watch()
    watch.feed([HEAD, *records[: len(records) // 3]])
    (begun,) = watch.snapshot().walks
    watch.feed(records[len(records) // 3 :])
    (whole,) = watch.snapshot().walks

    assert (begun.pages, begun.depth, begun.end_seen) == (1, 0, "")
    assert (whole.number, whole.style, whole.pages, whole.items) == (1, "offset", 3, 5)
    assert (whole.depth, whole.total, whole.end_seen) == (4, 5, "a short page")
    assert whole.waits == ((0, 10 * MS), (2, 20 * MS), (4, 30 * MS))
    assert whole.last_wait_ns == 30 * MS
    assert (whole.started_ns, whole.last_ns) == (1000 * MS, 3031 * MS)


@pytest.mark.parametrize("name", ["good-h2.jsonl", "expiry.jsonl"])
def test_live_is_batch(name: str) -> None:
    """Walks that ended are those of the report."""
    head, *records = read_capture(CAPTURES / name)
    found = ask(PaginationQuestion, [r for r in records if r is not head], head)  # type: ignore[arg-type] # the head is first
    watch = Watch()
    watch.feed([head, *records])
    told = [(w.exchange, w.style, w.pages, w.repeats) for w in found.pagination_walks]

    assert [(w.number, w.style, w.pages, w.repeats) for w in watch.snapshot().walks] == told
    assert told


def test_pages_that_end_in_another_order_are_one_walk() -> None:
    """A page that was asked for before and came after goes before."""
    slow = call(1, "/list?offset=0&limit=2", {"items": [{"id": "a"}, {"id": "b"}]}, wait_ms=3000)
    quick = call(2, "/list?offset=2&limit=2", {"items": [{"id": "c"}, {"id": "d"}]})
    (walk,) = walks([*quick, *slow])

    assert (walk.number, walk.pages, walk.depth) == (1, 2, 2)


def test_what_is_no_list_is_no_walk() -> None:
    assert walks([*call(1, "/me", {"name": "x"}), *call(2, "/list", {"items": [{"id": 1}]})]) == ()


def test_of_too_many_pages_the_earlier_half_is_forgotten() -> None:
    """The walk goes on with the pages that are known."""
    pages = list(offsets([[n] for n in range(PAGES_KEPT + 1)], total=None))
    (walk,) = walks(pages)

    assert walk.pages == PAGES_KEPT // 2
    assert walk.depth == PAGES_KEPT


def test_pages_of_too_many_items_are_too_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.watch.walks.ITEMS_KEPT", 6)
    pages = list(offsets([[1, 2], [3, 4], [5, 6], [7]], total=None))
    (before,) = walks(pages[: len(pages) * 3 // 4])
    (after,) = walks(pages)

    assert (before.pages, before.items) == (3, 6)
    assert (after.pages, after.items, after.number) == (2, 3, 3)


def test_of_too_many_walks_those_that_moved_last_have_a_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("analyzer.watch.walks.WALKS_KEPT", 2)
    records = [
        record
        for number in (1, 2, 3)
        for record in call(
            number, f"/list{number}?offset=0&limit=2", {"items": [{"id": "a"}, {"id": "b"}]}
        )
    ]

    assert [walk.number for walk in walks(records)] == [2, 3]


def test_a_row_holds_the_newest_waits() -> None:
    (walk,) = walks(list(offsets([[n] for n in range(WAITS_KEPT + 2)], total=None)))

    assert [depth for depth, _ in walk.waits] == list(range(2, WAITS_KEPT + 2))
