"""`streamscope serve`: what it refuses, and a server on a real socket from start to end."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from synthetic import capture, write

from analyzer.analyze import analyze
from analyzer.commands.serve import TOKEN, serve
from analyzer.store import Store

SECRET = "0123456789abcdef"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("serve") / "one.jsonl", capture(turns=1, chunks=3))


def refused(*arguments: str, env: dict[str, str] | None = None) -> str:
    """What is said of arguments with which nothing is served."""
    result = CliRunner().invoke(serve, list(arguments), env={TOKEN: "", **(env or {})})

    assert result.exit_code != 0
    return result.output + str(result.exception)


@contextmanager
def serving(*arguments: str, **env: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its address; ended by its pid, whatever happens."""
    with subprocess.Popen(
        [sys.executable, "-m", "analyzer.cli", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().partition(" ")[0]
        finally:
            process.kill()


def status(url: str, headers: dict[str, str] | None = None) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {})) as got:
            return int(got.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "box.example"])
def test_beyond_loopback_nothing_is_served_without_a_token(host: str, recorded: Path) -> None:
    assert "token" in refused("--host", host, str(recorded))


def test_a_token_that_can_be_guessed_is_refused(recorded: Path, tmp_path: Path) -> None:
    empty = tmp_path / "token"
    empty.touch()

    assert "easy to find" in refused(str(recorded), env={TOKEN: "short"})
    assert "is empty" in refused("--token-file", str(empty), str(recorded))
    assert "can't be read" in refused("--token-file", str(tmp_path / "none"), str(recorded))


def test_live_follows_one_capture(recorded: Path) -> None:
    assert "--live follows one" in refused("--live", str(recorded), str(recorded))


def test_a_port_in_use_is_said_in_a_sentence(recorded: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = refused("--port", str(taken.getsockname()[1]), str(recorded))

    assert "is in use" in said


def test_a_database_is_served_alone_and_only_one_of_ours(recorded: Path, tmp_path: Path) -> None:
    ours, foreign = tmp_path / "ours.db", tmp_path / "foreign.db"
    analyze([recorded], sink=Store(ours))
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sqlite3; sqlite3.connect({str(foreign)!r}).execute('CREATE TABLE t(a)')",
        ],
        check=True,
    )

    assert "serve it alone" in refused(str(ours), str(recorded))
    assert "not one of streamscope's" in refused(str(foreign))


def test_captures_are_served_until_it_is_interrupted_and_nothing_is_left(
    recorded: Path, tmp_path: Path
) -> None:
    with serving("--live", str(recorded), TMPDIR=str(tmp_path)) as (process, url):
        (made,) = tmp_path.glob("streamscope-*/0.db")

        assert made.stat().st_mode & 0o077 == 0
        assert status(f"{url}db/turns/1,1") == 200
        assert status(f"{url}-/streamscope/live") == 200
        assert status(url, {"Host": "evil.example"}) == 421

        with urllib.request.urlopen(f"{url}-/streamscope/live/events") as following:
            following.read(1)
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=20)

    assert process.returncode == 0
    assert said == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_beyond_loopback_every_request_needs_the_token(recorded: Path) -> None:
    with serving(
        "--host",
        "0.0.0.0",
        str(recorded),
        STREAMSCOPE_TOKEN=SECRET,
    ) as (process, url):
        without, with_token = status(url), status(url, {"Authorization": f"Bearer {SECRET}"})
        process.terminate()
        _, said = process.communicate(timeout=20)

    assert (without, with_token) == (401, 200)
    assert "Plain HTTP" in said
    assert SECRET not in said
