"""What a packet capture says of itself: its format, its clock, the program that wrote it.

Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

_PCAPNG = b"\x0a\x0d\x0d\x0a"
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_ENDIAN: dict[str, Literal["little", "big"]] = {"<": "little", ">": "big"}
_MICROSECONDS = 0xA1B2C3D4
_NANOSECONDS = 0xA1B23C4D
_PCAP = {
    struct.pack(order + "I", magic): (order, step)
    for order in "<>"
    for magic, step in ((_MICROSECONDS, 1_000), (_NANOSECONDS, 1))
}
_INTERFACE = 1
_APPLICATION = 4
"""Options: if_tsresol is 9 of an interface's, shb_userappl 4 of a section's."""
_RESOLUTION = 9
_TEXT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class About:
    """``resolution_ns`` is the clock's coarsest step of all interfaces; ``tool`` may be empty."""

    resolution_ns: int
    tool: str


def recognises(head: bytes) -> bool:
    return head[:4] in _PCAP or (head[:4] == _PCAPNG and head[8:12] in _ORDERS)


def about(head: bytes) -> About:
    """What the first bytes of the file tell. Interfaces that are described later are left out."""
    if head[:4] in _PCAP:
        return About(_PCAP[head[:4]][1], "")
    order = _ORDERS.get(head[8:12], "<")
    steps: list[int] = []
    tool = ""
    for kind, body in _blocks(head, order):
        if kind == _INTERFACE:
            resolution = dict(_options(body[8:], order)).get(_RESOLUTION, b"\x06")
            steps.append(_step(resolution[0]) if resolution else 1_000)
        elif kind == int.from_bytes(_PCAPNG):
            said = dict(_options(body[16:], order)).get(_APPLICATION, b"")
            tool = tool or said.decode(errors="replace")[:_TEXT_LIMIT].strip("\0 ")
    return About(max(steps, default=1_000), tool)


def whole_until(file: BinaryIO) -> int:
    """The offset behind the last packet or block that is there whole, as its lengths say."""
    file.seek(0, 2)
    size: int = file.tell()
    file.seek(0)
    start = file.read(24)
    is_pcap = start[:4] in _PCAP
    order = _PCAP[start[:4]][0] if is_pcap else _ORDERS.get(start[8:12], "<")
    at = 24 if is_pcap else 0
    head, place, more = (16, 8, 16) if is_pcap else (8, 4, 0)
    while at + head <= size:
        file.seek(at + place)
        length = int.from_bytes(file.read(4), _ENDIAN[order]) + more
        if length < head or at + length > size:
            break
        at += length
    return min(at, size)


def _blocks(head: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 12 <= len(head):
        kind, length = struct.unpack_from(order + "II", head, at)
        if length < 12 or at + length > len(head):
            return
        yield kind, head[at + 8 : at + length - 4]
        at += length


def _options(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(order + "HH", data, at)
        if code == 0:
            return
        yield code, data[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4


def _step(resolution: int) -> int:
    """if_tsresol: a negative power of 10, or of 2 if its top bit is set."""
    if resolution & 0x80:
        return max(1, round(1e9 / (1 << (resolution & 0x7F))))
    return int(10 ** max(0, 9 - resolution))
