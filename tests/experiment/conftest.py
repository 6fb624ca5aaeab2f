"""A real PostgreSQL server for the tests, from the distribution's packages."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

STARTS_S = 30.0


def _programs() -> Path | None:
    """The directory of `initdb` and `postgres`: on PATH, or where Debian puts them."""
    on_path = shutil.which("initdb")
    if on_path and shutil.which("postgres"):
        return Path(on_path).parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _owner() -> str | None:
    """PostgreSQL refuses to run as root: somebody else then."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a server of our own, on a Unix socket in a temporary directory."""
    programs = _programs()
    if programs is None:
        reason = "no PostgreSQL found: install `postgresql` to run its tests"
        if os.environ.get("STREAMSCOPE_REQUIRE_POSTGRES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    owner = _owner()
    with tempfile.TemporaryDirectory(prefix="streamscope-pg-") as directory:
        if owner is not None:
            shutil.chown(directory, owner)
        data = Path(directory) / "data"
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "tester", "--auth=trust", "--no-sync"],
            user=owner,
            cwd=directory,
            check=True,
            capture_output=True,
        )
        # 1 MB of shared buffers: less than the trees of the tests.
        settings = ("listen_addresses=", "shared_buffers=1MB", "fsync=off", "lc_messages=C")
        options = [part for setting in settings for part in ("-c", setting)]
        with (Path(directory) / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, "-k", directory, *options],
                user=owner,
                cwd=directory,
                stdout=log,
                stderr=log,
            )
        try:
            _await(server, Path(directory))
            yield f"postgresql:///postgres?host={directory}&user=tester"
        finally:
            server.send_signal(2)  # SIGINT: a fast shutdown, which waits for nobody
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _await(server: "subprocess.Popen[bytes]", directory: Path) -> None:
    import psycopg

    ends = time.monotonic() + STARTS_S
    while True:
        try:
            psycopg.connect(f"host={directory} user=tester dbname=postgres").close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > ends:
                pytest.fail("PostgreSQL does not start: " + (directory / "log").read_text())
            time.sleep(0.05)
