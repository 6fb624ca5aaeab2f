"""What a report is made of, before any renderer: text already formatted, layout not yet.

Captured text in it has been through `printable`; a renderer still has to escape
what is special in its own language.
"""

from typing import Literal

import msgspec

type Tone = Literal["plain", "strong", "muted", "good", "warn", "bad"]


class Source(msgspec.Struct, frozen=True):
    """The exchange that a figure was measured on; captures count from 1, as a report names them."""

    capture: int
    exchange: int


class Cell(msgspec.Struct, frozen=True):
    """``value`` is the figure that the text shows, in its base unit: what its column sorts by.

    ``source`` is where the figure comes from, where that is one exchange. ``parts``: the text
    in pieces, where each comes from an exchange of its own.
    """

    text: str
    tone: Tone = "plain"
    value: float | None = None
    source: Source | None = None
    parts: "tuple[Cell, ...]" = ()


class Column(msgspec.Struct, frozen=True):
    """``number`` columns line up at the right; a ``cut`` one is shortened rather than wrapped.

    ``from_width``: shown on a page of at least so many columns.
    """

    name: str
    number: bool = True
    cut: bool = False
    from_width: int = 0


class Table(msgspec.Struct, frozen=True):
    """``note`` says what was left out."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


class Facts(msgspec.Struct, frozen=True):
    """Names and what is to be said of them."""

    pairs: tuple[tuple[str, Cell], ...]


class Bars(msgspec.Struct, frozen=True):
    """A histogram: a label a bin, and a count a bin for each named series."""

    labels: tuple[Cell, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]
    note: str = ""


class Timeline(msgspec.Struct, frozen=True):
    """Arrivals from request sent to the last text: counts in equal steps of that time."""

    name: Cell
    counts: tuple[int, ...]
    length: str
    label: Cell


class Timelines(msgspec.Struct, frozen=True):
    rows: tuple[Timeline, ...]
    note: str = ""


class Lines(msgspec.Struct, frozen=True):
    lines: tuple[Cell, ...]


type Block = Table | Facts | Bars | Timelines | Lines


class Section(msgspec.Struct, frozen=True):
    """``lead`` explains in a line what is to be seen."""

    title: str
    blocks: tuple[Block, ...]
    lead: str = ""


class Headline(msgspec.Struct, frozen=True):
    """One of the few figures that tell most; ``beside``: what more is to be known, in lines."""

    name: str
    figure: Cell
    beside: str


class Report(msgspec.Struct, frozen=True):
    """``notices`` are what a reader must know before any figure.

    ``headlines`` are for renderers that can set figures large; the sections have them as well.
    """

    title: str
    facts: Facts
    notices: tuple[Cell, ...]
    sections: tuple[Section, ...]
    headlines: tuple[Headline, ...] = ()
