"""`streamscope redact`: levels from the command line, into any format."""

import json
from pathlib import Path

import pytest
import synthetic
from click.testing import CliRunner

from analyzer.commands.redact import redact
from analyzer.importers import read_capture
from analyzer.model import CaptureHead


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return synthetic.write(tmp_path / "in.jsonl", synthetic.capture(2, 9))


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(
        redact, [str(one) for one in arguments], standalone_mode=False, catch_exceptions=False
    )
    return result.stdout


@pytest.mark.parametrize(("level", "text"), [("content", b"xxxx"), ("shape", b"host-1.example")])
def test_a_capture_says_what_was_taken_out(
    tmp_path: Path, capture: Path, level: str, text: bytes
) -> None:
    target = tmp_path / "out.jsonl"
    run(capture, target, "--level", level)
    head = next(read_capture(target))

    assert isinstance(head, CaptureHead)
    assert (head.redaction, head.capture_id) == (level, f"synthetic-1-{level}")
    assert text in target.read_bytes()
    assert b"tide" in capture.read_bytes()
    assert b"tide" not in target.read_bytes()


def test_secrets_changes_nothing(tmp_path: Path, capture: Path) -> None:
    run(capture, tmp_path / "out.jsonl", "--level", "secrets")

    assert (tmp_path / "out.jsonl").read_bytes() == capture.read_bytes()


def test_any_format_can_be_written(tmp_path: Path, capture: Path) -> None:
    run(capture, tmp_path / "out.trace.json", "--level", "content")
    trace = json.loads((tmp_path / "out.trace.json").read_bytes())
    texts = {
        char
        for event in trace["traceEvents"]
        if event["name"] in ("answer", "title")
        for char in event["args"]["text"]
    }

    assert trace["otherData"]["redaction"] == "content"
    assert texts == {"x"}


def test_standard_output_is_a_journal(capture: Path) -> None:
    said = run(capture, "-", "--level", "shape")

    assert said.startswith('{"format":"streamscope-journal"')
