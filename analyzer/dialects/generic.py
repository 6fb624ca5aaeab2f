"""Any event stream of a service that no dialect knows: timed, not understood."""

from collections.abc import Iterable, Sequence

from analyzer.model import Delta, Ending, Problem, Turn, WireEvent


class Generic:
    """Finds no text: guessing at it would make up latencies.

    It gives no turn either. What is known of such a stream stands in its
    exchange: the events and their times.
    """

    name = "generic"
    hands_off = False

    def feed(self, event: WireEvent) -> list[Delta]:
        return []

    def feed_all(self, events: Sequence[WireEvent]) -> list[Delta]:
        return []

    def turn(self, exchange: int, ended: Ending) -> Turn | None:
        return None

    def resume(self, heard: Iterable[WireEvent], conversation_id: str, /) -> None:
        """Nothing is known of turns, so nothing of their going on."""

    def handed_off(self) -> str:
        return ""

    def topics(self) -> tuple[str, ...]:
        return ()

    def go_on(self, event: WireEvent, /) -> None:
        """Nothing is known of turns."""

    def end(self) -> None:
        """Nothing is known of turns."""

    def replay(self, event: WireEvent, /) -> None:
        """Nothing is known of turns."""

    def problems(self) -> list[Problem]:
        return []
