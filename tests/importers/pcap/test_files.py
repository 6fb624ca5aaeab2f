"""What a capture file says of itself, before tshark reads it."""

import io
import struct

import pytest

from analyzer.importers.pcap.files import About, about, recognises, whole_until


def block(order: str, kind: int, body: bytes) -> bytes:
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def pcapng(order: str, resolutions: list[int | None], tool: bytes = b"") -> bytes:
    options = option(order, 4, tool) + option(order, 0, b"") if tool else b""
    section = struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options
    out = block(order, 0x0A0D0D0A, section)
    for resolution in resolutions:
        interface = struct.pack(order + "HHI", 1, 0, 0)
        if resolution is not None:
            interface += option(order, 2, b"lo") + option(order, 9, bytes([resolution]))
        out += block(order, 1, interface)
    return out


def pcap(order: str, magic: int) -> bytes:
    return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "step"), [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1)])
def test_pcap_has_its_resolution_in_its_magic(order: str, magic: int, step: int) -> None:
    head = pcap(order, magic)

    assert recognises(head)
    assert about(head) == About(step, "")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("resolutions", "step"),
    [
        ([None], 1000),
        ([9], 1),
        ([9, 6], 1000),
        ([3], 1_000_000),
        ([0x80 | 10], 976_562),
        ([], 1000),
    ],
)
def test_pcapng_has_it_in_its_interfaces(
    order: str, resolutions: list[int | None], step: int
) -> None:
    head = pcapng(order, resolutions, b"Dumpcap 4")

    assert recognises(head)
    assert about(head) == About(step, "Dumpcap 4")


@pytest.mark.parametrize("head", [b"", b"\n\r\r\n", b"\n\r\r\n\0\0\0\0\0\0\0\0", b"{}", b"data: x"])
def test_other_files_are_none(head: bytes) -> None:
    assert not recognises(head)


@pytest.mark.parametrize("cut", range(0, 120, 7))
def test_a_cut_head_tells_what_it_can(cut: int) -> None:
    about(pcapng("<", [9, 9], b"tool")[:cut])
    about(pcapng("<", [9, 9], b"tool")[:cut] + b"\xff" * 40)


def test_the_last_whole_packet_is_found() -> None:
    head = pcap("<", 0xA1B2C3D4)
    packet = struct.pack("<IIII", 0, 0, 5, 5) + b"abcde"

    assert whole_until(io.BytesIO(head + packet * 3)) == 24 + 63
    assert whole_until(io.BytesIO(head + packet * 3 + packet[:-1])) == 24 + 63
    assert whole_until(io.BytesIO(head[:10])) == 10


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_last_whole_block_is_found(order: str) -> None:
    head = pcapng(order, [9])

    assert whole_until(io.BytesIO(head)) == len(head)
    assert whole_until(io.BytesIO(head + b"\0" * 20)) == len(head)
    assert whole_until(io.BytesIO(head + struct.pack(order + "II", 6, 99) + b"x")) == len(head)
