"""What recording costs: mitmproxy's CPU per streamed chunk, with and without the recorder.

Three real mitmdumps run side by side: one with the recorder, two with a
do-nothing stream callable, one of which is the control that shows the noise. An
event stream goes through each in turn, block by block, in lockstep: the next
chunk is written when the last one came out of the proxy, so each is a socket
read and a call of the stream callable of its own. Measured is the CPU time of
all threads of the process, as the kernel counts it in nanoseconds; the proxies
share one core, away from the client and the service. Reported are medians, and
the median of the ratios of blocks that ran one after another.
"""

import argparse
import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from analyzer.importers import read_capture
from analyzer.model import Lost, Reads

RECORDER = Path(__file__).parents[2] / "addons" / "recorder.py"
START_S = 30.0

BLOCK = 300
"""Chunks of one block."""

DO_NOTHING = """
def responseheaders(flow):
    flow.response.stream = lambda data: data
"""

EVENT = b'data: {"v":" word"}\n\n'
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    b"Connection: close\r\n\r\n"
)


@dataclass(frozen=True)
class Row:
    """One line of the report; ratios are over the do-nothing callable's block beside it."""

    name: str
    unit: str
    recorder: float
    do_nothing: float
    ratio: float
    control: float
    blocks: int
    chunks: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cpu_ns(pid: int) -> int:
    """CPU time of all living threads of a process (Linux: /proc/PID/task/*/schedstat)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


@contextmanager
def proxy(addon: Path, options: list[str]) -> Iterator[tuple[int, int]]:
    """A mitmdump with one addon; yields its pid and its port."""
    port = free_port()
    command = [
        *(sys.executable, "-c", "from mitmproxy.tools.main import mitmdump; mitmdump()"),
        *("-q", "-s", str(addon), "--listen-host", "127.0.0.1", "--listen-port", str(port)),
        *options,
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield process.pid, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_S)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("mitmdump did not start")


class Lockstep:
    """A service that sends its next chunk when it is told that the last one arrived."""

    def __init__(self, chunks: int) -> None:
        self._chunks = chunks
        self.arrived = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD)
        for _ in range(self._chunks):
            writer.write(b"%x\r\n%b\r\n" % (len(EVENT), EVENT))
            await self.arrived.wait()
            self.arrived.clear()
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        writer.close()


async def _stream(port: int, chunks: int) -> int:
    """Send one stream through the proxy; returns how many reads the client saw."""
    service = Lockstep(chunks)
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    origin = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nHost: x\r\n\r\n" % origin)
    await reader.readuntil(b"\r\n\r\n")
    reads = 0
    while reads < chunks:
        data = await reader.read(65536)
        if not data:
            raise RuntimeError(f"the stream ended after {reads} of {chunks} chunks")
        reads += data.count(EVENT)
        service.arrived.set()
    await reader.read()
    writer.close()
    server.close()
    return reads


def keep_apart(pids: list[int]) -> None:
    """Give the proxies one core, and this process, client and service, the others."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        for pid in pids:
            for task in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(task.name), cores[:1])
        os.sched_setaffinity(0, cores[1:])


def per_chunk_us(pid: int, port: int) -> float:
    """Microseconds of CPU for each chunk of one block."""
    before = cpu_ns(pid)
    asyncio.run(_stream(port, BLOCK))
    return (cpu_ns(pid) - before) / BLOCK / 1e3


def idle_ms(pid: int, seconds: float) -> float:
    """Milliseconds of CPU in each second without traffic."""
    before = cpu_ns(pid)
    time.sleep(seconds)
    return (cpu_ns(pid) - before) / seconds / 1e6


def run(*, quick: bool = False) -> list[Row]:
    """The rows of the report. Takes about a minute, quick about ten seconds."""
    blocks, seconds = (10, 0.5) if quick else (70, 3.0)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        nothing = Path(folder) / "nothing.py"
        nothing.write_text(DO_NOTHING)
        out = Path(folder) / "capture.jsonl"
        sides = [
            (RECORDER, ["--set", f"streamscope_out={out}"]),
            (nothing, []),
            (nothing, []),
        ]
        proxies = [stack.enter_context(proxy(*side)) for side in sides]
        stack.callback(os.sched_setaffinity, 0, os.sched_getaffinity(0))
        keep_apart([pid for pid, _ in proxies])
        for pid, port in proxies:
            per_chunk_us(pid, port)
        busy: list[list[float]] = [[], [], []]
        for number in range(blocks):
            turn = list(zip(proxies, busy, strict=True))
            for (pid, port), times in turn if number % 2 else reversed(turn):
                times.append(per_chunk_us(pid, port))
        idle = [[idle_ms(pid, seconds)] for pid, _ in proxies]
        stack.close()
        _check(out, (blocks + 1) * BLOCK)
    return [
        _row("CPU per chunk", "µs", busy, blocks, blocks * BLOCK),
        _row("CPU when idle", "ms/s", idle, 1, 0),
    ]


def _check(out: Path, chunks: int) -> None:
    """The recorder really recorded: as many reads as chunks were sent."""
    records = list(read_capture(out))
    lost = [record for record in records if isinstance(record, Lost)]
    reads = sum(len(record.at_ns) for record in records if isinstance(record, Reads))
    if lost or reads != chunks:
        raise RuntimeError(f"recorded {reads} of {chunks} reads, lost: {lost}")


def _row(name: str, unit: str, sides: list[list[float]], blocks: int, chunks: int) -> Row:
    recorder, nothing, control = sides
    return Row(
        name,
        unit,
        statistics.median(recorder),
        statistics.median(nothing),
        statistics.median(ours / theirs for ours, theirs in zip(recorder, nothing, strict=True)),
        statistics.median(ours / theirs for ours, theirs in zip(control, nothing, strict=True)),
        blocks,
        chunks,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few blocks")
    for row in run(quick=parser.parse_args().quick):
        print(
            f"{row.name}: recorder {row.recorder:.2f} {row.unit}, do-nothing callable "
            f"{row.do_nothing:.2f} {row.unit}, ratio {row.ratio:.3f} (control {row.control:.3f}; "
            f"n = {row.blocks} blocks, {row.chunks} chunks)"
        )


if __name__ == "__main__":
    main()
