"""What every table, view and column means: the one description of the database.

`streamscope schema` and the README print it, and a test holds it against the
real database, so a column without a meaning cannot be released.
"""

from analyzer.store.schema import (
    conversations,
    credentials,
    duets,
    identifiers,
    pagination,
    passed,
    transport,
)
from analyzer.store.schema.relations import Column, Relation

PARTS = (passed, credentials, pagination, identifiers, conversations, transport, duets)
"""In the order in which they are printed."""

TABLES = tuple(relation for part in PARTS for relation in part.TABLES)
VIEWS = tuple(relation for part in PARTS for relation in part.VIEWS)

__all__ = ["TABLES", "VIEWS", "Column", "Relation"]
