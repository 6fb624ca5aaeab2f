"""Captures written in other formats.

Each format has a module with one function, ``write(records, file) -> list[Loss]``: it
takes what `analyzer.importers.read_capture` yields, writes it forward into a binary file
in memory that does not grow with the capture's length, and says what the format lost of it.
"""

import importlib
from collections.abc import Iterable
from pathlib import PurePath
from typing import BinaryIO, Protocol, cast

import msgspec

from analyzer.exporters.losses import Loss
from analyzer.model import AnyRecord, Problem, StreamscopeError


class Format(msgspec.Struct, frozen=True):
    """``endings`` of a file's name mean this format; ``group`` is the optional one it needs."""

    name: str
    what: str
    endings: tuple[str, ...]
    module: str
    group: str = ""


FORMATS = (
    Format("journal", "our journal", (".jsonl",), "journal"),
    Format("events", "JSON Lines of events", (".events.jsonl",), "events"),
    Format("har", "HAR 1.2", (".har",), "har"),
    Format("flows", "a mitmproxy flow file", (".mitm", ".flow", ".flows"), "flows"),
    Format(
        "trace",
        "a trace for Perfetto or Chrome",
        (".trace.json", ".perfetto.json", ".json"),
        "perfetto",
    ),
    Format("parquet", "the event table as Parquet", (".parquet",), "parquet", "parquet"),
)

CODINGS = {".gz": "gzip", ".zst": "zstd"}
"""Endings behind a format's own that mean a compressed file."""


class Write(Protocol):
    def __call__(self, records: Iterable[AnyRecord | Problem], file: BinaryIO, /) -> list[Loss]: ...


class _Module(Protocol):
    write: Write


def format_named(name: str) -> Format:
    return next(one for one in FORMATS if one.name == name)


def format_of(path: PurePath) -> Format:
    """The format that the file's name ends in, compressed or not; the longest ending counts.

    Raises StreamscopeError for an ending that none has.
    """
    name = path.name.lower()
    if coding_of(path):
        name = name.rpartition(".")[0]
    found = [(ending, one) for one in FORMATS for ending in one.endings if name.endswith(ending)]
    if not found:
        endings = ", ".join(ending for one in FORMATS for ending in one.endings)
        names = ", ".join(one.name for one in FORMATS)
        raise StreamscopeError(
            f"{path}: its ending names no format; let it end in one of {endings} (and .gz or "
            f".zst behind it), or choose with --to one of {names}"
        )
    return max(found, key=lambda pair: len(pair[0]))[1]


def coding_of(path: PurePath) -> str:
    """How a file of this name is to be compressed; empty for not at all."""
    return CODINGS.get(path.suffix.lower(), "")


def writer(chosen: Format) -> Write:
    """The format's function. Raises StreamscopeError if its libraries are not installed."""
    try:
        module = importlib.import_module(f"analyzer.exporters.{chosen.module}")
    except ModuleNotFoundError as error:
        if not chosen.group or (error.name or "").startswith("analyzer"):
            raise
        raise StreamscopeError(
            f"{chosen.what} needs {error.name}, which is not installed: "
            f"pip install 'streamscope[{chosen.group}]'"
        ) from error
    return cast(_Module, module).write
