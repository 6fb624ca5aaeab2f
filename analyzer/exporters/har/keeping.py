"""What an entry's own members would not give back, for `private`."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from analyzer.exporters.har.passing import OfExchange
from analyzer.importers.har import fields, private
from analyzer.importers.har.answers import read_answer
from analyzer.importers.har.fields import Json, mapping, text
from analyzer.intake.seen import Fields
from analyzer.model import (
    Body,
    Credential,
    ExchangeEnd,
    Headers,
    Lost,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.redact.search import decode_text

type _Told = list[tuple[str, str]] | None


def keep_request(head: RequestHead, entry: Mapping[str, Json]) -> private.Request:
    request = mapping(entry.get("request"))
    address = fields.url(request.get("url")) or fields.Url("", "", "")
    told = {
        "method": fields.clean(text(request.get("method"))),
        **address._asdict(),
        "http_version": fields.version(request.get("httpVersion")),
    }
    said = {name: value for name in told if (value := getattr(head, name)) != told[name]}
    headers = _headers(head.headers, fields.request_headers(request))
    return private.Request(head.at_ns, head.connection, head.flow_id, said, headers)


def keep_others(
    records: Sequence[OfExchange], entry: Mapping[str, Json]
) -> Iterator[private.OfExchange]:
    for record in records:
        match record:
            case RequestEnd():
                yield private.Sent(record.at_ns)
            case ResponseHead():
                yield _response(record, entry)
            case Reads():
                yield _reads(record)
            case Body():
                yield private.Body(
                    record.at_ns,
                    record.side,
                    record.length,
                    len(record.data),
                    record.wire_length,
                    record.withheld,
                )
            case WebSocketMessage():
                length = None if record.length == len(record.data) else record.length
                yield private.Message(record.at_ns, record.from_client, record.is_text, length)
            case ExchangeEnd():
                yield private.End(record.at_ns, record.how, record.detail)
            case Credential() | Lost():
                yield record


def _response(head: ResponseHead, entry: Mapping[str, Json]) -> private.Response:
    answer = read_answer(entry)
    told = {"http_version": answer.http_version, "reason": answer.reason}
    return private.Response(
        head.at_ns,
        head.connection,
        head.streamed,
        head.timed,
        None if head.status == answer.status else head.status,
        {name: value for name in told if (value := getattr(head, name)) != told[name]},
        _headers(head.headers, answer.fields),
    )


def _reads(reads: Reads) -> private.Reads:
    at = reads.at_ns
    gaps = [*at[:1], *(after - before for before, after in pairwise(at))]
    return private.Reads(gaps, list(reads.lengths), list(reads.wire_lengths))


def _headers(headers: Headers, told: Fields) -> _Told:
    """None where the entry's own list says the same."""
    read = tuple((decode_text(name).lower(), decode_text(value)) for name, value in told)
    return None if read == headers else list(headers)
