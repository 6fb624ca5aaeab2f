"""The live view: what stands in a snapshot is on the screen, and nothing else can get there."""

from dataclasses import replace

import pytest
from rich.console import Console

from analyzer.analyses.credentials import Forecast
from analyzer.model import TurnStatus
from analyzer.report.live import Surroundings, changes, live_view
from analyzer.report.live.words import last_part, span
from analyzer.watch import Snapshot, State, StreamRow

SECOND = 1_000_000_000

OPEN = StreamRow(
    exchange=7,
    http_version="HTTP/2.0",
    authority="chat.example",
    path="/backend-api/f/conversation?x=secret",
    sent_ns=10 * SECOND,
    opened_ns=10 * SECOND + 200_000_000,
    state="streaming",
    ttft_ns=412_000_000,
    events=21,
    first_event_ns=11 * SECOND,
    last_event_ns=13 * SECOND,
    arrived_ns=13 * SECOND,
    last_gap_ns=52_300_000,
    text="The quick brown fox jumps over the lazy dog",
    is_text=True,
)
DONE = replace(
    OPEN, exchange=5, http_version="HTTP/3", state="complete", turn="complete", ended_ns=14 * SECOND
)
WAITING = StreamRow(9, "HTTP/1.1", "api.example", "/v1/stream", 12 * SECOND, 13 * SECOND)
AROUND = Surroundings("first.jsonl", 1_234_567)


def screen(
    snapshot: Snapshot,
    around: Surroundings = AROUND,
    now_ns: int = 13 * SECOND,
    width: int = 80,
    height: int = 24,
) -> list[str]:
    console = Console(width=width, height=height, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(live_view(snapshot, around, now_ns, width=width, height=height))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_a_stream_is_one_line_of_eighty_columns() -> None:
    lines = screen(Snapshot(0, (DONE, OPEN), others=3, lag_max_ns=4_000_000))

    assert lines == [
        "#    stream          state    TTFT events  ev/s last gap text",
        "5 h3 …f/conversation done   412 ms     21    10    52 ms …umps over the lazy dog",
        "7 h2 …f/conversation open   412 ms     21    10    52 ms …umps over the lazy dog",
        "1 open, 1 ended · 3 other exchanges · first.jsonl 1.2 MB · proxy lag ≤ 4.0 ms",
    ]


def test_a_wide_terminal_shows_more_of_text_and_target() -> None:
    row = screen(Snapshot(0, (OPEN,)), width=140)[1]

    assert "chat.example/backend-api/f/conversation" in row
    assert "The quick brown fox jumps over the lazy dog" in row


def test_a_query_is_not_shown() -> None:
    assert not any("secret" in line for line in screen(Snapshot(0, (OPEN,)), width=200))


def test_what_is_not_known_yet_is_a_dash() -> None:
    row = screen(Snapshot(0, (WAITING,)), width=100)[1]

    assert row.split()[:2] == ["9", "h1"]
    assert row.split()[3:] == ["waiting", "–", "0", "–", "–"]


def test_the_gap_of_an_open_stream_grows_once_it_is_the_longest() -> None:
    soon = screen(Snapshot(0, (OPEN,)), now_ns=13 * SECOND + 20_000_000)[1]
    later = screen(Snapshot(0, (OPEN,)), now_ns=15 * SECOND + 500_000_000)[1]
    ended = screen(Snapshot(0, (DONE,)), now_ns=99 * SECOND)[1]

    assert "52 ms" in soon
    assert "2.50 s" in later
    assert "52 ms" in ended


@pytest.mark.parametrize(
    ("state", "turn", "word"),
    [
        ("client_abort", "unknown", "left"),
        ("client_abort", "complete", "done"),
        ("complete", "cut", "cut"),
        ("complete", "unknown", "done"),
        ("complete", "stopped", "stopped"),
        ("error", "unfinished", "error"),
        ("server_abort", "unknown", "cut"),
        ("unfinished", "unfinished", "unfinished"),
    ],
)
def test_what_the_service_said_of_the_answer_goes_before_how_the_stream_ended(
    state: State, turn: TurnStatus, word: str
) -> None:
    """A client may leave once the answer is whole: that is no abort to a reader."""
    row = replace(DONE, state=state, turn=turn)

    assert f" {word} " in screen(Snapshot(0, (row,)))[1]


def test_captured_text_cannot_steer_the_terminal() -> None:
    hostile = replace(
        OPEN,
        text="\x1b[31m[bold]red[/bold]\x1b]0;title\x07\r\nnext\u202edrow",
        path="/a\x1b[2Jb",
    )
    row = screen(Snapshot(0, (hostile,)), width=120)[1]

    assert "\x1b" not in row
    assert "[bold]red[/bold] nextdrow" in row
    assert "chat.example/ab" in row


def test_open_streams_are_kept_on_a_small_screen_and_then_the_youngest() -> None:
    old_open = replace(OPEN, exchange=1)
    ended = tuple(replace(DONE, exchange=n) for n in range(2, 40))
    lines = screen(Snapshot(0, (old_open, *ended)), height=9)
    shown = [line.split()[0] for line in lines[1:-1]]

    assert shown == ["1", "35", "36", "37", "38", "39"]


def test_the_view_never_exceeds_the_screen() -> None:
    rows = tuple(replace(OPEN, exchange=n) for n in range(100))
    around = Surroundings("a/very/long/path" * 10, 1, "warning " * 50)

    for height in (6, 10, 24):
        lines = screen(Snapshot(0, rows, lost=1), around, height=height)
        assert len(lines) < height
        assert max(map(len, lines)) <= 80


def test_losses_and_the_proxys_words_are_seen() -> None:
    around = Surroundings("first.jsonl", 1, "Client TLS handshake failed for [chat.example]")
    lines = screen(Snapshot(0, (OPEN,), lost=3, problems=1), around)

    assert lines[-2].startswith("3 LOST · 1 problem · 1 open, 0 ended")
    assert lines[-1] == "proxy: Client TLS handshake failed for [chat.example]"


def test_before_the_first_stream_the_foot_shows_that_traffic_comes() -> None:
    lines = screen(Snapshot(0, (), others=12), width=100)

    assert lines[0] == "no event stream yet"
    assert "12 other exchanges" in lines[1]


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0.0 ms"),
        (9_940_000, "9.9 ms"),
        (9_960_000, "10 ms"),
        (999_400_000, "999 ms"),
        (999_600_000, "1.00 s"),
        (9_990_000_000, "9.99 s"),
        (9_999_000_000, "10 s"),
        (3_600_000_000_000, "3600 s"),
    ],
)
def test_a_span_has_three_figures(nanoseconds: int, text: str) -> None:
    assert span(nanoseconds) == text


