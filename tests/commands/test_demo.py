"""What `streamscope demo` does once the session is recorded: the page, and who gets to see it."""

import shutil
import sys
import webbrowser
from pathlib import Path

import pytest
from click.testing import CliRunner

import analyzer.commands.demo as command
from analyzer.commands.outputs import Wanted
from analyzer.commands.writing import Made, Making
from analyzer.demo.session import DemoFiles

CAPTURE = Path(__file__).parents[2] / "captures" / "good-h2.jsonl"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a browser is asked to open, while a capture that ships is the session."""

    def record(directory: Path, *_: object, **__: object) -> DemoFiles:
        directory.mkdir()
        capture = Path(shutil.copy(CAPTURE, directory / "capture.jsonl"))
        database, report = directory / "capture.db", directory / "report.json"
        page, truth = directory / "report.html", directory / "truth.jsonl"
        return DemoFiles(capture, database, report, page, truth, "a capture")

    def make(_: Making, wanted: Wanted) -> Made:
        """The page's own tests make real ones, which takes seconds."""
        return Made(wanted.path, b"a page")

    addresses: list[str] = []
    monkeypatch.setattr(command, "record_demo", record)
    monkeypatch.setattr(Making, "make", make)
    monkeypatch.setattr(webbrowser, "open", addresses.append)
    return addresses


@pytest.mark.parametrize(
    ("option", "has_desktop", "opens"),
    [
        ((), True, True),
        ((), False, False),
        (("--open",), False, True),
        (("--no-open",), True, False),
    ],
)
def test_the_page_is_named_last_and_opened_where_there_is_a_desktop(
    option: tuple[str, ...],
    has_desktop: bool,
    opens: bool,
    opened: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "has_desktop", lambda: has_desktop)
    page = tmp_path / "out" / "report.html"
    run = CliRunner().invoke(command.demo, ["--out", str(page.parent), *option])

    assert run.stdout.endswith(f"The report as a page, with charts: {page}\n")
    assert page.read_bytes() == b"a page"
    assert opened == ([page.as_uri()] if opens else [])


@pytest.mark.parametrize(
    ("is_terminal", "display", "expected"),
    [(True, ":0", True), (True, "", False), (False, ":0", False)],
)
def test_a_desktop_is_a_display_before_a_terminal(
    is_terminal: bool, display: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)

    assert command.has_desktop() == expected
