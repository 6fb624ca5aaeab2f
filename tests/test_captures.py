"""The captures that ship: each comes to what the lab's own log said when it was made."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analyzer.analyses.results import CaptureResult
from analyzer.analyze import analyze
from analyzer.importers import FORMATS, find_captures, read_capture, recognised
from analyzer.model import Exchange, Problem, TurnStatus

CAPTURES = Path(__file__).parents[1] / "captures"
TOLD = sorted(CAPTURES.glob("*.toml"))
NAMES = [path.name.removesuffix(".toml") for path in TOLD]
OUTCOMES: dict[str, set[TurnStatus]] = {"complete": {"complete"}, "handoff": {"handoff"}}
PAUSE_MS = 60.0
"""How much longer or shorter a pause may be at the recorder than at the lab."""


def files(name: str) -> list[Path]:
    """Every capture of one session, whatever its format."""
    return [path for path in find_captures([CAPTURES]) if path.name.split(".")[0] == name]


@cache
def analyzed(path: Path) -> CaptureResult:
    (result,) = analyze([path]).captures
    return result


def told(name: str) -> dict[str, Any]:
    return tomllib.loads((CAPTURES / f"{name}.toml").read_text())


EVERY = [(name, path) for name in NAMES for path in files(name)]


def of_the_lab(path: Path) -> dict[str, Exchange]:
    named = [(dict(one.exchange.response_headers), one.exchange) for one in analyzed(path).measured]
    return {headers["x-request-id"]: one for headers, one in named if "x-request-id" in headers}


def test_there_is_one_of_each_kind() -> None:
    sources = {analyzed(path).head.source for _, path in EVERY}
    kinds = {recognised(path) for _, path in EVERY}

    assert {"mitmproxy", "netlog", "pcap"} <= sources
    assert kinds >= {FORMATS[name] for name in ("har", "flows", "netlog", "pcap")}
    assert {"good-h2", "good-h3", "stalling", "expiry", "deep-walk", "duet"} <= set(NAMES)


@pytest.mark.parametrize(("name", "path"), EVERY, ids=[path.name for _, path in EVERY])
def test_a_capture_comes_to_what_the_lab_said(name: str, path: Path) -> None:
    truth, exchanges = told(name)["truth"], of_the_lab(path)

    assert len(exchanges) == truth["requests"]
    assert sorted({one.status for one in exchanges.values()}) == truth["statuses"]  # type: ignore[type-var] # all were answered
    for stream in truth["streams"]:
        found = exchanges[stream["request_id"]]
        assert found.turn is not None
        assert found.turn.status in OUTCOMES.get(stream["outcome"], {"error", "cut", "stopped"})
        assert found.turn.answer == stream["answer"]
        assert found.stream.events == stream["events"]


@pytest.mark.parametrize(("name", "path"), EVERY, ids=[path.name for _, path in EVERY])
def test_a_capture_has_no_damage_and_lost_nothing(name: str, path: Path) -> None:
    problems = [one for one in read_capture(path) if isinstance(one, Problem)]

    assert problems == []
    assert analyzed(path).lost == ()


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("*.jsonl*")), ids=lambda path: path.name)
def test_a_recording_holds_the_pauses_of_its_answers(path: Path) -> None:
    name = path.name.split(".")[0]
    by_exchange = {one.exchange.exchange: one for one in analyzed(path).turns}
    for stream in told(name)["truth"]["streams"]:
        latency = by_exchange[of_the_lab(path)[stream["request_id"]].exchange].latency

        assert latency is not None
        assert isinstance(latency.longest_gap_ns, int)
        if stream["kind"] == "stall":
            assert latency.longest_gap_ns / 1e6 == pytest.approx(
                stream["longest_pause_ms"], abs=PAUSE_MS
            )


def test_the_expiry_cost_what_the_lab_refused() -> None:
    result = analyzed(CAPTURES / "expiry.jsonl")

    assert result.answers.credentials is not None
    refused = told("expiry")["truth"]["refused"]
    assert refused == sum(1 for one in result.measured if one.exchange.status == 401) > 0


def test_the_walk_is_seen_to_its_end() -> None:
    result = analyzed(CAPTURES / "deep-walk.jsonl.gz")
    truth = told("deep-walk")["truth"]

    assert result.answers.pagination is not None
    walks = result.answers.pagination.pagination_walks
    assert sum(walk.pages for walk in walks) == truth["offset_pages"]
    longest = max(walks, key=lambda walk: walk.pages)
    assert longest.deepest_rows == truth["deepest_offset"]
    assert longest.verdict == "grows"
