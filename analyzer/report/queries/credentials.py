"""Questions on credentials, their refusals and their ends."""

from analyzer.report.queries.query import Query

QUERIES = (
    Query(
        "Which refusals cost how much time, and why were they refused?",
        """
SELECT capture, began_at, cause, method, path, refusals, round(time_lost_ms) AS time_lost_ms
FROM refusals
ORDER BY time_lost_ms DESC;
""",
    ),
    Query(
        "How much of an access token's life is used before it is refreshed?",
        """
SELECT capture, fingerprint, round(lifetime_s) AS lifetime_s,
    round(age_at_refresh_s, 1) AS age_at_refresh_s, round(share_used_percent) AS percent, refused
FROM credential_lives
WHERE kind = 'bearer' AND share_used_percent IS NOT NULL
ORDER BY percent DESC;
""",
    ),
    Query(
        "Which endpoints answer to the cookie alone, and which want the bearer?",
        """
SELECT capture, authority, method, path, bearer, cookie_only, refused, masked
FROM authentication
WHERE bearer OR cookie_only
ORDER BY capture, authority, cookie_only > 0 DESC, requests DESC;
""",
    ),
)