@pytest.mark.parametrize(
    ("text", "cells", "end"),
    [
        ("short", 5, "short"),
        ("longer", 5, "…nger"),
        ("ends in spaces   ", 30, "ends in spaces"),
        ("日本語テキスト", 7, "…キスト"),
        ("日本語テキスト", 6, "…スト"),
        ("", 5, ""),
    ],
)
def test_the_end_of_a_text_fits_its_cells(text: str, cells: int, end: str) -> None:
    assert last_part(text, cells) == end


def test_without_a_terminal_each_state_is_a_line() -> None:
    before = Snapshot(8 * SECOND, (WAITING,))
    after = Snapshot(
        8 * SECOND, (DONE, OPEN, replace(WAITING, state="error", ended_ns=15 * SECOND))
    )

    assert changes(Snapshot(), before) == ["    5.000 s  #9 open: h1 api.example/v1/stream"]
    assert changes(before, after) == [
        "    2.200 s  #5 open: h3 chat.example/backend-api/f/conversation",
        "    2.200 s  #7 open: h2 chat.example/backend-api/f/conversation",
        "    2.412 s  #5 first text: TTFT 412 ms",
        "    2.412 s  #7 first text: TTFT 412 ms",
        "    6.000 s  #5 done: 21 events, 10.0/s",
        "    7.000 s  #9 error: 0 events",
    ]
    assert changes(after, after) == []


def ending_at(seconds: float, kind: str = "bearer", lifetime: float | None = 3_600) -> Forecast:
    """A credential that ends then; 0 of the clock is 14:00:00 UTC, and now is 13 s."""
    ends_ns = round(seconds * SECOND)
    wall_ns = 14 * 3_600 * SECOND + ends_ns
    lifetime_ns = None if lifetime is None else round(lifetime * SECOND)
    return Forecast(f"cred:{kind}", kind, ends_ns, wall_ns, ends_ns - 13 * SECOND, lifetime_ns)


@pytest.mark.parametrize(
    ("ends", "line"),
    [
        (213, "access token expires in 3 m 20 s; this page would be refused at 14:03:33 UTC"),
        (58, "access token expires in 45 s; this page would be refused at 14:00:58 UTC"),
        (1, "access token expired 12 s ago, at 14:00:01 UTC; it needs a refresh"),
    ],
)
def test_what_ends_soon_or_has_ended_stands_above_the_streams(ends: float, line: str) -> None:
    lines = screen(Snapshot(0, (OPEN,), endings=(ending_at(ends),)))

    assert lines[0] == line
    assert lines[1].startswith("#")


@pytest.mark.parametrize(
    ("ends", "lifetime"),
    [
        (313.5, 3_600),  # more than five minutes away
        (73.5, 300),  # not yet in the last fifth of a short life
        (-600, 3_600),  # long ago
    ],
)
def test_what_ends_later_or_ended_long_ago_is_not_mentioned(ends: float, lifetime: float) -> None:
    assert screen(Snapshot(0, (OPEN,), endings=(ending_at(ends, "bearer", lifetime),)))[0][0] == "#"


def test_a_warning_follows_the_time_of_looking() -> None:
    seen = Snapshot(0, (OPEN,), endings=(ending_at(213),))

    assert "expires in 1 s;" in screen(seen, now_ns=212 * SECOND)[0]
    assert "expired 1 s ago" in screen(seen, now_ns=214 * SECOND)[0]


def test_at_most_two_warnings_stand_there_and_streams_give_way() -> None:
    endings = tuple(ending_at(20 + n, kind) for n, kind in enumerate(("bearer", "session", "x")))
    rows = tuple(replace(OPEN, exchange=n) for n in range(1, 20))
    lines = screen(Snapshot(0, rows, endings=endings), height=12)

    assert lines[0].startswith("access token expires in 7 s")
    assert lines[1] == "session cookie expires in 8 s, at 14:00:21 UTC"
    assert lines[2].startswith(" #")
    assert len(lines) == 11


def test_without_a_terminal_each_threshold_is_a_line_once() -> None:
    far, soon, now, past = (
        Snapshot(0, seen_ns=seen * SECOND, endings=(ending_at(400).at(seen * SECOND),))
        for seen in (50, 150, 350, 401)
    )

    assert changes(far, far) == changes(Snapshot(), far) == []
    assert changes(far, soon) == [
        "  150.000 s  access token expires in 4 m 10 s; this page would be refused at 14:06:40 UTC"
    ]
    assert changes(soon, soon) == []
    assert changes(soon, now) == [
        "  350.000 s  access token expires in 50 s; this page would be refused at 14:06:40 UTC"
    ]
    assert changes(now, past) == [
        "  401.000 s  access token expired 1 s ago, at 14:06:40 UTC; it needs a refresh"
    ]
    assert changes(past, past) == []
