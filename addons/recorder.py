"""The recorder: every exchange in scope, with each chunk's arrival, into a journal.

For ``mitmdump -s``, ``mitmweb -s`` and ``mitmproxy -s``. The proxy's event loop
only stamps and enqueues (`addons.tap`); a thread does the rest (`addons.writer`).
"""

import asyncio
import functools
import importlib.metadata
import logging
import secrets
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from mitmproxy import contentviews, ctx, exceptions, http, tls
from mitmproxy.addonmanager import Loader
from mitmproxy.connection import Client
from mitmproxy.proxy.server_hooks import ServerConnectionHookData
from mitmproxy.utils import human

logger = logging.getLogger(__name__)

try:
    from addons import quic_faults
    from addons.contentview import EventStreamContentview
    from addons.deferred import refusal, take_deferred
    from addons.exchanges import Anchor, Exchanges
    from addons.journal_file import JournalFile
    from addons.lag import Lag, LagTimer
    from addons.scope import Scope
    from addons.tap import Queue
    from addons.writer import Writer
    from analyzer.intake.bodies import Keep
    from analyzer.model import CaptureError, CaptureHead
    from analyzer.redact import Redactor
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] not in ("addons", "analyzer"):
        raise
    INSTALLED = False
else:
    INSTALLED = True

NOT_INSTALLED = (
    "streamscope is not installed in the Python that runs mitmproxy "
    f"({sys.executable}): install it there, or start with `streamscope record`"
)


def never_raising[**P](hook: Callable[P, None]) -> Callable[P, None]:
    """Whatever happens in here, the traffic goes on, and the journal says that it happened."""

    @functools.wraps(hook)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            hook(*args, **kwargs)
        except Exception as fault:  # The message could quote the traffic.
            recorder = args[0]
            if isinstance(recorder, Recorder):
                recorder.fault(hook.__name__, type(fault).__name__)

    return guarded


class Recorder:
    """mitmproxy's hooks, each one line: what happened, to whom it is told."""

    name = "streamscope"

    def __init__(self) -> None:
        self._recording: Recording | None = None
        self._refused = False

    def load(self, loader: Loader) -> None:
        loader.add_option(
            "streamscope_out",
            str,
            "",
            "The journal that streamscope writes. It must not exist yet. "
            "Default: streamscope-DATE-TIME.jsonl in the current directory.",
        )
        loader.add_option(
            "streamscope_hosts",
            Sequence[str],
            [],
            "Hosts to record, as names or globs, with :PORT where it matters "
            "(chat.example, *.chat.example). Default: all.",
        )
        loader.add_option(
            "streamscope_stream_types",
            Sequence[str],
            [],
            "Content types, or globs of them, whose bodies are streams too and are "
            "passed through chunk by chunk like text/event-stream and JSON lines.",
        )
        loader.add_option(
            "streamscope_body_limit",
            str,
            "4m",
            "Bytes to keep of each body that is not a stream. Understands k/m/g suffixes.",
        )
        loader.add_option(
            "streamscope_content",
            bool,
            True,
            "Keep bodies, with credentials replaced. Off: only their lengths and times.",
        )
        self._refused = not take_deferred(loader.master.options)
        contentviews.add(EventStreamContentview)
        quic_faults.mend()

    def configure(self, updated: set[str]) -> None:
        if self._recording is not None and any(name.startswith("streamscope_") for name in updated):
            raise refusal(
                "streamscope is recording already: its options are fixed until mitmproxy ends"
            )

    def running(self) -> None:
        if self._refused:
            return
        try:
            self._recording = Recording.begin()
        except (CaptureError, OSError, exceptions.OptionsError) as error:
            # Errors during start make mitmproxy's programs say them and exit.
            logger.error(f"streamscope: {error}")

    def done(self) -> None:
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.end()

    def fault(self, where: str, what: str) -> None:
        """Note a bug of ours in a hook."""
        if self._recording is not None:
            reason = f"fault in the {where} hook: {what}"
            self._recording.queue.lose("hook", reason, time.monotonic_ns())

    @never_raising
    def client_connected(self, client: Client) -> None:
        if self._recording:
            self._recording.connections.opened(client, time.monotonic_ns())

    @never_raising
    def client_disconnected(self, client: Client) -> None:
        if self._recording:
            self._recording.connections.closed(client, time.monotonic_ns())

    @never_raising
    def server_connect(self, data: ServerConnectionHookData) -> None:
        if self._recording:
            self._recording.connections.opened(data.server, time.monotonic_ns())

    @never_raising
    def server_connect_error(self, data: ServerConnectionHookData) -> None:
        if self._recording:
            self._recording.connections.closed(data.server, time.monotonic_ns())

    @never_raising
    def server_disconnected(self, data: ServerConnectionHookData) -> None:
        if self._recording:
            self._recording.connections.closed(data.server, time.monotonic_ns())

    @never_raising
    def tls_start_client(self, data: tls.TlsData) -> None:
        if self._recording:
            self._recording.connections.securing(data.conn, time.monotonic_ns())

    @never_raising
    def tls_start_server(self, data: tls.TlsData) -> None:
        if self._recording:
            self._recording.connections.securing(data.conn, time.monotonic_ns())

    @never_raising
    def quic_start_client(self, data: tls.TlsData) -> None:
        if self._recording:
            self._recording.connections.securing(data.conn, time.monotonic_ns())

    @never_raising
    def quic_start_server(self, data: tls.TlsData) -> None:
        if self._recording:
            self._recording.connections.securing(data.conn, time.monotonic_ns())

    @never_raising
    def tls_established_client(self, data: tls.TlsData) -> None:
        if self._recording:
            self._recording.connections.secured(data.conn, time.monotonic_ns())

    @never_raising
    def tls_established_server(self, data: tls.TlsData) -> None:
        if self._recording:
            self._recording.connections.secured(data.conn, time.monotonic_ns())

    @never_raising
    def http_connect_error(self, flow: http.HTTPFlow) -> None:
        if self._recording:
            self._recording.exchanges.unreachable(flow)

    @never_raising
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        if self._recording:
            self._recording.exchanges.request_head(flow)
            self._recording.timer.wake()

    @never_raising
    def request(self, flow: http.HTTPFlow) -> None:
        if self._recording:
            self._recording.exchanges.request_end(flow)

    @never_raising
    def responseheaders(self, flow: http.HTTPFlow) -> None:
        if self._recording:
            self._recording.exchanges.response_head(flow)

    @never_raising
    def response(self, flow: http.HTTPFlow) -> None:
        if self._recording:
            self._recording.exchanges.response_end(flow)

    @never_raising
    def error(self, flow: http.HTTPFlow) -> None:
        if self._recording:
            self._recording.exchanges.failed(flow)

    @never_raising
    def websocket_message(self, flow: http.HTTPFlow) -> None:
        if self._recording:
            self._recording.exchanges.message(flow)

    @never_raising
    def websocket_end(self, flow: http.HTTPFlow) -> None:
        if self._recording:
            self._recording.exchanges.closed(flow)


