"""Every scheme in every layout, as often as asked."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np

from analyzer.experiment.basics import Say
from analyzer.experiment.identifiers import on_postgres, on_sqlite
from analyzer.experiment.identifiers.advice import advise
from analyzer.experiment.identifiers.arrivals import Milliseconds
from analyzer.experiment.identifiers.keys import Key, make_keys
from analyzer.experiment.identifiers.results import (
    NAMES,
    SCHEMES,
    STEPS,
    Growth,
    IdentifiersResult,
    Scheme,
    Settings,
    Tree,
)
from analyzer.experiment.postgres import temporary_schema
from analyzer.experiment.sqlite import VERSION

type Grow = Callable[[Scheme, Sequence[Key], Milliseconds, Settings, Say], Growth]


def run_identifiers(database: str, settings: Settings, say: Say) -> IdentifiersResult:
    """Fill every table in ``sqlite`` or at a PostgreSQL address; all are removed again.

    Raises:
        ExperimentError: the database can't be used, or brings other rows than it must.
    """
    began = time.perf_counter_ns()
    with _opened(database, settings) as (name, cache, layouts):
        grown: dict[tuple[str, Scheme], list[Growth]] = {
            (layout, scheme): [] for layout in layouts for scheme in SCHEMES
        }
        at_ms = settings.arrivals.at_ms(settings.rows)
        for repeat in range(settings.repeats):
            # There and back: a machine that becomes slower does so for all schemes alike.
            for scheme in SCHEMES if repeat % 2 == 0 else SCHEMES[::-1]:
                say(f"{name}: making {settings.rows:,} {NAMES[scheme]} keys")
                keys = make_keys(scheme, at_ms, settings.storage)
                for layout, grow in layouts.items():
                    grown[layout, scheme].append(grow(scheme, keys, at_ms, settings, say))
    trees = tuple(_tree(*key, growths, settings) for key, growths in grown.items())
    took_ns = time.perf_counter_ns() - began
    return advise(IdentifiersResult(settings, name, cache, trees, took_ns))


@contextmanager
def _opened(database: str, settings: Settings) -> Iterator[tuple[str, str, dict[str, Grow]]]:
    """The database's name, what its cache is, and its layouts."""
    if database == "sqlite":
        cache = f"SQLite's own {settings.cache_mb} MB; the files are in the system's cache"
        yield (
            VERSION,
            cache,
            {layout: partial(on_sqlite.grow, layout) for layout in on_sqlite.LAYOUTS},
        )
        return
    with temporary_schema(database) as postgres:
        cache = f"shared_buffers {postgres.shared_buffers}, as the server is set up"
        yield postgres.version, cache, {on_postgres.LAYOUT: partial(on_postgres.grow, postgres)}


def _tree(layout: str, scheme: Scheme, growths: list[Growth], settings: Settings) -> Tree:
    steps = np.median([growth.step_ns for growth in growths], axis=0)
    repeats = sorted(round(settings.rows * 1e9 / sum(growth.step_ns)) for growth in growths)
    return Tree(
        layout,
        scheme,
        tuple(round(settings.rows / STEPS * 1e9 / float(ns)) for ns in steps),
        tuple(repeats),
        round(float(np.median(repeats))),
        growths[-1],
    )
