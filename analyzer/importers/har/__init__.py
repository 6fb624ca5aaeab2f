"""HTTP archives, version 1.2, as browsers and proxies write them, and as we do.

Source: the HAR 1.2 specification; ``_eventSourceMessages``, ``_webSocketMessages``,
``_connectionId`` and ``_error`` as Chromium's DevTools write them (front_end/models/har).
Entries are put into the order of their times as far as `order.HELD_LIMIT` goes.
"""

import re
from collections.abc import Iterator

from analyzer.importers.har.document import BOM, DamageError, Member, walk
from analyzer.importers.har.reading import Reading
from analyzer.importers.source import Source
from analyzer.intake.seen import Item
from analyzer.model import Problem

_SCALAR = rb'(?:"[^"\\]{0,256}"|[-+.\w]{1,32})'
_HAR = re.compile(
    rb'\s*\{(?:\s*"(?!log")[^"\\]{0,64}"\s*:\s*' + _SCALAR + rb"\s*,){0,16}"
    rb'\s*"log"\s*:\s*\{\s*"(?:version|creator|browser|pages|entries|comment|_\w{1,64})"\s*:'
)


def recognises(head: bytes) -> bool:
    """Whether it begins with an object whose ``log`` is an object that begins as in a HAR."""
    return _HAR.match(head.removeprefix(BOM)) is not None


def read(source: Source) -> Iterator[Item | Problem]:
    reading = Reading(source)
    try:
        for part in walk(source.file):
            if isinstance(part, Member):
                reading.learn(part)
            else:
                yield from reading.take(part)
    except DamageError as damage:
        yield from reading.finish()
        detail = f"the HAR file cannot be read on: {damage}; what precedes that was read"
        yield Problem("damaged_har", source.name, detail, damage.offset)
    else:
        yield from reading.finish()
