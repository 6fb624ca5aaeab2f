"""Turns that go on in a WebSocket: which of its messages belongs to which exchange."""

from analyzer.dialects.topics import Item, read_items
from analyzer.model import Exchange, ExchangeEnd, WebSocketMessage
from analyzer.reassemble.passing import Passing
from analyzer.reassemble.stream import EventsSeen

TURNS_LIMIT = 64
"""Most turns that wait for the rest at once; the oldest is given up."""

EARLY_LIMIT = 10_000
"""Most messages that are kept until the stream which handed their turn off has ended."""


class Waiting:
    """An exchange whose stream handed its turn off; ``end`` is None while it still runs."""

    def __init__(self, passing: Passing) -> None:
        self.passing = passing
        self.topics = passing.topics
        self.end: ExchangeEnd | None = None
        self._early: list[tuple[int, list[Item]]] = []

    def hear(self, at_ns: int, items: list[Item]) -> list[EventsSeen]:
        if self.end is None:
            if len(self._early) < EARLY_LIMIT:
                self._early.append((at_ns, items))
            return []
        seen = self.passing.hear(at_ns, items)
        return [seen] if seen else []

    def close(self, end: ExchangeEnd) -> list[EventsSeen]:
        self.end = end
        early, self._early = self._early, []
        return [seen for at_ns, items in early for seen in self.hear(at_ns, items)]


class Sockets:
    """Keeps exchanges back until the last piece of their turn has come."""

    def __init__(self) -> None:
        self._waiting: dict[int, Waiting] = {}
        self._by_topic: dict[str, Waiting] = {}

    def expect(self, passing: Passing) -> list[Exchange]:
        """Its turn may go on here; return what was given up for it."""
        if passing.number in self._waiting or not passing.topics:
            return []
        ended = []
        if len(self._waiting) >= TURNS_LIMIT:
            ended = self.give_up(next(iter(self._waiting)))
        self._waiting[passing.number] = waiting = Waiting(passing)
        for topic in passing.topics:
            self._by_topic[topic] = waiting
        return ended

    def close(self, number: int, end: ExchangeEnd) -> list[EventsSeen | Exchange] | None:
        """Its stream has ended; None if nothing more is expected of it."""
        waiting = self._waiting.get(number)
        return None if waiting is None else [*waiting.close(end), *self._over(waiting)]

    def hear(self, message: WebSocketMessage) -> list[EventsSeen | Exchange]:
        """Return what it brought of the turns that are waited for."""
        if message.from_client or not self._by_topic:
            return []
        items: dict[str, list[Item]] = {}
        for item in read_items(message.data):
            items.setdefault(item.topic, []).append(item)
        made: list[EventsSeen | Exchange] = []
        for topic, brought in items.items():
            if waiting := self._by_topic.get(topic):
                made += [*waiting.hear(message.at_ns, brought), *self._over(waiting)]
        return made

    def give_up(self, number: int) -> list[Exchange]:
        """Return the exchange as far as its turn came, if it is waited for and has ended."""
        waiting = self._waiting.pop(number, None)
        if waiting is None:
            return []
        for topic in waiting.topics:
            if self._by_topic.get(topic) is waiting:
                del self._by_topic[topic]
        return [waiting.passing.exchange(waiting.end)] if waiting.end else []

    def give_up_of(self, conversation_id: str) -> list[Exchange]:
        """Return those of a conversation: another request goes on with its turn."""
        numbers = [
            number
            for number, waiting in self._waiting.items()
            if waiting.passing.handed_off == conversation_id
        ]
        return [one for number in numbers for one in self.give_up(number)]

    def finish(self) -> list[Exchange]:
        return [one for number in list(self._waiting) for one in self.give_up(number)]

    def _over(self, waiting: Waiting) -> list[Exchange]:
        passing = waiting.passing
        return self.give_up(passing.number) if passing.is_over and waiting.end else []
