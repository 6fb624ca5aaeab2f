"""Whose a file is, told by how it begins: a format's that is read, or a product of our own."""

import importlib
import re
from collections.abc import Iterator
from typing import Protocol, cast

from analyzer import journal
from analyzer.importers.source import Source
from analyzer.intake.seen import Item
from analyzer.model import CaptureError, Problem

FORMATS = {
    "pcap": "a packet capture (pcap, pcapng)",
    "flows": "a mitmproxy flow file",
    "netlog": "a Chrome NetLog",
    "har": "a HAR file",
    "bodies": "an event stream or JSON lines",
}
"""The foreign formats' modules, in the order in which they are asked; each with its name."""

JOURNAL = "a streamscope capture"

READS = (
    f"it reads its own journals, {', '.join(list(FORMATS.values())[:-1])} and "
    f"{list(FORMATS.values())[-1]}, also gzip'd or zstd'd"
)

_SOURCE = "name the capture that it was made of"
_TEXT = rb'"(?:[^"\\]|\\.)*+"'
_PRODUCTS = (
    (
        rb"SQLite format 3\0",
        "a database, no capture; `streamscope report` and `transcript` take it",
    ),
    (
        rb'\{(?:"capture":%b,)?"exchange":\d+,"seq":\d+,"type":' % _TEXT,
        f"a list of events that streamscope wrote, no capture; {_SOURCE}",
    ),
    (
        rb'\{"type":%b,"data":%b,"id":%b,"retry":\w+,"first_ns":\d' % (_TEXT, _TEXT, _TEXT),
        f"a list of events that streamscope wrote, no capture; {_SOURCE}",
    ),
    (
        rb'\{\s*"schema":\s*"streamscope-\w+"',
        f"figures that streamscope wrote, no capture; {_SOURCE}",
    ),
    (
        rb'\{"t":"\w+","mono_ns":\d+,"wall_ns":\d',
        "the lab's own log of what it did, no capture; name the capture that lies beside it",
    ),
    (
        rb'\{"t":"\w+","(?:exchange|at_ns|connection)":\d',
        "a streamscope capture without its first line, which says where its times come from; "
        "take the whole file",
    ),
    (
        rb'\{\s*(?:"displayTimeUnit":\s*"\w+",\s*)?"traceEvents":\s*\[',
        f"a trace for Perfetto or chrome://tracing, no capture; {_SOURCE}",
    ),
    (
        rb"PAR1",
        f"a Parquet file, no capture; {_SOURCE}",
    ),
    (
        rb"(?:#[^\n]*+\n)*+(?:CLIENT|SERVER|EXPORTER)_\w{1,40} [0-9a-f]{64} ",
        "a log of TLS secrets, no capture; name the packets that it is for, and set "
        "SSLKEYLOGFILE to it",
    ),
)
"""What may lie beside captures and is none: how it begins, and what is said of it."""

_OF_PRODUCTS = tuple((re.compile(begin), said) for begin, said in _PRODUCTS)


class Format(Protocol):
    """A module of `FORMATS`."""

    def recognises(self, head: bytes, /) -> bool: ...
    def read(self, source: Source, /) -> Iterator[Item | Problem]: ...


def format_of(head: bytes) -> str:
    """Whose a file is that begins so: `JOURNAL`, a key of `FORMATS`, or nobody's (empty)."""
    if head.startswith(journal.MAGIC):
        return JOURNAL
    if _product(head):  # some are JSON lines too
        return ""
    return next((name for name in FORMATS if module(name).recognises(head)), "")


def known_format(source: Source) -> str:
    """The same of a file. Raises CaptureError, with what it is instead, if it is nobody's."""
    head = source.head
    if name := format_of(head):
        return name
    if damage := source.problems():
        raise CaptureError(f"{source.name}: too little is left of it: {damage[0].detail}")
    if not head:
        raise CaptureError(f"{source.name} is empty; name a capture")
    said = _product(head) or f"not a capture that streamscope reads; {READS}"
    raise CaptureError(f"{source.name}: {said}")


def module(name: str) -> Format:
    return cast(Format, importlib.import_module(f"analyzer.importers.{name}"))


def _product(head: bytes) -> str:
    return next((said for begin, said in _OF_PRODUCTS if begin.match(head)), "")
