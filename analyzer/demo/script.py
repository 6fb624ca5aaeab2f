"""What the demonstration's user does, whoever plays the user."""

from typing import NamedTuple

PAGES = 3
"""Pages of the conversation list that are scrolled through."""


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
)

STOPPED = Question("Tell me everything, at length.", "long")
"""The answer that the user stops."""
