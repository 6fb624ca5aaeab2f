"""The writer: what was seen becomes records, and a fault costs no more than its item."""

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from addons import writer as writer_module
from addons.journal_file import JournalFile
from addons.tap import FULL, Queue
from addons.writer import Writer
from analyzer import journal, model
from analyzer.importers import read_capture
from analyzer.intake.bodies import Keep
from analyzer.intake.seen import (
    BodySeen,
    EndSeen,
    LagSeen,
    MessageSeen,
    RequestSeen,
    ResponseSeen,
    StreamGap,
)
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureEnd,
    CaptureHead,
    Connection,
    ConnectionEnd,
    Credential,
    ExchangeEnd,
    Lost,
    Observer,
    Problem,
    Reads,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.redact import Redactor, fit

HEAD = CaptureHead("c", "test", "tests", "chunk", 1, 0, 0)
SECRET = "q9Zt7-Kx_02LmN4pRs8vWy"
REQUEST = RequestSeen(
    1,
    10,
    "GET",
    "https",
    "h",
    f"/a?access_token={SECRET}",
    "HTTP/2.0",
    ((b"Cookie", b"a=" + SECRET.encode()), (b"Accept", b"*/*")),
    4,
    "flow",
)
RESPONSE = ResponseSeen(1, 20, 200, "HTTP/2.0", ((b"A", b"b"),), "OK", 5, True, "")


class Bench:
    def __init__(self, folder: Path, keep: Keep | None = None) -> None:
        self.path = folder / "c.jsonl"
        self.queue = Queue()
        self.redactor = Redactor(b"key")
        self.file = JournalFile(self.path)
        self.file.append(journal.encode(HEAD))
        keep = keep or Keep(body_limit=1000)
        self.writer = Writer(self.queue, self.file, self.redactor, keep, lambda: 99)

    def put(self, *items: object) -> None:
        for item in items:
            self.queue.items.append(item)  # type: ignore[arg-type] # tests put what they like

    def drained(self, *items: object) -> list[AnyRecord | Problem]:
        self.put(*items)
        self.writer.drain()
        return self.read()

    def read(self) -> list[AnyRecord | Problem]:
        found = list(read_capture(self.path))

        assert found[0] == HEAD
        return found[1:]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_request_is_written_without_its_secrets_and_with_their_facts(bench: Bench) -> None:
    head, *facts = bench.drained(REQUEST)
    mark = bench.redactor.fingerprint(SECRET)

    assert head == RequestHead(
        1,
        10,
        "GET",
        "https",
        "h",
        f"/a?access_token={mark}",
        "HTTP/2.0",
        (("cookie", f"a={mark}"), ("accept", "*/*")),
        4,
        "flow",
    )
    assert [fact.place for fact in facts if isinstance(fact, Credential)] == [
        "query access_token",
        "request header cookie",
    ]


def test_a_request_whose_bytes_are_no_utf8_is_written_all_the_same(bench: Bench) -> None:
    """mitmproxy gives such bytes as lone surrogates, which JSON cannot hold."""
    head, *_ = bench.drained(
        replace(REQUEST, method="G\udcff", authority="h\udcff", path="/caf\udce9")
    )

    assert isinstance(head, RequestHead)
    assert (head.method, head.authority, head.path) == ("Gÿ", "hÿ", "/café")


def test_a_stream_becomes_batches_between_its_head_and_its_end(bench: Bench) -> None:
    bench.drained(RESPONSE, (1, 30, b"data: a\n\n"), (1, 31, b"data: b\n\nda"))
    found = bench.drained((1, 35, b"ta: c\n\n"), EndSeen(1, 40, "complete", ""))

    assert found == [
        ResponseHead(1, 20, 200, "HTTP/2.0", (("a", "b"),), "OK", 5, True),
        Reads(1, (30,), (9,), b"data: a\n\n"),
        Reads(1, (31, 35), (11, 7), b"data: b\n\ndata: c\n\n"),
        ExchangeEnd(1, 40, "complete"),
    ]


def test_streams_that_interleave_are_kept_apart(bench: Bench) -> None:
    other = ResponseSeen(2, 21, 200, "HTTP/3", (), "", 6, True, "")
    found = bench.drained(RESPONSE, other, (1, 30, b"a\n"), (2, 31, b"b\n"), (1, 32, b"c\n"))

    assert found[2:] == [Reads(1, (30, 32), (2, 2), b"a\nc\n"), Reads(2, (31,), (2,), b"b\n")]


