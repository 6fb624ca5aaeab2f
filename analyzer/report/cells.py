"""Cells made of figures: text by `units`, and the figure itself, which its column sorts by."""

from analyzer.model import Unmeasurable
from analyzer.report import units
from analyzer.report.parts import Cell, Source, Tone

type Given = float | Unmeasurable | None


def span(ns: Given, tone: Tone = "plain", source: Source | None = None) -> Cell:
    """A duration in nanoseconds."""
    return Cell(units.duration(ns), tone, _value(ns), source)


def number(
    count: int | Unmeasurable | None, tone: Tone = "plain", source: Source | None = None
) -> Cell:
    return Cell(units.count(count), tone, _value(count), source)


def octets(size: int | Unmeasurable, tone: Tone = "plain", source: Source | None = None) -> Cell:
    text = units.UNKNOWN if isinstance(size, Unmeasurable) else units.size(size)
    return Cell(text, tone, _value(size), source)


def share(part: Given, tone: Tone = "plain") -> Cell:
    """A part of 1."""
    text = units.UNKNOWN if part is None else units.share(part)
    return Cell(text, tone, _value(part))


def shown(text: str, figure: Given, tone: Tone = "plain", source: Source | None = None) -> Cell:
    """A figure in words of its own."""
    return Cell(text, tone, _value(figure), source)


def exchange(number: int | None, capture: int, tone: Tone = "muted", said: str = "") -> Cell:
    """An exchange by its number, where it can be looked up; empty where it is not known."""
    if number is None:
        return Cell("", tone)
    return Cell(said or str(number), tone, number, Source(capture, number))


def source(capture: int, number: int | None) -> Source | None:
    """Where a figure comes from, where that is known."""
    return None if number is None else Source(capture, number)


def _value(figure: Given) -> float | None:
    return None if figure is None or isinstance(figure, Unmeasurable) else float(figure)
