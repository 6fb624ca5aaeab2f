"""OpenTelemetry's names for what a passive observer sees of a chat turn, and ours for the rest.

Names and buckets are those of the GenAI semantic conventions (repository
open-telemetry/semantic-conventions-genai, in development). Durations are in seconds.
"""

from analyzer.analyses.measured import Measured
from analyzer.analyses.results import CaptureResult
from analyzer.telemetry.words import failure_of, model_of, provider_of, server_of, version_of

type Attributes = dict[str, str | bool | int | float]

SCOPE = "streamscope"

HISTOGRAMS: dict[str, tuple[str, str]] = {
    "e2el": (
        "gen_ai.client.operation.duration",
        "E2EL: last text − request sent; turns without any text have none",
    ),
    "ttft": (
        "gen_ai.client.operation.time_to_first_chunk",
        "TTFT: first non-empty answer or reasoning text − request sent",
    ),
    "icl": (
        "gen_ai.client.operation.time_per_output_chunk",
        "ICL: every gap between consecutive arrivals of text",
    ),
    "ttfo": (
        "streamscope.time_to_first_output",
        "TTFO: first non-empty answer text − request sent",
    ),
    "itl": (
        "streamscope.time_per_estimated_token",
        "ITL: (last text − first text) / (estimated tokens − 1), one value a turn",
    ),
    "tail": ("streamscope.tail", "end of stream − last text"),
    "time_to_headers": ("streamscope.time_to_headers", "response headers − request sent"),
    "time_to_first_byte": ("streamscope.time_to_first_byte", "first body byte − request sent"),
    "time_to_first_event": (
        "streamscope.time_to_first_event",
        "first SSE event complete − request sent",
    ),
}
"""Metric of ours → the name it is sent under, and what it is."""

ERROR = "error.type"


def attributes_of(one: Measured) -> Attributes:
    """What tells turns apart in metrics: few values each, no content, nobody's identity."""
    host, port = server_of(one)
    given: Attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider_of(one),
        "gen_ai.response.model": model_of(one),
        "server.address": host,
        "server.port": port or 0,
        "network.protocol.name": "http" if version_of(one) else "",
        "network.protocol.version": version_of(one),
        ERROR: failure_of(one),
    }
    return {name: value for name, value in given.items() if value}


class WallTime:
    """Moments of a capture's clock as nanoseconds since 1970."""

    def __init__(self, capture: CaptureResult) -> None:
        self._ahead_ns = capture.head.wall_ns - capture.head.mono_ns

    def at(self, moment_ns: int) -> int:
        return max(moment_ns + self._ahead_ns, 0)


def extent(capture: CaptureResult) -> tuple[int, int]:
    """From the first moment that the capture holds to the last, on its own clock."""
    began = [one.exchange.started_ns for one in capture.measured]
    ended = [one.exchange.ended_ns for one in capture.measured]
    known = [moment for moment in began if moment is not None] or [capture.head.mono_ns]
    first = min(known)
    last = max(moment for moment in (*ended, capture.ended_ns, first + 1) if moment is not None)
    return first, last
