"""What the figures of keys say, and what they don't."""

import msgspec
from experiments import a_tree, an_identifiers_result

from analyzer.experiment.identifiers.advice import advise, differ
from analyzer.experiment.identifiers.results import Tree
from analyzer.model import Unmeasurable


def said(*trees: Tree) -> str:
    return " ".join(advise(an_identifiers_result(*trees)).advice)


def all_trees(uuid4: tuple[int, ...], **random: int) -> tuple[Tree, ...]:
    given = {"cache_misses": 414_000, "wal_bytes": 3_860_000_000, **random}
    return (
        a_tree("integer", (500_000, 510_000)),
        a_tree("uuid7", (400_000, 410_000)),
        a_tree("ulid", (400_000, 405_000), key_bytes=40_000_000),
        a_tree("uuid4", uuid4, **given),
    )


def test_a_difference_is_said_with_its_figures() -> None:
    advice = said(*all_trees((40_000, 41_000)))

    assert "UUIDv7 takes 10.0 times the inserts of UUIDv4 (410,000/s against 41,000/s" in advice
    assert "UUIDv4 logs 3.86 GB where UUIDv7 logs 198 MB" in advice
    assert "misses the cache 414,000 times against 0." in advice
    assert "ULID and UUIDv7 differ by no more than the noise, trees of 40.0 MB and" in advice
    assert "integer against UUIDv7: 510,000/s against 410,000/s" in advice


def test_no_difference_is_advice_too() -> None:
    """The tree fits the cache: what would come later is named as not seen."""
    advice = said(*all_trees((402_000, 408_000), cache_misses=0, wal_bytes=240_000_000))

    assert "no difference in speed at your size (410,000/s against 408,000/s" in advice
    assert "its tree still fits the cache" in advice


def test_a_restless_machine_is_said_rather_than_no_difference() -> None:
    advice = said(*all_trees((150_000, 420_000)))

    assert "the machine was too restless to tell a difference in speed" in advice
    assert "no difference" not in advice


def test_one_run_can_not_tell_noise() -> None:
    one, other = a_tree("uuid7", (400_000,)), a_tree("uuid4", (40_000,))

    assert isinstance(differ(one, other), Unmeasurable)


def test_repeats_that_overlap_do_not_differ() -> None:
    assert differ(a_tree("uuid7", (100, 300)), a_tree("uuid4", (90, 110))) is False


def test_a_neighbour_on_the_machine_makes_no_difference() -> None:
    """As it was seen once: all repeats apart, but each pair of repeats by a factor of two."""
    assert differ(a_tree("ulid", (182_980, 399_521)), a_tree("uuid7", (88_380, 131_764))) is False
    assert differ(a_tree("uuid7", (88_380, 131_764)), a_tree("uuid4", (13_041, 16_903))) is True


def test_more_repeats_tell_smaller_differences() -> None:
    faster, slower = (110, 114, 118), (100, 104, 108)

    assert differ(a_tree("uuid7", faster[:2]), a_tree("uuid4", slower[:2])) is False
    assert differ(a_tree("uuid7", faster), a_tree("uuid4", slower)) is False
    assert differ(a_tree("uuid7", faster * 2), a_tree("uuid4", slower * 2)) is True


def test_most_steps_must_agree() -> None:
    """A few fast steps make no faster scheme."""
    fast, slow = a_tree("uuid7", (400_000, 410_000)), a_tree("uuid4", (300_000, 310_000))
    mixed = msgspec.structs.replace(fast, rates=(900_000,) * 14 + (1,) * 6)

    assert differ(fast, slow) is True
    assert differ(mixed, slow) is False
