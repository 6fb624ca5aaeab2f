"""`streamscope serve`: what it refuses, and a server on a real socket from start to end."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
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
    with closing(sqlite3.connect(foreign)) as db:
        db.execute("CREATE TABLE t(a)")

    assert "serve it alone" in refused(str(ours), str(recorded))
    assert "not one of streamscope's" in refused(str(foreign))


def test_captures_are_served_until_it_is_interrupted_and_nothing_is_left(
    recorded: Path, tmp_path: Path
) -> None:
    """On all addresses, to whoever has the token, with the live page."""
    env = {"TMPDIR": str(tmp_path), TOKEN: SECRET}
    known = {"Authorization": f"Bearer {SECRET}"}
    with serving("--host", "0.0.0.0", "--live", str(recorded), **env) as (process, url):
        (made,) = tmp_path.glob("streamscope-*/0.db")

        assert made.stat().st_mode & 0o077 == 0
        assert status(f"{url}db/turns/1,1") == 401
        assert status(f"{url}db/turns/1,1", known) == 200
        assert status(f"{url}-/streamscope/live", known) == 200
        assert status(url, {**known, "Host": "evil.example"}) == 421

        live = urllib.request.Request(f"{url}-/streamscope/live/events", headers=known)
        with urllib.request.urlopen(live) as following:
            following.read(1)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)

    assert process.returncode == 0
    assert out == ""
    assert err.strip() == "Plain HTTP: whoever is on the way can read the token and the pages."
    assert list(tmp_path.iterdir()) == []
