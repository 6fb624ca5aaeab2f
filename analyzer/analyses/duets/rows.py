"""The tables of a duet."""

from analyzer.analyses.questions import Found, Row
from analyzer.model import Unmeasurable


class Duet(Row, frozen=True):
    """Conversations that passed answers on to each other without a break."""

    duet: int
    speakers: int
    conversation_ids: tuple[str, ...]
    turns: int
    began_ns: int | Unmeasurable
    ended_ns: int | Unmeasurable
    handover_ns: int | Unmeasurable
    overlap_ns: int | Unmeasurable
    refused: int
    one_connection: bool | Unmeasurable
    loop_turn: int | None = None
    loop_period: int | None = None


class DuetTurn(Row, frozen=True):
    """One prompt and its answer, in the order in which the prompts were sent."""

    duet: int
    turn: int
    speaker: int
    conversation_id: str
    exchange: int
    prompt_exchange_id: int | None
    status: str
    client_connection: int | None
    sent_ns: int | Unmeasurable
    first_text_ns: int | Unmeasurable
    last_text_ns: int | Unmeasurable
    waited_ns: int | Unmeasurable | None
    handover_ns: int | Unmeasurable | None
    refused: int = 0
    repeated_of: int | None = None


class DuetWait(Row, frozen=True):
    """How long one speaker waited for the answers of another, all together."""

    duet: int
    speaker: int
    waited_for: int
    answers: int
    waited_ns: int | Unmeasurable
    longest_ns: int | Unmeasurable


class DuetsFound(Found, frozen=True):
    duets: tuple[Duet, ...] = ()
    duet_turns: tuple[DuetTurn, ...] = ()
    duet_waits: tuple[DuetWait, ...] = ()
