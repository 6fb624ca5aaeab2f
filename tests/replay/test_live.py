"""Real clients over HTTP/1.1, HTTP/2 and HTTP/3: what they get is what was recorded."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import pytest
from replaying import EVENTS, JSON, MS, answered, ns, request, script_of, streamed
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Message,
    RejectConnection,
    RejectData,
    Request,
)

from analyzer.lab.client import Http3Client
from analyzer.model import AnyRecord, Body, ExchangeEnd, ResponseHead, WebSocketMessage
from analyzer.replay.faults import parse_cut, parse_stall
from analyzer.replay.options import ReplayAddress, ReplayOptions, Told
from analyzer.replay.server import running_replay
from analyzer.serving.running import precise_loop

type Protocol = Literal["h1", "h2", "h3"]
type Work = Callable[["Live"], Awaitable[None]]

PARTS = [
    (40.0, b": hi\n\n"),
    (90.0, b"data: 1\n\n"),
    (90.5, b""),
    (170.0, b"data: 2\n\ndata: 3\n\n"),
]
SENT = [data for _, data in PARTS if data]
TOLERANCE_MS = 60
"""Of a busy machine; the bench measures how precise it is."""


@dataclass(frozen=True)
class Got:
    """A response and its reads, in ms after it was asked for."""

    status: int
    headers: dict[str, str]
    reads: list[tuple[float, bytes]]
    end: str

    @property
    def data(self) -> list[bytes]:
        return [data for _, data in self.reads]


class Live:
    """A running replay and its clients; ``told`` is what it said of each request."""

    def __init__(self, address: ReplayAddress, told: list[Told]) -> None:
        self.address = address
        self.told = told
        self.context = ssl.create_default_context(cafile=address.ca_path)

    async def ask(
        self,
        protocol: Protocol,
        path: str,
        method: str = "POST",
        body: bytes = b"",
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Got:
        if protocol == "h3":
            return await self._ask_h3(path, method, body, headers)
        reads: list[tuple[float, bytes]] = []
        end, status, got = "complete", 0, httpx.Headers()
        url = self.address.url
        async with httpx.AsyncClient(
            http2=protocol == "h2", verify=self.context, base_url=url, timeout=10
        ) as http:
            await http.get("/warm")  # connects, so that no handshake stands in the times
            began = time.monotonic()
            try:
                async with http.stream(
                    method, path, content=body, headers=dict(headers)
                ) as response:
                    status, got = response.status_code, response.headers
                    raw = response.aiter_raw()
                    while (data := await anext(raw, None)) is not None:
                        reads.append(((time.monotonic() - began) * 1000, data))
            except httpx.RemoteProtocolError:
                end = "reset"
        return Got(status, dict(got), reads, end)

    async def _ask_h3(
        self, path: str, method: str, body: bytes, headers: tuple[tuple[str, str], ...]
    ) -> Got:
        to = self.address
        async with Http3Client(to.host, to.port, to.authority, to.ca_path) as client:
            began = time.monotonic_ns()
            got = await client.request(method, path, headers, body)
        reads = [((read.mono_ns - began) / MS, read.data) for read in got.reads]
        return Got(got.status, dict(got.headers), reads, got.end)


def live(work: Work, *exchanges: list[AnyRecord], **options: Any) -> None:
    script, contents = script_of(*exchanges)
    told: list[Told] = []

    async def main() -> None:
        chosen = ReplayOptions(port=0, **options)
        async with asyncio.timeout(20), running_replay(script, contents, chosen, told.append) as at:
            await work(Live(at, told))

    with asyncio.Runner(loop_factory=precise_loop) as runner:
        runner.run(main())


@pytest.mark.parametrize("protocol", ["h1", "h2", "h3"])
def test_status_headers_bytes_and_times_are_the_recorded_ones(protocol: Protocol) -> None:
    """But for the headers of the bytes' old coding and of the old connection."""
    recorded = (
        *EVENTS,
        ("date", "Mon, 06 Sep 2021 12:00:00 GMT"),
        ("set-cookie", "a=b"),
        ("content-encoding", "br"),
        ("connection", "keep-alive"),
        ("alt-svc", 'h3="elsewhere:1"'),
    )

    async def work(replay: Live) -> None:
        got = await replay.ask(protocol, "/stream")

        assert (got.status, got.data, got.end) == (200, SENT, "complete")
        assert set(got.headers) - {":status", "transfer-encoding"} == {
            "content-type",
            "date",
            "set-cookie",
            "alt-svc",
        }
        assert got.headers["date"] == recorded[1][1]
        assert got.headers["alt-svc"] == f'h3=":{replay.address.port}"; ma=3600'
        due = [ms for ms, data in PARTS if data]
        late = [at - ms for (at, _), ms in zip(got.reads, due, strict=True)]
        assert all(-1 < ms < TOLERANCE_MS for ms in late), late

    live(work, streamed(1, PARTS, headers=recorded, headers_ms=20))


