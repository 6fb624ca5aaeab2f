"""A signal ends a wait whenever it comes."""

import os
import random
import select
import signal
import threading
import time
from typing import Any

import pytest

from analyzer.record.stopping import Stop, stop_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_middle_of_waiting_is_never_lost(number: signal.Signals) -> None:
    """A `threading.Event` waits for ever here, once in some thousands of rounds."""
    dice = random.Random(number)
    for _ in range(400):
        with stop_signals() as stop:
            after_s = dice.uniform(0, 0.002)
            sender = threading.Timer(after_s, os.kill, (os.getpid(), number))
            sender.start()
            deadline = time.monotonic() + 20
            while not stop.wait(0.0001):
                assert time.monotonic() < deadline
            sender.join()

            assert stop.is_set()


def test_a_signal_that_comes_within_the_wait_itself_ends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether it was set is known already, so only the pipe can end the wait."""
    waiting = select.select

    def interrupted(*arguments: Any) -> Any:
        signal.raise_signal(signal.SIGTERM)
        return waiting(*arguments)

    with stop_signals() as stop:
        monkeypatch.setattr(select, "select", interrupted)

        assert stop.wait(60)


def test_without_a_signal_a_wait_ends_by_its_timeout() -> None:
    stop = Stop()
    try:
        assert not stop.wait(0)
        stop.set()
        assert stop.wait()
    finally:
        stop.close()


def test_the_handlers_of_before_are_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGHUP)
    with stop_signals():
        assert signal.getsignal(signal.SIGHUP) is not before

    assert signal.getsignal(signal.SIGHUP) is before
