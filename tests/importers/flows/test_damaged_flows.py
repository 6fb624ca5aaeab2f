"""Cut anywhere, changed anywhere, or anything behind the first bytes: never a crash."""

import json
from functools import cache
from pathlib import Path

import msgspec
import pytest
from flow_files import EVENTS, dumped, http_flow, read_bytes, stream_flow
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mitmproxy.io import tnetstring
from mitmproxy.test import tflow

from analyzer.importers.flows import tnetstrings
from analyzer.importers.flows.tnetstrings import MalformedError, loads
from analyzer.model import AnyRecord, CaptureEnd, CaptureError, CaptureHead, ConnectionEnd, Problem

WITHIN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@cache
def parts() -> list[bytes]:
    made = (
        http_flow(flow_id="a"),
        tflow.twebsocketflow(),
        stream_flow(flow_id="b"),
        tflow.ttcpflow(),
        http_flow(b"".join(EVENTS), "text/event-stream", flow_id="c"),
    )
    return [dumped(flow) for flow in made]


def shown(directory: Path, data: bytes) -> list[AnyRecord | Problem] | None:
    """Everything but what depends on the file's end; None if nothing could be made of it."""
    try:
        records = read_bytes(directory, data)
    except CaptureError:
        return None
    assert isinstance(records[0], CaptureHead)
    return [record for record in records if not isinstance(record, CaptureHead | CaptureEnd)]


def of_traffic(records: list[AnyRecord | Problem]) -> list[AnyRecord | Problem]:
    return [one for one in records if not isinstance(one, Problem | ConnectionEnd)]


@WITHIN
@given(st.integers(1, sum(map(len, parts())) - 1))
def test_a_cut_file_gives_the_flows_before_the_cut_and_one_problem(
    tmp_path: Path, cut: int
) -> None:
    """Where the cut leaves a timeline out, the clock is another; so the file has one at first."""
    data = b"".join([dumped(stream_flow(flow_id="0")), *parts()])
    first = len(data) - sum(map(len, parts()))
    ends = [first]
    for part in parts():
        ends.append(ends[-1] + len(part))
    whole = max(end for end in ends if end <= first + cut)
    before, now = shown(tmp_path, data[:whole]), shown(tmp_path, data[: first + cut])

    assert before is not None
    assert now is not None
    assert of_traffic(now) == of_traffic(before)
    torn = [one for one in now if isinstance(one, Problem) and one.code == "torn_tail"]
    assert [one.offset for one in torn] == ([] if whole == first + cut else [whole])


@WITHIN
@given(
    st.lists(
        st.tuples(st.integers(0, 40_000), st.binary(min_size=1, max_size=3)),
        min_size=1,
        max_size=4,
    )
)
def test_a_changed_file_never_crashes_and_loses_nothing_before_the_change(
    tmp_path: Path, changes: list[tuple[int, bytes]]
) -> None:
    head = dumped(stream_flow(flow_id="0"))
    rest = bytearray(b"".join(parts()))
    for place, written in changes:
        place %= len(rest)
        rest[place : place + len(written)] = written
    before, now = shown(tmp_path, head), shown(tmp_path, head + bytes(rest))

    assert before is not None
    assert now is not None
    assert of_traffic(now)[: len(of_traffic(before))] == of_traffic(before)


@WITHIN
@given(st.binary(max_size=60))
def test_anything_behind_the_first_bytes_is_no_crash(tmp_path: Path, rest: bytes) -> None:
    shown(tmp_path, b"99:2:id;" + rest)
    shown(tmp_path, parts()[0] + rest)


VALUES: st.SearchStrategy[tnetstrings.Value] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False)
    | st.binary(max_size=9)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=4
        )
    ),
    max_leaves=9,
)


@given(VALUES)
def test_values_are_read_as_mitmproxy_wrote_them(value: tnetstrings.Value) -> None:
    assert loads(tnetstring.dumps(value)) == value


@given(
    st.dictionaries(st.sampled_from(sorted(http_flow().get_state())), VALUES, max_size=4),
    st.sampled_from(["request", "response", "client_conn", "server_conn", "metadata", "websocket"]),
    st.dictionaries(
        st.sampled_from(
            [
                "headers",
                "content",
                "timestamp_start",
                "timestamp_end",
                "path",
                "method",
                "http_version",
                "status_code",
                "alpn",
                "alpn_offers",
                "peername",
                "id",
                "messages",
                "close_code",
                "streamscope",
                "streamscope_exchange",
                "streamscope_capture",
                "streamscope_records",
                "duplicated",
                "websocket",
            ]
        ),
        VALUES,
        max_size=4,
    ),
)
@WITHIN
def test_fields_of_other_types_are_absent_and_no_crash(
    tmp_path: Path,
    outer: dict[str, tnetstrings.Value],
    part: str,
    inner: dict[str, tnetstrings.Value],
) -> None:
    state = http_flow(flow_id="odd").get_state()
    state[part] = (state[part] or {}) | inner
    state |= outer | {"version": 21}
    found = shown(tmp_path, parts()[2] + dumped(state))

    assert found is not None
    for record in found:
        json.dumps(msgspec.to_builtins(record), allow_nan=True).encode("utf-8")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1",
        b"1:",
        b"2:ab",
        b"3:abc?",
        b"3:1_0#",
        b"3:abc^",
        b"4:True!",
        b"1:x~",
        b"2:\xff\xff;",
        b"6:1:a,9,}",
        b"4:1:a,}",
        b"6:0:~0:~}",
        b"9999999999999:a,",
    ],
)
def test_what_is_no_value_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        loads(data)


def test_depth_and_number_of_values_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = b"0:]"
    for _ in range(tnetstrings.DEPTH_LIMIT - 1):
        deep = b"%d:%s]" % (len(deep), deep)
    assert loads(deep)
    with pytest.raises(MalformedError, match="nested deeper"):
        loads(b"%d:%s]" % (len(deep), deep))
    monkeypatch.setattr(tnetstrings, "VALUES_LIMIT", 10)
    assert loads(b"27:" + b"0:~" * 9 + b"]") == [None] * 9
    with pytest.raises(MalformedError, match="more than 10 values"):
        loads(b"33:" + b"0:~" * 11 + b"]")
