"""HTTP/3 in rows: QUIC streams in order, heads by QPACK, ends as they were."""

import pytest
from pcap_rows import (
    ASKED,
    MS,
    STREAMED,
    Http3Peer,
    Quic,
    chunks,
    ends,
    every,
    h3_frame,
    only,
    read,
    statuses,
    varint,
)

from analyzer.importers.pcap.packets import StreamFrame
from analyzer.intake.seen import BodySeen, EndSeen, RequestSeen, ResponseSeen
from analyzer.model import Connection, ConnectionEnd, Problem, RequestEnd

CONTROL = b"\0" + h3_frame(4, varint(1) + varint(4096) + varint(7) + varint(16))
ENCODER = b"\x02"
SERVERS_CONTROL, SERVERS_ENCODER, CLIENTS_CONTROL = 3, 7, 2


def test_a_stream_is_told_from_its_request_to_its_end() -> None:
    quic, client, server = Quic(), Http3Peer(), Http3Peer()
    rows = [
        *quic.opening(),
        quic.sends(10, 0, client.head(0, ASKED) + h3_frame(0, b"hello"), fin=True),
        quic.answers(20, 0, server.head(0, STREAMED)),
        quic.answers(30, 0, h3_frame(0, b"data: 1\n\n")),
        quic.answers(40, 0, h3_frame(0, b"data: 2\n\n")),
        quic.answers(50, 0, b"", fin=True),
    ]

    items = read(rows)

    assert only(items, Connection) == Connection(
        1,
        10 * MS,
        "server",
        "h3",
        "10.0.0.2:443",
        "chat.example",
        "QUICv1",
        opened_ns=0,
        tls_ns=3 * MS,
        tls_begun_ns=0,
        local="10.0.0.1:50000",
        alpn_offers=("h3",),
    )
    assert only(items, RequestSeen).http_version == "HTTP/3"
    assert only(items, BodySeen).raw == b"hello"
    assert only(items, RequestEnd).at_ns == 10 * MS
    assert statuses(items) == [(1, 200)]
    assert chunks(items) == [(30, b"data: 1\n\n"), (40, b"data: 2\n\n")]
    assert only(items, EndSeen) == EndSeen(1, 50 * MS, "complete", "")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 20])
def test_cuts_change_nothing_but_moments(size: int) -> None:
    quic, client, server = Quic(), Http3Peer(), Http3Peer()
    grease = h3_frame(0x21, b"anything")
    answer = grease + server.head(0, STREAMED) + h3_frame(0, b"data: 1\n\n") + grease
    answer += h3_frame(0, b"") + h3_frame(0, b"y" * 100) + server.head(0, [("trailer", "1")])
    parts = [answer[at : at + size] for at in range(0, len(answer), size)]
    rows = [quic.answers(20 + at, 0, part) for at, part in enumerate(parts)]

    items = read([*quic.opening(), quic.sends(10, 0, client.head(0, ASKED), fin=True), *rows])

    assert b"".join(part for _, part in chunks(items)) == b"data: 1\n\n" + b"y" * 100
    assert statuses(items) == [(1, 200)]


def test_a_part_counts_once_the_parts_before_it_are_there() -> None:
    """A client can hand nothing on before that."""
    quic, client, server = Quic(), Http3Peer(), Http3Peer()
    first = quic.frame(False, 0, server.head(0, STREAMED) + h3_frame(0, b"abcdef")[:5])
    second = quic.frame(False, 0, b"def")
    third = quic.frame(False, 0, h3_frame(0, b"gh"), fin=True)
    rows = [
        quic.sends(10, 0, client.head(0, ASKED), fin=True),
        quic.packet(20, False, [third]),
        quic.packet(21, False, [first]),
        quic.packet(22, False, [first]),
        quic.packet(23, False, [second]),
        quic.packet(24, False, [third]),
    ]

    items = read([*quic.opening(), *rows])

    assert chunks(items) == [(21, b"abc"), (23, b"def"), (23, b"gh")]
    assert only(items, EndSeen) == EndSeen(1, 23 * MS, "complete", "")


def test_frames_of_several_streams_share_a_packet() -> None:
    quic, client, server, pushed = Quic(), Http3Peer(), Http3Peer(), b"\x01\0junk"
    heads = [server.head(stream, STREAMED) for stream in (0, 4)]
    answer = [
        quic.frame(False, 0, heads[0] + h3_frame(0, b"a"), fin=True),
        quic.frame(False, 15, pushed),
        quic.frame(False, 4, heads[1] + h3_frame(0, b"b"), fin=True),
    ]
    rows = [quic.sends(10, stream, client.head(stream, ASKED), fin=True) for stream in (4, 0)]

    items = read([*quic.opening(), *rows, quic.packet(20, False, answer)])

    assert sorted(ends(items)) == [(1, "complete", ""), (2, "complete", "")]
    assert {body for exchange in (1, 2) for _, body in chunks(items, exchange)} == {b"a", b"b"}


