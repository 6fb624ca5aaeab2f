"""The whole log, event by event: which request is which exchange on which connection."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from analyzer.importers.netlog.bodies import Budget
from analyzer.importers.netlog.connections import Transports
from analyzer.importers.netlog.constants import Constants
from analyzer.importers.netlog.events import SIZE_LIMIT, Event
from analyzer.importers.netlog.exchanges import Exchange
from analyzer.importers.netlog.headers import read_request
from analyzer.importers.netlog.streams import Streams
from analyzer.intake.seen import Item

OPEN_LIMIT = 20_000
"""Requests, and stream jobs, that are followed at once; the oldest are let go unfinished."""

_VERSIONS = {
    "HTTP_TRANSACTION_SEND_REQUEST_HEADERS": "HTTP/1.1",
    "HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS": "HTTP/2.0",
    "HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS": "HTTP/3",
}


@dataclass(slots=True)
class _Request:
    """One of the browser's requests, which redirects and retries make several exchanges of."""

    url: str = ""
    job: int | None = None
    session: int | None = None
    upload: int = 0
    error: str = ""
    cancelled: bool = False
    exchange: Exchange | None = None


@dataclass(slots=True)
class _Job:
    """What gets a request its connection; several may run for one request."""

    transport: int | None = None
    request: _Request | None = None


class Log:
    """Takes events, gives items. ``strays`` counts responses to requests that came before."""

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._transports = Transports(constants)
        self._streams = Streams()
        self._requests: OrderedDict[int, _Request] = OrderedDict()
        self._jobs: OrderedDict[int, _Job] = OrderedDict()
        self._budget = Budget()
        self._count = 0
        self.strays = 0
        self.last_ns = 0

    def take(self, event: Event) -> Iterator[Item]:
        self.last_ns = max(self.last_ns, event.at_ns)
        handle = _HANDLERS.get((event.source_type, event.kind))
        if handle is not None:
            yield from handle(self, event)

    # ------------------------------------------------------------------ below requests

    def _transport(self, event: Event) -> Iterator[Item]:
        yield from self._transports.take(event)

    def _stream(self, event: Event) -> Iterator[Item]:
        self._streams.take(event)
        return iter(())

    def _sent_headers(self, event: Event) -> Iterator[Item]:
        """An HTTP/2 session gives a stream to the request of a job."""
        depends = event.params.source_dependency
        job = self._jobs.get(depends.id) if depends else None
        if job and job.request and job.request.exchange:
            self._carry(job.request.exchange, event.source, event.params.stream_id, quic=False)
        return iter(())

    def _job_found(self, event: Event) -> Iterator[Item]:
        depends = event.params.source_dependency
        if depends is not None:
            self._job(event.source).transport = depends.id
        return iter(())

    def _job(self, number: int) -> _Job:
        job = self._jobs.get(number)
        if job is None:
            job = self._jobs[number] = _Job()
            if len(self._jobs) > OPEN_LIMIT:
                self._jobs.popitem(last=False)
        return job

    def _carry(self, exchange: Exchange, session: int, number: int, *, quic: bool) -> None:
        if number >= 0:
            exchange.key = session, number
            exchange.stream = self._streams.open(session, number, quic=quic)

    # ------------------------------------------------------------------ requests

    def _request(self, event: Event) -> _Request:
        request = self._requests.get(event.source)
        if request is None:
            request = self._requests[event.source] = _Request()
            if len(self._requests) > OPEN_LIMIT:
                self._requests.popitem(last=False)
        return request

    def _started(self, event: Event) -> Iterator[Item]:
        if event.params.url:
            self._request(event).url = event.params.url
        return iter(())

    def _bound(self, event: Event) -> Iterator[Item]:
        request, depends = self._request(event), event.params.source_dependency
        if depends is not None and event.kind == "HTTP_STREAM_REQUEST_BOUND_TO_JOB":
            request.job = depends.id
            self._job(depends.id).request = request
        elif depends is not None:
            request.session = depends.id
        return iter(())

    def _uploads(self, event: Event) -> Iterator[Item]:
        if event.phase == "end":
            size = event.params.total_size
            self._request(event).upload = size if 0 < size <= SIZE_LIMIT else 0
        return iter(())

    def _begins(self, event: Event) -> Iterator[Item]:
        """A request's head goes out: whatever this source had before is over."""
        request, params = self._request(event), event.params
        yield from self._finish(request, event.at_ns)
        version = _VERSIONS[event.kind]
        asked = read_request(params.headers or (), params.line, request.url, version)
        if asked is None:
            return
        is_quic = version == "HTTP/3"
        job = self._jobs.get(request.job) if request.job is not None else None
        source = request.session if is_quic else job.transport if job else None
        transport = self._transports.get(source) if source is not None else None
        number = None
        if transport is not None:
            number, record = self._transports.use(transport, event.at_ns, asked.authority)
            if record is not None:
                yield record
        self._count += 1
        request.exchange = Exchange(self._count, event.at_ns, asked, number, self._budget)
        if is_quic and source is not None:
            self._carry(request.exchange, source, params.quic_stream_id, quic=True)
        yield from request.exchange.begin()

    def _sent(self, event: Event) -> Iterator[Item]:
        request = self._request(event)
        if event.phase == "end" and request.exchange:
            yield from request.exchange.sent(event.at_ns, request.upload)
            request.upload = 0

    def _answered(self, event: Event) -> Iterator[Item]:
        exchange = self._request(event).exchange
        if exchange is None:
            self.strays += 1
            return
        lines = event.params.headers or []
        yield from exchange.answer(event.at_ns, lines, has_bytes=self._constants.has_bytes)

    def _read(self, event: Event) -> Iterator[Item]:
        exchange, params = self._request(event).exchange, event.params
        if exchange is not None:
            data = params.data if self._constants.has_bytes else None
            is_raw = event.kind == "URL_REQUEST_JOB_BYTES_READ"
            yield from exchange.read(event.at_ns, params.byte_count, data, is_raw=is_raw)

    def _filters(self, event: Event) -> Iterator[Item]:
        if exchange := self._request(event).exchange:
            exchange.coded()
        return iter(())

    def _fails(self, event: Event) -> Iterator[Item]:
        request = self._request(event)
        request.cancelled = request.cancelled or event.kind == "CANCELLED"
        request.error = self._error(event)
        return iter(())

    def _restarts(self, event: Event) -> Iterator[Item]:
        """A redirect was read, or the same request goes out anew over another connection."""
        request = self._request(event)
        request.error = self._error(event)
        yield from self._finish(request, event.at_ns)

    def _ends(self, event: Event) -> Iterator[Item]:
        request = self._request(event)
        if event.phase == "end":
            request.error = request.error or self._error(event)
            yield from self._finish(request, event.at_ns)
            self._requests.pop(event.source, None)
        elif event.params.url:
            request.url = event.params.url

    def _finish(self, request: _Request, at_ns: int) -> Iterator[Item]:
        exchange, request.exchange = request.exchange, None
        error, request.error = request.error, ""
        cancelled, request.cancelled = request.cancelled, False
        if exchange is None:
            return
        yield from exchange.finish(at_ns, error, cancelled=cancelled)
        if exchange.key:
            self._streams.forget(*exchange.key)

    def _error(self, event: Event) -> str:
        error = event.params.net_error
        if isinstance(error, str):
            return f"net::{error}" if error else ""
        return self._constants.error(error)


