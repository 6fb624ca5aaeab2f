"""Text replaced by filler: as many code points, as many bytes, the same escapes.

Every code point becomes the one filler of its own UTF-8 length, blanks included: lengths of
words would tell the words. ``tone`` chooses among a few fillers, so that texts which differ
can be told apart where that counts. Bytes that are no UTF-8 become as many ASCII letters.
"""

import re

TONES = 8
"""How many fillers there are of one kind."""

_ONE = "xyzwvuts"
_TWO = "àáâãäåæç"
_THREE = "一丁丂七丄丅丆万"
_FOUR = "😀😁😂😃😄😅😆😇"
_LETTERS = tuple(one.encode() for one in _ONE)
_ESCAPES = (b"\\/", b"\\t")

_CLASSES = re.compile("([\0-\x7f]+)|([\x80-\u07ff]+)|([\u0800-\uffff]+)|([\U00010000-\U0010ffff]+)")
_ESCAPED = re.compile(rb"[^\\]+|\\u([0-9A-Fa-f]{4})|\\.", re.DOTALL)
_DIGIT = re.compile(rb"\d")


def fill(data: bytes, tone: int = 0) -> bytes:
    """Plain text, or anything else, as filler."""
    tone %= TONES
    if data.isascii():
        return _LETTERS[tone] * len(data)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _LETTERS[tone] * len(data)
    return fill_text(text, tone).encode()


def fill_text(text: str, tone: int = 0) -> str:
    """The same of text that is decoded already; half characters become ASCII."""
    tone %= TONES
    if text.isascii():
        return _ONE[tone] * len(text)
    sets = (_ONE, _TWO, _THREE, _FOUR)
    text = text.encode(errors="replace").decode()
    return _CLASSES.sub(lambda match: sets[(match.lastindex or 1) - 1][tone] * len(match[0]), text)


def fill_string(raw: bytes, tone: int = 0) -> bytes:
    """What stands between the quotes of a JSON string: its escapes stay escapes as long."""
    if b"\\" not in raw:
        return fill(raw, tone)
    tone %= TONES

    def filled(match: re.Match[bytes]) -> bytes:
        if match[1] is not None:
            return b"\\u%04x" % _unit(int(match[1], 16), tone)
        unit = match[0]
        return _ESCAPES[tone % 2] if unit.startswith(b"\\") else fill(unit, tone)

    return _ESCAPED.sub(filled, raw)


def fill_number(raw: bytes) -> bytes:
    """A number of as many digits."""
    return _DIGIT.sub(b"1", raw)


def _unit(code: int, tone: int) -> int:
    """A filler of the same UTF-8 length; halves of a pair stay first and second halves."""
    if 0xD800 <= code < 0xDC00:
        return 0xD83D
    if 0xDC00 <= code < 0xE000:
        return 0xDE00 + tone
    for limit, letters in ((0x80, _ONE), (0x800, _TWO), (0x10000, _THREE)):
        if code < limit:
            return ord(letters[tone])
    return ord(_ONE[tone])
