"""The tables that pagination fills."""

from analyzer.analyses.questions import Found, Row
from analyzer.model import Unmeasurable


class PageRequest(Row, frozen=True):
    """One request for one page of a list.

    ``page`` counts the requests of its walk from 0. ``role``: ``page``, ``repeat`` (of a page
    that had come before), ``failed``. ``depth`` is how many rows lie before the page: what an
    experiment lays its observed points (``depth``, ``server_ns``) against.
    """

    exchange: int
    walk_id: int
    page: int
    role: str
    style: str
    position: str
    depth: int | Unmeasurable
    limit: int | None
    items: int | Unmeasurable
    total: int | Unmeasurable
    ttfb_ns: int | Unmeasurable
    server_ns: int | Unmeasurable
    server_time_source: str
    bytes: int
    duplicates: int | Unmeasurable
    missed: int | Unmeasurable
    new_items: int | Unmeasurable
    wasted_bytes: int | Unmeasurable


class PaginationWalk(Row, frozen=True):
    """The pages of one list that were fetched one after the other, and what they cost.

    For an experiment on a real database: ``row_bytes`` (median of an item as served, JSON),
    ``page_size``, ``ordering`` (the member that the items are sorted by, with ``asc`` or
    ``desc``), ``history_rows`` and the fit (``base_ms``, ``slope_*``); the points are in the
    `PageRequest` rows of its ``walk_id``.
    """

    walk_id: int
    exchange: int
    endpoint: str
    method: str
    filters: str
    style: str
    place: str
    ordering: str | Unmeasurable
    started_ns: int | Unmeasurable
    ended_ns: int | Unmeasurable
    requests: int
    pages: int
    repeats: int
    failures: int
    items: int | Unmeasurable
    new_items: int | Unmeasurable
    duplicates: int | Unmeasurable
    missed: int | Unmeasurable
    missed_how: str
    end_seen: str
    total: int | Unmeasurable
    page_size: int | Unmeasurable
    row_bytes: int | Unmeasurable
    bytes: int
    wasted_bytes: int | Unmeasurable
    wasted_share: float | Unmeasurable
    n: int
    deepest_rows: int | Unmeasurable
    estimator: str
    server_time_source: str
    network_ms: float | Unmeasurable
    base_ms: float | Unmeasurable
    slope_ms_per_1000_rows: float | Unmeasurable
    slope_low: float | Unmeasurable
    slope_high: float | Unmeasurable
    verdict: str
    budget_ms: float
    budget_rows: int | Unmeasurable
    budget_rows_low: int | Unmeasurable
    budget_rows_high: int | Unmeasurable
    history_rows: int | Unmeasurable
    history_offset_ms: float | Unmeasurable
    history_offset_low_ms: float | Unmeasurable
    history_offset_high_ms: float | Unmeasurable
    history_keyset_ms: float | Unmeasurable
    history_offset_rows: int | Unmeasurable
    history_keyset_rows: int | Unmeasurable


class PaginationFound(Found, frozen=True):
    """Every walk, and every request of it, both in the order in which they began."""

    page_requests: tuple[PageRequest, ...] = ()
    pagination_walks: tuple[PaginationWalk, ...] = ()
