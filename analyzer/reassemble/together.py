"""Reads that follow one another as one record: a record costs as much as several events."""

from collections.abc import Iterable, Iterator
from itertools import chain

from analyzer.model import AnyRecord, Problem, Reads

READS_TOGETHER = 1_000
"""Reads from which on a record is passed on."""

BYTES_TOGETHER = 1024 * 1024
"""Bytes from which on a record is passed on."""


def together(records: Iterable[AnyRecord | Problem]) -> Iterator[AnyRecord | Problem]:
    """Join reads of one body between which nothing else stands; all else passes as it is.

    The same is made of them. For reading a whole capture: a live view would wait for its text.
    """
    held = _Held()
    for record in records:
        if isinstance(record, Reads) and _is_sound(record):
            if not held.takes(record):
                yield from held.release()
            held.take(record)
            if held.is_full:
                yield from held.release()
        else:
            yield from held.release()
            yield record
    yield from held.release()


class _Held:
    """Reads that belong together."""

    def __init__(self) -> None:
        self._parts: list[Reads] = []
        self._reads = 0
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        return self._reads >= READS_TOGETHER or self._bytes >= BYTES_TOGETHER

    def takes(self, reads: Reads) -> bool:
        """Whether both say joined what they say; of any record the last moment is the latest."""
        if not self._parts:
            return True
        last = self._parts[-1]
        return (
            last.exchange == reads.exchange
            and last.side == reads.side
            and last.at_ns[-1] <= reads.at_ns[-1]
        )

    def take(self, reads: Reads) -> None:
        self._parts.append(reads)
        self._reads += len(reads.at_ns)
        self._bytes += len(reads.data)

    def release(self) -> list[Reads]:
        """What was held, as one record; nothing if nothing was."""
        if not (parts := self._parts):
            return []
        self._parts, self._reads, self._bytes = [], 0, 0
        return [_joined(parts)] if len(parts) > 1 else parts


def _is_sound(reads: Reads) -> bool:
    """Whether its columns fit, so that they fit joined."""
    count = len(reads.at_ns)
    return (
        0 < count == len(reads.lengths)
        and len(reads.wire_lengths) in (0, count)
        and sum(reads.lengths) == len(reads.data)
    )


def _joined(parts: list[Reads]) -> Reads:
    is_coded = any(each.wire_lengths for each in parts)
    wire = [each.wire_lengths or each.lengths for each in parts] if is_coded else []
    return Reads(
        parts[0].exchange,
        tuple(chain.from_iterable([each.at_ns for each in parts])),
        tuple(chain.from_iterable([each.lengths for each in parts])),
        b"".join([each.data for each in parts]),
        tuple(chain.from_iterable(wire)),
        parts[0].side,
    )
