"""How the reading of one log went: to its orderly end, to a cut, or to damage."""

from analyzer.model import Problem


class Reading:
    """What is to be said of the file. ``is_over``: nothing behind this point is read.

    Offsets count bytes of the unwrapped file.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._problem: Problem | None = None
        self._odd = 0
        self._first_odd: tuple[int, str] = (0, "")
        self.is_closed = False

    @property
    def is_over(self) -> bool:
        return self.is_closed or self._problem is not None

    def close(self) -> None:
        """The log's closing bracket was read."""
        self.is_closed = True

    def cut(self, offset: int) -> None:
        """The file ends without it, as it does if the browser is killed."""
        detail = "the log ends in the middle: its browser was killed, or still writes it"
        self._end("cut_log", detail, offset)

    def damage(self, offset: int, why: str) -> None:
        self._end("damaged_log", f"{why}; everything before was read", offset)

    def odd(self, offset: int, why: str) -> None:
        """An event is whole, and not of the shape that it always had; it is left out."""
        self._odd += 1
        if self._odd == 1:
            self._first_odd = offset, why

    def problems(self) -> list[Problem]:
        found = []
        if self._odd:
            offset, why = self._first_odd
            detail = f"{self._odd} events have an unknown shape and were left out; the first: {why}"
            found.append(Problem("odd_event", self._name, detail, offset))
        if self._problem:
            found.append(self._problem)
        return found

    def _end(self, code: str, detail: str, offset: int) -> None:
        self._problem = self._problem or Problem(code, self._name, detail, offset)