def test_a_gap_is_written_where_it_was(bench: Bench) -> None:
    found = bench.drained(
        RESPONSE, (1, 30, b"a\n"), StreamGap(1, 35, 2, 9, FULL), (1, 36, b"x\nb\n")
    )

    assert found[1:] == [
        Reads(1, (30,), (2,), b"a\n"),
        Lost(35, "reads", 2, FULL, 9, 1),
        Reads(1, (36,), (4,), b".\nb\n"),
    ]


def test_a_stream_that_cannot_be_redacted_has_times_but_no_bytes(bench: Bench) -> None:
    fields = ((b"Content-Type", b"text/event-stream; charset=UTF-16LE"),)
    text = f'data: {{"accessToken":"{SECRET}"}}'.encode("utf-16-le")
    found = bench.drained(replace(RESPONSE, fields=fields), (1, 30, text))

    assert [record.reason for record in found if isinstance(record, Lost)] == [
        "its character encoding cannot be redacted"
    ]
    (reads,) = [record for record in found if isinstance(record, Reads)]
    assert (reads.at_ns, reads.data, reads.wire_lengths) == ((30,), b"", (len(text),))


def test_a_broken_coding_is_one_loss_and_the_times_go_on(bench: Bench) -> None:
    coded = ResponseSeen(1, 20, 200, "HTTP/2.0", (), "", 5, True, "br")
    found = bench.drained(coded, (1, 30, b"this is no brotli stream"))
    found = bench.drained((1, 31, b"more"), EndSeen(1, 40, "complete", ""))

    assert isinstance(found[2], Lost)
    assert (found[2].what, found[2].exchange) == ("body", 1)
    assert [type(record) for record in found] == [ResponseHead, Reads, Lost, Reads, ExchangeEnd]


def test_bodies_messages_and_errors_are_redacted(bench: Bench) -> None:
    text = f'{{"accessToken":"{SECRET}"}}'.encode()
    clean = text.replace(SECRET.encode(), fit(bench.redactor.fingerprint(SECRET), 22))
    found = bench.drained(
        BodySeen(1, 5, "request", text, "", "application/json"),
        MessageSeen(1, 6, True, True, text),
        EndSeen(1, 7, "error", f"refused {SECRET}"),
        ConnectionEnd(4, 8, f"refused {SECRET}"),
    )
    mark = bench.redactor.fingerprint(SECRET)

    assert [record for record in found if not isinstance(record, Credential)] == [
        Body(1, 5, "request", len(text), clean, len(text)),
        WebSocketMessage(1, 6, True, True, clean, len(text)),
        ExchangeEnd(1, 7, "error", f"refused {mark}"),
        ConnectionEnd(4, 8, f"refused {mark}"),
    ]
    assert SECRET not in bench.path.read_text()
    assert all(record.exchange for record in found if isinstance(record, Credential))


def test_a_long_message_keeps_its_beginning_and_its_length(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Keep(body_limit=3))

    assert bench.drained(MessageSeen(1, 6, False, False, b"abcdef")) == [
        WebSocketMessage(1, 6, False, False, b"abc", 6)
    ]


def test_without_content_no_body_message_or_query_is_written(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Keep(body_limit=1000, content=False))
    bench.drained(
        REQUEST,
        BodySeen(1, 5, "request", b"hello body", "", ""),
        RESPONSE,
        (1, 30, b"data: hello\n\n"),
        MessageSeen(1, 6, True, True, b"hello message"),
    )

    written = bench.path.read_text()
    assert "hello" not in written
    assert "access_token=" not in written
    assert '"wire":[13]' in written
    assert '"length":13' in written


def test_lag_becomes_an_observer_record(bench: Bench) -> None:
    late = [1_000_000, 7_000_000, 2_000_000]
    (found,) = bench.drained(LagSeen(500, 400, late, ((450, 7_000_000),), 9, 1234))

    assert isinstance(found, Observer)
    assert (found.samples, found.lag_median_ns, found.lag_max_ns) == (3, 2_000_000, 7_000_000)
    assert (found.late_at_ns, found.late_ns) == ((450,), (7_000_000,))
    assert (found.reads, found.stamping_ns, found.queue_peak) == (9, 1234, 1)
    assert found.writer_cpu_ns > 0


def test_a_window_without_lag_samples_still_tells_its_reads(bench: Bench) -> None:
    (found,) = bench.drained(LagSeen(500, 400, [], (), 3, 70))

    assert isinstance(found, Observer)
    assert (found.samples, found.lag_max_ns, found.reads, found.stamping_ns) == (0, 0, 3, 70)


