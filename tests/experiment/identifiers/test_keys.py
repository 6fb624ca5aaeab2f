"""Keys of each scheme, for given times."""

import uuid
from itertools import pairwise

import numpy as np
import pytest
from ulid import ULID

from analyzer.experiment.identifiers.arrivals import BEGIN_MS, EVERY_MS
from analyzer.experiment.identifiers.keys import make_keys, out_of_order
from analyzer.experiment.identifiers.results import Scheme

AT_MS = EVERY_MS.at_ms(1_000)


def test_keys_carry_the_time_of_their_arrival() -> None:
    sevens = [uuid.UUID(str(key)) for key in make_keys("uuid7", AT_MS, "text")]
    ulids = [ULID.from_str(str(key)) for key in make_keys("ulid", AT_MS, "text")]

    assert {one.version for one in sevens} == {7}
    assert [one.int >> 80 for one in sevens] == AT_MS.tolist()
    assert [one.milliseconds for one in ulids] == AT_MS.tolist()


def test_random_keys_are_version_4() -> None:
    keys = [uuid.UUID(bytes=bytes(key)) for key in make_keys("uuid4", AT_MS, "blob") if key]  # type: ignore[arg-type] # bytes, as asked

    assert {one.version for one in keys} == {4}
    assert len(set(keys)) == len(AT_MS)


def test_ulids_count_up_in_a_millisecond_and_uuid7_does_not() -> None:
    burst = np.full(200, BEGIN_MS, dtype=np.int64)

    assert out_of_order(make_keys("ulid", burst, "text")) == 0
    assert 40 < out_of_order(make_keys("uuid7", burst, "text")) < 160


@pytest.mark.parametrize("scheme", ["integer", "uuid7", "ulid", "uuid4"])
def test_text_and_bytes_have_the_same_order(scheme: Scheme) -> None:
    spaced = BEGIN_MS + np.arange(100, dtype=np.int64)
    disorder = [out_of_order(make_keys(scheme, spaced, storage)) for storage in ("text", "blob")]

    assert (max(disorder) == 0) == (scheme != "uuid4")


def test_the_usual_arrivals_are_one_a_millisecond_with_bursts() -> None:
    gaps = [after - before for before, after in pairwise(AT_MS.tolist())]

    assert AT_MS[-1] - AT_MS[0] + 8 == 1_000
    assert gaps[:8] == [0, 0, 0, 0, 0, 0, 0, 1]
