"""Steps as bytes and back."""

import io
import pickle

import pytest

from analyzer.ahead.packing import pack
from analyzer.model import (
    Delta,
    Exchange,
    Problem,
    Reads,
    TextArrivals,
    Turn,
    Unmeasurable,
    WireEvent,
)
from analyzer.reassemble import EventsSeen

TURN = Turn(1, "chatgpt_web", "complete", TextArrivals((1,), (0,), (0,), ("answer",), (2,), (4,)))
EXCHANGE = Exchange(1, "GET", "https", "chat.test", "/", "HTTP/2.0", turn=TURN)
EVENT = WireEvent(0, 2**62, -1, 3, "delta", "é\0\u2028", "id", 2**53 - 1, 5, 6)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(EventsSeen(1, (EVENT,), (Delta(0, 1, 2, "tool", "😀", "m", True),)), id="all"),
        pytest.param(EventsSeen(1, (EVENT,), (Delta(0, 1, 2, "title", "\ud800"),)), id="half pair"),
        pytest.param(Reads(1, (1, 2), (0, 2), b"\xff\0", (3, 4), "request"), id="reads"),
        pytest.param(EXCHANGE, id="an exchange"),
        pytest.param(Problem("code", "place", "\udfff", None, 3), id="a problem"),
        pytest.param(Unmeasurable("why"), id="no number"),
    ],
)
def test_what_is_packed_comes_back(given: object) -> None:
    out = io.BytesIO()
    pack([given, given], out)

    assert pickle.loads(out.getvalue()) == [given, given]


def test_numbers_beyond_64_bits_are_refused() -> None:
    with pytest.raises(OverflowError):
        pack(Reads(1, (2**64,), (0,), b""), io.BytesIO())
