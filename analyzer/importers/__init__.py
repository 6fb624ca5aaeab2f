"""Captures on disk, recognised by what they hold and never by their name."""

from collections.abc import Iterator
from pathlib import Path

from analyzer import journal
from analyzer.model import AnyRecord, CaptureError, Problem

BLOCK = 1024 * 1024
"""Bytes read at a time, so that a capture of any size needs little memory."""


def read_capture(path: Path) -> Iterator[AnyRecord | Problem]:
    """Yield what the capture holds, in its order; damage comes out as a `Problem`.

    The file is opened at once, so that a wrong path fails at the call and not
    in the middle of a loop.

    Raises:
        CaptureError: the file can't be opened, or is no capture.
    """
    if path.is_dir():
        raise CaptureError(f"{path} is a directory; name the capture file in it")
    try:
        file = path.open("rb")
    except OSError as error:
        raise CaptureError(f"{path}: cannot be read: {error.strerror}") from error

    def records() -> Iterator[AnyRecord | Problem]:
        with file:
            decoder = journal.Decoder(str(path))
            while block := file.read(BLOCK):
                yield from decoder.feed(block)
            yield from decoder.finish()

    return records()
