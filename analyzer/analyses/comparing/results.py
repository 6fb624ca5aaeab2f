"""What a comparison comes to."""

from typing import Literal

import msgspec

from analyzer.analyses.comparing.bootstrap import Interval
from analyzer.model import Unmeasurable

type Verdict = Literal["more than noise", "unclear", "within noise", "too few", "below the clock"]

VERDICTS: dict[Verdict, str] = {
    "more than noise": "the 99 % interval leaves out 0, and at the median the rank test agrees",
    "unclear": "the interval and the rank test disagree, or only the 95 % interval leaves out 0",
    "within noise": "measured again, it could as well be the other way round",
    "too few": "the groups are too small for any result",
    "below the clock": "the difference is shorter than a step of the clocks that it was taken by",
}


class Shift(msgspec.Struct, frozen=True):
    """How one percentile of a time differs, in ns. The difference is second − first.

    ``interval`` is None where there are too few figures, ``needed`` of each then.
    """

    percentile: int
    first: int
    second: int
    interval: Interval | None
    verdict: Verdict
    needed: int

    @property
    def difference(self) -> int:
        return self.second - self.first


class TimeComparison(msgspec.Struct, frozen=True):
    """One time over two groups. Units: ``n_*`` count figures, ``turns_*`` what the test ranks.

    ``p_value`` is of Mann–Whitney's U, two-sided; ``delta`` is Cliff's, above 0 where the
    second's figures are longer. For gaps both are of each turn's median.
    """

    metric: str
    noun: str
    n_first: int
    n_second: int
    independent_first: int
    independent_second: int
    p_value: float | Unmeasurable
    delta: float | Unmeasurable
    shifts: tuple[Shift, ...]


class ShareComparison(msgspec.Struct, frozen=True):
    """How many of each group's are so. ``p_value`` is of Fisher's exact test, two-sided."""

    metric: str
    noun: str
    count_first: int
    n_first: int
    count_second: int
    n_second: int
    p_value: float | Unmeasurable
    verdict: Verdict


class Compared(msgspec.Struct, frozen=True):
    """A group against the first. ``missing`` are times that one of the two doesn't have, and why.

    ``cautions`` are sentences that are to be read before the figures.
    """

    first: str
    second: str
    times: tuple[TimeComparison, ...]
    shares: tuple[ShareComparison, ...]
    missing: tuple[tuple[str, str], ...]
    cautions: tuple[str, ...]


class Comparison(msgspec.Struct, frozen=True):
    """Every group against the first, in the order in which they were given."""

    names: tuple[str, ...]
    against_first: tuple[Compared, ...]
