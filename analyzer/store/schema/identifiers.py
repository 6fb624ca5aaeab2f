"""Identifiers that passed, and what those of each field tell together."""

from analyzer.store.schema.relations import CLOCK, WALL, table, view

_KIND = (
    "uuid1 to uuid8, uuid (of no known version), chatgpt_conversation, ulid, ksuid, snowflake, "
    "objectid, nanoid, chatcmpl, openai_hex, anthropic, redis_stream or opaque"
)
_FIELD = (
    "where: a JSON path without indexes, path …, query …, header …, or event id; {id} stands for "
    "an identifier in it"
)
_EMBEDDED = "the time inside it; NULL if it has none, or none that is to be believed"
_CREATED = "when the service says that the thing was created; the earliest it says"
_BASIS = "creation time or first appearance; empty if neither is known"
_JUDGED = "those whose place in time is known"
_SHARE = "pairs whose text order is their order in time"
_TAU = "Kendall's tau-b of text order and order in time"
_SAME_MS = "pairs of one embedded millisecond whose order in time is known"
_REVERSED = "those of them whose text order contradicts their order in time"
_ENTROPY = "Shannon entropy of the characters, place by place: at most so much chance was seen"
_AGAINST = "creation time (the median difference) or first appearance (the largest)"
_LEAKS = "what an identifier tells whoever sees it"
_LOCALITY = "where an index of the text takes new rows: right edge, left edge or scattered"

TABLES = (
    table(
        "identifiers",
        "One row an identifier and field; the rows with is_first are the identifiers.",
        f"""
        capture
        value | | the identifier, as it stood
        kind | | {_KIND}
        field | | {_FIELD}
        embedded_at | {WALL} | {_EMBEDDED}
        first_seen_ns | {CLOCK} | when it first appeared in this field
        created_at | {WALL} | {_CREATED}
        exchange_id
        is_first | 0 or 1 | 1 in the field where the value appeared first
        exchanges | | how many exchanges brought it in this field
        unmeasurable
        analysis
        """,
    ),
    table(
        "identifier_order",
        "One row a field and kind: the order, chance, clock and leaks of its identifiers.",
        f"""
        capture
        field | | {_FIELD}
        kind | | {_KIND}
        n | | different identifiers
        basis | | what their order in time is known by: {_BASIS}
        judged | | {_JUDGED}
        pairs | | pairs of these that time and text both tell apart
        time_ordered_share | 0–1 | {_SHARE}
        inversions | | pairs whose text order contradicts their order in time
        kendall_tau | −1–1 | {_TAU}
        same_ms_pairs | | {_SAME_MS}
        same_ms_inversions | | {_REVERSED}
        entropy_bits | bits | {_ENTROPY}
        collisions | | values that named two things of different creation times in one document
        resolution_ns | ns | how fine the time inside is; NULL if none is believed
        clock_skew_ns | ns | embedded time − the time it is compared with
        skew_n | | identifiers of which these times were compared
        skew_against | | {_AGAINST}
        believed | 0 or 1 | whether times inside them are believed
        why | | how many identifiers of the scheme speak for and against its time
        leaks | | {_LEAKS}
        locality | | {_LOCALITY}
        unmeasurable
        analysis
        """,
    ),
)

VIEWS = (
    view(
        "identifier_values",
        "Every identifier once, as it first appeared.",
        f"""
        capture
        value | | the identifier
        kind | | {_KIND}
        first_field | | {_FIELD}
        embedded_at | {WALL} | {_EMBEDDED}
        created_at | {WALL} | {_CREATED}
        first_seen_at | {WALL} | when it first appeared
        exchange_id
        fields | | in how many fields it stood
        """,
    ),
    view(
        "identifier_schemes",
        "How many identifiers of which scheme, and the span of the times inside.",
        f"""
        capture
        kind | | {_KIND}
        identifiers | | different values
        times_believed | | those whose embedded time is believed
        earliest | {WALL} | the earliest of these times
        latest | {WALL} | the latest
        """,
    ),
    view(
        "identifier_locality",
        "Per field: whether text order follows time, and what the identifiers give away.",
        f"""
        capture
        field | | {_FIELD}
        kind | | {_KIND}
        n | | different identifiers
        basis | | {_BASIS}
        judged | | {_JUDGED}
        locality | | {_LOCALITY}
        in_order_percent | % | {_SHARE}
        kendall_tau | −1–1 | {_TAU}
        inversions | | pairs the other way round
        same_ms_pairs | | {_SAME_MS}
        same_ms_inversions | | {_REVERSED}
        entropy_bits | bits | {_ENTROPY}
        clock_skew_ms | ms | embedded time − the time it is compared with
        skew_n | | identifiers of which these times were compared
        skew_against | | {_AGAINST}
        leaks | | {_LEAKS}
        """,
    ),
)
