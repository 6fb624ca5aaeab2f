"""An experiment for programs: every figure, null with its reason where there is none."""

from typing import Any

import msgspec

from analyzer.model import Unmeasurable

SCHEMA = "streamscope-experiment"
VERSION = 1
"""Raised when a key changes its meaning or goes; new keys may come without."""


def experiment_json(experiment: str, results: tuple[msgspec.Struct, ...]) -> bytes:
    """Indented JSON, ending in a line feed; a key's ending is its unit."""
    document = {
        "schema": SCHEMA,
        "version": VERSION,
        "experiment": experiment,
        "results": [_plain(result) for result in results],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _plain(value: object) -> Any:
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        reasons = {n: one.reason for n, one in fields.items() if isinstance(one, Unmeasurable)}
        shown = {n: None if n in reasons else _plain(one) for n, one in fields.items()}
        return {**shown, "unmeasurable": reasons} if reasons else shown
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value
