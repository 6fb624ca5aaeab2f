"""Files of every format, cut or changed anywhere, through the whole analysis to the report.

What each format makes of damage is tested beside it; here, that whatever comes of it is
analysed and reported, that what precedes the damage is counted, and that nothing is made up.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from flow_files import dumped, stream_flow
from har_files import a_har, a_stream
from hypothesis import given, settings
from hypothesis import strategies as st
from netlogs import LogMaker
from pcap_rows import HEAD as PACKETS
from pcap_rows import STREAMED, Http2Peer, Http3Peer, Quic, Tcp, asking, data, h3_frame
from synthetic import MS
from told import told, told_of

from analyzer import journal
from analyzer.analyses.results import Analysis
from analyzer.importers.pcap.rows import Reader
from analyzer.intake.bodies import Keep
from analyzer.intake.conversion import convert
from analyzer.intake.seen import Item
from analyzer.model import (
    CaptureEnd,
    CaptureError,
    CaptureHead,
    ExchangeEnd,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WireEvent,
)
from analyzer.redact import Redactor
from analyzer.report import build_report
from analyzer.report.as_json import report_json
from analyzer.report.figures import pick

STREAMS = 4


def texts(number: int) -> list[str]:
    """The data of a stream's events: nothing else in the file is like them."""
    return [f"text {number}.{event}" for event in range(3)]


def body(number: int) -> bytes:
    return b"".join(b"data: %s\n\n" % text.encode() for text in texts(number))


@dataclass(frozen=True)
class Made:
    """A file, and by which byte each stream in it has been told of."""

    content: bytes
    ends: tuple[int, ...]
    begin: int = 0
    """So many bytes say what it is: damage in them may cost all."""

    def before(self, place: int) -> set[str]:
        """The texts that precede damage at this place."""
        return {
            text for number, end in enumerate(self.ends) if end <= place for text in texts(number)
        }


def parted(start: bytes, parts: list[bytes], end: bytes = b"") -> Made:
    ends = [len(start) + sum(map(len, parts[: number + 1])) for number in range(len(parts))]
    return Made(start + b"".join(parts) + end, tuple(ends), len(start))


def of_journal() -> Made:
    start = journal.encode(CaptureHead("4fd1", "proxy", "test", "chunk", 1, 0, 10**18))
    return parted(start, [b"".join(_lines(n)) for n in range(STREAMS)], _line(CaptureEnd(99 * MS)))


_line = journal.encode


def _lines(number: int) -> Iterator[bytes]:
    at, exchange = 10 * number * MS, number + 1
    kind = (("content-type", "text/event-stream"),)
    yield _line(RequestHead(exchange, at, "GET", "https", "chat.example", "/a", "HTTP/2.0"))
    yield _line(RequestEnd(exchange, at + MS))
    yield _line(ResponseHead(exchange, at + 2 * MS, 200, "HTTP/2.0", kind, streamed=True))
    whole = body(number)
    lengths = (9, len(whole) - 9)
    yield _line(Reads(exchange, (at + 3 * MS, at + 4 * MS), lengths, whole))
    yield _line(ExchangeEnd(exchange, at + 5 * MS, "complete"))


def of_har() -> Made:
    streams = [
        a_stream(
            body(number).decode(),
            *((1000 * number + 70 + event, text) for event, text in enumerate(texts(number))),
            startedDateTime=f"2026-03-01T12:00:0{number}.000Z",
        )
        for number in range(STREAMS)
    ]
    start, _, end = a_har("x").partition(b'"x"')
    parts = [json.dumps(stream).encode() for stream in streams]
    return parted(start, [*(part + b", " for part in parts[:-1]), parts[-1]], end)


def of_netlog() -> Made:
    log = LogMaker()
    log.h2_session(10)
    counts = []
    for number in range(STREAMS):
        at, exchange, whole = 100 * (number + 1), 11 + number, body(number)
        log.ask(at, exchange)
        log.h2(at + 4, "RECV_HEADERS", stream_id=exchange, fin=False, headers=[":status: 200"])
        log.answer(at + 5, exchange)
        log.h2(at + 6, "RECV_DATA", stream_id=exchange, size=len(whole), fin=True)
        log.read(at + 7, exchange, whole)
        log.end(at + 8, exchange)
        counts.append(len(log.events))
    content = log.text()
    start = content.index(b'"events"') + len(b'"events": [\n')
    sizes = [len(event) + len(b",\n") for event in log.events]
    return Made(content, tuple(start + sum(sizes[:count]) for count in counts), start)


