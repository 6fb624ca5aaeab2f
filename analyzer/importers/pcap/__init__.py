"""Packet captures with TLS secrets, through tshark.

tshark undoes what the network did: it puts TCP segments in order, decrypts TLS and QUIC, and
says what stands in their records and frames. HTTP is ours to read, by h11, hpack with
hyperframe, and pylsqpack: tshark 4.0 knows no QPACK, and puts body bytes together that came
apart. What it wrote is turned into what was seen by `rows`, which is pure.

A body byte's moment is the arrival of the packet with which it could be read: the one that
carried it, or the one that completed its TLS record, filled the gap before it, or
brought the QPACK entries that the head before it waited for.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from analyzer.importers.pcap import files
from analyzer.importers.pcap.spool import on_disk
from analyzer.importers.pcap.tshark import Tshark, find
from analyzer.importers.source import Source
from analyzer.intake.seen import Item
from analyzer.model import CaptureError, CaptureHead, Problem

KEY_LOG = "SSLKEYLOGFILE"
KEY_LOG_ENDINGS = (".keys", ".keylog", ".sslkeys")
"""Of a key log that lies beside the capture and is named like it."""

recognises = files.recognises


def read(source: Source) -> Iterator[Item | Problem]:
    """What the packets show, exchange by exchange.

    Secrets are those in the file, those in the file that SSLKEYLOGFILE names, else those in a
    key log beside the capture.

    Raises:
        CaptureError: there is no tshark, or nothing in the file can be read.
    """
    from analyzer.importers.pcap.rows import Reader  # loads parsers that other formats need not

    find()  # before anything is unpacked for it
    known = files.about(source.head)
    head = CaptureHead(
        source.capture_id("pcap"), "pcap", known.tool, "packet", known.resolution_ns, 0, 0
    )
    reader = Reader(head, source.name)
    with on_disk(source) as path, Tshark(path, _key_log(source)) as rows:
        waiting: list[Item | Problem] = []
        for row in rows:
            waiting += reader.feed(row)
            if reader.exchanges:
                yield from waiting
                waiting.clear()
        complaint = rows.complaint()
        waiting += reader.finish(whole=not complaint)
        if not reader.exchanges:
            said = _plain(complaint, path)
            raise CaptureError(_nothing(source, reader.sealed, said))
        yield from waiting
        if complaint and not source.problems():
            yield _damage(source, path, _plain(complaint, path))
        if reader.sealed:
            yield _sealed(source, reader.sealed)


def _key_log(source: Source) -> Path | None:
    named = os.environ.get(KEY_LOG)
    if named and Path(named).is_file():
        return Path(named).absolute()
    if source.path is None:
        return None
    beside = (source.path.with_suffix(ending) for ending in KEY_LOG_ENDINGS)
    return next((path.absolute() for path in beside if path.is_file()), None)


def _nothing(source: Source, sealed: int, complaint: str) -> str:
    if sealed:
        many = "connections are" if sealed > 1 else "connection is"
        return (
            f"{source.name}: its {sealed} TLS or QUIC {many} encrypted, and there are no secrets "
            f"for them; {_REMEDY}"
        )
    if complaint:
        return (
            f"{source.name}: no HTTP exchange can be read in it; tshark says that {complaint}; "
            "capture the connections again, from their beginning"
        )
    return (
        f"{source.name}: no HTTP exchange is in these packets; capture the connections from "
        "their beginning, with the port that they really use"
    )


def _damage(source: Source, path: Path, complaint: str) -> Problem:
    """tshark says what is the matter; where, the file's lengths tell."""
    with path.open("rb") as file:
        offset = files.whole_until(file)
    detail = f"{complaint}; what precedes that was read"
    return Problem("damaged_capture", source.name, detail, offset)


def _plain(complaint: str, path: Path) -> str:
    """What tshark said, without the name of the file that it was given: that may be a copy."""
    return complaint.replace(f'The file "{path.absolute()}"', "the capture").rstrip(".")


def _sealed(source: Source, count: int) -> Problem:
    detail = f"{count} TLS or QUIC connections stayed encrypted; {_REMEDY}"
    return Problem("no_secrets", source.name, detail)


_REMEDY = (
    f"set {KEY_LOG} to the key log of the program that was captured, or put that beside the "
    f"capture under its name with the ending {KEY_LOG_ENDINGS[0]}"
)
