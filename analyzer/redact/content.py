"""Records without the text that people and models wrote."""

import re
from collections import OrderedDict

import msgspec

from analyzer import model
from analyzer.model import AnyRecord, Reads
from analyzer.redact import FINGERPRINT
from analyzer.redact.addresses import redact_name
from analyzer.redact.bodies import Events, Stream, redact_body, redact_message
from analyzer.redact.documents import Documents
from analyzer.redact.filler import fill, fill_text
from analyzer.redact.heads import Heads
from analyzer.redact.pseudonyms import Pseudonyms
from analyzer.redact.tools import known_source, known_tool
from analyzer.redact.vocabulary import is_identifier, is_key

OPEN_LIMIT = 100_000
"""Most exchanges under way that are remembered; of older ones whole bodies are filled."""

_VERSION = re.compile(r"HTTP/\d(?:\.\d)?", re.ASCII)
_SCHEME = re.compile(r"https?|wss?", re.ASCII)
_PROTOCOL = re.compile(r"http/[01]\.[019]|h2|h2c|h3(?:-\d\d)?", re.ASCII)
_TLS = re.compile(r"(?:TLS|SSL|QUIC|DTLS)[\w. -]{0,16}", re.ASCII)
_PEER = re.compile(r"[0-9A-Fa-f:.%\[\]]{2,60}", re.ASCII)
_KINDS = frozenset({"bearer", "cookie", "session", "resume", "api_key", "other"})
_OWN_WORDS = re.compile(
    r"streamscope_content is off|its character encoding cannot be redacted"
    r"|a part of the coded body was lost|mitmproxy did not keep it|redacted to its shape"
    r"|only the first \d+ bytes are kept; "
    r"(?:streamscope_body_limit sets how many|the file itself has the rest)"
    r"|the queue to the writer was full|fault in the (?:writer|tap): \w{1,60}"
)
"""What streamscope itself writes into a capture."""


class _Open:
    """One exchange under way."""

    def __init__(self, names: Pseudonyms) -> None:
        self.types = {"request": "", "response": ""}
        self.streams: dict[str, _Held] = {}
        self.documents = Documents(names)
        self.events = Events(names)


