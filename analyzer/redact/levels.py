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

_NAME = re.compile(r"((?:[a-z]{1,12}-)?[0-9a-f-]{1,40})(?:-(content|shape))?", re.ASCII)
"""As the recorder and the importers name captures, at random or by the file's bytes; and as we
do here."""


class _Leveller(Protocol):
    def redact(self, record: AnyRecord, /) -> list[AnyRecord]: ...
    def finish(self) -> list[AnyRecord]: ...


def at_level(records: Iterable[AnyRecord | Problem], level: Level) -> Iterator[AnyRecord | Problem]:
    """The records at this level, or at the one they have if that keeps less; problems pass.

    What a capture says of itself is not relied upon: one that was recorded without content
    calls itself a shape too, and has its heads still.
    """
    if level == "secrets":
        yield from records
        return
    leveller: _Leveller = Content() if level == "content" else Shape()
    for record in records:
        if isinstance(record, Problem):
            yield record
        elif isinstance(record, CaptureHead):
            yield from leveller.redact(_named(record, level))
        else:
            yield from leveller.redact(record)
    yield from leveller.finish()


def _named(head: CaptureHead, level: Level) -> CaptureHead:
    """The head with the level in it, and a name of its own: a database can hold both captures."""
    match = _NAME.fullmatch(head.capture_id)
    name, had = match.groups() if match else (f"capture-{abs(head.wall_ns):x}", None)
    return msgspec.structs.replace(
        head,
        redaction=max(head.redaction, level, key=LEVELS.index),
        capture_id=f"{name}-{max(had or level, level, key=LEVELS.index)}",
    )
