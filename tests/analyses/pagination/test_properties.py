"""Whatever a capture holds, the question answers; and only what has to do with a list matters."""

import json
import random
from typing import Any

import msgspec
import pytest
from asked import HEAD, ask
from hypothesis import given, settings
from hypothesis import strategies as st
from paging import MS, call, offsets

from analyzer.analyses.pagination import PaginationFound, PaginationQuestion, question
from analyzer.analyses.pagination.asking import QUERY_LIMIT
from analyzer.analyses.pagination.links import next_targets
from analyzer.analyses.pagination.listing import BODY_LIMIT, read_listing
from analyzer.analyses.pagination.moments import http_date, unix_seconds
from analyzer.analyses.pagination.server_timing import server_time_ns
from analyzer.model import AnyRecord, Body, Unmeasurable

WORDS = (
    "items data edges node id cursor next total limit offset page after before has_more pageInfo "
    "endCursor create_time update_time variables first links href"
)
NAMES = st.sampled_from(WORDS.split())
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["2025-01-01T00:00:00Z", "9" * 30, "/list?page=2", "https://[x", "\ud800"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | st.text(max_size=6), inner, max_size=5)
    ),
    max_leaves=25,
)
QUERIES = st.lists(
    st.tuples(NAMES | st.text(max_size=5), st.text(max_size=8) | st.integers().map(str)), max_size=5
).map(lambda pairs: "&".join(f"{k}={v}" for k, v in pairs))


@st.composite
def calls(draw: st.DrawFn) -> list[AnyRecord]:
    number = draw(st.integers(1, 6))
    answer: Any = draw(VALUES | st.binary(max_size=30))
    return call(
        number,
        f"/{draw(st.sampled_from(['a', 'b', 'é', '']))}?{draw(QUERIES)}",
        answer,
        at_ms=draw(st.integers(0, 9000)),
        wait_ms=draw(st.integers(0, 500)),
        status=draw(st.sampled_from([200, 200, 200, 204, 304, 401, 500])),
        method=draw(st.sampled_from(["GET", "POST"])),
        asks=draw(VALUES),
        headers=tuple(
            draw(
                st.lists(
                    st.tuples(
                        st.sampled_from(["link", "server-timing", "date", "x"]),
                        st.text(max_size=20),
                    ),
                    max_size=2,
                )
            )
        ),
        how=draw(st.sampled_from(["complete", "client_abort", "error"])),
    )


def check(found: PaginationFound) -> None:
    """What holds for every answer: it can be stored, and its sums agree."""
    msgspec.json.encode(found)
    for walk in found.pagination_walks:
        pages = [p for p in found.page_requests if p.walk_id == walk.walk_id]
        assert len(pages) == walk.requests == walk.pages + walk.repeats + walk.failures
        assert [p.page for p in pages] == list(range(len(pages)))
        if isinstance(walk.duplicates, int):
            assert isinstance(walk.items, int)
            assert walk.duplicates + walk.new_items == walk.items  # type: ignore[operator] # then both are numbers
        for row in (*pages, walk):
            for value in msgspec.structs.astuple(row):
                assert not isinstance(value, int) or abs(value) < 2**63
                if isinstance(value, str):
                    value.encode()


@settings(max_examples=100, deadline=None)
@given(st.lists(calls(), max_size=6))
def test_no_traffic_breaks_it(made: list[list[AnyRecord]]) -> None:
    check(ask(PaginationQuestion, [record for one in made for record in one]))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_no_body_breaks_the_reading(body: bytes) -> None:
    read_listing(body)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_header_breaks_the_reading(value: str) -> None:
    next_targets((("link", value),))
    server_time_ns((("server-timing", value),))
    http_date(value)
    unix_seconds(value)


def test_deep_nesting_is_no_list() -> None:
    assert read_listing(b'{"a":' * 5000 + b"1" + b"}" * 5000) is None


UNRELATED = [
    call(50 + n, f"/other/{n}", {"n": n}, at_ms=1500 + 10 * n, wait_ms=200) for n in range(6)
]


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_unrelated_exchanges_does_not_matter(chance: random.Random) -> None:
    """Only the order in which a walk's own exchanges are recorded is kept."""
    walks = [
        list(offsets(["abc", "cde", "fgh"], total=[9, 10, 10])),
        list(offsets(["xyz", "uvw"], first=20, path="/elsewhere")),
    ]
    plain = ask(PaginationQuestion, [r for part in (*walks, *UNRELATED) for r in part])
    parts = [*walks, *UNRELATED]
    chance.shuffle(parts)

    assert ask(PaginationQuestion, [r for part in parts for r in part]) == plain


def test_pages_beyond_the_limit_are_left_out_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(question, "PAGES_LIMIT", 3)
    found = ask(PaginationQuestion, offsets(["ab", "cd", "ef", "gh", "ij"]))

    assert len(found.page_requests) == 3
    assert found.unanswered[0].reason.startswith("2 pages were left out")


def test_items_beyond_the_limit_are_left_out_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(question, "ITEMS_LIMIT", 5)
    found = ask(PaginationQuestion, offsets(["ab", "cd", "ef"]))

    assert sum(p.items for p in found.page_requests if isinstance(p.items, int)) == 4
    assert found.unanswered[0].reason.startswith("1 pages were left out")


def test_lists_that_nothing_calls_a_page_are_kept_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They may be the first page of a walk, but a capture is full of lists."""
    monkeypatch.setattr(question, "MAYBE_LIMIT", 1)
    records = [
        *call(1, "/models", {"models": [{"id": "m"}]}),
        *call(2, "/list", {"items": [{"id": "a"}]}),
        *call(3, "/list?page=2", {"items": [{"id": "b"}]}),
    ]

    assert [p.position for p in ask(PaginationQuestion, records).page_requests] == ["2"]


def test_an_answer_beyond_the_limit_is_not_looked_into() -> None:
    body = b'{"items":[{"id":"' + b"x" * BODY_LIMIT + b'"}]}'
    found = ask(PaginationQuestion, call(1, "/list?offset=0&limit=5", body))

    assert isinstance(found.page_requests[0].items, Unmeasurable)


def test_a_query_beyond_the_limit_is_one_filter() -> None:
    query = "&".join(f"f{n}=1" for n in range(QUERY_LIMIT)) + "&offset=0&limit=5"

    assert ask(PaginationQuestion, call(1, f"/list?{query}", {"items": []})) == PaginationFound()


def test_a_thousand_loads_of_one_list_take_no_square_of_time() -> None:
    """Each walk is held against a few later loads only."""
    records = [r for n in range(1000) for r in offsets(["ab", "cd"], first=2 * n + 1)]
    found = ask(PaginationQuestion, records)

    assert len(found.pagination_walks) == 1000


def test_a_request_body_that_is_withheld_is_no_page() -> None:
    records = call(1, "/graphql", {"items": []}, method="POST")
    records.insert(1, Body(1, 1000 * MS, "request", 400, b"", withheld="content"))

    assert ask(PaginationQuestion, records, HEAD) == PaginationFound()
