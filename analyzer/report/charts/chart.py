"""A picture of figures: what is drawn, and what has to be said beside it."""

from typing import Any

import msgspec


class Chart(msgspec.Struct, frozen=True):
    """One chart, before any renderer.

    ``name`` is a word for file names and options; ``section`` the title of the report's section
    that it belongs to. ``says`` are the sentences that stand below it: n, clock, resolution,
    what is left out. ``alt`` tells what is to be seen to who can't see it. ``spec`` is
    Vega-Lite, its data inside, without colours of page and text: these are the renderer's.
    ``hint`` is what can be done with it where it is alive, and nowhere else.
    """

    name: str
    title: str
    section: str
    says: tuple[str, ...]
    alt: str
    spec: dict[str, Any]
    hint: str = ""
