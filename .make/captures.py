"""Make the captures that ship anew: `make captures`.

Each is a short session of the lab, driven by real Chromium, with a TOML file beside it that
says where it comes from and what it has to come to: what the lab's own log says of it, which
shares no code with our decoders. `tests/test_captures.py` holds each against that.
"""

import gzip
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # the stage on which the tests record

from lab_session import staged  # noqa: E402 - it is found there only
from msgspec.structs import asdict  # noqa: E402
from playwright.sync_api import Page  # noqa: E402
from thrice import Captures, captured_thrice  # noqa: E402
from visiting import LISTED, Visitor, walk_by_offset  # noqa: E402

from analyzer.exporters import flows, har  # noqa: E402
from analyzer.importers import read_capture  # noqa: E402
from analyzer.lab.options import LabOptions  # noqa: E402
from analyzer.lab.truth import (  # noqa: E402
    CredentialLine,
    EndLine,
    PageLine,
    RequestLine,
    SendLine,
    StreamLine,
    TruthLine,
    read_truth,
)
from analyzer.record import browser  # noqa: E402

OUT = ROOT / "captures"
STEADY = {"kind": "steady", "seed": 4, "time_scale": 0.35}
DUET = "turns=4&seeds=1,2,3,4&time_scale=0.3"


@dataclass(frozen=True)
class Session:
    """One session of the lab: its name, what it shows, and what the visitor does."""

    name: str
    shows: str
    visit: Callable[[Page], Any]
    options: LabOptions
    http3: bool = False
    packed: bool = False


def good(page: Page) -> None:
    visitor = Visitor(page)
    visitor.call(LISTED)
    asked = visitor.ask("What does a proxy see of a chat stream?", lab=STEADY)
    visitor.ask(
        "And why in lumps?",
        conversation=asked["conversation"],
        parent=asked["answerId"],
        lab={"kind": "reasoning", "seed": 5, "time_scale": 0.35},
    )
    visitor.ask("Say it in one word.", lab={"kind": "title", "seed": 6, "time_scale": 0.35})
    visitor.call(f"/backend-api/conversation/{asked['conversation']}")


def stalling(page: Page) -> None:
    visitor = Visitor(page)
    visitor.ask("Why did it stop in the middle just now?", lab={"kind": "stall", "seed": 3})


def expiring(page: Page) -> None:
    visitor = Visitor(page)
    visitor.have_left(1.0)
    visitor.call(LISTED)
    visitor.outlive()
    visitor.call(LISTED)
    visitor.call(LISTED)
    visitor.refresh()
    visitor.call(LISTED)
    visitor.ask("Still there?", lab=STEADY)


def walking(page: Page) -> None:
    walk_by_offset(Visitor(page), 60, 100, chat_after=30)


def talking(page: Page) -> None:
    page.goto(f"{page.url}duet?{DUET}")
    page.wait_for_function("window.__duet?.done")


SESSIONS = (
    Session("good-h2", "a session without a fault over HTTP/2", good, LabOptions(conversations=40)),
    Session("good-h3", "the same over HTTP/3", good, LabOptions(conversations=40), http3=True),
    Session("stalling", "an answer that stands still", stalling, LabOptions(conversations=20)),
    Session(
        "expiry",
        "an access credential that expires in use, two refusals, a refresh",
        expiring,
        LabOptions(conversations=20, access_lifetime_s=3.0),
    ),
    Session(
        "deep-walk",
        "an export by offset down to depth 6,000 of a list without an index, a row inserted",
        walking,
        LabOptions(conversations=6_000, list_index=False, server_timing=True, time_scale=0.05),
        packed=True,
    ),
    Session("duet", "two bots that talk to each other", talking, LabOptions(conversations=20)),
)


def main() -> None:
    executable = browser.require()
    OUT.mkdir(exist_ok=True)
    for session in SESSIONS:
        print(f"{session.name}: {session.shows}", flush=True)
        with tempfile.TemporaryDirectory(prefix="streamscope-captures-") as place:
            record(session, Path(place), executable)
    for protocol in ("h2", "h3"):
        print(f"thrice-{protocol}: recorder, NetLog and packets at once", flush=True)
        with tempfile.TemporaryDirectory(prefix="streamscope-captures-") as place:
            record_thrice(protocol, Path(place), executable)
    good_h2 = OUT / "good-h2.jsonl"
    print("good-h2.har, good-h2.mitm: that capture converted", flush=True)
    for write, ending in ((har.write, "har"), (flows.write, "mitm")):
        with (OUT / f"good-h2.{ending}").open("wb") as file:
            write(read_capture(good_h2), file)


