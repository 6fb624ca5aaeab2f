"""A capture's rows as a whole: several connections, what is missing, limits, nonsense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pcap_rows import (
    ASKED,
    HEAD,
    MS,
    STREAMED,
    Http2Peer,
    Http3Peer,
    Quic,
    Tcp,
    asking,
    chunks,
    data,
    ends,
    every,
    h3_frame,
    only,
    read,
    row,
    statuses,
)

from analyzer.importers.pcap import exchanges, rows
from analyzer.importers.pcap.rows import Reader
from analyzer.intake.seen import BodySeen, Item, RequestSeen
from analyzer.model import CaptureEnd, Connection, Problem


def h2_rows(tcp: Tcp, at_ms: float = 10) -> list[bytes]:
    client, server = Http2Peer(), Http2Peer()
    return [
        *tcp.opening(at_ms - 10),
        tcp.sends(at_ms, asking(client)),
        tcp.answers(at_ms + 10, server.head(1, STREAMED), data(1, b"data: 1\n\n")),
        tcp.answers(at_ms + 20, data(1, b"data: 2\n\n", ends=True)),
        tcp.ends(at_ms + 21, from_client=True),
        tcp.ends(at_ms + 22, from_client=False),
    ]


def h3_rows(quic: Quic) -> list[bytes]:
    client, server = Http3Peer(), Http3Peer()
    return [
        *quic.opening(),
        quic.sends(10, 0, client.head(0, ASKED), fin=True),
        quic.answers(20, 0, server.head(0, STREAMED) + h3_frame(0, b"data: 1\n\n")),
        quic.answers(30, 0, h3_frame(0, b"data: 2\n\n"), fin=True),
    ]


def test_both_sides_of_a_proxy_are_exchanges_of_their_own() -> None:
    """Their connections' peers tell them apart."""
    browsers = Tcp(server=("127.0.0.1", 8080))
    services = Tcp(number=1, client=("10.0.0.9", 40_000))

    items = read(sorted(h2_rows(browsers) + h2_rows(services, 11)))

    assert {one.connection: one.peer for one in every(items, Connection)} == {
        1: "127.0.0.1:8080",
        2: "10.0.0.2:443",
    }
    assert [one.connection for one in every(items, RequestSeen)] == [1, 2]
    assert chunks(items, 1)[0] == (20, b"data: 1\n\n")
    assert chunks(items, 2)[0] == (21, b"data: 1\n\n")


def test_tcp_and_quic_connections_are_numbered_together() -> None:
    items = read(h2_rows(Tcp()) + h3_rows(Quic()))

    assert [(one.connection, one.protocol) for one in every(items, Connection)] == [
        (1, "h2"),
        (2, "h3"),
    ]
    assert sorted(ends(items)) == [(1, "complete", ""), (2, "complete", "")]


def test_a_connections_time_never_goes_back() -> None:
    """Captures of several interfaces hold packets in the order in which they were written."""
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    rows_ = [
        *tcp.opening(),
        tcp.sends(20, asking(client)),
        tcp.answers(18, server.head(1, STREAMED)),
        tcp.answers(30, data(1, b"a", ends=True)),
    ]

    items = read(rows_)

    assert [one.at_ns for one in items if isinstance(one, RequestSeen | CaptureEnd)] == [
        20 * MS,
        30 * MS,
    ]
    assert statuses(items) == [(1, 200)]


def test_missing_packets_leave_a_stream_unfinished_and_are_told_once() -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    rows_ = [
        *tcp.opening(),
        tcp.sends(10, asking(client)),
        tcp.answers(11, server.head(1, STREAMED), data(1, b"a")),
        tcp.answers(13, tcp__analysis__lost_segment="1"),
        tcp.answers(14),
    ]

    items = read(rows_)

    assert chunks(items) == [(11, b"a")]
    assert ends(items) == []
    assert only(items, Problem).code == "missing_packets"


def test_packets_that_were_only_late_are_no_problem() -> None:
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    rows_ = [
        *tcp.opening(),
        tcp.sends(10, asking(client)),
        tcp.answers(12, tcp__analysis__lost_segment="1"),
        tcp.answers(13, server.head(1, STREAMED), data(1, b"a", ends=True)),
    ]

    items = read(rows_)

    assert ends(items) == [(1, "complete", "")]
    assert not every(items, Problem)


def test_connections_without_secrets_are_counted() -> None:
    reader = Reader(HEAD, "test.pcapng")
    sealed, clear, quic = Tcp(""), Tcp("", number=1), Quic()
    for line in [
        sealed.handshake(1, True, "1"),
        sealed.answers(2, tls__record__opaque_type="23"),
        clear.answers(3, b"\x17\x03\x03\x01\x00secret"),
        quic.tells(4, from_client=True, quic__version="1", quic__frame_type="6"),
        quic.tells(5, from_client=True),
    ]:
        assert not every(reader.feed(line), Problem)
    reader.finish(whole=True)

    assert reader.sealed == 3
    assert reader.exchanges == 0


def test_a_handshake_that_failed_is_not_called_sealed() -> None:
    reader = Reader(HEAD, "test.pcapng")
    quic = Quic()
    close = {"quic__version": "1", "quic__frame_type": "28", "quic__cc__error_code": "304"}
    for line in [*quic.opening(), quic.tells(5, from_client=True, **close)]:
        reader.feed(line)
    reader.finish(whole=True)

    assert reader.sealed == 0


