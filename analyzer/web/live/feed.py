"""One thread that reads a capture as it grows, for any number of viewers.

It reads the journal in this process, never in the proxy's. What a viewer costs is the
difference between what it knows and what is: no viewer waits for another.
"""

import contextlib
import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from analyzer.follow import follow
from analyzer.model import AnyRecord, CaptureHead, Problem, StreamscopeError
from analyzer.reassemble import EventsSeen
from analyzer.report.countdown import time_of_day
from analyzer.report.plain import printable
from analyzer.watch import Snapshot, Watch
from analyzer.web.live import rows
from analyzer.web.live.clock import now_ns
from analyzer.web.live.messages import Capture, Cursor, Message, Stage
from analyzer.web.live.state import State

POLL_S = 0.1
"""Between two looks at the journal; the recorder flushes every 0.2 s."""

QUIET_NS = 20_000_000_000
"""When a capture that has not ended brought nothing for so long, the page says so."""

VIEWERS_LIMIT = 64
"""Most viewers at a time."""

NICENESS = 10
"""How much the reading yields to the proxy and the browser, where all want a core."""

type Wake = Callable[[], object]


class LiveFeed:
    """The state of one capture for all who look. A context manager that closes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._wakes: dict[int, Wake] = {}
        self._found: list[EventsSeen] = []
        self._watch = Watch(heard=self._found.append)
        self._head: CaptureHead | None = None
        self._problem = ""
        self._snapshot = Snapshot()
        self._told_stage: Stage = "empty"
        self._state = State(secrets.token_hex(4), printable(path.name, 200))
        self._thread = threading.Thread(target=self._run, name=f"follow {path}", daemon=True)

    def start(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        """End the thread, and let every viewer know. Doing so again is harmless."""
        self._stop.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_closed(self) -> bool:
        return self._stop.is_set()

    @property
    def is_over(self) -> bool:
        """The capture was recorded to its end."""
        return self._told_stage == "over"

    def join(self, number: int, wake: Wake) -> bool:
        """Call ``wake``, from another thread, when there is news; False if too many look."""
        with self._lock:
            if len(self._wakes) >= VIEWERS_LIMIT:
                return False
            self._wakes[number] = wake
        return True

    def leave(self, number: int) -> None:
        with self._lock:
            self._wakes.pop(number, None)

    def since(self, cursor: Cursor | None, wanted: int) -> tuple[list[Message], Cursor]:
        """As `State.since`."""
        with self._lock:
            began_ns = self._head.mono_ns if self._head else 0
            return self._state.since(cursor, wanted, now_ns(self._head) - began_ns)

    def _run(self) -> None:
        # The kernel counts niceness by thread: the server's own keeps its own.
        with contextlib.suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        try:
            for batch in follow(self._path, POLL_S, self._stop.wait):
                self._take(batch)
                if self.is_closed:
                    return
        except StreamscopeError as error:
            self._fail(str(error))
        except Exception as error:
            # A bug of ours, or a file system's: the page must not stand still and look alive.
            self._fail(f"following it failed: {type(error).__name__}: {error}")
            raise
        else:
            self._fail("the file was cut short or replaced; start again to follow what is there")

    def _take(self, batch: list[AnyRecord | Problem]) -> None:
        if self._head is None:
            self._head = next((one for one in batch if isinstance(one, CaptureHead)), None)
        self._watch.feed(batch)
        if batch or self._stage(self._snapshot) != self._told_stage:
            self._publish()

    def _fail(self, problem: str) -> None:
        self._problem = printable(problem, 400)
        self._publish()

    def _publish(self) -> None:
        snapshot = self._snapshot = self._watch.snapshot()
        capture = self._capture(snapshot)
        self._told_stage = capture.stage
        with self._lock:
            changed = self._state.take(snapshot, self._found, capture)
        self._found.clear()
        if changed:
            self._wake()

    def _wake(self) -> None:
        with self._lock:
            wakes = list(self._wakes.values())
        for wake in wakes:
            wake()

    def _capture(self, snapshot: Snapshot) -> Capture:
        head = self._head
        return Capture(
            printable(self._path.name, 200),
            self._stage(snapshot),
            time_of_day(head.wall_ns, now_ns(head) - head.mono_ns) if head else "",
            snapshot.seen_ns - snapshot.began_ns,
            self._problem,
            rows.totals(snapshot),
        )

    def _stage(self, snapshot: Snapshot) -> Stage:
        if self._problem:
            return "failed"
        if self._head is None:
            return "empty"
        if snapshot.ended:
            return "over"
        is_quiet = now_ns(self._head) - snapshot.seen_ns > QUIET_NS
        return "quiet" if is_quiet else "recording"
