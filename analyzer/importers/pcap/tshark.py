"""The process that takes packets apart and decrypts them: tshark, found, run and ended."""

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from analyzer.importers.pcap.packets import FIELDS, FILTER
from analyzer.model import CaptureError

OLDEST = (4, 0)
"""Before it tshark lost clients' greetings that span several QUIC packets out of order."""

ROW_LIMIT = 16 * 1024 * 1024
"""Bytes of a row; a packet is 256 KiB at the most."""

SAID_LIMIT = 64 * 1024
"""Bytes kept of what tshark says beside its output."""

_STOP_S = 5.0
_ANSWER_S = 60.0
_MAC = "/Applications/Wireshark.app/Contents/MacOS/tshark"
_VERSION = re.compile(r"TShark.*?(\d+)\.(\d+)(?:\.(\d+))?")
_KEPT = re.compile(
    r"frame|eth|ethertype|llc|vlan|sll|sll2|null|loop|raw|ppp|pppoes?|pktap|nflog|"
    r"ip|ipv6(\..+)?|tcp(\..+)?|udp|tls|quic|data"
)
_NOISE = "Running as user"


class Tshark:
    """Reads one file when entered; iterate for its rows; ended by its pid when left.

    ``keys`` is a key log, as SSLKEYLOGFILE names one. tshark resolves no names, writes
    nothing, and knows nothing of its user's settings: it gets a directory of its own that says
    which protocols to take apart, those up to TLS and QUIC.
    """

    def __init__(self, path: Path, keys: Path | None) -> None:
        self._path = path
        self._keys = keys
        self._directory = tempfile.TemporaryDirectory(prefix="streamscope-tshark-")
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: threading.Thread | None = None
        self._said = bytearray()

    def __enter__(self) -> Self:
        """Raises CaptureError if there is no tshark, or one that is too old."""
        try:
            program = find()
            (Path(self._directory.name) / "disabled_protos").write_text(_switched_off(program))
            self._process = subprocess.Popen(
                [program, *self._arguments()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(self._directory.name),
                start_new_session=True,  # Ctrl-C in a terminal is for us to act upon
            )
        except BaseException:
            self._directory.cleanup()
            raise
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process = self._process
        if process is not None:
            process.kill()
            process.wait(_STOP_S)
            if self._listener:
                self._listener.join(_STOP_S)
            for pipe in (process.stdout, process.stderr):
                if pipe:
                    pipe.close()
        self._directory.cleanup()

    def __iter__(self) -> Iterator[bytes]:
        """Yield each row as tshark writes it; one that is too long comes cut."""
        process = self._process
        if process is None or process.stdout is None:
            return
        while row := process.stdout.readline(ROW_LIMIT):
            yield row

    def complaint(self) -> str:
        """What it ended with, once all rows are out; empty if all went well."""
        if self._process is None or self._listener is None:
            return ""
        code = self._process.wait()
        self._listener.join(_STOP_S)
        said = [line for line in self._said.decode(errors="replace").splitlines() if line.strip()]
        lines = [line.removeprefix("tshark: ") for line in said if not line.startswith(_NOISE)]
        if code < 0:
            lines.append(f"tshark was ended by signal {-code}")
        elif code and not lines:
            lines.append(f"tshark ended with status {code}")
        return " ".join(lines) if code or _is_damage(lines) else ""

    def _arguments(self) -> list[str]:
        fields = [part for name in FIELDS for part in ("-e", name)]
        keys = ["-o", f"tls.keylog_file:{self._keys}"] if self._keys else []
        return [
            *("-n", "-r", str(self._path.absolute()), "-Y", FILTER),
            *("-o", "tcp.reassemble_out_of_order:TRUE", "-o", "tcp.desegment_tcp_streams:TRUE"),
            *("-o", "tls.desegment_ssl_records:TRUE"),
            *keys,
            *("-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=,"),
            *fields,
        ]

    def _listen(self) -> None:
        """Take all that it says, so that it never waits for us; keep the beginning."""
        assert self._process
        pipe = self._process.stderr
        assert pipe
        while part := os.read(pipe.fileno(), 4096):
            if len(self._said) < SAID_LIMIT:
                self._said += part


def find() -> str:
    """The tshark to run.

    Raises:
        CaptureError: there is none, or it is too old.
    """
    program = shutil.which("tshark") or shutil.which(_MAC)
    if program is None:
        raise CaptureError(f"packet captures are read through tshark, which is not here: {_HOW}")
    return _checked(program)


@functools.cache
def _checked(program: str) -> str:
    said = _ask(program, "--version")
    version = _VERSION.search(said)
    if version is None:
        raise CaptureError(f"{program} does not say that it is tshark; {_HOW}")
    if (int(version[1]), int(version[2])) < OLDEST:
        name = ".".join(part for part in version.groups() if part)
        wanted = ".".join(map(str, OLDEST))
        raise CaptureError(
            f"{program} is version {name}, and packet captures are read with {wanted} or later; "
            f"update it ({_HOW})"
        )
    return program


@functools.cache
def _switched_off(program: str) -> str:
    """All protocols that it knows and is not to take apart, one a line."""
    names = [line.split("\t")[2] for line in _ask(program, "-G", "protocols").splitlines()]
    return "".join(f"{name}\n" for name in names if not _KEPT.fullmatch(name))


def _ask(program: str, *arguments: str) -> str:
    try:
        asked = subprocess.run(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ANSWER_S,
            check=False,
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CaptureError(f"{program} cannot be run: {error}; {_HOW}") from error
    return asked.stdout.decode(errors="replace")


def _environment(directory: str) -> dict[str, str]:
    """Its own settings, English messages, and no key log but the one that we name."""
    kept = {name: value for name, value in os.environ.items() if name != "SSLKEYLOGFILE"}
    return kept | {"WIRESHARK_CONFIG_DIR": directory, "LC_ALL": "C.UTF-8"}


def _is_damage(lines: list[str]) -> bool:
    return any("cut short" in line or "damaged" in line for line in lines)


_HOW = {
    "darwin": "install it with `brew install wireshark`",
    "linux": "install it, on Debian and Ubuntu with `sudo apt install tshark`",
}.get(sys.platform, "install Wireshark, which brings it")
