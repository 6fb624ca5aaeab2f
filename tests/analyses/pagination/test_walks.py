"""Which pages make one walk: going on, restarting, repeating, jumping, two at once."""

from asked import HEAD, ask
from paging import MS, call, offsets, rows

from analyzer.analyses.pagination import PaginationFound, PaginationQuestion
from analyzer.model import AnyRecord, CaptureHead


def page(
    number: int, offset: int, *, at_ms: float | None = None, more: str = "", **how: int
) -> list[AnyRecord]:
    """Ten rows of the list from ``offset`` on."""
    answer = {"items": rows(range(offset, offset + 10))}
    path = f"/list?offset={offset}&limit=10{more}"
    return call(number, path, answer if how.get("status", 200) == 200 else {}, at_ms=at_ms, **how)  # type: ignore[arg-type] # statuses and waits only


def walks(*calls: list[AnyRecord], head: CaptureHead = HEAD) -> list[list[tuple[str, str]]]:
    """Position and role of every request, by walk."""
    found = ask(PaginationQuestion, [record for one in calls for record in one], head)
    return grouped(found)


def grouped(found: PaginationFound) -> list[list[tuple[str, str]]]:
    made: list[list[tuple[str, str]]] = [[] for _ in found.pagination_walks]
    for one in found.page_requests:
        made[one.walk_id - 1].append((one.position, one.role))
    return made


def test_a_restart_is_a_new_walk() -> None:
    found = walks(page(1, 0), page(2, 10), page(3, 0), page(4, 10))

    assert found == [[("0", "page"), ("10", "page")]] * 2


def test_the_same_page_again_is_a_repeat() -> None:
    found = walks(page(1, 0), page(2, 10), page(3, 10), page(4, 20))

    assert found == [[("0", "page"), ("10", "page"), ("10", "repeat"), ("20", "page")]]


def test_the_first_page_again_before_it_was_answered_is_a_repeat() -> None:
    found = walks(page(1, 0, wait_ms=5000), page(2, 0, at_ms=3000), page(3, 10, at_ms=9000))

    assert found == [[("0", "page"), ("0", "repeat"), ("10", "page")]]


def test_a_page_that_failed_is_fetched_again_in_the_same_walk() -> None:
    found = walks(page(1, 0), page(2, 10, status=500), page(3, 10), page(4, 20))

    assert found == [[("0", "page"), ("10", "failed"), ("10", "page"), ("20", "page")]]


def test_a_first_page_that_failed_begins_the_walk() -> None:
    found = walks(page(1, 0, status=401), page(2, 0), page(3, 10))

    assert found == [[("0", "failed"), ("0", "page"), ("10", "page")]]


def test_a_list_that_never_came_is_no_walk() -> None:
    assert walks(page(1, 0, status=404), page(2, 0, status=404)) == []


def test_other_filters_are_another_walk() -> None:
    archived = "&is_archived=true"
    found = walks(page(1, 0), page(2, 0, more=archived), page(3, 10), page(4, 10, more=archived))

    assert found == [[("0", "page"), ("10", "page")]] * 2


def test_two_walks_over_one_list_at_once_are_told_apart() -> None:
    """As two tabs make them: the second begins while the first is on its third page."""
    found = walks(
        page(1, 0), page(2, 10), page(3, 20), page(4, 0), page(5, 30), page(6, 10), page(7, 40)
    )

    assert found == [
        [(str(at), "page") for at in (0, 10, 20, 30, 40)],
        [("0", "page"), ("10", "page")],
    ]


def test_pages_that_are_asked_for_at_once_are_one_walk() -> None:
    found = walks(
        page(1, 0), page(2, 10, at_ms=2000), page(3, 20, at_ms=2001), page(4, 30, at_ms=2002)
    )

    assert found == [[(str(at), "page") for at in (0, 10, 20, 30)]]


def test_a_jump_stays_in_the_walk() -> None:
    found = walks(page(1, 0), page(2, 10), page(3, 500))

    assert found == [[("0", "page"), ("10", "page"), ("500", "page")]]


def test_a_walk_may_go_backwards_to_the_first_row() -> None:
    found = walks(page(1, 20), page(2, 10), page(3, 0))

    assert found == [[("20", "page"), ("10", "page"), ("0", "page")]]


def test_what_only_breaks_caches_is_no_filter() -> None:
    found = walks(page(1, 0, more="&_=1760000000001"), page(2, 10, more="&_=1760000000002"))

    assert found == [[("0", "page"), ("10", "page")]]


def cursor_page(number: int, at: str, following: str) -> list[AnyRecord]:
    return call(
        number,
        f"/list?cursor={at}&limit=2",
        {"items": rows([at + "1", at + "2"]), "cursor": following},
    )


def test_two_walks_by_the_same_cursors_are_told_apart() -> None:
    found = walks(
        cursor_page(1, "", "a"),
        cursor_page(2, "", "a"),
        cursor_page(3, "a", "b"),
        cursor_page(4, "a", "b"),
    )

    assert found == [[("", "page"), ("a", "page")]] * 2


def test_a_cursor_that_is_asked_for_again_is_a_repeat() -> None:
    found = walks(cursor_page(1, "", "a"), cursor_page(2, "a", "b"), cursor_page(3, "a", "b"))

    assert found == [[("", "page"), ("a", "page"), ("a", "repeat")]]


def test_pages_are_ordered_by_when_they_were_sent() -> None:
    found = walks(page(9, 0, at_ms=1), page(3, 10, at_ms=2000), page(5, 20, at_ms=3000))

    assert found == [[("0", "page"), ("10", "page"), ("20", "page")]]


def test_without_times_exchanges_count_in_their_order() -> None:
    untimed = CaptureHead("test", "har", "test 1", "none", 1, 0, 0)
    found = walks(page(1, 0, at_ms=0), page(2, 10, at_ms=0), page(3, 20, at_ms=0), head=untimed)

    assert found == [[("0", "page"), ("10", "page"), ("20", "page")]]


def test_of_two_exchanges_with_one_number_the_later_counts() -> None:
    """As in two journals that were joined."""
    found = walks(page(1, 0), page(1, 30, at_ms=8 * 1000))

    assert found == [[("30", "page")]]


def test_a_hundred_walks_make_a_hundred_walks() -> None:
    records = [
        record
        for number in range(100)
        for record in offsets([range(5), range(5, 10)], first=number * 2 + 1)
    ]
    found = ask(PaginationQuestion, records)

    assert [walk.pages for walk in found.pagination_walks] == [2] * 100
    assert found.pagination_walks[0].started_ns == 1000 * MS
