"""Identifiers of a capture: gathered while it passes, judged when all of it has."""

from collections.abc import Sequence

from analyzer.analyses.identifiers import finding, heads
from analyzer.analyses.identifiers.belief import Decided, Span, decide
from analyzer.analyses.identifiers.keeping import (
    FIELDS,
    IDENTIFIERS,
    NEVER_NS,
    SIGHTS,
    Kept,
    Sightings,
)
from analyzer.analyses.identifiers.order import Member, describe
from analyzer.analyses.identifiers.rows import Identifier, IdentifiersFound
from analyzer.analyses.identifiers.shapes import LONGEST, look_at
from analyzer.analyses.questions import Question, Unanswered, Whole, why_textless
from analyzer.model import (
    AnyRecord,
    CaptureHead,
    Delta,
    Exchange,
    RequestHead,
    Unmeasurable,
    WebSocketMessage,
    WireEvent,
)

DOCUMENT_LIMIT = 16 * 1024 * 1024
"""Longest document that is searched, in bytes or characters."""

OUTLINES = 1_024
"""Payloads of an open stream that are remembered by their outline, so as not to be parsed again."""

REMEMBERED = 20_000
"""Sights in documents that are remembered: a list that is loaded again is often the same."""

_ADDRESS, _ASKED, _QUESTION, _ANSWERED, _ANSWER, _EVENTS = range(6)
_NO_TIMES = Unmeasurable("the capture does not hold that moment")
_NOT_STATED = Unmeasurable("no creation time is stated beside it")


