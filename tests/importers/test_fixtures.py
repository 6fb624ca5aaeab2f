"""Every foreign file that others wrote: read and analysed, alone and all at once."""

from pathlib import Path

import pytest
from told import told

from analyzer.analyses.results import CaptureResult
from analyzer.importers import find_captures
from analyzer.report import build_report
from analyzer.report.as_json import report_json
from analyzer.report.figures import pick

FIXTURES = Path(__file__).parents[1] / "fixtures"

HELD: dict[str, tuple[str, int, int, list[str]]] = {
    "anthropic_raw_basic.sse": ("body", 1, 8, ["unfinished_event"]),
    "anthropic_raw_padded.sse": ("body", 1, 21, []),
    "anthropic_thinking.chunks.txt": ("body", 1, 22, []),
    "chrome_h2_h3.har": ("har", 3, 0, []),
    "deepseek_reasoning.chunks.txt": ("body", 1, 220, []),
    "dumpfile-012.mitm": ("flows", 1, 0, []),
    "dumpfile-013.mitm": ("flows", 1, 0, []),
    "gemini3_reasoning.chunks.txt": ("body", 1, 3, []),
    "gemini_json_array_split_1.bin": ("body", 1, 1, ["unfinished_event"]),
    "gemini_json_array_split_2.bin": ("body", 1, 0, ["beginning_missing", "unfinished_event"]),
    "gemini_json_array_split_3.bin": ("body", 1, 1, ["beginning_missing", "unfinished_array"]),
    "openai_chat_raw_a491.sse": ("body", 1, 50, []),
    "openai_chat_text.chunks.txt": ("body", 1, 303, []),
    "openai_responses_error.chunks.txt": ("body", 1, 4, []),
    "openai_responses_phase.chunks.txt": ("body", 1, 17, []),
}
"""Of each file what it is, how many exchanges and events are in it, and what is malformed."""


def held(capture: CaptureResult, events: int) -> tuple[str, int, int, list[str]]:
    problems = sorted({one.code for one in capture.problems})
    return capture.head.source, len(capture.measured), events, problems


@pytest.mark.parametrize("name", sorted(HELD))
def test_a_file_is_read_and_analysed(name: str) -> None:
    analysis, events = told([FIXTURES / name])
    (capture,) = analysis.captures

    assert held(capture, len(events)) == HELD[name]


def test_the_directory_is_read_at_once() -> None:
    """The manifest, schemas and licences in it are passed over; nothing has times to show."""
    analysis, events = told([FIXTURES])
    figures = pick(analysis)
    build_report(figures)
    report_json(figures)

    assert [path.name for path in find_captures([FIXTURES])] == sorted(HELD)
    assert {Path(one.file).name for one in analysis.captures} == set(HELD)
    assert len(events) == sum(count for _, _, count, _ in HELD.values())
    assert {one.head.clock for one in analysis.captures} == {"none", "event"}
