"""What looking costs what is looked at: the proxy's delay with no, 0 and 3 live viewers.

A plain service writes events that hold the time of their writing; a plain client stamps them as
they arrive, eight streams at once through the proxy with the recorder. `streamscope serve --live`
follows the capture meanwhile. Blocks take turns, so that all see the same machine: the server
stopped, nobody looking, three clients that read its event stream, three pages in Chromium, which
also parse and draw on the same cores. The delay is arrival − write of each event; the CPU is that
of the proxy's and the server's threads.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from pages import chromium
from playwright.sync_api import Browser, Page

from analyzer.record import browser
from analyzer.record.proxy import ProxyOptions, start_proxy

STREAMS = 8
GAP_S = 0.03
EVENTS = 100
"""Of each stream of a block: three seconds."""

BLOCKS, QUICK_BLOCKS = 12, 2
VIEWERS = 3
SETTLE_S = 0.7
CONDITIONS = ("server stopped", "0 viewers", "3 clients", "3 pages")
STREAMSCOPE = [sys.executable, "-P", "-c", "from analyzer.cli import main; main()"]
LIVE = "-/streamscope/live"
_WRITTEN = re.compile(rb'"written":(\d+)')
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    b"Connection: close\r\n\r\n"
)


@dataclass
class Measured:
    """What the blocks of one condition gave; ``seconds`` is how long they took."""

    delays_ns: list[int] = field(default_factory=list)
    medians_ms: list[float] = field(default_factory=list)
    proxy_ns: int = 0
    server_ns: int = 0
    seconds: float = 0.0


async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The service: an answer of `EVENTS` words, `GAP_S` apart."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(_HEAD)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(EVENTS):
        await asyncio.sleep(began + GAP_S * (number + 1) - loop.time())
        choice = {"index": 0, "delta": {"content": f"word{number} "}}
        event = {"choices": [choice], "written": time.monotonic_ns()}
        data = f"data: {json.dumps(event, separators=(',', ':'))}\n\n".encode()
        writer.write(b"%x\r\n%b\r\n" % (len(data), data))
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    writer.close()


async def serve_sends() -> None:
    server = await asyncio.start_server(send, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def receive(proxy_port: int, origin: int, number: int) -> list[int]:
    """The delays of one stream."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy_port)
    path = f"http://127.0.0.1:{origin}/v1/chat/completions?stream={number}"
    writer.write(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
    await reader.readuntil(b"\r\n\r\n")
    delays: list[int] = []
    while data := await reader.read(65536):
        now = time.monotonic_ns()
        delays += [now - int(written) for written in _WRITTEN.findall(data)]
    writer.close()
    return delays


async def block(proxy_port: int, origin: int) -> list[int]:
    """The delays of `STREAMS` streams at once, begun a little apart."""

    async def later(number: int) -> list[int]:
        await asyncio.sleep(number * GAP_S / STREAMS)
        return await receive(proxy_port, origin, number)

    found = await asyncio.gather(*(later(number) for number in range(STREAMS)))
    delays = [delay for each in found for delay in each]
    if len(delays) != STREAMS * EVENTS:
        raise RuntimeError(f"{len(delays)} of {STREAMS * EVENTS} events came")
    return delays


def run_block(proxy_port: int, origin: int) -> list[int]:
    """`block`, on a thread of its own: Playwright has a running loop on this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(block(proxy_port, origin))).result()


def cpu_ns(pid: int) -> int:
    """CPU time of all living threads of a process (Linux: /proc/PID/task/*/schedstat)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


@contextlib.contextmanager
def printing(command: list[str]) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A process, and the first line that it prints."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()


CLIENT = """
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1]) as answer:
    print(answer.readline(), flush=True)
    while answer.read1(65536):
        pass
"""


@contextlib.contextmanager
def looking(condition: str, address: str, pid: int, pages: list[Page]) -> Iterator[None]:
    """The viewers of one condition, there and settled while the block is entered."""
    with contextlib.ExitStack() as stack:
        if condition == "server stopped":
            os.kill(pid, signal.SIGSTOP)
            stack.callback(os.kill, pid, signal.SIGCONT)
        elif condition == "3 clients":
            command = [sys.executable, "-c", CLIENT, f"{address}{LIVE}/events"]
            for _ in range(VIEWERS):
                stack.enter_context(printing(command))
        elif condition == "3 pages":
            for page in pages:
                page.goto(f"{address}{LIVE}")
                stack.callback(page.goto, "about:blank")
        time.sleep(SETTLE_S)
        yield


def run(place: Path, blocks: int, started: Browser) -> dict[str, Measured]:
    """What each condition gave, over so many blocks of each."""
    found: dict[str, Measured] = defaultdict(Measured)
    options = ProxyOptions(place / "capture.jsonl", listen_port=0, confdir=place / "conf")
    with contextlib.ExitStack() as stack:
        sender = [sys.executable, __file__, "--send"]
        _, line = stack.enter_context(printing(sender))
        origin = int(line)
        proxy = stack.enter_context(start_proxy(options))
        port = int((proxy.url or "").rpartition(":")[2])
        run_block(port, origin)
        command = [*STREAMSCOPE, "serve", "--live", "--port", "0", str(proxy.out)]
        server, line = stack.enter_context(printing(command))
        address = line.split()[0]
        pages = [started.new_context().new_page() for _ in range(VIEWERS)]
        for number in range(blocks * len(CONDITIONS)):
            turn, place_in_turn = divmod(number, len(CONDITIONS))
            condition = CONDITIONS[(place_in_turn + turn) % len(CONDITIONS)]
            with looking(condition, address, server.pid, pages):
                take(found[condition], port, origin, proxy.pid, server.pid)
    return found


def take(into: Measured, port: int, origin: int, proxy: int, server: int) -> None:
    """One block."""
    began, proxy_ns, server_ns = time.monotonic(), cpu_ns(proxy), cpu_ns(server)
    delays = run_block(port, origin)
    into.seconds += time.monotonic() - began
    into.proxy_ns += cpu_ns(proxy) - proxy_ns
    into.server_ns += cpu_ns(server) - server_ns
    into.delays_ns += delays
    into.medians_ms.append(float(np.median(delays)) / 1e6)


def report(found: dict[str, Measured]) -> None:
    """A line a condition. ``added`` is the median of what a block's median differs by from that
    of the block without viewers of the same turn, between the quartiles of these differences.
    """
    print("                    events   delay, ms               added, ms             CPU, ms/s")
    print("                             median     p95    p99  median (quartiles)    proxy  server")
    without = np.array(found["0 viewers"].medians_ms)
    for condition in CONDITIONS:
        one = found[condition]
        median, p95, p99 = np.percentile(np.array(one.delays_ns) / 1e6, [50, 95, 99])
        least, added, most = np.percentile(np.array(one.medians_ms) - without, [25, 50, 75])
        print(
            f"{condition:18} {len(one.delays_ns):7} {median:8.3f} {p95:7.2f} {p99:6.2f}"
            f"  {added:+6.3f} ({least:+.3f}…{most:+.3f})"
            f"  {one.proxy_ns / one.seconds / 1e6:6.1f} {one.server_ns / one.seconds / 1e6:7.1f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few blocks")
    parser.add_argument("--send", action="store_true", help=argparse.SUPPRESS)
    given: Any = parser.parse_args()
    if given.send:
        asyncio.run(serve_sends())
        return
    with (
        tempfile.TemporaryDirectory(prefix="streamscope-bench-") as place,
        chromium(browser.require()) as started,
    ):
        report(run(Path(place), QUICK_BLOCKS if given.quick else BLOCKS, started))


if __name__ == "__main__":
    main()
