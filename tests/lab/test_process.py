"""Labs in processes of their own: they start, say where they are, and always end."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from analyzer.lab.command import lab
from analyzer.lab.options import LabAddress, LabOptions, from_json, to_json
from analyzer.lab.process import LabProcess
from analyzer.model import StreamscopeError

SMALL = ("--conversations", "5", "--port", "0", "--json")


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "analyzer.lab", *SMALL, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def address_of(process: subprocess.Popen[bytes]) -> LabAddress:
    assert process.stdout
    return from_json(process.stdout.readline(), LabAddress)


def accepts(address: LabAddress) -> bool:
    try:
        socket.create_connection((address.host, address.port), timeout=1).close()
    except OSError:
        return False
    return True


def test_a_lab_ends_with_its_context_and_takes_its_files_along() -> None:
    with LabProcess(LabOptions(conversations=5)) as process:
        address, pid = process.address, process.pid
        accepted = accepts(address)

    assert accepted
    assert not accepts(address)
    assert not address.truth_path.parent.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    with start() as process:
        address = address_of(process)
        process.send_signal(number)
        _, said = process.communicate(timeout=10)

    assert (process.returncode, said) == (0, b"")
    assert not address.ca_path.exists()


def test_it_ends_when_its_parent_is_gone() -> None:
    """The parent's death closes the pipe; nothing else tells the lab."""
    with start("--watch-stdin") as process:
        address_of(process)
        assert process.stdin
        process.stdin.close()
        began = time.monotonic()
        process.wait(10)

    assert process.returncode == 0
    assert time.monotonic() - began < 3


def test_a_given_directory_keeps_everything(tmp_path: Path) -> None:
    options = LabOptions(conversations=5, directory=tmp_path / "lab")
    with LabProcess(options):
        pass

    assert {path.name for path in (tmp_path / "lab").iterdir()} == {
        "ca.pem",
        "chain.pem",
        "key.pem",
        "lab.sqlite3",
        "truth.jsonl",
    }
    assert (tmp_path / "lab" / "key.pem").stat().st_mode & 0o777 == 0o600


def test_a_port_in_use_gets_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with (
            pytest.raises(StreamscopeError, match=rf"Port {port} of 127.0.0.1 is in use"),
            LabProcess(LabOptions(host="127.0.0.1", port=port, conversations=5)),
        ):
            pass


def test_a_directory_that_is_a_file_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(StreamscopeError, match="can't hold the lab's files"),
        LabProcess(LabOptions(directory=tmp_path / "file")),
    ):
        pass


def test_options_travel_as_json() -> None:
    options = LabOptions(names=("a", "b"), directory=Path("x"), rotate_session_after_s=3)

    assert from_json(to_json(options), LabOptions) == options


@pytest.mark.parametrize(
    "option",
    [
        *("--kind", "--encoding", "--ids", "--time-scale", "--port"),
        *("--access-format", "--streams-at-expiry", "--server-timing"),
        *("--list-index / --no-list-index", "--alt-svc / --no-alt-svc"),
    ],
)
def test_help_names_every_choice(option: str) -> None:
    shown = CliRunner().invoke(lab, ["--help"])

    assert shown.exit_code == 0
    assert option in shown.output


def test_a_client_that_stays_connected_does_not_hold_it_up() -> None:
    with start() as process:
        address = address_of(process)
        context = ssl.create_default_context(cafile=address.ca_path)
        context.set_alpn_protocols(["h2"])
        with socket.create_connection((address.host, address.port)) as plain:
            silent = context.wrap_socket(plain, server_hostname="localhost")
            began = time.monotonic()
            process.terminate()
            _, said = process.communicate(timeout=20)
            took = time.monotonic() - began
            silent.close()

    assert (process.returncode, said) == (0, b"")
    assert took < 4
