"""What was asked, from the body of a request for an answer."""

import json

import msgspec

MAX_BODY_BYTES = 8 << 20
"""Longer request bodies are not looked into."""


class Prompt(msgspec.Struct, frozen=True):
    """The last thing that was said to the service; ``conversation_id`` is empty for a new one.

    ``text`` is empty where nothing was said, as when an answer is asked to go on.
    """

    text: str
    conversation_id: str = ""


def read_prompt(body: bytes) -> Prompt | None:
    """The prompt of a JSON body, or None if the body can't be read as an object.

    The text stands in the last of ``messages`` (ChatGPT's web client: ``content.parts``; the
    chat APIs: ``content``), of ``contents`` (Gemini: ``parts``) or of ``input`` (Responses),
    or in ``prompt`` (claude.ai). Parts that are no text, such as images, are left out.
    """
    if len(body) > MAX_BODY_BYTES:
        return None
    asked = _decode(body)
    if not isinstance(asked, dict):
        return None
    text = next((found for key in _PLACES if (found := _last(asked.get(key)))), "")
    named = asked.get("conversation_id")
    return Prompt(text, named if isinstance(named, str) else "")


_PLACES = ("messages", "contents", "input", "prompt")


def _decode(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        # Only the standard library takes half a surrogate pair, as browsers send it.
        if b"\\u" not in body:
            return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _last(said: object) -> str:
    """The text of the last message of a list, or of what stands there instead of one."""
    if isinstance(said, list):
        said = said[-1] if said else None
    if isinstance(said, dict):
        said = said.get("content", said.get("parts"))
    if isinstance(said, dict):
        said = said.get("parts")
    if isinstance(said, list):
        return "".join(_part(part) for part in said)
    return said if isinstance(said, str) else ""


def _part(part: object) -> str:
    if isinstance(part, dict):
        part = part.get("text")
    return part if isinstance(part, str) else ""
