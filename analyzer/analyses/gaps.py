"""Arrivals of text, the gaps between them, what passed meanwhile, and stalls.

An *arrival* is all text that came in one read, or at one moment of a coarse
clock: events that share a read were one delivery, and a gap of zero between
them would be the service's packing, not its pace.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec
import numpy as np
import numpy.typing as npt

from analyzer.analyses.columns import Packed, Shelf, pack
from analyzer.analyses.observer import LateSpans
from analyzer.analyses.passed import Passed
from analyzer.analyses.statistics import Nanoseconds
from analyzer.model import TextArrivals, TextKind, Unmeasurable

type Cause = Literal["silence", "keepalive", "partial", "events", "tool", "proxy", "unknown"]
type Phase = Literal["answer", "reasoning", "switch"]

CAUSES: tuple[Cause, ...] = get_args(Cause.__value__)
PHASES: tuple[Phase, ...] = get_args(Phase.__value__)

CAUSE_MEANING: dict[Cause, str] = {
    "silence": "not one byte came",
    "keepalive": "only bytes that belong to no event came, such as comments",
    "partial": "the next event came in pieces, or a compressor held it back",
    "events": "events came, but none with text",
    "tool": "text for a tool came",
    "proxy": "the proxy's event loop was late for at least half of the gap",
    "unknown": "the capture does not hold what passed",
}

PROXY_SHARE = 0.5
"""A gap is the proxy's own if its event loop was late for this share of it."""

STALL_NS = 250_000_000
"""From this gap on a reader notices that the text stands still."""


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Parallel columns, one entry an arrival; times strictly ascend.

    ``chars`` are the code points of text that it brought.
    """

    at_ns: Nanoseconds
    first_read: Nanoseconds
    last_read: Nanoseconds
    seq: Nanoseconds
    chars: Nanoseconds
    reasoning_first: npt.NDArray[np.bool_]
    reasoning_last: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, texts: TextArrivals) -> "Arrivals":
        """Join texts that share a read, or that a later read brought no later."""
        at_ns, read = _column(texts.at_ns), _column(texts.read)
        reasoning = _is_reasoning(texts.kind)
        latest = np.maximum.accumulate(at_ns) if len(at_ns) else at_ns
        begins = np.ones(len(at_ns), dtype=np.bool_)
        begins[1:] = (read[1:] != read[:-1]) & (at_ns[1:] > latest[:-1])
        first = np.flatnonzero(begins)
        last = np.append(first[1:], len(at_ns))[: len(first)] - 1
        return cls(
            at_ns=at_ns[first],
            first_read=read[first],
            last_read=read[last],
            seq=_column(texts.seq)[first],
            chars=_sums(_column(texts.chars), first),
            reasoning_first=reasoning[first],
            reasoning_last=reasoning[last],
        )

    def __len__(self) -> int:
        return len(self.at_ns)


def _column(values: Collection[int]) -> Nanoseconds:
    return np.fromiter(values, dtype=np.int64, count=len(values))


def _is_reasoning(kinds: Sequence[TextKind]) -> npt.NDArray[np.bool_]:
    if (count := kinds.count("reasoning")) in (0, len(kinds)):
        return np.full(len(kinds), bool(count), dtype=np.bool_)
    return np.asarray([kind == "reasoning" for kind in kinds], dtype=np.bool_)


def _sums(values: Nanoseconds, first: Nanoseconds) -> Nanoseconds:
    """The sum from each first place to before the next."""
    return np.add.reduceat(values, first) if len(first) else first


class Gaps:
    """The gaps of one turn, one entry a gap, each named by the arrival that ended it.

    ``at_ns`` is when the gap ended; ``read`` and ``seq`` are the read and the
    first text event that ended it, ``chars`` the code points of text that its end brought.
    ``lag_ns``: how much of it the proxy's event
    loop was late. ``cause`` and ``phase`` index `CAUSES` and `PHASES`. All are kept packed,
    in some 8 bytes a gap, and every access to a column unpacks it: take it once.
    """

    __slots__ = ("_at", "_cause", "_chars", "_gap", "_lag", "_phase", "_read", "_seq")

    def __init__(
        self,
        at_ns: Nanoseconds,
        gap_ns: Nanoseconds,
        lag_ns: Nanoseconds,
        read: Nanoseconds,
        seq: Nanoseconds,
        cause: npt.NDArray[np.int8],
        phase: npt.NDArray[np.int8],
        chars: Nanoseconds,
    ) -> None:
        self._at, self._gap, self._lag = pack(at_ns - np.cumsum(gap_ns)), pack(gap_ns), pack(lag_ns)
        self._read, self._seq = pack(read), pack(seq)
        self._cause, self._phase, self._chars = pack(cause), pack(phase), pack(chars)

    @property
    def at_ns(self) -> Nanoseconds:
        # A gap ends where the next begins, so that this is one number but for damaged databases.
        return self._at.unpack() + np.cumsum(self.gap_ns)

    @property
    def gap_ns(self) -> Nanoseconds:
        return self._gap.unpack()

    @property
    def lag_ns(self) -> Nanoseconds:
        return self._lag.unpack()

    @property
    def read(self) -> Nanoseconds:
        return self._read.unpack()

    @property
    def seq(self) -> Nanoseconds:
        return self._seq.unpack()

    @property
    def cause(self) -> npt.NDArray[np.int8]:
        return self._cause.unpack().astype(np.int8)

    @property
    def phase(self) -> npt.NDArray[np.int8]:
        return self._phase.unpack().astype(np.int8)

    @property
    def chars(self) -> Nanoseconds:
        return self._chars.unpack()

    def __len__(self) -> int:
        return self._gap.length

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Gaps) and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("at_ns", "gap_ns", "lag_ns", "read", "seq", "cause", "phase", "chars")
        )

    __hash__ = None  # type: ignore[assignment] # columns can't be hashed; equality is by value

    def shelved(self, put: Shelf) -> "Gaps":
        """The same, their columns put away until they are asked for."""
        same = self._copied()
        for name in self.__slots__:
            column: Packed = getattr(self, name)
            setattr(same, name, column.shelved(put))
        return same

    def with_lag(self, late: LateSpans) -> "Gaps":
        """Mark the gaps that are the proxy's own; the others keep their cause."""
        at_ns, gap_ns = self.at_ns, self.gap_ns
        if not len(at_ns) or not late.overlap_ns(at_ns[:1] - gap_ns[:1], at_ns[-1:]).any():
            return self  # as most turns: none of it was late
        lag_ns = late.overlap_ns(at_ns - gap_ns, at_ns)
        if not lag_ns.any():
            return self
        own = (lag_ns > 0) & (lag_ns >= PROXY_SHARE * gap_ns)
        cause = np.where(own, np.int8(CAUSES.index("proxy")), self.cause)
        marked = self._copied()
        marked._lag, marked._cause = pack(lag_ns), pack(cause)
        return marked

    def _copied(self) -> "Gaps":
        same = object.__new__(Gaps)
        for name in self.__slots__:
            setattr(same, name, getattr(self, name))
        return same


