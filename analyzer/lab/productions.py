"""Turns that were handed off: they go on at the service, whoever reads them."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import takewhile

from analyzer.lab.moves import Texts, fold_texts
from analyzer.lab.plan import Plan, continue_plan
from analyzer.lab.streams import MAX_STREAMS
from analyzer.lab.truth import How, StreamLine

type Keep = Callable[[Texts, How, str], Awaitable[None]]


class Production:
    """One such turn. ``begun`` and ``head`` are its first stream, ``started_s`` the loop's clock.

    ``keep`` stores the answer, once; it gets the id of the stream that was
    last to read the turn.
    """

    def __init__(self, begun: StreamLine, head: Plan, started_s: float, keep: Keep) -> None:
        whole = continue_plan(head, 0, 0.0)
        assert whole is not None  # every turn has events
        self.begun = begun
        self.head = head
        self.reader_id = begun.stream
        self.started_s = started_s
        self._whole = whole
        self._keep = keep
        self._lock = asyncio.Lock()
        self._ended: How | None = None

    @property
    def was_stopped(self) -> bool:
        return self._ended == "stopped"

    def elapsed_s(self) -> float:
        return asyncio.get_running_loop().time() - self.started_s

    async def finish(self) -> None:
        """Wait for the end of the turn, and store the answer if nobody read it until then."""
        await asyncio.sleep(max(0.0, self._whole.ends_at_s - self.elapsed_s()))
        await self.end("complete")

    async def end(self, how: How, read: Texts | None = None) -> None:
        """The turn is over: store the answer, as far as it was read or else is due by now."""
        async with self._lock:  # who comes second waits until it is stored
            if self._ended is None:
                self._ended = how
                await self._keep(self._due() if read is None else read, how, self.reader_id)

    async def stop(self) -> bool:
        """Stop the turn where it is now; return whether it still went on."""
        went_on = self._ended is None
        await self.end("stopped")
        return went_on

    def texts_before(self, begins_at: int) -> Texts:
        """Return the texts of the turn's first steps."""
        frames = self._whole.frames
        return fold_texts(p for frame in frames if frame.steps <= begins_at for p in frame.pieces)

    def _due(self) -> Texts:
        elapsed_s = self.elapsed_s()
        frames = takewhile(lambda frame: frame.at_s <= elapsed_s, self._whole.frames)
        return fold_texts(piece for frame in frames for piece in frame.pieces)


class Productions:
    """The turns that can be resumed: the last one of each conversation."""

    def __init__(self) -> None:
        self._by_conversation: dict[str, Production] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def is_full(self) -> bool:
        return len(self._tasks) >= MAX_STREAMS

    def begin(self, production: Production) -> None:
        if len(self._by_conversation) >= MAX_STREAMS:
            del self._by_conversation[next(iter(self._by_conversation))]
        self._by_conversation[production.head.cast.conversation_id] = production
        task = asyncio.create_task(production.finish())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def find(self, conversation_id: str) -> Production | None:
        """Return a turn that may be resumed: one that the user stopped may not."""
        production = self._by_conversation.get(conversation_id)
        return None if production is None or production.was_stopped else production

    def shut_down(self) -> None:
        for task in self._tasks:
            task.cancel()
