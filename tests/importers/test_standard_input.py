"""What comes by a pipe is told from its first bytes, and no event waits for it."""

import gzip
from collections.abc import Iterator

import pytest

from analyzer.importers.bodies.kinds import Kind
from analyzer.importers.standard_input import Begun, begin

HEAD = b"HTTP/2 200 \r\ncontent-type: text/event-stream\r\n\r\n"


def begun(*parts: bytes) -> tuple[Begun, int]:
    """What was made of it, and how many reads are still to be taken."""
    reads: Iterator[tuple[int, bytes]] = iter([(10 * n, part) for n, part in enumerate(parts)])
    found = begin(reads)
    return found, len(list(reads))


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ([b"data: x\n"], Kind.EVENTS),
        ([b": hello\n"], Kind.EVENTS),
        ([b"\xef\xbb\xbfevent: a\n"], Kind.EVENTS),
        ([b"da", b"ta: x"], Kind.EVENTS),
        ([b"\n", b"\n", b"id: 1\n"], Kind.EVENTS),
        ([b'{"a":1}\n'], Kind.LINES),
        ([b"{", b'"a":', b"1}\n"], Kind.LINES),
        ([b'[{"a"'], Kind.ARRAY),
        ([HEAD[:9], HEAD[9:], b"data: x\n"], Kind.EVENTS),
    ],
)
def test_a_stream_is_known_before_its_first_event_can_be_complete(
    parts: list[bytes], kind: Kind
) -> None:
    found, left = begun(*parts, b"more")

    assert (found.kind, left) == (kind, 1)
    assert found.data == b"".join(parts)


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"data: x\n\n", mtime=0),
        b'{"format":"streamscope-journal","version":1,"capture":{}}\n',
        b'{"log": {"version": "1.2", "creator": {}, "entries": []}}',
        b"\x0a\x0d\x0d\x0a" + bytes(40),
        b"Nothing that anybody would call a stream.",
        b"",
    ],
)
def test_everything_else_is_a_capture_to_be_read_as_a_file(content: bytes) -> None:
    for parts in ([content], [content[n : n + 1] for n in range(len(content))]):
        found, left = begun(*parts)
        assert found.kind is None
        assert found.data + b"".join(parts[len(parts) - left :]) == content


def test_what_stands_before_a_stream_is_not_in_it_and_times_are_kept() -> None:
    found, _ = begun(HEAD[:20], HEAD[20:] + b"data: x\n")

    assert list(found.stream()) == [(10, b"data: x\n")]
