"""`streamscope report -o`: files of every format from one reading, and what is wrong usage."""

import csv
import io
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import synthetic
from making import a_head
from receiving import receiving

from analyzer import cli
from analyzer.analyze import analyze
from analyzer.commands import outputs
from analyzer.commands.outputs import ENDINGS
from analyzer.commands.report import read
from analyzer.report.charts import NAMES
from analyzer.store import Store
from analyzer.telemetry.measures import MEASURES


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("read") / "first.jsonl"
    return synthetic.write(place, synthetic.capture(4, 12))


@pytest.fixture(autouse=True)
def in_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["streamscope", "report", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


def test_several_files_say_the_same_figures(
    capture: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A page, Markdown with its charts, JSON, CSV, one chart as both pictures, percentiles."""
    names = ("r.html", "r.md", "r.json", "r.csv", "ttft.svg", "icl.png", "icl.hgrm")
    asked = [part for name in names for part in ("-o", name)]
    assert {Path(name).suffix for name in names} == set(ENDINGS)

    assert run(monkeypatch, capture, *asked) == 0
    out, err = capsys.readouterr()
    document = json.loads(Path("r.json").read_bytes())
    rows = list(csv.DictReader(io.StringIO(Path("r.csv").read_text(), newline="")))
    markdown = Path("r.md").read_text()
    page = Path("r.html").read_text()
    ttft = next(line for line in out.splitlines() if "TTFT" in line).split("TTFT")[1].split("  ")
    assert [row["ttft_ns"] for row in rows] == [
        "" if turn["ttft_ns"] is None else str(turn["ttft_ns"]) for turn in document["turns"]
    ]
    for shown in filter(None, map(str.strip, ttft)):
        assert f" {shown} |" in markdown
        assert shown in page
    assert f"Total count    = {document['all']['icl_ns']['n']:12d}]" in Path("icl.hgrm").read_text()
    assert page.startswith("<!doctype html>")
    assert Path("ttft.svg").read_text().startswith("<svg")
    assert Path("icl.png").read_bytes().startswith(b"\x89PNG")
    linked = set(re.findall(r"\(<(r\.charts/[^>]+\.svg)>\)", markdown))
    assert linked == {f"r.charts/{one.name}" for one in Path("r.charts").iterdir()}
    assert "r.charts/ttft.svg" in linked
    assert [line.split(":")[0] for line in err.splitlines()] == list(names)
    for path in tmp_path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_report_is_made_anew_and_quietly(
    capture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("r.csv").write_text("an old one")

    assert run(monkeypatch, capture, "-q", "-o", "r.csv") == 0
    assert Path("r.csv").read_text().startswith("capture,")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "r.pdf"), "r.pdf: its ending names no format. Known are .html"),
        (("-o", "r"), "its ending names no format"),
        (("-o", "picture.svg"), "'picture' is no chart"),
        (("-o", "r.png", "--chart", "nope"), "'nope' is no chart"),
        (("-o", "speed.hgrm"), "'speed' is no metric"),
        (("-o", "r.md", "-o", "r.md"), "r.md is named twice"),
        (("-o", "r.md", "--chart", "ttft"), "--chart chooses"),
        (("-o", "r.md", "--metric", "ttft"), "--metric chooses"),
        (("--otlp-header", "a=b"), "--otlp-header goes with"),
        (("--otlp", "http://127.0.0.1:9", "--otlp-header", "secret"), "NAME=VALUE"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    assert run(monkeypatch, "nowhere.jsonl", *arguments) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "secret" not in told
    assert list(Path().iterdir()) == []


def test_names_are_listed_with_what_they_show(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for file, known in (("x.svg", NAMES), ("x.hgrm", MEASURES)):
        run(monkeypatch, "nowhere.jsonl", "-o", file)
        told = capsys.readouterr().err
        for name, meaning in known.items():
            assert re.search(rf"^  {name} +{re.escape(meaning)}$", told, re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere/r.md", "there is no directory nowhere"),
        ("dir.md", "is a directory"),
        ("pipe.md", "is no regular file"),
        ("capture.json", "is a capture ("),
    ],
)
def test_places_that_are_none_get_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    Path("dir.md").mkdir()
    os.mkfifo("pipe.md")
    kept = synthetic.write(Path("capture.json"), synthetic.capture(1, 5)).read_bytes()

    assert run(monkeypatch, "nowhere.jsonl", "-o", name) == 1
    assert said in capsys.readouterr().err
    assert Path("capture.json").read_bytes() == kept


def test_a_chart_that_the_capture_has_nothing_for_is_an_error(
    capture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And no other file of the same run is written."""
    assert run(monkeypatch, capture, "-q", "-o", "r.csv", "-o", "pagination.svg") == 1
    assert "has nothing for the chart pagination" in capsys.readouterr().err
    assert list(Path().iterdir()) == []


def test_without_what_draws_charts_the_rest_is_written_and_said(
    capture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(outputs, "find_spec", lambda name: None)

    assert run(monkeypatch, capture, "-q", "-o", "r.md", "-o", "r.html") == 0
    assert 'data-chart="' not in Path("r.html").read_text()
    assert "![" not in Path("r.md").read_text()
    assert capsys.readouterr().err.count("pip install 'streamscope[charts]'") == 1
    assert run(monkeypatch, capture, "-q", "-o", "ttft.svg") == 1
    assert "pip install 'streamscope[charts]'" in capsys.readouterr().err


def test_a_plain_report_loads_nothing_that_is_optional() -> None:
    """Each of them takes a moment of every start."""
    heavy = ("altair", "vl_convert", "opentelemetry", "prometheus_client", "datasette", "requests")
    code = f"import sys, analyzer.commands.report; print([n for n in {heavy} if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "[]\n"


def test_thresholds_are_judged_once_and_told_everywhere(
    capture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """First in what is printed, in the files, and 99 once all is written."""
    asked = ("--threshold", "ttft:med<1ns", "--threshold", "stalls:count>=0", "--junit", "j.xml")
    files = ("-o", "r.md", "-o", "r.json")
    monkeypatch.setattr(outputs, "find_spec", lambda name: None)  # charts take their time

    assert run(monkeypatch, capture, "--quiet", *asked, *files) == 99
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines() if "ttft" in line or "stalls" in line]
    assert [line[0] for line in lines] == ["✗", "✓"]
    judged = json.loads(Path("r.json").read_bytes())["thresholds_judged"]
    assert [(one["threshold"], one["passed"]) for one in judged] == [
        ("ttft:med<1ns", False),
        ("stalls:count>=0", True),
    ]
    markdown = Path("r.md").read_text()
    assert markdown.index("## Thresholds") < markdown.index("## What was felt")
    assert "**✗**" in markdown
    assert 'failures="1"' in Path("j.xml").read_text()
    assert run(monkeypatch, capture, "-q", "--threshold", "stalls:count>=0") == 0


def test_captures_and_databases_are_reported_on_together(capture: Path, tmp_path: Path) -> None:
    """Of captures with one id the last named counts, wherever it stands."""
    other = synthetic.write(tmp_path / "b.jsonl", [a_head(capture_id="other")])
    analyze([capture], stall_ns=7_000_000, sink=Store(tmp_path / "a.db"))
    analyze([other], sink=Store(tmp_path / "b.db"))

    both = read((tmp_path / "a.db", tmp_path / "b.db"))
    assert len(both.captures) == 2
    last = {one.head.capture_id: one for one in read((capture, other, tmp_path / "a.db")).captures}
    assert {one.stall_ns for one in last.values()} == {7_000_000, 250_000_000}
    first = read((tmp_path / "a.db", other, capture))
    assert {one.stall_ns for one in first.captures} == {250_000_000}
    assert first == read((capture, tmp_path / "b.db"))


def test_all_sources_are_looked_at_before_the_first_is_read(
    capture: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    analyze([capture], sink=Store(tmp_path / "a.db"))
    (tmp_path / "text.txt").write_text("hello")

    assert run(monkeypatch, tmp_path / "a.db", tmp_path / "text.txt") == 1
    assert "text.txt" in capsys.readouterr().err


def test_figures_are_sent_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = synthetic.write(Path("c.jsonl"), synthetic.capture(2, 8))
    with receiving() as receiver:
        header = ("--otlp-header", "authorization=Bearer s3cret")
        assert run(monkeypatch, made, "-q", "--otlp", receiver.endpoint, *header) == 0
        told = capsys.readouterr().err
        receiver.status = 403
        assert run(monkeypatch, made, "-q", "--otlp", receiver.endpoint, *header) == 1
        refused = capsys.readouterr().err

    assert {one["authorization"] for one in receiver.headers} == {"Bearer s3cret"}
    assert re.fullmatch(r"sent by OTLP: \d+ metrics, 2 spans\n", told)
    assert "it answered 403" in refused
    assert "s3cret" not in told + refused


def test_a_receiver_that_refuses_does_not_hide_a_threshold_that_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = synthetic.write(Path("c.jsonl"), synthetic.capture(2, 8))
    gate = ("--threshold", "ttft:max<1ns", "--junit", "kept.xml")
    with receiving() as receiver:
        receiver.status = 403
        status = run(monkeypatch, made, "-q", "--otlp", receiver.endpoint, *gate)

    assert status == 99
    assert "it answered 403" in capsys.readouterr().err
    assert "<failure" in Path("kept.xml").read_text()


def test_what_sends_may_not_be_installed(
    capture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "analyzer.telemetry.otlp", raising=False)
    monkeypatch.setitem(sys.modules, "requests", None)

    assert run(monkeypatch, capture, "-q", "--otlp", "http://127.0.0.1:9") == 1
    assert "pip install 'streamscope[otlp]'" in capsys.readouterr().err
