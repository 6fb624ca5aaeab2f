"""mitmproxy's flow files."""

from collections.abc import Iterator

from analyzer.importers.source import Source
from analyzer.intake.seen import Item
from analyzer.model import CaptureError, Problem


def recognises(head: bytes) -> bool:
    return False


def read(source: Source) -> Iterator[Item | Problem]:
    raise CaptureError(f"{source.name}: cannot be read")
