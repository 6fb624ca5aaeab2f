"""What real clients receive is, byte for byte, what the truth log says was sent."""

import threading
import time
import zlib
from collections.abc import Iterator
from itertools import pairwise

import brotli
import pytest
import zstandard
from lab_visitor import Stream, Truth, Visitor, visited_lab

from analyzer.lab.kinds import KINDS
from analyzer.lab.options import CODINGS, ContentCoding, LabOptions
from analyzer.lab.truth import EndLine, SendLine, StreamLine, read_truth


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with visited_lab(LabOptions(conversations=10, time_scale=0.02)) as visitor:
        yield visitor


both = pytest.mark.parametrize("protocol", ["h2", "h3"])


def decode(coding: str, body: bytes) -> bytes:
    if coding == "gzip":
        return zlib.decompressobj(31).decompress(body)
    if coding == "br":
        return bytes(brotli.Decompressor().process(body))
    if coding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return body


def assert_tells_the_truth(truth: Truth, body: bytes, decoded: bytes) -> None:
    sends = truth.sends

    assert [send.seq for send in sends] == list(range(len(sends)))
    assert sends[0].start == sends[0].wire_start == 0
    assert all(one.end == two.start for one, two in pairwise(sends))
    assert all(one.wire_end == two.wire_start for one, two in pairwise(sends))
    assert (sends[-1].end, sends[-1].wire_end) == (len(decoded), len(body))
    assert (truth.ended.size, truth.ended.wire_size) == (len(decoded), len(body))
    assert all(one.mono_ns <= two.mono_ns for one, two in pairwise(sends))
    ends = [end for send in sends for end in send.events]
    line_end = KINDS[truth.begun.kind].line_end
    assert all(decoded[:end].endswith(line_end * 2) for end in ends)
    assert truth.ended.events == len(ends)


@both
@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("kind", ["bursty", "split"])
def test_every_byte_is_in_the_truth_log(
    visitor: Visitor, protocol: str, coding: ContentCoding, kind: str
) -> None:
    stream = visitor.ask(protocol, kind=kind, encoding=coding, seed=11)
    truth = visitor.truth(stream.id)
    decoded = decode(coding, stream.body)

    assert_tells_the_truth(truth, stream.body, decoded)
    assert stream.content_encoding == coding
    assert (truth.begun.protocol, truth.begun.encoding) == (protocol, coding)
    assert (truth.ended.how, truth.ended.outcome) == ("complete", "complete")
    assert truth.ended.answer == truth.begun.answer
    assert len(decoded) == truth.begun.size
    assert decoded.count(b"data: ") >= truth.begun.events == truth.ended.events


@both
@pytest.mark.parametrize("v1", [True, False])
def test_the_form_follows_the_supported_encodings(
    visitor: Visitor, protocol: str, v1: bool
) -> None:
    stream = visitor.ask(protocol, v1=v1, kind="title", seed=1)

    assert (b"event: delta_encoding\n" in stream.body) == v1
    assert visitor.truth(stream.id).begun.form == ("delta_v1" if v1 else "cumulative")


@both
@pytest.mark.parametrize("coding", ["none", "gzip"])
@pytest.mark.parametrize(("kind", "end", "how"), [("cut", "complete", "cut"), ("reset",) * 3])
def test_an_abrupt_end_comes_inside_an_event(
    visitor: Visitor, protocol: str, coding: ContentCoding, kind: str, end: str, how: str
) -> None:
    stream = visitor.ask(protocol, kind=kind, encoding=coding, seed=2)
    truth = visitor.truth(stream.id)
    decoded = decode(coding, stream.body)

    assert_tells_the_truth(truth, stream.body, decoded)
    assert (stream.end, truth.ended.how, truth.ended.outcome) == (end, how, "cut")
    assert not decoded.endswith(b"\n\n")
    assert truth.ended.answer == truth.begun.answer != ""


@both
def test_an_error_ends_the_stream_in_order(visitor: Visitor, protocol: str) -> None:
    stream = visitor.ask(protocol, kind="error", seed=2)
    truth = visitor.truth(stream.id)

    assert b'data: {"type":"error","error":{"message":"Something went wrong' in stream.body
    assert stream.body.endswith(b"data: [DONE]\n\n")
    assert (truth.ended.how, truth.ended.outcome) == ("complete", "error")


@both
def test_stopping_closes_the_stream_properly(visitor: Visitor, protocol: str) -> None:
    """The half of an event that was sent is completed; then come the closing patch and [DONE]."""
    got: list[Stream] = []
    reader = threading.Thread(
        target=lambda: got.append(visitor.ask(protocol, kind="split", time_scale=1, seed=5))
    )
    before = len(read_truth(visitor.address.truth_path))
    reader.start()
    begun = wait_for(StreamLine, visitor, before)
    wait_for(SendLine, visitor, before, nth=60)  # some text is out by then
    stopped = visitor.post(
        "/backend-api/stop_conversation", {"conversation_id": begun.conversation_id}
    )
    reader.join(5)
    truth = visitor.truth(begun.stream)
    detail = visitor.get(f"/backend-api/conversation/{begun.conversation_id}")
    last = detail["mapping"][detail["current_node"]]["message"]

    assert stopped.json() == {"success": True}
    assert_tells_the_truth(truth, got[0].body, got[0].body)
    assert got[0].body.endswith(b"data: [DONE]\r\n\r\n")
    assert (truth.ended.how, truth.ended.outcome) == ("stopped", "stopped")
    assert truth.begun.answer.startswith(truth.ended.answer)
    assert 0 < len(truth.ended.answer) < len(truth.begun.answer)
    assert last["content"]["parts"] == [truth.ended.answer]
    assert last["status"] == "finished_partial_completion"


@both
def test_a_client_that_goes_away_is_noticed(visitor: Visitor, protocol: str) -> None:
    before = len(read_truth(visitor.address.truth_path))
    visitor.ask(protocol, cancel_s=0.5, kind="steady", time_scale=1)
    ended = wait_for(EndLine, visitor, before)
    begun = wait_for(StreamLine, visitor, before)

    assert ended.how == "client_gone"
    assert 0 < ended.size < begun.size


def test_streams_side_by_side_do_not_mix(visitor: Visitor) -> None:
    streams: list[Stream] = []
    readers = [
        threading.Thread(target=lambda via=via: streams.append(visitor.ask(via, kind="jitter")))
        for via in ("h2", "h3", "h2", "h3")
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(10)

    assert len({stream.id for stream in streams}) == 4
    for stream in streams:
        assert_tells_the_truth(visitor.truth(stream.id), stream.body, stream.body)


def wait_for[T: (StreamLine, EndLine, SendLine)](
    kind: type[T], visitor: Visitor, known: int, nth: int = 0
) -> T:
    """Return the nth line of a kind after the ``known`` ones, once it is there."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        lines = read_truth(visitor.address.truth_path)[known:]
        found = [line for line in lines if isinstance(line, kind)]
        if len(found) > nth:
            return found[nth]
        time.sleep(0.02)
    raise TimeoutError