class IdentifiersQuestion(Question[IdentifiersFound]):
    """Which identifiers passed, where, of which scheme, and what they give away."""

    RECORDS = (RequestHead, WebSocketMessage)

    def __init__(self, head: CaptureHead) -> None:
        super().__init__(head)
        self._sightings = Sightings()
        self._known: dict[int, set[int]] = {}
        self._begun: dict[int, str] = {}
        self._event_ids: dict[int, str] = {}
        self._open: set[int] = set()
        self._ended: set[int] = set()
        self._again: set[int] = set()
        self._too_long = 0
        self._documents: dict[tuple[int, int], list[finding.Sight]] = {}
        self._remembered = 0

    def record(self, record: AnyRecord) -> None:
        match record:
            case RequestHead():
                self._begin(record.exchange)
            case WebSocketMessage() if record.is_text and finding.may_hold_bytes(record.data):
                self._document(record.exchange, record.at_ns, _EVENTS, record.data)

    def events(self, exchange: int, events: Sequence[WireEvent], _deltas: Sequence[Delta]) -> None:
        may_hold, last_id = finding.may_hold, self._event_ids.get(exchange, "")
        begun, empty = self._begun.get(exchange, ""), ""
        for event in events:
            # Most payloads hold nothing, and most begin as the one before, with or without.
            data = event.data
            if not may_hold(data, len(empty) if data.startswith(empty) else 0):
                empty = empty if empty and data.startswith(empty) else finding.settled(data)
            elif not (begun and data.startswith(begun) and not may_hold(data, len(begun))):
                begun = self._begun[exchange] = self._payload(exchange, event)
            if event.id != last_id:
                last_id = self._event_ids[exchange] = event.id
                self._event_id(exchange, event)

    def exchange(self, exchange: Exchange) -> None:
        number = exchange.exchange
        self._known.pop(number, None)
        self._begun.pop(number, None)
        self._event_ids.pop(number, None)
        if number in self._again:
            # Its number was used again while it was open: the later one counts.
            self._again.discard(number)
            self._sightings.forget(number)
            return
        self._open.discard(number)
        self._ended.add(number)
        asked_ns, add = exchange.started_ns, self._add
        add(number, asked_ns, _ADDRESS, heads.in_address(exchange.path))
        add(number, asked_ns, _ASKED, heads.in_headers(exchange.request_headers))
        sent_ns = asked_ns if exchange.sent_ns is None else exchange.sent_ns
        self._document(number, sent_ns, _QUESTION, exchange.request_body)
        add(number, exchange.headers_ns, _ANSWERED, heads.in_headers(exchange.response_headers))
        self._document(number, exchange.ended_ns, _ANSWER, exchange.response_body)
        self._sightings.ended(number)

    def finish(self, whole: Whole) -> IdentifiersFound:
        values = self._sightings.merged()
        created = {value: _created(fields) for value, fields in values.items()}
        decided = decide(created, self._span(whole))
        for value in [v for v, one in decided.items() if _is_no_identifier(v, one, values[v])]:
            del values[value]
        known = {one.exchange.exchange for one in whole.measured}
        rows: list[Identifier] = []
        fields: dict[tuple[str, str], list[Member]] = {}
        for value, seen in values.items():
            rows += self._rows(value, seen, decided[value], created[value], known)
            for field, kept in seen.items():
                member = self._member(value, kept, decided[value], created[value])
                fields.setdefault((field, member.decided.kind), []).append(member)
        rows.sort(key=_reading_order)
        orders = [describe(field, members) for (field, _), members in fields.items()]
        orders.sort(key=lambda one: (-one.n, one.field, one.kind))
        return IdentifiersFound(tuple(self._unanswered()), (), tuple(rows), tuple(orders))

    # ------------------------------------------------------------------ gathering

    def _begin(self, number: int) -> None:
        if number in self._open:
            self._again.add(number)
        elif number in self._ended:
            self._ended.discard(number)
            self._sightings.forget(number)
        self._open.add(number)

    def _payload(self, exchange: int, event: WireEvent) -> str:
        """Search a payload, unless it holds what one before it held; return its beginning
        as far as it may hold identifiers.
        """
        if len(event.data) > DOCUMENT_LIMIT:
            self._too_long += 1
            return ""
        outline = finding.outline(event.data)
        known = self._known.setdefault(exchange, set())
        if not outline.until or outline.digest in known:
            return outline.until
        if len(known) >= OUTLINES:
            known.clear()
        known.add(outline.digest)
        self._add(exchange, event.at_ns, _EVENTS + event.seq, finding.in_json(event.data) or [])
        return outline.until

    def _event_id(self, exchange: int, event: WireEvent) -> None:
        if len(event.id) <= LONGEST and look_at(event.id) is not None:
            sight = finding.Sight("event id", event.id)
            self._add(exchange, event.at_ns, _EVENTS + event.seq, [sight])

    def _document(self, exchange: int, at_ns: int | None, part: int, data: bytes) -> None:
        if len(data) > DOCUMENT_LIMIT:
            self._too_long += 1
        elif finding.may_hold_bytes(data):
            self._add(exchange, at_ns, part, self._sights(data))

    def _sights(self, data: bytes) -> list[finding.Sight]:
        """What a document holds; it is not read again while it is remembered."""
        digest = len(data), hash(data)
        known = self._documents.get(digest)
        if known is None:
            known = finding.in_json(data) or []
            self._remembered += len(known) + 1
            if self._remembered > REMEMBERED:
                self._documents.clear()
                self._remembered = len(known) + 1
            self._documents[digest] = known
        return known

    def _add(
        self, exchange: int, at_ns: int | None, part: int, sights: list[finding.Sight]
    ) -> None:
        if sights:
            at_ns = None if self.head.clock == "none" else at_ns
            self._sightings.add(exchange, at_ns, part, sights)

    # ------------------------------------------------------------------ answering

    def _wall_us(self, at_ns: int) -> int:
        return (self.head.wall_ns + at_ns - self.head.mono_ns) // 1_000

    def _span(self, whole: Whole) -> Span:
        begins_us = self.head.wall_ns // 1_000
        timeless = self.head.clock == "none" or whole.last_ns is None
        return Span(begins_us, begins_us if timeless else self._wall_us(whole.last_ns or 0))

    def _rows(
        self,
        value: str,
        seen: dict[str, Kept],
        decided: Decided,
        created_us: int | None,
        known: set[int],
    ) -> list[Identifier]:
        first = min(seen, key=lambda field: (seen[field].appearance, field))
        rows = []
        for field, kept in seen.items():
            at_ns, exchange, *_ = kept.appearance
            rows.append(
                Identifier(
                    value=value,
                    kind=decided.kind,
                    field=field,
                    embedded_at=decided.embedded,
                    first_seen_ns=_NO_TIMES if at_ns == NEVER_NS else at_ns,
                    created_at=_NOT_STATED if created_us is None else created_us,
                    exchange=exchange if exchange in known else None,
                    is_first=field == first,
                    exchanges=kept.exchanges,
                )
            )
        return rows

    def _member(self, value: str, kept: Kept, decided: Decided, created_us: int | None) -> Member:
        at_ns = kept.appearance.at_ns
        return Member(
            value,
            decided,
            created_us,
            kept.appearance,
            None if at_ns == NEVER_NS else self._wall_us(at_ns),
            kept.collided,
            kept.created_us is not None,
        )

    def _unanswered(self) -> list[Unanswered]:
        said: list[tuple[str, str]] = []
        if left := self._sightings.left_out:
            reason = (
                f"{left} sights were left out: of one capture at most {IDENTIFIERS:,} identifiers "
                f"in {FIELDS:,} fields, and {SIGHTS:,} sights, are kept"
            )
            said.append(("all identifiers", reason))
        if self._too_long:
            reason = (
                f"{self._too_long} documents of more than {DOCUMENT_LIMIT // 2**20} MiB "
                "were not searched"
            )
            said.append(("identifiers in long documents", reason))
        if reason := why_textless(self.head):
            said.append(("identifiers in content", reason))
        return [Unanswered("identifiers", figure, reason) for figure, reason in said]


def _created(fields: dict[str, Kept]) -> int | None:
    """The earliest creation time that the service stated of a value."""
    stated = [kept.created_us for kept in fields.values() if kept.created_us is not None]
    return min(stated, default=None)


def _is_no_identifier(value: str, decided: Decided, fields: dict[str, Kept]) -> bool:
    """Digits in paths alone that are no Snowflake: a time, an amount, anything."""
    return (
        decided.kind == "opaque"
        and value.isdigit()
        and all(field.startswith("path ") for field in fields)
    )


def _reading_order(row: Identifier) -> tuple[int, int, str, str]:
    at_ns = row.first_seen_ns if isinstance(row.first_seen_ns, int) else NEVER_NS
    return at_ns, -1 if row.exchange is None else row.exchange, row.value, row.field
