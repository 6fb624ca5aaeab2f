"""When a body's bytes came: frames over HTTP/2, packets over HTTP/3, laid over what was read."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.importers.netlog import arrivals as module
from analyzer.importers.netlog import quic
from analyzer.importers.netlog.arrivals import Arrivals, Room
from analyzer.importers.netlog.quic import QuicBody, varint_length


def filled(*came: tuple[int, int]) -> Arrivals:
    arrivals = Arrivals(Room())
    for at_ns, size in came:
        arrivals.add(at_ns, size)
    return arrivals


def test_a_read_is_cut_where_the_frames_were() -> None:
    arrivals = filled((1, 4), (2, 6), (3, 5))

    assert arrivals.take(7, 9) == [(1, 4), (2, 3)]
    assert arrivals.take(8, 10) == [(2, 3), (3, 5)]
    assert arrivals.end() == (0, 0)


def test_bytes_that_no_frame_told_of_came_with_their_read() -> None:
    assert filled((1, 4)).take(6, 9) == [(1, 4), (9, 2)]


def test_nothing_is_read_before_it_came() -> None:
    """A coarse clock, or frames that are told of late."""
    assert filled((12, 4)).take(4, 9) == [(9, 4)]


def test_too_many_arrivals_are_joined_at_the_later_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PENDING_LIMIT", 2)

    assert filled((1, 4), (2, 4), (3, 4)).take(12, 9) == [(1, 4), (3, 8)]


@given(
    st.lists(st.integers(1, 50), max_size=20),
    st.lists(st.integers(1, 50), max_size=20),
)
def test_every_byte_gets_one_moment_in_order(frames: list[int], reads: list[int]) -> None:
    arrivals = filled(*enumerate(frames, 1))
    parts = [part for size in reads for part in arrivals.take(size, 1_000)]

    moments = [at_ns for at_ns, size in parts for _ in range(size)]
    told = [at_ns for at_ns, size in enumerate(frames, 1) for _ in range(size)]
    expected = (told + [1_000] * sum(reads))[: sum(reads)]
    assert moments == expected


@pytest.mark.parametrize(
    ("value", "length"), [(0, 1), (63, 1), (64, 2), (16_383, 2), (16_384, 4), (1 << 30, 8)]
)
def test_numbers_take_as_many_bytes_as_rfc_9000_says(value: int, length: int) -> None:
    assert varint_length(value) == length


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, int]]]:
    """Payloads of DATA frames; pieces of the stream in the order in which they came."""
    payloads = draw(st.lists(st.integers(0, 200), min_size=1, max_size=6))
    size = sum(1 + varint_length(one) + one for one in payloads)
    cuts = sorted(draw(st.sets(st.integers(1, max(size - 1, 1)), max_size=8)))
    edges = [0, *[cut for cut in cuts if cut < size], size]
    pieces = list(pairwise(edges))
    return payloads, draw(st.permutations(pieces))


@given(streams())
def test_each_byte_of_a_body_came_once_all_before_it_had(
    stream: tuple[list[int], list[tuple[int, int]]],
) -> None:
    """Headers of frames are told of once they are there; pieces come in any order, or twice."""
    payloads, pieces = stream
    size = max(end for _, end in pieces)
    arrivals = Arrivals(Room())
    body = QuicBody(arrivals)
    came: set[int] = set()
    when: dict[int, int] = {}
    waiting, laid = list(payloads), 0
    for at_ns, (start, end) in enumerate(pieces, 1):
        for _ in range(2):
            body.piece(at_ns, start, end - start, fin=end == size)
        came |= set(range(start, end))
        whole = next(place for place in range(size + 1) if place not in came)
        for place in range(whole):
            when.setdefault(place, at_ns)
        while waiting and laid + 1 + varint_length(waiting[0]) <= whole:
            length = waiting.pop(0)
            body.frame(1 + varint_length(length), length, is_body=True)
            laid += 1 + varint_length(length) + length

    expected: list[int] = []
    place = 0
    for length in payloads:
        place += 1 + varint_length(length)
        expected += [when[one] for one in range(place, place + length)]
        place += length
    parts = arrivals.take(sum(payloads), 1_000)
    assert [at_ns for at_ns, count in parts for _ in range(count)] == expected
    assert body.ended_ns == len(pieces)


def test_a_frame_that_does_not_fit_leaves_the_rest_to_the_reads() -> None:
    """Its header was read, so its bytes must have come: the layout is not what it seemed."""
    arrivals = Arrivals(Room())
    body = QuicBody(arrivals)
    body.piece(1, 0, 10, fin=False)
    body.frame(2, 30, is_body=True)
    body.frame(2, 30, is_body=True)
    body.piece(2, 10, 90, fin=False)

    assert arrivals.take(60, 9) == [(1, 8), (2, 22), (9, 30)]


def test_arrivals_of_one_moment_are_one() -> None:
    assert filled((1, 4), (1, 6)).take(10, 9) == [(1, 10)]


def test_pieces_behind_a_hole_are_remembered_up_to_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is not remembered came with its read, as nobody knows better."""
    monkeypatch.setattr(quic, "PIECES_LIMIT", 1)
    arrivals = Arrivals(Room())
    body = QuicBody(arrivals)
    for at_ns, start in enumerate((20, 10, 0), 1):
        body.piece(at_ns, start, 10, fin=False)
    body.frame(2, 28, is_body=True)

    assert arrivals.take(28, 9) == [(3, 8), (9, 20)]
