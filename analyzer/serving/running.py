"""A server as a process's whole work: until a signal, or until nobody wants it any more."""

import asyncio
import contextlib
import os
import selectors
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager


def run_server[Address](
    server: AbstractAsyncContextManager[Address],
    ready: Callable[[Address], None],
    *,
    watch_stdin: bool = False,
    precise: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM; with ``watch_stdin`` also until standard input ends.

    ``server`` serves while it is entered. ``ready`` is called once, when it does. ``precise``
    gives the loop timers finer than a millisecond.
    """
    factory = precise_loop if precise else None
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_run(server, ready, watch_stdin=watch_stdin))


async def _run[Address](
    server: AbstractAsyncContextManager[Address],
    ready: Callable[[Address], None],
    *,
    watch_stdin: bool,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if watch_stdin:
        loop.add_reader(sys.stdin.fileno(), _stop_at_end, sys.stdin.fileno(), stop)
    async with server as address:
        ready(address)
        await stop.wait()


def _stop_at_end(file: int, stop: asyncio.Event) -> None:
    if not os.read(file, 4096):
        stop.set()
        asyncio.get_running_loop().remove_reader(file)


def precise_loop() -> asyncio.AbstractEventLoop:
    """An event loop whose timers are not rounded up to whole milliseconds.

    epoll waits in milliseconds, so that asyncio's timers come up to one late; select waits
    in microseconds, and can wait for an epoll. Other systems' selectors are fine already.
    """
    if not hasattr(selectors, "EpollSelector"):
        return asyncio.SelectorEventLoop()
    return asyncio.SelectorEventLoop(_FineSelector())


if hasattr(selectors, "EpollSelector"):
    import select

    class _FineSelector(selectors.EpollSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            if timeout is not None and timeout > 0:
                select.select([self.fileno()], [], [], timeout)
                timeout = 0
            return super().select(timeout)
