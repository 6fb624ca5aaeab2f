"""Levels of redaction: which there are, what a shape holds, and that none goes down."""

import everything
import pytest
import synthetic
from making import a_head
from synthetic import MS

from analyzer import journal
from analyzer.analyze import examine
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    Connection,
    ConnectionEnd,
    Credential,
    ExchangeEnd,
    Lost,
    Problem,
    Reads,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.redact.levels import LEVELS, Level, at_level

SAID = "Nobody may read this"


def test_secrets_are_gone_already_so_nothing_changes() -> None:
    records = list(synthetic.capture(2, 9))

    assert list(at_level(records, "secrets")) == records


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("had", LEVELS)
def test_a_level_never_goes_down(had: Level, level: Level) -> None:
    records = [a_head(capture_id="har-4fd1"), *everything.recorded(1)]
    before = list(at_level(records, had))
    after = list(at_level(before, level))
    kept_less: Level = max(had, level, key=LEVELS.index)
    head = after[0]

    assert isinstance(head, CaptureHead)
    assert head.redaction == kept_less
    assert head.capture_id == "har-4fd1" + ("" if kept_less == "secrets" else f"-{kept_less}")
    if LEVELS.index(level) <= LEVELS.index(had) != LEVELS.index("content"):
        assert after == before


@pytest.mark.parametrize("level", ["content", "shape"])
def test_a_recording_without_content_loses_its_heads_too(level: Level) -> None:
    """It calls itself a shape, for its bodies are one; what it was asked for stands in paths."""
    asked = RequestHead(
        1, 0, "GET", "https", "chat.example", f"/q/{SAID}", "HTTP/2.0", (("x-note", SAID),)
    )
    head, made = at_level([a_head(redaction="shape"), asked], level)

    assert isinstance(made, RequestHead)
    assert SAID not in (made.path, made.headers[0][1] if made.headers else "")
    assert isinstance(head, CaptureHead)
    assert (head.redaction, head.capture_id) == ("shape", f"4fd1-{level}")


def test_a_name_that_somebody_gave_a_capture_goes() -> None:
    (head,) = at_level([a_head(capture_id="anns laptop", wall_ns=255)], "content")

    assert isinstance(head, CaptureHead)
    assert head.capture_id == "capture-ff-content"


def test_problems_of_the_file_pass() -> None:
    problem = Problem("torn_tail", "a.jsonl", "cut")

    assert list(at_level([a_head(), problem], "shape"))[1:] == [problem]


def test_a_shape_says_nothing_but_lengths_and_times() -> None:
    said = SAID
    records: list[AnyRecord] = [
        a_head(scope=(said,)),
        Connection(1, 0, "client", "h2", said, said, said, 1, 2, 3, said, ("h2", said)),
        RequestHead(1, 1, said, said, said, f"/{said}?{said}", said, ((said, said),), 1, said),
        Body(1, 2, "request", 20, said.encode(), 18, said),
        Credential(1, 2, said, said, said, 9, said),
        ResponseHead(1, 3, 200, "HTTP/3", ((said, said),), said, 2, True),
        Reads(1, (4, 5), (10, 10), said.encode(), (7, 6)),
        WebSocketMessage(1, 6, True, True, said.encode(), 20),
        Lost(6, said, 3, said, 100, 1),
        ExchangeEnd(1, 7, "error", said),
        ConnectionEnd(1, 8, said),
    ]
    made = list(at_level(records, "shape"))

    assert said.encode() not in b"".join(
        journal.encode(one) for one in made if not isinstance(one, Problem)
    )
    assert made[1:] == [
        Connection(1, 0, "client", "h2", "", "host-1.example", "", 1, 2, 3, "", ("h2", "other")),
        RequestHead(1, 1, "OTHER", "", "host-1.example", "/path-1", "", (), 1),
        Body(1, 2, "request", 20, b"", 18, "redacted to its shape"),
        ResponseHead(1, 3, 200, "HTTP/3", (), "", 2, True),
        Reads(1, (4, 5), (0, 0), b"", (7, 6)),
        WebSocketMessage(1, 6, True, True, b"", 20),
        Lost(6, "records", 3, "", 100, 1),
        ExchangeEnd(1, 7, "error"),
        ConnectionEnd(1, 8, "error"),
    ]


def test_a_shape_has_the_times_and_the_transport_of_its_capture() -> None:
    """Equal hosts and paths stay equal, so that endpoints still count together."""
    records = [a_head(), *everything.recorded(1)]
    one, other = (
        examine(__file__, made)  # type: ignore[arg-type] # only its name is shown
        for made in (records, list(at_level(records, "shape")))
    )

    assert len(other.measured) == len(one.measured) > 40
    for mine, yours in zip(one.measured, other.measured, strict=True):
        assert yours.times.time_to_headers_ns == mine.times.time_to_headers_ns
        assert yours.times.duration_ns == mine.times.duration_ns
        assert yours.exchange.stream.wire_bytes == mine.exchange.stream.wire_bytes
        assert yours.exchange.response_length in (mine.exchange.response_length, 0)
        assert yours.protocol == mine.protocol
    assert len({each.exchange.path for each in other.measured}) > 5


def test_hosts_and_paths_are_numbered_in_the_order_of_their_coming() -> None:
    hosts = ["a.example", "b.example", "a.example"]
    records = [
        RequestHead(n, n * MS, "GET", "https", host, f"/x?{n}", "HTTP/2.0")
        for n, host in enumerate(hosts, 1)
    ]
    made = [
        (one.authority, one.path)
        for one in at_level([a_head(), *records], "shape")
        if isinstance(one, RequestHead)
    ]

    assert made == [
        ("host-1.example", "/path-1"),
        ("host-2.example", "/path-2"),
        ("host-1.example", "/path-1"),
    ]
