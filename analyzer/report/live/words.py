"""What the live view calls things, and how it makes text fit into cells."""

from rich.cells import cell_len
from rich.text import Text

from analyzer.report.plain import printable
from analyzer.watch import StreamRow

PROTOCOLS = {"HTTP/1.0": "h1", "HTTP/1.1": "h1", "HTTP/2.0": "h2", "HTTP/3": "h3"}

STATES = {
    "waiting": ("waiting", "yellow"),
    "streaming": ("open", "bold green"),
    "complete": ("done", "dim"),
    "client_abort": ("left", "dim"),
    "server_abort": ("cut", "red"),
    "error": ("error", "red"),
    "unfinished": ("unfinished", "red"),
}
"""What a state is called here, and how it looks."""

TURNS = {
    "stopped": ("stopped", "dim"),
    "error": ("error", "red"),
    "cut": ("cut", "red"),
    "handoff": ("handoff", "dim"),
    "complete": ("done", "dim"),
}
"""What the service said of the answer goes before how the stream ended."""

MARK = "▸"
"""Stands before the stream that is selected."""


def target_of(row: StreamRow) -> str:
    """Whom and what a stream asked, without the query."""
    return row.authority + row.path.partition("?")[0]


def state_of(row: StreamRow) -> tuple[str, str]:
    """What to call the state of a stream, and its style."""
    if not row.is_open and row.turn in TURNS:
        return TURNS[row.turn]
    return STATES[row.state]


def span(nanoseconds: int) -> str:
    """A length of time in seven cells at most: ``412 ms``, ``3.21 s``, ``75 s``."""
    milliseconds = nanoseconds / 1e6
    if milliseconds < 9.95:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1e3
    return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.0f} s"


def size_of(octets: int) -> str:
    """Bytes of a file that grows: ``12 kB``, ``1.2 MB``."""
    return f"{octets / 1e6:.1f} MB" if octets >= 1e6 else f"{octets / 1e3:.0f} kB"


def last_part(text: str, cells: int) -> str:
    """The end of a text, made printable, in ``cells`` columns; an ellipsis before it if cut."""
    shown = printable(text, len(text)).strip()
    if cell_len(shown) <= cells:
        return shown
    shown = shown[1 - cells :]
    while cell_len(shown) >= cells:
        shown = shown[1:]
    return "…" + shown


def first_part(text: str, cells: int) -> str:
    """The beginning of a text, made printable, in ``cells`` columns; an ellipsis ends it if cut."""
    shown = printable(text, 4 * cells + 4).strip()
    if cell_len(shown) <= cells:
        return shown
    shown = shown[: cells - 1]
    while cell_len(shown) >= cells:
        shown = shown[:-1]
    return shown + "…"


def folded(text: str, cells: int, lines: int) -> list[str]:
    """The end of a text on so many lines of so many cells, broken anywhere."""
    rest, found = last_part(text, cells * lines), list[str]()
    while rest and len(found) < lines:
        cut = len(rest)
        while cell_len(rest[:cut]) > cells:
            cut -= 1
        found.append(rest[:cut])
        rest = rest[cut:]
    return found


def line(*parts: str | tuple[str, str]) -> Text:
    """One line of the screen, whatever its length: what does not fit is cut off."""
    return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")


def fingerprint(text: str) -> str:
    """Enough of a fingerprint to tell two credentials apart."""
    return printable(text.rpartition(":")[2], 64)[:4]
