"""`streamscope replay`: what it takes and refuses, and how it begins and ends."""

import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from replaying import answered, head, streamed
from synthetic import write

from analyzer.commands.replay import replay
from analyzer.model import CaptureError, StreamscopeError
from analyzer.replay.process import ReplayProcess


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    one = streamed(1, [(0.0, b"data: 1\n\n")])
    held = streamed(3, [(0.0, b"data: 1\n\n")], "/held", end=(0, "unfinished"))
    return write(tmp_path / "capture.jsonl", [head(), *one, *answered(2, "/list", b"[]"), *held])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--stall", "3s"], "a stall looks like 3s@2"),
        (["--cut", "5x"], "a cut looks like @5"),
        (["--listen", "nowhere"], "an address to listen on"),
        (["--speed", "-1"], "not in the range"),
        (["--speed", "nan"], "no speed"),
        (["--match", "loosely"], "'loosely' is not one of"),
        (["--allow-origin", "localhost"], "an origin looks like"),
    ],
)
def test_wrong_usage_gets_a_sentence(capture: Path, arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(replay, [*arguments, str(capture)])

    assert done.exit_code == 2
    assert said in done.output


def test_a_capture_with_nothing_to_replay_gets_a_sentence(tmp_path: Path) -> None:
    empty = write(tmp_path / "empty.jsonl", [head()])
    shape = streamed(1, [(0.0, b"")])
    reduced = write(tmp_path / "shape.jsonl", [replace(head(), redaction="shape"), *shape])

    for path, said in ((empty, "no exchange in it"), (reduced, "reduced to lengths")):
        done = CliRunner().invoke(replay, [str(path)])
        assert isinstance(done.exception, CaptureError)
        assert said in str(done.exception)


def test_a_port_in_use_gets_a_sentence(capture: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(replay, ["--listen", f"127.0.0.1:{port}", str(capture)])

    assert isinstance(done.exception, StreamscopeError)
    assert f"Port {port} of 127.0.0.1 is in use" in str(done.exception)


def test_ctrl_c_ends_it_in_mid_stream_and_leaves_nothing(capture: Path) -> None:
    """Until then it says where it is and what it was asked for."""
    command = [sys.executable, "-u", "-m", "analyzer.commands.replay", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(
        [*command, str(capture)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        said = [process.stdout.readline() for _ in range(7)]
        url, ca = said[0].split()[4], Path(said[1].split()[1])
        context = ssl.create_default_context(cafile=ca)
        with (
            httpx.Client(http2=True, verify=context, base_url=url) as http,
            http.stream("POST", "/held") as held,
        ):
            first = next(held.iter_raw())
            got = http.get("/list")
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=10)

    assert (got.status_code, got.content, first) == (200, b"[]", b"data: 1\n\n")
    assert said[6] == "  3 exchanges of chat.example, 2 streams among them; as fast as recorded\n"
    assert rest.splitlines() == [
        "h2       POST /held  → #3: 200, a stream of 1 part in 0.0 s, unfinished",
        "h2       GET /list  → #2: 200",
    ]
    assert process.returncode == 0
    assert not ca.parent.exists()


def test_who_reads_along_may_leave(capture: Path) -> None:
    """As `| head -2` does; clients are answered all the same."""
    command = [sys.executable, "-u", "-m", "analyzer.commands.replay", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(
        [*command, str(capture)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        said = [process.stdout.readline() for _ in range(7)]
        process.stdout.close()
        context = ssl.create_default_context(cafile=said[1].split()[1])
        with httpx.Client(http2=True, verify=context, base_url=said[0].split()[4]) as http:
            got = [http.get("/list").status_code for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        assert process.stderr
        errors = process.stderr.read()

    assert got == [200, 200]
    assert (process.returncode, errors) == (0, "")


def test_in_a_process_of_its_own_it_ends_with_its_context(capture: Path) -> None:
    """Several captures are one, and standard output is one line only."""
    with ReplayProcess([capture, capture], ["--speed", "0"]) as process:
        address, pid = process.address, process.pid
        context = ssl.create_default_context(cafile=address.ca_path)
        with httpx.Client(http2=True, verify=context, base_url=address.url) as http:
            got = [http.post("/stream") for _ in range(3)]

    assert [one.status_code for one in got] == [200, 200, 404]
    assert "capture.jsonl #1" in got[2].text
    assert not address.ca_path.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
