"""Header blocks of HTTP/3 in QPACK's plainest form (RFC 9204): literals, no table, no Huffman.

For what pylsqpack 0.3 refuses: its buffers hold 4096 bytes of a block, and a chat client's
cookies alone are often more.
"""

from collections.abc import Iterable

_NO_DYNAMIC_TABLE = b"\x00\x00"
"""Required Insert Count 0 and Base 0 (section 4.5.1): the block refers to no table."""

_LITERAL_NAME = 0b0010_0000
"""A field line with a literal name (section 4.5.6): its name's length has a 3-bit prefix."""


def encode_literally(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The block of these fields, in their order; any decoder of the standard reads it."""
    lines = (
        b"".join((_integer(len(name), 3, _LITERAL_NAME), name, _integer(len(value), 7, 0), value))
        for name, value in fields
    )
    return _NO_DYNAMIC_TABLE + b"".join(lines)


def _integer(value: int, prefix: int, first: int) -> bytes:
    """An integer behind the high bits of ``first``, by RFC 7541, section 5.1."""
    most = (1 << prefix) - 1
    if value < most:
        return bytes((first | value,))
    out = bytearray((first | most,))
    value -= most
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