type _Handler = Callable[[Log, Event], Iterator[Item]]


def _table(source: str, *rows: tuple[_Handler, str]) -> dict[tuple[str, str], _Handler]:
    return {(source, kind): handler for handler, kinds in rows for kind in kinds.split()}


_LIFE = "HTTP2_SESSION HTTP2_SESSION_INITIALIZED HTTP2_SESSION_CLOSE"
_QUIC_LIFE = (
    "QUIC_SESSION QUIC_SESSION_CLOSE_ON_ERROR QUIC_SESSION_CLOSED QUIC_SESSION_PACKET_RECEIVED"
    " QUIC_SESSION_CRYPTO_HANDSHAKE_COMPLETE"
)
_QUIC_STREAM = (
    "QUIC_SESSION_STREAM_FRAME_RECEIVED QUIC_SESSION_RST_STREAM_FRAME_RECEIVED"
    " HTTP3_HEADERS_RECEIVED HTTP3_HEADERS_DECODED HTTP3_DATA_FRAME_RECEIVED"
    " HTTP3_UNKNOWN_FRAME_RECEIVED"
)
_FOUND = (
    "HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION SOCKET_POOL_BOUND_TO_SOCKET"
    " HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION_FROM_IP_POOL"
    " HTTP2_SESSION_POOL_IMPORTED_SESSION_FROM_SOCKET"
)
_HANDLERS: dict[tuple[str, str], _Handler] = {
    **_table("SOCKET", (Log._transport, "TCP_CONNECT SSL_CONNECT SOCKET_ALIVE")),
    **_table(
        "HTTP2_SESSION",
        (Log._transport, _LIFE),
        (Log._sent_headers, "HTTP2_SESSION_SEND_HEADERS"),
        (
            Log._stream,
            "HTTP2_SESSION_RECV_HEADERS HTTP2_SESSION_RECV_DATA HTTP2_SESSION_RECV_RST_STREAM",
        ),
    ),
    **_table("QUIC_SESSION", (Log._transport, _QUIC_LIFE), (Log._stream, _QUIC_STREAM)),
    **_table("HTTP_STREAM_JOB", (Log._job_found, _FOUND)),
    **_table(
        "URL_REQUEST",
        (Log._started, "URL_REQUEST_START_JOB"),
        (
            Log._bound,
            "HTTP_STREAM_REQUEST_BOUND_TO_JOB HTTP_STREAM_REQUEST_BOUND_TO_QUIC_SESSION",
        ),
        (Log._uploads, "UPLOAD_DATA_STREAM_INIT"),
        (Log._begins, " ".join(_VERSIONS)),
        (Log._sent, "HTTP_TRANSACTION_SEND_REQUEST"),
        (Log._answered, "HTTP_TRANSACTION_READ_RESPONSE_HEADERS"),
        (Log._filters, "URL_REQUEST_FILTERS_SET"),
        (Log._read, "URL_REQUEST_JOB_BYTES_READ URL_REQUEST_JOB_FILTERED_BYTES_READ"),
        (Log._fails, "FAILED CANCELLED"),
        (Log._restarts, "HTTP_TRANSACTION_RESTART_AFTER_ERROR URL_REQUEST_REDIRECTED"),
        (Log._ends, "REQUEST_ALIVE"),
    ),
}

KINDS = frozenset(kind for _, kind in _HANDLERS)
"""The kinds of event that matter to an exchange; all others need not be read."""
