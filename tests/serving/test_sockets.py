import socket

import pytest

from analyzer.model import StreamscopeError
from analyzer.serving.sockets import bind_sockets


def test_a_free_port_is_the_same_for_tcp_and_udp() -> None:
    bound = bind_sockets("localhost", 0)
    ports = {one.getsockname()[1] for one in (*bound.tcp, *bound.udp)}
    hosts = [one.getsockname()[0] for one in bound.tcp]
    for one in (*bound.tcp, *bound.udp):
        one.close()

    assert len(ports) == 1
    assert hosts[0] == "127.0.0.1"


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_in_use_gets_a_sentence(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(StreamscopeError, match=rf"^Port {port} of 127.0.0.1 is in use; name"):
            bind_sockets("127.0.0.1", port)


def test_an_address_of_another_machine_gets_a_sentence() -> None:
    with pytest.raises(StreamscopeError, match=r"^192\.0\.2\.1:0 can't be listened on \("):
        bind_sockets("192.0.2.1", 0)
