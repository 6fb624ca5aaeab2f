"""What a client is told for which there is no answer: 404 with the nearest and the remedy."""

from dataclasses import dataclass

import msgspec

from analyzer.replay.matching import SOCKET, Miss
from analyzer.replay.nearest import ELSEWHERE, Candidate
from analyzer.replay.requests import Strictness
from analyzer.replay.script import Recorded
from analyzer.report.plain import printable

_WIDTH = 160
_TYPE = "about:blank"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of the replay's own; ``told`` says why in a line for who watches the replay."""

    told: str
    status: int
    content_type: str
    body: bytes


class _Nearest(msgspec.Struct, frozen=True):
    method: str
    path: str
    times: int
    exchange: str
    difference: str

    def in_a_line(self) -> str:
        named = f" {self.method} {self.path}" if self.difference in ELSEWHERE else ""
        return f"{self.exchange}{named}, {self.difference}"


class _Problem(msgspec.Struct, frozen=True):
    """RFC 9457, with the candidates as an extension member."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str = ""
    nearest: tuple[_Nearest, ...] = ()

    def in_a_line(self) -> str:
        said = [self.title]
        if self.nearest:
            said.append(f"Nearest: {self.nearest[0].in_a_line()}.")
        return " ".join([*said, *([self.remedy] if self.remedy else [])])


def name(recorded: Recorded) -> str:
    """How an exchange is called: its number in its capture."""
    return f"{recorded.capture} #{recorded.number}" if recorded.capture else f"#{recorded.number}"


def refuse_miss(
    miss: Miss, candidates: list[Candidate], strictness: Strictness, accept: str
) -> Refusal:
    """404 for a request that the capture does not have, or not once more."""
    asked = f"{_shown_method(miss.asked.method)} {printable(miss.asked.path, _WIDTH)}"
    if miss.kind == "used_up":
        times = len(miss.used)
        title = "All recorded answers were given."
        detail = (
            f"{asked} is in the capture {_times(times)} ({_names(miss.used)}), and was answered "
            f"as often already."
        )
        remedy = "Start the replay with --loop to begin anew after the last answer."
        return _refusal(_Problem(_TYPE, title, 404, detail, remedy), accept)
    same = [one for one in candidates if one.why.startswith(("another query", "another body"))]
    remedy = ""
    if same and strictness != "path":
        remedy = "Start the replay with --match path to answer by method and path alone."
    title = "The capture has no such request."
    detail = f"{asked} was not recorded, compared by --match {strictness}."
    nearest = tuple(
        _Nearest(
            _shown_method("WEBSOCKET" if one.recorded.is_socket else one.recorded.method),
            printable(one.recorded.path, _WIDTH),
            one.times,
            name(one.recorded),
            printable(one.why, _WIDTH),
        )
        for one in candidates
    )
    return _refusal(_Problem(_TYPE, title, 404, detail, remedy, nearest), accept)


def refuse_missing(recorded: Recorded, accept: str) -> Refusal:
    """404 for a request whose answer's body the capture left out."""
    problem = _Problem(
        _TYPE,
        "The capture does not have this answer's body.",
        404,
        f"{_shown_method(recorded.method)} {printable(recorded.path, _WIDTH)} was answered with "
        f"{recorded.status} ({name(recorded)}), but not all of the body is there: "
        f"{printable(recorded.missing, _WIDTH)}.",
    )
    return _refusal(problem, accept)


def refuse_unmodified(recorded: Recorded, accept: str) -> Refusal:
    """404 for a request without a copy, which alone a recorded 304 would be an answer to."""
    problem = _Problem(
        _TYPE,
        "The capture has only a 304 (Not Modified) for this.",
        404,
        f"{_shown_method(recorded.method)} {printable(recorded.path, _WIDTH)} was answered from "
        f"the recorded browser's own cache ({name(recorded)}).",
        "Record with an empty cache, as with streamscope record --browser.",
    )
    return _refusal(problem, accept)


def refuse_long(limit: int, accept: str) -> Refusal:
    """413 for a request whose body is longer than any that a capture has."""
    detail = f"The request's body is longer than {limit} bytes."
    return _refusal(_Problem(_TYPE, "Too long.", 413, detail), accept)


def _refusal(problem: _Problem, accept: str) -> Refusal:
    told = problem.in_a_line()
    if "json" in accept.lower():
        body = msgspec.json.format(msgspec.json.encode(problem), indent=2) + b"\n"
        return Refusal(told, problem.status, "application/problem+json", body)
    lines = [f"streamscope replay: {problem.title}", "", problem.detail]
    if problem.nearest:
        lines += ["", "Nearest in the capture:"]
        lines += [
            f"  {one.method} {one.path}  ({_times(one.times)}, first {one.exchange}): "
            f"{one.difference}"
            for one in problem.nearest
        ]
    if problem.remedy:
        lines += ["", problem.remedy]
    text = "\n".join(lines) + "\n"
    return Refusal(told, problem.status, "text/plain; charset=utf-8", text.encode())


def _shown_method(method: str) -> str:
    return "GET (WebSocket)" if method == SOCKET else printable(method, 20)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _names(used: tuple[Recorded, ...]) -> str:
    names = [name(one) for one in used[:5]]
    return ", ".join(names) + (", …" if len(used) > len(names) else "")