class Content:
    """Redacts a capture's records in their order; reads wait until their event is whole."""

    def __init__(self) -> None:
        self._names = Pseudonyms()
        self._heads = Heads(self._names)
        self._open: OrderedDict[int, _Open] = OrderedDict()

    def redact(self, record: AnyRecord) -> list[AnyRecord]:
        """Return what is through: this record, held reads before it, or nothing yet."""
        spare = self._end(next(iter(self._open))) if len(self._open) > OPEN_LIMIT else []
        return [*spare, *self._redact(record)]

    def _redact(self, record: AnyRecord) -> list[AnyRecord]:
        match record:
            case Reads():
                return [*self._reads(record)]
            case model.RequestHead():
                return [*self._end(record.exchange), self._request(record)]
            case model.ResponseHead():
                return [self._response(record)]
            case model.Body():
                return [self._body(record)]
            case model.ExchangeEnd():
                held = self._end(record.exchange)
                return [*held, msgspec.structs.replace(record, detail=_own(record.detail))]
            case model.WebSocketMessage():
                return [self._message(record)]
        return [self._fact(record)]

    def finish(self) -> list[AnyRecord]:
        return [one for number in list(self._open) for one in self._end(number)]

    def _of(self, exchange: int) -> _Open:
        found = self._open.get(exchange)
        if found is None:
            found = self._open[exchange] = _Open(self._names)
        return found

    def _end(self, exchange: int) -> list[AnyRecord]:
        found = self._open.pop(exchange, None)
        if found is None:
            return []
        ended = (one.finish() for one in found.streams.values())
        return [reads for reads in ended if reads is not None]

    def _request(self, head: model.RequestHead) -> AnyRecord:
        heads = self._heads
        self._of(head.exchange).types["request"] = _essence(head.headers)
        return msgspec.structs.replace(
            head,
            method=heads.method(head.method),
            scheme=heads.matching(_SCHEME, head.scheme),
            authority=heads.host(head.authority) if head.authority else "",
            path=heads.path(head.path),
            http_version=heads.matching(_VERSION, head.http_version),
            headers=heads.headers(head.headers),
            flow_id=head.flow_id if is_identifier(head.flow_id) else self._names.of(head.flow_id),
        )

    def _response(self, head: model.ResponseHead) -> AnyRecord:
        heads = self._heads
        self._of(head.exchange).types["response"] = _essence(head.headers)
        return msgspec.structs.replace(
            head,
            http_version=heads.matching(_VERSION, head.http_version),
            headers=heads.headers(head.headers),
            reason=heads.reason(head.status, head.reason),
        )

    def _body(self, body: model.Body) -> AnyRecord:
        content_type = self._of(body.exchange).types[body.side]
        data = redact_body(body.data, content_type, self._names)
        return msgspec.structs.replace(body, data=data, withheld=_own(body.withheld))

    def _message(self, message: model.WebSocketMessage) -> AnyRecord:
        of = self._of(message.exchange)
        data = message.data
        if data[:64].lstrip()[:1] in (b"{", b"["):
            data = redact_message(data, of.documents, of.events)
        else:
            data = fill(data)
        return msgspec.structs.replace(message, data=data)

    def _reads(self, reads: Reads) -> list[AnyRecord]:
        streams = self._of(reads.exchange).streams
        held = streams.get(reads.side)
        if held is None:
            held = streams[reads.side] = _Held(Stream(self._names), reads)
        through = held.feed(reads)
        return [through] if through is not None else []

    def _fact(self, record: AnyRecord) -> AnyRecord:
        replace = msgspec.structs.replace
        heads = self._heads
        match record:
            case model.CaptureHead():
                return replace(
                    record,
                    source=known_source(record.source),
                    tool=known_tool(record.tool),
                    scope=tuple(heads.host(host) for host in record.scope),
                )
            case model.Connection():
                return replace(
                    record,
                    protocol=heads.matching(_PROTOCOL, record.protocol),
                    peer=heads.matching(_PEER, record.peer),
                    local=heads.matching(_PEER, record.local),
                    sni=heads.host(record.sni) if record.sni else "",
                    tls=heads.matching(_TLS, record.tls),
                    alpn_offers=tuple(
                        heads.matching(_PROTOCOL, offer) for offer in record.alpn_offers
                    ),
                )
            case model.ConnectionEnd():
                return replace(record, error=_own(record.error))
            case model.Lost():
                return replace(record, what=_named(record.what), reason=_own(record.reason))
            case model.Credential():
                return self._credential(record)
        return record

    def _credential(self, found: model.Credential) -> AnyRecord:
        names = self._names
        known = FINGERPRINT.fullmatch(found.fingerprint)
        return msgspec.structs.replace(
            found,
            fingerprint=found.fingerprint if known else names.of(found.fingerprint),
            kind=found.kind if found.kind in _KINDS else names.of(found.kind),
            place=redact_name(found.place, names),
            name=redact_name(found.name, names),
        )


class _Held:
    """The reads of one side of one exchange, until all their bytes are through."""

    def __init__(self, stream: Stream, first: Reads) -> None:
        self._stream = stream
        self._exchange = first.exchange
        self._side = first.side
        self._at: list[int] = []
        self._lengths: list[int] = []
        self._wire: list[int] = []
        self._clean = b""

    def feed(self, reads: Reads) -> Reads | None:
        self._at += reads.at_ns
        self._lengths += reads.lengths
        self._wire += reads.wire_lengths or reads.lengths
        self._clean += self._stream.feed(reads.data)
        return self._release(len(self._clean))

    def finish(self) -> Reads | None:
        self._clean += self._stream.finish()
        return self._release(len(self._clean))

    def _release(self, through: int) -> Reads | None:
        size = count = 0
        for length in self._lengths:
            if size + length > through:
                break
            size += length
            count += 1
        if not count:
            return None
        at, lengths, wire = (
            tuple(column[:count]) for column in (self._at, self._lengths, self._wire)
        )
        data, self._clean = self._clean[:size], self._clean[size:]
        del self._at[:count], self._lengths[:count], self._wire[:count]
        return Reads(self._exchange, at, lengths, data, () if wire == lengths else wire, self._side)


def _essence(headers: model.Headers) -> str:
    found = next((value for name, value in headers if name == "content-type"), "")
    return found.partition(";")[0].strip().lower()


def _own(text: str) -> str:
    """What streamscope says itself stays; an error of anything else may quote what passed."""
    return text if _OWN_WORDS.fullmatch(text) else fill_text(text)


def _named(text: str) -> str:
    return text if is_key(text) else fill_text(text)
