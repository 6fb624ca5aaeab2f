"""One session of the lab captured at once by the recorder, Chromium's NetLog, and packets.

The browser reaches the proxy's own listener for the lab's origin, over TCP or QUIC, so all
three look at the same leg of the way: the proxy stamps a chunk before it sends it on, the
packet passes the loopback interface, the browser reads it.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab_session import staged
from netlogs import netlog_flags
from packets import capturing, embed_secrets
from playwright.sync_api import Page, sync_playwright
from small_page import SMALL

from analyzer.lab.options import LabOptions
from analyzer.record import browser
from analyzer.record.proxy import Proxy

SETTLE_MS = 300
"""After the last answer: connections and logs have what is still under way."""


@dataclass(frozen=True)
class Captures:
    """The files of one session; ``truth`` is the lab's own log."""

    journal: Path
    netlog: Path
    packets: Path
    truth: Path

    @classmethod
    def within(cls, directory: Path) -> "Captures":
        return cls(
            directory / "capture.jsonl",
            directory / "netlog.json",
            directory / "packets.pcapng",
            directory / "truth.jsonl",
        )


@contextlib.contextmanager
def captured_thrice(
    directory: Path, executable: Path, options: LabOptions, *, http3: bool
) -> Iterator[Page]:
    """The lab's chat page, captured until the block ends; `Captures.within` names the files.

    The key log stays beside the packets, and is embedded in them.
    """
    files = Captures.within(directory)
    keys = directory / "keys.txt"
    with staged(directory, options, "streamscope_hosts=localhost") as stage:
        port = stage.proxy.routes[0].listen_port
        bare = directory / "bare.pcapng"
        with (
            capturing(bare, port),
            _chromium(executable, stage.proxy, files.netlog, keys, http3=http3) as page,
        ):
            page.goto(stage.lab.url)
            yield page
            page.wait_for_timeout(SETTLE_MS)
    embed_secrets(bare, keys, files.packets)


@contextlib.contextmanager
def _chromium(
    executable: Path, proxy: Proxy, netlog: Path, keys: Path, *, http3: bool
) -> Iterator[Page]:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=executable,
            args=[*_flags(proxy, http3=http3), *netlog_flags(netlog)],
            chromium_sandbox=not browser.runs_as_root(),
            env={**os.environ, "SSLKEYLOGFILE": str(keys)},
            viewport=SMALL,
        )
        try:
            page = context.pages[0]
            page.set_default_timeout(60_000)
            yield page
        finally:
            context.close()


def _flags(proxy: Proxy, *, http3: bool) -> list[str]:
    """Past the explicit proxy to the route's listener, which speaks both protocols.

    No other name is found, so that the browser's own calls home reach nobody.
    """
    flags = [
        f"{flag},MAP * ~NOTFOUND" if flag.startswith("--host-resolver-rules=") else flag
        for flag in browser.browser_flags(proxy.url or "", proxy.routes, proxy.spki())
        if not flag.startswith("--proxy-")
    ]
    if http3:
        return flags
    return [*(f for f in flags if not f.startswith("--origin-to-force-quic")), "--disable-quic"]
