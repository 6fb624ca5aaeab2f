"""Whole files: recognised, cut, damaged, wrapped, too long; whose they are."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard
from har_files import (
    a_har,
    a_request,
    a_response,
    a_stream,
    an_entry,
    of_kind,
    read_bytes,
    the,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.importers import har
from analyzer.importers.har import order, scanning
from analyzer.intake.seen import EndSeen
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureError,
    CaptureHead,
    ExchangeEnd,
    Problem,
    RequestHead,
    ResponseHead,
)

FIXTURES = Path(__file__).parents[2] / "fixtures"
SMALL = a_har(
    an_entry(request=a_request(postData={"mimeType": "text/plain", "text": "hé"})),
    a_stream("data: a\n\ndata: b\n\n", (70, "a"), (80, "b")),
    an_entry(response=a_response("\u2028\"{[]}'\\")),
)
WHOLE = read_bytes(SMALL)
ENDS = [SMALL.index(b', {"startedDateTime"'), SMALL.rindex(b', {"startedDateTime"')]
"""Where its first and its second entry end."""


@pytest.mark.parametrize(
    ("head", "is_har"),
    [
        (SMALL, True),
        (b"\xef\xbb\xbf \r\n" + json.dumps(json.loads(SMALL), indent=2).encode(), True),
        (b'{"$schema":"x","n":1, "log":{"pages":[', True),
        (b'{"log":{"_streamscope":{', True),
        (b'{"constants":{"logEventTypes":{}},"events":[', False),
        (b'{"log":{"level":"info"}}\n{"log":{}}\n', False),
        (b'{"log":"version"}', False),
        (b'{"x":{"log":{"version":"1.2"', False),
        (b'[{"log":{"version":"1.2"', False),
        (b"", False),
        (b"{", False),
    ],
)
def test_a_har_is_known_by_its_log(head: bytes, is_har: bool) -> None:
    assert har.recognises(head) is is_har


def test_the_program_that_wrote_it_is_named() -> None:
    data = json.loads(a_har(an_entry()))
    data["log"]["browser"] = {"name": "Firefox", "version": "140.0"}
    data["log"] = {name: data["log"][name] for name in ("version", "creator", "browser", "entries")}

    assert the(CaptureHead, read_bytes(json.dumps(data).encode())).tool == (
        "WebInspector 537.36, Firefox 140.0"
    )


@pytest.mark.parametrize("log", ['{"version":"1.2"}', '{"version":"1.2","entries":{}}'])
def test_a_log_without_entries_is_an_empty_capture(log: str) -> None:
    (head,) = read_bytes(f'{{"log":{log}}}'.encode())

    assert isinstance(head, CaptureHead)
    assert head.clock == "none"


@pytest.mark.parametrize("wrap", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_compressed_file_reads_as_the_plain_one(wrap: Any) -> None:
    assert records_of(read_bytes(wrap(SMALL))) == records_of(WHOLE)


def test_a_real_export_of_chrome_reads() -> None:
    records = read_bytes((FIXTURES / "chrome_h2_h3.har").read_bytes())
    first, failed, third = of_kind(RequestHead, records)

    assert [one.status for one in of_kind(ResponseHead, records)] == [304, 200]
    assert (first.http_version, third.http_version) == ("HTTP/2.0", "HTTP/3")
    assert [one.how for one in of_kind(ExchangeEnd, records)] == ["complete", "error", "complete"]
    assert failed.authority == "www.google.com"
    assert not of_kind(Problem, records)


# --------------------------------------------------------------------------- damage


def records_of(records: list[AnyRecord | Problem], below: int = 99) -> list[Any]:
    """What is told of exchanges before this one."""
    return [
        one
        for one in records
        if not isinstance(one, CaptureHead | Problem) and getattr(one, "exchange", 0) < below
    ]


def entries_before(offset: int) -> int:
    return 1 + sum(end <= offset for end in ENDS) if offset < len(SMALL) else 99


def check_damaged(data: bytes, offset: int) -> None:
    """Whatever ends before the damage is there, as it is in the undamaged file."""
    try:
        found = read_bytes(data)
    except CaptureError:
        assert offset < 80, "only a head that cannot be known again is no capture"
        return
    if the(CaptureHead, found).source != "har":
        assert offset < 80, "one line of JSON that does not begin as a HAR is JSON lines"
        return
    whole = entries_before(offset)

    assert records_of(found, whole) == records_of(WHOLE, whole)
    assert len([one for one in of_kind(Problem, found) if one.code == "damaged_har"]) <= 1


@settings(deadline=None)
@given(st.integers(0, len(SMALL) - 1))
def test_a_cut_file_gives_what_precedes_the_cut_and_one_problem(end: int) -> None:
    check_damaged(SMALL[:end], end)


def test_a_cut_is_placed_and_the_entry_it_is_in_comes_as_far_as_it_goes() -> None:
    end = SMALL.rindex(b'"cache"')
    *records, problem = read_bytes(SMALL[:end])

    assert isinstance(problem, Problem)
    assert (problem.code, problem.offset) == ("damaged_har", end)
    assert {one.exchange for one in of_kind(ResponseHead, records)} == {1, 2, 3}
    assert [one.exchange for one in of_kind(ExchangeEnd, records)] == [1, 2]


@settings(deadline=None)
@given(st.integers(0, len(SMALL) - 1), st.binary(min_size=1, max_size=4))
def test_bytes_that_change_cost_nothing_that_precedes_them(at: int, change: bytes) -> None:
    check_damaged(SMALL[:at] + change + SMALL[at + len(change) :], at)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_anything_may_stand_behind_the_beginning(rest: bytes) -> None:
    records = read_bytes(b'{"log":{"version":"1.2","entries":[' + rest)

    assert isinstance(records[0], CaptureHead)
    assert of_kind(Problem, records)


# --------------------------------------------------------------------------- limits


def test_a_text_over_the_limit_is_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "BLOCK", 512)
    monkeypatch.setattr(scanning, "STRING_LIMIT", 2048)
    records = read_bytes(a_har(an_entry(response=a_response("x" * 9999)), an_entry()))
    problem, (body, _) = the(Problem, records), of_kind(Body, records)

    assert (problem.code, problem.offset) == ("har_text_too_long", SMALL.index(b'{"started'))
    assert (body.length, bool(body.withheld)) == (9999, True)
    assert 2000 < len(body.data) < 3000
    assert len(of_kind(ExchangeEnd, records)) == 2


def test_an_entry_over_the_limit_is_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "BLOCK", 512)
    monkeypatch.setattr(scanning, "VALUE_LIMIT", 2048)
    fields = [{"name": f"x-{number}", "value": "y"} for number in range(200)]
    records = read_bytes(a_har(an_entry(response=a_response(headers=fields)), an_entry()))

    assert the(Problem, records).code == "har_entry_too_long"
    assert [one.exchange for one in of_kind(RequestHead, records)] == [1, 2]
    assert [one.exchange for one in of_kind(ExchangeEnd, records)] == [2]


def test_what_waits_for_its_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the limit the earliest go on, and each entry's own order stays."""
    monkeypatch.setattr(order, "HELD_LIMIT", 1_000)
    waiting = order.InOrder()
    waiting.put([EndSeen(1, 9, "complete", ""), EndSeen(1, 5, "complete", "")])
    waiting.put([EndSeen(2, 7, "complete", ""), EndSeen(2, 8, "complete", "")])

    assert [one.exchange for one in waiting.before(0) if isinstance(one, EndSeen)] == [2]
    assert [one.at_ns for one in waiting.rest() if isinstance(one, EndSeen)] == [8, 9, 5]
