"""How fast event streams are decoded, as ratios to other decoders on the same bytes.

    python tests/bench/decode.py [--quick]

Our decoder is asked in both of its ways: ``feed``, a call for each read, as standard
input comes; and ``feed_reads``, a call for each record of a journal. It keeps both
times of every event meanwhile; the others keep none. They run in turn, round by
round, and are measured by the CPU time of this process. Before that, all must give
the same events. The rates belong to this machine; the ratios are what travels.
"""

import argparse
import gc
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import httpx
from httpx_sse import EventSource
from ld_eventsource.actions import Comment
from ld_eventsource.reader import _BufferedLineReader, _SSEReader
from sseclient import SSEClient

from analyzer.dialects.chatgpt_web import ChatGPTWeb
from analyzer.model import Exchange, ExchangeEnd, Reads, RequestHead, ResponseHead, WireEvent
from analyzer.reassemble import Reassembler
from analyzer.wire import sse

READS_A_RECORD = 1000
"""About what a recorder flushes at once from a fast stream."""

type Told = tuple[str, str]
"""Type and data of an event."""


@dataclass(frozen=True)
class Row:
    """One comparison, or for the pipeline's steps one rate (``peer`` empty, ratio 1).

    Rates are medians in events a second of CPU time; ``ratio`` is the median over
    the rounds of our rate over the peer's.
    """

    workload: str
    reads: str
    ours: str
    peer: str
    ours_per_s: float
    peer_per_s: float
    ratio: float
    rounds: int
    events: int


@dataclass(frozen=True)
class Workload:
    name: str
    reads: str
    chunks: list[bytes]
    events: int


# --------------------------------------------------------------------------- decoders


class _Source:
    """What sseclient-py reads from."""

    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)

    def close(self) -> None:
        """Nothing is open."""


def by_launchdarkly(chunks: list[bytes]) -> Iterator[Told]:
    for event in _SSEReader(_BufferedLineReader.lines_from(chunks)).events_and_comments():
        if not isinstance(event, Comment):
            yield event.event, event.data


def by_sseclient(chunks: list[bytes]) -> Iterator[Told]:
    # Its annotation asks for an iterator; what it needs is an iterable and close().
    for event in SSEClient(_Source(chunks)).events():  # type: ignore[arg-type]
        yield event.event, event.data


def by_httpx_sse(chunks: list[bytes]) -> Iterator[Told]:
    response = httpx.Response(
        200, headers={"content-type": "text/event-stream"}, content=iter(chunks)
    )
    for event in EventSource(response).iter_sse():
        yield event.event, event.data


def by_feed(chunks: list[bytes]) -> Iterator[Told]:
    feed = sse.Decoder().feed
    for at_ns, chunk in enumerate(chunks):
        for event in feed(at_ns, chunk):
            yield event.type, event.data


def by_feed_reads(records: list[Reads]) -> Iterator[Told]:
    feed_reads = sse.Decoder().feed_reads
    for record in records:
        for event in feed_reads(record.at_ns, record.lengths, record.data):
            yield event.type, event.data


PEERS: dict[str, Callable[[list[bytes]], Iterator[Told]]] = {
    "launchdarkly-eventsource": by_launchdarkly,
    "httpx-sse": by_httpx_sse,
    "sseclient-py": by_sseclient,
}


# --------------------------------------------------------------------------- workloads


def records_of(chunks: list[bytes]) -> list[Reads]:
    """The chunks as a journal would hold them."""
    records = []
    for start in range(0, len(chunks), READS_A_RECORD):
        batch = chunks[start : start + READS_A_RECORD]
        times = tuple(range(start, start + len(batch)))
        records.append(Reads(1, times, tuple(map(len, batch)), b"".join(batch)))
    return records


def small_events(count: int) -> list[bytes]:
    """35 bytes each."""
    return [f'data: {{"v":" word{number:06} and"}}\n\n'.encode() for number in range(count)]


def large_events(count: int) -> list[bytes]:
    """ChatGPT's deltas, padded as it does, 310 bytes each."""
    made = []
    for number in range(count):
        delta = {"p": "/message/content/parts/0", "o": "append", "v": f" word {number}"}
        data = json.dumps(delta, separators=(",", ":"))
        made.append(f"event: delta\ndata: {data:<289}\n\n".encode())
    return made


def cut(stream: bytes, shortest: int, longest: int) -> list[bytes]:
    """Reads of random lengths within these bounds."""
    rng = random.Random(7)
    bounds = [0]
    while bounds[-1] < len(stream):
        bounds.append(min(bounds[-1] + rng.randint(shortest, longest), len(stream)))
    return [stream[start:end] for start, end in pairwise(bounds)]


