"""Pagination held against what the lab says that it served."""

from collections import Counter
from pathlib import Path

import pytest
from lab_session import staged
from recorded import Recorded
from visiting import Visitor, walk_by_offset

from analyzer.analyses.pagination import PageRequest, PaginationFound
from analyzer.lab.options import LabOptions
from analyzer.lab.truth import PageLine

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sessions")]


LIMIT = 20


@pytest.fixture(scope="session")
def found(session: Recorded) -> PaginationFound:
    return answer_of(session)


@pytest.fixture(scope="session")
def served(session: Recorded) -> dict[int, PageLine]:
    return served_in(session)


@pytest.fixture(scope="session", params=["h2", "h3"])
def moving(
    request: pytest.FixtureRequest, browser_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Recorded:
    """The whole of a short list, of which a deep row moves to the top after the first page.

    A few of its rows are archived, so its last page is short. The service states its own
    time; another list is read by the ids of its items.
    """
    directory = tmp_path_factory.mktemp(f"moving-{request.param}")
    options = LabOptions(time_scale=0.05, conversations=3 * LIMIT, server_timing=True)
    with (
        staged(directory, options) as stage,
        stage.page(browser_path, http3=request.param == "h3") as page,
    ):
        visitor = Visitor(page)
        (before,) = walk_by_offset(visitor, 1, 3 * LIMIT)
        deep = before["body"]["items"][50]["id"]
        current = visitor.call(f"/backend-api/conversation/{deep}")["body"]["current_node"]

        def page_at(offset: int) -> str:
            path = f"/backend-api/conversations?offset={offset}&limit={LIMIT}&order=updated"
            return str(visitor.call(path)["id"])

        read = [page_at(0)]
        visitor.ask("Once more?", conversation=deep, parent=current, lab={"kind": "steady"})
        read += [page_at(LIMIT), page_at(2 * LIMIT)]
        again = page_at(0)
        after, last = [], ""
        for _ in range(3):
            told = visitor.call(f"/backend-api/history?limit={LIMIT}&after={last}")
            last = told["body"]["last_id"]
            after.append(told["id"])
        seen = {"read": read, "again": again, "after": after, "deep": deep}
    return Recorded.of(request.param, directory, seen)


def answer_of(session: Recorded) -> PaginationFound:
    return session.result.answers.pagination


def served_in(session: Recorded) -> dict[int, PageLine]:
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


def test_a_row_that_moved_up_is_missed(moving: Recorded) -> None:
    """By what the lab served: the deep row came on no page of the walk, and on top after it."""
    found, served = answer_of(moving), served_in(moving)
    read = [moving.numbers[name] for name in moving.page["read"]]
    came = {name for number in read for name in served[number].ids}
    pages = [one for one in found.page_requests if one.exchange in read]
    walk = found.pagination_walks[pages[0].walk_id - 1]

    assert moving.page["deep"] not in came
    assert served[moving.numbers[moving.page["again"]]].ids[0] == moving.page["deep"]
    assert [one.exchange for one in found.page_requests if one.walk_id == walk.walk_id] == read
    assert (walk.pages, walk.items, walk.new_items, walk.end_seen) == (
        3,
        sum(len(served[number].ids) for number in read),
        len(came),
        "a short page",
    )
    assert (walk.duplicates, walk.missed, walk.missed_how) == (1, 1, "listed again")
    assert [one.duplicates for one in pages] == [0, 1, 0]
    assert [one.missed for one in pages] == [0, 1, 0]


def test_the_time_that_the_service_states_is_its_own(moving: Recorded) -> None:
    served = served_in(moving)
    pages = answer_of(moving).page_requests

    assert {one.exchange for one in pages} == served.keys()
    for one in pages:
        assert one.server_time_source == "server-timing"
        # The header has three decimals of a millisecond.
        assert one.server_ns == pytest.approx(served[one.exchange].database_ns, abs=501)
        assert isinstance(one.ttfb_ns, int)
        assert one.ttfb_ns > served[one.exchange].database_ns


def test_a_walk_by_the_ids_of_its_items_is_followed(moving: Recorded) -> None:
    found, served = answer_of(moving), served_in(moving)
    numbers = [moving.numbers[name] for name in moving.page["after"]]
    pages = [one for one in found.page_requests if one.exchange in numbers]

    assert len({one.walk_id for one in pages}) == 1
    assert [(one.style, one.position) for one in pages] == [
        (served[number].style, served[number].position) for number in numbers
    ]
    assert [one.depth for one in pages] == [0, LIMIT, 2 * LIMIT]
    assert [one.new_items for one in pages] == [len(served[number].ids) for number in numbers]
