"""Conversations: what their tables and views mean."""

from analyzer.store.schema.relations import CLOCK, WALL, table, view

_CONVERSATION = "as the service names it; `exchange N` where it gave none"

TABLES = (
    table(
        "conversations",
        "One row a conversation that was asked in, opened, rated or titled.",
        f"""
        capture
        conversation_id | | {_CONVERSATION}
        is_synthetic | 0 or 1 | the service gave no id, so one was made up
        dialect | | whose calls it was put together from
        title | | the last title told
        title_from | | what told it first: stream, gen_title, detail or list; empty without
        title_exchange_id | | the exchange that told it first
        model | | of its last answer, as the service names it
        created_at | {WALL} | as the service states it
        updated_at | {WALL} | as the service stated it last
        first_ns | {CLOCK} | first request that concerns it
        last_ns | {CLOCK} | last such request
        current_message_id | | the message that the shown path ends with
        detail_exchange_id | | the last detail of it that was read
        messages | | messages known, hidden ones too
        turns | | requests for an answer; one that was handed off and resumed is one
        branches | | alternatives beyond the first, wherever there are several
        variants | | those of answers: regenerated ones
        edits | | those of questions
        orphans | | messages whose parent this capture does not hold
        stops | | turns that the user stopped, or left
        handoffs | | turns that a stream handed off
        resumed | | turns whose rest was asked for and seen with their beginning
        ratings | | ratings that the service took
        compared | | answers of which both stream and detail were seen
        differing | | of these, those whose texts differ where they must not; see problems
        ttft_p50_ns | ns | median TTFT of its turns, each from its first request
        ttft_n | | turns that have one
        unmeasurable
        analysis
        """,
    ),
    table(
        "messages",
        "One row a message, those of one conversation in the order of their tree.",
        f"""
        capture
        message | | counts from 0 in its capture
        conversation_id | | {_CONVERSATION}
        message_id | | as the service names it
        parent_id | | the message that it answers; empty where that is not known
        parent_from | | what named the parent: detail, stream, request, or order (nothing did)
        depth | | messages above it
        role | | user, assistant, tool or system
        kind | | answer, reasoning, tool; empty for what is not the assistant's text
        text | | its text as it was seen; of a resumed answer all of it
        status | | as the service states it
        model | | as the service names it; of answers
        action | | next, variant (another answer) or edit (another question, and its answer)
        branch | | which alternative under its parent, from 1
        branches | | how many there are
        is_current | 0 or 1 | it is on the path that is shown
        is_orphan | 0 or 1 | its parent is named, but this capture does not hold it
        is_stopped | 0 or 1 | the user stopped it, or left
        rating | | the last rating that the service took
        seen_as | | request (it was sent), streamed, or detail (only read later)
        exchange_id | | the exchange that carried it first
        resumed_exchange_ids | JSON | the exchanges that brought the rest of its turn
        stop_exchange_id | | the call that stopped it
        created_at | {WALL} | as the service states it
        first_ns | {CLOCK} | first text
        last_ns | {CLOCK} | last text
        ttft_ns | ns | its first text − request sent, of the first request of its turn
        rate_per_s | 1/s | estimated tokens per second between its first and last text
        unmeasurable
        analysis
        """,
    ),
    table(
        "conversation_titles",
        "One row a title that a conversation was told to have, where it was another than before.",
        f"""
        capture
        telling | | counts from 0 in its capture
        conversation_id | | {_CONVERSATION}
        title | | the title
        told_by | | stream, gen_title, detail or list
        exchange_id | | the exchange that told it
        at_ns | {CLOCK} | when that was asked
        analysis
        """,
    ),
    table(
        "message_feedback",
        "One row a rating that the user sent.",
        f"""
        capture
        feedback | | counts from 0 in its capture
        conversation_id | | {_CONVERSATION}
        message_id | | what was rated
        rating | | as it was sent: thumbsUp, thumbsDown
        tags | JSON | reasons that were ticked
        text | | the user's own words
        accepted | 0 or 1 | the service took it
        exchange_id | | the exchange that sent it
        at_ns | {CLOCK} | when
        analysis
        """,
    ),
)

VIEWS = (
    view(
        "conversation_list",
        "The conversations, the first asked in or opened first.",
        f"""
        capture
        conversation_id | | {_CONVERSATION}
        title | | the last title told
        title_from | | what told it first
        model | | of its last answer
        first_at | {WALL} | first request that concerns it
        turns | | requests for an answer
        messages | | messages known
        variants | | regenerated answers
        edits | | edited questions
        stops | | turns that the user stopped, or left
        resumed | | turns that were handed off and resumed
        ratings | | ratings that the service took
        orphans | | messages whose parent this capture does not hold
        differing | | answers whose stream and detail differ
        ttft_p50_ms | ms | median TTFT of its turns
        """,
    ),
    view(
        "transcript",
        "What was said: questions, reasoning, calls of tools and answers, with their waits.",
        f"""
        capture
        conversation_id | | {_CONVERSATION}
        title | | the conversation's
        message | | its number in table messages
        role | | user or assistant
        kind | | answer, reasoning or tool; empty for questions
        action | | next, variant or edit
        branch | | which alternative of how many; NULL if there is one
        is_current | 0 or 1 | it is on the path that is shown
        text | | its text
        model | | of answers
        exchange_id | | the exchange that carried it first
        sent_at | {WALL} | request sent
        ttft_ms | ms | its first text − request sent
        rate_per_s | 1/s | estimated tokens per second
        rating | | the last rating that the service took
        is_stopped | 0 or 1 | the user stopped it, or left
        """,
    ),
)
