"""Fill the README's generated parts: what stands between `<!-- name:begin -->` and `:end`."""

import re
from itertools import combinations
from pathlib import Path

from analyzer.analyses.alignment import align
from analyzer.analyses.statistics import Distribution
from analyzer.commands.align import read_run
from analyzer.report.schema import queries_markdown, schema_markdown

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SEEN_BY = {"recorder": "jsonl", "packets": "pcapng.gz", "NetLog": "netlog.json.gz"}
"""Who captured `captures/thrice-*`, in the order in which a chunk passes them."""


def clocks_markdown() -> str:
    """How far the times of one event lie apart, for each two onlookers and each protocol."""
    lines = [
        "| event's time, second − first | protocol | n | median | p99 |",
        "|---|---|---|---|---|",
    ]
    for protocol, name in (("h2", "HTTP/2"), ("h3", "HTTP/3")):
        runs = {
            who: read_run(ROOT / "captures" / f"thrice-{protocol}.{ending}", b"readme")
            for who, ending in SEEN_BY.items()
        }
        for one, other in combinations(SEEN_BY, 2):
            found = align(runs[one], runs[other])
            if not (found.same_exchanges and found.same_events and found.same_text):
                raise SystemExit(f"thrice-{protocol}: {one} and {other} don't hold the same")
            (apart,) = [m.difference_ns for m in found.moments if m.name == "each event"]
            assert isinstance(apart, Distribution)
            assert apart.p99 is not None
            figures = f"{apart.n} | {apart.p50 / 1e6:.2f} ms | {apart.p99 / 1e6:.2f} ms"
            lines.append(f"| {one} → {other} | {name} | {figures} |")
    return "\n".join(lines)


PARTS = {"schema": schema_markdown, "queries": queries_markdown, "clocks": clocks_markdown}


def main() -> None:
    text = README.read_text()
    for name, make in PARTS.items():
        begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
        pattern = re.escape(begin) + ".*?" + re.escape(end)
        filled = f"{begin}{make().strip()}\n{end}"
        text, count = re.subn(pattern, lambda _, filled=filled: filled, text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"README.md: {begin.strip()} and {end} have to stand there once")
    README.write_text(text)


if __name__ == "__main__":
    main()
