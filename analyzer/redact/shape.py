"""Records with nothing but lengths and times, so that anybody may have them."""

import msgspec

from analyzer import model
from analyzer.model import AnyRecord, Reads
from analyzer.redact.heads import METHODS
from analyzer.redact.tools import known_source, known_tool

PLACES_LIMIT = 100_000
"""Most hosts, and most paths, that are told apart; the others share the last number."""

WITHHELD = "redacted to its shape"


class Shape:
    """Redacts a capture's records one by one. Equal hosts and equal paths stay equal."""

    def __init__(self) -> None:
        self._hosts: dict[str, int] = {}
        self._paths: dict[tuple[str, str], int] = {}

    def redact(self, record: AnyRecord) -> list[AnyRecord]:
        """Return the record's shape; nothing for a fact about a credential."""
        match record:
            case model.Credential():
                return []
            case model.RequestHead():
                return [self._request(record)]
            case Reads():
                return [_reads(record)]
        return [self._other(record)]

    def finish(self) -> list[AnyRecord]:
        return []

    def _request(self, head: model.RequestHead) -> AnyRecord:
        path = (head.authority, head.path.partition("?")[0])
        return msgspec.structs.replace(
            head,
            method=head.method if head.method in METHODS else "OTHER",
            scheme=head.scheme if head.scheme in ("http", "https", "ws", "wss") else "",
            authority=self._host(head.authority),
            path=f"/path-{_number(self._paths, path)}",
            http_version=_version(head.http_version),
            headers=(),
            flow_id="",
        )

    def _host(self, host: str) -> str:
        return f"host-{_number(self._hosts, host)}.example" if host else ""

    def _other(self, record: AnyRecord) -> AnyRecord:
        replace = msgspec.structs.replace
        match record:
            case model.CaptureHead():
                return self._head(record)
            case model.ResponseHead():
                version = _version(record.http_version)
                return replace(record, http_version=version, headers=(), reason="")
            case model.Body():
                return replace(record, data=b"", withheld=WITHHELD if record.length else "")
            case model.WebSocketMessage():
                return replace(record, data=b"")
            case model.Connection():
                return replace(
                    record,
                    protocol=_protocol(record.protocol),
                    peer="",
                    sni=self._host(record.sni),
                    tls="",
                    local="",
                    alpn_offers=tuple(map(_protocol, record.alpn_offers)),
                )
            case model.ConnectionEnd():
                return replace(record, error="error" if record.error else "")
            case model.ExchangeEnd():
                return replace(record, detail="")
            case model.Lost():
                what = record.what if record.what in ("reads", "body") else "records"
                return replace(record, what=what, reason="")
        return record

    def _head(self, head: model.CaptureHead) -> AnyRecord:
        return msgspec.structs.replace(
            head,
            source=known_source(head.source),
            tool=known_tool(head.tool),
            scope=tuple(map(self._host, head.scope)),
        )


def _reads(reads: Reads) -> Reads:
    """Reads with times and with lengths as they passed, as a recording without content has."""
    return msgspec.structs.replace(
        reads,
        lengths=(0,) * len(reads.at_ns),
        wire_lengths=reads.wire_lengths or reads.lengths,
        data=b"",
    )


def _number[Key](numbers: dict[Key, int], key: Key) -> int:
    found = numbers.get(key)
    if found is None:
        if len(numbers) >= PLACES_LIMIT:
            return PLACES_LIMIT
        found = numbers[key] = len(numbers) + 1
    return found


def _version(version: str) -> str:
    return version if version in ("HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/2.0", "HTTP/3") else ""


def _protocol(protocol: str) -> str:
    return protocol if protocol in ("http/1.0", "http/1.1", "h2", "h3", "") else "other"
