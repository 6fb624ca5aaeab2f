"""When what goes out: absolute moments, speeds, faults and ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replaying import MS, answered, script_of, streamed

from analyzer.model import Ending
from analyzer.replay.faults import Cut, Fault, Place, Stall
from analyzer.replay.schedule import HELD_NS, LEAVING_NS, Finish, Playing, Step, Tempo

EVENTS = [b"data: %d\n\n" % number for number in range(1, 6)]
PARTS = [
    (10.0, EVENTS[0] + EVENTS[1]),
    (20.0, EVENTS[2]),
    (20.0, b""),
    (30.0, EVENTS[3][:4]),
    (40.0, EVENTS[3][4:] + EVENTS[4]),
]


def played(
    *faults: Fault, speed: float = 1.0, end: tuple[float, Ending] = (50, "complete")
) -> list[tuple[float, bytes | str]]:
    """Moments in ms with what is sent, the last one with how it ends."""
    script, contents = script_of(streamed(1, PARTS, end=end))
    playing = Playing(script.exchanges[0], contents, Tempo(speed), faults)
    return [(one.at_ns / MS, one.data if isinstance(one, Step) else one.kind) for one in playing]


def test_every_read_goes_out_at_its_moment_and_an_empty_one_is_nothing_to_send() -> None:
    assert played() == [*(part for part in PARTS if part[1]), (50, "end")]


@pytest.mark.parametrize(("speed", "factor"), [(2.0, 0.5), (0.5, 2.0), (0.0, 0.0)])
def test_a_speed_stretches_all_moments_alike(speed: float, factor: float) -> None:
    assert played(speed=speed) == [(at * factor, what) for at, what in played()]


def test_a_stall_before_an_event_divides_its_read_and_delays_all_that_follows() -> None:
    pause = Stall(Place(event=2), 300 * MS)

    assert played(pause) == [
        (10, EVENTS[0]),
        (310, EVENTS[1]),
        (320, EVENTS[2]),
        (330, EVENTS[3][:4]),
        (340, EVENTS[3][4:] + EVENTS[4]),
        (350, "end"),
    ]


def test_a_stall_lasts_as_long_at_any_speed() -> None:
    pause = Stall(Place(at_ns=20 * MS), 300 * MS)

    assert [at for at, _ in played(pause, speed=0)] == [0, 300, 300, 300, 300]
    assert [at for at, _ in played(pause, speed=2)] == [5, 310, 315, 320, 325]


def test_a_cut_before_an_event_sends_what_precedes_it() -> None:
    assert played(Cut(Place(event=5))) == [
        (10, EVENTS[0] + EVENTS[1]),
        (20, EVENTS[2]),
        (30, EVENTS[3][:4]),
        (40, EVENTS[3][4:]),
        (40, "reset"),
    ]


def test_a_cut_at_a_moment_comes_then() -> None:
    assert played(Cut(Place(at_ns=25 * MS)))[-2:] == [(20, EVENTS[2]), (25, "reset")]
    assert played(Cut(Place(at_ns=45 * MS)))[-1] == (45, "reset")


def test_faults_add_up() -> None:
    faults = Stall(Place(event=3), 100 * MS), Stall(Place(at_ns=0), 5 * MS), Cut(Place(event=4))

    assert played(*faults) == [
        (15, EVENTS[0] + EVENTS[1]),
        (125, EVENTS[2]),
        (135, "reset"),
    ]


def test_a_place_that_a_stream_does_not_reach_is_known_before() -> None:
    script, contents = script_of(streamed(1, PARTS))
    far = Cut(Place(event=6)), Stall(Place(at_ns=60 * MS), 1)
    playing = Playing(script.exchanges[0], contents, Tempo(), far)

    assert playing.missed == far
    assert list(playing)[-1] == Finish(41 * MS, "end")


def test_only_streams_get_faults() -> None:
    script, contents = script_of(answered(1, "/list"))
    playing = Playing(script.exchanges[0], contents, Tempo(), (Cut(Place(at_ns=0)),))

    assert [one.data if isinstance(one, Step) else one.kind for one in playing] == [b"{}", "end"]


@pytest.mark.parametrize(
    ("how", "end"),
    [
        ("complete", (50, "end")),
        ("server_abort", (50, "reset")),
        ("error", (50, "reset")),
        ("client_abort", (50 + LEAVING_NS / MS, "hold")),
        ("unfinished", (40 + HELD_NS / MS, "hold")),
    ],
)
def test_it_ends_as_it_ended(how: Ending, end: tuple[float, str]) -> None:
    """A client that left may leave again; what never ended stays open."""
    assert played(end=(50, how))[-1] == end


faults = st.builds(Stall, st.builds(Place, event=st.integers(1, 6)), st.integers(0, 10**9)) | (
    st.builds(Cut, st.builds(Place, at_ns=st.integers(0, 60 * MS)))
)


@given(st.lists(faults, max_size=4), st.sampled_from([0.0, 0.3, 1.0, 7.0]))
def test_whatever_the_faults_bytes_keep_their_order_and_time_its_direction(
    given: list[Fault], speed: float
) -> None:
    *steps, last = played(*given, speed=speed)
    body = b"".join(what for _, what in steps if isinstance(what, bytes))

    assert b"".join(EVENTS).startswith(body)
    assert sorted(at for at, _ in steps) == [at for at, _ in steps]
    assert last[1] == "reset" or (last[1] == "end" and body == b"".join(EVENTS))
