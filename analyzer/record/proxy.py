"""Start mitmproxy with the recorder, know when it listens, and end it for certain.

The proxy is a process of its own (mitmdump's, from this Python environment), tied to
this one by a socket (`addons/tether.py`): when this process ends in any way, SIGKILL
included, the proxy shuts down and closes its journal.
"""

import importlib.util
import re
import select
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from analyzer.model import StreamscopeError
from analyzer.record import child
from analyzer.record.addresses import Http3Route, Origin, is_loopback, url_host
from analyzer.record.ports import free_port
from analyzer.record.public_key import spki_hash

START_DEADLINE_S = 60.0
"""How long the proxy may take until it listens; the first start makes a CA."""

STOP_DEADLINE_S = 8.0
"""How long the proxy may take to close its journal before it is killed."""

REPORT_LIMIT = 65536
"""Bytes of the tether's report."""

PORT_ATTEMPTS = 3
"""How often a port is chosen anew when someone else took it meanwhile."""

# -P: a json.py in the working directory is not ours to import. -u: warnings are read live.
_PYTHON = (sys.executable, "-P", "-u", "-c")
_MITMDUMP = (
    "import sys; sys.argv[0] = 'mitmdump'; from mitmproxy.tools.main import mitmdump; mitmdump()"
)
_LOG_PREFIX = re.compile(r"^(?:\[[\d:.]+\] |mitmdump: |streamscope: )+")
_LOG_END = re.compile(r"Errors? logged during startup")
_LISTEN_FAILED = re.compile(r"failed to listen on (\S+):(\d+) with (.*)")


_REACHED_AT = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, never chosen
"""Where this machine reaches a listener that takes any address."""


class ProxyError(StreamscopeError):
    """The proxy did not start, or ended by itself."""


class _PortTakenError(ProxyError):
    """Another process has the address."""

    def __init__(self, message: str, port: int) -> None:
        super().__init__(message)
        self.port = port


class Listener(msgspec.Struct, frozen=True):
    """One mode of the proxy, spelled as mitmproxy does, and where it listens."""

    mode: str
    addresses: tuple[tuple[str, int], ...]


class _Report(msgspec.Struct, frozen=True):
    """What the tether says once the proxy listens."""

    listeners: tuple[Listener, ...]
    unknown_options: tuple[str, ...]


@dataclass(frozen=True)
class ProxyOptions:
    """What `start_proxy` starts.

    ``listen_port`` 0 takes a free one. ``modes`` and ``settings`` are mitmproxy's own
    ``--mode`` and ``--set``, ``insecure`` its ``--ssl-insecure``. ``hosts`` is the
    recorder's scope, empty for every host. ``confdir`` holds mitmproxy's CA. ``replay`` are
    captures that answer what they can in the service's place.
    """

    out: Path
    listen_host: str = "127.0.0.1"
    listen_port: int = 8080
    modes: tuple[str, ...] = ("regular",)
    http3: tuple[Origin, ...] = ()
    insecure: bool = False
    settings: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    confdir: Path = Path("~/.mitmproxy")
    replay: tuple[Path, ...] = ()


class Proxy:
    """A running proxy; a context manager that stops it.

    ``url`` is the explicit proxy's as this machine reaches it, None where the modes
    have none. ``pid`` is the process that carries the traffic.
    """

    def __init__(
        self,
        options: ProxyOptions,
        process: subprocess.Popen[bytes],
        output: child.OutputTail,
        tether: socket.socket,
        listeners: tuple[Listener, ...],
        routes: tuple[Http3Route, ...],
    ) -> None:
        self.out = options.out
        self.ca_certificate = options.confdir.expanduser() / "mitmproxy-ca-cert.pem"
        self.pid = process.pid
        self.listeners = listeners
        self.routes = routes
        self._process = process
        self._output = output
        self._tether = tether

    @property
    def url(self) -> str | None:
        for listener in self.listeners:
            if is_explicit(listener.mode) and listener.addresses:
                host, port = listener.addresses[0]
                return f"http://{url_host(_REACHED_AT.get(host, host))}:{port}"
        return None

    def spki(self) -> str:
        """`spki_hash` of the CA whose certificates this proxy shows."""
        return spki_hash(self.ca_certificate)

    def messages(self) -> list[str]:
        """The last warnings and errors of the proxy, oldest first."""
        return self._output.lines()

    def exit_code(self) -> int | None:
        """None while the proxy runs."""
        return self._process.poll()

    def failure(self) -> ProxyError:
        """What to say when the proxy ended by itself."""
        self._output.join(1.0)
        said = (self.messages() or ["it said nothing"])[-1]
        return ProxyError(f"the proxy ended by itself (exit {self.exit_code()}): {said}")

    def stop(self, deadline_s: float = STOP_DEADLINE_S) -> int:
        """End the proxy; its exit code. Doing so again is harmless."""
        code = child.end(self._process, deadline_s)
        self._tether.close()
        self._output.join(1.0)
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def is_explicit(mode: str) -> bool:
    """Whether a mode, as mitmproxy spells it, is the proxy that a browser is told to use."""
    return mode.partition("@")[0] == "regular"


def exposed(listeners: tuple[Listener, ...]) -> list[str]:
    """Addresses at which machines other than this one reach the proxy."""
    return [
        f"{url_host(host)}:{port}"
        for listener in listeners
        for host, port in listener.addresses
        if not is_loopback(host)
    ]


