"""The colours of everything that is drawn outside of a terminal, on light and on dark pages.

The series' colours are those of Okabe and Ito (2008), told apart by people who are colour-blind.
"""

import msgspec

from analyzer.report.parts import Tone


class Palette(msgspec.Struct, frozen=True):
    """Colours as ``#rrggbb``; text on ``page`` or ``card`` has a contrast of 4.5 or more."""

    page: str
    card: str
    ink: str
    muted: str
    line: str
    accent: str
    good: str
    warn: str
    bad: str

    def tone(self, tone: Tone) -> str:
        return {
            "plain": self.ink,
            "strong": self.ink,
            "muted": self.muted,
            "good": self.good,
            "warn": self.warn,
            "bad": self.bad,
        }[tone]


LIGHT = Palette(
    page="#fafaf8",
    card="#ffffff",
    ink="#1b1d22",
    muted="#5a616d",
    line="#dfe2e7",
    accent="#1f4fc4",
    good="#18703f",
    warn="#8a5600",
    bad="#b3261e",
)
DARK = Palette(
    page="#14161a",
    card="#1c1f25",
    ink="#e6e8ec",
    muted="#a2abb8",
    line="#31363f",
    accent="#8ab4ff",
    good="#62d394",
    warn="#f2bd63",
    bad="#ff8b84",
)

SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8f7a00")
"""In the order in which series are drawn."""

PROTOCOLS = {"h1": "#cc79a7", "h2": "#0072b2", "h3": "#d55e00"}
"""What a client spoke has one colour everywhere."""