@pytest.mark.parametrize("protocol", ["h2", "h3"])
def test_at_speed_0_all_comes_at_once_and_chunks_stay_apart(protocol: Protocol) -> None:
    parts = [(ms * 100.0, b"data: %d\n\n" % ms) for ms in range(300)]

    async def work(replay: Live) -> None:
        got = await replay.ask(protocol, "/stream")

        assert b"".join(got.data) == b"".join(data for _, data in parts)
        assert got.reads[-1][0] < 3_000
        if protocol == "h2":
            assert got.data == [data for _, data in parts]

    live(work, streamed(1, parts), speed=0.0)


@pytest.mark.parametrize("protocol", ["h2", "h3"])
def test_twice_as_fast_is_half_as_long(protocol: Protocol) -> None:
    async def work(replay: Live) -> None:
        got = await replay.ask(protocol, "/stream")

        assert [100 <= at < 100 + TOLERANCE_MS for at, _ in got.reads] == [True]

    live(work, streamed(1, [(200.0, b"x")]), speed=2.0)


@pytest.mark.parametrize("protocol", ["h1", "h2", "h3"])
def test_what_broke_off_breaks_off_after_its_last_byte(protocol: Protocol) -> None:
    async def work(replay: Live) -> None:
        stream = await replay.ask(protocol, "/stream")
        silence = await replay.ask(protocol, "/silence")

        assert (stream.status, stream.data, stream.end) == (200, [b"data: 1\n\n"], "reset")
        assert (silence.status, silence.data) == (0, [])
        assert silence.end == "reset"

    broken = [*request(2, "/silence", "POST"), ExchangeEnd(2, ns(10_005), "error")]
    live(work, streamed(1, [(10.0, b"data: 1\n\n")], end=(30, "server_abort")), broken)


@pytest.mark.parametrize("protocol", ["h2", "h3"])
def test_a_client_that_leaves_costs_its_own_stream_only(protocol: Protocol) -> None:
    """Others on the same connection go on."""
    held = streamed(1, [(5.0, b"data: 1\n\n")], "/held", end=(6, "unfinished"))
    long = streamed(2, [(300.0, b"data: 2\n\n")], "/long")

    async def work(replay: Live) -> None:
        async def leave(asking: Awaitable[Any]) -> None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asking, 0.1)

        to = replay.address
        if protocol == "h3":
            async with Http3Client(to.host, to.port, to.authority, to.ca_path) as client:
                _, got = await asyncio.gather(
                    leave(client.request("POST", "/held")), client.request("POST", "/long")
                )
                body = got.body
        else:
            async with httpx.AsyncClient(
                http2=True, verify=replay.context, base_url=to.url
            ) as http:
                _, response = await asyncio.gather(leave(http.post("/held")), http.post("/long"))
                body = response.content

        assert body == b"data: 2\n\n"

    live(work, held, long)


@pytest.mark.parametrize("protocol", ["h2", "h3"])
def test_a_long_body_arrives_whole(protocol: Protocol) -> None:
    """More than any window or buffer on its way holds."""
    body = bytes(range(256)) * 12_000
    headers = (*JSON, ("content-length", "17"))

    async def work(replay: Live) -> None:
        got = await replay.ask(protocol, "/big", "GET")

        assert b"".join(got.data) == body
        assert got.headers["content-length"] == str(len(body))

    live(work, answered(1, "/big", body, headers=headers))


