"""Transport: what its tables and views mean."""

from analyzer.analyses.transport.comparison import GAPS_LEAST
from analyzer.analyses.transport.ranks import LEAST
from analyzer.store.schema.relations import CLOCK, WALL, table, view

_SIZES = """
        request_header_bytes | bytes | names and values before compression, credentials in full
        request_body_bytes | bytes | request bodies and messages up, as they passed
        response_header_bytes | bytes | names and values before compression
"""
_SPOKEN = "what the service spoke (to the proxy, where there is one): h1, h2 or h3"
_CHOSEN = (
    "alpn, alt-svc (announcement_id announced it), prior knowledge, default (nothing agreed), "
    "proxy (its own choice, where one was) or unseen"
)
_UP = "header fields before compression, and bodies"

TABLES = (
    table(
        "connections",
        "One row a transport connection of one side, and what it carried.",
        f"""
        capture
        connection_id | | the connection's number in its capture
        side | | client (browser to proxy) or server (to the service)
        protocol | | what was spoken on it: h1, h2 or h3
        chosen_by | | {_CHOSEN}
        announcement_id | | the exchange whose Alt-Svc was in force; if unseen, perhaps not heard
        alpn | | the ALPN name; empty where none was agreed upon
        alpn_offers | JSON | ALPN names that its client offered; [] where not recorded
        sni | | server name asked for
        tls | | version; QUICv1 for QUIC; empty without
        peer | | the other end's address
        local | | the address at this end of it
        opened_ns | {CLOCK} | the transport began
        ready_ns | {CLOCK} | its TLS or QUIC handshake ended
        closed_ns | {CLOCK} | it closed; NULL if still open at the end
        handshake_ns | ns | opened to ready, transport and TLS; of server connections only
        tls_handshake_ns | ns | the TLS or QUIC handshake alone
        first_ns | {CLOCK} | its first exchange began
        last_ns | {CLOCK} | its last exchange ended
        busy_ns | ns | with at least one exchange
        idle_ns | ns | ready but without any
        exchanges | | streams that it carried, in the sense of HTTP/2
        event_streams | | of these, event streams
        most_at_once | | most exchanges open at one time
        reused | | exchanges that found it already used
        waited | | requests whole before it was ready; waiting for a free stream is not seen
        waited_ns | ns | how long these waited together
        {_SIZES.strip()}
        response_body_bytes | bytes | response bodies and messages down, as they passed
        failed | | exchanges that ended in an error or were cut by the service
        aborted | | exchanges that the client gave up
        error | | what closed it, if that was an error
        unmeasurable
        analysis
        """,
    ),
    table(
        "protocol_moves",
        "One row each time an origin's next connection spoke another protocol than the last.",
        f"""
        capture
        exchange_id | | the first exchange over the new protocol
        origin | | scheme, host and port
        same_client | 0 or 1 | a cookie shows that one client used both; 0: that can't be known
        from_protocol | | before: h1, h2 or h3
        to_protocol | | after
        connection_id | | the first connection with it
        moved_ns | {CLOCK} | when that exchange began
        chosen_by | | as in connections
        announcement_id | | the exchange that first announced it
        since_announced_ns | ns | moved − announced
        requests_since | | requests still sent over the old protocol in between
        unmeasurable
        analysis
        """,
    ),
    table(
        "stream_transport",
        "One row an event stream: what shared its connection, and what carrying it took.",
        f"""
        capture
        exchange_id
        protocol | | {_SPOKEN}
        client_connection_id | | the browser's connection
        server_connection_id | | the connection to the service
        others | | other responses that came on that one meanwhile
        shared_ns | ns | how long at least one of them was coming, head to end
        shared_share | 0–1 | part of the stream's own time, head to end
        gaps_shared | | gaps between texts that began while another response came
        gaps_alone | | the other gaps; the proxy's own are in neither
        gap_shared_ns | ns | median of the former
        gap_alone_ns | ns | median of the latter
        {_SIZES.strip()}
        wire_bytes | bytes | the stream as it passed
        bytes | bytes | the stream, decoded
        coding | | its content coding; empty for none
        coding_ratio | | bytes / wire_bytes
        reads | | timed reads
        events | | server-sent events
        events_per_read | | events / reads
        reads_per_event | | reads / events
        unmeasurable
        analysis
        """,
    ),
    table(
        "content_codings",
        "One row a content coding and protocol: what it saved, and how reads and events met.",
        f"""
        capture
        protocol | | {_SPOKEN}
        coding | | content coding of the stream; empty for none
        streams | | event streams
        turns | | of these, chat turns
        turn_bytes_up | bytes | what a turn cost upstream, median: header fields and body
        turn_bytes_down | bytes | what it brought, median: header fields and stream as it passed
        wire_bytes | bytes | all streams as they passed
        bytes | bytes | all streams, decoded
        coding_ratio | | bytes / wire_bytes, of the streams that can be read
        reads | | timed reads
        events | | server-sent events
        events_per_read | | events / reads, of the same streams
        reads_per_event | | reads / events, of the same streams
        unmeasurable
        analysis
        """,
    ),
    table(
        "head_of_line",
        "One row a protocol: do gaps get longer while another response comes on the connection?",
        f"""
        capture
        protocol | | {_SPOKEN}
        turns | | chat turns
        compared | | those with at least {GAPS_LEAST} gaps of either kind
        gaps_shared | | gaps that began while another response came, of all turns
        gaps_alone | | the other gaps
        gap_shared_ns | ns | median of the compared turns' medians
        gap_alone_ns | ns | the same of the other gaps
        difference_ns | ns | median of the differences, turn by turn
        p_value | 0–1 | Wilcoxon's signed ranks, two-sided; NULL below {LEAST} turns
        verdict | | in words
        unmeasurable
        analysis
        """,
    ),
    table(
        "protocol_comparison",
        "One row a metric: two protocols compared by ranks.",
        f"""
        capture
        metric | | TTFT, median ICL (a turn's), time to headers, handshake, rise under load
        counted | | what counts as one figure: turns or connections
        protocol_first | | h2, as the service spoke it
        protocol_second | | h3
        n_first | | figures over the first
        n_second | | figures over the second
        connections_first | | connections that these came over
        connections_second | | connections that those came over
        median_first_ns | ns | median over the first
        median_second_ns | ns | median over the second
        difference_ns | ns | second − first
        p_value | 0–1 | Mann–Whitney U, two-sided; NULL where either n is below {LEAST}
        smaller_share | 0–1 | chance that a figure of the second is the smaller one
        verdict | | in words
        caution | | why the figures may not be independent
        unmeasurable
        analysis
        """,
    ),
    table(
        "endpoints",
        "One row an endpoint: the calls of one method to one path, identifiers folded.",
        f"""
        capture
        endpoint_id | | counts from 0, the one that took most time together first
        method | | request method
        authority | | host and port that were asked
        path | | without query; identifiers are {{id}}, a release's hashes {{hash}}
        calls | | exchanges
        event_streams | | of these, event streams
        protocols | JSON | what the client spoke
        statuses | JSON | pairs of status and how often
        unanswered_calls | | calls without a response
        waits | | calls whose time to headers is known
        wait_p50_ns | ns | time to headers, median
        wait_p95_ns | ns | its 95th percentile
        wait_max_ns | ns | the longest
        duration_p50_ns | ns | request sent to end, median
        duration_max_ns | ns | the longest
        {_SIZES.strip()}
        response_body_bytes | bytes | response bodies and messages down, as they passed
        unmeasurable
        analysis
        """,
    ),
)