def test_a_fault_costs_its_item_only_and_is_written_down_without_quoting_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> NoReturn:
        raise ValueError(f"cannot handle {SECRET}")

    monkeypatch.setattr(bench.redactor, "headers", broken)
    found = bench.drained(REQUEST, model.RequestEnd(1, 11))

    assert found == [
        model.RequestEnd(1, 11),
        Lost(99, "RequestSeen", 1, "fault in the writer: ValueError", 0, 1),
    ]
    assert SECRET not in bench.path.read_text()


def test_a_record_that_json_cannot_hold_costs_itself_alone(bench: Bench) -> None:
    """A lone surrogate in a name that a client sent, amid records of the same flush."""
    odd = Connection(4, 15, "client", sni="\udcff")
    found = bench.drained(RESPONSE, odd, (1, 30, b"data: a\n\n"))

    assert found == [
        ResponseHead(1, 20, 200, "HTTP/2.0", (("a", "b"),), "OK", 5, True),
        Reads(1, (30,), (9,), b"data: a\n\n"),
        Lost(99, "Connection", 1, "fault in the writer: UnicodeEncodeError", 0, None),
    ]


def test_a_fault_in_one_stream_leaves_the_others_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ResponseSeen(2, 21, 200, "HTTP/3", (), "", 6, True, "")
    bench.drained(RESPONSE, other)
    monkeypatch.setattr(bench.writer._converter.streams[1], "flush", lambda: 1 / 0)
    found = bench.drained((1, 30, b"a\n"), (2, 31, b"b\n"))

    assert found[2:] == [
        Reads(2, (31,), (2,), b"b\n"),
        Lost(99, "reads", 1, "fault in the writer: ZeroDivisionError", 0, 1),
    ]


def test_what_a_full_disk_took_is_counted_and_told_when_it_can_be(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = bench.file.append
    full = True

    def sometimes(lines: bytes) -> None:
        if full:
            raise OSError(28, "No space left on device")
        append(lines)

    bench.drained(model.RequestEnd(1, 1))
    monkeypatch.setattr(bench.file, "append", sometimes)
    bench.drained(model.RequestEnd(1, 2), model.RequestEnd(1, 3))
    bench.drained(model.RequestEnd(1, 4))
    full = False
    found = bench.drained(model.RequestEnd(1, 5))

    lost = found[1]
    assert isinstance(lost, Lost)
    assert (lost.what, lost.count) == ("records", 3)
    assert lost.reason == "the journal could not be written: No space left on device"
    assert found[2] == model.RequestEnd(1, 5)
    assert len(bench.drained(model.RequestEnd(1, 6))) == 4


def test_at_the_end_held_back_lines_are_written_and_open_exchanges_stay_open(
    bench: Bench,
) -> None:
    bench.drained(RESPONSE, (1, 30, b"unfinished"))
    bench.writer.close()

    assert bench.read()[1:] == [Reads(1, (30,), (10,), b"unfinished"), CaptureEnd(99)]


def test_a_long_queue_is_written_in_slices(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that even then something reaches the disk every quarter of a second."""
    monkeypatch.setattr(writer_module, "SLICE", 10)
    bench.drained(RESPONSE)
    found = bench.drained(*((1, at, b"x\n") for at in range(25)))

    assert [len(record.at_ns) for record in found[1:] if isinstance(record, Reads)] == [10, 10, 5]


def test_the_queue_is_given_back_what_it_was_charged(bench: Bench) -> None:
    bench.queue.put(REQUEST, 10, 1)
    bench.queue.put(BodySeen(1, 5, "request", b"x" * 500, "", ""), 5, 1)
    bench.queue.put(MessageSeen(1, 6, True, True, b"y" * 70), 6, 1)
    bench.writer.drain()

    assert bench.queue.bytes_in == bench.queue.bytes_out > 570


def test_the_thread_writes_by_itself_and_ends_when_told(tmp_path: Path) -> None:
    queue = Queue()
    path = tmp_path / "c.jsonl"
    writer = Writer(queue, JournalFile(path), Redactor(b"key"), Keep(10), lambda: 99)
    writer.start(HEAD)

    assert list(read_capture(path)) == [HEAD]
    queue.put(model.RequestEnd(1, 2), 2)
    writer.stop()
    assert list(read_capture(path)) == [HEAD, model.RequestEnd(1, 2), CaptureEnd(99)]