def test_a_head_waits_for_the_entries_of_qpacks_table() -> None:
    """Its stream overtook the encoder's: nothing of it can be read before that comes."""
    quic, client, server = Quic(), Http3Peer(), Http3Peer(table=4096)
    fields = [*STREAMED, ("x-service", "a rather long name")]
    first = server.head(0, fields)
    entries, second = server.head_and_entries(4, fields)  # what comes again goes into the table
    rows = [
        quic.sends(5, CLIENTS_CONTROL, CONTROL),
        quic.answers(6, SERVERS_ENCODER, ENCODER + server.setup),
        quic.sends(10, 0, client.head(0, ASKED), fin=True),
        quic.sends(11, 4, client.head(4, ASKED), fin=True),
        quic.answers(20, 4, second + h3_frame(0, b"early")),
        quic.answers(25, 0, first, fin=True),
        quic.answers(30, SERVERS_ENCODER, entries),
        quic.answers(40, 4, h3_frame(0, b"late"), fin=True),
    ]

    items = read([*quic.opening(), *rows])

    assert entries
    assert [(one.exchange, one.at_ns) for one in every(items, ResponseSeen)] == [
        (1, 25 * MS),
        (2, 30 * MS),
    ]
    assert dict(every(items, ResponseSeen)[1].fields)[b"x-service"] == b"a rather long name"
    assert chunks(items, 2) == [(30, b"early"), (40, b"late")]
    assert not every(items, Problem)


def test_the_table_is_as_large_as_the_other_side_allows() -> None:
    """The first request doesn't wait for what the server allows."""
    quic, client, server = Quic(), Http3Peer(table=4096), Http3Peer()
    rows = [
        quic.sends(4, 400, Http3Peer().head(400, [*ASKED, ("x-id", "first")]), fin=True),
        quic.answers(5, SERVERS_CONTROL, CONTROL[:3]),
        quic.answers(6, SERVERS_CONTROL, CONTROL[3:]),
        quic.sends(7, 6, ENCODER + client.setup),
    ]
    for number in range(40):  # enough for the count of insertions to wrap
        stream = 4 * number
        entries, head = client.head_and_entries(stream, [*ASKED, ("x-id", f"{number:040}")])
        if entries:
            rows.append(quic.sends(10 + number, 6, entries))
        rows.append(quic.sends(10 + number, stream, head, fin=True))
        rows.append(quic.answers(11 + number, stream, server.head(stream, STREAMED), fin=True))

    items = read([*quic.opening(), *rows])

    requests = every(items, RequestSeen)
    assert [dict(one.fields)[b"x-id"] for one in requests] == [
        b"first",
        *(b"%040d" % number for number in range(40)),
    ]
    assert not every(items, Problem)


@pytest.mark.parametrize(
    ("from_client", "values", "expected"),
    [
        (True, {"ss": "268"}, ("client_abort", "STOP_SENDING, H3_REQUEST_CANCELLED")),
        (False, {"rsts": "258"}, ("server_abort", "RESET_STREAM, H3_INTERNAL_ERROR")),
        (False, {"rsts": "6666"}, ("server_abort", "RESET_STREAM, error code 0x1a0a")),
        (True, {"rsts": "268"}, None),  # the request was whole: this stops nothing
        (False, {"ss": "256"}, None),
    ],
)
def test_an_abort_is_told_by_its_frame(
    from_client: bool, values: dict[str, str], expected: tuple[str, str] | None
) -> None:
    quic, client, server = Quic(), Http3Peer(), Http3Peer()
    ((kind, code),) = values.items()
    frame = {
        "quic__frame_type": {"rsts": "4", "ss": "5"}[kind],
        f"quic__{kind}__stream_id": "0",
        f"quic__{kind}__application_error_code": code,
    }
    rows = [
        quic.sends(10, 0, client.head(0, ASKED), fin=True),
        quic.answers(20, 0, server.head(0, STREAMED) + h3_frame(0, b"a")),
        quic.tells(30, from_client=from_client, **frame),
        quic.answers(40, 0, h3_frame(0, b"b"), fin=True),
    ]

    items = read([*quic.opening(), *rows])

    assert ends(items) == [(1, *(expected or ("complete", "")))]
    assert len(chunks(items)) == (1 if expected else 2)


def test_a_request_that_is_cut_off_is_the_clients_abort() -> None:
    quic, client = Quic(), Http3Peer()
    reset = {"quic__frame_type": "4", "quic__rsts__stream_id": "0"}
    rows = [
        quic.sends(10, 0, client.head(0, ASKED)),
        quic.tells(11, from_client=True, quic__rsts__application_error_code="268", **reset),
    ]

    items = read([*quic.opening(), *rows])

    assert ends(items) == [(1, "client_abort", "RESET_STREAM, H3_REQUEST_CANCELLED")]


