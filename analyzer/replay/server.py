"""Starts and stops a replay: sockets, certificates for the recorded names, and the listeners."""

import contextlib
import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from hypercorn.typing import Framework

from analyzer.replay.app import ReplayApplication, Tell
from analyzer.replay.options import ReplayAddress, ReplayOptions
from analyzer.replay.script import Bytes, Script, plain_authority
from analyzer.serving.certificates import make_certificates
from analyzer.serving.listening import Serving, listening
from analyzer.serving.sockets import ANY_ADDRESS, LOOPBACK, bind_sockets

NAMES_LIMIT = 100
"""Most recorded host names that the certificate is for."""

MAX_STREAMS = 250
"""Requests that one HTTP/2 connection may have open at once."""

_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
_OURS = frozenset({"localhost", *LOOPBACK, *ANY_ADDRESS})
_ADDRESS = re.compile(r"[0-9.]+")


@contextlib.asynccontextmanager
async def running_replay(
    script: Script,
    contents: Bytes,
    options: ReplayOptions,
    tell: Tell = lambda told: None,
) -> AsyncIterator[ReplayAddress]:
    """Serve a script on the running loop while the block is entered.

    Answers come as precisely as the loop's timers do: `analyzer.serving.running.precise_loop`.
    Raises StreamscopeError if the address can't be had.
    """
    with contextlib.ExitStack() as stack:
        sockets = bind_sockets(options.host, options.port)
        for one in (*sockets.tcp, *sockets.udp):
            stack.callback(one.close)
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="streamscope-")))
        names = ("localhost", *recorded_names(script))
        listed = (*names, *(() if options.host in _OURS else (options.host,)))
        certificates = make_certificates(directory, listed)
        host, port = sockets.tcp[0].getsockname()[:2]
        shown = "127.0.0.1" if options.host in ANY_ADDRESS else options.host
        shown = f"[{shown}]" if ":" in shown else shown
        address = ReplayAddress(
            f"https://{shown}:{port}/", host, port, certificates.ca, certificates.spki, names
        )
        app = cast(Framework, ReplayApplication(script, contents, options, tell))
        serving = Serving(alt_svc=options.alt_svc, date=False, max_streams=MAX_STREAMS, paced=False)
        async with listening(app, certificates, sockets, serving):
            yield address


def recorded_names(script: Script) -> tuple[str, ...]:
    """The hosts that answered, for a browser that is sent here in their place."""
    answered = {plain_authority(one.authority) for one in script.exchanges if one.status}
    hosts = (_host(authority) for authority in script.authorities if authority in answered)
    names = (host for host in hosts if _NAME.fullmatch(host) and not _ADDRESS.fullmatch(host))
    return tuple(dict.fromkeys(name for name in names if name != "localhost"))[:NAMES_LIMIT]


def _host(authority: str) -> str:
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""
