import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard

from analyzer.lab.coding import make_coder
from analyzer.lab.options import CODINGS, ContentCoding

PARTS = [b"data: one\n\n", "data: zwölf\n\n".encode(), b"data: x\n\n" * 50]


def incremental(coding: ContentCoding) -> Callable[[bytes], bytes]:
    """Return a decoder that gives out what it can after each part."""
    if coding == "gzip":
        return zlib.decompressobj(31).decompress
    if coding == "br":
        decoder = brotli.Decompressor()
        return lambda data: bytes(decoder.process(data))
    if coding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress
    return bytes


@pytest.mark.parametrize("coding", CODINGS)
def test_each_write_can_be_read_at_once(coding: ContentCoding) -> None:
    """A coder that held text back would delay what the truth log calls sent."""
    coder, decode = make_coder(coding), incremental(coding)

    assert [decode(coder.encode(part)) for part in PARTS] == PARTS


@pytest.mark.parametrize("coding", CODINGS)
def test_the_trailer_adds_no_text(coding: ContentCoding) -> None:
    coder, decode = make_coder(coding), incremental(coding)
    for part in PARTS:
        decode(coder.encode(part))

    assert decode(coder.finish()) == b""


def test_gzip_ends_with_a_valid_trailer() -> None:
    coder = make_coder("gzip")
    coded = b"".join(coder.encode(part) for part in PARTS) + coder.finish()
    decoder = zlib.decompressobj(31)
    decoder.decompress(coded)

    assert decoder.eof