VIEWS = (
    view(
        "connection_times",
        "The connections with times that a person can read.",
        f"""
        capture
        connection_id | | the connection's number
        side | | client or server
        protocol | | what was spoken on it: h1, h2 or h3
        chosen_by | | how that was chosen
        announcement_id | | the exchange that announced it
        opened_at | {WALL} | the transport began
        open_s | s | until it closed; NULL if it did not
        handshake_ms | ms | opened to ready; of server connections only
        tls_handshake_ms | ms | the TLS or QUIC handshake alone
        exchanges | | streams carried
        event_streams | | of these, event streams
        most_at_once | | most at one time
        waited | | requests whole before it was ready
        waited_ms | ms | how long these waited together
        busy_s | s | with at least one exchange
        idle_s | s | ready but without any
        bytes_up | bytes | {_UP}
        bytes_down | bytes | {_UP}
        failed | | exchanges that failed
        aborted | | exchanges that the client gave up
        error | | what closed it
        """,
    ),
    view(
        "transport_by_protocol",
        "The connections of each side, counted per protocol.",
        f"""
        side | | client or server
        protocol | | what was spoken: h1, h2 or h3
        connections | | how many
        exchanges | | streams carried
        event_streams | | of these, event streams
        most_at_once | | most on one connection at one time
        handshakes | | connections whose handshake was timed
        handshake_p50_ms | ms | median, opened to ready
        idle_s | s | all idling together
        bytes_up | bytes | {_UP}
        bytes_down | bytes | {_UP}
        failed | | exchanges that failed
        aborted | | exchanges that the client gave up
        """,
    ),
    view(
        "protocol_move_times",
        "When browsers went over to another protocol, and how long after it was announced.",
        f"""
        capture
        exchange_id | | the first exchange over the new protocol
        origin | | scheme, host and port
        same_client | 0 or 1 | a cookie shows that one client used both connections
        from_protocol | | before
        to_protocol | | after
        chosen_by | | how it was chosen
        moved_at | {WALL} | when that exchange began
        announcement_id | | the exchange that first announced it
        since_announced_ms | ms | moved − announced
        requests_since | | requests still sent over the old protocol in between
        """,
    ),
    view(
        "stream_sharing",
        "The event streams: what shared their connection, and what carrying them took.",
        f"""
        capture
        exchange_id
        protocol | | {_SPOKEN}
        server_connection_id | | the connection to the service
        others | | other responses that came on it meanwhile
        shared_ms | ms | how long
        shared_percent | % | part of the stream's own time
        gaps_shared | | gaps that began while another response came
        gap_shared_ms | ms | their median
        gaps_alone | | the other gaps
        gap_alone_ms | ms | their median
        bytes_up | bytes | {_UP} of the request
        wire_bytes | bytes | the stream as it passed
        coding | | its content coding
        coding_ratio | | decoded / passed
        events_per_read | | events / reads
        reads_per_event | | reads / events
        """,
    ),
    view(
        "protocol_differences",
        "The protocols compared, in milliseconds.",
        """
        capture
        metric | | what was compared
        counted | | what counts as one figure
        protocol_first | | h2
        protocol_second | | h3
        n_first | | figures over the first
        n_second | | figures over the second
        median_first_ms | ms | median over the first
        median_second_ms | ms | median over the second
        difference_ms | ms | second − first
        p_value | 0–1 | of the rank test
        verdict | | in words
        caution | | why the figures may not be independent
        """,
    ),
    view(
        "endpoint_waits",
        "The endpoints in milliseconds, the one that took most time together first.",
        f"""
        capture
        endpoint_id | | the endpoint's number
        method | | request method
        authority | | host and port that were asked
        path | | identifiers folded
        calls | | exchanges
        event_streams | | of these, event streams
        protocols | JSON | what the client spoke
        statuses | JSON | pairs of status and how often
        unanswered_calls | | calls without a response
        wait_p50_ms | ms | time to headers, median
        wait_p95_ms | ms | its 95th percentile
        wait_max_ms | ms | the longest
        duration_p50_ms | ms | request sent to end, median
        duration_max_ms | ms | the longest
        bytes_up | bytes | {_UP}
        bytes_down | bytes | {_UP}
        """,
    ),
)
