"""Ask questions of records that a test made by hand, without a file."""

from collections.abc import Iterable

from analyzer.analyses.gaps import STALL_NS
from analyzer.analyses.inquiry import Inquiry
from analyzer.analyses.latency import Latency, measure_latency, measure_times
from analyzer.analyses.measured import Measured, slimmed
from analyzer.analyses.passed import StreamLog
from analyzer.analyses.questions import Found, Question
from analyzer.model import AnyRecord, CaptureHead, Exchange, Problem, Reads
from analyzer.reassemble import EventsSeen, Reassembler

HEAD = CaptureHead("test", "proxy", "test 1", "chunk", 1_000, 0, 1_760_000_000_000_000_000)
"""Clock 0 is 2025-10-09T08:53:20Z."""


def ask[F: Found](
    question: type[Question[F]],
    records: Iterable[AnyRecord | Problem],
    head: CaptureHead = HEAD,
) -> F:
    """The question's answer to a capture of these records, which don't hold the head itself."""
    inquiry, reassembler = Inquiry(head, {"it": question}), Reassembler()
    logs: dict[int, StreamLog] = {}
    measured: dict[int, Measured] = {}

    def take(made: object) -> None:
        match made:
            case EventsSeen(exchange, events, deltas):
                logs.setdefault(exchange, StreamLog()).add_events(events, deltas)
                inquiry.events(exchange, events, deltas)
            case Exchange():
                inquiry.exchange(made)
                log = logs.pop(made.exchange, None)
                passed = log.passed() if log else None
                latency = measure_latency(made, head.clock, passed, STALL_NS)
                measured[made.exchange] = Measured(
                    slimmed(made),
                    measure_times(made, head.clock),
                    latency if isinstance(latency, Latency) else None,
                )

    for record in records:
        inquiry.record(record)
        if isinstance(record, Reads):
            logs.setdefault(record.exchange, StreamLog()).add_reads(record)
        for made in reassembler.feed(record):
            take(made)
    for made in reassembler.finish():
        take(made)
    answers = inquiry.finish(tuple(measured[number] for number in sorted(measured)))
    return answers["it"]  # type: ignore[return-value] # it answers with its own F
