"""A capture's walks as the experiment takes them over."""

from analyzer.analyses.pagination.rows import PageRequest, PaginationFound, PaginationWalk
from analyzer.experiment.basics import ExperimentError
from analyzer.experiment.pagination.results import Observed, Order, Settings
from analyzer.model import Unmeasurable


def observed_walk(found: PaginationFound) -> Observed | None:
    """The walk with the most pages of known depth and time; None if there is no walk."""
    walks = [(_points(walk, found.page_requests), walk) for walk in found.pagination_walks]
    if not walks:
        return None
    points, walk = max(walks, key=lambda one: (len(one[0]), one[1].pages))
    return Observed(
        endpoint=f"{walk.method} {walk.endpoint}",
        style=walk.style,
        ordering=_known(walk.ordering),
        page=_known(walk.page_size),
        row_bytes=_known(walk.row_bytes),
        history_rows=_known(walk.history_rows),
        points=points,
        time_source=walk.server_time_source,
        verdict=walk.verdict,
        base_ms=walk.base_ms,
        slope_ms_per_1000_rows=walk.slope_ms_per_1000_rows,
        slope_low=walk.slope_low,
        slope_high=walk.slope_high,
    )


def suggested(observed: Observed) -> Settings:
    """The defaults with what the walk says: page, row size, order."""
    usual = Settings()
    return Settings(
        page=observed.page or usual.page,
        order=order_of(observed.ordering),
        row_bytes=observed.row_bytes or usual.row_bytes,
        observed=observed,
    )


def order_of(ordering: str | None) -> Order:
    """The column of ours that behaves like the traffic's; how often it changes is what counts."""
    name = (ordering or "").lower().partition(" ")[0]
    if "creat" in name:
        return "created"
    return "id" if name in {"id", "uuid"} else "updated"


def require_walk(found: PaginationFound, source: str) -> Observed:
    observed = observed_walk(found)
    if observed is None:
        raise ExperimentError(
            f"{source}: no walk through a list is in it; leave --from out to use the defaults"
        )
    return observed


def _points(walk: PaginationWalk, requests: tuple[PageRequest, ...]) -> tuple[tuple[int, int], ...]:
    return tuple(
        (one.depth, one.server_ns)
        for one in requests
        if one.walk_id == walk.walk_id
        and one.role == "page"
        and isinstance(one.depth, int)
        and isinstance(one.server_ns, int)
    )


def _known[Value](value: Value | Unmeasurable) -> Value | None:
    return None if isinstance(value, Unmeasurable) else value
