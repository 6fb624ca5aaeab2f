"""What each question beyond latency costs: time and memory at 10⁴, 10⁵ and 10⁶ events.

    python tests/bench/questions.py [--quick]

A synthetic session of short turns (26 events), each with a page of 28 rows after it, goes
through the reassembler and one question at a time; each run is a process of its own. *CPU* is
the time within the question alone; *memory* is what the process grew by beyond the same run
without any question. Linear means: ten times the events, ten times the CPU.
"""

import argparse
import itertools
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (1_000, 10_000, 100_000)
NONE = "none"


class Stopwatch:
    """Adds up the CPU time within the calls that it wraps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            begun = time.thread_time()
            try:
                return call(*arguments)
            finally:
                self.seconds += time.thread_time() - begun

        return timed


def one(name: str, events: int) -> None:
    """Run one question; print its CPU seconds, the peak memory in MB and the events."""
    sys.path.insert(0, str(HERE.parent))
    from busy import busy

    from analyzer.analyses.answers import QUESTIONS
    from analyzer.analyze import examine

    watch = Stopwatch()
    chosen: dict[str, Any] = {}
    if name != NONE:
        kind: Any = QUESTIONS[name]

        def timed(head: Any) -> Any:
            question = kind(head)
            for method in ("record", "events", "exchange", "finish"):
                setattr(question, method, watch.around(getattr(question, method)))
            return question

        chosen[name] = timed
    result = examine(Path("busy"), busy(events), questions=chosen)
    seen = sum(each.exchange.stream.events for each in result.measured)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(watch.seconds, peak, seen)


def measure(name: str, events: int) -> tuple[float, float, int]:
    command = [sys.executable, __file__, "--one", name, str(events)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, peak, seen = done.stdout.split()
    return float(seconds), float(peak), int(seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer events")
    parser.add_argument("--one", nargs=2, metavar=("QUESTION", "EVENTS"), help="internal")
    given = parser.parse_args()
    if given.one:
        one(given.one[0], int(given.one[1]))
        return
    from analyzer.analyses.answers import QUESTIONS

    sizes = QUICK_SIZES if given.quick else SIZES
    bare = {events: measure(NONE, events) for events in sizes}
    seen = " ".join(f"{bare[events][2]:>18,} events" for events in sizes)
    print(f"{'':<15}{seen}   CPU, tenfold events")
    for name in QUESTIONS:
        runs = [measure(name, events) for events in sizes]
        cells = " ".join(
            f"{seconds:>9.3f} s {max(peak - bare[events][1], 0):>9.1f} MB  "
            for (seconds, peak, _), events in zip(runs, sizes, strict=True)
        )
        steps = [later[0] / run[0] for run, later in itertools.pairwise(runs) if run[0]]
        print(f"{name:<15}{cells}   {' '.join(f'×{step:.1f}' for step in steps)}")


if __name__ == "__main__":
    main()
