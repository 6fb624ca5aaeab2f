"""What one asks about conversations that talk to each other."""

from analyzer.report.queries.query import Query

QUERIES = (
    Query(
        "When two bots talked to each other: who waited for whom?",
        """
SELECT capture, duet, speaker, waited_for, answers, round(waited_ms) AS waited_ms,
    round(longest_ms) AS longest_ms, round(100 * share) AS percent
FROM duet_waiting
ORDER BY waited_ms DESC;
""",
    ),
    Query(
        "Which answers of a talk between bots came again, and after how many turns?",
        """
SELECT capture, duet, turn, speaker, repeated_of, turn - repeated_of AS period
FROM duet_score
WHERE repeated_of IS NOT NULL
ORDER BY capture, duet, turn;
""",
    ),
)
