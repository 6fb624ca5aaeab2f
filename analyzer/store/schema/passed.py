"""What passed and how long it took: the tables of latency, and their views."""

from analyzer.store.schema.relations import CLOCK, WALL, table, view

TABLES = (
    table(
        "captures",
        "One row a capture: where its times come from and how it was analysed.",
        f"""
        capture
        capture_id | | its name, given when it was made; analysing it again replaces its rows
        file | | the file it was read from
        source | | what it was taken from: mitmproxy (our recorder), flows, har, netlog, pcap, body
        tool | | the program that recorded it, with its version
        clock | | what its times stamp: chunk, packet, event or none
        resolution_ns | ns | smallest step of the clock that was seen
        started_at | {WALL} | when the recording began
        mono_ns | {CLOCK} | the clock's value at wall_ns; it anchors every other time
        wall_ns | ns since 1970 | wall-clock time at mono_ns
        ended_ns | {CLOCK} | when the recording ended; NULL if that is not told
        redaction | | what was taken out: secrets, content or shape
        scope | JSON | the hosts in scope; [] for all
        stall_ns | ns | gaps from this length on were counted as stalls
        analysis
        """,
    ),
    table(
        "exchanges",
        "One row a request with its response, chat turn or not.",
        f"""
        capture
        exchange_id
        method | | request method
        scheme | | http or https
        authority | | host and port that were asked
        path | | path and query, credentials replaced
        protocol
        http_version | | the client's version as captured
        upstream_version | | the version the service spoke
        status | | response status; NULL if no response came
        request_headers | JSON | pairs of name and value, credentials replaced
        response_headers | JSON | pairs of name and value, credentials replaced
        client_connection | | the client's connection
        server_connection | | the connection to the service
        started_ns | {CLOCK} | request headers came
        sent_ns | {CLOCK} | request sent: it was whole and went to the service
        headers_ns | {CLOCK} | response headers came
        first_byte_ns | {CLOCK} | first byte of a streamed body
        first_event_ns | {CLOCK} | first event complete
        last_byte_ns | {CLOCK} | last byte of a streamed body
        ended_ns | {CLOCK} | end of the exchange
        how | | complete, client_abort, server_abort, error or unfinished
        detail | | what is known of an abnormal end
        streamed | 0 or 1 | the body passed through in timed reads
        request_length | bytes | request body, decoded
        response_length | bytes | response body, decoded
        content_encoding | | of the response
        dialect | | the service's dialect; empty if it is no event stream
        reads | | timed reads of the response body
        wire_bytes | bytes | of the streamed body as it passed
        bytes | bytes | of the streamed body, decoded
        events | | server-sent events
        coalesced | | events that share their read with an event before them
        comments | | comment lines, such as keep-alives
        time_to_headers_ns | ns | response headers − request sent
        time_to_first_byte_ns | ns | first body byte − request sent
        time_to_first_event_ns | ns | first event complete − request sent
        duration_ns | ns | end of the exchange − request sent
        unmeasurable | JSON | why a figure is NULL; under turn, why a stream is no chat turn
        analysis
        timed | 0 or 1 | 0 where the capture has a stream's bytes and no arrival times of them
        """,
    ),
    table(
        "reads",
        "One row a timed read of a streamed body.",
        f"""
        capture
        exchange_id
        side | | request or response
        read | | counts from 0 on each side
        at_ns | {CLOCK} | arrival
        length | bytes | what it brought, decoded
        wire_length | bytes | what it brought, as it passed
        analysis
        """,
    ),
    table(
        "events",
        "One row a server-sent event.",
        f"""
        capture
        exchange_id
        seq | | counts from 0 in its stream
        first_ns | {CLOCK} | arrival of its first byte
        at_ns | {CLOCK} | arrival of the byte that completed it
        read | | the read that brought that byte
        type | | event type; message if none was named
        id | | last event id in force
        retry_ms | ms | reconnection time set since the event before
        offset | bytes | where its block begins in the decoded body
        size | bytes | length of its block
        kind | | the text it brought: answer, reasoning, title or tool; NULL for none
        chars | code points | length of that text
        data | | its data lines, joined
        analysis
        """,
    ),
    table(
        "turns",
        "One row a chat stream: a request for an answer, the texts, and how long they took. A turn "
        "that was handed off and resumed has its waits in its last row, from its first request.",
        f"""
        capture
        exchange_id
        status | | complete, stopped, error, cut, handoff, unfinished or unknown
        dialect | | the service's dialect
        conversation_id | | as the service names it
        message_id | | of the answer
        model | | as the service names it
        title | | the conversation's title, if the stream told it
        answer | | final answer text
        reasoning | | final reasoning text
        error | | the service's own error text
        markers | JSON | moments the service put into the stream: name, seq, at_ns
        server_ttft_ms | ms | the service's own time to its first visible token, if it told it
        chunks | | texts, each brought by an event
        arrivals | | chunks, those that came together counted once
        estimated_tokens | | octets of answer and reasoning / 4, rounded up
        first_text_ns | {CLOCK} | first text
        last_text_ns | {CLOCK} | last text
        ttft_ns | ns | TTFT: first answer or reasoning text − request sent
        ttfo_ns | ns | TTFO: first answer text − request sent
        e2el_ns | ns | E2EL: last text − request sent
        tail_ns | ns | end of stream − last text
        itl_ns | ns | ITL: (last text − first text) / (estimated tokens − 1)
        tpot_ns | ns | TPOT: (E2EL − TTFT) / (estimated tokens − 1)
        rate_per_s | 1/s | estimated tokens per second between first and last text
        longest_gap_ns | ns | longest gap between two arrivals
        stall_count | | gaps of at least captures.stall_ns
        stall_total_ns | ns | all stalls together
        stall_longest_ns | ns | the longest stall; 0 without any
        stall_share | 0–1 | part of E2EL that was stalled
        stall_of_proxy | | how many of the stalls were the proxy's own
        unmeasurable
        analysis
        first_chars | code points | text that the first arrival brought
        """,
    ),
    table(
        "gaps",
        "One row a gap between two arrivals of text in one turn (the ICL, unpooled).",
        f"""
        capture
        exchange_id
        gap | | counts from 0 in its turn
        at_ns | {CLOCK} | when it ended
        gap_ns | ns | its length
        lag_ns | ns | how much of it the proxy's event loop was late
        read | | the read that ended it
        seq | | the first text event that ended it
        cause
        phase
        analysis
        chars | code points | text that the arrival which ended it brought
        """,
    ),
    table(
        "problems",
        "One row for everything malformed in traffic or file.",
        """
        capture
        problem | | counts from 0 in its capture
        exchange_id | | where it happened; NULL if in no exchange
        code | | what kind
        place | | file or body
        detail | | in words
        offset | bytes | where in that place
        analysis
        """,
    ),
    table(
        "lost",
        "One row for everything that was not kept, or that the capture does not give.",
        f"""
        capture
        loss | | counts from 0 in its capture
        exchange_id | | of which exchange; NULL if of none
        at_ns | {CLOCK} | when
        what | | what was lost
        count | | how many
        bytes | bytes | how much
        reason | | why
        analysis
        """,
    ),
    table(
        "observations",
        "One row a window in which the recorder measured itself.",
        f"""
        capture
        observation | | counts from 0 in its capture
        at_ns | {CLOCK} | end of the window
        window_ns | ns | its length
        samples | | how often the event loop's lag was sampled
        lag_median_ns | ns | median lag
        lag_max_ns | ns | longest lag
        late | JSON | samples of at least 5 ms: pairs of at_ns and ns late
        reads | | reads that were stamped
        stamping_ns | ns | time spent stamping them
        writer_cpu_ns | ns | CPU time of the writer thread
        queue_peak | | longest queue to the writer
        analysis
        """,
    ),
    table(
        "unanswered",
        "One row a figure that a question could not give of a whole capture.",
        """
        capture
        number | | counts from 0 in its capture
        question | | what was asked: credentials, pagination, identifiers and so on
        figure | | what could not be said
        reason | | why, in words
        analysis
        """,
    ),
)

