"""HTML that can't be written unescaped: the one place where text becomes markup.

A `Markup` is only made here. Any other string that goes into an element is text, and any
attribute's value is a value, whatever is in it.
"""

import html
import re
from collections.abc import Iterable


class Markup(str):
    """HTML as it goes into the file."""

    __slots__ = ()


type Child = Markup | str | Iterable[Child] | None
type Value = str | int | float | bool | None

NOTHING = Markup("")
_VOID = frozenset({"meta", "br", "col"})
# What HTML's parser replaces or turns down even where it is escaped; line feeds and tabs stay.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def text(value: str) -> Markup:
    """Text, and nothing but text: no markup, no control character, nothing that reorders."""
    return Markup(html.escape(_BIDI.sub("", _UNFIT.sub("\ufffd", value))))


def element(name: str, /, *children: Child, **attributes: Value) -> Markup:
    """An element. Underscores in attributes are hyphens, one at the end is dropped.

    True is an attribute without a value; None and False are none at all.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(children)}</{name}>")


def joined(children: Iterable[Child], between: str = "") -> Markup:
    return Markup(between.join(_of(child) for child in children))


def raw_text(name: str, content: str, /, **attributes: Value) -> Markup:
    """A ``script`` or ``style`` of our own making, in which nothing can be escaped.

    Raises ValueError if its content would end the element or begin a comment.
    """
    if re.search(r"</(?:script|style)|<!--|<script", content, re.IGNORECASE):
        raise ValueError(f"this would end the {name} that it stands in")
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    return Markup(f"<{name}{written}>{content}</{name}>")


def _of(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    return text(child) if isinstance(child, str) else joined(child)


def _attribute(key: str, value: Value) -> str:
    name = key.removesuffix("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{text(str(value))}"'
