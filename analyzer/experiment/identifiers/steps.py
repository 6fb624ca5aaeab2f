"""Inserting in batches, timed for every 5 % of the rows."""

from collections.abc import Callable
from functools import partial

from analyzer.experiment.basics import timed
from analyzer.experiment.identifiers.results import STEPS


def in_steps(
    rows: int, batch: int, insert: Callable[[int, int], None], done: Callable[[int], None]
) -> tuple[int, ...]:
    """Call ``insert(begin, end)`` for all rows in order; return each step's wall time in ns."""
    step_ns = []
    for step in range(STEPS):
        begin, end = rows * step // STEPS, rows * (step + 1) // STEPS
        took = 0
        for first in range(begin, end, batch):
            after = min(first + batch, end)
            took += timed(partial(insert, first, after))
        step_ns.append(took)
        done(end)
    return tuple(step_ns)
