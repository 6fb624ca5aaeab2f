"""The whole screen: a state, a snapshot, a time and a size in, something rich can print out.

Pure: what is shown depends on the arguments alone, the time of looking included. All
captured text passes `printable`, and none is read as markup.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.text import Text

from analyzer.report.live import connections, credentials, walks
from analyzer.report.live.events import event_lines, events_view
from analyzer.report.live.state import PAGES, Page, Seen, ViewState
from analyzer.report.live.streams import streams_table
from analyzer.report.live.words import last_part, line, size_of, span
from analyzer.report.plain import printable
from analyzer.report.units import counted
from analyzer.watch import SeenEvent, Snapshot

HELP = (
    ("↑ ↓  k j", "select a stream, or scroll"),
    ("PgUp PgDn", "by a screenful"),
    ("g G  Home End", "first and last"),
    ("Enter →", "the selected stream's events"),
    ("Esc ←", "back"),
    ("f", "follow the newest event again"),
    ("Tab  1 2 3 4", "streams, credentials, walks, connections"),
    ("Space", "hold the display; what it shows goes on behind it"),
    ("?", "these keys"),
)


@dataclass(frozen=True)
class Surroundings:
    """What stands around the table. ``size`` counts the capture's bytes.

    ``proxy_says`` is the proxy's last warning, empty if it gave none. ``notes`` are said as
    long as nothing was seen. ``keys``: there is a keyboard; then the screen is filled, with
    a line of pages on top. ``asks``: to leave is to end the recording. ``doing`` is a word
    for how it stands: recording, watching, ended.
    """

    path: str
    size: int
    proxy_says: str = ""
    notes: tuple[str, ...] = ()
    keys: bool = False
    asks: bool = False
    doing: str = ""


class Size(NamedTuple):
    width: int
    height: int


def live_view(
    snapshot: Snapshot,
    around: Surroundings,
    now_ns: int,
    *,
    width: int,
    height: int,
    state: ViewState | None = None,
    events: Sequence[SeenEvent] = (),
) -> RenderableType:
    """The screen, cut to what ``height`` lines hold; without keys one of them stays free."""
    state, size = state or ViewState(), Size(width, height if around.keys else height - 1)
    top = [_tabs(snapshot, state, around)] if around.keys else []
    foot = _foot(snapshot, state, around, size)
    lines = max(2, size.height - len(top) - len(foot))
    body = _body(snapshot, state, around, now_ns, Size(width, lines), events)
    return Group(*top, *body, *foot)


def seen_by_keys(
    snapshot: Snapshot, state: ViewState, around: Surroundings, size: Size, events: Sequence[int]
) -> Seen:
    """What the keys need to know of such a screen."""
    lines = size.height - 1 - len(_foot(snapshot, state, around, size))
    opened = state.opened is not None
    return Seen(
        [row.exchange for row in snapshot.streams],
        events,
        _rows(snapshot, state.page),
        max(1, event_lines(lines) if opened else lines - 1),
        around.asks,
    )


def _body(
    snapshot: Snapshot,
    state: ViewState,
    around: Surroundings,
    now_ns: int,
    size: Size,
    events: Sequence[SeenEvent],
) -> list[RenderableType]:
    """Exactly so many lines if there are keys, else at most."""
    if state.help:
        return _filled([*_help(around, size.width)], size)
    opened = next((row for row in snapshot.streams if row.exchange == state.opened), None)
    if opened is not None:
        return [*events_view(opened, events, state.at, now_ns, *size)]
    if state.page != "streams":
        return _page(snapshot, state, now_ns, size)
    warnings = credentials.warnings(snapshot, now_ns, size.width)
    strips = _strips(snapshot, now_ns, size.width)[: max(0, size.height - len(warnings) - 4)]
    lines = max(1, size.height - len(warnings) - len(strips) - 1)
    below = [Text("")] if strips and around.keys and lines > 4 else []
    rows = snapshot.streams
    if rows:
        count = min(lines - len(below), len(rows))
        streams: list[RenderableType] = [
            streams_table(rows, now_ns, state.selected, size.width, count)
        ]
        used = count + 1
    else:
        notes = _notes(around, size.width)[: lines - 1]
        streams = [Text("no event stream yet", style="dim italic"), *notes]
        used = len(streams)
    empty = lines + 1 - len(below) - used if around.keys else 0
    return [*warnings, *streams, *(Text("") for _ in range(empty)), *below, *strips]


def _strips(snapshot: Snapshot, now_ns: int, width: int) -> list[Text]:
    made = (
        credentials.strip(snapshot, now_ns),
        walks.strip(snapshot, now_ns, width),
        connections.strip(snapshot),
    )
    return [one for one in made if one is not None]


def _page(snapshot: Snapshot, state: ViewState, now_ns: int, size: Size) -> list[RenderableType]:
    rows = slice(state.scroll, state.scroll + size.height - 1)
    if not _rows(snapshot, state.page):
        return _filled([Text(f"no {state.page} yet", style="dim italic")], size)
    made: RenderableType
    match state.page:
        case "credentials":
            made = credentials.credentials_table(
                credentials.listed(snapshot)[rows], now_ns, size.width
            )
        case "walks":
            made = walks.walks_table(walks.listed(snapshot)[rows], now_ns, size.width)
        case _:
            made = connections.connections_table(
                connections.listed(snapshot)[rows], now_ns, size.width
            )
    used = min(_rows(snapshot, state.page) - state.scroll, size.height - 1) + 1
    return [made, *(Text("") for _ in range(size.height - used))]


def _rows(snapshot: Snapshot, page: Page) -> int:
    match page:
        case "streams":
            return len(snapshot.streams) + snapshot.forgotten
        case "credentials":
            return len(credentials.listed(snapshot))
        case "walks":
            return len(snapshot.walks)
        case "connections":
            return len(snapshot.connections)


def _filled(lines: list[RenderableType], size: Size) -> list[RenderableType]:
    return [*lines, *(Text("") for _ in range(size.height))][: size.height]


def _tabs(snapshot: Snapshot, state: ViewState, around: Surroundings) -> Text:
    """The pages with how much is on each, the one that is shown marked."""
    parts: list[str | tuple[str, str]] = []
    for number, page in enumerate(PAGES, 1):
        label = f" {number} {page} {_rows(snapshot, page)} "
        parts.append((label, "reverse bold" if page == state.page else ""))
    held = ("held", "bold yellow") if state.paused else (around.doing, "dim")
    return line(*parts, (" ? keys  ", "dim"), held)


def _notes(around: Surroundings, width: int) -> list[Text]:
    """The notes in full: one of them may be a command to copy."""
    folded = [
        textwrap.wrap(printable(note, 2_000), width, break_on_hyphens=False)
        for note in around.notes
    ]
    return [line(part) for parts in folded for part in parts]


def _help(around: Surroundings, width: int) -> list[Text]:
    ends = "end the recording (asks first); Ctrl-C ends it at once" if around.asks else "leave"
    keys = [*HELP, ("q", ends)]
    shown = [line((f"{key:<14}", "bold"), said) for key, said in keys]
    notes = _notes(around, width)
    return [*shown, *([Text("")] if notes else []), *notes]


def _wrong(snapshot: Snapshot) -> str:
    """What the recorder lost and what the file has malformed; it stands first, never cut off."""
    said = [f"{snapshot.lost} LOST"] if snapshot.lost else []
    said += [counted(snapshot.problems, "problem")] if snapshot.problems else []
    return "".join(f"{part} · " for part in said)


def _foot(
    snapshot: Snapshot, state: ViewState, around: Surroundings, size: Size
) -> list[RenderableType]:
    """What is wrong, what it amounts to, and the proxy's last warning."""
    opened = sum(row.is_open for row in snapshot.streams)
    counts = [
        f"{opened} open, {len(snapshot.streams) - opened + snapshot.forgotten} ended",
        f"{snapshot.others} other exchanges",
    ]
    lag = f"proxy lag ≤ {span(snapshot.lag_max_ns)}"
    file = size_of(around.size)
    taken = len(_wrong(snapshot)) + len(" · ".join([*counts, f" {file}", lag]))
    parts = [*counts, f"{last_part(around.path, max(12, size.width - taken - 3))} {file}", lag]
    if state.asking:
        question = "q again ends the recording; any other key goes on"
        return [line((question, "bold yellow"))]
    foot = line((_wrong(snapshot), "bold red"), (" · ".join(parts), "dim"))
    if state.opened is not None and state.at is not None:
        foot = line(("held where you scrolled to; f follows again · ", "yellow"), foot.plain)
    made: list[RenderableType] = [foot]
    if around.proxy_says:
        says = printable(f"proxy: {around.proxy_says}", size.width)
        made.append(line((says, "yellow")))
    return made
