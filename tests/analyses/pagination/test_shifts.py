"""Rows that came twice and rows that slipped past, and what the capture can prove of them."""

from asked import ask
from paging import aged, call, offsets, rows

from analyzer.analyses.pagination import PaginationFound, PaginationQuestion, PaginationWalk
from analyzer.model import AnyRecord, Unmeasurable


def first(*parts: object) -> PaginationWalk:
    return answer(*parts).pagination_walks[0]


def answer(*parts: object) -> PaginationFound:
    records: list[AnyRecord] = [record for part in parts for record in part]  # type: ignore[attr-defined] # each is a run of records
    return ask(PaginationQuestion, records)


def why(figure: object) -> str:
    assert isinstance(figure, Unmeasurable)
    return figure.reason


def test_rows_that_came_before_are_duplicates_and_their_bytes_are_wasted() -> None:
    found = answer(offsets(["abc", "cde", "efg"]))
    walk = found.pagination_walks[0]

    assert [p.duplicates for p in found.page_requests] == [0, 1, 1]
    assert [p.new_items for p in found.page_requests] == [3, 2, 2]
    # {"id": "cc"} as the service wrote it, blanks and all.
    assert [p.wasted_bytes for p in found.page_requests] == [0, 12, 12]
    assert (walk.items, walk.new_items, walk.duplicates, walk.wasted_bytes) == (9, 7, 2, 24)


def test_a_repeat_wastes_all_of_its_page() -> None:
    again = call(9, "/list?offset=3&limit=3", {"items": rows("def")})
    walk = first(offsets(["abc", "def"]), again)

    assert (walk.pages, walk.repeats, walk.duplicates) == (2, 1, 3)


def test_one_page_misses_nothing() -> None:
    assert (first(offsets(["abc"])).missed, first(offsets(["abc"])).missed_how) == (0, "one page")


def test_a_steady_total_and_no_row_twice_show_that_nothing_moved() -> None:
    walk = first(offsets(["abc", "def"], total=90))

    assert (walk.missed, walk.missed_how) == (0, "nothing moved")


def test_a_new_row_on_top_explains_the_row_that_came_twice() -> None:
    walk = first(offsets(["abc", "cde", "fgh"], total=[90, 91, 91]))

    assert (walk.duplicates, walk.missed, walk.missed_how) == (1, 0, "total")


def test_a_row_that_moved_up_is_missed_by_a_walk_that_read_to_the_end() -> None:
    """``h`` moves to the top after the second page: eight rows, and seven came."""
    found = answer(offsets(["abc", "def", "fg"], total=8))
    walk = found.pagination_walks[0]

    assert (walk.end_seen, walk.missed, walk.missed_how) == ("a short page", 1, "total")
    assert found.page_requests[0].missed == 0
    assert "not where" in why(found.page_requests[2].missed)


def test_without_totals_moved_rows_leave_it_open() -> None:
    walk = first(offsets(["abc", "cde"]))

    assert why(walk.missed) == (
        "rows moved (1 came twice), and the list was not loaded again to show what slipped past"
    )


def test_rows_that_went_away_leave_it_open() -> None:
    walk = first(offsets(["abc", "def"], total=[90, 88]))

    assert why(walk.missed).startswith("2 rows went away meanwhile")


def test_a_total_that_is_only_a_hint_proves_nothing() -> None:
    walk = first(offsets(["abc", "def"], total=[4, 7]))

    assert "hint" in why(walk.total)
    assert isinstance(walk.missed, Unmeasurable)
    assert isinstance(walk.history_rows, Unmeasurable)


def test_a_row_that_was_removed_above_lets_one_slip_past() -> None:
    """``c2`` goes away after the first page, so ``c4`` moves onto it; a later load shows it."""
    found = answer(
        offsets([aged([1, 2, 3]), aged([5, 6, 7])]),
        offsets([aged([1, 3, 4]), aged([5, 6, 7])], first=10),
    )
    walk = found.pagination_walks[0]

    assert walk.ordering == "update_time desc"
    assert (walk.missed, walk.missed_how) == (1, "listed again")
    assert [p.missed for p in found.page_requests[:2]] == [0, 1]


def test_a_row_deeper_than_the_walk_came_is_not_missed() -> None:
    walk = first(
        offsets([aged([1, 2, 3]), aged([4, 5, 6])], total=9),
        offsets([aged([1, 2, 3]), aged([4, 5, 6]), aged([7, 8, 9])], first=10, total=9),
    )

    assert walk.missed == 0


def test_a_row_that_was_made_after_the_walk_began_is_not_missed() -> None:
    new = {"id": "new", "create_time": 1_760_000_002, "update_time": 1_760_000_002}
    walk = first(
        offsets([aged([1, 2]), aged([3, 4]), aged([5])]),
        offsets([[new, *aged([1])], aged([2, 3]), aged([4, 5])], first=10),
    )

    assert walk.end_seen == "a short page"
    assert isinstance(walk.missed, Unmeasurable)


def test_a_row_that_moved_up_is_found_when_the_list_is_loaded_again() -> None:
    """By cursor nothing comes twice: only the later load shows that ``c6`` was passed over."""
    moved = aged([6])[0] | {"update_time": 1_760_000_002.5}

    def page(
        number: int, at: str, items: list[dict[str, object]], following: str | None
    ) -> list[AnyRecord]:
        return call(number, f"/list?cursor={at}&limit=2", {"items": items, "cursor": following})

    found = answer(
        page(1, "", aged([1, 2]), "p"),
        page(2, "p", aged([3, 4]), "q"),
        page(3, "q", aged([5]), None),
        page(9, "", [moved, *aged([1])], "r"),
    )
    walk = found.pagination_walks[0]

    assert (walk.duplicates, walk.missed, walk.missed_how) == (0, 1, "listed again")
    assert [p.missed for p in found.page_requests[:3]] == [0, 0, 1]


def test_a_clock_that_runs_ahead_does_not_make_new_rows_old() -> None:
    """The capture's clock is an hour ahead: by the service's Date the row is new."""
    before = (("date", "Thu, 09 Oct 2025 07:53:20 GMT"),)
    made = 1_760_000_000 - 3600 + 5
    new = {"id": "new", "create_time": made, "update_time": made}

    def page(number: int, offset: int, items: list[dict[str, object]]) -> list[AnyRecord]:
        return call(number, f"/list?offset={offset}&limit=2", {"items": items}, headers=before)

    old = [
        row | {"create_time": 1_750_000_000, "update_time": 1_750_000_000 - n}
        for n, row in enumerate(aged(range(5)))
    ]
    found = answer(
        page(1, 0, old[:2]), page(2, 2, old[2:4]), page(3, 4, old[4:]), page(9, 0, [new, old[0]])
    )

    assert isinstance(found.pagination_walks[0].missed, Unmeasurable)


def test_walks_over_other_lists_are_no_evidence() -> None:
    walk = first(
        offsets([aged([1, 2, 3]), aged([5, 6, 7])]),
        offsets([aged([1, 3, 4]), aged([5, 6, 7])], first=10, path="/other"),
    )

    assert isinstance(walk.missed, Unmeasurable)
