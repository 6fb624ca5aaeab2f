"""The view without a terminal: nothing that came to pass goes untold."""

import contextlib
import io
from pathlib import Path

from rich.console import Console

from analyzer.model import AnyRecord, CaptureEnd, ExchangeEnd, Problem, RequestHead, ResponseHead
from analyzer.record.stopping import Stop
from analyzer.record.viewing.view import Subject, View
from analyzer.watch.streams import ENDED_KEPT

MS = 1_000_000


def a_stream(exchange: int) -> list[AnyRecord | Problem]:
    at_ns = exchange * 10 * MS
    return [
        RequestHead(exchange, at_ns, "GET", "https", "chat.example", "/events", "HTTP/2.0"),
        ResponseHead(exchange, at_ns + MS, 200, "HTTP/2.0", streamed=True),
        ExchangeEnd(exchange, at_ns + 2 * MS, "complete"),
    ]


def told(*batches: list[AnyRecord | Problem]) -> tuple[list[str], str]:
    """The lines, and what is said at the end."""
    out = io.StringIO()
    subject = Subject(Path("x.jsonl"), lambda seen: seen.seen_ns, lambda seen: "")
    with contextlib.closing(Stop()) as stop:
        view = View(Console(file=out, width=80), subject, stop)
        with view:
            for batch in batches:
                view.take(batch)
    return out.getvalue().splitlines(), view.summary()


def test_more_streams_at_once_than_are_remembered_have_their_lines() -> None:
    count = ENDED_KEPT * 2
    lines, said = told([record for n in range(count) for record in a_stream(n)])

    assert [line.split()[2] for line in lines if " open: " in line] == [
        f"#{n}" for n in range(count)
    ]
    assert sum(" done: " in line for line in lines) == count
    assert f"{count} streams" in said


def test_what_is_said_of_a_capture_that_goes_on_holds_so_far() -> None:
    _, before = told(a_stream(1))
    _, after = told(a_stream(1), [CaptureEnd(40 * MS)])

    assert before.startswith("x.jsonl, so far: 1 stream, ")
    assert after.startswith("x.jsonl: 1 stream, ")


def test_what_is_malformed_in_the_file_is_said() -> None:
    _, said = told([*a_stream(1), Problem("bad_json", "line 4", "no JSON")])

    assert ", 0 other exchanges, 1 problem in the file. Next: " in said
