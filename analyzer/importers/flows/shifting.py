"""Facts moved onto another recording's clock."""

from msgspec.structs import replace

from analyzer.importers.flows.facts import (
    BodyFacts,
    ExchangeFacts,
    HeadFacts,
    RequestFacts,
    ResponseFacts,
    Timeline,
)

FARTHEST_NS = 2**61
"""Times beyond are no times of a recording."""


def shifted_timeline(timeline: Timeline, by_ns: int) -> Timeline | None:
    """None if a time would be too far away."""
    if not by_ns:
        return timeline
    at_ns = _all(timeline.at_ns, by_ns)
    return replace(timeline, at_ns=at_ns) if _near(at_ns) else None


def shifted_facts(facts: ExchangeFacts, by_ns: int) -> ExchangeFacts | None:
    """None if a time would be too far away."""
    if not by_ns:
        return facts
    if abs(by_ns) >= FARTHEST_NS:
        return None
    response, end, reads = facts.response, facts.end, facts.reads
    made = replace(
        facts,
        request=_request(facts.request, by_ns),
        response=_response(response, by_ns) if response else None,
        end=replace(end, at_ns=end.at_ns + by_ns) if end else None,
        reads=replace(reads, at_ns=_all(reads.at_ns, by_ns)) if reads else None,
        messages=_all(facts.messages, by_ns),
    )
    return made if _near(_times(made)) else None


def _request(facts: RequestFacts, by_ns: int) -> RequestFacts:
    sent_ns = facts.sent_ns
    return replace(
        facts,
        at_ns=facts.at_ns + by_ns,
        body=_body(facts, by_ns),
        sent_ns=None if sent_ns is None else sent_ns + by_ns,
    )


def _response(facts: ResponseFacts, by_ns: int) -> ResponseFacts:
    return replace(facts, at_ns=facts.at_ns + by_ns, body=_body(facts, by_ns))


def _body(head: HeadFacts, by_ns: int) -> BodyFacts | None:
    return replace(head.body, at_ns=head.body.at_ns + by_ns) if head.body else None


def _all(at_ns: list[int], by_ns: int) -> list[int]:
    return [one + by_ns for one in at_ns]


def _times(facts: ExchangeFacts) -> list[int]:
    heads: list[HeadFacts] = [facts.request, *([facts.response] if facts.response else [])]
    times = [head.at_ns for head in heads]
    times += [head.body.at_ns for head in heads if head.body]
    times += [facts.request.sent_ns or 0, facts.end.at_ns if facts.end else 0]
    return times + facts.messages + (facts.reads.at_ns if facts.reads else [])


def _near(at_ns: list[int]) -> bool:
    return all(-FARTHEST_NS < one < FARTHEST_NS for one in at_ns)
