"""Conversations that pass answers on to each other: tables, and their views."""

from analyzer.store.schema.relations import CLOCK, WALL, table, view

TABLES = (
    table(
        "duets",
        "One row an unbroken chain of at least three turns, each asked with another"
        " conversation's answer.",
        f"""
        capture
        duet | | counts from 1 in its capture
        speakers | | conversations that take part
        conversation_ids | JSON | theirs, in the order in which they first spoke
        turns | | prompts with their answers
        began_ns | {CLOCK} | the first prompt was sent
        ended_ns | {CLOCK} | last text of the last answer
        handover_ns | ns | all times together from an answer's last text until it was sent on
        overlap_ns | ns | time in which at least two turns were under way
        refused | | requests with a prompt of the duet that the service refused first
        one_connection | 0 or 1 | all turns went over one connection of the client
        loop_turn | | the first turn whose answer an earlier turn had given; NULL for no loop
        loop_period | turns | from that earlier turn to loop_turn
        unmeasurable
        analysis
        """,
    ),
    table(
        "duet_turns",
        "One row a prompt and its answer in a duet, in the order in which they were sent.",
        f"""
        capture
        duet | | of this capture
        turn | | counts from 1 in its duet
        speaker | | who answered: counts from 1 in the order in which they first spoke
        conversation_id | | the speaker's conversation
        exchange_id
        prompt_exchange_id | | the exchange whose answer was the prompt; NULL for the first turn
        status | | of the answer, as in turns
        client_connection | | the client's connection
        sent_ns | {CLOCK} | request sent
        first_text_ns | {CLOCK} | first text
        last_text_ns | {CLOCK} | last text
        waited_ns | ns | last text of the speaker's own answer before (if it had none: when the \
other was asked) to last text of the answer that it took
        handover_ns | ns | last text of the answer that it took to request sent
        refused | | requests with this prompt that the service refused before
        repeated_of | | the latest earlier turn with the same answer but for white space
        unmeasurable
        analysis
        """,
    ),
    table(
        "duet_waits",
        "One row a speaker and another whose answers it waited for.",
        """
        capture
        duet | | of this capture
        speaker | | who waited
        waited_for | | the speaker whose answers it took
        answers | | how many
        waited_ns | ns | all waits together, see duet_turns
        longest_ns | ns | the longest of them
        unmeasurable
        analysis
        """,
    ),
)

VIEWS = (
    view(
        "duet_score",
        "Who spoke when: the turns of a duet in time order, in ms.",
        f"""
        capture
        duet | | of this capture
        turn | | counts from 1 in its duet
        speaker | | who answered
        conversation_id | | the speaker's conversation
        exchange_id
        sent_at | {WALL} | request sent
        since_began_ms | ms | request sent − beginning of the duet
        ttft_ms | ms | first text − request sent
        e2el_ms | ms | last text − request sent
        waited_ms | ms | how long the speaker waited for the answer that it took
        handover_ms | ms | last text of that answer until it was sent on
        refused | | requests with this prompt that the service refused before
        status | | of the answer, as in turns
        repeated_of | | the latest earlier turn with the same answer
        """,
    ),
    view(
        "duet_waiting",
        "Who waited for whom, and for how much of the duet.",
        """
        capture
        duet | | of this capture
        speaker | | who waited
        waited_for | | for whom
        answers | | how many answers it waited for
        waited_ms | ms | all waits together
        longest_ms | ms | the longest wait
        share | 0–1 | part of the duet's time
        """,
    ),
)
