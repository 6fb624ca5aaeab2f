"""The listener for HTTP/1.1 and HTTP/2."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

from hypercorn.config import Config

from analyzer.serving.certificates import make_certificates
from analyzer.serving.web import WebListener


async def silent(scope: Any, receive: Any, send: Any) -> None:
    await receive()


def test_small_frames_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """asyncio leaves Nagle's algorithm on where a listening socket doesn't name its protocol."""
    certificates = make_certificates(tmp_path, ("localhost",))
    config = Config()
    config.certfile, config.keyfile = str(certificates.chain), str(certificates.key)

    async def options() -> list[int]:
        listener = WebListener(silent, config)
        with socket.create_server(("127.0.0.1", 0)) as tcp:
            await listener.listen(tcp)
            context = ssl.create_default_context(cafile=certificates.ca)
            _, writer = await asyncio.open_connection(*tcp.getsockname(), ssl=context)
            while not listener._connections:
                await asyncio.sleep(0)
            taken = [one.writer.get_extra_info("socket") for one in listener._connections.values()]
            found = [one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for one in taken]
            writer.close()
            await listener.stop(1.0)
        return found

    found = asyncio.run(options())

    assert len(found) == 1
    assert all(found)
