"""When things are sent: seeded gaps in seconds, with the shapes that real services show."""

import random
from collections.abc import Callable, Iterator

type Gaps = Callable[[random.Random], Iterator[float]]


def first_text_s(rng: random.Random) -> float:
    """Time to first text: around half a second, with the long right tail of a queue."""
    return 0.25 + rng.lognormvariate(-1.5, 0.5)


def steady(rng: random.Random) -> Iterator[float]:
    while True:
        yield rng.uniform(0.026, 0.034)


def jitter(rng: random.Random) -> Iterator[float]:
    """Log-normal gaps: median 22 ms, and now and then one ten times longer."""
    while True:
        yield min(0.39, rng.lognormvariate(-3.8, 0.9))


def bursty(rng: random.Random) -> Iterator[float]:
    """Two to six pieces share one instant (and so one write), then about 120 ms of nothing."""
    while True:
        yield rng.uniform(0.09, 0.15)
        for _ in range(rng.randint(1, 5)):
            yield 0.0


def stall(rng: random.Random) -> Iterator[float]:
    """Even gaps, and a pause of 0.4–2 s every 30–50 pieces; the first comes early."""
    until_stall = rng.randint(8, 16)
    while True:
        for _ in range(until_stall):
            yield rng.uniform(0.02, 0.03)
        yield rng.uniform(0.4, 2.0)
        until_stall = rng.randint(30, 50)


def rapid(rng: random.Random) -> Iterator[float]:
    while True:
        yield rng.uniform(0.002, 0.005)
