"""Every question that is asked of a capture, and their answers together."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from analyzer.analyses.questions import Found, Question, Unanswered


class Answers(msgspec.Struct, frozen=True):
    """One field a question, of its name; the default is the answer of an empty capture."""

    @classmethod
    def of(cls, found: Mapping[str, Found]) -> "Answers":
        given: dict[str, Any] = dict(found)
        return cls(**given)

    def each(self) -> Iterator[tuple[str, Found]]:
        """Every answer with the name of its question."""
        for name in self.__struct_fields__:
            yield name, getattr(self, name)

    def unanswered(self) -> tuple[Unanswered, ...]:
        """What could not be said of the whole capture."""
        return tuple(one for _, found in self.each() for one in found.unanswered)


QUESTIONS: dict[str, type[Question[Found]]] = {}
"""What is asked of every capture, by the name of its field in `Answers`."""
