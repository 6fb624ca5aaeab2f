"""A reader beside the stream: when would one have waited?"""

from making import Text, latency_of

from analyzer.analyses.reading import (
    CHARS_PER_S,
    Reading,
    Readings,
    all_readings,
    read_along,
)
from analyzer.model import Unmeasurable

WORD = "abcdef"  # 252 ms of reading


def test_the_pace_is_brysbaerts_238_words_a_minute() -> None:
    assert round(CHARS_PER_S, 1) == 23.8


def test_who_has_text_enough_never_waits() -> None:
    """What comes at 100 ms a word is read at 252 ms a word."""
    read = read_along(latency_of(*(Text(400 + 100 * i, i, WORD) for i in range(10))))

    assert isinstance(read, Reading)
    assert (read.waits, read.waited_ns, read.chars) == (0, 0, 60)
    assert round(read.read_ns / 1e6) == 2521


def test_a_reader_waits_where_nothing_is_left_unread() -> None:
    """One word is read by 652 ms, the next comes at 1,400 ms; then two more in time."""
    read = read_along(
        latency_of(
            Text(400, 0, WORD), Text(1400, 1, WORD), Text(1500, 2, WORD), Text(1600, 3, WORD)
        )
    )

    assert isinstance(read, Reading)
    assert read.waits == 1
    assert round(read.waited_ns / 1e6) == 748
    assert read.longest_ns == read.waited_ns


def test_waits_follow_the_plain_story_of_reading() -> None:
    """Told arrival by arrival: go on where one is, or wait until the text comes."""
    texts = [(300, 3), (900, 20), (950, 2), (3000, 1), (3001, 40), (9000, 9)]
    latency = latency_of(*(Text(at, i, "x" * n) for i, (at, n) in enumerate(texts)))
    read = read_along(latency)
    done, waited, longest = 0.0, 0.0, 0.0
    for at, n in texts:
        wait = max(at - done, 0.0) if done else 0.0
        waited, longest = waited + wait, max(longest, wait)
        done = max(at, done) + n / CHARS_PER_S * 1000

    assert isinstance(read, Reading)
    assert abs(read.waited_ns / 1e6 - waited) < 0.01
    assert abs(read.longest_ns / 1e6 - longest) < 0.01
    assert abs(read.read_ns / 1e6 - (done - 300)) < 0.01


def test_all_text_at_once_keeps_nobody_waiting() -> None:
    read = read_along(latency_of(Text(400, 0, "a whole answer")))

    assert isinstance(read, Reading)
    assert (read.waits, read.chars) == (0, 14)


def test_without_a_clock_no_reader_can_be_followed() -> None:
    read = read_along(latency_of(Text(400, 0), clock="none"))

    assert read == Unmeasurable("the capture holds no times")


def test_all_readers_together() -> None:
    turns: list[Reading | Unmeasurable] = [
        Reading(60, 0, 0, 0, 2_500_000_000),
        Reading(60, 2, 249_999_999, 200_000_000, 2_500_000_000),
        Reading(60, 1, 750_000_000, 750_000_000, 5_000_000_000),
        Unmeasurable("no text came"),
    ]
    found = all_readings(turns)

    assert found == Readings(3, 1, 999_999_999, 10_000_000_000, 750_000_000)
    assert isinstance(found, Readings)
    assert round(found.share, 6) == 0.1
    assert isinstance(all_readings([]), Unmeasurable)
