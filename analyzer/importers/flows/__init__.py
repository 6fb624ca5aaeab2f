"""mitmproxy's flow files, of every version that the installed mitmproxy reads.

With the recorder's timeline in ``flow.metadata`` the arrivals of a stream's chunks are known
exactly, and the capture's clock is ``chunk``; where no flow has one, it is ``none``. Heads and
ends have mitmproxy's own stamps. What `analyzer.exporters.flows` wrote comes back as it was.

Everything is read from the state as a dict: nothing in the file is executed, and no object of
mitmproxy's is made of it. mitmproxy itself only brings old states to its newest version.
"""

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from analyzer import journal
from analyzer.importers.flows.facts import CAPTURE, exchange_facts
from analyzer.importers.flows.moments import (
    LOOK_AHEAD,
    RESOLUTION_NS,
    Anchor,
    first_anchor,
    wall_nanoseconds,
)
from analyzer.importers.flows.reading import Reading
from analyzer.importers.flows.states import (
    DamagedFlowError,
    Flow,
    State,
    printable,
    read_flow,
)
from analyzer.importers.flows.tnetstrings import Readable, flows
from analyzer.importers.source import Source
from analyzer.intake.seen import Item
from analyzer.model import CaptureError, CaptureHead, Clock, Problem

DAMAGED_LIMIT = 100
"""Most damaged flows that are told one by one."""

MIGRATED_LIMIT = 10_000
"""Most connections, and handshakes, that mitmproxy remembers while it reads old flows."""

OTHER_KINDS = frozenset({"tcp", "udp", "dns"})

_BEGINS = re.compile(rb"[0-9]{2,12}:([0-9]{1,2}):([a-z_]{2,24})[,;][0-9]")


def recognises(head: bytes) -> bool:
    """A dictionary whose first key is a name, as all of mitmproxy's flows begin."""
    found = _BEGINS.match(head)
    return found is not None and int(found[1]) == len(found[2])


class _Http(NamedTuple):
    """An HTTP flow, where it stands, and the version of the format that it was written in."""

    flow: Flow
    offset: int
    version: str


def read(source: Source) -> Iterator[Item | Problem]:
    file, anchor = _with_anchor(source)
    reading: Reading | None = None
    early: list[Problem] = []
    others: Counter[str] = Counter()
    whole = True
    for found in _limited(_found(file, source.name), source.name):
        match found:
            case _Http():
                if reading is None:
                    head = _head(source, found, anchor)
                    reading = Reading(source.name, head)
                    yield head
                    yield from early
                yield from reading.take(found.flow, found.offset)
            case str():
                others[found] += 1
            case Problem():
                whole = whole and found.code not in {"torn_tail", "damaged_flows"}
                if reading is None:
                    early.append(found)
                else:
                    yield found
    if reading is None:
        raise _nothing(source.name, early, others)
    yield from reading.finish(whole=whole)
    if others:
        yield Problem("flows_left_out", source.name, _told(others))


def _limited(found: Iterator[_Http | str | Problem], place: str) -> Iterator[_Http | str | Problem]:
    """Of more than `DAMAGED_LIMIT` damaged flows only the number."""
    damaged = 0
    for one in found:
        if isinstance(one, Problem) and one.code == "damaged_flow":
            damaged += 1
            if damaged > DAMAGED_LIMIT:
                continue
        yield one
    if damaged > DAMAGED_LIMIT:
        detail = f"{damaged - DAMAGED_LIMIT} more flows were left out, damaged like these"
        yield Problem("damaged_flows_more", place, detail)


def _found(file: Readable, place: str) -> Iterator[_Http | str | Problem]:
    """HTTP flows, the names of other kinds, and what could not be read."""
    migrate = _migration()
    for element in flows(file, place):
        if isinstance(element, Problem):
            yield element
            continue
        offset, state = element
        kind = printable(state.get("type", state.get(b"type")))
        if kind in OTHER_KINDS:
            yield kind
            continue
        version = _version(state.get("version", state.get(b"version")))
        try:
            yield _Http(read_flow(migrate(state)), offset, version)
        except DamagedFlowError as error:
            yield Problem("damaged_flow", place, f"a flow was left out: {error}", offset)


