"""A report as a page of captures that grow in events and not in turns: time, memory, size.

    python tests/bench/page.py [--quick]

Each page is made by `streamscope report` in a process of its own; the memory is the peak of the
larger of its two processes. Texts grow with the events, and are kept.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TURNS = 600
CHUNKS = (600, 1_750, 7_000)
"""Chunks of each turn: a third of a million events, a million, four."""
RUNS = 3


@dataclass(frozen=True)
class Row:
    """One figure."""

    name: str
    value: float
    unit: str


def made(capture: Path, page: Path) -> tuple[float, float]:
    """Wall seconds, and peak memory in MB."""
    command = [sys.executable, "-m", "analyzer.cli", "report", str(capture), "-q", "-o", str(page)]
    begun = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the page of {capture} was not made: status {process.returncode}")
    return time.perf_counter() - begun, used.ru_maxrss / 1024


def run(*, quick: bool = False) -> list[Row]:
    """For each size the median of the times, the largest memory, and the page's size."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    import synthetic

    rows: list[Row] = []
    for chunks in CHUNKS[: 1 if quick else None]:
        with tempfile.TemporaryDirectory(prefix="streamscope-bench-") as place:
            capture, page = Path(place, "capture.jsonl"), Path(place, "report.html")
            synthetic.write(capture, synthetic.capture(turns=TURNS, chunks=chunks))
            with capture.open("rb") as file:
                events = sum(line.count(b"\\n\\n") for line in file)
            runs = [made(capture, page) for _ in range(RUNS)]
            name = f"page of {events / 1e6:.2f} M events"
            rows.append(Row(f"{name}: time", statistics.median(took for took, _ in runs), "s"))
            rows.append(Row(f"{name}: memory", max(used for _, used in runs), "MB"))
            rows.append(Row(f"{name}: size", page.stat().st_size / 1e6, "MB"))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest only")
    for row in run(quick=parser.parse_args().quick):
        print(f"{row.name:<36} {row.value:>10,.2f} {row.unit}")


if __name__ == "__main__":
    main()
