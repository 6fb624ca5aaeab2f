"""Ties mitmproxy to the process that started it, over one inherited socket.

Loaded by ``streamscope record`` after the recorder. Two jobs: say, as one line of
JSON, where the proxy really listens once it does (ports asked for as 0 included);
and shut the proxy down when the other end is closed, which the kernel does even for
a starter that was killed with SIGKILL. Without the option it does nothing.
"""

import json
import socket

from mitmproxy import ctx
from mitmproxy.addonmanager import Loader
from mitmproxy.addons.errorcheck import ErrorCheck
from mitmproxy.addons.proxyserver import Proxyserver


class Tether:
    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    def load(self, loader: Loader) -> None:
        loader.add_option(
            "streamscope_tether",
            int,
            -1,
            "Inherited socket over which the starter hears where the proxy listens, and "
            "whose closing ends the proxy. Set by `streamscope record`; -1 = none.",
        )

    def configure(self, updated: set[str]) -> None:
        if "streamscope_tether" in updated and ctx.options.streamscope_tether >= 0:
            self._socket = socket.socket(fileno=ctx.options.streamscope_tether)
            self._socket.setblocking(False)
            ctx.master.event_loop.add_reader(self._socket, self._starter_spoke)

    def running(self) -> None:
        if self._socket is None or _failing():
            return
        server = ctx.master.addons.get("proxyserver")  # type: ignore[no-untyped-call] # mitmproxy's
        if not isinstance(server, Proxyserver):
            raise TypeError(f"mitmproxy's proxyserver addon is a {type(server).__name__}")
        listeners = [
            {"mode": one.mode.full_spec, "addresses": [list(a[:2]) for a in one.listen_addrs]}
            for one in server.servers
        ]
        # Options that no addon knows stay deferred, and mitmproxy is silent about them.
        report = {"listeners": listeners, "unknown_options": sorted(ctx.options.deferred)}
        self._socket.sendall(json.dumps(report).encode() + b"\n")

    def done(self) -> None:
        if self._socket is not None:
            ctx.master.event_loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _starter_spoke(self) -> None:
        # The starter never sends: readable means that its end is closed.
        if self._socket is not None:
            ctx.master.event_loop.remove_reader(self._socket)
        ctx.master.should_exit.set()


def _failing() -> bool:
    """Whether an error was logged during the start: mitmproxy then exits right after it."""
    check = ctx.master.addons.get("errorcheck")  # type: ignore[no-untyped-call] # mitmproxy's
    return isinstance(check, ErrorCheck) and bool(check.logger.has_errored)


addons = [Tether()]
