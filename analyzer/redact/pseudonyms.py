"""Names in place of names: equal ones for equal ones, as long, and without what they said."""

import re
from urllib.parse import unquote

from analyzer.redact.filler import fill_text

NAMES_LIMIT = 100_000
"""Most names that are told apart; all later ones look alike."""

_LETTERS = "bcdfghjklmnpqrtvwz"
"""Without vowels no word comes of counting in them."""

_HEX = "bcdf"
_DIGITS = "23456789"
_UNIT = re.compile(r"%[0-9A-Fa-f]{2}|[^%]|%", re.DOTALL)
_MACHINE_FROM = 8


class Pseudonyms:
    """Numbers what it is given, and spells the numbers.

    What looks made by a machine, with digits among its letters, becomes such a name again;
    analyses tell identifiers from words by that.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def of(self, text: str) -> str:
        """Another name of as many code points and, in UTF-8, as many bytes."""
        number = self._number(text)
        if number is None or not text.isascii():
            return fill_text(text, number or 0)
        return _spelled(number, len(text), _alphabets(text))

    def of_escaped(self, text: str) -> str:
        """The same of percent-encoded text: its plain form is named, its escapes stay escapes."""
        units = _UNIT.findall(text)
        number = self._number(unquote(text))
        if number is None:
            return "".join("%78" if len(unit) == 3 else fill_text(unit) for unit in units)
        letters = _spelled(number, len(units), _alphabets(unquote(text)))
        return "".join(
            f"%{ord(letter):02X}" if len(unit) == 3 else letter * len(unit.encode())
            for unit, letter in zip(units, letters, strict=True)
        )

    def _number(self, text: str) -> int | None:
        number = self._numbers.get(text)
        if number is None and len(self._numbers) < NAMES_LIMIT:
            number = self._numbers[text] = len(self._numbers)
        return number


def _alphabets(text: str) -> tuple[str, str]:
    mixed = any(map(str.isdigit, text)) and any(map(str.isalpha, text))
    if len(text) >= _MACHINE_FROM and (mixed or "@" in text):
        return _DIGITS, _HEX
    return _LETTERS, _LETTERS


def _spelled(number: int, length: int, alphabets: tuple[str, str]) -> str:
    """The number in so many letters of alternating alphabets, as far as it fits into them."""
    letters = []
    for place in range(length):
        alphabet = alphabets[(length - place) % 2]
        number, digit = divmod(number, len(alphabet))
        letters.append(alphabet[digit])
    return "".join(reversed(letters))
