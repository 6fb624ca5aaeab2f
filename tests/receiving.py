"""A receiver of OTLP over HTTP on loopback, which keeps what comes as protobuf has it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Receiver(ThreadingHTTPServer):
    """``status`` is what it answers with, ``rejected`` how many data points it doesn't take."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.rejected = 0
        self.location = ""
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def metrics(self) -> list[tuple[dict[str, object], Metric]]:
        """Each with its resource's attributes."""
        found = []
        for path, body in zip(self.paths, self.bodies, strict=True):
            if path == "/v1/metrics":
                message = ExportMetricsServiceRequest.FromString(body)
                for resource in message.resource_metrics:
                    named = attributes(resource.resource.attributes)
                    found += [
                        (named, metric)
                        for scope in resource.scope_metrics
                        for metric in scope.metrics
                    ]
        return found

    def spans(self) -> list[Span]:
        return [
            span
            for path, body in zip(self.paths, self.bodies, strict=True)
            if path == "/v1/traces"
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        server = self.server
        body = self.rfile.read(int(self.headers["content-length"]))
        server.paths.append(self.path)
        server.headers.append({name.lower(): value for name, value in self.headers.items()})
        server.bodies.append(body)
        answer = ExportMetricsServiceResponse()
        if server.rejected:
            answer.partial_success.rejected_data_points = server.rejected
            answer.partial_success.error_message = "too old\x1b[2J"
        content = answer.SerializeToString()
        self.send_response(server.status)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(content)))
        if server.location:
            self.send_header("location", server.location)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error."""


def attributes(pairs: object) -> dict[str, object]:
    found: dict[str, object] = {}
    for pair in pairs:  # type: ignore[attr-defined] # protobuf's repeated field
        assert isinstance(pair, KeyValue)
        kind = pair.value.WhichOneof("value")
        found[pair.key] = getattr(pair.value, kind) if kind else None
    return found


@contextmanager
def receiving() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
