"""One event of a NetLog, with those of its parameters that matter here."""

from typing import Annotated, NamedTuple

import msgspec

from analyzer.importers.netlog.constants import MS_NS, Constants, Phase

TIME_LIMIT_MS = 1 << 40
"""35 years of a machine's uptime; a later event's time is damage."""


SIZE_LIMIT = 1 << 40
"""Bytes; a larger size is damage."""

type Size = Annotated[int, msgspec.Meta(ge=0, le=SIZE_LIMIT)]

READS = frozenset({"URL_REQUEST_JOB_BYTES_READ", "URL_REQUEST_JOB_FILTERED_BYTES_READ"})
"""Events that bring a body's bytes: before content codings are undone, and after."""


class Dependency(msgspec.Struct):
    """Another source that an event points to."""

    id: int
    type: int


class Params(msgspec.Struct):
    """Parameters by Chromium's names; what an event doesn't have keeps its default.

    ``data`` is None where the log was written without them. Sizes count bytes.
    """

    url: str = ""
    headers: list[str] | None = None
    line: str = ""
    data: bytes | None = msgspec.field(default=None, name="bytes")
    byte_count: Size = 0
    total_size: int = 0
    net_error: int | str = 0
    error_code: int | str = ""
    source_dependency: Dependency | None = None
    stream_id: int = -1
    quic_stream_id: int = -1
    size: Size = 0
    fin: bool = False
    offset: Size = 0
    length: Size = 0
    payload_length: Size = 0
    compressed_headers_length: Size = 0
    from_peer: bool = False
    host: str = ""
    local_address: str = ""
    remote_address: str = ""
    self_address: str = ""
    peer_address: str = ""
    next_proto: str = ""
    version: str = ""
    frame_type: Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)] = 0


class _Source(msgspec.Struct):
    id: int
    type: int


class Raw(msgspec.Struct):
    """An event as the file has it; times are milliseconds, written as text."""

    source: _Source
    time: str | int
    type: int
    phase: int = 0
    params: Params = msgspec.field(default_factory=Params)


class Event(NamedTuple):
    """``kind`` and ``source_type`` are Chromium's own names."""

    at_ns: int
    kind: str
    phase: Phase
    source_type: str
    source: int
    params: Params


def named(raw: Raw, constants: Constants) -> Event:
    """Give the numbers their names. Raise ValueError if its time is none."""
    at_ms = int(raw.time)
    if not 0 <= at_ms < TIME_LIMIT_MS:
        raise ValueError(f"{at_ms} ms is no time of an event")
    return Event(
        at_ms * MS_NS,
        constants.types.get(raw.type, ""),
        constants.phases.get(raw.phase, ""),
        constants.sources.get(raw.source.type, ""),
        raw.source.id,
        raw.params,
    )
