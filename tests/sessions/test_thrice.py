"""One session seen three times: by the recorder, by Chromium's NetLog, and as packets."""

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import packets
import pytest
from recorded import Recorded
from thrice import Captures, captured_thrice
from visiting import LISTED, Visitor

from analyzer.analyses.alignment import Alignment, Run, align
from analyzer.analyses.statistics import Distribution
from analyzer.commands.align import read_run
from analyzer.lab.options import LabOptions
from analyzer.lab.truth import EndLine

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("thrice")]

MS = 1_000_000
LATE_NS = 20 * MS
"""How far two onlookers' medians may differ on a busy machine."""

NETLOG_NS = 2 * MS
"""NetLog's times and the offset to its wall clock are whole milliseconds, each rounded down."""

KEY = b"one key, so that credentials compare"


@dataclass(frozen=True)
class Thrice:
    """The session's captures, read; beside the lab's own log of it."""

    runs: dict[str, Run]
    recorded: Recorded

    def between(self, one: str, other: str) -> Alignment:
        return align(self.runs[one], self.runs[other])


@pytest.fixture(scope="module", params=["h2", "h3"])
def thrice(
    request: pytest.FixtureRequest, browser_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Thrice:
    directory = tmp_path_factory.mktemp(f"thrice-{request.param}")
    packets.needed(directory)
    options = LabOptions(conversations=20, time_scale=0.2)
    http3 = request.param == "h3"
    with captured_thrice(directory, browser_path, options, http3=http3) as page:
        visitor = Visitor(page)
        visitor.call(LISTED)
        seen: dict[str, Any] = {
            kind: visitor.ask("Seen three times?", lab={"kind": kind})
            for kind in ("steady", "bursty", "crlf")
        }
    files = Captures.within(directory)
    runs = {
        name: read_run(path, KEY)
        for name, path in {
            "recorder": files.journal, "netlog": files.netlog, "packets": files.packets,
        }.items()
    }  # fmt: skip
    return Thrice(runs, Recorded.of(request.param, directory, seen))


PAIRS = list(combinations(("recorder", "packets", "netlog"), 2))


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_all_saw_the_same_exchanges_events_and_text(thrice: Thrice, one: str, other: str) -> None:
    found = thrice.between(one, other)

    assert found.unmatched == ()
    assert found.same_exchanges
    assert found.same_events
    assert found.same_text
    assert all(each.same_body is not False for each in found.matched)


def test_what_they_saw_is_what_the_lab_sent(thrice: Thrice) -> None:
    ends = list(thrice.recorded.lines(EndLine))
    captures = [thrice.between("recorder", other).b for other in ("packets", "netlog")]
    captures.append(thrice.between("packets", "recorder").b)

    assert len(ends) == 3
    assert {one.events for one in captures} == {sum(end.events for end in ends)}
    assert {one.exchanges for one in captures} == {len(thrice.recorded.requests)}
    turns = thrice.recorded.result.turns
    assert sorted(one.exchange.turn.answer for one in turns if one.exchange.turn) == sorted(
        end.answer for end in ends
    )


@pytest.mark.parametrize(
    ("one", "other", "least_ns"),
    [
        ("recorder", "packets", 0),
        ("recorder", "netlog", -NETLOG_NS),
        ("packets", "netlog", -NETLOG_NS),
    ],
)
def test_each_sees_an_event_after_the_one_before_it_on_the_way(
    thrice: Thrice, one: str, other: str, least_ns: int
) -> None:
    """The proxy stamps a chunk, its packet passes the interface, the browser reads it."""
    found = thrice.between(one, other)
    (events,) = [each.difference_ns for each in found.moments if each.name == "each event"]

    assert isinstance(events, Distribution)
    assert events.n == found.a.events
    assert least_ns <= events.p50 < LATE_NS
