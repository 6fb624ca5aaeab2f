"""Whatever passes, the question answers, and what it answers hangs together."""

import json
from typing import Any

from asked import ask
from duetting import Spoken, spoken
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.analyses.duets import DuetsFound, DuetsQuestion
from analyzer.analyses.duets.prompts import read_prompt
from analyzer.analyses.duets.said import fingerprint
from analyzer.model import Unmeasurable

TEXTS = st.sampled_from(["", " ", "One.", "Two.", "Three.", "Two. ", "\ud800", "🙂"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["messages", "content", "parts", "text", "prompt", "input", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)
TURNS = st.lists(
    st.builds(
        Spoken,
        exchange=st.integers(1, 12),
        who=st.sampled_from(["alice", "bob", "carol", ""]),
        prompt=TEXTS,
        answer=TEXTS,
        at_ms=st.integers(0, 400),
        status=st.sampled_from([200, 200, 200, 401]),
        connection=st.sampled_from([None, 1, 2]),
    ),
    max_size=14,
    unique_by=lambda turn: turn.exchange,
)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_body_is_too_odd_to_be_read(body: bytes) -> None:
    prompt = read_prompt(body)

    assert prompt is None or isinstance(prompt.text, str)


@given(st.text(st.characters(exclude_categories=())), st.sampled_from([" ", "\n", "\u2028 "]))
def test_a_fingerprint_is_the_same_for_any_white_space_around(text: str, blank: str) -> None:
    assert fingerprint(blank + text.replace(" ", blank) + blank) == fingerprint(text)


@settings(deadline=None)
@given(TURNS, st.randoms())
def test_a_duet_hangs_together_and_the_order_of_ends_does_not_matter(
    turns: list[Spoken], random: Any
) -> None:
    found = ask(DuetsQuestion, spoken(*turns))
    random.shuffle(turns)

    _check(found)
    assert ask(DuetsQuestion, spoken(*turns)) == found


def _check(found: DuetsFound) -> None:
    numbers = [turn.exchange for turn in found.duet_turns]
    by_number = {turn.exchange: turn for turn in found.duet_turns}
    assert len(numbers) == len(set(numbers))
    assert sum(duet.turns for duet in found.duets) == len(numbers)
    for turn in found.duet_turns:
        if turn.prompt_exchange_id is None:
            assert turn.turn == 1
            continue
        heard = by_number[turn.prompt_exchange_id]
        assert heard.duet == turn.duet
        assert heard.conversation_id != turn.conversation_id
        assert not isinstance(turn.handover_ns, Unmeasurable | None)
        assert turn.handover_ns >= 0
        assert not isinstance(turn.waited_ns, Unmeasurable | None)
        assert turn.waited_ns >= 0
