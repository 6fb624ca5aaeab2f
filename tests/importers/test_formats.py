"""Whose a file is, and what is said of those that look like captures and are none."""

from pathlib import Path

import msgspec
import pytest
import synthetic
from har_files import a_har
from netlogs import LogMaker

from analyzer import journal
from analyzer.analyses import alignment
from analyzer.analyze import analyze
from analyzer.commands.align import read_run
from analyzer.exporters import events, perfetto
from analyzer.exporters.events import stream_object
from analyzer.importers import find_captures, format_of, read_capture, recognised
from analyzer.lab.truth import CredentialLine, TruthLog
from analyzer.model import CaptureEnd, CaptureError, WireEvent
from analyzer.report.alignment import alignment_json
from analyzer.report.as_json import report_json
from analyzer.report.figures import pick
from analyzer.store import Store

EVENT = WireEvent(0, 5, 6, 0, "message", 'a "b" \\')


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (journal.encode(CaptureEnd(1)), ""),
        (journal.MAGIC, "a streamscope capture"),
        (a_har(), "har"),
        (b'{"log":{"pages":[],"x":1}}', "har"),
        (b'{"log":"a line of a log"}\n', "bodies"),
        (b'{"log":{"level":"info"}}\n', "bodies"),
        (LogMaker().text(), "netlog"),
        (b'{"constants":{"a":1},"events":[]}', "bodies"),
        (b'{"exchange":"rate"}\n', "bodies"),
        (b'{"type":"message","data":"x"}\n', "bodies"),
        (b'{"t":"x","mono_ns":"y"}\n', "bodies"),
        (b'{"schema":"https://json-schema.org"}', "bodies"),
        (b'{"exchange":1,"seq":0,"type":"message"}\n', ""),
        (msgspec.json.encode(stream_object(EVENT)) + b"\n", ""),
        (b'{"traceEvents":[{"ph":"M"}]}', ""),
        (b"PAR1\x15\x04", ""),
    ],
)
def test_files_that_look_alike_are_told_apart(head: bytes, name: str) -> None:
    assert format_of(head) == name


def products(folder: Path) -> dict[str, str]:
    """Every file that we write beside a capture, by name, with what is to be said of it."""
    capture = synthetic.write(folder / "capture.jsonl", synthetic.capture(1, 5))
    analysis = analyze([capture], sink=Store(folder / "capture.db"))
    with (folder / "list.events.jsonl").open("wb") as file:
        events.write(read_capture(capture), file)
    with (folder / "trace.json").open("wb") as file:
        perfetto.write(read_capture(capture), file)
    (folder / "report.json").write_bytes(report_json(pick(analysis)))
    run = read_run(capture, b"key")
    (folder / "align.json").write_bytes(alignment_json(alignment.align(run, run)))
    truth = TruthLog(folder / "truth.jsonl")
    truth.write(CredentialLine(mono_ns=1, wall_ns=2, what="issued", kind="access", id="x", code=""))
    truth.close()
    headless = capture.read_bytes().partition(b"\n")[2]
    (folder / "headless.jsonl").write_bytes(headless)
    (folder / "session.keys").write_text(f"# by NSS\nCLIENT_RANDOM {'0a' * 32} {'1b' * 48}\n")
    return {
        "capture.db": "a database",
        "list.events.jsonl": "a list of events",
        "trace.json": "a trace for Perfetto",
        "report.json": "figures that streamscope wrote",
        "align.json": "figures that streamscope wrote",
        "truth.jsonl": "the lab's own log",
        "headless.jsonl": "without its first line",
        "session.keys": "a log of TLS secrets",
    }


def test_what_we_write_beside_a_capture_is_none_and_called_what_it_is(tmp_path: Path) -> None:
    said = products(tmp_path)

    assert find_captures([tmp_path]) == [tmp_path / "capture.jsonl"]
    for name, words in said.items():
        assert recognised(tmp_path / name) == ""
        with pytest.raises(CaptureError, match=rf"{name}: .*{words}"):
            read_capture(tmp_path / name)
