"""Content codings are undone while the body arrives."""

import contextlib
import gzip
import zlib
from collections.abc import Callable
from itertools import pairwise

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from analyzer.model import StreamError
from analyzer.wire import coding
from analyzer.wire.coding import Decoder

TEXT = b'data: {"v":" word"}\n\n' * 40 + bytes(range(256))


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
    "gzip, br": lambda data: brotli.compress(gzip.compress(data)),
    "br , , ZSTD": lambda data: zstandard.compress(brotli.compress(data)),
}


def decode(content_encoding: str, *parts: bytes) -> bytes:
    decoder = Decoder(content_encoding)
    return b"".join([decoder.feed(part) for part in parts]) + decoder.finish()


@pytest.mark.parametrize("name", ENCODERS)
def test_a_body_comes_out_as_it_was_whole(name: str) -> None:
    assert decode(name, ENCODERS[name](TEXT)) == TEXT


@pytest.mark.parametrize("name", ENCODERS)
def test_a_body_comes_out_as_it_was_byte_by_byte(name: str) -> None:
    coded = ENCODERS[name](TEXT)

    assert decode(name, *(coded[i : i + 1] for i in range(len(coded)))) == TEXT


@given(st.sampled_from(sorted(ENCODERS)), st.binary(max_size=2000), st.data())
def test_where_a_body_is_cut_does_not_matter(name: str, body: bytes, data: st.DataObject) -> None:
    coded = ENCODERS[name](body)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(coded)), max_size=5)))
    bounds = [0, *cuts, len(coded)]
    parts = [coded[a:b] for a, b in pairwise(bounds)]

    assert decode(name, *parts) == body


def test_raw_deflate_is_told_from_zlib() -> None:
    assert decode("deflate", raw_deflate(TEXT)) == TEXT
    coded = raw_deflate(TEXT)
    assert decode("deflate", *(coded[i : i + 1] for i in range(len(coded)))) == TEXT


def test_gzip_members_follow_each_other_and_zeros_may_pad_them() -> None:
    members = gzip.compress(b"one ") + b"\0" * 5 + gzip.compress(b"two") + b"\0" * 7

    assert decode("gzip", *(members[i : i + 1] for i in range(len(members)))) == b"one two"


def test_zstd_frames_follow_each_other() -> None:
    frames = zstandard.compress(b"one ") + zstandard.compress(b"two")

    assert decode("zstd", *(frames[i : i + 3] for i in range(0, len(frames), 3))) == b"one two"


def flushed_gzip() -> tuple[bytes, bytes]:
    packer = zlib.compressobj(wbits=31)
    first = packer.compress(b"first\n") + packer.flush(zlib.Z_SYNC_FLUSH)
    return first, packer.compress(b"second\n") + packer.flush()


def flushed_br() -> tuple[bytes, bytes]:
    packer = brotli.Compressor()
    first = packer.process(b"first\n") + packer.flush()
    return first, packer.process(b"second\n") + packer.finish()


def flushed_zstd() -> tuple[bytes, bytes]:
    packer = zstandard.ZstdCompressor().compressobj()
    first = packer.compress(b"first\n") + packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    return first, packer.compress(b"second\n") + packer.flush()


@pytest.mark.parametrize(
    ("name", "parts"),
    [("gzip", flushed_gzip()), ("br", flushed_br()), ("zstd", flushed_zstd())],
)
def test_what_the_service_flushed_is_readable_at_once(
    name: str, parts: tuple[bytes, bytes]
) -> None:
    """Else an event would be stamped when the next one comes."""
    decoder = Decoder(name)

    assert decoder.feed(parts[0]) == b"first\n"
    assert decoder.feed(parts[1]) + decoder.finish() == b"second\n"


@pytest.mark.parametrize("name", ["compress", "aws-chunked", "gzip, foo", "gzip," * 5])
def test_an_unknown_coding_is_refused_at_once(name: str) -> None:
    with pytest.raises(StreamError) as caught:
        Decoder(name)

    assert caught.value.code == "unknown_coding"


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_a_body_cut_short_is_reported_when_it_ends(name: str) -> None:
    decoder = Decoder(name)
    decoder.feed(ENCODERS[name](TEXT)[:-4])

    with pytest.raises(StreamError) as caught:
        decoder.finish()
    assert caught.value.code == "bad_coding"


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_an_empty_body_is_no_error(name: str) -> None:
    assert decode(name) == b""


@pytest.mark.parametrize("name", ["gzip", "br", "zstd"])
def test_a_broken_body_stays_broken(name: str) -> None:
    decoder = Decoder(name)
    with pytest.raises(StreamError) as caught:
        decoder.feed(b"this is no compressed data at all, whatever the header says")

    assert caught.value.code == "bad_coding"
    with pytest.raises(StreamError):
        decoder.feed(b"more")


@given(st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, br"]), st.data())
def test_damage_raises_our_error_or_nothing(name: str, data: st.DataObject) -> None:
    coded = bytearray(ENCODERS[name](TEXT))
    for _ in range(data.draw(st.integers(1, 4))):
        coded[data.draw(st.integers(0, len(coded) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(StreamError):
        decode(name, bytes(coded[:9]), bytes(coded[9:]))


@pytest.mark.parametrize("name", ["br", "zstd"])
def test_a_decompression_bomb_is_stopped_at_the_limit(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coding, "OUTPUT_ALLOWANCE", 4 * 1024 * 1024)
    bomb = ENCODERS[name](bytes(3 * coding.OUTPUT_ALLOWANCE))
    decoder = Decoder(name)

    with pytest.raises(StreamError, match="limit"):
        decoder.feed(bomb)


def test_a_bomb_of_two_layers_is_stopped_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coding, "OUTPUT_ALLOWANCE", 4096)
    bomb = gzip.compress(gzip.compress(bytes(40_000_000)))

    with pytest.raises(StreamError, match="limit"):
        decode("gzip, gzip", bomb)
