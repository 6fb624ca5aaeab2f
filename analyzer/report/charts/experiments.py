"""What `streamscope experiment … --json FILE` wrote, read again to be drawn."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from analyzer.model import StreamscopeError

SCHEMA, VERSION = "streamscope-experiment", 1
SIZE_LIMIT = 64_000_000
"""A file of an experiment has some ten thousand bytes."""


class ExperimentFileError(StreamscopeError):
    """A file is not what an experiment wrote, or what a newer version did."""


class Spread(msgspec.Struct, frozen=True):
    """Repeated wall times: the median and the quartiles."""

    n: int
    median_ns: int
    low_ns: int
    high_ns: int


class Point(msgspec.Struct, frozen=True):
    style: str
    depth: int
    wall: Spread


class Line(msgspec.Struct, frozen=True):
    """``base_ms`` at depth 0, ``slope`` in ms per row."""

    base_ms: float
    slope: float
    low: float
    high: float


class PagesSettings(msgspec.Struct, frozen=True):
    rows: int
    page: int
    order: str
    index: bool


class Pages(msgspec.Struct, frozen=True):
    """Pages of one list in one database. A line is None where it could not be fitted."""

    settings: PagesSettings
    database: str
    points: tuple[Point, ...]
    offset: Line | None = None
    keyset: Line | None = None


class KeysSettings(msgspec.Struct, frozen=True):
    rows: int
    storage: str
    repeats: int


class Growth(msgspec.Struct, frozen=True):
    key_bytes: int
    total_bytes: int
    leaf_fill: float | None = None


class Tree(msgspec.Struct, frozen=True):
    """``rates``: inserts a second for each equal part of the rows."""

    layout: str
    scheme: str
    rates: tuple[int, ...]
    per_s: int
    last: Growth


class Keys(msgspec.Struct, frozen=True):
    """Tables of several kinds of key in one database."""

    settings: KeysSettings
    database: str
    trees: tuple[Tree, ...]


class Experiment(msgspec.Struct, frozen=True):
    """One file: the answers of one or more databases to one of the two experiments."""

    file: str
    pages: tuple[Pages, ...] = ()
    keys: tuple[Keys, ...] = ()


class _Document(msgspec.Struct):
    schema: str = ""
    version: int = 0
    experiment: str = ""
    results: msgspec.Raw = msgspec.Raw(b"[]")


def read_experiments(paths: Iterable[Path]) -> tuple[Experiment, ...]:
    """Raises ExperimentFileError, which names the file and what to do."""
    return tuple(_read(path) for path in paths)


def _read(path: Path) -> Experiment:
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise ExperimentFileError(
                f"{path}: larger than {SIZE_LIMIT:,} bytes, so no experiment's; {_REMEDY}"
            )
        data = path.read_bytes()
    except OSError as error:
        raise ExperimentFileError(f"{path}: cannot be read: {error.strerror}; {_REMEDY}") from error
    try:
        document = msgspec.json.decode(data, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ExperimentFileError(
            f"{path}: not an experiment's JSON: {error}; {_REMEDY}"
        ) from error
    if document.schema != SCHEMA:
        raise ExperimentFileError(f"{path}: not an experiment's JSON; {_REMEDY}")
    if document.version != VERSION:
        raise ExperimentFileError(
            f"{path}: written by another version (shape {document.version}, this one reads "
            f"{VERSION}); run the experiment again with this version"
        )
    return _results(path, document)


def _results(path: Path, document: _Document) -> Experiment:
    try:
        if document.experiment == "pagination":
            pages = msgspec.json.decode(document.results, type=tuple[Pages, ...])
            return Experiment(str(path), pages=pages)
        if document.experiment == "identifiers":
            keys = msgspec.json.decode(document.results, type=tuple[Keys, ...])
            return Experiment(str(path), keys=keys)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ExperimentFileError(f"{path}: damaged: {error}; {_REMEDY}") from error
    raise ExperimentFileError(
        f"{path}: experiment {document.experiment[:40]!r} is not known here; "
        "pagination and identifiers are"
    )


_REMEDY = "name a file that streamscope experiment … --json FILE wrote"
