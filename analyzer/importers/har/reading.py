"""One HAR file while it is read: what its entries have in common."""

from collections.abc import Iterable, Iterator, Mapping

from analyzer.importers.har import fields, private
from analyzer.importers.har.connections import Connections
from analyzer.importers.har.document import Element, Member
from analyzer.importers.har.entries import Known, read_entry
from analyzer.importers.har.fields import Json, text
from analyzer.importers.har.moments import first_wall_ns, moments, resolution_ns, wall_ns
from analyzer.importers.har.order import InOrder
from analyzer.importers.source import Source
from analyzer.intake.seen import Item
from analyzer.model import CaptureHead, Problem

OWN_NUMBERS = 1 << 40
"""Above this are the numbers of entries of our own files that lost their private part."""


class Reading:
    """Gives what a file's entries show, headed by where it is from.

    What is wrong with entries is told once of each kind, where it is first.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tool: dict[str, str] = {}
        self._own: CaptureHead | None = None
        self._head: CaptureHead | None = None
        self._order = InOrder()
        self._connections = Connections()
        self._entries = 0
        self._latest_ns = 0
        self._noted: set[str] = set()

    def learn(self, member: Member) -> None:
        match member.name:
            case "creator" | "browser":
                told = fields.mapping(member.value)
                name = " ".join(filter(None, (text(told.get("name")), text(told.get("version")))))
                self._tool[member.name] = fields.clean(name)
            case private.NAME:
                self._own = private.read_head(member.value)
            case private.REST if self._own is not None:
                self._put_beside(private.read_rest(member.value))

    def take(self, element: Element) -> Iterator[Item | Problem]:
        """What may go on now that this entry is there."""
        entry = fields.mapping(element.value)
        if self._head is None:
            self._head = self._own or self._make_head(entry)
            yield self._head
        self._entries += 1
        problem = self._shortened(element)
        until_ns = self._take_own(entry, element)
        if isinstance(until_ns, Problem):
            problem, until_ns = problem or until_ns, None
        if problem is not None:
            yield problem
        if until_ns is None:
            yield from self._take_plain(self._head, entry, element)
        else:
            yield from self._order.before(until_ns)

    def finish(self) -> Iterator[Item]:
        if self._head is None:
            yield self._own or self._make_head({})
        yield from self._order.rest()

    def _take_own(self, entry: Mapping[str, Json], element: Element) -> int | Problem | None:
        """Up to when all is there now; None or a problem if the entry alone counts."""
        told = entry.get(private.NAME)
        if self._own is None or told is None or not element.whole or element.shortened:
            return None
        try:
            own = private.read_private(told)
            items = private.restore(entry, own)
        except private.EditedError as error:
            detail = f"what streamscope wrote into an entry no longer fits it: {error}"
            return self._note("har_edited", f"{detail}; what HAR itself says was read", element)
        self._put_beside(own.beside)
        self._order.put(items)
        return own.open_ns

    def _put_beside(self, records: Iterable[private.Beside]) -> None:
        for record in records:
            self._order.put([record])

    def _take_plain(
        self, head: CaptureHead, entry: Mapping[str, Json], element: Element
    ) -> Iterator[Item | Problem]:
        number = self._entries + (OWN_NUMBERS if self._own else 0)
        origin = head.wall_ns - head.mono_ns
        start = moments(entry, origin).start
        start = self._latest_ns if start is None else start
        connection, opened = (None, None) if self._own else self._connections.carrying(entry, start)
        known = Known(number, origin, start, connection, element.whole)
        found = read_entry(entry, known)
        for note in found.notes:
            if problem := self._note(note.code, note.detail, element, number):
                yield problem
        if found.items:
            self._order.put([opened, *found.items] if opened else found.items)
        self._latest_ns = max(self._latest_ns, start)
        if self._own is None:
            yield from self._order.before(start)

    def _shortened(self, element: Element) -> Problem | None:
        if element.shortened:
            detail = "a text of an entry is too long to be read whole; its beginning was"
            return self._note("har_text_too_long", detail, element)
        if element.ended and not element.whole:
            detail = "an entry is too long to be read whole; its beginning was"
            return self._note("har_entry_too_long", detail, element)
        return None

    def _note(
        self, code: str, detail: str, element: Element, exchange: int | None = None
    ) -> Problem | None:
        if code in self._noted:
            return None
        self._noted.add(code)
        return Problem(code, self._source.name, detail, element.offset, exchange)

    def _make_head(self, entry: Mapping[str, Json]) -> CaptureHead:
        """Times count from the first entry; without any the capture has no clock."""
        head = self._source.head
        wall = wall_ns(entry.get("startedDateTime"))
        wall = first_wall_ns(head) if wall is None else wall
        return CaptureHead(
            self._source.capture_id("har"),
            "har",
            ", ".join(filter(None, (self._tool.get("creator"), self._tool.get("browser")))),
            "none" if wall is None else "event",
            resolution_ns(head),
            0,
            wall or 0,
        )
