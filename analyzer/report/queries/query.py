"""A question in words, and the SQL that answers it."""

import msgspec


class Query(msgspec.Struct, frozen=True):
    question: str
    sql: str
