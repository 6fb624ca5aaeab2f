"""JSON whose strings were cut inside a character: between the halves of a surrogate pair.

A service that counts in UTF-16 and writes JSON in ASCII may send ``"\\ud83d"`` in one
event and ``"\\ude00"`` in the next. RFC 8259 (section 8.2) lets it; a browser, whose strings
are UTF-16 too, shows one character when both are there.
"""

import json

import msgspec


def decode_again[T](decoder: msgspec.json.Decoder[T], data: str) -> T | None:
    """Decode what msgspec refused for half a pair; None if there is no escape to blame.

    Raises ValueError for what is no JSON, else what the decoder raises.
    """
    return msgspec.convert(json.loads(data), decoder.type) if "\\u" in data else None


def whole(text: str) -> tuple[str, str]:
    """Join halves that meet; return the text, and the half with which it ends so far.

    A half that found no other becomes U+FFFD, as in a browser.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        units = text.removesuffix(half).encode("utf-16-le", "surrogatepass")
        return units.decode("utf-16-le", "replace"), half
    return text, ""
