"""`streamscope analyze`: thresholds judged and figures sent of what was just analysed."""

import sys
from pathlib import Path

import pytest
import synthetic
from receiving import receiving

from analyzer import cli
from analyzer.store import read_analysis


def test_thresholds_are_judged_and_figures_sent_once_the_database_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capture = synthetic.write(tmp_path / "c.jsonl", synthetic.capture(2, 8))
    database, junit = tmp_path / "c.db", tmp_path / "j.xml"
    with receiving() as receiver:
        asked = ("--threshold", "ttft:med<1ns", "--threshold", "stalls:count>=0")
        places = ("--db", str(database), "--junit", str(junit))
        arguments = ("analyze", str(capture), *places, *asked)
        monkeypatch.setattr(sys, "argv", ["streamscope", *arguments, "--otlp", receiver.endpoint])
        with pytest.raises(SystemExit) as ended:
            cli.main()

    out, err = capsys.readouterr()
    assert ended.value.code == 99
    lines = [line.split() for line in out.splitlines() if "ttft" in line or "stalls" in line]
    assert [line[0] for line in lines] == ["✗", "✓"]
    assert len(read_analysis(database).captures) == 1
    assert 'failures="1"' in junit.read_text()
    assert len(receiver.spans()) == 2
    assert err.startswith("sent by OTLP: ")
