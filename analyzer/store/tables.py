"""Any question's rows to rows of its tables and back, by the types of their fields."""

import datetime as dt
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from analyzer.analyses.answers import Answers
from analyzer.analyses.questions import Found, Row
from analyzer.model import Unmeasurable
from analyzer.store.rows import column

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_SHARED = ("unanswered", "problems")
FOUND: dict[str, type[Found]] = {
    name: kind for name, kind in get_type_hints(Answers).items() if issubclass(kind, Found)
}
"""The type of each question's answer."""


class Field(msgspec.Struct, frozen=True):
    """How one field of a row stands in its table."""

    name: str
    column: str
    is_time: bool
    is_bool: bool
    json: Any
    """The type that its JSON text is read as, or None if it is no JSON."""


class Shape(msgspec.Struct, frozen=True):
    fields: tuple[Field, ...]
    has_reasons: bool


def of(found: type[Found]) -> dict[str, type[Row]]:
    """The tables of an answer, by name, with the type of their rows."""
    hints = get_type_hints(found)
    return {name: get_args(hints[name])[0] for name in hints if name not in _SHARED}


@cache
def shape(row: type[Row]) -> Shape:
    """How rows of this type are kept."""
    hints = get_type_hints(row)
    kinds = {name: members(hint) for name, hint in hints.items()}
    fields = tuple(
        Field(
            name,
            column(name),
            name.endswith("_at") and int in members,
            bool in members,
            next((one for one in members if get_origin(one) is tuple), None),
        )
        for name, members in kinds.items()
    )
    return Shape(fields, any(Unmeasurable in members for members in kinds.values()))


def row_of(row: Row) -> dict[str, Any]:
    """The columns of a row, without its capture, as SQLite takes them."""
    values, reasons = named(row)
    made = shape(type(row))
    for field in made.fields:
        if field.json and values[field.column] is not None:
            values[field.column] = msgspec.json.encode(values[field.column]).decode()
    if made.has_reasons:
        values["unmeasurable"] = msgspec.json.encode(reasons).decode()
    return values


def named(row: Row) -> tuple[dict[str, Any], dict[str, str]]:
    """A row's values by column, times as ISO 8601; and why those are None that can't be known."""
    values: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for field in shape(type(row)).fields:
        value = getattr(row, field.name)
        if isinstance(value, Unmeasurable):
            reasons[field.column] = value.reason
            value = None
        elif value is not None and field.is_time:
            value = iso(value)
        values[field.column] = value
    return values, reasons


def row_from[R: Row](kind: type[R], found: dict[str, Any]) -> R:
    """The row again."""
    made = shape(kind)
    reasons = msgspec.json.decode(found["unmeasurable"]) if made.has_reasons else {}
    values: dict[str, Any] = {}
    for field in made.fields:
        value = found[field.column]
        if field.column in reasons:
            value = Unmeasurable(reasons[field.column])
        elif value is not None and field.is_time:
            value = microseconds(value)
        elif value is not None and field.json:
            value = msgspec.json.decode(value, type=field.json)
        elif value is not None and field.is_bool:
            value = bool(value)
        values[field.name] = value
    return kind(**values)


def iso(at: int) -> str:
    """µs since 1970 as ISO 8601 in UTC, with all six decimals."""
    return (_EPOCH + at * _MICROSECOND).isoformat(timespec="microseconds").replace("+00:00", "Z")


def microseconds(text: str) -> int:
    """What `iso` was given."""
    return (dt.datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND


def members(hint: Any) -> tuple[Any, ...]:
    """The types of a union, aliases resolved; literals are the types of their values."""
    hint = getattr(hint, "__value__", hint)
    if get_origin(hint) in (Union, UnionType):
        return tuple(each for one in get_args(hint) for each in members(one))
    return (hint,)
