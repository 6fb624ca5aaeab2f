"""Pagination held against what the lab says that it served."""

from collections import Counter

import pytest
from asked import ask
from recorded import Recorded

from analyzer.analyses.pagination import PageRequest, PaginationFound, PaginationQuestion
from analyzer.importers import read_capture
from analyzer.lab.truth import PageLine
from analyzer.model import CaptureHead

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sessions")]


@pytest.fixture(scope="session")
def found(session: Recorded) -> PaginationFound:
    records = list(read_capture(session.capture))
    head = next(record for record in records if isinstance(record, CaptureHead))
    return ask(PaginationQuestion, records, head)


@pytest.fixture(scope="session")
def served(session: Recorded) -> dict[int, PageLine]:
    """The pages that the lab served, by their exchange."""
    return {session.numbers[line.request]: line for line in session.lines(PageLine)}


def by_walk(found: PaginationFound) -> dict[int, list[PageRequest]]:
    walks: dict[int, list[PageRequest]] = {}
    for one in found.page_requests:
        walks.setdefault(one.walk_id, []).append(one)
    return walks


def test_every_page_that_was_served_is_found_and_no_other(
    found: PaginationFound, served: dict[int, PageLine]
) -> None:
    told = {
        one.exchange: (one.style, one.position, one.limit, one.items) for one in found.page_requests
    }

    assert told == {
        number: (line.style, line.position, line.limit, len(line.ids))
        for number, line in served.items()
    }


def test_totals_are_those_that_were_stated(
    found: PaginationFound, served: dict[int, PageLine]
) -> None:
    for one in found.page_requests:
        stated = served[one.exchange].total
        total = one.total if isinstance(one.total, int) else None

        assert total == stated


def test_rows_that_came_twice_are_counted_as_they_were_served(
    found: PaginationFound, served: dict[int, PageLine]
) -> None:
    for pages in by_walk(found).values():
        had: set[str] = set()
        for one in pages:
            ids = served[one.exchange].ids

            assert one.duplicates == sum(1 for name in ids if name in had)
            assert one.new_items == len(set(ids) - had)
            had |= set(ids)


def test_a_conversation_that_began_in_the_middle_pushed_one_row_onto_the_next_page(
    found: PaginationFound, session: Recorded
) -> None:
    """Twelve pages, a new row after the seventh: one row twice, none missed."""
    read = {session.numbers[page["id"]] for page in session.page["offset"]}
    (number,) = {one.walk_id for one in found.page_requests if one.exchange in read}
    walk = found.pagination_walks[number - 1]
    pages = by_walk(found)[number]

    assert {one.exchange for one in pages} == read
    assert [one.duplicates for one in pages] == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert (walk.pages, walk.duplicates, walk.missed, walk.repeats) == (12, 1, 0, 0)


def test_depths_are_the_rows_that_were_stepped_over(
    found: PaginationFound, served: dict[int, PageLine]
) -> None:
    offsets = [one for one in found.page_requests if one.style in {"offset", "page"}]

    assert offsets
    for one in offsets:
        line = served[one.exchange]
        assert one.depth == line.rows_visited - len(line.ids)


def test_walks_are_those_that_the_page_made(found: PaginationFound, session: Recorded) -> None:
    made = Counter(
        found.pagination_walks[one.walk_id - 1].style
        for one in found.page_requests
        if one.exchange
        in {
            session.numbers[page["id"]]
            for walk in ("offset", "cursor", "archive")
            for page in session.page[walk]
        }
    )

    assert made == {"offset": 12, "cursor": 6, "page": 4}
