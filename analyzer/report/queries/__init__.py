"""What one asks a database of captures; a test runs each of them."""

from analyzer.report.queries import (
    conversations,
    credentials,
    duets,
    identifiers,
    latency,
    pagination,
    transport,
)
from analyzer.report.queries.query import Query

PARTS = (latency, credentials, pagination, identifiers, conversations, transport, duets)
"""In the order in which they are printed."""

QUERIES = tuple(query for part in PARTS for query in part.QUERIES)

__all__ = ["QUERIES", "Query"]
