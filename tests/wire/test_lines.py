"""Line cutting alone: line ends, times, the limit."""

from itertools import accumulate, pairwise

import pytest

from analyzer.wire import lines
from analyzer.wire.lines import Arrivals, Line, LineSplitter


def split(*reads: bytes) -> list[Line]:
    """Read n comes at 10 n ns."""
    splitter = LineSplitter()
    bounds = list(accumulate(map(len, reads), initial=0))
    found = []
    for index, (start, end) in enumerate(pairwise(bounds)):
        arrivals = Arrivals([10 * index], [end], index)
        found += splitter.feed(reads[index], start, arrivals)
    return found


def split_at_once(*reads: bytes) -> list[Line]:
    ends = list(accumulate(map(len, reads)))
    arrivals = Arrivals([10 * index for index in range(len(reads))], ends, 0)
    return LineSplitter().feed(b"".join(reads), 0, arrivals)


def test_cr_ends_its_line_in_its_own_read() -> None:
    """Waiting for a possible LF would report the line one read late."""
    reads = (b"a\r", b"\nb\n")

    assert split(*reads) == [Line(b"a", 0, 2, 0, 0, 0), Line(b"b", 3, 5, 10, 10, 1)]
    assert split_at_once(*reads) == split(*reads)


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"a\nb\n", [b"a", b"b"]),
        (b"a\rb\r", [b"a", b"b"]),
        (b"a\r\nb\r\n", [b"a", b"b"]),
        (b"\r\r\n\n\n\r", [b"", b"", b"", b"", b""]),
        (
            b"a\x0b\x0c\x1c\x1d\x1e\xc2\x85\xe2\x80\xa8b\n",
            [b"a\x0b\x0c\x1c\x1d\x1e\xc2\x85\xe2\x80\xa8b"],
        ),
        (b"unfinished", []),
    ],
)
def test_lines_end_in_lf_cr_or_crlf_however_they_are_cut(
    stream: bytes, expected: list[bytes]
) -> None:
    assert [line.data for line in split(stream)] == expected
    assert [line.data for line in split(*(bytes([byte]) for byte in stream))] == expected
    for cut in range(len(stream)):
        assert [line.data for line in split(stream[:cut], stream[cut:])] == expected


def test_a_line_is_stamped_by_its_first_byte_and_by_the_one_that_ended_it() -> None:
    reads = (b"", b"ab", b"", b"c", b"\r", b"\n\n")

    assert split(*reads) == [Line(b"abc", 0, 4, 10, 40, 4), Line(b"", 5, 6, 50, 50, 5)]
    assert split_at_once(*reads) == split(*reads)


def test_the_line_that_the_end_cuts_is_told() -> None:
    splitter = LineSplitter()
    splitter.feed(b"a\nrest", 0, Arrivals([7], [6], 0))
    cut = splitter.finish()

    assert cut is not None
    assert (cut.data, cut.offset) == (b"rest", 2)
    assert splitter.finish() is None


def test_a_line_at_the_limit_is_whole_and_a_longer_one_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "LINE_LIMIT", 4)
    at_limit, over, after = split(b"ab", b"cd\nefg", b"h", b"ijk", b"\nl\n")

    assert (at_limit.data, at_limit.overlong) == (b"abcd", False)
    assert (over.data, over.overlong, over.offset) == (b"e", True, 5)
    assert (after.data, after.overlong) == (b"l", False)
