"""How long a big capture takes to analyse, and how much memory.

    python tests/bench/analyze.py [--quick]

Each step runs in a process of its own, so that its peak memory is its own; CPU time and
memory include the process that reads a big capture ahead. *report* is of the database,
*html* all of `streamscope report CAPTURE -o report.html`, from its start to its exit. The
rates belong to this machine; the ratios between steps are what travels.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
EVENTS, QUICK_EVENTS = 1_000_000, 50_000
CHUNKS = 480
STEPS = ("read", "analyze", "store", "report", "html")


@dataclass(frozen=True)
class Row:
    """One figure."""

    name: str
    value: float
    unit: str


def make(path: Path, events: int) -> None:
    """Write a synthetic capture of about this many events."""
    sys.path.insert(0, str(HERE.parent))
    import synthetic

    synthetic.write(path, synthetic.capture(turns=events // (CHUNKS + 50) + 1, chunks=CHUNKS))


def step(name: str, capture: Path, database: Path) -> None:
    """Do one step; print its wall and CPU seconds, the events it saw, and memory's growth in MB.

    Of the page its memory altogether: it grows from nothing in a process of its own.
    """
    from analyzer.analyze import analyze
    from analyzer.importers import read_capture
    from analyzer.report.as_json import report_json
    from analyzer.report.figures import pick
    from analyzer.store import Store, read_analysis

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, cpu_begun = time.perf_counter(), time.process_time()
    events = 0
    if name == "read":
        for _ in read_capture(capture):
            pass
    elif name == "html":
        page = capture.with_suffix(".html")
        command = [sys.executable, "-m", "analyzer.cli", "report", str(capture), "-o", str(page)]
        subprocess.run(command, check=True, capture_output=True)
    elif name == "report":
        report_json(pick(read_analysis(database)))
    else:
        made = analyze([capture], sink=Store(database) if name == "store" else None)
        events = sum(one.exchange.stream.events for one in made.captures[0].measured)
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = time.process_time() - cpu_begun + others.ru_utime + others.ru_stime
    seconds = time.perf_counter() - begun
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before + others.ru_maxrss) / 1024
    print(seconds, cpu, events, grown)


def run(*, quick: bool = False) -> list[Row]:
    """Seconds, rate and memory of each step."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="streamscope-bench-") as place:
        capture, database = Path(place, "big.jsonl"), Path(place, "big.db")
        make(capture, QUICK_EVENTS if quick else EVENTS)
        rows.append(Row("capture file", capture.stat().st_size / 1e6, "MB"))
        for name in STEPS:
            command = [sys.executable, __file__, "--step", name, str(capture), str(database)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds, cpu, events, grown = map(float, done.stdout.split())
            rows += [Row(f"{name}: time", seconds, "s"), Row(f"{name}: CPU", cpu, "s")]
            rows.append(Row(f"{name}: memory", grown, "MB"))
            if events:
                rows.append(Row(f"{name}: rate", events / cpu / 1e6, "M events per CPU s"))
                rows.append(Row(f"{name}: events", events, ""))
        rows.append(Row("database file", database.stat().st_size / 1e6, "MB"))
        rows.append(Row("page", capture.with_suffix(".html").stat().st_size / 1e6, "MB"))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer events")
    parser.add_argument("--step", nargs=3, metavar=("NAME", "CAPTURE", "DB"), help="internal")
    given = parser.parse_args()
    if given.step:
        step(given.step[0], Path(given.step[1]), Path(given.step[2]))
        return
    for row in run(quick=given.quick):
        print(f"{row.name:<20} {row.value:>12,.2f} {row.unit}")


if __name__ == "__main__":
    main()
