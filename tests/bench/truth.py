"""How true the recorded times are: arrivals in the capture against the lab's truth log.

Real Chromium chats over HTTP/2 and HTTP/3, at the schedule's own speed, one stream at a time
and eight at once. Arrival − send includes the lab's own server and the loopback; the
inter-arrival error is what the whole path adds to or takes from a gap.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from lab_session import ask_all, staged
from truth import seen_streams, sent_streams, timing_error

from analyzer.lab.options import LabOptions
from analyzer.lab.truth import read_truth
from analyzer.record import browser

KINDS = ("steady", "jitter", "bursty", "stall", "reasoning", "pings", "title", "tools")


def measure(directory: Path, executable: Path, *, http3: bool, at_once: int, rounds: int) -> str:
    """Record ``rounds`` times ``at_once`` streams and compare them with the log."""
    with (
        staged(directory, LabOptions(conversations=100)) as stage,
        stage.page(executable, http3=http3) as page,
    ):
        for number in range(rounds):
            wishes: list[dict[str, Any]] = [
                {
                    "kind": KINDS[(number + k) % len(KINDS)],
                    "form": "delta_v1",
                    "seed": 9 * number + k,
                }
                for k in range(at_once)
            ]
            ask_all(page, wishes)
    sent = sent_streams(read_truth(directory / "truth.jsonl"))
    seen, _, _ = seen_streams(directory / "capture.jsonl")
    return timing_error((one, seen[name]) for name, one in sent.items()).summary()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer streams")
    quick = parser.parse_args().quick
    executable = browser.require()
    for http3 in (False, True):
        for at_once, rounds in ((1, 2 if quick else 8), (8, 1 if quick else 3)):
            with tempfile.TemporaryDirectory(prefix="streamscope-bench-") as place:
                summary = measure(
                    Path(place), executable, http3=http3, at_once=at_once, rounds=rounds
                )
            protocol = "HTTP/3" if http3 else "HTTP/2"
            print(f"{protocol}, {at_once} at once, {rounds} round(s): {summary}", flush=True)


if __name__ == "__main__":
    main()
