"""JSON Lines of events: what `streamscope events --jsonl` prints."""

import io
import json
from pathlib import Path

import synthetic
from click.testing import CliRunner

from analyzer.commands.events import events as events_command
from analyzer.exporters import events
from analyzer.importers import read_capture


def test_the_lines_are_those_of_the_command(tmp_path: Path) -> None:
    capture = synthetic.write(tmp_path / "a.jsonl", synthetic.capture(3, 9))
    written = io.BytesIO()
    losses = events.write(read_capture(capture), written)
    printed = CliRunner().invoke(events_command, [str(capture), "--jsonl"]).stdout

    assert written.getvalue().decode() == printed
    assert list(json.loads(printed.splitlines()[0]))[:3] == ["exchange", "seq", "type"]
    counts = {loss.what: loss.count for loss in losses}
    assert counts["exchanges but for their numbers"] == 6
    assert counts["bodies"] == 6
