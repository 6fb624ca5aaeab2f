"""Rows of tshark's output, column by column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pcap_rows import row

from analyzer.importers.pcap.packets import (
    FIELDS,
    CloseFrame,
    ResetFrame,
    RowError,
    StopFrame,
    StreamFrame,
    parse,
)

QUIC = {"quic__connection__number": "3", "ip__src": "10.0.0.1", "udp__srcport": "5"}
TCP = {"tcp__stream": "7", "tcp__flags": "0x0018"}


def test_a_moment_keeps_its_nanoseconds() -> None:
    line = row(0, **TCP).replace(b"1760000000.000000000", b"1760000000.123456789")

    packet = parse(line)

    assert packet is not None
    assert packet.at_ns == 1_760_000_000_123_456_789


def test_a_shorter_fraction_is_a_fraction() -> None:
    packet = parse(row(0, **TCP).replace(b".000000000", b".5"))

    assert packet is not None
    assert packet.at_ns % 10**9 == 500_000_000


def test_records_of_a_packet_stay_apart() -> None:
    packet = parse(row(0, **TCP, data__data="6162,63", tls__record__content_type="23,23"))

    assert packet is not None
    assert (packet.data, packet.sealed) == ((b"ab", b"c"), False)


@pytest.mark.parametrize(
    ("values", "sealed"),
    [
        ({"tls__record__opaque_type": "23"}, True),
        ({"tls__record__content_type": "23"}, True),
        ({"tls__record__content_type": "22"}, False),
        ({"tls__record__content_type": "21", "tls__record__opaque_type": "23"}, False),
    ],
)
def test_application_data_without_its_plaintext_is_sealed(
    values: dict[str, str], sealed: bool
) -> None:
    packet = parse(row(0, **TCP, **values))

    assert packet is not None
    assert packet.sealed == sealed


def test_of_a_tunnelled_packet_the_inner_addresses_count() -> None:
    ends = {"ip__src": "192.0.2.1,10.0.0.1", "ipv6__dst": "2001:db8::2", "tcp__srcport": "50000"}

    packet = parse(row(0, **TCP, **ends, tcp__dstport="443"))

    assert packet is not None
    assert (packet.source, packet.destination) == ("10.0.0.1:50000", "[2001:db8::2]:443")


def test_frames_find_their_own_values() -> None:
    """What a frame lacks has no value in its column: neither offset nor length nor data."""
    packet = parse(
        row(
            0,
            **QUIC,
            quic__frame_type="2,14,4,11,5,10,29,28,8",
            quic__stream__stream_id="0,4,8,12",
            quic__stream__offset="100",
            quic__stream__length="2,3,0",
            quic__stream_data="6162,636465,66",
            quic__rsts__stream_id="16",
            quic__rsts__application_error_code="0x10c",
            quic__ss__stream_id="20",
            quic__ss__application_error_code="256",
            quic__cc__error_code="1",
            quic__cc__error_code__app="257",
        )
    )

    assert packet is not None
    assert packet.frames == (
        StreamFrame(0, 100, b"ab", fin=False),
        ResetFrame(16, 0x10C),
        StreamFrame(4, 0, b"cde", fin=True),
        StopFrame(20, 256),
        StreamFrame(8, 0, b"", fin=False),
        CloseFrame(257, application=True),
        CloseFrame(1, application=False),
        StreamFrame(12, 0, b"f", fin=False),
    )


@pytest.mark.parametrize("nothing", ["<MISSING>", ""])
def test_a_frame_that_only_ends_its_stream_has_no_bytes(nothing: str) -> None:
    frames = {"quic__frame_type": "11,10", "quic__stream__stream_id": "0,4"}

    packet = parse(
        row(0, **QUIC, **frames, quic__stream__length="0,1", quic__stream_data=f"{nothing},61")
    )

    assert packet is not None
    assert packet.frames == (StreamFrame(0, 0, b"", fin=True), StreamFrame(4, 0, b"a", fin=False))


def test_packets_of_no_connection_are_passed_over() -> None:
    assert parse(row(0, data__data="00", udp__srcport="53")) is None


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"a\tb\n",
        row(0, **TCP)[:-3],
        row(0, **TCP).replace(b"1760000000.", b"yesterday."),
        row(0, **TCP).replace(b"1760000000.", b"-1."),
        row(0, **TCP).replace(b"1760000000.", b"9999999999999."),
        row(0, **TCP, data__data="6"),
        row(0, **TCP, data__data="xy"),
        row(0, tcp__stream="one"),
        row(0, **QUIC, quic__frame_type="14", quic__stream__stream_id="0"),
        row(
            0,
            **QUIC,
            quic__frame_type="10",
            quic__stream__stream_id="0",
            quic__stream__length="3",
            quic__stream_data="61",
        ),
    ],
)
def test_a_malformed_row_is_one_error(line: bytes) -> None:
    with pytest.raises(RowError):
        parse(line)


@given(st.lists(st.text("0123456789abcdefx,.:-é\0 "), min_size=len(FIELDS), max_size=len(FIELDS)))
def test_any_row_is_a_packet_or_an_error(columns: list[str]) -> None:
    try:
        packet = parse("\t".join(columns).encode())
    except RowError:
        return
    assert packet is None or 0 <= packet.at_ns < 2**61
