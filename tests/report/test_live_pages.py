"""The pages of the live view at 80 columns, from what a capture holds."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.screen import Screen

from analyzer.importers import read_capture
from analyzer.report.live import Surroundings, ViewState, changes, live_view
from analyzer.report.live.events import sweep
from analyzer.report.live.state import PAGES
from analyzer.report.live.walks import bars
from analyzer.report.live.words import first_part, folded
from analyzer.watch import (
    ConnectionRow,
    CredentialRow,
    SeenEvent,
    Snapshot,
    StreamRow,
    WalkRow,
    Watch,
)

SECOND = 1_000_000_000
MS = 1_000_000
CAPTURES = Path(__file__).parents[2] / "captures"
HOSTILE = "\x1b[31m[bold]x[/bold]\x1b]0;t\x07\r\n\u202e日本語" * 40

BEARER = CredentialRow(
    fingerprint="cred:abcdef",
    kind="bearer",
    names=("accessToken",),
    authority="chat.example",
    since_ns=SECOND,
    requests=7,
    last_used_ns=5 * SECOND,
    expires_ns=213 * SECOND,
    expires_wall_ns=(14 * 3_600 + 213) * SECOND,
    lifetime_ns=3_600 * SECOND,
    replaced_by="",
    replaced_ns=None,
    refused=0,
    refused_ns=None,
    refused_why="",
    in_use=True,
)
WALK = WalkRow(
    number=4,
    method="GET",
    endpoint="https://chat.example/backend-api/conversations",
    filters="",
    style="offset",
    pages=3,
    repeats=0,
    failures=0,
    items=84,
    total=4_900,
    depth=56,
    last_wait_ns=12 * MS,
    waits=((0, 3 * MS), (28, 6 * MS), (56, 12 * MS)),
    started_ns=2 * SECOND,
    last_ns=10 * SECOND,
)
CONNECTION = ConnectionRow(
    1, "client", "h2", "chat.example", "127.0.0.1:5000", SECOND, 11 * MS, 2, 99
)
STREAM = StreamRow(
    exchange=7,
    http_version="HTTP/2.0",
    authority="chat.example",
    path="/f/conversation",
    sent_ns=10 * SECOND,
    opened_ns=10 * SECOND,
    state="streaming",
    ttft_ns=412 * MS,
    events=3,
    arrived_ns=11 * SECOND,
    text="Hello there",
    is_text=True,
)
EVENTS = (
    SeenEvent(0, 10_412 * MS, 0, "delta", "answer", "Hello", '{"v":"Hello"}'),
    SeenEvent(1, 10_412 * MS, 0, "ping", "", "", "{}"),
    SeenEvent(2, 11_000 * MS, 1, "delta", "answer", " there", '{"v":" there"}'),
)
SEEN = Snapshot(
    0,
    (STREAM,),
    seen_ns=11 * SECOND,
    credentials=(BEARER,),
    connections=(CONNECTION,),
    walks=(WALK,),
)
AROUND = Surroundings("first.jsonl", 1_234_567, keys=True, doing="recording")


def screen(
    state: ViewState,
    snapshot: Snapshot = SEEN,
    around: Surroundings = AROUND,
    events: Sequence[SeenEvent] = EVENTS,
    now_ns: int = 13 * SECOND,
    width: int = 80,
    height: int = 24,
) -> list[str]:
    console = Console(width=width, height=height, force_terminal=True, color_system=None)
    view = live_view(
        snapshot, around, now_ns, width=width, height=height, state=state, events=events
    )
    with console.capture() as captured:
        console.print(view)
    return captured.get().split("\n")[:-1]


def stripped(lines: Sequence[str]) -> list[str]:
    return [line.rstrip() for line in lines]


def test_the_first_page_has_all_at_a_glance() -> None:
    lines = stripped(screen(ViewState()))

    assert lines[0] == (
        " 1 streams 1  2 credentials 1  3 walks 1  4 connections 1  ? keys  recording"
    )
    assert lines[2].startswith(
        "7 h2 …f/conversation open   412 ms      3     –   2.00 s Hello there"
    )
    assert lines[-4:] == [
        "credentials  access token 3 m 20 s",
        "walks        running …kend-api/conversations: 3 pages, depth 56, last wait 12 ms",
        "connections  browser 1 (h2; 2 busy)",
        "1 open, 0 ended · 0 other exchanges · first.jsonl 1.2 MB · proxy lag ≤ 0.0 ms",
    ]


def test_a_selected_stream_is_marked() -> None:
    assert screen(ViewState(selected=7))[2].startswith("▸7 h2")


def test_a_streams_events_have_their_times() -> None:
    lines = stripped(screen(ViewState(opened=7)))

    assert lines[1] == "#7 h2 chat.example/f/conversation"
    assert lines[2] == "open · TTFT 412 ms · 3 events · –/s · last gap 2.00 s"
    assert lines[4:8] == [
        "   #     since     gap type     kind   text or data",
        "   0   0.412 s       – delta    answer Hello",
        "   1   0.412 s    same ping            {}",
        "   2   1.000 s  588 ms delta    answer there",
    ]
    assert lines[-2] == "▏ Hello there"


def test_the_first_of_the_shown_events_has_its_gap_too() -> None:
    many = [SeenEvent(n, (10 + n) * SECOND, n, "m", "", "", str(n)) for n in range(100)]
    lines = screen(ViewState(opened=7), events=many)
    scrolled = screen(ViewState(opened=7, at=50), events=many)

    assert lines[5].split()[:5] == [str(100 - 17), "83.000", "s", "1.00", "s"]
    assert lines[-3].split()[0] == "99"
    assert scrolled[-3].split()[0] == "50"
    assert "held where you scrolled to" in scrolled[-1]


def test_credentials_count_down() -> None:
    before = screen(ViewState(page="credentials"))[2]
    after = screen(ViewState(page="credentials"), now_ns=220 * SECOND)[2]

    assert " ".join(before.split()) == "access token abcd 3 m 20 s 1 h 00 m 7 – in use at chat.ex…"
    assert "abcd ended 7 s ago" in after
    assert "last used 3 m 3" in after
    assert "in use" not in after


def test_walks_and_connections_have_their_pages() -> None:
    assert stripped(screen(ViewState(page="walks")))[2] == (
        "running offset     3     84     56     12 ms …api/conversations ▃▅█"
    )
    assert stripped(screen(ViewState(page="connections")))[2] == (
        "1 browser h2   open         12 s     11 ms      2/99 chat.example"
    )


@pytest.mark.parametrize("page", PAGES[1:])
def test_an_empty_page_says_so(page: str) -> None:
    state = ViewState(page=page)  # type: ignore[arg-type] # one of PAGES

    assert screen(state, Snapshot())[1].strip() == f"no {page} yet"


def test_a_connection_that_failed_is_neither_open_nor_closed() -> None:
    nowhere = ConnectionRow(2, "server", "", "chat.example", "", SECOND, streams=1)
    seen = replace(SEEN, connections=(CONNECTION, nowhere))
    page = stripped(screen(ViewState(page="connections"), seen))

    assert page[3] == "2 service –    failed          –         –       0/1 chat.example"
    assert (
        stripped(screen(ViewState(), seen))[-2] == "connections  browser 1 (h2; 2 busy) · 1 failed"
    )
    assert changes(SEEN, seen) == [
        "    1.000 s  connection 2 to the service (chat.example) never came about"
    ]


def test_refusals_are_seen_at_eighty_columns_however_many_credentials_there_are() -> None:
    refused = msgspec.structs.replace(BEARER, refused=3, refused_why="401 token_expired")
    lines = screen(ViewState(), replace(SEEN, credentials=(BEARER,) * 9 + (refused,)))

    assert lines[-4].startswith("credentials  3 refused · access token 3 m 20 s · ")


@pytest.mark.parametrize(
    ("text", "shown"), [(" ", "·"), ("\n\n", "↵↵"), ("\t", "→"), ("\u200d", "U+200D"), (" a", "a")]
)
def test_text_that_nobody_sees_is_made_visible(text: str, shown: str) -> None:
    event = SeenEvent(0, 11 * SECOND, 0, "delta", "answer", text, "{}")

    assert screen(ViewState(opened=7), events=[event])[5].split()[-1] == shown


def test_the_selected_row_is_all_of_one_colour() -> None:
    console = Console(width=80, height=24, force_terminal=True, color_system="truecolor")
    view = live_view(
        SEEN, AROUND, 0, width=80, height=24, state=ViewState(selected=7), events=EVENTS
    )
    with console.capture() as captured:
        console.print(view)
    row = next(line for line in captured.get().splitlines() if "▸7" in line)

    assert set(re.findall(r"\x1b\[[\d;]+m", row)) == {"\x1b[7m", "\x1b[0m"}


def test_the_notes_are_whole_until_something_passes() -> None:
    command = "Browser: chromium " + " ".join(f"--flag-number-{n}" for n in range(20))
    around = replace(AROUND, notes=(command,))
    lines = stripped(screen(ViewState(), Snapshot(), around))

    assert " ".join(lines[2:8]).split() == command.split()
    assert not any("flag" in line for line in screen(ViewState(), SEEN, around))
    assert any("flag" in line for line in screen(ViewState(help=True), SEEN, around))


@cache
def hostile() -> Snapshot:
    """A capture whose every text is an attack, and more of all than fits."""

    streams = [
        replace(STREAM, exchange=n, authority=HOSTILE, path=HOSTILE, text=HOSTILE)
        for n in range(60)
    ]
    bearer = msgspec.structs.replace(
        BEARER, fingerprint=HOSTILE, authority=HOSTILE, refused_why=HOSTILE, refused=3
    )
    walk = msgspec.structs.replace(WALK, endpoint=HOSTILE, waits=((1, 1),) * 60, failures=1)
    connection = msgspec.structs.replace(
        CONNECTION, authority=HOSTILE, protocol=HOSTILE, error=HOSTILE, closed_ns=SECOND
    )
    return replace(
        SEEN,
        streams=tuple(streams),
        credentials=(bearer,) * 60,
        walks=(walk,) * 60,
        connections=(connection, CONNECTION) * 30,
    )


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (80, 8), (40, 10)])
@pytest.mark.parametrize(
    "state",
    [
        *(ViewState(page=page) for page in PAGES),
        ViewState(selected=30),
        ViewState(opened=7),
        ViewState(help=True),
        ViewState(page="walks", scroll=55),
    ],
)
def test_no_page_wraps_or_exceeds_the_screen_or_lets_anything_through(
    state: ViewState, size: tuple[int, int]
) -> None:
    """Wide characters and control sequences included."""
    width, height = size
    around = replace(AROUND, proxy_says=HOSTILE, path=HOSTILE, notes=(HOSTILE,))
    events = [SeenEvent(n, n * SECOND, n, HOSTILE, HOSTILE, HOSTILE, HOSTILE) for n in range(99)]
    lines = screen(state, hostile(), around, events, width=width, height=height)
    told = "".join(lines)

    if height >= 10:
        assert len(lines) == height
    if width >= 80:
        assert max(map(cell_len, lines)) <= width
    assert told.isprintable()
    assert "\u202e" not in told


def test_a_real_capture_fits_on_every_page() -> None:
    watch = Watch()
    watch.feed(read_capture(CAPTURES / "good-h2.jsonl"))
    snapshot = watch.snapshot()
    console = Console(width=80, height=24, force_terminal=True, color_system=None)
    last = snapshot.streams[-1].exchange
    for state in [*(ViewState(page=page) for page in PAGES), ViewState(opened=last)]:
        events = watch.events_since(last, -1)
        view = live_view(
            snapshot, AROUND, snapshot.seen_ns, width=80, height=24, state=state, events=events
        )
        with console.capture() as captured:
            console.print(Screen(view))
        lines = captured.get().splitlines()

        assert [cell_len(line) for line in lines] == [80] * 24


def test_without_a_terminal_what_befalls_credentials_connections_and_walks_is_a_line() -> None:

    change = msgspec.structs.replace
    refused = change(BEARER, refused=1, refused_ns=6 * SECOND, refused_why="401 token_expired")
    later = replace(
        SEEN,
        credentials=(
            change(refused, replaced_by="cred:123456", replaced_ns=7 * SECOND, in_use=False),
        ),
        connections=(change(CONNECTION, closed_ns=9 * SECOND),),
        walks=(change(WALK, end_seen="a short page"),),
    )

    assert changes(replace(SEEN, streams=(), connections=(), walks=()), replace(SEEN, streams=()))[
        :2
    ] == [
        "    1.000 s  connection 1 open: h2 to the browser (chat.example), handshake 11 ms",
        "    2.000 s  walk from #4: chat.example/backend-api/conversations, by offset",
    ]
    assert changes(SEEN, later) == [
        "    6.000 s  access token abcd refused: 401 token_expired",
        "    7.000 s  access token abcd refreshed as 1234",
        "    9.000 s  connection 1 closed after 99 exchanges",
        "   10.000 s  walk from #4 whole: 3 pages, 84 rows, depth 56; a short page",
    ]
    assert changes(later, later) == []


@pytest.mark.parametrize(
    ("times", "drawn"),
    [((), "    "), ((10,), "   █"), ((10, 9, 8, 2), "▄ ▄█"), ((1, 1, 99), "█   ")],
)
def test_arrivals_are_drawn_over_time(times: tuple[int, ...], drawn: str) -> None:
    """The newest stand on the right; what is older or later than the span is not drawn."""
    assert sweep(times, 11, 12, 4) == drawn


def test_bars_are_as_high_as_the_highest() -> None:
    assert bars([1, 2, 4, 8], 4) == "▂▃▅█"
    assert bars([8, 1, 1], 2) == "██"
    assert bars([0, 0], 2) == "▁▁"
    assert bars([], 2) == ""


def test_text_is_cut_to_cells() -> None:
    assert first_part("日本語テキスト", 7) == "日本語…"
    assert first_part("short", 5) == "short"
    assert folded("abcdefgh", 3, 3) == ["abc", "def", "gh"]
    assert folded("日本語", 3, 3) == ["日", "本", "語"]


def test_the_wait_for_the_first_text_is_no_stall() -> None:
    """As in the report: a stall is a gap between texts."""
    quick, slow = (
        SeenEvent(n, at_ms * MS, n, "delta", "", "", "{}")
        for n, at_ms in ((0, 10_050), (2, 12_000))
    )
    console = Console(width=80, height=24, force_terminal=True, color_system="truecolor")
    view = live_view(
        SEEN,
        AROUND,
        0,
        width=80,
        height=24,
        state=ViewState(opened=7),
        events=[quick, msgspec.structs.replace(EVENTS[0], read=1), slow],
    )
    with console.capture() as captured:
        console.print(view)

    assert re.findall(r"\x1b\[31m\s*([\d.]+ m?s)", captured.get().split("text or data")[1]) == [
        "1.59 s"
    ]
    assert "362 ms" in captured.get()
