"""Which conversations passed, message by message?"""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

import msgspec

from analyzer.analyses.conversations.facts import (
    Asked,
    Detail,
    Fact,
    Listed,
    Rated,
    Resumed,
    Stopped,
    Told,
    read_fact,
)
from analyzer.analyses.conversations.gathering import Gathering
from analyzer.analyses.conversations.histories import AnswerText, Called, chain, is_call, read_call
from analyzer.analyses.conversations.joined import join_turns
from analyzer.analyses.conversations.rows import (
    ConversationRow,
    ConversationsFound,
    FeedbackRow,
    MessageRow,
)
from analyzer.analyses.conversations.titles import Titles
from analyzer.analyses.conversations.waiting import Waits
from analyzer.analyses.conversations.writing import Told as ToldOf
from analyzer.analyses.conversations.writing import Writer
from analyzer.analyses.questions import Question, Unanswered, Whole, why_textless
from analyzer.dialects.chatgpt_web import ChatGPTWeb
from analyzer.model import (
    AnyRecord,
    CaptureHead,
    Delta,
    Exchange,
    Problem,
    RequestHead,
    StreamedMessage,
    WireEvent,
)

NAME = "conversations"
CHATGPT = ChatGPTWeb.name

KEPT_LIMIT = 256 * 1024 * 1024
"""Most that is kept of a capture: a character counts 1, a message or a list's item 200 more."""

_ITEM = 200

OPEN_LIMIT = 10_000
"""Most streams at once whose texts are put together here."""


class ConversationsQuestion(Question[ConversationsFound]):
    """Puts the conversations together from requests, streams, details and lists."""

    RECORDS = (RequestHead,)

    def __init__(self, head: CaptureHead) -> None:
        super().__init__(head)
        self._facts: dict[int, Fact] = {}
        self._kept = 0
        self._left_out = 0
        # Details repeat what streams and earlier details held: one copy of each text will do.
        self._texts: dict[str, str] = {}
        self._answers: dict[int, AnswerText] = {}

    def record(self, record: AnyRecord, /) -> None:
        if isinstance(record, RequestHead):
            self._answers.pop(record.exchange, None)
            if is_call(record.method, record.path) and len(self._answers) < OPEN_LIMIT:
                self._answers[record.exchange] = AnswerText()

    def events(
        self, exchange: int, events: Sequence[WireEvent], deltas: Sequence[Delta], /
    ) -> None:
        answer = self._answers.get(exchange)
        for event in events if answer else ():
            if answer:
                answer.take(event)

    def exchange(self, exchange: Exchange, /) -> None:
        self._facts.pop(exchange.exchange, None)
        streamed = self._answers.pop(exchange.exchange, None)
        if self.head.redaction != "secrets":
            return
        fact = read_call(exchange, streamed) if streamed else read_fact(exchange)
        if fact is None:
            return
        size = self._size(fact)
        if self._kept + size > KEPT_LIMIT:
            self._left_out += 1
            return
        self._kept += size
        self._facts[exchange.exchange] = self._shared(fact)

    def finish(self, whole: Whole, /) -> ConversationsFound:
        facts = sorted(self._facts.values(), key=_order)
        calls = chain(fact for fact in facts if isinstance(fact, Called))
        asked = [*(fact for fact in facts if isinstance(fact, Asked | Resumed)), *calls]
        turns = join_turns(sorted(asked, key=_order))
        gatherings: dict[str, Gathering] = {}
        for turn in turns:
            gatherings.setdefault(turn.conversation_id, Gathering()).add_turn(turn)
        for fact in facts:
            match fact:
                case Detail():
                    name = fact.told.conversation_id
                    gatherings.setdefault(name, Gathering()).add_detail(fact)
                case Rated() | Stopped() if fact.conversation_id:
                    gatherings.setdefault(fact.conversation_id, Gathering())
                case Told():
                    gatherings.setdefault(fact.conversation_id, Gathering())
        return _Answer(whole, facts, Titles(facts, turns), gatherings).found(self._unanswered())

    def _unanswered(self) -> tuple[Unanswered, ...]:
        if reason := why_textless(self.head):
            return (Unanswered(NAME, "messages", reason),)
        if self._left_out:
            reason = (
                f"{self._left_out} exchanges were left out, as what is kept would have exceeded "
                f"{KEPT_LIMIT} characters"
            )
            return (Unanswered(NAME, "all messages", reason),)
        return ()

    def _size(self, fact: Fact) -> int:
        if isinstance(fact, Listed):
            return _ITEM * (1 + len(fact.items))
        if isinstance(fact, Called):
            said = sum(_ITEM + len(text) for _, text in fact.history)
            return _ITEM + said + len(fact.answer.text)
        return _ITEM + sum(
            _ITEM + (0 if self._is_shared(each) else len(each.text)) for each in _messages(fact)
        )

    def _is_shared(self, message: StreamedMessage) -> bool:
        return self._texts.get(message.message_id) == message.text

    def _shared(self, fact: Fact) -> Fact:
        if not isinstance(fact, Detail):
            for each in _messages(fact):
                self._texts[each.message_id] = each.text
            return fact
        nodes = []
        for node in fact.nodes:
            message = node.message
            if message is not None:
                if not self._is_shared(message):
                    self._texts[message.message_id] = message.text
                text = self._texts[message.message_id]
                message = msgspec.structs.replace(message, text=text)
            nodes.append(msgspec.structs.replace(node, message=message))
        return msgspec.structs.replace(fact, nodes=tuple(nodes))


