"""Figures sent to a receiver of OpenTelemetry: OTLP over HTTP, by its own SDK (group ``otlp``).

Names, figures and identifiers are sent, and no text of a prompt, an answer or a title.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from itertools import batched
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec
import requests
from google.protobuf.message import DecodeError  # type: ignore[import-untyped] # no stubs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.metrics.export import MetricExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from analyzer.analyses.results import CaptureResult
from analyzer.model import StreamscopeError
from analyzer.report.figures import Figures
from analyzer.report.plain import printable
from analyzer.telemetry.conventions import SCOPE
from analyzer.telemetry.otlp_metrics import metrics_data
from analyzer.telemetry.otlp_spans import spans_of
from analyzer.telemetry.words import LONGEST

TIMEOUT_S = 10.0
"""How long one request is tried, repeats included."""

SPANS_AT_ONCE = 500
"""Spans of one request: receivers limit how much one may bring."""

_DEFAULT_SERVICE = "unknown_service"


class Sent(msgspec.Struct, frozen=True):
    """What went out. ``timeless``: captures that don't tell at what time they were made."""

    metrics: int
    spans: int
    timeless: tuple[str, ...]


def send(
    figures: Figures,
    endpoint: str,
    headers: Mapping[str, str] | None = None,
    *,
    timeout_s: float = TIMEOUT_S,
) -> Sent:
    """Send metrics and a span a turn to ``endpoint`` + ``/v1/metrics`` and ``/v1/traces``.

    Raises StreamscopeError if nobody takes them there within the time, or they are refused.
    """
    base = base_of(endpoint)
    captures = [one for one in figures.analysis.captures if _has_time(one)]
    timeless = tuple(one.file for one in figures.analysis.captures if not _has_time(one))
    if not captures:
        raise StreamscopeError(
            f"{timeless[0] if timeless else 'nothing'}: no time of day is in it, and "
            f"OpenTelemetry takes nothing without; name a capture that tells when it was made"
        )
    scope = InstrumentationScope(SCOPE, version("streamscope"))
    sources = [(one, _resource(one)) for one in captures]
    data = metrics_data(sources, scope)
    with _quiet():
        _send_metrics(data, f"{base}/v1/metrics", headers, timeout_s)
        spans = (span for one, resource in sources for span in spans_of(one, resource, scope))
        sent = _send_spans(spans, f"{base}/v1/traces", headers, timeout_s)
    names = {
        metric.name
        for resource in data.resource_metrics
        for of_scope in resource.scope_metrics
        for metric in of_scope.metrics
    }
    return Sent(len(names), sent, timeless)


def base_of(endpoint: str) -> str:
    """The endpoint without a slash at its end; a signal's own path is taken as its base.

    Raises StreamscopeError if it is none.
    """
    try:
        parts = urlsplit(endpoint)
        known = parts.port is None or parts.port
    except ValueError:
        parts, known = urlsplit(""), False
    if not known or parts.scheme not in ("http", "https") or not parts.hostname:
        raise StreamscopeError(
            f"{printable(endpoint, 200)!r} is no OTLP endpoint; write it as http://127.0.0.1:4318"
        )
    path = parts.path.removesuffix("/v1/metrics").removesuffix("/v1/traces").rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _has_time(capture: CaptureResult) -> bool:
    return capture.head.wall_ns > 0 and capture.head.clock != "none"


def _resource(capture: CaptureResult) -> Resource:
    """Where the figures come from: a capture is an instance of its own."""
    head = capture.head
    made = Resource.create(
        {
            "service.instance.id": printable(head.capture_id, LONGEST),
            "streamscope.clock": head.clock,
            "streamscope.source": printable(head.source, LONGEST),
        }
    )
    named = str(made.attributes.get("service.name", _DEFAULT_SERVICE))
    if named.startswith(_DEFAULT_SERVICE):  # neither the user nor the environment named one
        made = made.merge(Resource({"service.name": SCOPE, "service.version": version(SCOPE)}))
    return made


type _Answer = ExportMetricsServiceResponse | ExportTraceServiceResponse


class _Watched(requests.Session):
    """Keeps what came of the last request: the exporters tell only that something failed."""

    answer: requests.Response | None = None
    error: Exception | None = None

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        self.answer = self.error = None
        try:
            self.answer = super().request(*args, **kwargs)
        except Exception as error:
            self.error = error
            raise
        return self.answer

    def why(self) -> str:
        if self.answer is not None:
            said = printable(self.answer.text, 200) if _is_text(self.answer) else ""
            reason = f"{self.answer.status_code} {printable(self.answer.reason or '', 60)}".strip()
            return f"it answered {reason}" + (f": {said}" if said else "")
        if isinstance(self.error, requests.exceptions.Timeout):
            return "it did not answer in time"
        if isinstance(self.error, requests.exceptions.SSLError):
            return "its certificate is not trusted, or it does not speak TLS"
        if isinstance(self.error, requests.exceptions.ConnectionError):
            return "nobody answers there"
        return printable(str(self.error), 200) or "it could not be sent"

    @property
    def taken(self) -> bool:
        """The exporters count a redirect, which they don't follow, as taken."""
        return self.answer is not None and 200 <= self.answer.status_code < 300


def _is_text(answer: requests.Response) -> bool:
    return answer.headers.get("content-type", "").startswith(("text/plain", "application/json"))


def _send_metrics(data: Any, url: str, headers: Mapping[str, str] | None, timeout_s: float) -> None:
    session = _Watched()
    exporter = OTLPMetricExporter(
        url, headers=dict(headers or {}), timeout=timeout_s, session=session
    )
    try:
        result = exporter.export(data)
    finally:
        exporter.shutdown()
    _check(session, result is MetricExportResult.SUCCESS, url)
    _refuse_partly(session, ExportMetricsServiceResponse(), "rejected_data_points", url)


def _send_spans(
    spans: Iterable[ReadableSpan], url: str, headers: Mapping[str, str] | None, timeout_s: float
) -> int:
    session = _Watched()
    exporter = OTLPSpanExporter(
        url, headers=dict(headers or {}), timeout=timeout_s, session=session
    )
    sent = 0
    try:
        for batch in batched(spans, SPANS_AT_ONCE):
            result = exporter.export(batch)
            _check(session, result is SpanExportResult.SUCCESS, url)
            _refuse_partly(session, ExportTraceServiceResponse(), "rejected_spans", url)
            sent += len(batch)
    finally:
        exporter.shutdown()  # type: ignore[no-untyped-call] # the SDK's own omission
    return sent


def _check(session: _Watched, succeeded: bool, url: str) -> None:
    if not (succeeded and session.taken):
        raise StreamscopeError(
            f"{_shown(url)}: the figures were not taken: {session.why()}; see that an OTLP "
            f"receiver for HTTP listens there"
        )


def _refuse_partly(session: _Watched, message: _Answer, counter: str, url: str) -> None:
    """A receiver may take some and say so in its answer."""
    answer = session.answer
    if answer is None or "protobuf" not in answer.headers.get("content-type", ""):
        return
    try:
        message.ParseFromString(answer.content)
    except DecodeError:  # an answer that can't be read rejects nothing
        return
    rejected = getattr(message.partial_success, counter)
    if rejected:
        why = printable(message.partial_success.error_message, 200)
        raise StreamscopeError(
            f"{_shown(url)}: {rejected} of the figures were rejected there"
            + (f": {why}" if why else "")
        )


def _shown(url: str) -> str:
    """Without what may be a password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporters log each retry; the user gets one sentence."""
    logger = logging.getLogger("opentelemetry")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
