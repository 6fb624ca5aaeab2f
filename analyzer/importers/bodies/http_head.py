"""The head that `curl -i` writes before a body."""

import re
from email.utils import parsedate_to_datetime

import msgspec

from analyzer.intake.seen import Fields, value_of
from analyzer.intake.streaming import streams

_STATUS_LINE = re.compile(rb"HTTP/(\d(?:\.\d)?) (\d{3})(?: ([^\r\n]*))?\r?\n")
_END = re.compile(rb"\r?\n\r?\n")
_VERSIONS = {b"1.0": "HTTP/1.0", b"1.1": "HTTP/1.1", b"2": "HTTP/2.0", b"3": "HTTP/3"}

HEADS_LIMIT = 16
"""Most heads before each other: of a proxy, of redirects, of informational answers."""


class HttpHead(msgspec.Struct, frozen=True):
    """The last head; ``size`` is where the body begins."""

    http_version: str
    status: int
    reason: str
    fields: Fields
    size: int

    def value(self, name: str) -> str:
        return value_of(self.fields, name.encode())

    @property
    def coded(self) -> bool:
        """Whether it says of the body that it is a stream, and compressed."""
        return bool(self.value("content-encoding")) and streams(self.value("content-type"))

    @property
    def date_ns(self) -> int | None:
        """When the service answered, by its own clock, to the second."""
        try:
            return int(parsedate_to_datetime(self.value("date")).timestamp()) * 1_000_000_000
        except (ValueError, OverflowError):
            return None


def parse(head: bytes) -> HttpHead | None:
    """The last of the heads that stand there; None if the file doesn't begin with a whole one."""
    found: HttpHead | None = None
    for _ in range(HEADS_LIMIT):
        at = found.size if found else 0
        status = _STATUS_LINE.match(head, at)
        end = _END.search(head, at) if status else None
        if status is None or end is None:
            break
        lines = head[status.end() : max(end.start(), status.end())].splitlines()
        pairs = (line.partition(b":") for line in lines if line)
        found = HttpHead(
            _VERSIONS.get(status[1], ""),
            int(status[2]),
            (status[3] or b"").decode("latin-1").strip(),
            tuple((name.strip(), value.strip()) for name, _, value in pairs),
            end.end(),
        )
    return found
