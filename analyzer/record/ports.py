"""Free ports on loopback."""

import socket

ATTEMPTS = 20


def free_port() -> int:
    """A loopback port that is free for TCP and for UDP at this moment.

    Nothing reserves it: whoever binds it must be ready to lose the race and ask again.
    Raises OSError if no such port turns up.
    """
    for _ in range(ATTEMPTS):
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind(("127.0.0.1", 0))
            port: int = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no port on 127.0.0.1 is free for both TCP and UDP ({ATTEMPTS} tried)")