def start_proxy(options: ProxyOptions) -> Proxy:
    """Start the proxy and return once it listens.

    Raises ProxyError with mitmproxy's own reason if it does not come up. A port that
    was chosen here and taken by someone else meanwhile is chosen again.
    """
    for _ in range(PORT_ATTEMPTS):
        routes = tuple(Http3Route(origin, free_port()) for origin in options.http3)
        try:
            return _start(options, routes)
        except _PortTakenError as error:
            if error.port not in {route.listen_port for route in routes}:
                raise
            taken = error
    raise taken


def _start(options: ProxyOptions, routes: tuple[Http3Route, ...]) -> Proxy:
    was_there = options.out.exists()
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [*_PYTHON, _MITMDUMP, *_arguments(options, routes, theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()],
            # A terminal's Ctrl-C is for this process, which then ends the proxy in order.
            start_new_session=True,
        )
    output = child.OutputTail(_pipe(process))
    try:
        report = _await_report(ours, process, output)
        _check_settings(options.settings, report.unknown_options)
    except BaseException:
        child.end(process, STOP_DEADLINE_S)
        ours.close()
        if not was_there:
            # A capture of nothing would stand in the way of the next try.
            options.out.unlink(missing_ok=True)
        raise
    return Proxy(options, process, output, ours, report.listeners, routes)


def _pipe(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise ValueError("the process was started without a pipe for its output")
    return process.stdout


def _arguments(options: ProxyOptions, routes: tuple[Http3Route, ...], tether: int) -> list[str]:
    """mitmdump's command line.

    An HTTP/3 route is a ``reverse:https`` mode and not ``reverse:http3``: it listens on
    TCP besides UDP, so the origin's WebSockets, which browsers do not send over QUIC,
    still come through.
    """
    modes = [*options.modes]
    for route in routes:
        origin = f"https://{route.origin.host}:{route.origin.port}"
        modes.append(f"reverse:{origin}@127.0.0.1:{route.listen_port}")
    # mitmproxy refuses a second value, so what the user sets takes the place of ours.
    given = {setting.partition("=")[0] for setting in options.settings}
    ours = {"confdir": options.confdir, "termlog_verbosity": "warn", "flow_detail": 0}
    settings = [
        *(f"{name}={value}" for name, value in ours.items() if name not in given),
        f"streamscope_tether={tether}",
        f"streamscope_out={options.out}",
        *(f"streamscope_hosts={host}" for host in options.hosts),
        *(f"streamscope_replay={capture}" for capture in options.replay),
        *options.settings,
    ]
    return [
        # The recorder first: only if it has begun does the tether say that all is well.
        *("-s", str(addon_path())),
        *(("-s", str(addon_path("replay"))) if options.replay else ()),
        *("-s", str(addon_path("tether"))),
        *("--listen-host", options.listen_host, "--listen-port", str(options.listen_port)),
        *(part for mode in modes for part in ("--mode", mode)),
        *(part for setting in settings for part in ("--set", setting)),
        *(["--ssl-insecure"] if options.insecure else []),
    ]


def _await_report(
    tether: socket.socket, process: subprocess.Popen[bytes], output: child.OutputTail
) -> _Report:
    deadline = time.monotonic() + START_DEADLINE_S
    received = b""
    while not received.endswith(b"\n") and len(received) < REPORT_LIMIT:
        readable, _, _ = select.select([tether], [], [], max(0.0, deadline - time.monotonic()))
        if not readable:
            raise ProxyError(
                f"the proxy does not listen after {START_DEADLINE_S:.0f} s; "
                f"its last words: {(output.lines() or ['none'])[-1]}"
            )
        piece = tether.recv(REPORT_LIMIT)
        if not piece:
            process.wait(STOP_DEADLINE_S)
            output.join(1.0)
            raise _start_failure(output.lines())
        received += piece
    return msgspec.json.decode(received, type=_Report)


def _check_settings(settings: tuple[str, ...], unknown: tuple[str, ...]) -> None:
    """Unknown names in mitmproxy's own configuration file may be another program's: fine."""
    for setting in settings:
        name = setting.partition("=")[0]
        if name in unknown:
            raise ProxyError(f"--set {setting}: neither mitmproxy nor the recorder has {name!r}")


def _start_failure(lines: list[str]) -> ProxyError:
    """One sentence out of what mitmdump printed before it gave up."""
    for line in lines:
        if found := _LISTEN_FAILED.search(line):
            host, port, reason = found.groups()
            if "in use" not in reason:
                return ProxyError(f"cannot listen on {host}:{port}: {reason}")
            return _PortTakenError(
                f"{host}:{port} is in use: end what listens there, or choose another port; "
                "--listen 0 takes any free one",
                int(port),
            )
    told = [_LOG_PREFIX.sub("", line) for line in lines if not _LOG_END.match(line)]
    reason = told[-1] if told else "it said nothing"
    return ProxyError(f"the proxy did not start: {reason}")


def addon_path(name: str = "recorder") -> Path:
    """The file of one of our addons, for ``mitmdump -s``."""
    spec = importlib.util.find_spec(f"addons.{name}")
    if spec is None or spec.origin is None:
        raise ProxyError(f"the addon {name} is missing: install streamscope again")
    return Path(spec.origin)
