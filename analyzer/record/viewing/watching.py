"""`streamscope watch`: look at a capture that something else writes, or at a finished one."""

import time
from pathlib import Path

from rich.console import Console

from analyzer.follow import follow
from analyzer.importers.finding import find_captures, recognised, the_capture
from analyzer.importers.formats import JOURNAL
from analyzer.model import CaptureError
from analyzer.record.stopping import Stop, stop_signals
from analyzer.record.viewing.view import Subject, View, say
from analyzer.report.countdown import countdown
from analyzer.watch import Snapshot

POLL_S = 0.25
"""Between two looks at the file; the recorder flushes at least as often."""

QUIET_S = 30.0
"""A capture that has not grown for longer is not being written any more, or its writer hangs:
its clock stands still then. The recorder writes of itself more often than that."""


HEAD = 64
BEGINNING = b'{"format":"'
"""How a journal's first line begins; until that much is there, a file may become one."""


class Sight:
    """The capture's clock and state, as they can be told from its file alone.

    Its writer may sit on another machine: what is known of its clock is the last moment that
    a record states, and how long ago that came here.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._grown_s = time.monotonic()

    def grew(self) -> None:
        self._grown_s = time.monotonic()

    def now_ns(self, seen: Snapshot) -> int:
        if seen.ended:
            return seen.seen_ns
        return seen.seen_ns + round(min(self._quiet_s(), QUIET_S) * 1e9)

    def doing(self, seen: Snapshot) -> str:
        if not self._path.exists():
            return "no file yet"
        if seen.ended:
            return "ended"
        quiet_s = self._quiet_s()
        return "watching" if quiet_s < QUIET_S else f"quiet {countdown(round(quiet_s * 1e9))}"

    def notes(self) -> tuple[str, ...]:
        if self._path.exists():
            return ()
        return (f"waiting for a file that is not there yet: {self._path}",)

    def _quiet_s(self) -> float:
        return time.monotonic() - self._grown_s


def watch(path: Path, console: Console) -> None:
    """Show a capture until q or Ctrl-C; where no keys can be pressed, until it has ended.

    Raises CaptureError with a sentence for the user: the file is no journal, was cut short
    or replaced, or can't come to be.
    """
    path = _checked(path)
    with stop_signals() as stop:
        sight = Sight(path)
        subject = Subject(path, sight.now_ns, sight.doing, notes=sight.notes)
        view = View(console, subject, stop)
        if not console.is_terminal:
            for note in sight.notes():
                say(console, note)
        try:
            with view:
                _look(path, view, sight, stop)
        except CaptureError:
            _is_ours(path)  # says what it is instead, if that is known
            raise
        except OSError as error:
            raise CaptureError(f"{path}: cannot be read: {error.strerror}") from error
        say(console, view.summary() or f"{path}: nothing was seen in it")


def _checked(path: Path) -> Path:
    """The file to follow, which need not be there yet; of a directory the capture in it."""
    if not path.exists() and not path.parent.is_dir():
        raise CaptureError(f"{path.parent} is no directory, so nothing can come to be in it")
    return the_capture(path)


def _look(path: Path, view: View, sight: Sight, stop: Stop) -> None:
    is_known = False
    for batch in follow(path, POLL_S, view.pause):
        if batch:
            sight.grew()
        is_known = is_known or bool(batch) or _is_ours(path)
        view.take(batch)
        if stop.is_set() or view.is_done:
            return
        if view.snapshot.ended and not batch and not view.has_keys:
            return
    raise CaptureError(
        f"{path} was cut short, or another file took its place: "
        "start `streamscope watch` again for what is there now"
    )


def _is_ours(path: Path) -> bool:
    """Whether the file holds the beginning of a journal; not yet, where it is empty.

    Raises CaptureError that says what it is, if it is none that grows.
    """
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(HEAD)
    if BEGINNING.startswith(head[: len(BEGINNING)]):
        return False  # nothing, or too little to tell
    if head.startswith(BEGINNING):
        return True
    find_captures([path])  # says of what is no capture what it is
    kind = recognised(path)
    what = "a compressed capture" if kind == JOURNAL else kind
    raise CaptureError(
        f"{path} is {what}; what is followed while it grows is a capture that streamscope writes. "
        f"`streamscope report {path}` shows this one"
    )