def test_malformed_rows_are_one_problem_and_cost_themselves() -> None:
    good = h2_rows(Tcp())

    items = read([*good[:6], b"what?\n", b"\n", *good[6:]])

    assert only(items, Problem).code == "malformed_row"
    assert "row 7" in only(items, Problem).detail
    assert ends(items) == [(1, "complete", "")]


def test_the_connection_that_was_silent_longest_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "CONNECTIONS_LIMIT", 2)
    tcps = [Tcp(number=number) for number in range(3)]
    heard = [tcp.sends(10, asking(Http2Peer())) for tcp in tcps]
    late = [tcp.answers(20, Http2Peer().head(1, STREAMED)) for tcp in tcps]

    items = read([*tcps[0].opening(), *tcps[1].opening(), *heard[:2], late[0], heard[2], *late[1:]])

    assert statuses(items) == [(1, 200), (3, 200)]


def test_open_exchanges_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanges, "OPEN_LIMIT", 2)
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    rows_ = [tcp.sends(10, asking(client, stream)) for stream in (1, 3, 5, 7)]
    rows_ += [tcp.answers(20, server.head(1, [(":status", "204")], ends=True))]
    rows_ += [tcp.sends(30, asking(client, 9))]

    items = read([*tcp.opening(), *rows_])

    assert len(every(items, RequestSeen)) == 3
    assert only(items, Problem).code == "open_exchanges"


@pytest.mark.parametrize("limit", ["a body's", "all bodies'"])
def test_a_body_beyond_a_limit_is_only_counted(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if limit == "a body's":
        monkeypatch.setattr(exchanges, "BODY_LIMIT", 10)
    tcp, client, server = Tcp(), Http2Peer(), Http2Peer()
    rows_ = [tcp.sends(10, asking(client)), tcp.answers(11, server.head(1, [(":status", "200")]))]
    rows_ += [tcp.answers(12, data(1, b"x" * 6)), tcp.answers(13, data(1, b"x" * 6, ends=True))]

    items = read([*tcp.opening(), *rows_], held_limit=100 if limit == "a body's" else 10)

    body = only(items, BodySeen)
    assert (body.raw, body.wire_length, body.length) == (None, 12, 12)
    assert ends(items) == [(1, "complete", "")]


def test_a_cut_capture_has_no_end() -> None:
    reader = Reader(HEAD, "test.pcapng")
    for line in h2_rows(Tcp())[:8]:
        reader.feed(line)

    assert reader.finish(whole=False) == []


WHOLE = sorted(h2_rows(Tcp()) + h3_rows(Quic()))


def seen(lines: list[bytes], *, whole: bool = True) -> list[Item | Problem]:
    reader = Reader(HEAD, "test.pcapng")
    items = [item for line in lines for item in reader.feed(line)]
    return items + reader.finish(whole=whole)


@given(st.integers(0, len(WHOLE)))
def test_cut_rows_give_what_precedes_the_cut(cut: int) -> None:
    items = seen(WHOLE[:cut], whole=False)

    assert items == seen(WHOLE)[: len(items)]


@given(st.data())
def test_any_rows_in_any_order_are_no_exception(pick: st.DataObject) -> None:
    """Rows that are missing, come twice, out of order, or have a byte changed."""
    lines = pick.draw(st.lists(st.sampled_from(WHOLE), max_size=30))
    if lines:
        at = pick.draw(st.integers(0, len(lines) - 1))
        place = pick.draw(st.integers(0, len(lines[at]) - 2))
        new = pick.draw(st.sampled_from(b"0123456789abcdef,\t"))
        lines[at] = lines[at][:place] + bytes([new]) + lines[at][place + 1 :]
    seen(lines)


@given(
    st.lists(st.tuples(st.booleans(), st.binary(max_size=40)), max_size=12),
    st.sampled_from(["h2", "http/1.1", ""]),
)
def test_any_bytes_after_the_beginning_are_no_exception(
    parts: list[tuple[bool, bytes]], alpn: str
) -> None:
    tcp = Tcp(alpn)
    if alpn == "h2":
        start = [tcp.sends(10, asking(Http2Peer()))]
    else:
        start = [tcp.sends(10, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    rows_ = [
        (tcp.sends if by_client else tcp.answers)(20 + at, part)
        for at, (by_client, part) in enumerate(parts)
    ]

    assert every(read([*tcp.opening(), *start, *rows_]), RequestSeen)


@given(
    st.lists(
        st.tuples(
            st.booleans(), st.sampled_from([0, 2, 3, 4, 6, 7, 10, 11]), st.binary(max_size=40)
        ),
        max_size=12,
    )
)
def test_any_bytes_on_quic_streams_are_no_exception(parts: list[tuple[bool, int, bytes]]) -> None:
    quic = Quic()
    rows_ = [
        (quic.sends if by_client else quic.answers)(20 + at, stream, part, fin=len(part) % 3 == 0)
        for at, (by_client, stream, part) in enumerate(parts)
    ]

    assert isinstance(read([*quic.opening(), *rows_])[-1], CaptureEnd)


def test_rows_of_nothing_are_nothing() -> None:
    assert read([]) == []
    assert read([row(0)]) == []
