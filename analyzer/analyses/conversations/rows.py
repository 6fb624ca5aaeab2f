"""What is said of conversations: the rows, as they stand in the database."""

from analyzer.analyses.questions import Found, Row
from analyzer.model import Unmeasurable


class ConversationRow(Row, frozen=True):
    """A conversation that was asked in, opened, rated or titled while the capture ran.

    ``title_from``: what told the title first: ``stream``, ``gen_title``, ``detail``, ``list``.
    ``is_synthetic``: the service gave no id, so one was made up. ``turns`` are requests for an
    answer; one that was handed off and resumed is one turn. ``branches`` counts alternatives
    beyond the first wherever there are several, ``variants`` those of answers, ``edits`` those of
    questions. ``compared`` and ``differing``: answers of which both stream and detail were seen.
    ``ttft_p50_ns`` is the median over the ``ttft_n`` turns that have a TTFT.
    """

    conversation_id: str
    is_synthetic: bool
    dialect: str
    title: str
    title_from: str
    title_exchange_id: int | None
    model: str
    created_at: int | Unmeasurable
    updated_at: int | Unmeasurable
    first_ns: int | None
    last_ns: int | None
    current_message_id: str
    detail_exchange_id: int | None
    messages: int
    turns: int
    branches: int
    variants: int
    edits: int
    orphans: int
    stops: int
    handoffs: int
    resumed: int
    ratings: int
    compared: int
    differing: int
    ttft_p50_ns: int | Unmeasurable
    ttft_n: int


class MessageRow(Row, frozen=True):
    """A message of a conversation; the rows of one stand in the order of its tree.

    ``seen_as``: ``request`` (it was sent), ``streamed``, or ``detail`` (only read later).
    ``exchange`` carried it. ``parent_from`` says what named the parent: ``detail``, ``stream``,
    ``request``, or ``order`` (the message that its stream answers, as nothing named one).
    ``kind`` is as in `StreamedMessage`. ``branch`` of ``branches``: which alternative it is under
    its parent. ``action``: ``next``, ``variant`` (another answer), ``edit`` (another question,
    and the answer to it).
    ``ttft_ns`` is first text − request sent, of the turn's first request where it was resumed.
    """

    message: int
    conversation_id: str
    message_id: str
    parent_id: str
    parent_from: str
    depth: int
    role: str
    kind: str
    text: str
    status: str
    model: str
    action: str
    branch: int
    branches: int
    is_current: bool
    is_orphan: bool
    is_stopped: bool
    rating: str
    seen_as: str
    exchange: int | None
    resumed_exchange_ids: tuple[int, ...]
    stop_exchange_id: int | None
    created_at: int | Unmeasurable
    first_ns: int | None
    last_ns: int | None
    ttft_ns: int | Unmeasurable | None
    rate_per_s: float | Unmeasurable | None


class TitleRow(Row, frozen=True):
    """A title that a conversation was told to have, when it was new or another than before."""

    telling: int
    conversation_id: str
    title: str
    told_by: str
    exchange: int | None
    at_ns: int | None


class FeedbackRow(Row, frozen=True):
    """A rating that the user gave; ``accepted``: the service took it."""

    feedback: int
    conversation_id: str
    message_id: str
    rating: str
    tags: tuple[str, ...]
    text: str
    accepted: bool
    exchange: int | None
    at_ns: int | None


class ConversationsFound(Found, frozen=True):
    conversations: tuple[ConversationRow, ...] = ()
    messages: tuple[MessageRow, ...] = ()
    conversation_titles: tuple[TitleRow, ...] = ()
    message_feedback: tuple[FeedbackRow, ...] = ()
