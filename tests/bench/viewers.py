"""What looking costs what is looked at: the proxy's delay with no, 0 and 3 live viewers.

A plain service writes events that hold the time of their writing; a plain client stamps them as
they arrive, eight streams at once through the proxy with the recorder. `streamscope serve --live`
follows the capture meanwhile. Four conditions: the server stopped, nobody looking, three clients
that read its event stream, three pages in Chromium, which also parse and draw on the same cores.
A turn is a block of each, so that all see the same machine, in an order in which each condition
comes after each other one equally often. Conditions are compared within a turn. The delay is
arrival − write of each event; the CPU is that of the proxy, the server and all of Chromium.
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

TURNS, QUICK_TURNS = 12, 2
VIEWERS = 3
SETTLE_S = 2.0
"""So long three pages take to load, or to be torn down, beside what goes on."""

CONDITIONS = ("server stopped", "0 viewers", "3 clients", "3 pages")
ORDERS = ((0, 1, 3, 2), (1, 2, 0, 3), (2, 3, 1, 0), (3, 0, 2, 1))
"""Of the conditions, turn by turn: a Latin square balanced for what came before (Williams 1949)."""

DRAWS = 5_000
"""Of the bootstrap."""

FEWEST = 6
"""Turns for an interval; of fewer the bootstrap says nothing."""

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
    p95s_ms: list[float] = field(default_factory=list)
    used_ns: dict[str, int] = field(default_factory=lambda: defaultdict(int))
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


def below(pid: int) -> list[int]:
    """The process and all that descend from it."""
    children = defaultdict[int, list[int]](list)
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            stat = (place / "stat").read_text()
            children[int(stat.rpartition(") ")[2].split()[1])].append(int(place.name))
    found = [pid]
    for each in found:
        found += children[each]
    return found


def chromium_pids() -> list[int]:
    """All processes of this one's Chromium."""
    return [pid for pid in below(os.getpid()) if "chrom" in Path(f"/proc/{pid}/comm").read_text()]


def used_ns(pids: dict[str, list[int]]) -> dict[str, int]:
    """CPU time so far, by who used it."""
    return {name: sum(map(cpu_ns, each)) for name, each in pids.items()}


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


def run(place: Path, turns: int, started: Browser) -> dict[str, Measured]:
    """What each condition gave, over so many turns."""
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
        for turn in range(turns):
            for condition in (CONDITIONS[number] for number in ORDERS[turn % len(ORDERS)]):
                with looking(condition, address, server.pid, pages):
                    pids = {"proxy": [proxy.pid], "server": [server.pid], "pages": chromium_pids()}
                    take(found[condition], port, origin, pids)
    return found


def take(into: Measured, port: int, origin: int, pids: dict[str, list[int]]) -> None:
    """One block."""
    began, before = time.monotonic(), used_ns(pids)
    delays = run_block(port, origin)
    into.seconds += time.monotonic() - began
    for name, after in used_ns(pids).items():
        into.used_ns[name] += after - before[name]
    into.delays_ns += delays
    median, p95 = np.percentile(delays, [50, 95]) / 1e6
    into.medians_ms.append(float(median))
    into.p95s_ms.append(float(p95))


def added(values: list[float], without: list[float]) -> str:
    """The median difference of the blocks of a turn, and its 95 % bootstrap interval."""
    differences = np.array(values) - np.array(without)
    if len(differences) < FEWEST:
        return f"{np.median(differences):+.3f}"
    draws = np.random.default_rng(1).choice(differences, (DRAWS, len(differences)))
    low, high = np.percentile(np.median(draws, axis=1), [2.5, 97.5])
    return f"{np.median(differences):+.3f} ({low:+.3f}…{high:+.3f})"


def report(found: dict[str, Measured]) -> None:
    """A line a condition: all its events, what its blocks add to those without viewers, CPU."""
    without = found["0 viewers"]
    turns = len(without.medians_ms)
    print(f"n = {turns} turns of {STREAMS * EVENTS} events a condition; in brackets 95 % intervals")
    print(
        f"{'':16}{'delay, ms':>25}{'added to the median, ms':>30}{'added to the p95, ms':>30}"
        f"{'CPU, ms/s':>24}\n{'':16}{'median':>9}{'p95':>8}{'p99':>8}{'':60}"
        f"{'proxy':>8}{'server':>8}{'pages':>8}"
    )
    for condition in CONDITIONS:
        one = found[condition]
        median, p95, p99 = np.percentile(np.array(one.delays_ns) / 1e6, [50, 95, 99])
        cpu = "".join(f"{used / one.seconds / 1e6:8.1f}" for used in one.used_ns.values())
        print(
            f"{condition:16}{median:9.3f}{p95:8.2f}{p99:8.2f}"
            f"{added(one.medians_ms, without.medians_ms):>30}"
            f"{added(one.p95s_ms, without.p95s_ms):>30}{cpu}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few turns")
    parser.add_argument("--send", action="store_true", help=argparse.SUPPRESS)
    given: Any = parser.parse_args()
    if given.send:
        asyncio.run(serve_sends())
        return
    with (
        tempfile.TemporaryDirectory(prefix="streamscope-bench-") as place,
        chromium(browser.require()) as started,
    ):
        report(run(Path(place), QUICK_TURNS if given.quick else TURNS, started))


if __name__ == "__main__":
    main()
