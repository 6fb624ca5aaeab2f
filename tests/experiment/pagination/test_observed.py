"""A capture's walk as the experiment takes it over."""

import pytest
from asked import ask
from paging import call, offsets, rows

from analyzer.analyses.pagination import PaginationFound, PaginationQuestion
from analyzer.experiment.basics import ExperimentError
from analyzer.experiment.pagination.observed import order_of, require_walk, suggested
from analyzer.model import AnyRecord


def a_walk(pages: int = 6) -> PaginationFound:
    names = [[f"{page}-{row}" for row in range(4)] for page in range(pages)]
    return ask(
        PaginationQuestion, offsets(names, waits_ms=[20 + 5 * page for page in range(pages)])
    )


def test_page_row_size_and_depths_come_from_the_walk() -> None:
    observed = require_walk(a_walk(), "first.jsonl")
    settings = suggested(observed)

    assert settings.page == 4
    assert settings.row_bytes == observed.row_bytes == len('{"id": "c0-0"}')
    assert [depth for depth, _ in observed.points] == [0, 4, 8, 12, 16, 20]
    assert settings.observed == observed


def test_the_walk_with_most_pages_counts() -> None:
    names = [[f"{page}-{row}" for row in range(3)] for page in range(7)]
    records: list[AnyRecord] = [
        *call(1, "/other?offset=0&limit=2", {"items": rows("ab")}),
        *offsets(names, first=2),
    ]

    assert require_walk(ask(PaginationQuestion, records), "it").page == 3


@pytest.mark.parametrize(
    ("ordering", "order"),
    [
        ("update_time desc", "updated"),
        ("create_time desc", "created"),
        ("createdAt asc", "created"),
        ("id asc", "id"),
        ("title asc", "updated"),
        (None, "updated"),
    ],
)
def test_the_order_is_the_column_that_behaves_alike(ordering: str | None, order: str) -> None:
    assert order_of(ordering) == order


def test_a_capture_without_a_walk_gets_a_sentence() -> None:
    with pytest.raises(ExperimentError, match=r"first\.jsonl: no walk .* leave --from out"):
        require_walk(PaginationFound(), "first.jsonl")
