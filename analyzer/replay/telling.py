"""What a replay says: what it serves at its start, and a line for each request."""

from collections import Counter
from collections.abc import Iterator

from analyzer.replay.faults import SECOND_NS, Cut, Fault, Stall
from analyzer.replay.matching import SOCKET
from analyzer.replay.options import ReplayAddress, ReplayOptions, Told
from analyzer.replay.refusals import name
from analyzer.replay.script import Recorded, Script
from analyzer.report.plain import printable
from analyzer.serving.sockets import ANY_ADDRESS

_PATH_WIDTH = 100
_PROBLEMS_SHOWN = 5
_NAMES_SHOWN = 4


def describe(script: Script, options: ReplayOptions) -> Iterator[str]:
    """What is served, how, and what of the captures isn't: one line each."""
    streams = [one for one in script.exchanges if one.streamed]
    origins = ", ".join(printable(name, 60) for name in script.authorities[:_NAMES_SHOWN])
    more = ", …" if len(script.authorities) > _NAMES_SHOWN else ""
    yield (
        f"{_count(len(script.exchanges), 'exchange')}{' of ' if origins else ''}{origins}{more}, "
        f"{_count(len(streams), 'stream')} among them; {_pace(options.speed)}"
    )
    for fault in options.faults:
        yield f"fault in each stream: {_fault(fault)}"
    untimed = sum(not one.timed for one in streams)
    if untimed and options.speed:
        yield f"no chunk times in the capture for {_count(untimed, 'stream')}: sent at once"
    yield from _left_out(script)
    for problem in script.problems[:_PROBLEMS_SHOWN]:
        yield f"problem: {printable(problem.place, 60)}: {printable(problem.detail, 160)}"


def _left_out(script: Script) -> Iterator[str]:
    missing = Counter(one.missing for one in script.exchanges if not one.can_be_served)
    for reason, count in missing.most_common(3):
        yield (
            f"{_count(count, 'exchange')} answered with 404, as the body is not in the capture: "
            + (printable(reason, 120))
        )
    torn = sum(one.streamed and bool(one.missing) for one in script.exchanges)
    if torn:
        yield f"{_count(torn, 'stream')} with a part that the recorder lost: played without it"
    silent = sum(one.status is None for one in script.exchanges)
    if silent:
        yield f"{_count(silent, 'exchange')} without an answer: reset, or left waiting, as recorded"
    if script.passed_over:
        yield f"{_count(script.passed_over, 'exchange')} beyond the limit of one replay: not served"
    if not script.content:
        yield "the capture was reduced: requests are matched by method and path alone"


def announce(address: ReplayAddress) -> Iterator[str]:
    """Where it is, and how a browser gets there that has never heard of its certificate."""
    yield f"The replay is at {address.url} over HTTP/2 and HTTP/3 (Ctrl-C stops it)."
    trust = f"--ignore-certificate-errors-spki-list={address.spki}"
    chromium = f"chromium --user-data-dir=/tmp/streamscope-replay {trust}"
    yield f"  certificate     {address.ca_path} (a CA made for this run)"
    yield f"  Chromium        {chromium} {address.url}"
    yield f"  over HTTP/3     add --origin-to-force-quic-on={address.authority}"
    if len(address.names) > 1:
        there = address.host if address.host not in ANY_ADDRESS else "127.0.0.1"
        there = f"[{there}]" if ":" in there else there
        names = address.names[1 : 1 + _NAMES_SHOWN]
        rule = ", ".join(f"MAP {name} {there}:{address.port}" for name in names)
        yield f"  as the service  add --host-resolver-rules='{rule}' and open"
        yield f"                  https://{address.names[1]}/ instead"


def line(told: Told) -> str:
    """A request and what became of it."""
    method = "GET (WebSocket)" if told.method == SOCKET else printable(told.method, 20)
    asked = f"{told.protocol:<8} {method} {printable(told.path, _PATH_WIDTH)}"
    if told.refusal:
        return f"{asked}  → 404: {told.refusal}"
    if told.match is None:
        return f"{asked}  → preflight, allowed"
    recorded = told.match.recorded
    place = f", {told.match.nth} of {told.match.of}" if told.match.of > 1 else ""
    again = " again" if told.match.again else ""
    missed = "".join(f"; not reached: {_fault(fault)}" for fault in told.missed)
    return f"{asked}  → {name(recorded)}{place}{again}: {_answer(recorded)}{missed}"


def _answer(recorded: Recorded) -> str:
    if recorded.status is None:
        return f"no answer ({recorded.how})"
    said = str(recorded.status)
    if recorded.is_socket:
        said += f", {_count(len(recorded.parts), 'message')}"
    elif recorded.streamed:
        seconds = recorded.ends_at_ns / SECOND_NS
        said += f", a stream of {_count(len(recorded.parts), 'part')} in {seconds:.1f} s"
    return said if recorded.how == "complete" else f"{said}, {recorded.how}"


def _fault(fault: Fault) -> str:
    match fault:
        case Stall():
            return f"a stall of {fault.pause_ns / SECOND_NS:g} s {_before(fault)}"
        case Cut():
            return f"cut {_before(fault)}"


def _before(fault: Fault) -> str:
    place = fault.place
    return f"before {place}" if place.event else f"at {place}"


def _pace(speed: float) -> str:
    if speed == 1:
        return "as fast as recorded"
    return f"{speed:g} times as fast as recorded" if speed else "all at once"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
