"""HTTP/2 in rows: every frame counts at the moment of its packet, however it was cut."""

import pytest
from hyperframe.frame import (
    ContinuationFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from pcap_rows import (
    ASKED,
    MS,
    STREAMED,
    Http2Peer,
    Tcp,
    asking,
    chunks,
    data,
    ends,
    every,
    flagged,
    only,
    read,
    statuses,
)

from analyzer.importers.pcap.http2 import PREFACE
from analyzer.intake.seen import BodySeen, EndSeen, RequestSeen, ResponseSeen
from analyzer.model import CaptureEnd, CaptureHead, Connection, ConnectionEnd, Problem, RequestEnd


def test_a_stream_is_told_from_its_request_to_its_end() -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    rows = [
        *tcp.opening(),
        tcp.sends(10, PREFACE + SettingsFrame(0).serialize()),
        tcp.sends(11, client.head(1, [*ASKED, ("content-type", "text/plain")])),
        tcp.sends(12, data(1, b"hel"), data(1, b"lo", ends=True)),
        tcp.answers(20, server.head(1, STREAMED)),
        tcp.answers(30, data(1, b"data: 1\n\n")),
        tcp.answers(42.5, data(1, b"data: 2\n\n"), data(1, b"", ends=True)),
    ]

    head, connection, *items = read(rows)

    assert isinstance(head, CaptureHead)
    assert (head.clock, head.mono_ns, head.wall_ns) == ("packet", 0, 1_760_000_000 * 10**9)
    assert connection == Connection(
        1,
        11 * MS,
        "server",
        "h2",
        "10.0.0.2:443",
        "chat.example",
        "TLSv1.3",
        opened_ns=0,
        tls_ns=4 * MS,
        tls_begun_ns=2 * MS,
        local="10.0.0.1:50000",
        alpn_offers=("h2", "http/1.1"),
    )
    asked_fields = ((b"content-type", b"text/plain"),)
    assert items == [
        RequestSeen(
            1, 11 * MS, "POST", "https", "chat.example", "/a", "HTTP/2.0", asked_fields, 1, ""
        ),
        BodySeen(1, 12 * MS, "request", b"hello", "", "text/plain"),
        RequestEnd(1, 12 * MS),
        ResponseSeen(
            1, 20 * MS, 200, "HTTP/2.0", ((b"content-type", b"text/event-stream"),), "", 1, True, ""
        ),
        (1, 30 * MS, b"data: 1\n\n"),
        (1, round(42.5 * MS), b"data: 2\n\n"),
        EndSeen(1, round(42.5 * MS), "complete", ""),
        CaptureEnd(round(42.5 * MS)),
    ]


def test_a_body_that_is_no_stream_comes_whole_and_still_coded() -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    fields = [(":status", "200"), ("content-type", "application/json"), ("content-encoding", "br")]
    rows = [
        tcp.sends(1, asking(client)),
        tcp.answers(2, server.head(1, fields)),
        tcp.answers(3, data(1, b"\x0b\x01")),
        tcp.answers(4, data(1, b"\x03", ends=True)),
    ]

    items = read([*tcp.opening(-10), *rows])

    assert only(items, BodySeen) == BodySeen(
        1, 14 * MS, "response", b"\x0b\x01\x03", "br", "application/json"
    )


def test_a_data_frame_counts_as_it_comes_not_when_it_is_whole() -> None:
    """The frame spans three TLS records: a client hands on what it has."""
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    frame = data(1, b"abcdefghi", ends=True)
    rows = [
        *tcp.opening(),
        tcp.sends(10, asking(client)),
        tcp.answers(11, server.head(1, STREAMED) + frame[:4]),
        tcp.answers(12, frame[4:11]),
        tcp.answers(13, frame[11:14]),
        tcp.answers(14, frame[14:]),
    ]

    items = read(rows)

    assert chunks(items) == [(12, b"ab"), (13, b"cde"), (14, b"fghi")]
    assert ends(items) == [(1, "complete", "")]


@pytest.mark.parametrize("size", [1, 2, 5, 9, 10, 40])
def test_cuts_change_nothing_but_moments(size: int) -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    answer = (
        SettingsFrame(0).serialize()
        + server.head(1, STREAMED)
        + PingFrame(0, b"12345678").serialize()
        + data(1, b"data: 1\n\n", padding=7)
        + data(1, b"", padding=0)
        + WindowUpdateFrame(0, 5).serialize()
        + data(1, b"data: 2\n\n", padding=255, ends=True)
    )
    parts = [answer[at : at + size] for at in range(0, len(answer), size)]
    rows = [tcp.answers(20 + at, part) for at, part in enumerate(parts)]

    items = read([*tcp.opening(), tcp.sends(10, asking(client)), *rows])

    assert b"".join(part for _, part in chunks(items)) == b"data: 1\n\ndata: 2\n\n"
    assert (statuses(items), ends(items)) == ([(1, 200)], [(1, "complete", "")])
    assert not every(items, Problem)


def test_interleaved_streams_keep_their_bytes_apart() -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    rows = [
        *tcp.opening(),
        tcp.sends(10, asking(client)),
        tcp.sends(10, asking(client, 3)),
        tcp.answers(20, server.head(3, STREAMED), data(3, b"c")),
        tcp.answers(21, server.head(1, STREAMED) + data(1, b"a") + data(3, b"d", ends=True)),
        tcp.answers(22, data(1, b"b", ends=True)),
    ]

    items = read(rows)

    assert chunks(items, 1) == [(21, b"a"), (22, b"b")]
    assert chunks(items, 2) == [(20, b"c"), (21, b"d")]
    assert [end[0] for end in ends(items)] == [2, 1]


def test_interim_responses_and_trailers_are_no_response() -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    rows = [
        *tcp.opening(),
        tcp.sends(10, asking(client)),
        tcp.answers(15, server.head(1, [(":status", "103"), ("link", "</a.css>")])),
        tcp.answers(20, server.head(1, STREAMED), data(1, b"a")),
        tcp.answers(30, server.head(1, [("grpc-status", "0")], ends=True)),
    ]

    items = read(rows)

    assert only(items, ResponseSeen).at_ns == 20 * MS
    assert only(items, EndSeen) == EndSeen(1, 30 * MS, "complete", "")


def test_a_head_goes_on_in_continuation_frames() -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    block = client.block([*ASKED, ("x-long", "y" * 300)])
    first = flagged(HeadersFrame(1, block[:50]), "END_STREAM", "PRIORITY")
    rest = ContinuationFrame(1, block[50:100]).serialize()
    rest += flagged(ContinuationFrame(1, block[100:]), "END_HEADERS")
    rows = [
        tcp.sends(10, PREFACE + PriorityFrame(3).serialize() + first),
        tcp.sends(11, rest),
        tcp.answers(12, server.head(1, STREAMED)),
    ]

    items = read([*tcp.opening(), *rows])

    assert only(items, RequestSeen).fields == ((b"x-long", b"y" * 300),)
    assert only(items, RequestSeen).at_ns == only(items, RequestEnd).at_ns == 11 * MS


def test_a_promise_keeps_the_tables_right_and_is_no_exchange() -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    promise = PushPromiseFrame(1, 2, server.block([*ASKED, ("x-pushed", "so")]))
    rows = [
        tcp.sends(10, asking(client)),
        tcp.answers(11, flagged(promise, "END_HEADERS")),
        tcp.answers(12, server.head(2, [(":status", "200"), ("x-pushed", "so")])),
        tcp.answers(13, data(2, b"pushed", ends=True)),
        tcp.answers(14, server.head(1, [(":status", "204"), ("x-pushed", "so")], ends=True)),
    ]

    items = read([*tcp.opening(), *rows])

    assert statuses(items) == [(1, 204)]
    assert only(items, ResponseSeen).fields == ((b"x-pushed", b"so"),)


@pytest.mark.parametrize(("by_client", "how"), [(True, "client_abort"), (False, "server_abort")])
def test_a_reset_is_the_abort_of_who_sent_it(by_client: bool, how: str) -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    frame = RstStreamFrame(1, 8).serialize()
    rows = [
        tcp.sends(10, asking(client)),
        tcp.answers(11, server.head(1, STREAMED), data(1, b"a")),
        tcp.sends(12, frame) if by_client else tcp.answers(12, frame),
        tcp.answers(13, data(1, b"late", ends=True)),
    ]

    items = read([*tcp.opening(), *rows])

    assert ends(items) == [(1, how, "RST_STREAM, CANCEL")]
    assert chunks(items) == [(11, b"a")]


def test_a_goaway_aborts_what_the_server_will_not_answer() -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    rows = [
        tcp.sends(10, asking(client) + asking(client, 3)),
        tcp.answers(11, GoAwayFrame(0, last_stream_id=1, error_code=0).serialize()),
        tcp.answers(12, server.head(1, STREAMED), data(1, b"a", ends=True)),
    ]

    items = read([*tcp.opening(), *rows])

    assert ends(items) == [(2, "server_abort", "GOAWAY, NO_ERROR"), (1, "complete", "")]


@pytest.mark.parametrize(
    ("closing", "how", "detail"),
    [
        ([(False, "0x0011")], "server_abort", "the connection was closed"),
        ([(False, "0x0014")], "server_abort", "the connection was reset"),
        ([(True, "0x0004")], "client_abort", "the connection was reset"),
        ([(True, "0x0011"), (False, "0x0011")], "client_abort", "the connection was closed"),
        ([(True, "0x0011"), (False, "0x0004")], "client_abort", "the connection was reset"),
    ],
)
def test_a_closed_connection_aborts_its_streams_by_who_closed_first(
    closing: list[tuple[bool, str]], how: str, detail: str
) -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    rows = [tcp.sends(10, asking(client)), tcp.answers(11, server.head(1, STREAMED))]
    rows += [
        tcp.ends(20 + at, from_client=by_client, flags=flags)
        for at, (by_client, flags) in enumerate(closing)
    ]

    items = read([*tcp.opening(), *rows])

    assert ends(items) == [(1, how, detail)]


def test_both_ends_end_the_connection_and_late_packets_are_passed_over() -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    rows = [
        *tcp.opening(),
        tcp.sends(10, asking(client)),
        tcp.answers(11, server.head(1, [(":status", "204")], ends=True)),
        tcp.ends(12, from_client=True),
        tcp.ends(13, from_client=False),
        tcp.answers(14, b"anything"),
        tcp.ends(15, from_client=False, flags="0x0004"),
    ]

    items = read(rows)

    assert only(items, ConnectionEnd) == ConnectionEnd(1, 13 * MS)
    assert not every(items, Problem)


def test_a_stream_that_is_open_when_the_file_ends_is_unfinished() -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    rows = [tcp.sends(10, asking(client)), tcp.answers(11, server.head(1, STREAMED))]

    items = read([*tcp.opening(), *rows, tcp.ends(12, from_client=True)])

    assert ends(items) == []


def test_the_table_size_that_a_side_allows_is_the_others() -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    client._encoder.header_table_size = 8192
    allowed = SettingsFrame(0, {SettingsFrame.HEADER_TABLE_SIZE: 65536}).serialize()
    rows = [tcp.answers(9, allowed), tcp.sends(10, asking(client))]

    items = read([*tcp.opening(), *rows, tcp.answers(11, server.head(1, STREAMED))])

    assert statuses(items) == [(1, 200)]


@pytest.mark.parametrize(
    ("nonsense", "why"),
    [
        (b"\x00\x00\x01\x00\x08\x00\x00\x00\x01\x05", "more padding than it is long"),
        (b"\x00\x00\x01\x01\x04\x00\x00\x00\x01\xbf", "a head cannot be decompressed"),
        (b"\x00\x00\x03\x03\x00\x00\x00\x00\x01abc", "a frame is malformed"),
        (b"\x7f\xff\xff\x01\x04\x00\x00\x00\x01", "a frame is 8388607 bytes long"),
        (b"\x00\x00\x00\x09\x04\x00\x00\x00\x05", "continues nothing"),
    ],
)
def test_what_is_no_http2_costs_its_connection_only(nonsense: bytes, why: str) -> None:
    one, other = Tcp(), Tcp(number=1, client=("10.0.0.1", 50_001))
    rows = []
    for tcp in (one, other):
        client, server = Http2Peer(), Http2Peer()
        rows += [*tcp.opening(), tcp.sends(10, asking(client))]
        rows.append(tcp.answers(11, server.head(1, STREAMED), data(1, b"a")))
    rows += [one.answers(12, nonsense), one.answers(13, b"more"), other.answers(14, data(1, b"b"))]

    items = read(rows)

    assert only(items, Problem).code == "broken_connection"
    assert why in only(items, Problem).detail
    assert [chunks(items, 1), chunks(items, 2)] == [[(11, b"a")], [(11, b"a"), (14, b"b")]]


def test_a_head_may_be_a_mebibyte_and_no_more() -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    rows = [*tcp.opening(), tcp.sends(10, asking(client))]
    rows.append(tcp.answers(11, server.head(1, STREAMED)))
    long = HeadersFrame(3, b"\0" * 600_000).serialize()

    items = read([*rows, tcp.sends(12, long, ContinuationFrame(3, b"\0" * 600_000).serialize())])

    assert "a head is longer than 1048576 bytes" in only(items, Problem).detail
