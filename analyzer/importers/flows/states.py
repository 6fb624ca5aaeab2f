"""A flow's state, as mitmproxy writes it in its newest version, read with types.

Whatever of it is missing or of another type reads as absent; only a request without its
method and path is no request. Nothing of mitmproxy's is made of it, so that a certificate
that cannot be parsed, or a name that it would refuse, costs nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.intake.seen import Fields, value_of

type State = Mapping[str | bytes, object]


class DamagedFlowError(ValueError):
    """The state holds no request; the message says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """``began_s`` and ``ended_s`` are seconds since 1970, as they stand there."""

    fields: Fields
    content: bytes | None
    version: str
    began_s: object
    ended_s: object

    def header(self, name: str) -> str:
        return value_of(self.fields, name.encode())


@dataclass(frozen=True, slots=True)
class Request(Message):
    method: str
    scheme: str
    authority: str
    host: str
    port: int | None
    path: str


@dataclass(frozen=True, slots=True)
class Response(Message):
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class SocketMessage:
    is_text: bool
    from_client: bool
    content: bytes
    at_s: object


@dataclass(frozen=True, slots=True)
class Socket:
    messages: tuple[SocketMessage, ...]
    closed_by_client: bool
    close_code: int | None
    close_reason: str
    ended_s: object


@dataclass(frozen=True, slots=True)
class Failure:
    message: str
    at_s: object


@dataclass(frozen=True, slots=True)
class Flow:
    """``client`` and ``server`` are the connections' states."""

    id: str
    request: Request
    response: Response | None
    socket: Socket | None
    failure: Failure | None
    client: State
    server: State
    metadata: State
    created_s: object


def read_flow(state: State) -> Flow:
    """Raises DamagedFlowError if there is no request in it."""
    response = _mapping(state.get("response"))
    socket = _mapping(state.get("websocket"))
    failure = _mapping(state.get("error"))
    return Flow(
        printable(state.get("id")),
        _request(_mapping(state.get("request"))),
        _response(response) if response else None,
        _socket(socket) if socket else None,
        Failure(text(failure.get("msg")), failure.get("timestamp")) if failure else None,
        _mapping(state.get("client_conn")),
        _mapping(state.get("server_conn")),
        _mapping(state.get("metadata")),
        state.get("timestamp_created"),
    )


def text(value: object) -> str:
    """Bytes that are no UTF-8 become lone surrogates, which the redactor turns into Latin-1."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return value if isinstance(value, str) else ""


def printable(value: object) -> str:
    """For what no redactor sees, so that it can stand in a journal: no surrogates."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else text(value)


def whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _mapping(value: object) -> State:
    return value if isinstance(value, dict) else {}


def _request(state: State) -> Request:
    method, path = state.get("method"), state.get("path")
    if not isinstance(method, bytes | str) or not isinstance(path, bytes | str):
        raise DamagedFlowError("it has no request")
    return Request(
        *_message(state),
        text(method),
        printable(state.get("scheme")),
        text(state.get("authority")),
        text(state.get("host")),
        whole(state.get("port")),
        text(path),
    )


def _response(state: State) -> Response:
    status = whole(state.get("status_code"))
    return Response(*_message(state), status or 0, text(state.get("reason")))


def _message(state: State) -> tuple[Fields, bytes | None, str, object, object]:
    headers, content = state.get("headers"), state.get("content")
    fields = tuple(
        (_bytes(pair[0]), _bytes(pair[1]))
        for pair in (headers if isinstance(headers, list) else ())
        if isinstance(pair, list | tuple) and len(pair) == 2
    )
    return (
        fields,
        None if content is None else _bytes(content),
        printable(state.get("http_version")),
        state.get("timestamp_start"),
        state.get("timestamp_end"),
    )


def _socket(state: State) -> Socket:
    messages = state.get("messages")
    return Socket(
        tuple(
            SocketMessage(entry[0] == 1, bool(entry[1]), _bytes(entry[2]), entry[3])
            for entry in (messages if isinstance(messages, list) else ())
            if isinstance(entry, list) and len(entry) >= 4
        ),
        bool(state.get("closed_by_client")),
        whole(state.get("close_code")),
        text(state.get("close_reason")),
        state.get("timestamp_end"),
    )


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return value if isinstance(value, bytes) else b""
