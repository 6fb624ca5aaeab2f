"""Chromium's own DevTools front end, attached to a page: its network panel, its HAR exporter.

The browser serves it beside its debugging protocol (``/devtools/devtools_app.html``), so that
it can be opened in a second page and asked from there.
"""

import contextlib
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from analyzer.record import browser

VISITS = 20

_EXPORT = """
async ([paths, sanitize]) => {
  const har = await import('./models/har/har.js');
  const {NetworkLog} = await import('./models/logs/logs.js');
  const log = NetworkLog.NetworkLog.instance();
  const ended = (path) => log.requests().some((one) => one.url().endsWith(path) && one.finished);
  for (let tries = 0; tries < 400 && !paths.every(ended); ++tries) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const requests = log.requests();
  const progress = {createSubProgress() { return this; }, canceled: false};
  return await har.Writer.Writer.harStringForRequests(requests, {sanitize}, progress);
}
"""
_SEES = """
async (url) => {
  const {NetworkLog} = await import('./models/logs/logs.js');
  const sees = () => NetworkLog.NetworkLog.instance().requests().some((one) => one.url() === url);
  for (let tries = 0; tries < 20 && !sees(); ++tries) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return sees();
}
"""
_OPEN = """
async (text) => {
  const {NetworkPanel} = await import('./panels/network/network.js');
  const {NetworkLog} = await import('./models/logs/logs.js');
  const {Console} = await import('./core/common/common.js');
  const errors = [];
  Console.Console.instance().addEventListener('messageAdded', ({data}) => errors.push(data.text));
  const {ViewManager} = await import('./ui/legacy/legacy.js');
  await ViewManager.ViewManager.instance().showView('network');
  const panel = NetworkPanel.NetworkPanel.instance();
  await panel.networkLogView.onLoadFromFile(new File([text], 'capture.har'));
  const requests = NetworkLog.NetworkLog.instance().requests().slice();
  const rows = () => requests.filter((one) => panel.networkLogView.nodeForRequest(one)).length;
  for (let tries = 0; tries < 100 && rows() < requests.length; ++tries) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    errors,
    shown: rows(),
    requests: await Promise.all(requests.map(async (one) => ({
      url: one.url(), method: one.requestMethod, status: one.statusCode, protocol: one.protocol,
      type: one.resourceType().name(), mimeType: one.mimeType,
      body: (await one.requestContentData()).text ?? '',
      events: one.eventSourceMessages().map(({time, eventName, eventId, data}) =>
        ({time, eventName, eventId, data})),
      frames: one.frames().map(({time, type, opCode, text}) => ({time, type, opCode, text})),
      startS: one.startTime, endS: one.endTime, headersS: one.responseReceivedTime,
      cookies: one.responseCookies.map((cookie) => cookie.name()),
    }))),
  };
}
"""


@dataclass(frozen=True)
class DevTools:
    """``page`` is the inspected one."""

    page: Page
    _front: Page

    def visit(self, url: str) -> None:
        """Go there, again until the front end sees it: it begins to look in its own time."""
        for _ in range(VISITS):
            self.page.goto(url)
            if self._front.evaluate(_SEES, url):
                return
        raise TimeoutError(f"the front end did not see {url} in {VISITS} visits")

    def export(self, *paths: str, sanitize: bool = False) -> bytes:
        """What "Export HAR" writes of the page's traffic, once it knows of these requests' ends."""
        text: str = self._front.evaluate(_EXPORT, [list(paths), sanitize])
        return text.encode()

    def open(self, har: bytes) -> Any:
        """Load a HAR into the network panel, as by its button; what the panel then holds."""
        self._front.bring_to_front()  # a hidden page draws no rows
        return self._front.evaluate(_OPEN, har.decode())


@contextlib.contextmanager
def devtools(executable: Path, flags: Sequence[str] = ()) -> Iterator[DevTools]:
    """A browser with a profile of its own, an empty page, and the front end on it."""
    with (
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
    ):
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=executable,
            args=["--remote-debugging-port=0", "--remote-allow-origins=*", *flags],
            chromium_sandbox=not browser.runs_as_root(),
        )
        try:
            page = context.pages[0]
            where = f"127.0.0.1:{_port(Path(profile))}"
            session = context.new_cdp_session(page)
            target = session.send("Target.getTargetInfo")["targetInfo"]["targetId"]
            front = context.new_page()
            front.goto(
                f"http://{where}/devtools/devtools_app.html?ws={where}/devtools/page/{target}"
            )
            front.wait_for_function(_ATTACHED)
            yield DevTools(page, front)
        finally:
            context.close()


_ATTACHED = """
async () => {
  const sdk = await import('./core/sdk/sdk.js');
  return sdk.TargetManager.TargetManager.instance().models(sdk.NetworkManager.NetworkManager)
    .length > 0;
}
"""


def _port(profile: Path) -> str:
    """The debugging port, which the browser writes down once it listens."""
    until = time.monotonic() + 30
    file = profile / "DevToolsActivePort"
    while time.monotonic() < until:
        if file.exists() and (lines := file.read_text().split()):
            return lines[0]
        time.sleep(0.05)
    raise TimeoutError("the browser did not say where its debugging port is")


def entries(har: bytes) -> list[dict[str, Any]]:
    """The entries of a HAR document."""
    found: list[dict[str, Any]] = json.loads(har)["log"]["entries"]
    return found
