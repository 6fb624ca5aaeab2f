"""Progress of a long reading, on standard error, so that standard output stays the result's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

from analyzer.analyze import Progress
from analyzer.report.plain import printable


@contextmanager
def shown_progress() -> Iterator[Callable[[Progress], None]]:
    """Yield the callback for `analyze`; without a terminal nothing is shown."""
    console = Console(stderr=True)
    with Status("reading", console=console) as status:

        def show(progress: Progress) -> None:
            name = printable(progress.path.name, 60)
            status.update(f"{name}: {progress.records:,} records, {progress.events:,} events")

        yield show
