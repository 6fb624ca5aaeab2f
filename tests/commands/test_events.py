"""`streamscope events`: what it prints, live and from a capture."""

import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import synthetic
from synthetic import MS

from analyzer import cli
from analyzer.model import CaptureHead, ExchangeEnd, Reads, RequestEnd, RequestHead, ResponseHead

FIELDS = ["type", "data", "id", "retry", "first_ns", "at_ns", "read"]


@pytest.fixture
def live() -> Iterator[subprocess.Popen[bytes]]:
    """The command on a pipe of which the other end is open."""
    with subprocess.Popen(
        [sys.executable, "-m", "analyzer.cli", "events", "-", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        yield process
        process.kill()


def told(process: subprocess.Popen[bytes], data: bytes) -> dict[str, object]:
    """Write, and wait for the line that it brings; the pipe stays open."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(data)
    process.stdin.flush()
    found: dict[str, object] = json.loads(process.stdout.readline())
    return found


def test_each_event_is_told_before_the_next_bytes_come(live: subprocess.Popen[bytes]) -> None:
    """Also one that ends in a CR, of which the LF is still to come; each write is a read."""
    events = [
        told(live, b"\xef\xbb\xbfdata: a\r\n\r"),
        told(live, b"\nid: 7\nretry: 3000\nevent: delta\ndata: b\ndata: \xff\n\n"),
        told(live, b"id: x\0\ndata\r\r"),
    ]
    _, errors = live.communicate(b"data: unfinished")

    assert [list(event) for event in events] == [FIELDS] * 3
    assert [tuple(event.values())[:4] for event in events] == [
        ("message", "a", "", None), ("delta", "b\n\ufffd", "7", 3000), ("message", "", "7", None),
    ]  # fmt: skip
    assert [event["read"] for event in events] == [0, 1, 2]
    times = [event[name] for event in events for name in ("first_ns", "at_ns")]
    assert times == sorted(times)  # type: ignore[type-var] # they are numbers
    assert live.returncode == 0
    assert b"unfinished_event" in errors
    assert b"bad_utf8" in errors


def test_json_lines_are_told_as_they_come(live: subprocess.Popen[bytes]) -> None:
    """Also the last one, which has no line feed."""
    first = told(live, b'{"a": 1}\n')
    rest, _ = live.communicate(b'{"b": 2}')
    second = json.loads(rest)

    assert [first["data"], second["data"]] == ['{"a": 1}', '{"b": 2}']
    assert [first["read"], second["read"]] == [0, 1]
    assert live.returncode == 0


@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_a_capture_that_comes_by_a_pipe_is_read_as_one(
    tmp_path: Path, live: subprocess.Popen[bytes], wrap: Callable[[bytes], bytes]
) -> None:
    capture = a_capture(tmp_path / "first.jsonl", b"data: aaaaaaaa\n\n")
    said, _ = live.communicate(wrap(capture.read_bytes()))

    assert json.loads(said)["exchange"] == 3
    assert json.loads(said)["at_ns"] == 8 * MS


def test_a_file_as_standard_input_has_no_arrivals(tmp_path: Path) -> None:
    body = tmp_path / "answer.sse"
    body.write_bytes(b"data: x\n\n")
    with body.open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "analyzer.cli", "events", "-", "--jsonl"],
            stdin=file,
            capture_output=True,
            check=True,
        )

    assert (json.loads(done.stdout)["exchange"], json.loads(done.stdout)["at_ns"]) == (1, 0)
    assert b"no chunk times" in done.stderr


def test_several_captures_and_directories_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deep").mkdir()
    one = a_capture(tmp_path / "one.jsonl", b"data: aaaaaaaa\n\n")
    two = a_capture(tmp_path / "deep" / "two.jsonl", b"data: bbbbbbbb\n\n")
    (tmp_path / "notes.txt").write_text("no capture")
    assert run(monkeypatch, "events", str(tmp_path), "--jsonl") == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert run(monkeypatch, "events", str(one), str(two)) == 0
    table = capsys.readouterr().out

    assert [(event["capture"], event["data"]) for event in found] == [
        (str(two), "bbbbbbbb"),
        (str(one), "aaaaaaaa"),
    ]
    assert [line for line in table.splitlines() if line.endswith(":")] == [f"{one}:", f"{two}:"]


@pytest.mark.parametrize("command", ["report", "transcript"])
def test_other_commands_take_a_capture_from_a_pipe_too(tmp_path: Path, command: str) -> None:
    records = synthetic.write(tmp_path / "c", synthetic.capture(2, 20)).read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "analyzer.cli", command, "-"],
        input=gzip.compress(records),
        capture_output=True,
        check=True,
    )

    assert b"tide" in done.stdout or b"turn" in done.stdout


def a_capture(path: Path, body: bytes) -> Path:
    headers = (("content-type", "text/event-stream"),)
    where = ("POST", "https", "chat.example", "/backend-api/conversation", "HTTP/2.0")
    return synthetic.write(
        path,
        [
            CaptureHead("4fd1", "proxy", "streamscope", "chunk", 41, 0, 1_760_000_000_000_000_000),
            RequestHead(3, 0, *where),
            RequestEnd(3, 1 * MS),
            ResponseHead(3, 2 * MS, 200, "HTTP/2.0", headers, streamed=True),
            Reads(3, (5 * MS, 8 * MS), (10, len(body) - 10), body),
            ExchangeEnd(3, 9 * MS, "complete"),
        ],
    )


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["streamscope", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


def test_a_captures_events_name_their_exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capture = a_capture(tmp_path / "first.jsonl", b'data: {"v": 1}\n\ndata: [DONE]\n\n')
    run(monkeypatch, "events", str(capture), "--jsonl")
    first, second = map(json.loads, capsys.readouterr().out.splitlines())

    assert list(first) == ["exchange", "seq", *FIELDS]
    assert (first["exchange"], first["seq"], second["seq"]) == (3, 0, 1)
    assert (first["first_ns"], first["at_ns"], first["read"]) == (5 * MS, 8 * MS, 1)


def test_nothing_captured_reaches_the_terminal_raw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither in an event nor in the problem that quotes it."""
    hostile = "\x1b]0;owned\x07\x1b[2J\u202e"
    body = f"event: delta_encoding\ndata: {hostile}\n\nevent: {hostile}\ndata: x\n\n".encode()
    run(monkeypatch, "events", str(a_capture(tmp_path / "first.jsonl", body)))
    said = capsys.readouterr()

    assert "unknown_encoding" in said.err
    assert not {"\x1b", "\x07", "\u202e"} & {*said.out, *said.err}


@pytest.mark.parametrize("name", ["missing.jsonl", "text.txt", "empty", "."])
def test_a_file_that_is_no_capture_gets_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    (tmp_path / "text.txt").write_text("hello")
    (tmp_path / "empty").touch()

    assert run(monkeypatch, "events", str(tmp_path / name)) == 1
    assert capsys.readouterr().err.startswith(f"streamscope: {tmp_path / name}")


def test_a_full_disk_and_a_closed_input_get_a_sentence(tmp_path: Path) -> None:
    capture = a_capture(tmp_path / "first.jsonl", b"data: aaaaaaaa\n\n")
    command = f"exec {sys.executable} -m analyzer.cli events"
    full = subprocess.run(
        ["sh", "-c", f"{command} {capture} >/dev/full"], capture_output=True, text=True, check=False
    )
    closed = subprocess.run(
        ["sh", "-c", f"{command} - <&-"], capture_output=True, text=True, check=False
    )

    assert (full.returncode, closed.returncode) == (1, 1)
    assert full.stderr == "streamscope: no space is left where the output goes; free some\n"
    assert closed.stderr.startswith("streamscope: standard input is closed")


def test_ctrl_c_on_a_live_stream_still_tells_what_was_malformed(
    live: subprocess.Popen[bytes],
) -> None:
    told(live, b"data: \xff\n\n")
    live.send_signal(signal.SIGINT)
    _, errors = live.communicate()

    assert live.returncode == 130
    assert b"bad_utf8" in errors
    assert b"Traceback" not in errors
