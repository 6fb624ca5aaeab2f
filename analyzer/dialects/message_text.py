"""The text of one message, and what of it each change brought."""

from collections.abc import Iterable
from typing import Any

import msgspec

from analyzer.dialects.json_delta import Rope
from analyzer.dialects.messages import Leaf, kind_of, leaves
from analyzer.dialects.surrogates import whole
from analyzer.model import TextKind


class Said(msgspec.Struct, frozen=True, gc=False):
    """Text that a change brought; ``revised`` as in `model.Delta`."""

    message_id: str
    kind: TextKind
    text: str
    revised: bool


class MessageText:
    """Follows one message, however it changes: whole, or by text at its end.

    ``message`` is the message as last seen; its tree may go on growing. Half a
    character at the text's end is told with its other half.
    """

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        self.message: dict[str, Any] = {}
        self.kind: TextKind | None = None
        self._told = Rope()
        self._last: Leaf | None = None
        self._half = ""

    @property
    def text(self) -> str:
        """The text that its deltas add up to."""
        return str(self._told)

    def see(self, message: dict[str, Any]) -> list[Said]:
        """Return how the message's text differs from what was told, at one look at all of it."""
        self.message = message
        said: list[Said] = []
        kind = kind_of(message)
        if kind != self.kind:
            if self.kind and self.text:
                said.append(Said(self.message_id, self.kind, "", True))
            self.kind = kind
            self._told = Rope()
            self._half = ""
        texts = leaves(message)
        self._last = texts[-1][0] if texts else None
        if kind is None:
            return said
        text, self._half = whole("".join(text for _, text in texts))
        told = self.text
        if text.startswith(told):
            if len(text) > len(told):
                said.append(Said(self.message_id, kind, text[len(told) :], False))
        else:
            said.append(Said(self.message_id, kind, text, True))
        self._told = Rope(text)
        return said

    def grows_at(self, leaf: Leaf | None) -> bool:
        """Whether text appended at ``leaf`` of the seen message is told as it stands."""
        return self.kind is not None and leaf == self._last is not None and not self._half

    def grow(self, texts: Iterable[str]) -> None:
        """Take whole texts that were appended where it grows."""
        self._told.extend(texts)

    def append(self, leaf: Leaf, text: str) -> list[Said]:
        """Return what text appended at ``leaf`` of the seen message brought."""
        if self.kind is None or not text:
            return []
        if self._last is not None and leaf < self._last:
            return self.see(self.message)  # in the middle: all that follows moves
        self._last = leaf
        if not text.isascii() or self._half:
            text, self._half = whole(self._half + text)
            if not text:
                return []
        self._told.append(text)
        return [Said(self.message_id, self.kind, text, False)]
