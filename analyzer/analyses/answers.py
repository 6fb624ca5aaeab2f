"""Every question that is asked of a capture, and their answers together."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from analyzer.analyses.conversations import ConversationsFound, ConversationsQuestion
from analyzer.analyses.credentials import CredentialsFound, CredentialsQuestion
from analyzer.analyses.duets import DuetsFound, DuetsQuestion
from analyzer.analyses.identifiers import IdentifiersFound, IdentifiersQuestion
from analyzer.analyses.pagination import PaginationFound, PaginationQuestion
from analyzer.analyses.questions import Found, Question, Unanswered
from analyzer.analyses.transport import TransportFound, TransportQuestion


class Answers(msgspec.Struct, frozen=True):
    """One field a question, of its name; the default is the answer of an empty capture."""

    credentials: CredentialsFound = CredentialsFound()
    pagination: PaginationFound = PaginationFound()
    identifiers: IdentifiersFound = IdentifiersFound()
    conversations: ConversationsFound = ConversationsFound()
    transport: TransportFound = TransportFound()
    duets: DuetsFound = DuetsFound()

    @classmethod
    def of(cls, found: Mapping[str, Found]) -> "Answers":
        """Take each question's answer, but for its problems: those stand with the capture's."""
        given: dict[str, Any] = {
            name: msgspec.structs.replace(one, problems=()) for name, one in found.items()
        }
        return cls(**given)

    def each(self) -> Iterator[tuple[str, Found]]:
        """Every answer with the name of its question."""
        for name in self.__struct_fields__:
            yield name, getattr(self, name)

    def unanswered(self) -> tuple[Unanswered, ...]:
        """What could not be said of the whole capture."""
        return tuple(one for _, found in self.each() for one in found.unanswered)


QUESTIONS: dict[str, type[Question[Any]]] = {
    "credentials": CredentialsQuestion,
    "pagination": PaginationQuestion,
    "identifiers": IdentifiersQuestion,
    "conversations": ConversationsQuestion,
    "transport": TransportQuestion,
    "duets": DuetsQuestion,
}
"""What is asked of every capture, by the name of its field in `Answers`."""
