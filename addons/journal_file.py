"""The journal on disk: created for its owner alone, appended to, never overwritten."""

import errno
import os
import stat
from pathlib import Path

from analyzer.model import CaptureError


class JournalFile:
    """An append-only file that takes whole lines.

    Raises CaptureError if it cannot be created, or holds something already.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = _create(path)
        self._torn = False

    def append(self, lines: bytes) -> None:
        """Write lines, as one write where the system takes them as one.

        Raises OSError if not all of them could be written; the next lines then
        begin on a line of their own.
        """
        rest = memoryview(b"\n" + lines if self._torn else lines)
        while rest:
            written = os.write(self._fd, rest)
            self._torn = rest[written - 1] != 0x0A if written else self._torn
            rest = rest[written:]

    def close(self) -> None:
        os.close(self._fd)


def _create(path: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
    try:
        try:
            return os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            fd = os.open(path, flags)
    except OSError as error:
        raise CaptureError(f"{path}: cannot record here: {_reason(error)}") from error
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode) or found.st_size:
        os.close(fd)
        what = "holds something already" if stat.S_ISREG(found.st_mode) else "is not a file"
        raise CaptureError(
            f"{path}: {what}, and a capture is never overwritten; choose another streamscope_out"
        )
    os.fchmod(fd, 0o600)
    return fd


def _reason(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "no permission to write; choose another streamscope_out"
    if error.errno == errno.ENOENT:
        return "its directory does not exist; create it or choose another streamscope_out"
    if error.errno == errno.EISDIR:
        return "it is a directory; name a file with streamscope_out"
    return f"{(error.strerror or 'unknown error').lower()}; choose another streamscope_out"
