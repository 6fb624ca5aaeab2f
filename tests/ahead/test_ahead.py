"""A capture that another process reads ahead comes to the same, and so does every mishap."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import synthetic
from stored import dump

from analyzer import ahead
from analyzer.ahead import is_worth, read_ahead
from analyzer.analyze import Progress, analyze
from analyzer.importers import read_capture
from analyzer.model import CaptureError, CaptureHead, Reads
from analyzer.reassemble.steps import Step, reassembled
from analyzer.store import Store


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return synthetic.write(tmp_path / "some.jsonl", synthetic.capture(turns=6, chunks=40))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes that are started; each has ended when the test has."""
    processes: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg] # of bytes
        def __init__(self, *given: object, **named: object) -> None:
            super().__init__(*given, **named)  # type: ignore[call-overload] # as they came
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    yield processes

    assert processes
    assert all(process.returncode is not None for process in processes)


def without_bytes(step: Step) -> Step:
    if isinstance(step.record, Reads):
        return step._replace(record=msgspec.structs.replace(step.record, data=b""))
    return step


def test_each_step_is_the_same(capture: Path, started: list[object]) -> None:
    here = [without_bytes(step) for step in reassembled(read_capture(capture))]

    assert list(read_ahead(capture)) == here


def test_the_analysis_and_the_database_are_the_same(
    capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: list[object]
) -> None:
    here = analyze([capture], sink=Store(tmp_path / "here.db"))
    monkeypatch.setattr(ahead, "WORTH_BYTES", 0)
    monkeypatch.setattr(ahead, "_cores", lambda: 2)
    told: list[Progress] = []
    there = analyze([capture], sink=Store(tmp_path / "there.db"), progress=told.append)

    assert there == here
    assert dump(tmp_path / "there.db") == dump(tmp_path / "here.db")
    assert told
    assert len(started) == 1


def test_small_captures_streams_and_single_cores_need_no_second_process(
    capture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "_cores", lambda: 2)
    small = is_worth(capture)
    monkeypatch.setattr(ahead, "WORTH_BYTES", capture.stat().st_size)
    big = is_worth(capture)
    stream = is_worth(Path("-"))
    monkeypatch.setattr(ahead, "_cores", lambda: 1)

    assert (small, big, stream, is_worth(capture)) == (False, True, False, False)


def test_what_is_no_capture_gets_its_sentence(tmp_path: Path, started: list[object]) -> None:
    path = tmp_path / "none.jsonl"
    path.write_bytes(b'{"format":"streamscope-journal","version":99,"capture":{}}\n')

    with pytest.raises(CaptureError, match="journal version 99 is newer"):
        next(read_ahead(path))


def test_times_beyond_64_bits_get_their_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: list[object]
) -> None:
    monkeypatch.setattr(ahead, "WORTH_BYTES", 0)
    monkeypatch.setattr(ahead, "_cores", lambda: 2)
    head = CaptureHead("far", "proxy", "streamscope", "chunk", 41, 0, 0)
    path = synthetic.write(tmp_path / "far.jsonl", [head])
    line = b'{"t":"reads","exchange":1,"at":[%d],"lengths":[1],"data":{"text":"x"}}\n' % 2**70
    path.write_bytes(path.read_bytes() + line)

    with pytest.raises(CaptureError, match="more than 64 bits"):
        analyze([path])


def test_a_reader_that_is_killed_is_told_of(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    path = synthetic.write(tmp_path / "long.jsonl", synthetic.capture(turns=60, chunks=200))
    steps = read_ahead(path)
    next(steps)
    os.kill(started[0].pid, signal.SIGKILL)

    with pytest.raises(CaptureError, match="was ended from outside"):
        list(steps)


def test_whoever_stops_listening_ends_the_reader(
    capture: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    steps = read_ahead(capture)
    first = next(steps)
    steps.close()

    assert isinstance(first.record, CaptureHead)
    assert started[0].returncode is not None
