"""Text made fit for GitHub-flavoured Markdown: it is shown as it is, and does nothing.

What is special in Markdown gets a backslash or becomes an entity (CommonMark 0.31, 2.4 and
2.5). What a site makes of plain text afterwards (GFM's autolinks; GitHub's mentions, references
and mathematics) heeds neither: there a zero-width space parts what would be recognised.
"""

import re

PARTED = "\u200b"
"""Zero width space: seen by nobody, and the end of a name or an address."""

_SPECIAL = re.compile(r"[\\`*\[\]|~$]")
_EDGE = re.compile(r"(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_LEADING = re.compile(r"^(#{1,6}|>|[-+=](?=\s|$|[-+=])|\d{1,9}(?=[.)](?:\s|$)))")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY = re.compile(r"&(?=[A-Za-z#])")
_RECOGNISED = re.compile(
    r"(?P<at>@)(?=[0-9A-Za-z\-_.+])"  # mentions; with it go addresses of mail
    r"|(?P<reference>#|\bGH-)(?=\d)"
    r"|(?P<scheme>:)(?=//)|(?P<www>\bwww)(?=\.)"
    r"|(?P<emoji>:)(?=[a-z][a-z0-9_+-]*:)",
    re.IGNORECASE,
)


def escaped(text: str) -> str:
    """One line of plain text, wherever it stands in a line of Markdown or a table's cell."""
    parted = _RECOGNISED.sub(lambda found: found[0] + PARTED, text)
    inert = _TAG.sub("&lt;", _ENTITY.sub("&amp;", parted))
    special = _SPECIAL.sub(r"\\\g<0>", inert)
    edges = _EDGE.sub(r"\\_", special)
    return _LEADING.sub(_escaped_lead, " ".join(edges.split()))


def _escaped_lead(found: re.Match[str]) -> str:
    """What would begin a heading, a list or a rule; of a number it is the sign behind it."""
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def code(text: str) -> str:
    """As code, for signs of one width each; of our own alone, which have no backtick and no bar."""
    return f"`{text}`"
