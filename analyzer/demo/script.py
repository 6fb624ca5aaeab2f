"""What the demonstration's user does, whoever plays the user."""

from typing import NamedTuple

PAGES = 3
"""Pages of the conversation list that are scrolled through."""

EXPORT_LIMIT = 100
EXPORT_PAGES = 40
"""Pages of the export of the list, by offset; half of them before a new conversation begins."""

IMPORTED = 12
"""Conversations that are made at once, with ids of one millisecond."""

DUET_TURNS = 4
"""Answers that two bots pass to each other."""

ACCESS_LIFETIME_S = 12.0
"""Short, so that access credentials expire in use; the lab's schedule stretches it too."""

LEAST_LIFETIME_S = 3.0


class Question(NamedTuple):
    """A prompt, and the kind of stream that the lab shall answer it with."""

    text: str
    kind: str


QUESTIONS = (
    Question("What does a proxy see of a chat stream?", "steady"),
    Question("Think it over: why does my answer come in lumps?", "reasoning"),
    Question("Why did it stop in the middle just now?", "stall"),
    Question("Does one network read hold one event?", "bursty"),
    Question("What happens when the service fails half-way?", "error"),
    Question("Can you go on in another request?", "handoff"),
)

EDITED = "Can you go on where another request left off?"
"""What the last question is changed into."""

STOPPED = Question("Tell me everything, at length.", "long")
"""The answer that the user stops."""
