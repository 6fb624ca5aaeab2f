"""Would a person have waited? Text as it arrived against the pace at which one reads.

The reader begins with the first text, reads all that has come at one pace, and waits where
there is nothing left that is unread. Reasoning counts as text: the page shows it as well.
"""

from collections.abc import Iterable

import msgspec
import numpy as np

from analyzer.analyses.gaps import STALL_NS
from analyzer.analyses.latency import Latency
from analyzer.analyses.statistics import Nanoseconds
from analyzer.model import Unmeasurable

WORDS_PER_MINUTE = 238
"""Silent reading of non-fiction in English, the mean of 190 studies.

Source: Brysbaert 2019, How many words do we read per minute?, Journal of Memory and Language 109.
"""

CHARS_PER_WORD = 6
"""With the space behind it; about what English has."""

CHARS_PER_S = WORDS_PER_MINUTE * CHARS_PER_WORD / 60
NS_PER_CHAR = 1e9 / CHARS_PER_S

NOTICED_NS = STALL_NS
"""A reader who waited less than this in a whole turn was not kept waiting."""


class Reading(msgspec.Struct, frozen=True):
    """How one turn's reader fared, from the first text on, in nanoseconds.

    ``waited_ns``: with nothing left to read; ``waits``: how often; ``read_ns``: from the first
    text until all is read, so that ``read_ns - waited_ns`` is the reading itself.
    """

    chars: int
    waits: int
    waited_ns: int
    longest_ns: int
    read_ns: int


class Readings(msgspec.Struct, frozen=True):
    """All turns' readers together; ``kept_waiting`` waited `NOTICED_NS` or more."""

    n: int
    kept_waiting: int
    waited_ns: int
    read_ns: int
    longest_ns: int

    @property
    def share(self) -> float:
        """The part of their time that readers waited in."""
        return self.waited_ns / self.read_ns if self.read_ns else 0.0


def arrivals_of(latency: Latency) -> tuple[Nanoseconds, Nanoseconds] | Unmeasurable:
    """When text came, in ns since the first, and how many characters, one entry an arrival."""
    gaps = latency.gaps
    if latency.first_text_ns is None or isinstance(latency.ttft_ns, Unmeasurable):
        why = latency.ttft_ns
        return why if isinstance(why, Unmeasurable) else Unmeasurable("no text came")
    first = np.array([latency.first_chars], dtype=np.int64)
    if isinstance(gaps, Unmeasurable):
        if latency.arrivals != 1:
            return gaps
        return np.zeros(1, dtype=np.int64), first
    since = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(gaps.gap_ns)))
    return since, np.concatenate((first, gaps.chars))


def read_along(latency: Latency) -> Reading | Unmeasurable:
    """Read a turn while it arrives.

    Before an arrival the reader has waited as long as the latest that any text so far came
    behind the reading of all before it, had that gone on without a wait.
    """
    arrivals = arrivals_of(latency)
    if isinstance(arrivals, Unmeasurable):
        return arrivals
    since_ns, chars = arrivals
    total = int(chars.sum())
    if not total:
        return Unmeasurable("no character of text came")
    before_ns = (np.cumsum(chars) - chars) * NS_PER_CHAR
    waited_ns = np.maximum.accumulate(np.maximum(since_ns - before_ns, 0.0))
    each_ns = np.diff(waited_ns, prepend=0.0)
    return Reading(
        chars=total,
        waits=int(np.count_nonzero(each_ns > 0)),
        waited_ns=round(float(waited_ns[-1])),
        longest_ns=round(float(each_ns.max())),
        read_ns=round(float(waited_ns[-1]) + total * NS_PER_CHAR),
    )


def all_readings(each: Iterable[Reading | Unmeasurable]) -> Readings | Unmeasurable:
    """The readers of all turns whose text has times."""
    known = [one for one in each if isinstance(one, Reading)]
    if not known:
        return Unmeasurable("of no turn it is known when how much text came")
    return Readings(
        n=len(known),
        kept_waiting=sum(1 for one in known if one.waited_ns >= NOTICED_NS),
        waited_ns=sum(one.waited_ns for one in known),
        read_ns=sum(one.read_ns for one in known),
        longest_ns=max(one.longest_ns for one in known),
    )