def _migration() -> Callable[[dict[Any, Any]], State]:
    """mitmproxy's own way from old states to the newest. It takes a second to import."""
    from mitmproxy.io import compat
    from mitmproxy.version import MITMPROXY

    remembered = (
        compat.client_connections,
        compat.server_connections,
        compat._websocket_handshakes,
    )

    def migrate(state: dict[Any, Any]) -> State:
        version = _version(state.get("version", state.get(b"version")))
        for one in remembered:
            if len(one) > MIGRATED_LIMIT:
                one.clear()
        stamps = _response_stamps(state)
        try:
            migrated: dict[Any, Any] = compat.migrate_flow(state)
        except Exception as error:  # It is written for whole flows and fails in many ways.
            if "cannot read files" in str(error):
                detail = f"{MITMPROXY} cannot read its format, version {version}; update mitmproxy"
                raise DamagedFlowError(detail) from error
            raise DamagedFlowError(f"it is no flow of version {version}") from error
        if stamps is not None and isinstance(migrated.get("response"), dict):
            migrated["response"].update(stamps)
        return migrated

    return migrate


def _response_stamps(state: State) -> dict[str, object] | None:
    """Those of a response whose beginning was not stamped: mitmproxy would make them up."""
    response = state.get("response", state.get(b"response"))
    if not isinstance(response, dict):
        return None
    stamps = {
        name: response.get(name, response.get(name.encode()))
        for name in ("timestamp_start", "timestamp_end")
    }
    return stamps if stamps["timestamp_start"] is None else None


def _version(version: object) -> str:
    return ".".join(map(str, version[:3])) if isinstance(version, list) else str(version)[:20]


def _with_anchor(source: Source) -> tuple[Readable, Anchor | None]:
    """What to read, from its beginning, and the first timeline's clocks in it.

    The clock has to be known before the first flow, and the first timeline may stand anywhere.
    """
    head = io.BytesIO(source.head)
    anchor = first_anchor(head)
    if anchor or CAPTURE.encode() in source.head:
        return source.file, anchor
    if source.path is not None:
        with source.path.open("rb") as file:
            return source.file, first_anchor(file)
    ahead = source.file.read(LOOK_AHEAD)
    return _Chained(ahead, source.file), first_anchor(io.BytesIO(ahead))


class _Chained:
    """Reads what was read ahead, then on."""

    def __init__(self, ahead: bytes, file: Readable) -> None:
        self._ahead = io.BytesIO(ahead)
        self._file = file

    def read(self, size: int, /) -> bytes:
        data = self._ahead.read(size)
        return data if len(data) == size else data + self._file.read(size - len(data))


def _head(source: Source, first: _Http, anchor: Anchor | None) -> CaptureHead:
    """The capture that was exported, or one of mitmproxy's own."""
    flow = first.flow
    if (facts := exchange_facts(flow.metadata)) is not None:
        if exported := _exported(flow.metadata.get(CAPTURE)):
            return exported
        anchor = anchor or Anchor(facts.mono_ns, facts.wall_ns)
    if anchor is None:
        began = wall_nanoseconds(flow.request.began_s) or wall_nanoseconds(flow.created_s)
        anchor = Anchor(0, began or 0)
        clock: Clock = "none"
    else:
        clock = "chunk"
    tool = f"mitmproxy, flow format {first.version}"
    return CaptureHead(
        source.capture_id("flows"),
        "flows",
        tool,
        clock,
        RESOLUTION_NS,
        anchor.mono_ns,
        anchor.wall_ns,
    )


def _exported(line: object) -> CaptureHead | None:
    if not isinstance(line, str):
        return None
    try:
        (head,) = journal.Decoder("").feed(line.encode() + b"\n")
    except (CaptureError, ValueError):
        return None
    return head if isinstance(head, CaptureHead) else None


def _nothing(place: str, problems: list[Problem], others: Counter[str]) -> CaptureError:
    if others and not problems:
        return CaptureError(f"{place}: a mitmproxy flow file without HTTP; {_told(others)}")
    why = problems[0].detail if problems else "it is empty"
    return CaptureError(f"{place}: no flow of this mitmproxy flow file can be read: {why}")


def _told(others: Counter[str]) -> str:
    kinds = ", ".join(f"{count} {kind.upper()}" for kind, count in sorted(others.items()))
    return f"flows that hold no HTTP exchange were left out: {kinds}"
