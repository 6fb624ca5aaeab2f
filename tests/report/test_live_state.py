"""What keys do to the view: a state and a key in, a state out."""

from dataclasses import replace
from functools import reduce

import pytest

from analyzer.report.live import Seen, ViewState, press

STREAMS = Seen(streams=(3, 5, 8, 9), rows=4, lines=2)
EVENTS = Seen(streams=(3, 5, 8, 9), events=tuple(range(10, 20)), lines=4)


START = ViewState()


def pressed(keys: str, state: ViewState = START, seen: Seen = STREAMS) -> ViewState:
    return reduce(lambda now, key: press(now, key, seen), keys.split(), state)


@pytest.mark.parametrize(
    ("keys", "selected"),
    [
        ("j", 9),
        ("up", 9),
        ("g", 3),
        ("k k", 8),
        ("k k k k k k", 3),
        ("up up down", 9),
        ("g down", 5),
        ("home pgdn", 8),
        ("end pgup", 5),
        ("j esc", None),
    ],
)
def test_a_stream_is_selected(keys: str, selected: int | None) -> None:
    """The first key takes the youngest, which is at the bottom."""
    assert pressed(keys).selected == selected


def test_a_stream_that_is_gone_gives_way_to_its_neighbour() -> None:
    assert press(ViewState(selected=4), "up", STREAMS).selected == 3
    assert press(ViewState(selected=4), "down", STREAMS).selected == 8
    assert press(ViewState(selected=99), "down", STREAMS).selected == 9
    assert press(ViewState(selected=4), "down", Seen()).selected is None


@pytest.mark.parametrize("key", ["enter", "right", "l"])
def test_a_stream_is_opened_and_left_again(key: str) -> None:
    opened = pressed(f"k k {key}")

    assert (opened.opened, opened.at) == (8, None)
    for back in ("esc", "left", "h"):
        assert press(opened, back, EVENTS) == replace(opened, opened=None)


def test_without_a_choice_the_youngest_is_opened() -> None:
    assert pressed("enter").opened == 9
    assert press(ViewState(), "enter", Seen()).opened is None
    assert press(ViewState(page="walks"), "enter", STREAMS).opened is None


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        ("up", 18),
        ("k k k", 16),
        ("up down", None),
        ("pgup", 15),
        ("g", 13),  # three above it fill the lines
        ("g up", 13),
        ("g G", None),
        ("up f", None),
        ("g end", None),
    ],
)
def test_events_scroll_and_follow_again_at_the_newest(keys: str, at: int | None) -> None:
    assert pressed(keys, ViewState(opened=8), EVENTS).at == at


def test_what_one_scrolled_to_stays_while_events_come() -> None:
    state = press(ViewState(opened=8), "up", EVENTS)
    more = replace(EVENTS, events=tuple(range(10, 300)))

    assert (state.at, press(state, "up", more).at) == (18, 17)


def test_what_one_scrolled_to_may_be_forgotten() -> None:
    later = replace(EVENTS, events=tuple(range(100, 200)))

    assert press(ViewState(opened=8, at=18), "down", later).at == 103


def test_few_events_have_nowhere_to_scroll() -> None:
    assert press(ViewState(opened=8), "up", replace(EVENTS, events=(1, 2))).at is None
    assert press(ViewState(opened=8), "up", replace(EVENTS, events=())).at is None


def test_pages_are_turned() -> None:
    names = [pressed(keys).page for keys in ("2", "3", "4", "1", "tab", "backtab", "tab tab")]

    assert names == [
        "credentials",
        "walks",
        "connections",
        "streams",
        "credentials",
        "connections",
        "walks",
    ]
    assert pressed("enter 3 esc") == ViewState(selected=9)


def test_a_page_scrolls_no_further_than_its_rows() -> None:
    page = ViewState(page="walks")

    assert press(page, "down", STREAMS).scroll == 1
    assert press(page, "end", STREAMS).scroll == 2
    assert press(page, "up", STREAMS).scroll == 0
    assert press(page, "down", replace(STREAMS, lines=9)).scroll == 0


def test_space_holds_and_lets_go() -> None:
    assert pressed("space").paused
    assert not pressed("space space").paused


def test_help_is_left_by_any_key_which_does_nothing_else() -> None:
    assert pressed("?").help
    assert pressed("? q") == ViewState()


def test_q_leaves_at_once_where_nothing_else_ends() -> None:
    assert pressed("q").done
    assert pressed("enter q").done


def test_where_it_ends_a_recording_q_asks_and_only_on_the_first_page() -> None:
    asks = replace(STREAMS, asks=True)

    assert pressed("q", seen=asks) == ViewState(asking=True)
    assert pressed("q j", seen=asks) == ViewState()
    assert pressed("q q", seen=asks).done
    assert pressed("3 q", seen=asks) == ViewState()
    assert pressed("enter q", seen=asks) == ViewState(selected=9)


@pytest.mark.parametrize("key", ["x", "ctrl", "9"])
def test_other_keys_do_nothing(key: str) -> None:
    assert press(ViewState(), key, STREAMS) == ViewState()
