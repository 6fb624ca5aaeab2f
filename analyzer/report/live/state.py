"""What is shown, and what a key makes of it: a state and a key in, a state out. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

type Page = Literal["streams", "credentials", "walks", "connections"]

PAGES: tuple[Page, ...] = ("streams", "credentials", "walks", "connections")


@dataclass(frozen=True)
class ViewState:
    """``selected`` is an exchange; None as long as nobody chose. ``opened`` is the exchange
    whose events are shown. ``at`` is the ``seq`` of the event at the bottom, None to follow
    the newest; ``scroll`` the first row of a page that has more than fit. ``asking``: one
    more q ends it. ``done``: it is to end.
    """

    page: Page = "streams"
    selected: int | None = None
    opened: int | None = None
    at: int | None = None
    scroll: int = 0
    paused: bool = False
    help: bool = False
    asking: bool = False
    done: bool = False


@dataclass(frozen=True)
class Seen:
    """What keys need to know of what is on the screen.

    ``streams`` are exchanges in their order, ``shown`` the last of them that has a line when
    nobody chose. ``events`` are the ``seq`` of the opened one's, ``rows`` counts those of the
    other pages. ``lines`` is how many of them fit. ``asks``: an end is asked for twice.
    """

    streams: Sequence[int] = ()
    events: Sequence[int] = ()
    rows: int = 0
    lines: int = 1
    asks: bool = False


MOVES: dict[str, Callable[[Seen], int]] = {
    "up": lambda seen: -1,
    "k": lambda seen: -1,
    "down": lambda seen: 1,
    "j": lambda seen: 1,
    "pgup": lambda seen: -seen.lines,
    "pgdn": lambda seen: seen.lines,
    "home": lambda seen: -FAR,
    "g": lambda seen: -FAR,
    "end": lambda seen: FAR,
    "G": lambda seen: FAR,
}
"""Keys that move, and by how many rows."""

FAR = 1 << 40


def press(state: ViewState, key: str, seen: Seen) -> ViewState:
    """What a key makes of the view; an unknown one nothing."""
    if state.asking:
        return replace(state, asking=False, done=key == "q")
    if state.help:
        return replace(state, help=False)
    if key in MOVES:
        return _move(state, MOVES[key](seen), seen)
    match key:
        case "?":
            return replace(state, help=True)
        case "space":
            return replace(state, paused=not state.paused)
        case "tab" | "backtab":
            step = 1 if key == "tab" else -1
            return _turn(state, PAGES[(PAGES.index(state.page) + step) % len(PAGES)])
        case "1" | "2" | "3" | "4":
            return _turn(state, PAGES[int(key) - 1])
        case "enter" | "right" | "l":
            return _open(state, seen)
        case "esc" | "left" | "h":
            return _back(state)
        case "f":
            return replace(state, at=None)
        case "q":
            return _leave(state, seen)
    return state


def _turn(state: ViewState, page: Page) -> ViewState:
    return replace(state, page=page, opened=None, at=None, scroll=0)


def _open(state: ViewState, seen: Seen) -> ViewState:
    """The selected stream's events, or the youngest stream's."""
    if state.page != "streams" or state.opened is not None or not seen.streams:
        return state
    chosen = state.selected if state.selected in seen.streams else seen.streams[-1]
    return replace(state, selected=chosen, opened=chosen, at=None)


def _back(state: ViewState) -> ViewState:
    """One step out: from the events to the streams, from a page to the first, from a choice."""
    if state.opened is not None:
        return replace(state, opened=None, at=None)
    if state.page != "streams":
        return _turn(state, "streams")
    return replace(state, selected=None)


def _leave(state: ViewState, seen: Seen) -> ViewState:
    """Where more ends than the view, q ends it from the first page alone, and asks."""
    if not seen.asks:
        return replace(state, done=True)
    if state.opened is not None or state.page != "streams":
        return _turn(state, "streams")
    return replace(state, asking=True)


def _move(state: ViewState, by: int, seen: Seen) -> ViewState:
    if state.opened is not None:
        return replace(state, at=_moved_event(state.at, by, seen))
    if state.page == "streams":
        return replace(state, selected=_moved_stream(state.selected, by, seen.streams))
    return replace(state, scroll=max(0, min(state.scroll + by, seen.rows - seen.lines)))


def _moved_stream(selected: int | None, by: int, streams: Sequence[int]) -> int | None:
    """The first key selects the youngest; a stream that is forgotten gives way to the next."""
    if not streams:
        return None
    if selected is None:
        return streams[0 if by == -FAR else -1]
    at = sum(number < selected for number in streams)
    return streams[max(0, min(at + by, len(streams) - 1))]


def _moved_event(at: int | None, by: int, seen: Seen) -> int | None:
    """The bottom never rises so far that lines stay empty; at the newest it follows again."""
    newest = len(seen.events) - 1
    bottom = newest if at is None else sum(seq < at for seq in seen.events)
    moved = max(min(seen.lines - 1, newest), min(bottom + by, newest))
    return None if moved >= newest else seen.events[moved]
