import random

import pytest

from analyzer.lab.texts import cut_pieces, write_answer


@pytest.mark.parametrize("seed", range(20))
def test_pieces_join_to_their_text(seed: int) -> None:
    text = write_answer(random.Random(seed), 8)
    pieces = cut_pieces(text)

    assert "".join(pieces) == text
    assert len(pieces) > 50
    assert max(len(piece.strip()) for piece in pieces) <= 7


def test_answers_hold_what_breaks_careless_decoders() -> None:
    text = "".join(write_answer(random.Random(seed), 8) for seed in range(40))

    assert {"\u2028", "\u0085", "\ufeff", "\u200d", '"', "\\", "\t", "日", "ا", "𝒳"} <= set(text)
    assert "\ndata: not an event\n" in text


@pytest.mark.parametrize("seed", range(20))
def test_every_answer_has_text_beyond_ascii(seed: int) -> None:
    assert not write_answer(random.Random(seed), 3).isascii()
