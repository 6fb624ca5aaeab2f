"""A chat message as ChatGPT's web client gets it: whose text it is, and where it stands.

Source: wire-format notes, section "Sending, and the stream".
"""

from typing import Any

from analyzer.dialects.json_delta import Path, text_of
from analyzer.model import TextKind

type Leaf = tuple[int, int, int]
"""Where a text stands in its message's content; texts follow one another in this order."""


def kind_of(message: dict[str, Any]) -> TextKind | None:
    """Whose text a message holds; None if it is an echo or a label and not the model's words.

    Commentary, remarks between uses of tools, is reasoning: the user reads it
    while waiting for the answer. What the assistant sends to a tool is ``tool``.
    The recap ("Thought for 5 seconds") is the service's label.
    """
    author = message.get("author")
    if not isinstance(author, dict) or author.get("role") != "assistant":
        return None
    content = message.get("content")
    content_type = content.get("content_type") if isinstance(content, dict) else None
    if content_type == "reasoning_recap":
        return None
    channel = message.get("channel")
    if message.get("recipient") not in (None, "", "all"):
        return "tool"
    if content_type == "thoughts" or channel in ("commentary", "analysis"):
        return "reasoning"
    return "answer" if channel in (None, "", "final") else None


def leaf_of(path: Path) -> Leaf | None:
    """Which text of its message stands at this path of a tree, if one does."""
    match path:
        case ("message", "content", "parts", index) if index.isdecimal():
            return (1, int(index), 0)
        case ("message", "content", "parts", index, "text") if index.isdecimal():
            return (1, int(index), 0)
        case ("message", "content", "text"):
            return (2, 0, 0)
        case ("message", "content", "thoughts", index, "summary") if index.isdecimal():
            return (0, int(index), 0)
        case ("message", "content", "thoughts", index, "content") if index.isdecimal():
            return (0, int(index), 1)
    return None


def leaves(message: dict[str, Any]) -> list[tuple[Leaf, str]]:
    """The non-empty texts of a message, in their order."""
    content = message.get("content")
    if not isinstance(content, dict):
        return []
    found: list[tuple[Leaf, str | None]] = []
    for index, thought in enumerate(_list(content.get("thoughts"))):
        if isinstance(thought, dict):
            found.append(((0, index, 0), text_of(thought.get("summary"))))
            found.append(((0, index, 1), text_of(thought.get("content"))))
    for index, part in enumerate(_list(content.get("parts"))):
        text = part.get("text") if isinstance(part, dict) else part
        found.append(((1, index, 0), text_of(text)))
    found.append(((2, 0, 0), text_of(content.get("text"))))
    return [(leaf, text) for leaf, text in found if text]


def decides_text(path: Path) -> bool:
    """Whether a change at this path can change a message's text or whose it is."""
    if not path:
        return True
    decisive = ("content", "author", "recipient", "channel", "id")
    return path[0] == "message" and (len(path) == 1 or path[1] in decisive)


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []
