"""A NetLog's own constants: its numbers for events, phases, sources and errors change per build."""

from typing import Literal

import msgspec

from analyzer.model import CaptureError

type Phase = Literal["begin", "end", ""]

_PHASES: dict[str, Phase] = {"PHASE_BEGIN": "begin", "PHASE_END": "end"}
_DEFAULT_PHASES = {"PHASE_BEGIN": 1, "PHASE_END": 2}
_MS_LIMIT = 1 << 50
"""Unix milliseconds that no wall clock shows: the year 35,000."""

MS_NS = 1_000_000
"""NetLog's step: all its times are whole milliseconds."""


class _Client(msgspec.Struct):
    name: str = ""
    version: str = ""


class _Constants(msgspec.Struct, rename="camel"):
    log_event_types: dict[str, int]
    log_source_type: dict[str, int]
    log_event_phase: dict[str, int] = msgspec.field(default_factory=lambda: dict(_DEFAULT_PHASES))
    net_error: dict[str, int] = msgspec.field(default_factory=dict)
    time_tick_offset: int = 0
    log_capture_mode: str = ""
    client_info: _Client = msgspec.field(default_factory=_Client)


class Constants:
    """What the numbers of one log mean.

    ``wall_ns`` is Unix time at the log's time 0, 0 where it isn't stated. ``has_bytes``: the
    log was written in a mode that keeps bytes and secrets (older builds don't state their mode).
    """

    def __init__(self, read: _Constants) -> None:
        self.types = {number: name for name, number in read.log_event_types.items()}
        self.sources = {number: name for name, number in read.log_source_type.items()}
        self.phases: dict[int, Phase] = {
            number: _PHASES[name]
            for name, number in read.log_event_phase.items()
            if name in _PHASES
        }
        self._errors = {number: name for name, number in read.net_error.items()}
        offset = read.time_tick_offset
        self.wall_ns = offset * MS_NS if 0 < offset < _MS_LIMIT else 0
        self.has_bytes = read.log_capture_mode in ("Everything", "")
        client = read.client_info
        self.tool = f"{client.name} {client.version}".strip() or "Chromium"

    def error(self, number: int) -> str:
        """A net error's name as browsers show it; empty for success."""
        if not number:
            return ""
        return f"net::{self._errors.get(number, f'ERR_{number}')}"


def read_constants(value: bytes | object, name: str) -> Constants:
    """Read the constants, from their JSON or from what a reader of JSON made of it.

    Raises CaptureError where they do not say what the log's numbers mean; ``name`` is the file.
    """
    try:
        if isinstance(value, bytes):
            return Constants(msgspec.json.decode(value, type=_Constants, strict=False))
        return Constants(msgspec.convert(value, _Constants, strict=False))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CaptureError(
            f"{name}: a NetLog whose constants cannot be read ({error}), so its events cannot"
            " either; record it again"
        ) from error