def of_flows() -> Made:
    """The times of all hang on the first, so that is not damaged."""
    parts = []
    for number in range(STREAMS):
        whole = body(number)
        flow = stream_flow([whole[:9], whole[9:]], [3 * MS, 4 * MS], flow_id=f"{number}")
        parts.append(dumped(flow))
    made = parted(b"", parts)
    return Made(made.content, made.ends, made.ends[0])


def of_bodies() -> Made:
    return parted(b"", [body(number) for number in range(STREAMS)])


def of_rows() -> Made:
    """Over HTTP/2 and HTTP/3 in turn, each on a connection of its own."""
    return parted(b"", [b"".join(_rows(number)) for number in range(STREAMS)])


def _rows(number: int) -> Iterator[bytes]:
    at, whole = 100 * number, body(number)
    if number % 2:
        quic = Quic(number, client=("10.0.0.1", 50_000 + number))
        client, server = Http3Peer(), Http3Peer()
        yield from quic.opening()
        asked = [(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/")]
        yield quic.sends(at + 10, 0, client.head(0, asked), fin=True)
        yield quic.answers(at + 20, 0, server.head(0, STREAMED))
        yield quic.answers(at + 30, 0, h3_frame(0, whole), fin=True)
    else:
        tcp = Tcp(number=number, client=("10.0.0.1", 50_000 + number))
        yield from tcp.opening(at)
        yield tcp.sends(at + 10, asking(Http2Peer()))
        yield tcp.answers(at + 20, Http2Peer().head(1, STREAMED))
        yield tcp.answers(at + 30, data(1, whole, ends=True))


FILES: dict[str, Callable[[], Made]] = {
    "journal": of_journal,
    "har": of_har,
    "netlog": of_netlog,
    "flows": of_flows,
    "bodies": of_bodies,
    "pcap": of_rows,
}


@cache
def made(name: str) -> Made:
    return FILES[name]()


def analysed(name: str, content: bytes, folder: Path) -> tuple[Analysis, list[WireEvent]]:
    if name == "pcap":
        return told_of(convert(_of_rows(content), Redactor(b"key"), Keep(1 << 20)))
    path = folder / "file"
    path.write_bytes(content)
    return told([path])


def _of_rows(content: bytes) -> Iterator[Item | Problem]:
    """What tshark's rows show; `pcap.read` holds them back until there is an exchange."""
    yield PACKETS
    reader = Reader(PACKETS, "rows")
    items = [item for row in content.splitlines(keepends=True) for item in reader.feed(row)]
    items += reader.finish(whole=False)
    yield from (item for item in items if not isinstance(item, CaptureHead))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damage")


@pytest.mark.parametrize("name", FILES)
def test_the_whole_file_tells_everything(name: str, folder: Path) -> None:
    analysis, events = analysed(name, made(name).content, folder)

    assert {event.data for event in events} == made(name).before(len(made(name).content))
    assert not analysis.captures[0].problems


@pytest.mark.parametrize("name", FILES)
@settings(deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), written=st.binary(max_size=3))
def test_damage_costs_nothing_that_precedes_it_and_nothing_is_made_up(
    name: str, folder: Path, place: float, written: bytes
) -> None:
    """Cut where nothing is written, else changed."""
    whole = made(name)
    at = int(place * len(whole.content))
    rest = whole.content[at + len(written) :] if written else b""
    try:
        analysis, events = analysed(name, whole.content[:at] + written + rest, folder)
    except CaptureError:
        assert at <= whole.begin + 32
        return
    # The intake writes a fault of its own down, and goes on: here that is a failure.
    assert not [one for each in analysis.captures for one in each.lost if "fault" in one.reason]
    figures = pick(analysis)
    build_report(figures)
    report_json(figures)
    found = {event.data for event in events}

    if at >= whole.begin:
        assert found >= whole.before(at)
    if not written:
        assert found <= whole.before(len(whole.content))
