"""An experiment for programs: every figure, null with its reason where there is none."""

import msgspec

from analyzer.report.plain_json import document

SCHEMA = "streamscope-experiment"
VERSION = 1
"""Raised when a key changes its meaning or goes; new keys may come without."""


def experiment_json(experiment: str, results: tuple[msgspec.Struct, ...]) -> bytes:
    """Indented JSON, ending in a line feed; a key's ending is its unit."""
    return document(SCHEMA, VERSION, experiment=experiment, results=results)
