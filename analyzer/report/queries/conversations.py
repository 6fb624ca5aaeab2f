"""Questions on conversations."""

from analyzer.report.queries.query import Query

QUERIES = (
    Query(
        "Which conversations passed, and how long did each keep one waiting?",
        """
SELECT first_at, title, title_from, turns, variants, edits, stops, resumed,
    round(ttft_p50_ms) AS ttft_p50_ms
FROM conversation_list
ORDER BY first_at DESC
LIMIT 20;
""",
    ),
    Query(
        "What was said in the newest conversation, on the path that is shown?",
        """
SELECT role, kind, branch, substr(text, 1, 60) AS text, round(ttft_ms) AS ttft_ms,
    round(rate_per_s) AS tokens_per_s
FROM transcript
WHERE is_current AND (capture, conversation_id) = (
    SELECT capture, conversation_id FROM conversation_list ORDER BY first_at DESC LIMIT 1
)
ORDER BY message;
""",
    ),
    Query(
        "Is a regenerated answer slower than the first one?",
        """
SELECT action, count(*) AS answers, round(avg(ttft_ms)) AS mean_ttft_ms,
    round(avg(rate_per_s)) AS tokens_per_s
FROM transcript
WHERE kind = 'answer' AND ttft_ms IS NOT NULL
GROUP BY action;
""",
    ),
)
