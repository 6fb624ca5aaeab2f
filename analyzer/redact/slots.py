"""Which filler a text gets, so that a text which was rewritten still shows as that.

A stream may send a message again and again, each time longer; or with other words. All in one
filler the second would look like the first. So what goes on keeps its tone and what was
rewritten changes it; and the parts of one message have tones of their own.
"""

import hashlib
import re

from analyzer.redact.filler import TONES

SLOTS_LIMIT = 10_000
"""Most texts of one stream that are followed; of others a rewriting does not show."""

_PLACE = re.compile(r"/(\d{1,9})(?![0-9])")


class _Slot:
    __slots__ = ("digest", "length", "revision")

    def __init__(self) -> None:
        self.revision = 0
        self.length = 0
        self.digest = hashlib.blake2b()


class Slots:
    """The texts of one stream by message and place. ``message_id`` is the message seen last."""

    def __init__(self) -> None:
        self.message_id = ""
        self._slots: dict[tuple[str, str], _Slot] = {}

    def tone(self, path: str, text: str, *, grows: bool) -> int:
        """The filler's tone; ``grows``: the text is appended to what was there."""
        key = (self.message_id, path)
        slot = self._slots.get(key)
        if slot is None:
            if len(self._slots) >= SLOTS_LIMIT:
                return 0
            slot = self._slots[key] = _Slot()
        if not grows:
            self._set(slot, text)
        else:
            slot.digest.update(_octets(text))
            slot.length += len(text)
        place = sum(int(number) for number in _PLACE.findall(path))
        return (2 * place + slot.revision) % TONES

    def _set(self, slot: _Slot, text: str) -> None:
        fresh = hashlib.blake2b(_octets(text[: slot.length]))
        if len(text) < slot.length or fresh.digest() != slot.digest.digest():
            slot.revision = 1 - slot.revision
            fresh = hashlib.blake2b()
            fresh.update(_octets(text))
        else:
            fresh.update(_octets(text[slot.length :]))
        slot.digest, slot.length = fresh, len(text)


def _octets(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
