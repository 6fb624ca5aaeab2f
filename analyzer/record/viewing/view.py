"""What the user sees of a capture while it grows: a screen with keys, a table, or lines."""

import contextlib
import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from analyzer.model import AnyRecord, Problem
from analyzer.record.stopping import Stop
from analyzer.record.viewing.terminal import Terminal, has_keys
from analyzer.report.live import (
    Size,
    Surroundings,
    ViewState,
    changes,
    live_view,
    press,
    seen_by_keys,
)
from analyzer.report.plain import printable
from analyzer.report.units import counted
from analyzer.watch import SeenEvent, Snapshot, Watch

type Clock = Callable[[Snapshot], int]
"""The capture's clock at the moment of looking."""

PART = 200
"""Records that are taken in at a time. Fewer streams and connections can come and go in so many
than are remembered, so each has its lines; and however much there is, keys act between them."""


@dataclass
class Held:
    """The display stands still: what stood there when it was held."""

    snapshot: Snapshot
    now_ns: int
    events: dict[int, tuple[SeenEvent, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Subject:
    """What is looked at. ``says`` gives the proxy's last warning, ``doing`` a word for how it
    stands, ``notes`` what is said on the screen as long as nothing was seen. ``asks``: to
    leave is to end the recording.
    """

    path: Path
    clock: Clock
    doing: Callable[[Snapshot], str]
    says: Callable[[], str] = str
    notes: Callable[[], tuple[str, ...]] = tuple
    asks: bool = False


class View:
    """A screen with keys where there is a terminal on both sides, and the last of it left
    behind; a table where there is one on the output alone; else lines."""

    def __init__(self, console: Console, subject: Subject, stop: Stop) -> None:
        self._console = console
        self._subject = subject
        self._stop = stop
        self._watch = Watch()
        self._shown = Snapshot()
        self._state = ViewState()
        self._held: Held | None = None
        self._said = ""
        self._live: Live | None = None
        self._terminal: Terminal | None = None
        self._around = Surroundings(str(subject.path), 0, asks=subject.asks)
        if console.is_terminal and not console.is_dumb_terminal:
            keys = has_keys()
            self._around = replace(self._around, keys=keys)
            self._live = Live(console=console, auto_refresh=False, screen=keys)
            self._terminal = Terminal(stop, self._appear, self._vanish) if keys else None

    @property
    def snapshot(self) -> Snapshot:
        return self._shown

    @property
    def has_keys(self) -> bool:
        return self._terminal is not None

    @property
    def is_done(self) -> bool:
        """Whether the user asked for the end by a key."""
        return self._state.done

    def __enter__(self) -> "View":
        if self._terminal:
            self._terminal.enter()
        if self._live:
            self._live.start()
        return self

    def __exit__(self, error: object, *_: object) -> None:
        if self._live:
            self._live.stop()
        if self._terminal:
            self._terminal.leave()
            if error is None:
                self._leave_behind()

    def _leave_behind(self) -> None:
        """The screen is gone; its table stays for who scrolls up."""
        self._held, self._state = None, replace(ViewState(), done=self.is_done)
        around = replace(self._around, keys=False, notes=())
        with _no_wrapping(self._console):
            self._console.print(self._view(self._state, around))

    def take(self, records: list[AnyRecord | Problem]) -> None:
        """Take in what the capture brought, and show how things stand."""
        for first in range(0, max(1, len(records)), PART):
            self._watch.feed(records[first : first + PART])
            snapshot = self._watch.snapshot()
            if self._live is None:
                self._print(snapshot)
            self._shown = snapshot
            if self._keys(0):
                self._draw()
        self._draw()

    def pause(self, seconds: float) -> None:
        """Wait for the next look at the capture; keys act at once."""
        if self._terminal is None:
            self._stop.wait(seconds)
            return
        deadline = time.monotonic() + seconds
        while not self._stop.is_set() and not self.is_done:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._keys(left)
            self._draw()

    def summary(self) -> str:
        """What was seen of the file, and what to do with it; empty if that was nothing."""
        seen, path = self._shown, self._subject.path
        if not seen.streams and not seen.others:
            return ""
        streams = len(seen.streams) + seen.forgotten
        lost = f", {seen.lost} LOST" if seen.lost else ""
        lost += f", {counted(seen.problems, 'problem')} in the file" if seen.problems else ""
        return (
            f"{path}{'' if seen.ended else ', so far'}: "
            f"{counted(streams, 'stream')}, {counted(seen.events, 'event')}, "
            f"{counted(seen.others, 'other exchange')}{lost}. "
            f"Next: streamscope report {shlex.quote(str(path))}"
        )

    def _keys(self, seconds: float) -> bool:
        """Act on what was pressed within so long; whether anything was."""
        pressed = self._terminal.wait(seconds) if self._terminal else []
        for key in pressed:
            size = self._console.size
            snapshot, _ = self._seen()
            seen = seen_by_keys(
                snapshot,
                self._state,
                self._around,
                Size(size.width, size.height),
                [event.seq for event in self._events()],
            )
            self._state = press(self._state, key, seen)
            if self._state.paused and self._held is None:
                self._held = Held(self._shown, self._subject.clock(self._shown))
            elif not self._state.paused:
                self._held = None
        return bool(pressed)

    def _seen(self) -> tuple[Snapshot, int]:
        """What to show, and when it was looked at."""
        if self._held:
            return self._held.snapshot, self._held.now_ns
        return self._shown, self._subject.clock(self._shown)

    def _events(self) -> tuple[SeenEvent, ...]:
        opened = self._state.opened
        if opened is None:
            return ()
        if self._held is None:
            return self._watch.events_since(opened, -1)
        if opened not in self._held.events:
            until = self._held.snapshot.seen_ns
            found = self._watch.events_since(opened, -1)
            self._held.events[opened] = tuple(one for one in found if one.at_ns <= until)
        return self._held.events[opened]

    def _draw(self) -> None:
        if self._live is None or not self._live.is_started:
            return
        self._around = replace(
            self._around,
            size=_size(self._subject.path),
            proxy_says=self._subject.says(),
            notes=self._subject.notes(),
            doing=self._subject.doing(self._shown),
        )
        # Terminals disagree on the width of emoji and scripts. A line that wraps where rich
        # thinks it fits would shift every later redraw by one.
        with _no_wrapping(self._console):
            self._live.update(self._view(self._state, self._around), refresh=True)

    def _view(self, state: ViewState, around: Surroundings) -> RenderableType:
        snapshot, now_ns = self._seen()
        size = self._console.size
        return live_view(
            snapshot,
            around,
            now_ns,
            width=size.width,
            height=size.height,
            state=state,
            events=self._events(),
        )

    def _vanish(self) -> None:
        """Give the screen back: another program has it now."""
        if self._live:
            self._live.stop()

    def _appear(self) -> None:
        if self._live:
            self._live.start()
            self._draw()

    def _print(self, snapshot: Snapshot) -> None:
        for line in changes(self._shown, snapshot):
            say(self._console, line)
        if (warning := self._subject.says()) != self._said:
            self._said = warning
            say(self._console, printable(f"proxy: {warning}", 400))


@contextlib.contextmanager
def _no_wrapping(console: Console) -> Iterator[None]:
    """Turn DECAWM, the terminal's own wrapping, off for a moment."""
    console.file.write("\x1b[?7l")
    try:
        yield
    finally:
        console.file.write("\x1b[?7h")
        console.file.flush()


def say(console: Console, line: str, style: str = "") -> None:
    """One line as it is: no markup, no highlighting, not folded."""
    console.print(Text(line, style=style), soft_wrap=True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
