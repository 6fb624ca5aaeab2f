"""One recording from start to Ctrl-C: proxy, browser, what the user sees meanwhile."""

import contextlib
import os
import shlex
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from analyzer.follow import follow
from analyzer.record import browser
from analyzer.record.addresses import UsageError, url_host
from analyzer.record.proxy import Proxy, ProxyError, ProxyOptions, exposed, is_explicit, start_proxy
from analyzer.record.stopping import stop_signals
from analyzer.record.viewing.view import Subject, View, say

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


def record(recording: Recording, console: Console) -> None:
    """Record until SIGINT, SIGTERM or SIGHUP, or until the browser is closed.

    Raises UsageError, ProxyError or BrowserError with a sentence for the user. However
    it ends, nothing that was started here goes on.
    """
    check(recording)
    with start_proxy(recording.proxy) as proxy, stop_signals() as stop:
        said = introduction(proxy, recording.browser, force_http3=recording.force_http3)
        for line in said:
            say(console, line)
        exposures = [exposure(address) for address in exposed(proxy.listeners)]
        for line in exposures:
            say(console, line, style="bold red")
        view = View(console, _subject(proxy, (*said, *exposures)), stop)
        with view, contextlib.ExitStack() as opened:
            window = _open(recording, proxy, opened)
            records = follow(proxy.out, POLL_S, view.pause)
            for batch in records:
                view.take(batch)
                if stop.is_set() or view.is_done or _ended(window):
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
        nothing = f"{proxy.out}: nothing was recorded; did the browser use the proxy?"
        say(console, view.summary() or nothing)


def _subject(proxy: Proxy, notes: tuple[str, ...]) -> Subject:
    """This machine records, so its clock is the capture's."""
    return Subject(
        path=proxy.out,
        clock=lambda seen: time.monotonic_ns(),
        doing=lambda seen: "recording",
        says=lambda: (proxy.messages() or [""])[-1],
        notes=lambda: notes,
        asks=True,
    )


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
