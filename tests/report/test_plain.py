"""Captured text is fit for a terminal once it went through here."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.report.plain import printable, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;a title\x07after", "after"),
        ("\x1b]8;;https://x.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP$q\x9cafter", "after"),
        ("\x1b]0;never ended", ""),
        ("\x1bcreset", "reset"),
        ("\x1b(Bascii", "ascii"),
        ("cut\x1b[3", "cut"),
        ("cut\x1b", "cut"),
        ("a\r\n\tb\u2028c", "a b c"),
        ("bell\x07 null\x00 delete\x7f", "bell null delete"),
        ("over\u202eride \u2066isolate\u2069", "override isolate"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("lone\ud800", "lone"),
        ("Grüße 日本 é 🙂 [bold]", "Grüße 日本 é 🙂 [bold]"),
    ],
)
def test_nothing_that_steers_is_left(text: str, shown: str) -> None:
    assert printable(text, 100) == shown


def test_a_long_text_ends_in_an_ellipsis_within_the_limit() -> None:
    assert printable("abcdef", 6) == "abcdef"
    assert printable("abcdefg", 6) == "abcde…"


def test_what_was_not_looked_at_is_not_hidden() -> None:
    """A text that begins with a thousand nulls was cut, even if little of it is shown."""
    assert printable("\x00" * 1000 + "end", 10) == "…"


@given(st.text(st.characters(), max_size=200), st.integers(1, 50))
def test_any_text_becomes_one_short_line_of_shapes(text: str, limit: int) -> None:
    shown = printable(text, limit)

    assert len(shown) <= limit
    assert not [c for c in shown if unicodedata.category(c)[0] == "C"]
    assert len(shown.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("def f():\n\treturn 1", "def f():\n    return 1"),
        ("a\r\nb\rc\x85d\u2028e", "a\nb\nc\nd\ne"),
        ("\x1b]0;never ended\nstill here", "\nstill here"),
        ("\x1b[2Jgone\nover\u202eride", "gone\noverride"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("lone\ud800", "lone"),
    ],
)
def test_many_lines_stay_lines(text: str, shown: str) -> None:
    assert printable_lines(text) == shown


@given(st.text())
def test_of_many_lines_nothing_steers_but_their_ends(text: str) -> None:
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    left = {c for c in printable_lines(text) if unicodedata.category(c) in hidden}

    assert left <= set("\n\u200c\u200d")
