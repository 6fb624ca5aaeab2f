"""One walk in a row of figures."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from analyzer.analyses.pagination.cost import (
    ESTIMATOR,
    Fit,
    budget_rows,
    fit_walk,
    history_of,
)
from analyzer.analyses.pagination.pages import Page, Role
from analyzer.analyses.pagination.rows import PaginationWalk
from analyzer.analyses.pagination.shifts import Missed
from analyzer.analyses.pagination.tally import Brought, Tally
from analyzer.analyses.pagination.waits import Wait
from analyzer.model import CaptureHead, Unmeasurable


class ReadWalk(msgspec.Struct, frozen=True):
    """A walk and what is known of each of its requests; ``waits`` run parallel to ``pages``."""

    pages: Sequence[tuple[Page, Role]]
    counted: Tally
    missed: Missed
    waits: Sequence[Wait]

    @property
    def answered(self) -> list[tuple[Page, Brought, Wait]]:
        """The requests that did not fail."""
        rows = zip(self.pages, self.counted.brought, self.waits, strict=True)
        return [(page, brought, wait) for (page, role), brought, wait in rows if role != "failed"]


def summarise(head: CaptureHead, number: int, read: ReadWalk, budget_ms: float) -> PaginationWalk:
    """The walk's row; ``number`` is its walk_id."""
    good = [page for page, _, _ in read.answered]
    fit = fit_walk([(brought.depth, wait) for _, brought, wait in read.answered])
    style, first = style_of(good), good[0]
    return PaginationWalk(
        walk_id=number,
        exchange=read.pages[0][0].exchange,
        endpoint=first.asked.endpoint,
        method=first.asked.method,
        filters=first.asked.filters,
        style=style,
        place=_place(good),
        ordering=_ordering(read.counted),
        started_ns=_moment(head, read.pages[0][0].sent_ns),
        ended_ns=_moment(head, _last_end(read)),
        missed=read.missed.items,
        missed_how=read.missed.how,
        end_seen=read.counted.end_seen,
        total=read.counted.total,
        page_size=read.counted.page_size,
        row_bytes=read.counted.row_bytes,
        estimator=ESTIMATOR,
        budget_ms=budget_ms,
        budget_rows=budget_rows(fit, fit.slope, style, budget_ms),
        # The steeper the line, the sooner it passes the budget.
        budget_rows_low=budget_rows(fit, fit.high, style, budget_ms),
        budget_rows_high=budget_rows(fit, fit.low, style, budget_ms),
        **_counts(read),
        **_fitted(fit),
        **_history(read.counted, fit, style),
    )


def _counts(read: ReadWalk) -> dict[str, Any]:
    roles = [role for _, role in read.pages]
    brought = [one for _, one, _ in read.answered]
    size = sum(page.bytes for page, _, _ in read.answered)
    wasted = _sum(one.wasted_bytes for one in brought)
    return {
        "requests": len(roles),
        "pages": roles.count("page"),
        "repeats": roles.count("repeat"),
        "failures": roles.count("failed"),
        "items": _sum(one.items for one in brought),
        "new_items": _sum(one.new_items for one in brought),
        "duplicates": _sum(one.duplicates for one in brought),
        "bytes": size,
        "wasted_bytes": wasted,
        "wasted_share": wasted if isinstance(wasted, Unmeasurable) else wasted / max(size, 1),
    }


def _fitted(fit: Fit) -> dict[str, Any]:
    return {
        "n": fit.n,
        "deepest_rows": fit.deepest_rows,
        "server_time_source": fit.source,
        "network_ms": fit.network_ms,
        "base_ms": fit.base_ms,
        "slope_ms_per_1000_rows": _per_1000(fit.slope),
        "slope_low": _per_1000(fit.low),
        "slope_high": _per_1000(fit.high),
        "verdict": fit.verdict,
    }


def _history(counted: Tally, fit: Fit, style: str) -> dict[str, Any]:
    history = history_of(_history_rows(counted), counted.page_size, fit, style)
    return {f"history_{name}": value for name, value in msgspec.structs.asdict(history).items()}


def _moment(head: CaptureHead, ns: int | None) -> int | Unmeasurable:
    if head.clock == "none":
        return Unmeasurable("this capture has no times")
    return Unmeasurable("the capture does not hold this moment") if ns is None else ns


def _last_end(read: ReadWalk) -> int | None:
    ends = [page.ended_ns for page, _ in read.pages if page.ended_ns is not None]
    return max(ends, default=None)


def _history_rows(counted: Tally) -> int | Unmeasurable:
    """All rows of the list: as it was read whole, else as the service says."""
    if isinstance(counted.total, int):
        return counted.total
    if counted.is_whole and not isinstance(counted.named, Unmeasurable):
        return len(counted.seen)
    return counted.total


def style_of(pages: Sequence[Page]) -> str:
    """How a walk asked for its pages. The first often has no parameters: later ones tell."""
    named = next((page.asked.style for page in pages if page.asked.style), "")
    if named:
        return named
    return "link" if any(page.targets for page in pages) else "cursor"


def _place(pages: Sequence[Page]) -> str:
    """Where the position stood: ``query`` or ``body``; ``link`` where the answers gave it."""
    if any(page.targets for page in pages):
        return "link"
    return next((page.asked.place for page in pages if page.asked.style), "query")


def _ordering(counted: Tally) -> str | Unmeasurable:
    if counted.sorted_by is None:
        return Unmeasurable("no member of the items runs one way on every page")
    return " ".join(counted.sorted_by)


def _sum(figures: Iterable[int | Unmeasurable]) -> int | Unmeasurable:
    total = 0
    for figure in figures:
        if isinstance(figure, Unmeasurable):
            return figure
        total += figure
    return total


def _per_1000(slope: float | Unmeasurable) -> float | Unmeasurable:
    return slope if isinstance(slope, Unmeasurable) else slope * 1000
