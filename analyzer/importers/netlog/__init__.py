"""Chrome's NetLog: a browser measured from within, with no proxy.

    chromium --log-net-log=session.json --net-log-capture-mode=Everything URL

An exchange is a request that went out: with redirects and retries one of the browser's
requests is several exchanges, and with an answer from its cache none. Its times:

=================  ====================================================================
request            its head was handed to the connection (not: asked for by the page)
request sent       its body was, too
response           its head came off the connection
reads              each DATA frame's bytes came off the connection (`arrivals`); over
                   HTTP/1.1, and where frames and reads can't be matched, the read
end                the stream's last frame came; where that isn't told, the browser's end
=================  ====================================================================

Times are milliseconds of the browser's monotonic clock, cut off, so that each is half of one
early in the mean; the offset to the wall clock is cut off, too, once for the whole log.

Bytes of responses are in logs of mode Everything alone; in any other mode streams keep times
and sizes. No log has request bodies, or the messages of WebSockets. Left out are requests for
anything but http and https, and those that never went out, or went out before the log began.
"""

import re
from collections.abc import Iterator
from itertools import chain

from analyzer.importers.netlog.constants import MS_NS
from analyzer.importers.netlog.lines import Lines
from analyzer.importers.netlog.log import KINDS, Log
from analyzer.importers.netlog.objects import Objects
from analyzer.importers.netlog.reading import Reading
from analyzer.importers.source import Source
from analyzer.intake.seen import Item
from analyzer.model import CaptureEnd, CaptureHead, Problem

_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{\s*\"constants\"\s*:\s*\{")
_SECOND = b'"events": ['


def recognises(head: bytes) -> bool:
    return _BEGINS.match(head) is not None and b'"logEventTypes"' in head


def read(source: Source) -> Iterator[Item | Problem]:
    reading = Reading(source.name)
    layout = Lines if _is_in_lines(source.head) else Objects
    log_file = layout(source.file, reading, source.name)
    constants = log_file.constants
    events = log_file.events(KINDS)
    first = next(events, None)
    begun_ns = first.at_ns if first else 0
    yield CaptureHead(
        capture_id=source.capture_id("netlog"),
        source="netlog",
        tool=constants.tool,
        clock="chunk",
        resolution_ns=MS_NS,
        mono_ns=begun_ns,
        wall_ns=constants.wall_ns + begun_ns,
    )
    log = Log(constants)
    for event in chain([first] if first else [], events):
        yield from log.take(event)
    if reading.is_closed:
        yield CaptureEnd(log.last_ns)
    yield from reading.problems()
    if log.strays:
        yield Problem(
            "begun_before",
            source.name,
            f"{log.strays} responses answer requests that were sent before the log began;"
            " they were left out",
        )


def _is_in_lines(head: bytes) -> bool:
    """Whether Chromium's own layout begins so; a file may be cut anywhere behind its constants."""
    first, newline, rest = head.partition(b"\n")
    if not newline or not first.rstrip().endswith(b"},"):
        return False
    second = rest.partition(b"\n")[0].rstrip()
    return re.match(rb"(?:\xef\xbb\xbf)?\{\"constants\":", first) is not None and (
        second == _SECOND[: len(second)]
    )