def workloads(count: int) -> Iterator[Workload]:
    for name, events in (
        ("35-byte events", small_events(count)),
        ("310-byte ChatGPT deltas", large_events(count // 2)),
    ):
        stream = b"".join(events)
        few = events[: len(events) // 4]
        yield Workload(name, "one read", [stream], len(events))
        yield Workload(name, "64 KiB reads", cut(stream, 65536, 65536), len(events))
        yield Workload(name, "one event a read", events, len(events))
        yield Workload(name, "1–7 byte reads", cut(b"".join(few), 1, 7), len(few))


# --------------------------------------------------------------------------- measuring


def timed(work: Callable[[], int], expected: int) -> float:
    gc.collect()
    begun = time.process_time()
    done = work()
    seconds = time.process_time() - begun
    if done != expected:
        raise RuntimeError(f"{done} of {expected} events")
    return seconds


def count(events: Iterator[Told]) -> int:
    return sum(1 for _ in events)


def compare(workload: Workload, rounds: int) -> list[Row]:
    """Let all decode the workload in turn, ``rounds`` times."""
    records = records_of(workload.chunks)
    runs: dict[str, Callable[[], Iterator[Told]]] = {
        "feed": lambda: by_feed(workload.chunks),
        "feed_reads": lambda: by_feed_reads(records),
    }
    for name, decode in PEERS.items():
        runs[name] = lambda decode=decode: decode(workload.chunks)  # type: ignore[misc]  # bound now
    truth = list(runs["feed"]())
    for name, run_one in runs.items():
        if list(run_one()) != truth:
            raise RuntimeError(f"{name} gives other events for {workload.name}, {workload.reads}")
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run_one in runs.items():
            seconds[name].append(timed(lambda run_one=run_one: count(run_one()), workload.events))  # type: ignore[misc]  # bound now
    return [
        Row(
            workload.name,
            workload.reads,
            ours,
            peer,
            workload.events / statistics.median(seconds[ours]),
            workload.events / statistics.median(seconds[peer]),
            statistics.median(
                theirs / mine for mine, theirs in zip(seconds[ours], seconds[peer], strict=True)
            ),
            rounds,
            workload.events,
        )
        for ours in ("feed", "feed_reads")
        for peer in PEERS
    ]


def chatgpt_stream(deltas: int) -> list[bytes]:
    """One turn in delta encoding v1: the closing patch at its end, bare deltas before."""
    message = {
        "id": "m",
        "author": {"role": "assistant"},
        "content": {"content_type": "text", "parts": [""]},
        "recipient": "all",
    }
    opening = {"p": "", "o": "add", "v": {"message": message}, "c": 0}
    first = {"p": "/message/content/parts/0", "o": "append", "v": "The"}
    bare = [{"v": f" word{number}"} for number in range(deltas)]
    closing = {
        "p": "",
        "o": "patch",
        "v": [{"p": "/message/status", "o": "add", "v": "finished_successfully"}],
    }
    framed = [
        b"event: delta\ndata: " + json.dumps(delta, separators=(",", ":")).encode() + b"\n\n"
        for delta in (opening, first, *bare, closing)
    ]
    return [b'event: delta_encoding\ndata: "v1"\n\n', *framed, b"data: [DONE]\n\n"]


def pipeline(deltas: int, rounds: int) -> list[Row]:
    """What the steps behind the decoder cost: the dialect alone, and records to turns."""
    chunks = chatgpt_stream(deltas)
    records = records_of(chunks)
    events = [
        event for record in records
        for event in sse.Decoder().feed_reads(record.at_ns, record.lengths, record.data)
    ]  # fmt: skip
    steps: dict[str, Callable[[], int]] = {
        "decoder": lambda: count(by_feed_reads(records)),
        "ChatGPT dialect": lambda: _through_dialect(events),
        "records to turn": lambda: _through_reassembler("/backend-api/f/conversation", records),
        "records, generic": lambda: _through_reassembler("/events", records),
    }
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            seconds[name].append(timed(step, len(chunks)))
    rates = {name: len(chunks) / statistics.median(took) for name, took in seconds.items()}
    return [
        Row("ChatGPT turn", "one event a read", name, "", rate, rate, 1.0, rounds, len(chunks))
        for name, rate in rates.items()
    ]


def _through_dialect(events: list[WireEvent]) -> int:
    dialect = ChatGPTWeb()
    for event in events:
        dialect.feed(event)
    turn = dialect.turn(1, "complete")
    return len(events) if turn.status == "complete" else 0


def _through_reassembler(path: str, records: list[Reads]) -> int:
    reassembler = Reassembler()
    reassembler.feed(RequestHead(1, 0, "POST", "https", "chat.test", path, "HTTP/2.0"))
    reassembler.feed(ResponseHead(1, 0, 200, "HTTP/2.0", streamed=True))
    for record in records:
        reassembler.feed(record)
    (exchange,) = reassembler.feed(ExchangeEnd(1, 10**9, "complete"))
    return exchange.stream.events if isinstance(exchange, Exchange) else 0


def run(*, quick: bool = False) -> list[Row]:
    """All comparisons and steps."""
    events, rounds = (6_000, 5) if quick else (30_000, 7)
    rows = [row for workload in workloads(events) for row in compare(workload, rounds)]
    return rows + pipeline(events, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer events and rounds")
    before = None
    for row in run(quick=parser.parse_args().quick):
        title = f"{row.workload}, {row.reads} (n = {row.rounds} rounds of {row.events} events)"
        if title != before:
            print(f"\n{title}")
            before = title
        rate = f"{row.ours_per_s / 1e6:5.2f} M events/s"
        if row.peer:
            theirs = f"{row.peer:<25} {row.peer_per_s / 1e6:5.2f} M/s"
            print(f"  {row.ours:<11} {rate}   {row.ratio:6.2f} × {theirs}")
        else:
            print(f"  {row.ours:<17} {rate}")


if __name__ == "__main__":
    main()
