"""Collecting what was malformed, in bounded space."""

import msgspec

from analyzer.model import Problem


class ProblemLog:
    """Keeps the first problem of each code and counts the rest.

    A peer can send one mistake a million times; the log grows only with the
    number of codes that our own modules know.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._first: dict[str, Problem] = {}
        self._more: dict[str, int] = {}

    def add(self, code: str, detail: str, offset: int | None = None) -> None:
        if code in self._first:
            self._more[code] = self._more.get(code, 0) + 1
        else:
            self._first[code] = Problem(code, self._place, detail, offset)

    def found(self) -> list[Problem]:
        """The problems in the order in which each code was first met."""
        return [self._tell(problem) for problem in self._first.values()]

    def _tell(self, problem: Problem) -> Problem:
        more = self._more.get(problem.code)
        if more is None:
            return problem
        return msgspec.structs.replace(problem, detail=f"{problem.detail} (and {more} more)")
