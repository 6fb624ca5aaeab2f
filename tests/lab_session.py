"""A recorded session: lab, proxy with the recorder, and real Chromium that fetches through both."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from playwright.sync_api import BrowserContext, Page, sync_playwright
from small_page import SMALL

from analyzer.lab.options import LabAddress, LabOptions
from analyzer.lab.process import LabProcess
from analyzer.record import browser
from analyzer.record.addresses import parse_origin
from analyzer.record.proxy import Proxy, ProxyOptions, start_proxy

ASK_ALL = """
async (wishes) => {
  const session = await (await fetch('/api/auth/session')).json();
  const ask = async ({form, ...lab}) => {
    const delta = form === 'delta_v1';
    const outcome = {id: '', status: 0, text: '', error: '', protocol: ''};
    try {
      const path = delta ? '/backend-api/f/conversation' : '/backend-api/conversation';
      const response = await fetch(path, {
        method: 'POST',
        headers: {
          'authorization': 'Bearer ' + session.accessToken,
          'content-type': 'application/json',
          'accept': 'text/event-stream',
        },
        body: JSON.stringify({
          action: 'next',
          messages: [{author: {role: 'user'}, content: {content_type: 'text', parts: ['Well?']}}],
          model: 'auto',
          supported_encodings: delta ? ['v1'] : [],
          lab,
        }),
      });
      outcome.status = response.status;
      outcome.id = response.headers.get('x-request-id');
      const reader = response.body.getReader();
      const decoder = new TextDecoder('utf-8', {ignoreBOM: true});
      for (;;) {
        const {done, value} = await reader.read();
        if (done) break;
        outcome.text += decoder.decode(value, {stream: true});
      }
    } catch (error) {
      outcome.error = String(error);
    }
    return outcome;
  };
  const outcomes = [], waiting = [...wishes.entries()];
  const worker = async () => {
    for (let next; (next = waiting.shift()); ) outcomes[next[0]] = await ask(next[1]);
  };
  await Promise.all(Array.from({length: 8}, worker));
  const [entry] = performance.getEntriesByType('navigation');
  return {protocol: entry.nextHopProtocol, accessToken: session.accessToken, outcomes};
}
"""
"""Runs in the page: asks for every wished stream by fetch and a stream reader, eight at a time."""


@dataclass(frozen=True)
class Stage:
    """What is up while a session is recorded."""

    lab: LabAddress
    proxy: Proxy
    directory: Path

    @contextlib.contextmanager
    def chromium(self, executable: Path, *, http3: bool) -> Iterator[BrowserContext]:
        """A real browser with a profile of its own, pointed at the proxy."""
        routes = self.proxy.routes if http3 else ()
        flags = browser.browser_flags(self.proxy.url or "", routes, self.proxy.spki())
        with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
            context = playwright.chromium.launch_persistent_context(
                profile,
                executable_path=executable,
                args=flags,
                chromium_sandbox=not browser.runs_as_root(),
                viewport=SMALL,
            )
            try:
                yield context
            finally:
                context.close()

    @contextlib.contextmanager
    def page(self, executable: Path, *, http3: bool) -> Iterator[Page]:
        """The lab's chat page in such a browser."""
        with self.chromium(executable, http3=http3) as context:
            page = context.pages[0]
            page.set_default_timeout(60_000)
            page.goto(self.lab.url)
            yield page


@contextlib.contextmanager
def staged(directory: Path, options: LabOptions, *settings: str) -> Iterator[Stage]:
    """Lab and proxy, up until the block ends; ``capture.jsonl`` and ``truth.jsonl`` stay."""
    options = replace(options, truth_log=directory / "truth.jsonl")
    with LabProcess(options) as lab:
        proxy_options = ProxyOptions(
            out=directory / "capture.jsonl",
            listen_port=0,
            http3=(parse_origin(lab.address.url),),
            settings=(f"ssl_verify_upstream_trusted_ca={lab.address.ca_path}", *settings),
            confdir=directory / "conf",
        )
        with start_proxy(proxy_options) as proxy:
            yield Stage(lab.address, proxy, directory)


def ask_all(page: Page, wishes: list[dict[str, Any]]) -> Any:
    """Ask for these streams from within the page; what `ASK_ALL` returns."""
    return page.evaluate(ASK_ALL, wishes)
