"""Delta encoding v1: JSON trees that grow by operations. Pure.

One tree a channel. An operation names its channel ``c``, its place ``p`` (a JSON
Pointer, RFC 6901) and what to do ``o``; what it leaves out is carried over from
the operation before. ``v`` never is. What stands inside a ``patch`` neither takes
from the carry nor changes it; its paths begin at the patch's own.

A string that was appended to is kept as a `Rope`, so a text of n pieces costs n
steps and not n².
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

DEPTH_LIMIT = 64
"""Most segments of a path."""

PATCH_LIMIT = 8
"""How deep patches may stand inside patches."""

CHANNEL_LIMIT = 1024
"""Most channels, so trees, of one stream."""

INDEX_DIGITS = 9
"""Most digits of a list index."""

type Node = Any
"""A JSON value as msgspec decodes it, with ropes for some of its strings."""

type Path = tuple[str, ...]


class Operation(msgspec.Struct, frozen=True):
    """One operation as it stands on the wire."""

    v: Node | UnsetType = UNSET
    p: str | UnsetType = UNSET
    o: str | UnsetType = UNSET
    c: int | str | UnsetType = UNSET


class Change(msgspec.Struct, frozen=True, gc=False):
    """A tree has changed at ``path``.

    ``appended`` is the text that a string there grew by; None if anything else happened.
    """

    channel: int | str
    path: Path
    appended: str | None = None


class Fault(msgspec.Struct, frozen=True):
    """An operation that could not be done, and was not."""

    code: str
    detail: str


class _Refused(Exception):  # noqa: N818 - becomes a Fault before it leaves this module
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.fault = Fault(code, detail)


class Rope:
    """A string that grows at its end."""

    __slots__ = ("_parts",)

    def __init__(self, *parts: str) -> None:
        self._parts = list(parts)

    def append(self, text: str) -> None:
        self._parts.append(text)

    def extend(self, texts: Iterable[str]) -> None:
        self._parts.extend(texts)

    def __str__(self) -> str:
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""


def text_of(node: Node) -> str | None:
    """The text of a node that is a string, grown or not; else None."""
    return str(node) if isinstance(node, str | Rope) else None


class Growing(msgspec.Struct, frozen=True):
    """A string that the last operation appended to, and where it stands."""

    rope: Rope
    pointer: str
    path: Path
    channel: int | str

    def is_at(self, operation: Operation) -> bool:
        """Whether the operation appends there too, if what it brings is a string."""
        return (
            (operation.p is UNSET or operation.p == self.pointer)
            and (operation.o is UNSET or operation.o == "append")
            and (operation.c is UNSET or operation.c == self.channel)
        )


class Trees:
    """The trees of one stream.

    ``growing`` is the string that the last operation appended to, if that is what it did:
    whoever appends to it leaves the trees as an operation at its place would.
    """

    def __init__(self) -> None:
        self._roots: dict[int | str, Node] = {}
        self._channel: int | str = 0
        self._name = "add"
        self._pointer = ""
        self._path: Path | None = ()  # None after a path that could not be read
        self.growing: Growing | None = None

    def root(self, channel: int | str) -> Node:
        """The tree of a channel; None if there is none."""
        return self._roots.get(channel)

    def apply(self, operation: Operation) -> Iterable[Change | Fault]:
        """Do one operation; a patch gives a result for each of its own.

        Take all results: those of a patch are done one by one as they are
        asked for, so that the tree can be looked at in between.
        """
        value, growing = operation.v, self.growing
        if growing and isinstance(value, str) and growing.is_at(operation):
            growing.rope.append(value)
            return (Change(growing.channel, growing.path, value),)
        self.growing = None
        if operation.c is not UNSET:
            self._channel = operation.c
        if operation.o is not UNSET:
            self._name = operation.o
        try:
            if operation.p is not UNSET:
                self._path = None
                self._path = split_pointer(operation.p)
                self._pointer = operation.p
            if self._path is None:
                raise _Refused("bad_path", "an operation carries over a path that cannot be read")
            if self._name == "patch":
                return self._patch(self._path, value, 1)
            change, rope = self._do(self._name, self._path, value)
            if rope:
                self.growing = Growing(rope, self._pointer, self._path, self._channel)
        except _Refused as refused:
            return (refused.fault,)
        return (change,)

    def _patch(self, base: Path, value: Node, depth: int) -> Iterator[Change | Fault]:
        if not isinstance(value, list) or depth > PATCH_LIMIT:
            yield Fault("bad_operation", "a patch is no list, or stands too deep in others")
            return
        for inner in value:
            try:
                name, path = _read_inner(inner)
                if name == "patch":
                    yield from self._patch(base + path, inner.get("v"), depth + 1)
                else:
                    change, _ = self._do(name, base + path, inner.get("v", UNSET))
                    yield change
            except _Refused as refused:
                yield refused.fault

    def _do(self, name: str, path: Path, value: Node) -> tuple[Change, Rope | None]:
        """Do anything but a patch; also return the rope that grew, if one did."""
        if len(path) > DEPTH_LIMIT:
            raise _Refused("bad_path", f"a path has {len(path)} segments, over {DEPTH_LIMIT}")
        if value is UNSET and name != "remove":
            raise _Refused("bad_operation", f"{name!r} at {_show(path)} has no value")
        container, key = self._container(path)
        appended, rope = None, None
        match name:
            case "add":
                self._add(container, key, value, path)
            case "replace":
                _get(container, key, path)
                container[key] = value
            case "remove":
                _get(container, key, path)
                del container[key]
            case "truncate":
                container[key] = _truncated(_get(container, key, path), value, path)
            case "append":
                grown = _appended(_get(container, key, path), value, path)
                container[key] = grown
                if isinstance(grown, Rope):
                    appended, rope = value, grown
            case _:
                raise _Refused("unknown_operation", f"{name!r} is no operation of this encoding")
        return Change(self._channel, path, appended), rope

    def _container(self, path: Path) -> tuple[Node, Any]:
        """What holds the node at ``path``, and the key under which it does."""
        container: Node = self._roots
        key: Any = self._channel
        for segment in path:
            container = _get(container, key, path)
            key = _key(container, segment, path)
        return container, key

    def _add(self, container: Node, key: Any, value: Node, path: Path) -> None:
        if isinstance(container, list):
            if key > len(container):
                raise _Refused("bad_path", f"{_show(path)} is behind the end of its list")
            container.insert(key, value)
        elif container is self._roots and key not in container and len(container) >= CHANNEL_LIMIT:
            raise _Refused("too_many_channels", f"more than {CHANNEL_LIMIT} channels; one ignored")
        else:
            container[key] = value


def split_pointer(pointer: str) -> Path:
    """The segments of a JSON Pointer, their ``~1`` and ``~0`` undone."""
    if not pointer:
        return ()
    first, *segments = pointer.split("/")
    if first:
        raise _Refused("bad_path", f"the path {pointer[:80]!r} does not begin with a slash")
    if "~" in pointer:
        segments = [segment.replace("~1", "/").replace("~0", "~") for segment in segments]
    return tuple(segments)


def _read_inner(inner: Node) -> tuple[str, Path]:
    if isinstance(inner, dict):
        name, pointer = inner.get("o"), inner.get("p")
        if isinstance(name, str) and isinstance(pointer, str):
            return name, split_pointer(pointer)
    raise _Refused("bad_operation", "an operation inside a patch has no place or no name")


def _key(container: Node, segment: str, path: Path) -> Any:
    if isinstance(container, dict):
        return segment
    if isinstance(container, list):
        if segment == "-":  # RFC 6901: behind the last element
            return len(container)
        if segment.isascii() and segment.isdigit() and len(segment) <= INDEX_DIGITS:
            return int(segment)
    raise _Refused("bad_path", f"{_show(path)} leads through something that has no such place")


def _get(container: Node, key: Any, path: Path) -> Node:
    try:
        return container[key]
    except (KeyError, IndexError):
        raise _Refused("bad_path", f"{_show(path)} does not exist") from None


def _appended(node: Node, value: Node, path: Path) -> Node:
    """Strings and lists grow in place, objects are merged."""
    match node, value:
        case str(), str():
            return Rope(node, value)
        case Rope(), str():
            node.append(value)
        case list(), list():
            node.extend(value)
        case dict(), dict():
            node.update(value)
        case _:
            raise _Refused("bad_value", f"what {_show(path)} holds cannot be appended to with that")
    return node


def _truncated(node: Node, value: Node, path: Path) -> Node:
    """The first ``value`` code points or elements; longer than it is stays as it is."""
    text = text_of(node)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _Refused("bad_value", f"{_show(path)} cannot be truncated to that length")
    if text is not None:
        return text[:value]
    if isinstance(node, list):
        return node[:value]
    raise _Refused("bad_value", f"{_show(path)} is neither text nor list, so has no length")


def _show(path: Path) -> str:
    pointer = "".join(f"/{segment}" for segment in path)
    return repr(pointer if len(pointer) <= 80 else pointer[:80] + "…")
