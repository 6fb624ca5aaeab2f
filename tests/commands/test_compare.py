"""`streamscope compare`: groups, names, outputs, thresholds and exit statuses."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import synthetic

from analyzer import cli
from analyzer.commands import compare, writing

KEPT = "--threshold=ttft:med<1min"
BROKEN = "--threshold=ttft:med<1ms"
UNKNOWN = "--threshold=used_after_expiry:count==0"
PASS = "--unmeasured=pass"

type Run = Callable[..., int | str | None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two captures of ten turns, and a database of each of them."""
    folder = tmp_path_factory.mktemp("captures")
    for seed, name in enumerate(("before", "after")):
        records = synthetic.capture(10, 6, seed=seed, capture_id=name)
        synthetic.write(folder / f"{name}.jsonl", records)
    return folder


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Run:
    monkeypatch.chdir(folder)

    def command(*arguments: object) -> int | str | None:
        monkeypatch.setattr(sys, "argv", ["streamscope", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code

    return command


def test_two_captures_are_compared(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compare", "before.jsonl", "after.jsonl") == 0

    said = capsys.readouterr().out
    assert said.startswith("streamscope compare · after against before ─")
    assert "In short" in said
    assert "How it was compared" in said


def test_every_format_has_the_same_figures(
    run: Run,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Also where nothing is installed that draws charts, which is said."""
    for module in (compare, writing):
        monkeypatch.setattr(module, "has_charts", lambda: False)
    paths = [tmp_path / f"c{ending}" for ending in (".html", ".md", ".json")]
    outputs = [option for path in paths for option in ("-o", path)]

    assert run("compare", "before.jsonl", "after.jsonl", *outputs) == 0
    terminal, told = capsys.readouterr()

    page, markdown, document = (path.read_text() for path in paths)
    compared = json.loads(document)["against_first"][0]
    median = compared["times"][3]["shifts"][0]
    shown = f"{median['second_ns'] / 1e6:.0f} ms"
    assert compared["times"][3]["metric"] == "ttft"
    assert shown in terminal
    assert shown in markdown
    assert shown in page
    assert page.startswith("<!")
    assert "streamscope[charts]" in told
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}


def test_a_database_is_compared_as_its_capture_is(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run("analyze", "after.jsonl", "--db", "after.db")
    capsys.readouterr()
    found = []
    for source in ("after.jsonl", "after.db"):
        assert run("compare", "before.jsonl", source, "--json", "-") == 0
        found.append(json.loads(capsys.readouterr().out))

    assert found[0] == found[1]


def test_protocols_inside_one_capture_are_compared(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("compare", "before.jsonl", "--by", "protocol", "--json", "-") == 0

    document = json.loads(capsys.readouterr().out)
    assert [(one["name"], one["turns"]) for one in document["groups"]] == [("h2", 5), ("h3", 5)]


def test_captures_of_a_directory_are_compared(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path, folder: Path
) -> None:
    for name in ("before", "after"):
        (tmp_path / f"{name}.jsonl").write_bytes((folder / f"{name}.jsonl").read_bytes())

    assert run("compare", tmp_path, "--by", "capture", "--json", "-") == 0

    document = json.loads(capsys.readouterr().out)
    assert {one["name"] for one in document["groups"]} == {"before.jsonl", "after.jsonl"}


def test_names_are_given_or_made_unique(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path, folder: Path
) -> None:
    other = tmp_path / "before.jsonl"
    other.write_bytes((folder / "after.jsonl").read_bytes())

    def names(*options: str) -> list[str]:
        assert run("compare", "before.jsonl", other, "--json", "-", *options) == 0
        groups = json.loads(capsys.readouterr().out)["groups"]
        return [one["name"] for one in groups]

    assert names() == ["before.jsonl (1)", "before.jsonl (2)"]
    assert names("--name", "v1", "--name", "v2\x1b[2J") == ["v1", "v2"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("before.jsonl",), 2, "--by protocol"),
        (("before.jsonl", "after.jsonl", "--name", "one"), 2, "1 times for 2 groups"),
        (("before.jsonl", "after.jsonl", "--name=x", "--name=x"), 2, "two groups can't have"),
        (("before.jsonl", "after.jsonl", "-o", "c.docx"), 2, ".html, .md, .json"),
        (("before.jsonl", "--by", "host"), 1, "there is only chat.example"),
        (("before.jsonl", "nowhere.jsonl"), 1, "nowhere.jsonl"),
        (("before.jsonl", "after.jsonl", "--threshold", "ttft:p95<1s"), 2, "at character 7"),
        (("before.jsonl", "after.jsonl", "--junit", "x.xml"), 2, "state a --threshold"),
        (("before.jsonl", "after.jsonl", "-o", "nowhere/c.md"), 1, "there is no directory"),
    ],
)
def test_what_cannot_be_meant_is_said(
    run: Run,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    status: int,
    said: str,
) -> None:
    assert run("compare", *arguments) == status
    # The sentence may be broken into lines, and framed by bars.
    assert said in " ".join(capsys.readouterr().err.split())


def test_thresholds_are_asked_of_all_but_the_first(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report = tmp_path / "gates.xml"
    broken = run(
        *("compare", "before.jsonl", "after.jsonl", "--junit", report),
        *("--threshold", "turns:count==10", "--threshold", "ttft:diff(med)<-1min"),
    )
    said = capsys.readouterr().out

    assert broken == 99
    assert said.index("Thresholds") < said.index("In short")
    assert "✓  after  turns count" in said
    assert "✗  after  ttft diff(med)" in said
    assert report.stat().st_mode & 0o777 == 0o600
    (suite,) = ET.parse(report).getroot()
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("2", "1")
    kept = "--threshold=ttft:change(med)<10000%"
    assert run("compare", "-q", "before.jsonl", "after.jsonl", kept) == 0


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ((KEPT,), 0),
        ((BROKEN,), 99),
        ((UNKNOWN,), 99),
        ((KEPT, UNKNOWN), 99),
        ((KEPT, BROKEN), 99),
        ((UNKNOWN, PASS), 0),
        ((KEPT, UNKNOWN, PASS), 0),
        ((BROKEN, UNKNOWN, PASS), 99),
        ((f"{BROKEN} nonsense",), 2),
        (("--threshold=ttft:diff(med)<1ms",), 2),
        ((KEPT, "--junit=nowhere/x.xml"), 1),
        ((KEPT, "--junit=before.jsonl"), 1),
        ((BROKEN, "--json=before.jsonl"), 1),
    ],
)
def test_the_exit_status_of_thresholds(
    run: Run, folder: Path, options: tuple[str, ...], status: int
) -> None:
    before = (folder / "before.jsonl").read_bytes()

    assert run("report", "-q", "before.jsonl", *options) == status
    assert (folder / "before.jsonl").read_bytes() == before


def test_only_thresholds_are_printed_where_quiet(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (("report", "-q"), ("compare", "-q", "after.jsonl")):
        run(*command, "before.jsonl", BROKEN, UNKNOWN)

        said = capsys.readouterr().out
        assert said.startswith("Thresholds ─")
        assert "✗" in said
        assert "not measured: no credential's end is known" in " ".join(said.split())
        assert "Percentiles" not in said
        assert "In short" not in said


def test_analyze_keeps_the_database_and_fails_with_99(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    database = tmp_path / "kept.db"

    assert run("analyze", "before.jsonl", "--db", database, BROKEN) == 99
    assert capsys.readouterr().out.startswith("Thresholds ─")
    assert run("report", "-q", database, "--threshold", "turns:count==10") == 0
    assert run("report", "-q", "before.jsonl", KEPT, "--junit", database) == 1
    assert "is a database" in capsys.readouterr().err
