"""Capture packets on loopback, for tests: dumpcap in a process of its own."""

import contextlib
import os
import secrets
import selectors
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

REQUIRE = "STREAMSCOPE_REQUIRE_TSHARK"
LOOPBACK = "lo0" if sys.platform == "darwin" else "lo"
_READY_S = 20.0
_IN_S = 10.0


class CannotCaptureError(Exception):
    """Capturing is not possible here; the message says why."""


@contextlib.contextmanager
def capturing(path: Path, port: int) -> Iterator[None]:
    """Write all packets from and to this port of the loopback interface into a pcapng file.

    Capturing has begun when the context is entered. Leaving it waits until every packet sent
    before is in the file: it sends one more to the port, by UDP, and looks for that.

    Raises:
        CannotCaptureError: dumpcap is missing, or may not capture.
    """
    process = _started(path, port)
    try:
        yield
        _wait_for_all(path, port)
    finally:
        process.terminate()
        try:
            process.wait(_READY_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stderr
        process.stderr.close()


def embed_secrets(capture: Path, key_log: Path, to: Path) -> None:
    """Copy a capture, with the key log in it (a Decryption Secrets Block)."""
    secret = f"tls,{key_log}"
    subprocess.run(
        ["editcap", "--inject-secrets", secret, str(capture), str(to)],
        check=True,
        capture_output=True,
        timeout=60,
    )


def needed(path: Path) -> None:
    """Skip the test where packets can't be captured and read; fail where they have to be.

    ``path`` is a directory to try it in.
    """
    reason = _why_not(path)
    if not reason:
        return
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _why_not(directory: Path) -> str:
    missing = [name for name in ("tshark", "dumpcap", "editcap") if not shutil.which(name)]
    if missing:
        return (
            f"no {' and no '.join(missing)}: install `tshark` to run the tests of packet captures"
        )
    try:
        with capturing(directory / "try.pcapng", _free_port()):
            pass
    except CannotCaptureError as error:
        return str(error)
    return ""


def _started(path: Path, port: int) -> subprocess.Popen[bytes]:
    command = ["dumpcap", "-q", "-i", LOOPBACK, "-f", f"port {port}", "-w", str(path)]
    try:
        process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    except OSError as error:
        raise CannotCaptureError(f"dumpcap cannot be run: {error}; install `tshark`") from error
    assert process.stderr
    said = _until(process.stderr, b"File: ")
    if b"File: " not in said:
        process.kill()
        process.wait()
        process.stderr.close()
        raise CannotCaptureError(
            f"packets can't be captured on {LOOPBACK}: {said.decode(errors='replace').strip()}; "
            "run the tests as root, or let dumpcap capture (CAP_NET_RAW)"
        )
    return process


def _until(pipe: IO[bytes], wanted: bytes) -> bytes:
    """What a process says until it says that, ends, or takes too long."""
    said, deadline = b"", time.monotonic() + _READY_S
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while wanted not in said and selector.select(max(0.0, deadline - time.monotonic())):
            part = os.read(pipe.fileno(), 4096)
            if not part:
                break
            said += part
    return said


def _wait_for_all(path: Path, port: int) -> None:
    mark = b"\0the last packet " + secrets.token_bytes(16)  # not QUIC: its fixed bit is 0
    deadline = time.monotonic() + _IN_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(mark, ("127.0.0.1", port))
        while mark not in path.read_bytes():
            if time.monotonic() > deadline:
                raise CannotCaptureError("dumpcap did not write what it captured")
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
