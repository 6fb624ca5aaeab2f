"""The answer: every identifier, and what each field's identifiers tell together."""

from analyzer.analyses.questions import Found, Row
from analyzer.model import Unmeasurable


class Identifier(Row, frozen=True):
    """One identifier in one field; of the rows of a value exactly one has ``is_first``.

    So the rows of a field are what its order is judged by, and the first rows are the values.
    ``kind``, ``embedded_at`` and ``created_at`` belong to the value, and are the same in all
    its rows.
    """

    value: str
    kind: str
    field: str
    embedded_at: int | Unmeasurable | None
    first_seen_ns: int | Unmeasurable
    created_at: int | Unmeasurable
    exchange: int | None
    is_first: bool
    exchanges: int


class IdentifierOrder(Row, frozen=True):
    """The identifiers of one kind in one field: their order, their chance, what they leak.

    ``basis`` says what their order was judged against, ``skew_against`` what their clock.
    """

    field: str
    kind: str
    n: int
    basis: str
    judged: int
    pairs: int
    time_ordered_share: float | Unmeasurable
    inversions: int | Unmeasurable
    kendall_tau: float | Unmeasurable
    same_ms_pairs: int | Unmeasurable
    same_ms_inversions: int | Unmeasurable
    entropy_bits: float | Unmeasurable
    collisions: int | Unmeasurable
    resolution_ns: int | None
    clock_skew_ns: int | Unmeasurable
    skew_n: int
    skew_against: str
    believed: bool
    why: str
    leaks: str
    locality: str | Unmeasurable


class IdentifiersFound(Found, frozen=True):
    """Identifiers in the order in which they were first seen; fields, the fullest first."""

    identifiers: tuple[Identifier, ...] = ()
    identifier_order: tuple[IdentifierOrder, ...] = ()
