"""Any log: cut anywhere, changed anywhere, wrapped, and arbitrary behind its first bytes."""

import gzip
import json
import re
import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from netlogs import LogMaker

from analyzer.analyze import analyze
from analyzer.importers import netlog
from analyzer.importers.source import Source
from analyzer.intake.seen import Item
from analyzer.model import CaptureError, Problem


def a_log() -> bytes:
    """A stream over HTTP/2, one over HTTP/3, and a call over HTTP/1.1 that is redirected."""
    log = LogMaker()
    log.h2_session(10)
    log.ask(30, 11, upload=5)
    log.h2(44, "RECV_HEADERS", stream_id=11, fin=False, headers=[":status: 200"])
    log.answer(45, 11)
    log.h2(50, "RECV_DATA", stream_id=11, size=9, fin=False)
    log.h2(51, "RECV_DATA", stream_id=11, size=3, fin=True)
    log.read(52, 11, b"data: a\n\nabc")
    log.end(53, 11)
    log.quic_session(60)
    log.ask(70, 12, protocol="h3", stream_id=0)
    piece = {"stream_id": 0, "offset": 0, "length": 33, "fin": True}
    log.quic(80, "QUIC_SESSION_STREAM_FRAME_RECEIVED", **piece)
    log.quic(80, "HTTP3_HEADERS_RECEIVED", stream_id=0, compressed_headers_length=20)
    log.quic(80, "HTTP3_DATA_FRAME_RECEIVED", stream_id=0, payload_length=9)
    log.answer(81, 12)
    log.read(82, 12, b"data: b\n\n")
    log.end(83, 12)
    log.socket(90, "http/1.1")
    log.ask(100, 13, protocol="h1")
    log.answer(101, 13, "", 302)
    log.request(102, "URL_REQUEST_REDIRECTED", 13)
    log.send(103, 13, 1_200, "/other", "h1")
    log.answer(104, 13, "application/json")
    log.read(105, 13, b"{}")
    log.end(106, 13)
    return log.text()


@cache
def contents() -> dict[str, bytes]:
    whole = a_log()
    return {"lines": whole, "objects": json.dumps(json.loads(whole), indent=1).encode()}


def items(content: bytes) -> list[Item | Problem]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        with Source(Path(file.name)) as source:
            return list(netlog.read(source))


@cache
def expected(layout: str) -> list[Item | Problem]:
    return items(contents()[layout])[1:]


def is_prefix(part: list[Item | Problem], whole: list[Item | Problem]) -> bool:
    return part == whole[: len(part)]


@pytest.mark.parametrize("layout", ["lines", "objects"])
@settings(deadline=None)  # reads files
@given(data=st.data())
def test_a_cut_log_gives_all_that_precedes_the_cut(layout: str, data: st.DataObject) -> None:
    whole = contents()[layout]
    cut = data.draw(st.integers(0, len(whole) - 1))
    start = whole.index(b'"events"')
    if cut < start - 2:
        with pytest.raises(CaptureError):
            items(whole[:cut])
        return

    _, *found = items(whole[:cut])

    if isinstance(found[-1], Problem):
        (*found, problem) = found
        assert isinstance(problem, Problem)
        assert (problem.code, cut - (problem.offset or 0) < 500) == ("cut_log", True)
        assert not any(isinstance(item, Problem) for item in found)
        assert is_prefix(found, expected(layout))
    else:
        assert found == expected(layout)


@pytest.mark.parametrize("line", range(1, 6))
def test_every_byte_of_the_last_line_may_be_the_cut(line: int) -> None:
    """Between one event and the next nothing comes out that isn't in the whole log."""
    whole = contents()["lines"]
    ends = [place for place, byte in enumerate(whole) if byte == ord("\n")]
    begin, end = ends[-9 - 5 * line], ends[-8 - 5 * line]
    found = [items(whole[:cut])[1:-1] for cut in range(begin + 1, end + 2)]

    assert all(is_prefix(one, expected("lines")) for one in found)
    assert [len(one) for one in found] == sorted(len(one) for one in found)


@pytest.mark.parametrize("layout", ["lines", "objects"])
@settings(deadline=None)  # reads files
@given(data=st.data())
def test_a_changed_byte_costs_nothing_before_it(layout: str, data: st.DataObject) -> None:
    """What follows an event that still reads may be anything; it may not be a crash."""
    whole = contents()[layout]
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = whole[:place] + bytes([byte]) + whole[place + 1 :]
    start = whole.index(b'"events"')
    try:
        _, *found = items(changed)
    except CaptureError:
        assert place < start + 12  # the constants, or how the events begin
        return

    if place > start:
        _, *before, _ = items(whole[: whole.rindex(b"\n", 0, place) + 1])
        assert is_prefix(before, found)


VALUES = re.compile(rb':\s*("[^"]*"|-?\d+|true|false)')
STRANGE = [
    b"-1",
    b"1e30",
    b"9" * 40,
    b'"a"',
    b"null",
    b"[1]",
    b"{}",
    b"true",
    b"-0.5",
    b'"\\ud800"',
]


@pytest.mark.parametrize("layout", ["lines", "objects"])
@settings(deadline=None)  # reads files
@given(data=st.data())
def test_any_value_in_an_events_place_is_data(layout: str, data: st.DataObject) -> None:
    """Up to the analysis: no number of the file may be too large for what reckons with it."""
    whole = contents()[layout]
    places = list(VALUES.finditer(whole, whole.index(b'"events"')))
    place = data.draw(st.sampled_from(places))
    strange = data.draw(st.sampled_from(STRANGE))
    with tempfile.NamedTemporaryFile() as file:
        file.write(whole[: place.start(1)] + strange + whole[place.end(1) :])
        file.flush()

        assert analyze([Path(file.name)]).captures


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_anything_may_stand_behind_the_constants(tail: bytes) -> None:
    whole = contents()["lines"]
    start = whole.index(b'"events"')

    for head in (whole[:start], whole[: start + len(b'"events": [\n')]):
        assert items(head + tail)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_anything_may_stand_within_the_constants(tail: bytes) -> None:
    """Nothing closes them: no such file says what its numbers mean."""
    unclosed = tail.replace(b"}", b"")

    for magic in (b'{"constants":{', b'{"constants":{"logEventTypes":{},"logSourceType":{}'):
        with pytest.raises(CaptureError, match="a NetLog"):
            items(magic + unclosed)


def test_a_compressed_log_reads_as_it_is() -> None:
    whole = contents()["lines"]

    assert items(gzip.compress(whole))[1:] == expected("lines")
