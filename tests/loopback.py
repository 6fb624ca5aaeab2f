"""Services on loopback for tests: a thread a connection, ended by closing the listener."""

import socket
import threading
from abc import ABC, abstractmethod


class Listener(ABC):
    """Accepts on a free port from its making on; subclasses say how a connection is served."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @abstractmethod
    def serve(self, connection: socket.socket, /) -> None:
        """One connection, on a thread of its own."""

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()
