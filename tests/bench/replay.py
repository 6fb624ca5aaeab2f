"""How true a replay's times are: arrivals at a client against the capture that is replayed.

The capture is made here: streams of events 5–60 ms apart with stalls of 400–800 ms between, 17
to 18 events/s each. A client in another process asks for 1 and for 50 of them at once, over one
connection of HTTP/2 and one of HTTP/3, and stamps each read as it arrives. The error is
|gap between two arrivals − gap between the same two reads in the capture|.

The client's own share is measured the same way against a sender as plain as can be, which
says when it wrote (`plain_sender`): |gap between arrivals − gap between writes|.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import accumulate, pairwise, product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from arrivals import Protocols, connected
from plain_sender import EVENT, schedule

from analyzer import journal
from analyzer.lab.client import Received
from analyzer.model import (
    AnyRecord,
    CaptureHead,
    ExchangeEnd,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
)
from analyzer.record.ports import free_port
from analyzer.replay.process import ReplayProcess
from analyzer.serving.certificates import make_certificates

HERE = Path(__file__).parent
AT_ONCE = 50
PROTOCOLS: tuple[Protocols, ...] = ("h2", "h3")
SECONDS, QUICK_SECONDS = 10.0, 2.5
ROUNDS, QUICK_ROUNDS = 4, 1
"""One stream at a time has few gaps: so many of them, one after the other."""

SIZE = len(EVENT % 0)


@dataclass(frozen=True)
class Row:
    """Errors in ms, of ``gaps`` gaps; ``shared`` counts reads that came together with another."""

    protocol: str
    at_once: int
    gaps: int
    median: float
    p99: float
    late_p99: float
    shared: int


def records(seconds: float) -> Iterator[AnyRecord]:
    """A capture of `AT_ONCE` streams that all began at once, each with a schedule of its own."""
    yield CaptureHead("bench", "mitmproxy", "bench", "chunk", 1, 0, 1_760_000_000_000_000_000)
    for number in range(1, AT_ONCE + 1):
        yield RequestHead(number, 0, "GET", "https", "localhost", f"/{number}", "HTTP/2.0")
        yield RequestEnd(number, 0)
        headers = (("content-type", "text/event-stream"),)
        yield ResponseHead(number, 1_000_000, 200, "HTTP/2.0", headers, streamed=True)
        moments = schedule(number, seconds)
        data = b"".join(EVENT % moment for moment in moments)
        yield Reads(number, tuple(moments), (SIZE,) * len(moments), data)
        yield ExchangeEnd(number, moments[-1], "complete")


def write_capture(path: Path, seconds: float) -> None:
    with path.open("wb") as file:
        for record in records(seconds):
            file.write(journal.encode(record))


def arrivals(received: Received, count: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """When the last byte of each event came."""
    if received.end != "complete" or len(received.body) != SIZE * count:
        raise RuntimeError(f"{received.end} after {len(received.body)} of {SIZE * count} bytes")
    ends = list(accumulate(len(read.data) for read in received.reads))
    came = np.searchsorted(ends, SIZE * np.arange(1, count + 1))
    return np.array([received.reads[index].mono_ns for index in came], np.int64)


async def ask(
    protocol: Protocols, port: int, ca_path: Path, at_once: int, rounds: int
) -> list[tuple[int, Received]]:
    """Every stream with its number."""
    answers: list[tuple[int, Received]] = []
    async with connected(protocol, "127.0.0.1", port, f"localhost:{port}", ca_path) as client:
        for turn in range(rounds):
            numbers = [turn * at_once + number for number in range(1, at_once + 1)]
            got = await asyncio.gather(*(client.request("GET", f"/{n}") for n in numbers))
            answers += zip(numbers, got, strict=True)
    return answers


def errors(
    protocol: Protocols,
    at_once: int,
    streams: list[tuple[int, Received]],
    seconds: float,
    *,
    plain: bool,
) -> Row:
    """Compare with the moments of the schedule or, if ``plain``, of the writes."""
    gaps: list[int] = []
    late: list[int] = []
    shared = 0
    for number, received in streams:
        moments = np.array(schedule(number, seconds), np.int64)
        came = arrivals(received, len(moments))
        if plain:
            moments = np.array(
                [int(line[6:]) for line in received.body.split(b"\n\n") if line], np.int64
            )
        gaps += np.abs(np.diff(came) - np.diff(moments)).tolist()
        offset = came - moments
        late += (offset - offset.min()).tolist()
        shared += sum(one == other for one, other in pairwise(came.tolist()))
    median, p99 = np.percentile(gaps, [50, 99]) / 1e6
    return Row(
        protocol, at_once, len(gaps), median, p99, float(np.percentile(late, 99)) / 1e6, shared
    )


type Sender = Callable[[Path, float], AbstractContextManager[tuple[int, Path]]]


@contextmanager
def replayed(directory: Path, seconds: float) -> Iterator[tuple[int, Path]]:
    """The replay of the capture: its port, and the CA to trust."""
    capture = directory / "capture.jsonl"
    write_capture(capture, seconds)
    with ReplayProcess([capture], ["--quiet"]) as replay:
        yield replay.address.port, replay.address.ca_path


@contextmanager
def plain(directory: Path, seconds: float) -> Iterator[tuple[int, Path]]:
    """The plain sender: its port, and the CA to trust."""
    certificates = make_certificates(directory, ("localhost",))
    port = free_port()
    program = str(HERE.parent / "plain_sender.py")
    command = [sys.executable, program, str(directory), str(port), str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            raise RuntimeError("the plain sender did not start")
        try:
            yield port, certificates.ca
        finally:
            process.stdin.close()


def measure(sender: Sender, seconds: float, rounds: int) -> Iterator[Row]:
    """A row for each protocol and each number of streams."""
    with tempfile.TemporaryDirectory(prefix="streamscope-bench-") as place:
        for protocol, at_once in product(PROTOCOLS, (1, AT_ONCE)):
            with sender(Path(place), seconds) as (port, ca_path):
                times = rounds if at_once == 1 else 1
                asked = ask(protocol, port, ca_path, at_once, times)
                streams = asyncio.run(asked)
            yield errors(protocol, at_once, streams, seconds, plain=sender is plain)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter streams, fewer of them")
    quick = parser.parse_args().quick
    seconds, rounds = (QUICK_SECONDS, QUICK_ROUNDS) if quick else (SECONDS, ROUNDS)
    print("                        inter-arrival error, ms        sent late, ms  shared")
    print("sender   protocol  streams   gaps   median      p99           p99       reads")
    for sender, name in ((plain, "plain"), (replayed, "replay")):
        for row in measure(sender, seconds, rounds):
            print(
                f"{name:8} {row.protocol:8} {row.at_once:8} {row.gaps:6} {row.median:8.3f} "
                f"{row.p99:8.3f} {row.late_p99:13.3f} {row.shared:11}",
                flush=True,
            )


if __name__ == "__main__":
    main()
