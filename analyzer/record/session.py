"""One recording from start to Ctrl-C: proxy, browser, what the user sees meanwhile."""

import contextlib
import os
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.text import Text

from analyzer.follow import follow
from analyzer.model import AnyRecord, Problem
from analyzer.record import browser
from analyzer.record.addresses import UsageError, url_host
from analyzer.record.proxy import Proxy, ProxyError, ProxyOptions, exposed, is_explicit, start_proxy
from analyzer.record.stopping import stop_signals
from analyzer.report.live import Surroundings, changes, live_view
from analyzer.report.plain import printable
from analyzer.watch import Snapshot, Watch

POLL_S = 0.25
"""Between two looks at the journal; the recorder flushes at least as often."""


@dataclass(frozen=True)
class Recording:
    """What to record and how: ``browser`` the executable to open at ``url``, or None.

    ``force_http3``: as in `browser.browser_flags`.
    """

    proxy: ProxyOptions
    browser: Path | None = None
    headless: bool = False
    url: str = "about:blank"
    force_http3: bool = True


class View:
    """What the user sees of the capture: a live table in a terminal, else lines."""

    def __init__(self, console: Console, proxy: Proxy) -> None:
        self._console = console
        self._proxy = proxy
        self._watch = Watch()
        self._shown = Snapshot()
        self._said = ""
        interactive = console.is_terminal and not console.is_dumb_terminal
        self._live = Live(console=console, auto_refresh=False) if interactive else None

    def __enter__(self) -> "View":
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def take(self, records: list[AnyRecord | Problem]) -> None:
        """Take in what the capture brought, and show how things stand."""
        self._watch.feed(records)
        snapshot = self._watch.snapshot()
        if self._live:
            self._draw(self._live, snapshot)
        else:
            self._print(snapshot)
        self._shown = snapshot

    def _draw(self, live: Live, snapshot: Snapshot) -> None:
        size = self._console.size
        around = Surroundings(str(self._proxy.out), _size(self._proxy.out), self._last_warning())
        view = live_view(
            snapshot, around, time.monotonic_ns(), width=size.width, height=size.height
        )
        # Terminals disagree on the width of emoji and scripts. A line that wraps where rich
        # thinks it fits would shift every later redraw by one.
        with _no_wrapping(self._console):
            live.update(view, refresh=True)

    def _print(self, snapshot: Snapshot) -> None:
        for line in changes(self._shown, snapshot):
            say(self._console, line)
        if (warning := self._last_warning()) != self._said:
            self._said = warning
            say(self._console, printable(f"proxy: {warning}", 400))

    def _last_warning(self) -> str:
        return (self._proxy.messages() or [""])[-1]

    def summary(self) -> str:
        """The last line: what the file holds, and what to do with it."""
        seen = self._shown
        path = self._proxy.out
        if not seen.streams and not seen.others:
            return f"{path}: nothing was recorded; did the browser use the proxy?"
        streams = len(seen.streams) + seen.forgotten
        lost = f", {seen.lost} LOST" if seen.lost else ""
        return (
            f"{path}: {_counted(streams, 'stream')}, {_counted(seen.events, 'event')}, "
            f"{_counted(seen.others, 'other exchange')}{lost}. "
            f"Next: streamscope report {shlex.quote(str(path))}"
        )


@contextlib.contextmanager
def _no_wrapping(console: Console) -> Iterator[None]:
    """Turn DECAWM, the terminal's own wrapping, off for a moment."""
    console.file.write("\x1b[?7l")
    try:
        yield
    finally:
        console.file.write("\x1b[?7h")
        console.file.flush()


def say(console: Console, line: str, style: str = "") -> None:
    """One line as it is: no markup, no highlighting, not folded."""
    console.print(Text(line, style=style), soft_wrap=True)


