"""What depth costs, held against the time that the lab's own database took.

The list has no index, so each page sorts the whole table, and a deep one keeps more of it.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from asked import ask
from lab_session import staged
from recorded import Recorded
from scipy.stats import siegelslopes
from visiting import Visitor

from analyzer.analyses.pagination import PaginationFound, PaginationQuestion, PaginationWalk
from analyzer.importers import read_capture
from analyzer.lab.options import LabOptions
from analyzer.lab.truth import PageLine
from analyzer.model import AnyRecord, CaptureHead, Problem, ResponseHead

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("depth")]

ROWS = 40_000
LIMIT = 100
DEPTHS = 24
WALKS = 3
ENOUGH = 2
"""Walks of these whose interval has to hold the truth: each one may miss it once in twenty."""


@pytest.fixture(scope="session", params=["h2"])  # what depth costs is the database's matter
def deep(
    request: pytest.FixtureRequest, browser_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Recorded:
    """Walks over lists of their own that jump to and fro, so that no drift looks like depth."""
    directory = tmp_path_factory.mktemp(f"deep-{request.param}")
    options = LabOptions(conversations=ROWS, list_index=False, server_timing=True)
    offsets = [number * 7 % DEPTHS * (ROWS // DEPTHS) for number in range(DEPTHS)]
    with (
        staged(directory, options) as stage,
        stage.page(browser_path, http3=request.param == "h3") as page,
    ):
        visitor = Visitor(page)
        walks = [
            [
                visitor.call(f"/backend-api/conversations?offset={at}&limit={LIMIT}&tab={tab}")[
                    "id"
                ]
                for at in offsets
            ]
            for tab in range(WALKS)
        ]
    return Recorded.of(request.param, directory, {"walks": walks})


@pytest.fixture(scope="session")
def untold(deep: Recorded) -> PaginationFound:
    """What the analysis makes of the same capture if the service had kept its time to itself."""
    records = list(_without_server_timing(deep.capture))
    head = next(record for record in records if isinstance(record, CaptureHead))
    return ask(PaginationQuestion, records, head)


def _without_server_timing(capture: Path) -> Iterator[AnyRecord]:
    for record in read_capture(capture):
        if isinstance(record, ResponseHead):
            kept = tuple(field for field in record.headers if field[0] != "server-timing")
            yield msgspec.structs.replace(record, headers=kept)
        else:
            assert not isinstance(record, Problem)
            yield record


def walks_of(found: PaginationFound, session: Recorded) -> list[PaginationWalk]:
    """The analysis' walks, in the order of those that the page made."""
    walk_ids = {one.exchange: one.walk_id for one in found.page_requests}
    made = [[session.numbers[name] for name in walk] for walk in session.page["walks"]]
    ours = [{walk_ids[number] for number in walk} for walk in made]
    return [found.pagination_walks[number - 1] for (number,) in ours]


def truth_of(session: Recorded) -> list[float]:
    """ms in the database for 1,000 rows of depth, in each walk; by Siegel's repeated medians."""
    lines = {line.request: line for line in session.lines(PageLine)}
    found = []
    for walk in session.page["walks"]:
        depths = [int(lines[name].position) / 1000 for name in walk]
        took_ms = [lines[name].database_ns / 1e6 for name in walk]
        found.append(float(siegelslopes(took_ms, depths).slope))
    return found


def check(walks: list[PaginationWalk], truth: list[float], source: str) -> None:
    """Most intervals hold the truth, and are narrow enough to say that the wait grows."""
    seen = [(one.slope_low, slope, one.slope_high) for one, slope in zip(walks, truth, strict=True)]
    held = [low <= slope <= high for low, slope, high in seen]  # type: ignore[operator] # floats, or it fails
    grows = [one.verdict for one in walks].count("grows")

    assert {(one.n, one.server_time_source) for one in walks} == {(DEPTHS, source)}
    assert min(truth) > 0
    assert held.count(True) >= ENOUGH, seen
    assert grows >= ENOUGH, seen


def test_the_slope_by_the_stated_time_is_that_of_the_database(deep: Recorded) -> None:
    check(walks_of(deep.result.answers.pagination, deep), truth_of(deep), "server-timing")


def test_the_slope_from_outside_is_that_of_the_database(
    deep: Recorded, untold: PaginationFound
) -> None:
    """The proxy's and the network's part of a wait does not grow with depth."""
    check(walks_of(untold, deep), truth_of(deep), "inferred")
