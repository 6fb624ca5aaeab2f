"""Reads that are taken together: the same is made of them as of each record."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import capture

from analyzer.model import AnyRecord, Delta, ExchangeEnd, Problem, Reads, WireEvent
from analyzer.reassemble import EventsSeen, Reassembled, Reassembler, together

RECORDS = list(capture(turns=6, chunks=40))


type Told = dict[int, list[WireEvent | Delta]]


def made_of(records: Iterable[AnyRecord | Problem]) -> tuple[list[Reassembled], Told]:
    """What comes out, and each exchange's events and deltas, however many at a time."""
    reassembler = Reassembler()
    made = [each for record in records for each in reassembler.feed(record)]
    made += reassembler.finish()
    told: Told = {}
    for each in made:
        if isinstance(each, EventsSeen):
            told.setdefault(each.exchange, []).extend((*each.events, *each.deltas))
    for seen in told.values():
        seen.sort(key=lambda one: (type(one).__name__, one.seq))
    return [each for each in made if not isinstance(each, EventsSeen)], told


def test_a_capture_comes_to_the_same() -> None:
    fewer = list(together.together(RECORDS))

    assert made_of(fewer) == made_of(RECORDS)
    assert len(fewer) < len(RECORDS)


def reads(at: int, data: bytes, exchange: int = 1, **more: object) -> Reads:
    return Reads(exchange, (at, at + 1), (1, len(data) - 1), data, **more)  # type: ignore[arg-type] # by name


def test_reads_of_one_body_become_one_record() -> None:
    coded = reads(20, b"cdef", wire_lengths=(3, 0))

    assert list(together.together([reads(10, b"ab"), coded])) == [
        Reads(1, (10, 11, 20, 21), (1, 1, 1, 3), b"abcdef", (1, 1, 3, 0))
    ]


def joined(records: list[Reads]) -> list[Reads]:
    return [one for one in together.together(records) if isinstance(one, Reads)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(reads(20, b"cd", exchange=2), id="another exchange"),
        pytest.param(reads(20, b"cd", side="request"), id="the other side"),
        pytest.param(reads(3, b"cd"), id="times that run back"),
        pytest.param(Reads(1, (20,), (1, 1), b"cd"), id="columns that disagree"),
        pytest.param(Reads(1, (), (), b""), id="no read at all"),
        pytest.param(ExchangeEnd(1, 20, "complete"), id="another record"),
    ],
)
def test_what_does_not_go_on_stays_apart(other: AnyRecord) -> None:
    records = [reads(10, b"ab"), other, reads(30, b"ef", exchange=3)]

    assert list(together.together(records)) == records


def test_records_are_passed_on_at_a_named_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "READS_TOGETHER", 4)
    few = [reads(10 * number, b"ab") for number in range(5)]
    monkeypatch.setattr(together, "BYTES_TOGETHER", 100)
    big = [reads(100 * number, b"x" * 50) for number in range(1, 4)]

    assert [len(each.at_ns) for each in joined(few)] == [4, 4, 2]
    assert [len(each.data) for each in joined(big)] == [100, 50]


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(0, 90)), max_size=12))
def test_the_latest_moment_stays_the_same(found: list[tuple[int, int]]) -> None:
    records = [reads(at, b"ab", exchange) for exchange, at in found]
    made = joined(records)

    assert max((one.at_ns[-1] for one in made), default=0) == max(
        (one.at_ns[-1] for one in records), default=0
    )
    assert b"".join(one.data for one in made) == b"".join(one.data for one in records)