class _Answer:
    """All conversations of a capture, as rows."""

    def __init__(
        self,
        whole: Whole,
        facts: list[Fact],
        titles: Titles,
        gatherings: dict[str, Gathering],
    ) -> None:
        self._waits = Waits(whole.head.clock, whole.measured)
        self._titles = titles
        self._facts: dict[str, list[Fact]] = {}
        for name, fact in _named(facts):
            self._facts.setdefault(name, []).append(fact)
        self._gatherings = dict(
            sorted(gatherings.items(), key=lambda item: (self._first(*item), item[0]))
        )

    def found(self, unanswered: tuple[Unanswered, ...]) -> ConversationsFound:
        conversations: list[ConversationRow] = []
        messages: list[MessageRow] = []
        problems: list[Problem] = []
        for name, gathering in self._gatherings.items():
            writer = Writer(name, gathering, self._told(name, gathering))
            rows = writer.messages(len(messages), self._waits)
            conversations.append(writer.conversation(rows, self._waits))
            messages += rows
            problems += _differences(gathering)
        return ConversationsFound(
            unanswered=unanswered,
            problems=tuple(problems),
            conversations=tuple(conversations),
            messages=tuple(messages),
            conversation_titles=self._titles.rows(self._gatherings),
            message_feedback=tuple(self._feedback()),
        )

    def _told(self, name: str, gathering: Gathering) -> ToldOf:
        facts = self._facts.get(name, [])
        moments = [*_moments(facts), *_moments(p for t in gathering.turns for p in t.parts)]
        told = [fact for fact in facts if isinstance(fact, Told)]
        first = gathering.turns[0].last if gathering.turns else None
        return ToldOf(
            dialect=first.dialect if first else CHATGPT,
            title=self._titles.of(name),
            created_at=next((one.created_at for one in told if one.created_at is not None), None),
            updated_at=max((one.updated_at for one in told if one.updated_at), default=None),
            stops=tuple(fact for fact in facts if isinstance(fact, Stopped)),
            ratings=tuple(fact for fact in facts if isinstance(fact, Rated)),
            first_ns=min(moments, default=None),
            last_ns=max(moments, default=None),
        )

    def _first(self, name: str, gathering: Gathering) -> int:
        """When it was first asked in or opened, not when a list first named it."""
        parts = [*gathering.details, *(part for turn in gathering.turns for part in turn.parts)]
        known = self._facts.get(name, ())
        return min(_moments(parts), default=min(_moments(known), default=0))

    def _feedback(self) -> Iterator[FeedbackRow]:
        given = [
            fact for name in self._gatherings for fact in self._facts.get(name, ())
            if isinstance(fact, Rated)
        ]  # fmt: skip
        for index, fact in enumerate(given):
            yield FeedbackRow(
                index,
                fact.conversation_id,
                fact.message_id,
                fact.rating,
                fact.tags,
                fact.text,
                fact.accepted,
                fact.exchange,
                fact.at_ns,
            )


def _differences(gathering: Gathering) -> Iterator[Problem]:
    for one in sorted(gathering.compared.values(), key=attrgetter("exchange", "message_id")):
        if one.differs_at is not None:
            yield Problem(
                "text_differs",
                f"exchange {one.exchange}",
                f"the answer {one.message_id} has {one.streamed_length} characters in its stream "
                f"and {one.detail_length} in the conversation's detail (exchange "
                f"{one.detail_exchange}); from character {one.differs_at} on they differ",
                None,
                one.exchange,
            )


def _order(fact: Fact) -> tuple[int, int]:
    return (0 if fact.at_ns is None else fact.at_ns, fact.exchange)


def _moments(facts: Iterable[Fact]) -> list[int]:
    return [fact.at_ns for fact in facts if fact.at_ns is not None]


def _messages(fact: Fact) -> list[StreamedMessage]:
    match fact:
        case Asked():
            return [*fact.messages, *fact.turn.messages]
        case Resumed():
            return list(fact.turn.messages)
        case Detail():
            return [node.message for node in fact.nodes if node.message is not None]
    return []


def _named(facts: Iterable[Fact]) -> Iterator[tuple[str, Fact]]:
    """Facts beside the turns by the conversation that they speak of."""
    for fact in facts:
        match fact:
            case Detail():
                yield fact.told.conversation_id, fact.told
            case Listed():
                yield from ((told.conversation_id, told) for told in fact.items)
            case Told() | Rated() | Stopped():
                yield fact.conversation_id, fact