def record(session: Session, place: Path, executable: Path) -> None:
    with (
        staged(place, session.options, "streamscope_hosts=localhost") as stage,
        stage.page(executable, http3=session.http3) as page,
    ):
        session.visit(page)
    keep(place / "capture.jsonl", f"{session.name}.jsonl", packed=session.packed)
    told = tell(session.shows, session.options, place / "truth.jsonl")
    (OUT / f"{session.name}.toml").write_text(told)


def record_thrice(protocol: str, place: Path, executable: Path) -> None:
    options = LabOptions(conversations=20)
    with captured_thrice(place, executable, options, http3=protocol == "h3") as page:
        visitor = Visitor(page)
        visitor.call(LISTED)
        visitor.ask("Seen three times?", lab=STEADY)
        visitor.ask("Once more?", lab={"kind": "bursty", "seed": 7, "time_scale": 0.35})
    files = Captures.within(place)
    name = f"thrice-{protocol}"
    keep(files.journal, f"{name}.jsonl")
    keep(without_command_line(files.netlog), f"{name}.netlog.json", packed=True)
    keep(files.packets, f"{name}.pcapng", packed=True)
    shows = "one session captured at once by the recorder, by Chromium's NetLog and as packets"
    (OUT / f"{name}.toml").write_text(tell(shows, options, files.truth))


def without_command_line(netlog: Path) -> Path:
    """A NetLog names the flags of its browser, and with them directories of this machine."""
    text = netlog.read_bytes()
    netlog.write_bytes(re.sub(rb'"command_line":"(?:[^"\\]|\\.)*"', b'"command_line":""', text))
    return netlog


def keep(made: Path, name: str, *, packed: bool = False) -> None:
    """Copy it among the captures; gzip without a time, so that the same bytes pack the same."""
    if not packed:
        shutil.copyfile(made, OUT / name)
        return
    with (
        made.open("rb") as file,
        (OUT / f"{name}.gz").open("wb") as out,
        gzip.GzipFile("", "wb", 9, out, mtime=0) as zipped,
    ):
        shutil.copyfileobj(file, zipped)


# ----------------------------------------------------------------- what it has to come to


def tell(shows: str, options: LabOptions, truth: Path) -> str:
    """The TOML beside a capture."""
    lines = list(read_truth(truth))
    default = LabOptions()
    lab = {
        name: value
        for name, value in asdict(options).items()
        if value != getattr(default, name) and name not in ("truth_log", "directory")
    }
    chosen = ", ".join(f"{name} = {value}" for name, value in lab.items())
    return "\n".join(
        [
            f"shows = {quoted(shows)}",
            f"made_on = {datetime.now(UTC).date().isoformat()}",
            'made_by = "make captures"',
            f"lab = {quoted(chosen)}",
            f"mitmproxy = {quoted(version('mitmproxy'))}",
            'licence = "MIT; every text, name and credential in it is the lab\'s own"',
            "",
            "# What the lab's own log says; no decoder of streamscope took part.",
            "[truth]",
            *facts(lines),
            *(line for stream in streams(lines) for line in ["", *stream]),
            "",
        ]
    )


def facts(lines: list[TruthLine]) -> list[str]:
    requests = [line for line in lines if isinstance(line, RequestLine)]
    refused = [
        line for line in lines if isinstance(line, CredentialLine) and line.what == "refused"
    ]
    pages = [line for line in lines if isinstance(line, PageLine) and line.style == "offset"]
    statuses = sorted({line.status for line in requests})
    told = [
        f"requests = {len(requests)}",
        f"statuses = {statuses}",
        f"refused = {len(refused)}",
        f"offset_pages = {len(pages)}",
    ]
    if pages:
        told.append(f"deepest_offset = {max(int(page.position) for page in pages)}")
    return told


def streams(lines: list[TruthLine]) -> list[list[str]]:
    """Each stream: its request, how it ended, and what was sent in it."""
    ends = {line.stream: line for line in lines if isinstance(line, EndLine)}
    sends: dict[str, list[int]] = {}
    for line in lines:
        if isinstance(line, SendLine):
            sends.setdefault(line.stream, []).append(line.mono_ns)
    return [
        [
            "[[truth.streams]]",
            f"request_id = {quoted(line.stream)}",
            f"kind = {quoted(line.kind)}",
            f"outcome = {quoted(ends[line.stream].outcome)}",
            f"events = {ends[line.stream].events}",
            f"bytes = {ends[line.stream].size}",
            f"answer = {quoted(ends[line.stream].answer)}",
            f"longest_pause_ms = {longest_ms(sends.get(line.stream, []))}",
        ]
        for line in lines
        if isinstance(line, StreamLine) and line.stream in ends
    ]


def longest_ms(sent_ns: list[int]) -> float:
    pauses = [after - before for before, after in pairwise(sent_ns)]
    return round(max(pauses, default=0) / 1e6, 1)


def quoted(text: str) -> str:
    """A TOML basic string."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in plain) + '"'


if __name__ == "__main__":
    main()
