"""All benchmarks, one after the other, each in a process of its own."""

import argparse
import subprocess
import sys
from pathlib import Path

BENCHES = {
    "decode": "Reassembly: events/s as ratios to other decoders on the same bytes",
    "recorder": "Recorder: the proxy's CPU per chunk, as a ratio to a do-nothing stream callable",
    "truth": "Truth: arrivals in the capture against what the lab sent",
    "replay": "Replay: arrivals at a client against the capture that is replayed",
    "viewers": "Viewers: the proxy's delay with no, 0 and 3 live viewers",
    "analyze": "Analysis: time and memory of a large capture",
    "page": "Page: a report of captures that grow in events: time, memory, size",
    "memory": "Memory: captures of two gigabytes, which have to be analysed in 500 MB",
    "questions": "Questions: time and memory of each at 10⁴, 10⁵ and 10⁶ events",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}")
    given = parser.parse_args()
    for unknown in set(given.names) - set(BENCHES):
        parser.error(f"{unknown} is no benchmark; there are {', '.join(BENCHES)}")
    failed = False
    for name in given.names or BENCHES:
        print(f"\n{BENCHES[name]}\n{'─' * len(BENCHES[name])}", flush=True)
        script = Path(__file__).with_name(f"{name}.py")
        command = [sys.executable, str(script), *(["--quick"] if given.quick else [])]
        failed |= subprocess.run(command, check=False).returncode != 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