@pytest.mark.parametrize(
    ("from_client", "values", "end", "error"),
    [
        (
            False,
            {"quic__frame_type": "29", "quic__cc__error_code__app": "256"},
            ("server_abort", "CONNECTION_CLOSE, H3_NO_ERROR"),
            "",
        ),
        (
            True,
            {"quic__frame_type": "2,28", "quic__cc__error_code": "0"},
            ("client_abort", "the connection was closed"),
            "",
        ),
        (
            False,
            {"quic__frame_type": "28", "quic__cc__error_code": "10"},
            ("server_abort", "CONNECTION_CLOSE, QUIC error 0xa"),
            "CONNECTION_CLOSE, QUIC error 0xa",
        ),
    ],
)
def test_a_close_ends_the_connection_and_what_is_open(
    from_client: bool, values: dict[str, str], end: tuple[str, str], error: str
) -> None:
    quic, client = Quic(), Http3Peer()
    rows = [
        quic.sends(10, 0, client.head(0, ASKED), fin=True),
        quic.tells(20, from_client=from_client, **values),
        quic.answers(21, 0, b"late"),
    ]

    items = read([*quic.opening(), *rows])

    assert ends(items) == [(1, *end)]
    assert only(items, ConnectionEnd) == ConnectionEnd(1, 20 * MS, error)


def test_what_is_sent_again_after_a_streams_end_begins_nothing() -> None:
    quic, client, server = Quic(), Http3Peer(), Http3Peer()
    asked = quic.frame(True, 0, client.head(0, ASKED), fin=True)
    rows = [
        quic.packet(10, True, [asked]),
        quic.answers(20, 0, server.head(0, [(":status", "204")]), fin=True),
        quic.packet(30, True, [asked]),
    ]

    items = read([*quic.opening(), *rows])

    assert ends(items) == [(1, "complete", "")]
    assert len(every(items, RequestSeen)) == 1


def test_a_stream_that_ends_inside_a_frame_is_an_error() -> None:
    quic, client, server = Quic(), Http3Peer(), Http3Peer()
    answer = server.head(0, STREAMED) + h3_frame(0, b"abcdef")[:-1]
    rows = [
        quic.sends(10, 0, client.head(0, ASKED), fin=True),
        quic.answers(20, 0, answer, fin=True),
    ]

    items = read([*quic.opening(), *rows])

    assert ends(items) == [(1, "error", "the stream ended inside a frame")]
    assert chunks(items) == [(20, b"abcde")]


def test_a_client_may_move_to_another_address() -> None:
    quic, client, server = Quic(), Http3Peer(), Http3Peer()
    moved = Quic(client=("192.0.2.7", 999))
    rows = [
        *quic.opening(),
        moved.sends(10, 0, client.head(0, ASKED), fin=True),
        moved.answers(20, 0, server.head(0, STREAMED), fin=True),
    ]

    assert ends(read(rows)) == [(1, "complete", "")]


@pytest.mark.parametrize(
    ("stream", "nonsense", "why"),
    [
        (0, h3_frame(1, b"\xff\xff\xff\xff"), "a head cannot be decompressed"),
        (0, varint(1) + varint(2_000_000), "a head is 2000000 bytes long"),
        (SERVERS_ENCODER, ENCODER + b"\x80\x00", "a QPACK table cannot be followed"),
        (SERVERS_CONTROL, b"\0" + h3_frame(0, b""), "does not begin with settings"),
    ],
)
def test_what_is_no_http3_is_a_problem(stream: int, nonsense: bytes, why: str) -> None:
    quic, client = Quic(), Http3Peer()
    rows = [
        quic.sends(10, 0, client.head(0, ASKED), fin=True),
        quic.answers(20, stream, nonsense),
        quic.answers(21, stream, b"more"),
    ]

    items = read([*quic.opening(), *rows])

    assert why in only(items, Problem).detail
    assert ends(items) == []


def test_bytes_that_wait_for_others_are_limited() -> None:
    quic, client = Quic(), Http3Peer()
    rows = [quic.sends(10, 0, client.head(0, ASKED), fin=True)]
    early = [StreamFrame(0, 1 + at * 1000, b"x" * 1000, fin=False) for at in range(11)]
    rows += [quic.packet(20, False, [frame]) for frame in early]

    within, beyond = (
        only(read([*quic.opening(), *rows], held_limit=limit), Problem)
        for limit in (12_000, 10_000)
    )

    assert within.code == "missing_packets"
    assert beyond.code == "broken_connection"
    assert beyond.detail.endswith("too many bytes wait for what is missing before them")


def test_bytes_that_never_came_are_told() -> None:
    quic, client, server = Quic(), Http3Peer(), Http3Peer()
    quic.frame(False, 0, server.head(0, STREAMED))
    rows = [
        quic.sends(10, 0, client.head(0, ASKED), fin=True),
        quic.answers(20, 0, h3_frame(0, b"after the gap")),
    ]

    items = read([*quic.opening(), *rows])

    assert only(items, Problem).code == "missing_packets"
    assert ends(items) == []
