"""What every question beyond latency looks like from outside: asked while a capture passes.

A `Question` sees a capture's records, events and exchanges once, in their order, keeps
little of them, and answers at the end with tables of flat rows. The store, the JSON report
and the reading back know these shapes and nothing of what any one question asks.
"""

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from analyzer.analyses.measured import Measured
from analyzer.model import AnyRecord, CaptureHead, Delta, Exchange, Problem, Record, WireEvent


class Row(msgspec.Struct, frozen=True):
    """One row of a table of the database, without its capture.

    A field is a column of its name; ``exchange`` is the column ``exchange_id``. Fields are
    str, int, float, bool, None, tuples (JSON in the database) or `Unmeasurable` (NULL, and
    the reason in the table's column ``unmeasurable``, which only such tables have). A field
    that ends in ``_at`` is wall-clock time in integer µs since 1970 (ISO 8601 text in the
    database); ``_ns`` is the capture's clock or a span.
    """


class Unanswered(Row, frozen=True):
    """What a question could not say of a whole capture, and why, in words."""

    question: str
    figure: str
    reason: str


class Found(msgspec.Struct, frozen=True):
    """The answer to one question.

    A subclass adds fields of type ``tuple[SomeRow, ...]``, each with ``= ()``: each is the
    table of the field's name, in the order in which it is to be read. ``unanswered`` and
    ``problems`` join those of the other questions.
    """

    unanswered: tuple[Unanswered, ...] = ()
    problems: tuple[Problem, ...] = ()


def why_textless(head: CaptureHead) -> str:
    """Why a capture's texts say nothing, in words; empty if they are what was said."""
    if head.redaction == "content":
        return "the capture was redacted: filler stands in place of its content"
    return "" if head.redaction == "secrets" else "the capture holds lengths in place of content"


class Whole(msgspec.Struct, frozen=True):
    """What is known of a capture once all of it has passed.

    ``measured`` is every exchange with its latency, by number; ``last_ns`` the latest moment
    of the capture's clock that any record states (None: no record has a time).
    """

    head: CaptureHead
    measured: tuple[Measured, ...]
    last_ns: int | None = None


class Question[F: Found]:
    """Base of the questions: by default everything passes unnoticed.

    ``RECORDS`` names the kinds of record that `record` wants to see. `exchange` gets an
    exchange with its bodies when it ends, so in the order of ends; what an answer says must
    not depend on that order where the exchanges have nothing to do with each other.
    """

    RECORDS: ClassVar[tuple[type[Record], ...]] = ()

    def __init__(self, head: CaptureHead) -> None:
        self.head = head

    def record(self, record: AnyRecord, /) -> None:
        """See a record of one of ``RECORDS``."""

    def events(
        self, exchange: int, events: Sequence[WireEvent], deltas: Sequence[Delta], /
    ) -> None:
        """See events that a stream completed, and the text that they brought."""

    def exchange(self, exchange: Exchange, /) -> None:
        """See an exchange that ended, or that the capture's end left open."""

    def finish(self, whole: Whole, /) -> F:
        """Answer. Called once, last."""
        raise NotImplementedError
