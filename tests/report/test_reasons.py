"""What can't be known is said with its reason, in words, in every report."""

from pathlib import Path

import pytest
from asked import HEAD
from everything import changed, recorded
from paging import call
from said import SHOWN, hidden, left_out_of_json, left_out_of_report
from travelling import turn

from analyzer.analyses.results import CaptureResult
from analyzer.analyze import examine
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    Connection,
    ExchangeEnd,
    RequestEnd,
    RequestHead,
    ResponseHead,
    Unmeasurable,
)
from analyzer.report.reasons import REASONS, reasons

SESSION = recorded(1)
ASKED: list[AnyRecord] = [RequestHead(1, 0, "GET", "https", "chat.example", "/", "HTTP/2.0")]


def without(*kinds: type[AnyRecord]) -> list[AnyRecord]:
    return [record for record in SESSION if not isinstance(record, kinds)]


CAPTURES: dict[str, list[AnyRecord]] = {
    "empty": [],
    "one request": ASKED,
    "one call": call(1, "/", {"a": 1}),
    "one page": call(1, "/list?offset=0&limit=2", {"items": [{"id": 1}, {"id": 2}]}),
    "one text": turn(1, [100]),
    "a session": SESSION,
    "a session without its connections": without(Connection),
    "a session without its bodies": without(Body),
    "a session without its responses": without(ResponseHead),
    "a session whose requests never ended": without(RequestEnd),
    "a session without any end": without(ExchangeEnd),
    "every other record of a session": SESSION[::2],
}
"""Records by what they are; none states a total of everything."""


@pytest.fixture(params=["chunk", "packet", "event", "none"])
def head(request: pytest.FixtureRequest) -> CaptureHead:
    head = changed(HEAD, clock=request.param)
    assert isinstance(head, CaptureHead)
    return head


@pytest.fixture(params=list(CAPTURES))
def result(request: pytest.FixtureRequest, head: CaptureHead) -> CaptureResult:
    return examine(Path("made.jsonl"), [head, *CAPTURES[request.param]])


def test_every_reason_stands_in_the_json(result: CaptureResult) -> None:
    assert left_out_of_json(result) == set()


def test_every_reason_stands_in_the_report(result: CaptureResult) -> None:
    assert left_out_of_report(result) == set()


def test_the_captures_have_reasons_to_say() -> None:
    """Of figures that tables show, and of whole captures."""
    found = examine(Path("made.jsonl"), [HEAD, *CAPTURES["every other record of a session"]])

    assert len(set(hidden(found.answers, SHOWN))) > 5
    assert found.answers.unanswered()


def test_a_reason_is_said_once_for_all_that_it_hides() -> None:
    none = Unmeasurable("no time")
    lines = reasons(
        [("wait", none), ("size", 5), ("rate", Unmeasurable("one read")), ("age", none)]
    )

    assert [line.text for line in lines] == ["– age, wait: no time", "– rate: one read"]


def test_reasons_beyond_a_few_are_counted() -> None:
    lines = reasons([("wait", Unmeasurable(str(number))) for number in range(REASONS + 2)])

    assert len(lines) == REASONS + 1
    assert lines[-1].text == "2 more reasons in the database"


def test_nothing_hidden_needs_no_reason() -> None:
    assert reasons([("wait", 5), ("size", None)]) == ()
