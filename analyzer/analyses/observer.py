"""What observing cost, and which time was the proxy's own.

The recorder's `Observer` records say how late its event loop ran a timer. While
the loop is late nothing is read, so a gap that lies mostly in such a span is the
proxy's doing and not the service's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from analyzer.analyses.statistics import Nanoseconds
from analyzer.model import Observer, Unmeasurable

LATE_FROM_NS = 5_000_000
"""The recorder lists every sample at or over this; of smaller ones it keeps the median."""


@dataclass(frozen=True, eq=False)
class LateSpans:
    """The times in which the proxy's event loop was late: disjoint, ascending.

    A sample that ran at ``t`` and was ``d`` late blocks ``t - d`` to ``t``.
    """

    start_ns: Nanoseconds
    end_ns: Nanoseconds

    @classmethod
    def of(cls, observations: Iterable[Observer]) -> "LateSpans":
        """Join what the records list; overlapping samples are one span."""
        spans = sorted(
            (at - late, at)
            for seen in observations
            for at, late in zip(seen.late_at_ns, seen.late_ns, strict=False)
        )
        joined: list[tuple[int, int]] = []
        for start, end in spans:
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        columns = np.asarray(joined, dtype=np.int64).reshape(-1, 2)
        return cls(columns[:, 0], columns[:, 1])

    def overlap_ns(self, from_ns: Nanoseconds, to_ns: Nanoseconds) -> Nanoseconds:
        """How much of each interval the event loop was late."""
        if not len(self.start_ns):
            return np.zeros(len(to_ns), dtype=np.int64)
        return self._late_before(to_ns) - self._late_before(from_ns)

    def _late_before(self, at_ns: Nanoseconds) -> Nanoseconds:
        lengths = self.end_ns - self.start_ns
        total = np.concatenate(([0], np.cumsum(lengths)))
        span = np.searchsorted(self.start_ns, at_ns, side="right") - 1
        inside = np.clip(at_ns - self.start_ns[span], 0, lengths[span])
        late: Nanoseconds = np.where(span < 0, 0, total[span] + inside)
        return late


class ObserverSummary(msgspec.Struct, frozen=True):
    """The observer's own cost over a whole capture.

    ``lag_p99_ns`` is exact where it reaches `LATE_FROM_NS`; below that the
    recorder keeps no single samples, and it is Unmeasurable.
    ``lag_median_ns`` is the median over windows of each window's median.
    ``window_ns`` is all windows together: while anything was open. ``writer_cpu_ns`` is the
    writer thread's, for everything that it wrote: streams, whole bodies, facts about secrets.
    """

    samples: int
    lag_median_ns: int | Unmeasurable
    lag_p99_ns: int | Unmeasurable
    lag_max_ns: int | Unmeasurable
    late_samples: int
    reads: int
    stamping_per_read_ns: float | Unmeasurable
    writer_cpu_ns: int
    window_ns: int
    writer_core_share: float | Unmeasurable
    queue_peak: int


def summarise_observer(observations: Sequence[Observer]) -> ObserverSummary | Unmeasurable:
    """Pool the windows; Unmeasurable if the capture's tool did not measure itself."""
    if not observations:
        return Unmeasurable("the tool that made this capture did not measure itself")
    reads = sum(seen.reads for seen in observations)
    unread = Unmeasurable("no streamed read was stamped")
    no_time = Unmeasurable("its windows took no time")
    stamping = sum(seen.stamping_ns for seen in observations)
    writing = sum(seen.writer_cpu_ns for seen in observations)
    window = sum(seen.window_ns for seen in observations)
    samples, median, p99, longest = _lag(observations)
    return ObserverSummary(
        samples=samples,
        lag_median_ns=median,
        lag_p99_ns=p99,
        lag_max_ns=longest,
        late_samples=sum(len(seen.late_ns) for seen in observations),
        reads=reads,
        stamping_per_read_ns=stamping / reads if reads else unread,
        writer_cpu_ns=writing,
        window_ns=window,
        writer_core_share=writing / window if window > 0 else no_time,
        queue_peak=max(seen.queue_peak for seen in observations),
    )


def _lag(
    observations: Sequence[Observer],
) -> tuple[int, int | Unmeasurable, int | Unmeasurable, int | Unmeasurable]:
    sampled = [seen for seen in observations if seen.samples]
    if not sampled:
        untimed = Unmeasurable("the event loop's lag was never sampled")
        return 0, untimed, untimed, untimed
    samples = sum(seen.samples for seen in sampled)
    late = sorted((late for seen in sampled for late in seen.late_ns), reverse=True)
    above_p99 = samples // 100
    p99: int | Unmeasurable = Unmeasurable(f"under {LATE_FROM_NS // 1_000_000} ms")
    if above_p99 < len(late):
        p99 = late[above_p99]
    median = round(float(np.median([seen.lag_median_ns for seen in sampled])))
    return samples, median, p99, max(seen.lag_max_ns for seen in sampled)