VIEWS = (
    view(
        "capture_summary",
        "The captures, counted.",
        f"""
        capture
        capture_id | | its name, given when it was made
        file | | the file it was read from
        started_at | {WALL} | when the recording began
        tool | | the program that recorded it
        clock | | what its times stamp
        resolution_ms | ms | smallest step of the clock that was seen
        duration_s | s | length of the recording; NULL if it was never closed
        exchanges | | all exchanges
        streams | | those whose body passed in timed reads
        turns | | chat turns
        events | | server-sent events
        problems | | malformed things
        lost | | things that were not kept
        """,
    ),
    view(
        "turn_latency",
        "The chat turns and their figures, in milliseconds.",
        f"""
        capture
        exchange_id
        sent_at | {WALL} | request sent
        protocol
        status | | how the turn ended
        model | | as the service names it
        title | | the conversation's title, if the stream told it
        time_to_headers_ms | ms | response headers − request sent
        time_to_first_byte_ms | ms | first body byte − request sent
        time_to_first_event_ms | ms | first event complete − request sent
        ttft_ms | ms | TTFT
        server_ttft_ms | ms | the service's own time to its first visible token; compare TTFO
        ttfo_ms | ms | TTFO
        e2el_ms | ms | E2EL
        tail_ms | ms | end of stream − last text
        itl_ms | ms | ITL, by estimated tokens
        rate_per_s | 1/s | estimated tokens per second
        chunks | | texts
        arrivals | | chunks, those that came together counted once
        estimated_tokens | | octets / 4
        longest_gap_ms | ms | longest gap between two arrivals
        stalls | | how many stalls
        stalled_ms | ms | all stalls together
        """,
    ),
    view(
        "slowest_gaps",
        "Every gap, the longest first, with what passed meanwhile.",
        f"""
        capture
        exchange_id
        protocol
        gap_ms | ms | its length
        cause
        phase
        since_sent_ms | ms | its end − request sent
        ended_at | {WALL} | its end
        lag_ms | ms | how much of it the proxy's event loop was late
        read | | the read that ended it
        seq | | the first text event that ended it
        """,
    ),
    view(
        "stalls",
        "The gaps that count as stalls, in the order of time.",
        f"""
        capture
        exchange_id
        protocol
        stall_ms | ms | its length
        cause
        phase
        since_sent_ms | ms | its beginning − request sent
        began_at | {WALL} | its beginning
        read | | the read that ended it
        seq | | the first text event that ended it
        """,
    ),
    view(
        "gap_causes",
        "What the waiting between texts was, per protocol.",
        """
        protocol
        cause
        gaps | | how many
        total_ms | ms | together
        longest_ms | ms | the longest
        """,
    ),
    view(
        "latency_by_protocol",
        "Percentiles of the chat turns' figures per protocol, as the report gives them.",
        """
        protocol
        metric | | time to headers, time to first byte, TTFT, TTFO, ICL, ITL or E2EL
        n | | turns that have the figure; gaps for ICL
        p50_ms | ms | median
        p90_ms | ms | 90th percentile
        p95_ms | ms | 95th percentile
        p99_ms | ms | 99th percentile; NULL where n is below 20
        max_ms | ms | the largest
        """,
    ),
    view(
        "event_times",
        "Every event with times that a person can read.",
        f"""
        capture
        exchange_id
        seq | | counts from 0 in its stream
        at | {WALL} | when it was complete
        since_sent_ms | ms | since request sent
        since_event_ms | ms | since the event before
        read | | the read that completed it
        type | | event type
        kind | | the text it brought; NULL for none
        chars | code points | length of that text
        data | | its data lines, joined
        """,
    ),
    view(
        "event_rate",
        "How many events came in each second of a stream.",
        """
        capture
        exchange_id
        second | s | since request sent; since the first byte where that is unknown
        events | | events in that second
        chunks | | those with answer or reasoning text
        bytes | bytes | of these events
        """,
    ),
    view(
        "coalesced_reads",
        "Reads that completed several events at once.",
        """
        capture
        exchange_id
        read | | the read
        since_sent_ms | ms | since request sent
        events | | events that it completed
        bytes | bytes | of these events
        """,
    ),
    view(
        "event_gaps",
        "Gaps between arrivals of events on any stream; events that share a read are one arrival.",
        """
        capture
        exchange_id
        read | | the read that ended it
        seq | | the first event that ended it
        events | | events of that read
        gap_ms | ms | its length
        since_sent_ms | ms | its end − request sent
        """,
    ),
    view(
        "other_streams",
        "The event streams that are no chat turns, as their dialect does not know the text.",
        f"""
        capture
        exchange_id
        sent_at | {WALL} | request sent
        protocol
        method | | request method
        authority | | host and port that were asked
        path | | path and query
        status | | response status
        how | | how it ended
        dialect | | the dialect that read it
        why | | why it has no figures of text
        time_to_headers_ms | ms | response headers − request sent
        time_to_first_byte_ms | ms | first body byte − request sent
        time_to_first_event_ms | ms | first event complete − request sent
        duration_ms | ms | end − request sent
        reads | | timed reads of the response body
        events | | server-sent events
        coalesced | | events that share their read with an event before them
        comments | | comment lines, such as keep-alives
        gaps | | how many gaps between arrivals of events
        gap_p50_ms | ms | their median
        gap_p95_ms | ms | their 95th percentile
        longest_gap_ms | ms | the longest
        """,
    ),
    view(
        "calls",
        "The exchanges that are no chat turns.",
        f"""
        capture
        exchange_id
        started_at | {WALL} | request headers came
        protocol
        method | | request method
        authority | | host and port that were asked
        path | | path and query
        status | | response status
        how | | how it ended
        time_to_headers_ms | ms | response headers − request sent
        duration_ms | ms | end − request sent
        response_length | bytes | response body, decoded
        """,
    ),
    view(
        "proxy_lag",
        "The moments at which the proxy's own event loop was late by 5 ms or more.",
        f"""
        capture
        at | {WALL} | when it ran
        late_ms | ms | how late
        """,
    ),
)
