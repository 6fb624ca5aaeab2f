"""When the texts of a turn came, kept in columns: a long answer has a hundred thousand of them."""

from collections.abc import Collection, Sequence
from itertools import repeat

from analyzer.model import Delta, TextArrivals, TextKind


class TextTimes:
    """What `TextArrivals` says, and from when to when each message's text came."""

    def __init__(self) -> None:
        self.kinds: list[TextKind] = []
        self.spans: dict[str, tuple[int, int]] = {}
        """Arrival of a message's first text and of its last."""
        self._at_ns: list[int] = []
        self._read: list[int] = []
        self._seq: list[int] = []
        self._chars: list[int] = []
        self._octets: list[int] = []

    def __len__(self) -> int:
        return len(self.kinds)

    def add(self, deltas: Collection[Delta], kind: TextKind, message_id: str) -> None:
        """Add deltas of one message, in their order; each has text."""
        texts = [delta.text for delta in deltas]
        at_ns = [delta.at_ns for delta in deltas]
        chars = list(map(len, texts))
        self._at_ns += at_ns
        self._read += [delta.read for delta in deltas]
        self._seq += [delta.seq for delta in deltas]
        self._chars += chars
        self._octets += chars if "".join(texts).isascii() else _octets(texts)
        self.kinds += repeat(kind, len(texts))
        first_ns, _ = self.spans.get(message_id, (at_ns[0], 0))
        self.spans[message_id] = (first_ns, at_ns[-1])

    def arrivals(self) -> TextArrivals:
        return TextArrivals(
            tuple(self._at_ns),
            tuple(self._read),
            tuple(self._seq),
            tuple(self.kinds),
            tuple(self._chars),
            tuple(self._octets),
        )


def _octets(texts: Sequence[str]) -> list[int]:
    return [len(text) if text.isascii() else len(text.encode()) for text in texts]
