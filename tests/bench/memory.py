"""How much memory a capture of two gigabytes takes.

    python tests/bench/memory.py [--quick]

A journal and a HAR are made, of chat streams without end: what is kept of a capture
grows with its streams and not with its pages and pictures, so this is the worst of its
size. Each is analysed in a process of its own, whose peak memory is then its own; that of
the process that reads ahead is added. The limit is 500 MB; the exit status is 1 beyond.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
BYTES, QUICK_BYTES = 2 * 1024**3, 50_000_000
LIMIT_MB = 500
CHUNKS = 480
PER_TURN = {".jsonl": 69_000, ".har": 154_000}
"""Bytes that a turn of so many chunks takes, about: a HAR holds its text twice."""


def make(path: Path, size: int) -> None:
    """Write a capture of about this size, in the format that the name's ending says."""
    sys.path.insert(0, str(HERE.parent))
    import synthetic

    records = synthetic.capture(turns=size // PER_TURN[path.suffix] + 1, chunks=CHUNKS)
    if path.suffix == ".har":
        from analyzer.exporters import har

        with path.open("wb") as file:
            har.write(records, file)
    else:
        synthetic.write(path, records)


def measure(path: Path) -> None:
    """Analyse and pick a report's figures; print seconds, events and peak memory in MB."""
    from analyzer.analyze import analyze
    from analyzer.report.figures import pick

    begun = time.perf_counter()
    figures = pick(analyze([path]))
    seconds = time.perf_counter() - begun
    events = sum(one.exchange.stream.events for one in figures.analysis.captures[0].measured)
    peaks = [
        resource.getrusage(of).ru_maxrss for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    print(seconds, events, sum(peaks) / 1024)


def run(size: int) -> Iterator[tuple[str, float, float, int, float]]:
    """Format, file size in MB, seconds, events, and peak memory in MB."""
    for ending in ("jsonl", "har"):
        with tempfile.TemporaryDirectory(prefix="streamscope-bench-") as place:
            path = Path(place, f"big.{ending}")
            subprocess.run([sys.executable, __file__, "--make", str(path), str(size)], check=True)
            command = [sys.executable, __file__, "--measure", str(path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds, events, peak_mb = done.stdout.split()
            size_mb = path.stat().st_size / 1e6
            yield ending, size_mb, float(seconds), int(events), float(peak_mb)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller files")
    parser.add_argument("--make", nargs=2, metavar=("FILE", "BYTES"), help="internal")
    parser.add_argument("--measure", metavar="FILE", help="internal")
    given = parser.parse_args()
    if given.make:
        make(Path(given.make[0]), int(given.make[1]))
    elif given.measure:
        measure(Path(given.measure))
    else:
        over = False
        for ending, size_mb, seconds, events, peak_mb in run(QUICK_BYTES if given.quick else BYTES):
            verdict = "" if peak_mb < LIMIT_MB else f"  over the limit of {LIMIT_MB} MB"
            over |= bool(verdict)
            print(
                f"{ending:<6} {size_mb:>7,.0f} MB  {events:>12,} events  {seconds:>6.0f} s  "
                f"peak {peak_mb:>5.0f} MB{verdict}",
                flush=True,
            )
        sys.exit(over)


if __name__ == "__main__":
    main()
