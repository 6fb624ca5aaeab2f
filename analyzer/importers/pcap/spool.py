"""A capture as a file of its own, for a program that opens files by their name."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from analyzer.importers.source import BLOCK, Source
from analyzer.model import CaptureError


@contextlib.contextmanager
def on_disk(source: Source) -> Iterator[Path]:
    """The file itself; what is wrapped or piped is copied, for its owner alone, and removed.

    Raises:
        CaptureError: there is no room for the copy.
    """
    if source.path is not None:
        yield source.path
        return
    with tempfile.TemporaryDirectory(prefix="streamscope-pcap-") as directory:
        path = Path(directory) / "capture"
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to:
                while block := source.file.read(BLOCK):
                    to.write(block)
        except OSError as error:
            raise CaptureError(
                f"{source.name}: cannot be unpacked into {directory} ({error.strerror}); "
                "set TMPDIR to a directory with more room"
            ) from error
        yield path