def find_gaps(arrivals: Arrivals, passed: Passed | None) -> Gaps:
    """Every gap between consecutive arrivals; its cause is unknown where nothing was logged."""
    earlier, later = slice(None, -1), slice(1, None)
    seq, read = arrivals.seq[later], arrivals.first_read[later]
    gap_ns = np.diff(arrivals.at_ns)
    if passed is None:
        cause = np.full(len(gap_ns), CAUSES.index("unknown"), dtype=np.int8)
    else:
        cause = _causes(passed, arrivals.last_read[earlier], read, seq)
    phase = _phases(arrivals.reasoning_last[earlier], arrivals.reasoning_first[later])
    no_lag = np.zeros(len(gap_ns), dtype=np.int64)
    brought = arrivals.chars[later]
    return Gaps(arrivals.at_ns[later], gap_ns, no_lag, read, seq, cause, phase, brought)


def _phases(before: npt.NDArray[np.bool_], after: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """By whether each gap's end and beginning were reasoning."""
    switched = np.where(before, np.int8(PHASES.index("reasoning")), np.int8(PHASES.index("answer")))
    switched[before != after] = PHASES.index("switch")
    return switched


def _causes(
    passed: Passed, after: Nanoseconds, before: Nanoseconds, seq: Nanoseconds
) -> npt.NDArray[np.int8]:
    """What passed between two reads: the most telling thing first.

    Reads that are not logged are messages of a WebSocket: it may have carried anything else.
    """
    own_bytes_from = np.minimum(passed.first_read_of(seq), before)
    return np.select(
        [
            before >= len(passed.read_at_ns),
            passed.tools_between(after, before) > 0,
            passed.events_between(after, before) > 0,
            passed.filled_between(after, own_bytes_from) > 0,
            passed.filled_between(after, before) > 0,
        ],
        [CAUSES.index(cause) for cause in ("unknown", "tool", "events", "keepalive", "partial")],
        default=CAUSES.index("silence"),
    ).astype(np.int8)


class Stalls(msgspec.Struct, frozen=True):
    """Gaps of at least ``threshold_ns``.

    ``share`` is their part of the turn's end-to-end time (request sent to last
    text); ``of_proxy`` how many of them are the proxy's own.
    """

    threshold_ns: int
    count: int
    total_ns: int
    longest_ns: int
    share: float | Unmeasurable
    of_proxy: int


def find_stalls(gaps: Gaps, threshold_ns: int, turn_ns: int | Unmeasurable) -> Stalls:
    """Count the turn's stalls; ``turn_ns`` is its end-to-end time."""
    gap_ns = gaps.gap_ns
    long = gap_ns >= threshold_ns
    total = int(gap_ns[long].sum())
    share: float | Unmeasurable
    if isinstance(turn_ns, Unmeasurable):
        share = turn_ns
    else:
        share = total / turn_ns if turn_ns > 0 else Unmeasurable("the turn took no time")
    return Stalls(
        threshold_ns=threshold_ns,
        count=int(long.sum()),
        total_ns=total,
        longest_ns=int(gap_ns[long].max(initial=0)),
        share=share,
        of_proxy=int((gaps.cause[long] == CAUSES.index("proxy")).sum()),
    )
