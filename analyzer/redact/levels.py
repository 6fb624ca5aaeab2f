"""A capture with less in it: without its text, or with nothing but lengths and times.

``secrets`` is what every capture is redacted to when it is recorded or read. ``content``
replaces all text by filler of the same length; `analyzer.redact.vocabulary` says what stays.
``shape`` keeps methods, status codes, protocols, lengths, times and ends; hosts and paths
become numbers. A level never goes down: what is gone stays gone.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal, Protocol

import msgspec

from analyzer.model import AnyRecord, CaptureHead, Problem
from analyzer.redact.content import Content
from analyzer.redact.shape import Shape

type Level = Literal["secrets", "content", "shape"]

LEVELS: tuple[Level, ...] = ("secrets", "content", "shape")

_NAME = re.compile(r"(?:[a-z]{1,12}-)?[0-9a-f-]{1,40}(?:-content)?", re.ASCII)
"""As the recorder and the importers name captures: at random, or by the file's bytes."""


class _Leveller(Protocol):
    def redact(self, record: AnyRecord, /) -> list[AnyRecord]: ...
    def finish(self) -> list[AnyRecord]: ...


def at_level(records: Iterable[AnyRecord | Problem], level: Level) -> Iterator[AnyRecord | Problem]:
    """The records at this level, or at the one they have if that keeps less; problems pass.

    The capture gets a name of its own, so that a database can hold both.
    """
    leveller: _Leveller | None = None
    for record in records:
        if isinstance(record, Problem):
            yield record
        elif isinstance(record, CaptureHead):
            if LEVELS.index(level) > LEVELS.index(record.redaction):
                leveller = Content() if level == "content" else Shape()
                record = msgspec.structs.replace(
                    record, redaction=level, capture_id=f"{_name(record)}-{level}"
                )
            yield from leveller.redact(record) if leveller else [record]
        else:
            yield from leveller.redact(record) if leveller else [record]
    if leveller is not None:
        yield from leveller.finish()


def _name(head: CaptureHead) -> str:
    known = _NAME.fullmatch(head.capture_id) is not None
    return head.capture_id if known else f"capture-{abs(head.wall_ns):x}"
