"""The sockets of a server: TCP and UDP on one port number, on each of its addresses."""

import errno
import socket
from contextlib import ExitStack
from dataclasses import dataclass

from analyzer.model import StreamscopeError

LOOPBACK = ("127.0.0.1", "::1")
ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - recognised, never chosen by default
_PORT_TRIES = 50


@dataclass(frozen=True, slots=True)
class Sockets:
    """Bound, not yet listening; one of each an address, in the same order."""

    tcp: tuple[socket.socket, ...]
    udp: tuple[socket.socket, ...]


def bind_sockets(host: str, port: int) -> Sockets:
    """Bind an address, or both loopback addresses for ``localhost`` (IPv6's if there is one).

    Port 0 finds one that is free everywhere. Raises StreamscopeError if that can't be had.
    """
    hosts = [host] if host != "localhost" else [one for one in LOOPBACK if _is_there(one)]
    for _ in range(_PORT_TRIES):
        try:
            return _bind(hosts, port)
        except OSError as error:
            if port or error.errno != errno.EADDRINUSE:
                raise StreamscopeError(_sentence(host, port, error)) from error
    raise StreamscopeError(f"No port of {host} is free for TCP and UDP alike; name one.")


def bind_tcp(host: str, port: int) -> tuple[socket.socket, ...]:
    """Bind TCP alone: an address or name, or both loopback addresses for ``localhost``.

    Raises StreamscopeError if that can't be had.
    """
    hosts = [host] if host != "localhost" else [one for one in LOOPBACK if _is_there(one)]
    bound: list[socket.socket] = []
    try:
        with ExitStack() as stack:
            for one in hosts:
                bound.append(stack.enter_context(_open(one, port, socket.SOCK_STREAM)))
                port = bound[0].getsockname()[1]
            stack.pop_all()
    except OSError as error:
        raise StreamscopeError(_sentence(host, port, error)) from error
    return tuple(bound)


def _is_there(host: str) -> bool:
    try:
        _open(host, 0, socket.SOCK_DGRAM).close()
    except OSError:
        return host == LOOPBACK[0]  # if that fails too, its error is the one to report
    return True


def _bind(hosts: list[str], port: int) -> Sockets:
    tcp: list[socket.socket] = []
    udp: list[socket.socket] = []
    with ExitStack() as stack:
        for host in hosts:
            tcp.append(stack.enter_context(_open(host, port, socket.SOCK_STREAM)))
            port = tcp[0].getsockname()[1]
            udp.append(stack.enter_context(_open(host, port, socket.SOCK_DGRAM)))
        stack.pop_all()
    return Sockets(tuple(tcp), tuple(udp))


def _open(host: str, port: int, kind: socket.SocketKind) -> socket.socket:
    opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    try:
        if kind == socket.SOCK_STREAM:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if opened.family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((host, port))
    except OSError:
        opened.close()
        raise
    return opened


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use; name another one, or 0 for any free one."
    return f"{host}:{port} can't be listened on ({error.strerror}); name another address."
