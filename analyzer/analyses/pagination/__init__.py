"""Lists that were read page by page: what depth costs, what came twice, what slipped past."""

from analyzer.analyses.pagination.question import PaginationQuestion
from analyzer.analyses.pagination.rows import PageRequest, PaginationFound, PaginationWalk

__all__ = ["PageRequest", "PaginationFound", "PaginationQuestion", "PaginationWalk"]