def record(recording: Recording, console: Console) -> None:
    """Record until SIGINT, SIGTERM or SIGHUP, or until the browser is closed.

    Raises UsageError, ProxyError or BrowserError with a sentence for the user. However
    it ends, nothing that was started here goes on.
    """
    check(recording)
    with start_proxy(recording.proxy) as proxy, stop_signals() as stop:
        for line in introduction(proxy, recording.browser, force_http3=recording.force_http3):
            say(console, line)
        for address in exposed(proxy.listeners):
            say(console, exposure(address), style="bold red")
        view = View(console, proxy)
        with view, contextlib.ExitStack() as opened:
            window = _open(recording, proxy, opened)
            records = follow(proxy.out, POLL_S, stop.wait)
            for batch in records:
                view.take(batch)
                if stop.is_set() or _ended(window):
                    break
                if proxy.exit_code() is not None:
                    raise proxy.failure()
            else:
                raise ProxyError(
                    f"{proxy.out} was cut short or replaced by something else; recording ended"
                )
            opened.close()
            proxy.stop()
            stop.set()
            for batch in records:
                view.take(batch)
                if not batch:
                    break
        say(console, view.summary())


def _open(
    recording: Recording, proxy: Proxy, opened: contextlib.ExitStack
) -> browser.Browser | None:
    if recording.browser is None or proxy.url is None:
        return None
    window = browser.open_browser(
        recording.browser,
        proxy.url,
        proxy.routes,
        proxy.spki(),
        recording.url,
        force_http3=recording.force_http3,
        headless=recording.headless,
    )
    return opened.enter_context(window)


def _ended(window: browser.Browser | None) -> bool:
    """Whether the browser was closed; raises BrowserError if it failed."""
    if window is None or window.exit_code() is None:
        return False
    if window.exit_code():
        raise window.failure()
    return True


def check(recording: Recording) -> None:
    """Raise UsageError or BrowserError for what cannot work, before anything is started."""
    check_out(recording.proxy.out)
    if recording.browser is None:
        return
    if not any(is_explicit(mode) for mode in recording.proxy.modes):
        raise UsageError(
            "--browser needs the explicit proxy: leave --mode out, or add --mode regular"
        )
    if not recording.headless:
        browser.require_display()


def check_out(path: Path) -> None:
    """Raise UsageError unless a new file can be made at ``path``."""
    if path.exists():
        raise UsageError(f"{path} exists, and captures are never overwritten: name another --out")
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent} is no directory: make it first, or name another --out")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise UsageError(f"{path.parent} is not writable: name an --out in another directory")


def introduction(proxy: Proxy, browser_path: Path | None, *, force_http3: bool = True) -> list[str]:
    """What the user needs to know before the first request, a line each."""
    authority = f"import {_short(proxy.ca_certificate)}"
    if browser_path:
        root = " (no sandbox: root)" if browser.runs_as_root() else ""
        use = f"{browser_path}, with a profile of its own{root}; others: proxy {proxy.url}"
        trust = f"that browser does already; in others {authority}"
    elif proxy.url and proxy.routes:
        flags = browser.browser_flags(
            proxy.url, proxy.routes, proxy.spki(), force_http3=force_http3
        )
        use = f'chromium --user-data-dir="$(mktemp -d)" {shlex.join(flags)}'
        trust = f"a browser started like that does already; in others {authority}"
    elif proxy.url:
        use = f"set {proxy.url} as its proxy for HTTP and HTTPS"
        trust = f"{authority}, or see http://mitm.it there"
    else:
        addresses = dict.fromkeys(at for one in proxy.listeners for at in one.addresses)
        places = [f"{url_host(host)}:{port}" for host, port in addresses]
        use = f"bring its traffic to {' or '.join(places) or 'the proxy, as its mode does'}"
        trust = authority
    return [
        f"Recording to {proxy.out}; Ctrl-C ends it",
        f"Browser: {use}",
        f"Trust:   {trust}",
    ]


def _short(path: Path) -> str:
    """A path as a shell understands it, ``~`` for the home directory."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def exposure(address: str) -> str:
    """The warning for a listener that is not on loopback."""
    return (
        f"WARNING: other machines can use this proxy at {address} and are recorded too; "
        "--listen 127.0.0.1:8080 keeps it to this machine"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