@pytest.mark.parametrize("protocol", ["h2", "h3"])
def test_faults_are_put_into_streams(protocol: Protocol) -> None:
    parts = [(10.0, b"data: 1\n\ndata: 2\n\n"), (20.0, b"data: 3\n\n"), (30.0, b"data: 4\n\n")]
    faults = parse_stall("150ms@2"), parse_cut("@4")

    async def work(replay: Live) -> None:
        got = await replay.ask(protocol, "/stream")
        other = await replay.ask(protocol, "/list", "GET")

        assert (got.data, got.end) == ([b"data: %d\n\n" % n for n in (1, 2, 3)], "reset")
        assert got.reads[0][0] < 10 + TOLERANCE_MS
        assert [at >= 160 for at, _ in got.reads] == [False, True, True]
        assert other.data == [b"{}"]

    live(work, streamed(1, parts), answered(2, "/list"), faults=faults)


def test_an_unmatched_request_gets_a_404_that_names_the_nearest() -> None:
    async def work(replay: Live) -> None:
        text = await replay.ask("h2", "/lists?offset=3", "GET")
        told = await replay.ask(
            "h3", "/ask", "POST", b'{"a": 2}', (("accept", "application/json"),)
        )

        assert text.status == 404
        assert b"".join(text.data).decode().splitlines() == [
            "streamscope replay: The capture has no such request.",
            "",
            "GET /lists?offset=3 was not recorded, compared by --match ids.",
            "",
            "Nearest in the capture:",
            "  GET /list?offset=0  (2 times, first #1): another path",
        ]
        assert (told.status, told.headers["content-type"]) == (404, "application/problem+json")
        assert b"another body, which differs at /a" in b"".join(told.data)
        assert b"--match path" in b"".join(told.data)
        assert [one.refusal for one in replay.told if one.path != "/warm"] == [
            "The capture has no such request. Nearest: #1 GET /list?offset=0, another path.",
            "The capture has no such request. Nearest: #3, another body, which differs at /a. "
            "Start the replay with --match path to answer by method and path alone.",
        ]

    asked = answered(3, "/ask", method="POST", body=b'{"a": 1}')
    live(work, answered(1, "/list?offset=0"), answered(2, "/list?offset=0"), asked)


def test_a_question_is_answered_once_and_with_loop_again() -> None:
    async def once(replay: Live) -> None:
        got = [await replay.ask("h3", "/stream") for _ in range(2)]

        assert [one.status for one in got] == [200, 404]
        assert b"--loop" in b"".join(got[1].data)

    async def again(replay: Live) -> None:
        got = [await replay.ask("h3", "/stream") for _ in range(3)]

        assert [one.data for one in got] == [[b"1"], [b"2"], [b"1"]]

    live(once, streamed(1, [(1.0, b"1")]))
    live(again, streamed(1, [(1.0, b"1")]), streamed(2, [(1.0, b"2")]), loop=True)


def test_an_answer_whose_body_was_left_out_is_no_empty_answer() -> None:
    withheld = [
        *request(1, "/big"),
        ResponseHead(1, ns(10_005), 200, "HTTP/2.0"),
        Body(1, ns(10_006), "response", 900, b"beg", withheld="only the first 3 bytes are kept"),
    ]

    async def work(replay: Live) -> None:
        got = await replay.ask("h2", "/big", "GET")

        assert got.status == 404
        assert b"only the first 3 bytes are kept" in b"".join(got.data)

    live(work, withheld)


@pytest.mark.parametrize("protocol", ["h2", "h3"])
def test_who_has_no_copy_is_not_told_304(protocol: Protocol) -> None:
    """The recorded browser had one; a page of nothing would be shown in its place."""
    copy = (("if-none-match", '"a"'),)
    unmodified = answered(1, "/app.js", b"", status=304, headers=(("etag", '"a"'),))

    async def work(replay: Live) -> None:
        known = await replay.ask(protocol, "/app.js", "GET", headers=copy)
        unknown = await replay.ask(protocol, "/app.js", "GET")

        assert (known.status, known.headers["etag"], known.data) == (304, '"a"', [])
        assert unknown.status == 404
        assert b"only a 304 (Not Modified) for this" in b"".join(unknown.data)

    live(work, unmodified)


