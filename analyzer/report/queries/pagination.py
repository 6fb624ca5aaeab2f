"""Questions on lists that were read page by page."""

from analyzer.report.queries.query import Query

QUERIES = (
    Query(
        "Does a page take longer the deeper it lies, and what would the whole history cost?",
        """
SELECT capture, walk_id, endpoint, style, pages, verdict,
    round(slope_ms_per_1000_rows, 2) AS ms_per_1000_rows, budget_rows,
    round(history_offset_s, 1) AS offset_s, round(history_keyset_s, 1) AS keyset_s
FROM pagination_costs
ORDER BY slope_ms_per_1000_rows DESC;
""",
    ),
    Query(
        "Which rows were fetched twice, and did any slip past?",
        """
SELECT capture, walk_id, endpoint, items, duplicates, wasted_percent, missed
FROM pagination_costs
WHERE duplicates > 0 OR missed > 0 OR missed IS NULL
ORDER BY duplicates DESC;
""",
    ),
    Query(
        "Which pages took much longer than their depth explains?",
        """
SELECT capture, walk_id, page, exchange_id, depth, round(ttfb_ms, 1) AS ttfb_ms,
    round(ttfb_ms - modelled_ms, 1) AS above_model_ms
FROM page_waits
WHERE modelled_ms IS NOT NULL
ORDER BY above_model_ms DESC
LIMIT 10;
""",
    ),
)
