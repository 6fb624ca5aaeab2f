"""Results as JSON's own types: keys are the names of the fields, whose endings are units."""

from typing import Any

import msgspec

from analyzer.model import Unmeasurable


def plain(value: object) -> Any:
    """What can't be known is null, and its reason stands under ``unmeasurable`` beside it."""
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        reasons = {n: one.reason for n, one in fields.items() if isinstance(one, Unmeasurable)}
        shown = {n: None if n in reasons else plain(one) for n, one in fields.items()}
        return {**shown, "unmeasurable": reasons} if reasons else shown
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value


def document(schema: str, version: int, **parts: object) -> bytes:
    """Indented JSON, ending in a line feed."""
    made = {"schema": schema, "version": version, **{n: plain(part) for n, part in parts.items()}}
    return msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"