class Recording:
    """One capture in the making: its clock, queue, writer and observer."""

    def __init__(self, file: "JournalFile", scope: "Scope", keep: "Keep") -> None:
        loop = asyncio.get_running_loop()
        anchor = Anchor(time.monotonic_ns(), time.time_ns())
        self.queue = Queue()
        lag = Lag(lambda seen: self.queue.put(seen, seen.at_ns), anchor.mono_ns)
        self.exchanges = Exchanges(scope, self.queue, lag, anchor)
        self.connections = self.exchanges.connections
        self.timer = LagTimer(lag, loop.call_later, time.monotonic_ns, self.exchanges.busy)
        self._writer = Writer(self.queue, file, Redactor(secrets.token_bytes(32)), keep)
        self._writer.start(_head(anchor, keep))
        logger.info(f"streamscope records to {file.path}")

    @classmethod
    def begin(cls) -> "Recording":
        """Start recording as the options say. Raises CaptureError if the journal can't be made."""
        options: Any = ctx.options
        path = Path(options.streamscope_out or _default_path()).expanduser()
        scope = Scope(options.streamscope_hosts, options.streamscope_stream_types)
        _keep_streamed_bodies()
        keep = Keep(_body_limit(), options.streamscope_content)  # refused before a file is made
        return cls(JournalFile(path), scope, keep)

    def end(self) -> None:
        """Write all that was seen; exchanges still open stay without an end."""
        self.timer.stop()
        self._writer.stop()


def _default_path() -> str:
    return f"streamscope-{datetime.now().astimezone():%Y%m%d-%H%M%S}.jsonl"


def _body_limit() -> int:
    text = ctx.options.streamscope_body_limit
    try:
        limit = human.parse_size(text)
    except ValueError:
        limit = None
    if limit is None:
        raise refusal(f"streamscope_body_limit is a size such as 500k, 4m or 0, not {text!r}")
    return limit


def _keep_streamed_bodies() -> None:
    """Where somebody can look at flows or saves them, let mitmproxy keep streamed bodies too."""
    addons: Any = ctx.master.addons
    options: Any = ctx.options
    looked_at = addons.get("view") is not None or bool(options.save_stream_file)
    if looked_at and not options.store_streamed_bodies:
        options.update(store_streamed_bodies=True)


def _head(anchor: "Anchor", keep: "Keep") -> "CaptureHead":
    options: Any = ctx.options
    own, mitm = (importlib.metadata.version(name) for name in ("streamscope", "mitmproxy"))
    resolution_s = time.get_clock_info("monotonic").resolution
    return CaptureHead(
        capture_id=uuid.uuid4().hex,
        source="mitmproxy",
        tool=f"streamscope {own}, mitmproxy {mitm}",
        clock="chunk",
        resolution_ns=max(round(resolution_s * 1e9), 1),
        mono_ns=anchor.mono_ns,
        wall_ns=anchor.wall_ns,
        redaction="secrets" if keep.content else "shape",
        scope=tuple(options.streamscope_hosts),
    )


if INSTALLED:
    addons = [Recorder()]
else:
    logger.error(NOT_INSTALLED)
    addons = []
