"""Bodies on their own: what is one, what isn't, and what comes of it."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.importers import read_capture, recognised
from analyzer.importers.bodies.kinds import Kind, kind_of
from analyzer.model import (
    CaptureEnd,
    CaptureError,
    CaptureHead,
    Exchange,
    Problem,
    Reads,
    RequestHead,
    ResponseHead,
    WireEvent,
)
from analyzer.reassemble import EventsSeen, Reassembler

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
EVENTS = b"event: a\ndata: 1\n\ndata: 2\n\n"
LINES = b'{"a":1}\n{"b":2}\n'


class Made:
    """What came of a file."""

    def __init__(self, path: Path) -> None:
        self.records = list(read_capture(path, b"key"))
        self.events: list[WireEvent] = []
        self.problems: list[str] = []
        reassembler = Reassembler()
        made = [out for record in self.records for out in reassembler.feed(record)]
        for out in [*made, *reassembler.finish()]:
            match out:
                case EventsSeen():
                    self.events += out.events
                case Problem():
                    self.problems.append(out.code)
                case Exchange():
                    self.exchange = out
                    self.problems += [problem.code for problem in out.problems]

    @property
    def data(self) -> list[str]:
        return [event.data for event in self.events]


def made(tmp_path: Path, content: bytes, name: str = "body") -> Made:
    path = tmp_path / name
    path.write_bytes(content)
    return Made(path)


def test_an_event_stream_is_one_exchange_without_times(tmp_path: Path) -> None:
    found = made(tmp_path, EVENTS, "my answer.sse")
    head, request, *_ = found.records
    (response,) = [one for one in found.records if isinstance(one, ResponseHead)]

    assert isinstance(head, CaptureHead)
    assert (head.source, head.clock, head.wall_ns) == ("body", "none", 0)
    assert isinstance(request, RequestHead)
    assert (request.method, request.authority, request.path) == ("GET", "", "/my%20answer.sse")
    assert response.headers == (("content-type", "text/event-stream"),)
    assert (response.streamed, response.timed) == (True, False)
    assert found.data == ["1", "2"]
    assert (found.exchange.how, found.problems) == ("complete", [])
    assert isinstance(found.records[-1], CaptureEnd)


@pytest.mark.parametrize(
    ("content", "data"),
    [
        (LINES, ['{"a":1}', '{"b":2}']),
        (b'\xef\xbb\xbf\x1e{"a":1}\n', ['{"a":1}']),
        (b'{"error": "overloaded"}', ['{"error": "overloaded"}']),
        (b'[{"a":1}\n,\n{"b":2}\n]\n', ['{"a":1}', '{"b":2}']),
        (b"\xef\xbb\xbfdata: x\r\n\r\n", ["x"]),
        (b": keep-alive\n\n: keep-alive\n\ndata: x\n\n", ["x"]),
    ],
)
def test_events_lines_and_growing_arrays_are_read(
    tmp_path: Path, content: bytes, data: list[str]
) -> None:
    found = made(tmp_path, content)

    assert found.data == data
    assert (found.exchange.how, found.problems) == ("complete", [])


def test_pieces_of_an_array_put_together_are_the_array(tmp_path: Path) -> None:
    pieces = [(FIXTURES / f"gemini_json_array_split_{n}.bin").read_bytes() for n in (1, 2, 3)]
    found = made(tmp_path, b"".join(pieces) + b"]")

    assert (len(found.events), found.problems, found.exchange.how) == (4, [], "complete")


@pytest.mark.parametrize(
    "content",
    [
        *((ROOT / name).read_bytes() for name in ("README.md", "LICENSE", "pyproject.toml")),
        Path(__file__).read_bytes(),
        (FIXTURES / "MANIFEST.tsv").read_bytes(),
        b"id,name\n1,x\n",
        b"id\n1\n2\n3\n",
        b"data:\n  some: yaml\n  more: yaml\nother: 1\n",
        b":toc:\n:author: me\n\n= Thesis\n",
        b"event horizon: a thesis\n\nIt begins here.\n",
        b"[section]\nkey = 1\n",
        b"[link](https://example.org)\n",
        b'{\n  "name": "x",\n  "version": 1\n}\n',
        b"[1,\n2]\n",
        b"42\n43\n",
        b'"a"\n"b"\n',
        b"[]",
        b"\x7fELF\x02\x01" + bytes(99),
        b'Words, then\n}\n,\n{\n "a": 1\n}\n',
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<!doctype html>",
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n",
    ],
    ids=str,
)
def test_other_text_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes"
    path.write_bytes(content)

    assert recognised(path) == ""
    with pytest.raises(CaptureError, match="notes: not a capture that streamscope reads"):
        read_capture(path)


# --------------------------------------------------------------------------- curl -i

HEAD = (
    b"HTTP/2 200 \r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"date: Thu, 09 Oct 2025 08:53:20 GMT\r\nset-cookie: session=sEcReT0123456789abcdef\r\n\r\n"
)


def test_the_head_that_curl_writes_is_the_answers(tmp_path: Path) -> None:
    """The last of several: a proxy's and a redirect's come before."""
    before = b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    found = made(tmp_path, before + HEAD + EVENTS)
    head = found.records[0]
    (response,) = [one for one in found.records if isinstance(one, ResponseHead)]

    assert isinstance(head, CaptureHead)
    assert head.wall_ns == 1_760_000_000_000_000_000
    assert (response.status, response.http_version) == (200, "HTTP/2.0")
    assert dict(response.headers)["content-type"] == "text/event-stream; charset=utf-8"
    assert "sEcReT" not in str(found.records)
    assert found.data == ["1", "2"]


def test_a_type_that_says_something_else_gives_way_to_what_the_body_is(tmp_path: Path) -> None:
    found = made(tmp_path, b"HTTP/1.1 200 OK\nContent-Type: text/plain\n\n" + LINES)

    assert found.data == ['{"a":1}', '{"b":2}']
    assert dict(found.exchange.response_headers)["content-type"] == "application/x-ndjson"


def test_a_body_that_curl_left_compressed_is_decoded_and_one_that_it_decoded_is_not(
    tmp_path: Path,
) -> None:
    head = HEAD.replace(b"date:", b"content-encoding: gzip\r\ndate:")

    assert made(tmp_path, head + gzip.compress(EVENTS)).data == ["1", "2"]
    assert made(tmp_path, head + EVENTS).data == ["1", "2"]


# --------------------------------------------------------------------------- damage

BODIES = {
    "events": b"".join(b"event: delta\ndata: %d\n\n" % n for n in range(12)),
    "lines": b"".join(b'{"v": %d}\n' % n for n in range(12)),
    "array": b"[" + b"\n,\n".join(b'{\n "v": %d\n}' % n for n in range(12)) + b"\n]\n",
    "curl -i": HEAD + EVENTS,
}
WRAPPED: list[Callable[[bytes], bytes]] = [bytes, gzip.compress, zstandard.compress]


def same_beginning(data: list[str], whole: list[WireEvent], upto: int) -> bool:
    expected = [event.data for event in whole if event.offset + event.size < upto]
    return data[: len(expected)] == expected


@settings(deadline=None)  # the first example imports the decoders
@given(st.sampled_from(sorted(BODIES)), st.data())
def test_cut_or_mutated_anywhere_it_gives_what_precedes_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    body = BODIES[name]
    whole = made(folder, body).events
    start = len(HEAD) if name == "curl -i" else 0
    place = data.draw(st.integers(0, len(body)))
    for damaged in (
        body[:place],
        body[:place] + data.draw(st.binary(min_size=1, max_size=3)) + body[place + 1 :],
    ):
        try:
            found = made(folder, damaged)
        except CaptureError:
            assert place < start + 64  # what it is could not be told any more
            continue
        assert same_beginning(found.data, whole, place - start)


@settings(deadline=None)
@given(st.sampled_from(["", "data: ", "{", "[{", "HTTP/1.1 200 OK\n\n"]), st.binary(max_size=60))
def test_arbitrary_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, begin: str, rest: bytes
) -> None:
    try:
        found = made(tmp_path_factory.mktemp("any"), begin.encode() + rest)
    except CaptureError:
        return
    assert isinstance(found.records[0], CaptureHead)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_wrapped_it_reads_the_same(tmp_path: Path, name: str) -> None:
    plain, *others = [made(tmp_path, wrap(BODIES[name])) for wrap in WRAPPED]

    for other in others:
        assert other.data == plain.data
        assert other.exchange == plain.exchange


def test_a_cut_wrapping_leaves_the_exchange_unfinished(tmp_path: Path) -> None:
    found = made(tmp_path, gzip.compress(EVENTS)[:-4])

    assert (found.data, found.problems) == (["1", "2"], ["damaged_wrapping"])
    assert found.exchange.how == "unfinished"


def test_a_large_body_passes_in_parts(tmp_path: Path) -> None:
    found = made(tmp_path, EVENTS * 20_000)

    assert len(found.events) == 40_000
    assert max(len(one.data) for one in found.records if isinstance(one, Reads)) <= 5 * 1024 * 1024


def test_what_kind_it_is_does_not_hang_on_where_the_head_was_cut() -> None:
    """Once the first line is there."""
    assert {kind_of(EVENTS[:n]) for n in range(9, len(EVENTS) + 1)} == {Kind.EVENTS}
    assert {kind_of(LINES[:n]) for n in range(8, len(LINES) + 1)} == {Kind.LINES}
    assert {kind_of(BODIES["array"][:n]) for n in range(3, 60)} == {Kind.ARRAY}
