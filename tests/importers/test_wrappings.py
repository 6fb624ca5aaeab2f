"""Compressed captures: any number of parts, damaged anywhere, and never more memory than a step."""

import gzip
import io
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.importers.wrappings import Unwrapped, wrapping
from analyzer.model import Problem

WRAP: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstandard.compress}
CODINGS = st.sampled_from(sorted(WRAP))
PARTS = st.lists(st.binary(max_size=300) | st.binary(min_size=1).map(lambda x: x * 200), max_size=4)


def unwrapped(data: bytes, coding: str, block: int = 1 << 16) -> tuple[bytes, Problem | None]:
    """What is read in blocks of this size, and what was wrong."""
    reader = Unwrapped(io.BytesIO(data), coding, "x")
    out = bytearray()
    buffer = memoryview(bytearray(block))
    while count := reader.readinto(buffer):
        out += buffer[:count]
    return bytes(out), reader.problem


def test_a_wrapping_is_told_by_its_magic() -> None:
    assert wrapping(gzip.compress(b"")) == "gzip"
    assert wrapping(zstandard.compress(b"")) == "zstd"
    assert wrapping(b"") == wrapping(b"\x1f") == wrapping(b"data: x") == ""


@given(CODINGS, PARTS, st.integers(1, 500))
def test_any_number_of_parts_are_read_whatever_the_block(
    coding: str, parts: list[bytes], block: int
) -> None:
    """As `cat a.gz b.gz` makes them."""
    wrapped = b"".join(WRAP[coding](part) for part in parts)

    assert unwrapped(wrapped, coding, block) == (b"".join(parts), None)


def test_padding_behind_a_gzip_member_is_no_damage() -> None:
    assert unwrapped(gzip.compress(b"a") + bytes(100) + gzip.compress(b"b"), "gzip") == (
        *(b"ab", None),
    )


@given(CODINGS, PARTS.filter(any), st.data())
def test_cut_anywhere_it_gives_a_beginning_and_one_problem(
    coding: str, parts: list[bytes], data: st.DataObject
) -> None:
    """All of the parts before the cut one, and of that nothing that wasn't there."""
    wrapped = [WRAP[coding](part) for part in parts]
    cut = data.draw(st.integers(0, sum(map(len, wrapped))))
    out, problem = unwrapped(b"".join(wrapped)[:cut], coding)
    ends = [sum(map(len, wrapped[: n + 1])) for n in range(len(wrapped))]
    whole = sum(end <= cut for end in ends)

    assert b"".join(parts).startswith(out)
    assert out.startswith(b"".join(parts[:whole]))
    assert (problem is None) == (cut in (0, *ends))
    if problem:
        assert (problem.code, problem.place) == ("damaged_wrapping", "x")
        assert problem.offset == cut


@settings(deadline=None)
@given(CODINGS, st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_mutated_anywhere_it_gives_what_was_decoded_before(
    coding: str, place: int, noise: bytes
) -> None:
    """To within the compressor's block; checksums tell at the end what decoding did not."""
    content = b"".join(b"%d " % (n * 7919 % 10_007) for n in range(4_000))
    parts = [content[:8_000], content[8_000:]]
    wrapped = [WRAP[coding](part) for part in parts]
    stream = b"".join(wrapped)
    place = len(wrapped[0]) + place % len(wrapped[1])
    out, _ = unwrapped(stream[:place] + noise + stream[place + len(noise) :], coding)

    assert out.startswith(parts[0])


@given(CODINGS, st.binary(max_size=80))
def test_arbitrary_bytes_behind_the_magic_never_raise(coding: str, noise: bytes) -> None:
    magic = WRAP[coding](b"")[:4]
    out, problem = unwrapped(magic + noise, coding)

    assert problem is None or problem.code == "damaged_wrapping"
    assert len(out) <= 1 << 24


@pytest.mark.parametrize("coding", sorted(WRAP))
def test_a_bomb_is_read_in_bounded_memory(coding: str) -> None:
    """A hundred megabytes of zeros in a hundred kilobytes, read a little at a time."""
    zeros = bytes(100_000_000)
    bomb = zlib.compress(zeros, 9, wbits=31) if coding == "gzip" else zstandard.compress(zeros)
    del zeros
    reader = Unwrapped(io.BytesIO(bomb), coding, "x")
    buffer = memoryview(bytearray(1 << 16))
    tracemalloc.start()
    total = 0
    while count := reader.readinto(buffer):
        total += count
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert total == 100_000_000
    assert peak < 8 * 1024 * 1024
