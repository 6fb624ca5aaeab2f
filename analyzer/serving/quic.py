"""The HTTP/3 listener: Hypercorn's, but a fault of one connection stays with that connection.

Hypercorn 0.18 runs all QUIC connections and their timers in one task group,
so an exception in any of them ends the listener for good; it queues only ten
datagrams and drops the rest. aioquic 1.2 raises AssertionError when a client
stops a stream that was reset already, or repeats that it stopped it; both are
ordinary (RFC 9000, section 3.5).
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, cast

from aioquic.h3.connection import ErrorCode
from aioquic.quic.connection import QuicConnection
from aioquic.quic.recovery import QuicPacketPacer
from aioquic.quic.stream import QuicStreamSender
from hypercorn.asyncio.task_group import TaskGroup
from hypercorn.asyncio.udp_server import UDPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.events import RawData
from hypercorn.protocol.quic import QuicProtocol
from hypercorn.typing import ConnectionState, Framework
from hypercorn.utils import parse_socket_addr, wrap_app

_QUEUED_DATAGRAMS = 10_000
_log = logging.getLogger(__name__)
_reset_once = QuicStreamSender.reset


def _reset(sender: QuicStreamSender, error_code: int) -> None:
    if sender._reset_error_code is None:
        _reset_once(sender, error_code)


class _Unpaced(QuicPacketPacer):
    """Lets every packet go at once, within the congestion window."""

    def next_send_time(self, now: float) -> None:  # type: ignore[override] # as aioquic's can be
        return None


class _Protocol(QuicProtocol):
    """Hypercorn's, but a connection's timer is one of the loop's, and no task anew for each send.

    ``paced`` is RFC 9002's pacing (section 7.7), which aioquic reckons in packets of full
    size: of many streams with small pieces each, most would wait for a turn.
    """

    def __init__(
        self, *arguments: Any, loop: asyncio.AbstractEventLoop, paced: bool, **more: Any
    ) -> None:
        super().__init__(*arguments, **more)
        self._loop = loop
        self._paced = paced
        self._timers: dict[int, asyncio.TimerHandle] = {}

    async def send_all(self, connection: Any) -> None:
        quic: QuicConnection = connection.quic
        if not self._paced and not isinstance(quic._loss._pacer, _Unpaced):
            quic._loss._pacer = _Unpaced(max_datagram_size=quic._max_datagram_size)
        for data, address in quic.datagrams_to_send(now=self._loop.time()):
            await self.send(RawData(data=data, address=address))
        self._arm(connection)

    def _arm(self, connection: Any) -> None:
        """See to it that the loop comes back by the connection's next deadline."""
        key = id(connection)
        deadline_s, armed = connection.quic.get_timer(), self._timers.get(key)
        if deadline_s is None:
            if armed is not None:
                self._timers.pop(key).cancel()
        elif armed is None or deadline_s < armed.when():
            if armed is not None:
                armed.cancel()
            self._timers[key] = self._loop.call_at(deadline_s, self._due, connection)

    def _due(self, connection: Any) -> None:
        del self._timers[id(connection)]
        deadline_s = connection.quic.get_timer()
        if deadline_s is not None and deadline_s <= self._loop.time():
            self.task_group.spawn(self._handle_timer, deadline_s, connection)
        else:
            self._arm(connection)  # it was put off since

    async def stop(self) -> None:
        """Close every connection: over UDP no client would hear of our end otherwise."""
        for timer in self._timers.values():
            timer.cancel()
        for connection in {id(one): one for one in self.connections.values()}.values():
            connection.quic.close(error_code=ErrorCode.H3_NO_ERROR)
            for data, address in connection.quic.datagrams_to_send(now=self._loop.time()):
                await self.send(RawData(data=data, address=address))


class QuicListener(UDPServer):
    """An asyncio datagram protocol; ``run`` serves until it is cancelled."""

    def __init__(self, app: Framework, config: Config, *, paced: bool = True) -> None:
        self._paced = paced
        loop = asyncio.get_running_loop()
        wrapped = wrap_app(app, config.wsgi_max_body_size, "asgi")
        super().__init__(wrapped, loop, config, WorkerContext(None), {})
        self.protocol_queue = asyncio.Queue(_QUEUED_DATAGRAMS)
        # A packet in which aioquic raises is never acknowledged, so its other frames would be lost.
        setattr(QuicStreamSender, "reset", _reset)  # noqa: B010 - a patch, and meant as one

    async def run(self) -> None:
        assert self.transport is not None  # asyncio calls connection_made before handing it over
        socket = self.transport.get_extra_info("socket")
        async with _group(self.loop) as tasks:
            self.protocol = protocol = _Protocol(
                self.app,
                self.config,
                self.context,
                tasks,
                ConnectionState({}),
                parse_socket_addr(socket.family, socket.getsockname()),
                self.protocol_send,
                loop=self.loop,
                paced=self._paced,
            )
            try:
                while True:
                    await _forgive(protocol.handle(await self.protocol_queue.get()))
            finally:
                await _forgive(protocol.stop())


def _group(loop: asyncio.AbstractEventLoop) -> TaskGroup:
    group = TaskGroup(loop)
    group._task_group = _ForgivingTasks()
    return group


class _ForgivingTasks(asyncio.TaskGroup):
    def create_task[T](
        self,
        coro: Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        # Nobody reads the result of a task that failed, so its type may be a lie.
        forgiven = cast(Coroutine[Any, Any, T], _forgive(coro))
        task = super().create_task(forgiven, name=name, context=context)
        task.add_done_callback(lambda _: coro.close())  # it never began if the task was cancelled
        return task


async def _forgive[T](coro: Coroutine[Any, Any, T]) -> T | None:
    try:
        return await coro
    except Exception:
        _log.debug("a QUIC connection's task failed", exc_info=True)
        return None