def test_clients_over_http3_hear_of_its_end() -> None:
    """Else a page would wait for a minute for what no longer comes."""
    held = streamed(1, [(5.0, b"data: 1\n\n")], end=(6, "unfinished"))
    script, contents = script_of(held)

    async def main() -> str:
        async with contextlib.AsyncExitStack() as stack:
            replay = contextlib.AsyncExitStack()
            to = await replay.enter_async_context(
                running_replay(script, contents, ReplayOptions(port=0))
            )
            client = await stack.enter_async_context(
                Http3Client(to.host, to.port, to.authority, to.ca_path)
            )
            asking = asyncio.create_task(client.request("POST", "/stream"))
            await asyncio.sleep(0.1)
            await replay.aclose()
            async with asyncio.timeout(5):
                return (await asking).end

    assert asyncio.run(main()) == "closed"


def test_a_front_end_served_from_elsewhere_on_this_machine_is_let_in() -> None:
    here, there = ("origin", "http://localhost:5173"), ("origin", "https://evil.example")
    wants = ("access-control-request-method", "POST"), ("access-control-request-headers", "x-a")

    async def work(replay: Live) -> None:
        may = await replay.ask("h2", "/stream", "OPTIONS", headers=(here, *wants))
        got = await replay.ask("h2", "/stream", headers=(here,))
        other = await replay.ask("h2", "/stream", headers=(there,))

        assert (may.status, may.headers["access-control-allow-headers"]) == (204, "x-a")
        for one in (may, got):
            assert one.headers["access-control-allow-origin"] == here[1]
            assert one.headers["access-control-allow-credentials"] == "true"
        assert "content-type" in got.headers["access-control-expose-headers"]
        assert "access-control-allow-origin" not in other.headers

    live(work, streamed(1, [(1.0, b"1")]), loop=True)


def test_a_websocket_says_what_the_service_said_when_it_did() -> None:
    records = [
        *request(1, "/ws"),
        ResponseHead(1, ns(10_001), 101, "HTTP/1.1", (("x-a", "b"),)),
        WebSocketMessage(1, ns(10_020), False, True, "größer".encode(), 8),
        WebSocketMessage(1, ns(10_050), True, True, b"mine", 4),
        WebSocketMessage(1, ns(10_120), False, False, b"\xff", 1),
        ExchangeEnd(1, ns(10_150), "complete"),
    ]

    async def work(replay: Live) -> None:
        got = await open_socket(replay, "/ws")
        refused = await open_socket(replay, "/wss")

        assert [said for _, said in got] == ["größer", b"\xff", 1000]
        late = [at - due for (at, _), due in zip(got, (20, 120, 150), strict=True)]
        assert all(-1 < ms < TOLERANCE_MS for ms in late), late
        assert refused[0][1] == 404
        assert "GET (WebSocket) /ws" in str(refused[1][1])

    live(work, records)


async def open_socket(replay: Live, path: str) -> list[tuple[float, str | bytes | int]]:
    """What came by a WebSocket and when, in ms; its last entry the close code, or a refusal."""
    to = replay.address
    reader, writer = await asyncio.open_connection(to.host, to.port, ssl=replay.context)
    socket = WSConnection(ConnectionType.CLIENT)
    began = time.monotonic()
    writer.write(socket.send(Request(to.authority, path)))
    got: list[tuple[float, str | bytes | int]] = []
    while data := await reader.read(65_536):
        at = (time.monotonic() - began) * 1000
        socket.receive_data(data)
        for event in socket.events():
            match event:
                case AcceptConnection():
                    assert (b"x-a", b"b") in event.extra_headers
                case Message():
                    got.append((at, event.data))
                case CloseConnection():
                    got.append((at, event.code))
                    writer.write(socket.send(event.response()))
                case RejectConnection():
                    got.append((at, event.status_code))
                case RejectData():
                    got.append((at, event.data.decode()))
        if (got and got[-1][1] == 1000) or (len(got) > 1 and got[0][1] == 404):
            break
    writer.close()
    return got
