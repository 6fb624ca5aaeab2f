"""All questions together: no capture breaks them, and what is unrelated may mix."""

import io
import json
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pytest
from anything import CAPTURES, HEADS, TIMES
from asked import HEAD
from everything import a_session, changed, exchange_of, numbered, recorded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from analyzer.analyses.answers import Answers
from analyzer.analyses.questions import Row
from analyzer.analyses.results import Analysis
from analyzer.analyze import examine
from analyzer.model import AnyRecord, CaptureError, CaptureHead, Clock, Problem, Reads
from analyzer.report import build_report
from analyzer.report.as_json import report_json
from analyzer.report.figures import pick
from analyzer.report.terminal import print_report
from analyzer.store import Store, read_analysis, tables

NAME = Path("any.jsonl")
EXCHANGE_COLUMNS = ("exchange", "exchange_id", "announcement_id")
"""How fields end that name an exchange."""

PARTS = a_session()
SESSION = [record for part in PARTS for record in part]
COUNT = len(PARTS) - 1
"""Exchanges of the session, which count from 1."""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "any.db"


def holds(database: Path, head: AnyRecord, records: Sequence[AnyRecord | Problem]) -> None:
    """The capture is answered; the database gives that back; both reports are made of it."""
    result = examine(NAME, [head, *records], sink=Store(database))
    made, kept = Analysis.of([result]), read_analysis(database)
    told = io.StringIO()
    print_report(build_report(pick(made)), told, width=80)

    assert kept == made
    assert report_json(pick(kept)) == report_json(pick(made))
    assert json.loads(report_json(pick(made)))
    assert [line for line in told.getvalue().splitlines() if cell_len(line) > 80] == []


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(HEADS, CAPTURES)
def test_any_capture_is_answered_kept_and_told(
    database: Path, head: CaptureHead, records: Sequence[AnyRecord | Problem]
) -> None:
    holds(database, head, records)


PLACES = st.integers(0, len(SESSION) - 1)
DAMAGES = st.lists(
    st.tuples(
        st.sampled_from(["drop", "double", "move", "renumber", "date", "cut", "join"]),
        PLACES,
        PLACES,
        st.integers(1, 40),
        TIMES,
    ),
    max_size=12,
)


def damaged(damages: Sequence[tuple[str, int, int, int, int]]) -> list[AnyRecord]:
    """The session with records gone, twice, elsewhere, of other exchanges and other times."""
    records = list(SESSION)
    for what, first, second, count, at_ns in damages:
        begin = first % (len(records) or 1)
        some = records[begin : begin + count]
        match what:
            case "drop":
                records[begin : begin + count] = []
            case "double" | "move":
                if what == "move":
                    records[begin : begin + count] = []
                records[second:second] = some
            case "renumber":
                records[begin : begin + count] = numbered(some, COUNT.__rsub__)
            case "date":
                records[begin : begin + count] = [_dated(one, at_ns) for one in some]
            case "cut":
                del records[len(records) - count :]
            case "join":
                records += records[begin:]
    return records


def _dated(record: AnyRecord, at_ns: int) -> AnyRecord:
    if isinstance(record, Reads):
        return changed(record, at_ns=(at_ns,) * len(record.at_ns))
    return changed(record, at_ns=at_ns)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PLACES, st.integers(1, 5), st.sampled_from([2**61, 2**63 - 1, -(2**63), 2**63, -(2**70)]))
def test_times_without_measure_are_kept_or_refused_in_words(
    database: Path, place: int, count: int, at_ns: int
) -> None:
    try:
        holds(
            database, changed(HEAD, capture_id="any"), damaged([("date", place, 0, count, at_ns)])
        )
    except CaptureError as error:
        assert "64 bits" in str(error)  # noqa: PT017 - either will do


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HEADS, DAMAGES)
def test_a_damaged_session_is_answered_kept_and_told(
    database: Path, head: CaptureHead, damages: Sequence[tuple[str, int, int, int, int]]
) -> None:
    holds(database, head, damaged(damages))


def answers(records: Sequence[AnyRecord], clock: Clock = "chunk") -> Answers:
    return examine(NAME, [changed(HEAD, clock=clock), *records]).answers


def mixed(sessions: Sequence[Sequence[AnyRecord]], chance: random.Random) -> list[AnyRecord]:
    """The sessions' records shuffled into each other, each session's own in their order."""
    turns = [who for who, one in enumerate(sessions) for _ in one]
    chance.shuffle(turns)
    left = [iter(one) for one in sessions]
    return [next(left[who]) for who in turns]


APART = [recorded(who) for who in (1, 2)]
TOGETHER = [*APART[0], *APART[1]]
NUMBERS = sorted({own for one in TOGETHER if (own := exchange_of(one)) is not None})


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["chunk", "none"]))
def test_how_unrelated_sessions_mix_changes_nothing(chance: random.Random, clock: Clock) -> None:
    assert answers(mixed(APART, chance), clock) == answers(TOGETHER, clock)


def told(found: Answers, numbers: Mapping[int, int]) -> dict[str, list[str]]:
    """Every table's rows in words, with other numbers of exchanges, in no order of their own."""
    rows: dict[str, list[str]] = {"unanswered": sorted(map(str, found.unanswered()))}
    for _, answer in found.each():
        for table in tables.of(type(answer)):
            rows[table] = sorted(_told(row, numbers) for row in getattr(answer, table))
    return rows


def _told(row: Row, numbers: Mapping[int, int]) -> str:
    values = msgspec.structs.asdict(row)
    values.pop("event", None)  # of what happens at the same moment neither is the first
    for name, value in values.items():
        if isinstance(value, int) and name.endswith(EXCHANGE_COLUMNS):
            values[name] = numbers[value]
        elif name.endswith("exchange_ids"):
            values[name] = tuple(numbers[one] for one in value)
        elif isinstance(value, str):
            values[name] = re.sub(r"(?<=exchange )\d+", lambda n: str(numbers[int(n[0])]), value)
    return str(values)


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_exchanges_may_have_any_numbers(chance: random.Random) -> None:
    """Where there are times, these say what came first."""
    others = chance.sample(NUMBERS, len(NUMBERS))
    given_numbers = dict(zip(NUMBERS, others, strict=True))
    back = dict(zip(others, NUMBERS, strict=True))
    found = answers(numbered(mixed(APART, chance), given_numbers.__getitem__))

    assert told(found, back) == told(answers(TOGETHER), {one: one for one in NUMBERS})


def test_every_question_finds_something_in_the_sessions() -> None:
    """Else what was compared above is nothing with nothing."""
    found = answers(TOGETHER)

    assert [
        table
        for _, one in found.each()
        for table in tables.of(type(one))
        if not getattr(one, table)
    ] == []
