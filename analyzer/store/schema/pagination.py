"""Lists that were read page by page."""

from analyzer.store.schema.relations import CLOCK, WALL, table, view

_ROLE = "page, repeat (of a page that had come before), or failed"
_DEPTH = "rows before the page; of a cursor walk those that it had brought before"
_SERVER = (
    "server-timing (as the service states it) or inferred (the wait less the least on the "
    "walk's connections)"
)
_WALK = "the walk's number in its capture, from 1"

TABLES = (
    table(
        "pagination_walks",
        "One row a walk: pages of one list that were fetched one after the other.",
        f"""
        capture
        walk_id | | {_WALK}
        exchange_id | | its first request
        endpoint | | address without query
        method | | request method
        filters | | what else the request names; other filters are another list
        style | | how pages are named: offset, page, cursor, after or link
        place | | where the position stands: query, body, or link (the answers name it)
        ordering | | the member that the items are sorted by, with asc or desc, as they came
        started_ns | {CLOCK} | its first request was sent
        ended_ns | {CLOCK} | its last exchange ended
        requests | | requests in all
        pages | | pages that came, each position once
        repeats | | requests for a page that had come before
        failures | | requests that brought no page
        items | | rows that came
        new_items | | different rows that came
        duplicates | | rows that had come before in the walk
        missed | | rows that slipped past while pages shifted, as far as it can be inferred
        missed_how | | by what: one page, nothing moved, total, listed again; empty if unknown
        end_seen | | by what the end of the list was recognised; empty if it was not reached
        total | | rows of the list as the service states them last, unless that is only a hint
        page_size | | rows of a full page
        row_bytes | bytes | median of an item, as JSON
        bytes | bytes | answers, decoded
        wasted_bytes | bytes | items that had come before, as JSON
        wasted_share | 0–1 | wasted_bytes / bytes
        n | | waits that were fitted
        deepest_rows | rows | the deepest page
        estimator | | of the line through server time against depth
        server_time_source | | {_SERVER}
        network_ms | ms | median wait that is not the service's own time
        base_ms | ms | server time at depth 0, by the line
        slope_ms_per_1000_rows | ms | server time that 1,000 rows of depth add
        slope_low | ms | lower end of its 95 % interval
        slope_high | ms | upper end of its 95 % interval
        verdict | | grows, falls, flat, or why that can't be told: noise, too few points, no waits
        budget_ms | ms | what a page may take
        budget_rows | rows | depth from which on a page takes longer; extrapolated by the line
        budget_rows_low | rows | the same by the upper end of the slope's interval
        budget_rows_high | rows | the same by the lower end of the slope's interval
        history_rows | rows | the whole list
        history_offset_ms | ms | fetching all of it by offset at this page size, by the line
        history_offset_low_ms | ms | the same by the lower end of the slope's interval
        history_offset_high_ms | ms | the same by the upper end of the slope's interval
        history_keyset_ms | ms | the same by keyset: every page costs what the first one does
        history_offset_rows | rows | rows that offsets step over or serve, for all of it
        history_keyset_rows | rows | rows that a keyset serves, for all of it
        unmeasurable
        analysis
        """,
    ),
    table(
        "page_requests",
        "One row a request for a page of a list.",
        f"""
        capture
        exchange_id
        walk_id | | {_WALK}
        page | | counts the requests of the walk from 0
        role | | {_ROLE}
        style | | offset, page, cursor, after; first where the request names no position
        position | | the offset, page number, cursor or id that was asked for
        depth | rows | {_DEPTH}
        limit | rows | what was asked for at most, or what the service says
        items | | rows that came
        total | | rows of the list, as this answer states them
        ttfb_ns | ns | response headers − request sent
        server_ns | ns | the service's own time
        server_time_source | | {_SERVER}
        bytes | bytes | answer, decoded
        duplicates | | rows that had come before in the walk
        missed | | rows that slipped past between the page before and this one
        new_items | | rows that had not come before
        wasted_bytes | bytes | the duplicates, as JSON
        unmeasurable
        analysis
        """,
    ),
)

VIEWS = (
    view(
        "page_waits",
        "Every page of every walk with its wait, and the wait by the walk's line.",
        f"""
        capture
        walk_id | | {_WALK}
        page | | counts the requests of the walk from 0
        exchange_id
        endpoint | | address without query
        role | | {_ROLE}
        position | | the offset, page number, cursor or id that was asked for
        depth | rows | {_DEPTH}
        sent_at | {WALL} | request sent
        ttfb_ms | ms | response headers − request sent
        server_ms | ms | the service's own time
        server_time_source | | {_SERVER}
        modelled_ms | ms | network + base + slope × depth
        items | | rows that came
        new_items | | rows that had not come before
        duplicates | | rows that had come before in the walk
        missed | | rows that slipped past
        bytes | bytes | answer, decoded
        wasted_bytes | bytes | the duplicates, as JSON
        """,
    ),
    view(
        "pagination_costs",
        "What each walk cost, wasted and missed, and what the whole history would cost.",
        f"""
        capture
        walk_id | | {_WALK}
        method | | request method
        endpoint | | address without query
        filters | | what else the request names
        style | | how pages are named
        pages | | pages that came
        items | | rows that came
        duplicates | | rows that had come before
        missed | | rows that slipped past
        wasted_percent | % | bytes of rows that had come before, of all
        verdict | | whether the wait grows with depth
        slope_ms_per_1000_rows | ms | server time that 1,000 rows of depth add
        slope_low | ms | lower end of its 95 % interval
        slope_high | ms | upper end of its 95 % interval
        n | | waits that were fitted
        deepest_rows | rows | the deepest page
        server_time_source | | {_SERVER}
        budget_ms | ms | what a page may take
        budget_rows | rows | depth from which on it takes longer
        budget_rows_low | rows | the same by the upper end of the slope's interval
        budget_rows_high | rows | the same by the lower end of the slope's interval
        history_rows | rows | the whole list
        history_offset_s | s | fetching all of it by offset
        history_offset_low_s | s | the same by the lower end of the slope's interval
        history_offset_high_s | s | the same by the upper end of the slope's interval
        history_keyset_s | s | fetching all of it by keyset
        history_offset_rows | rows | rows stepped over or served by offset
        history_keyset_rows | rows | rows served by keyset
        """,
    ),
)
