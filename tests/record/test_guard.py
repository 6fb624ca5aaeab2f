"""What is guarded ends with its owner, however the owner ends, and its directory goes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

GUARD = [sys.executable, "-P", "-m", "analyzer.record.guard"]
STAYS = "import signal, sys; print('up', flush=True)\nwhile 1: signal.pause()"
STUBBORN = "import signal; signal.signal(15, signal.SIG_IGN); " + STAYS


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "profile"
    path.mkdir()
    (path / "file").write_text("x")
    return path


def guarded(profile: Path, code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*GUARD, str(profile), sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


@pytest.mark.parametrize(("code", "status"), [(STAYS, 128 + 15), (STUBBORN, 128 + 9)])
def test_a_closed_pipe_ends_the_command_even_a_stubborn_one(
    profile: Path, code: str, status: int
) -> None:
    with guarded(profile, code) as guard:
        assert guard.stdout is not None
        assert guard.stdin is not None
        guard.stdout.readline()
        guard.stdin.close()

        assert guard.stdout.read() == b"", "whoever held the pipe has ended"
        assert guard.wait(30) == status
    assert not profile.exists()


def test_a_command_that_ends_by_itself_gives_its_status(profile: Path) -> None:
    with guarded(profile, "raise SystemExit(3)") as guard:
        assert guard.wait(30) == 3
    assert not profile.exists()


def test_what_the_command_left_running_ends_with_it(profile: Path) -> None:
    leaves = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STAYS!r}])"
    with guarded(profile, leaves) as guard:
        assert guard.stdout is not None

        assert guard.wait(30) == 0
        guard.stdout.read()


def test_an_owner_killed_outright_takes_the_command_along(profile: Path) -> None:
    """SIGKILL can't be caught: it is the kernel that closes the pipe."""
    owner_code = (
        "import subprocess, sys, time; "
        f"subprocess.Popen({[*GUARD, str(profile), sys.executable, '-c', STAYS]!r}, "
        "stdin=subprocess.PIPE, start_new_session=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", owner_code], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        os.kill(owner.pid, signal.SIGKILL)

        assert owner.stdout.read() == b"", "guard and command held the other end"
    assert not profile.exists()
