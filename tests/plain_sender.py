"""A sender as plain as can be, to measure what a client adds: its payload is when it wrote it.

Run as a program: ``plain_sender.py DIRECTORY PORT SECONDS``, until its standard input ends. It
answers a request for ``/N`` by events at the times of `schedule` of that number: hyper-h2 on
asyncio's TLS, aioquic for HTTP/3, nothing of ours between.
"""

import asyncio
import os
import random
import ssl
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated, QuicEvent

EVENT = b"data: %020d\n\n"
"""The write's CLOCK_MONOTONIC, in ns."""

GAP_MS = 5.0, 60.0
STALL_MS = 400.0, 800.0
STALL_EVERY = 25

type Send = Callable[[bytes, bool], None]


def schedule(seed: int, duration_s: float) -> list[int]:
    """Offsets in ns from the request: gaps of 5–60 ms, every 25th a stall of 400–800 ms."""
    at, draw = 0, random.Random(seed)
    moments: list[int] = []
    while True:
        stalls = len(moments) % STALL_EVERY == STALL_EVERY - 1
        at += round(draw.uniform(*(STALL_MS if stalls else GAP_MS)) * 1e6)
        if at > duration_s * 1e9:
            return moments
        moments.append(at)


class Answers:
    """Plays the schedule that a path names, on a loop's timers."""

    def __init__(self, duration_s: float) -> None:
        self._duration_s = duration_s

    def play(self, path: str, send: Send) -> None:
        """Call ``send(data, is_last)`` at each moment."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        moments = schedule(int(path.removeprefix("/")), self._duration_s)
        for number, moment in enumerate(moments, 1):
            loop.call_at(began + moment / 1e9, self._say, send, number == len(moments))

    def _say(self, send: Send, is_last: bool) -> None:
        send(EVENT % time.monotonic_ns(), is_last)


class Http2Sender(asyncio.Protocol):
    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self._http = h2.connection.H2Connection(config)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._http.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        for event in self._http.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                assert event.stream_id is not None
                self._answer(event.stream_id, dict(event.headers or ()))
        self._flush()

    def _answer(self, stream: int, headers: dict[Any, Any]) -> None:
        self._http.send_headers(stream, [(":status", "200"), ("content-type", "text/event-stream")])

        def send(data: bytes, is_last: bool) -> None:
            self._http.send_data(stream, data, is_last)
            self._flush()

        self._answers.play(headers[":path"], send)

    def _flush(self) -> None:
        if not self._transport.is_closing() and (data := self._http.data_to_send()):
            self._transport.write(data)


class Http3Sender(QuicConnectionProtocol):
    def __init__(self, *arguments: Any, answers: Answers, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._answers = answers
        self._http: H3Connection | None = None

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated):
            self._http = H3Connection(self._quic)
        if self._http is None:
            return
        for happened in self._http.handle_event(event):
            if isinstance(happened, HeadersReceived):
                self._answer(self._http, happened)

    def _answer(self, http: H3Connection, request: HeadersReceived) -> None:
        stream = request.stream_id
        http.send_headers(stream, [(b":status", b"200"), (b"content-type", b"text/event-stream")])

        def send(data: bytes, is_last: bool) -> None:
            http.send_data(stream, data, is_last)
            self.transmit()

        self._answers.play(dict(request.headers)[b":path"].decode(), send)


async def main(directory: Path, port: int, duration_s: float) -> None:
    chain, key = directory / "chain.pem", directory / "key.pem"
    answers = Answers(duration_s)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(chain, key)
    tls.set_alpn_protocols(["h2"])
    loop = asyncio.get_running_loop()
    web = await loop.create_server(lambda: Http2Sender(answers), "127.0.0.1", port, ssl=tls)
    configuration = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
    configuration.load_cert_chain(chain, key)
    quic = await serve(
        "127.0.0.1",
        port,
        configuration=configuration,
        create_protocol=lambda *a, **n: Http3Sender(*a, answers=answers, **n),
    )
    stop = asyncio.Event()
    loop.add_reader(0, _stop_at_end, stop)
    print("ready", flush=True)
    await stop.wait()
    web.close()
    quic.close()  # type: ignore[no-untyped-call] # aioquic's


def _stop_at_end(stop: asyncio.Event) -> None:
    if not os.read(0, 4096):
        stop.set()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
