"""Who talks with whom, in captures that are made by hand."""

import random
from itertools import pairwise

import msgspec
import pytest
from asked import HEAD, ask
from duetting import Spoken, spoken, talk
from making import ns

from analyzer.analyses.duets import DuetsFound, DuetsQuestion, DuetWait, question
from analyzer.analyses.duets.prompts import MAX_BODY_BYTES
from analyzer.model import AnyRecord, Body, Reads, RequestEnd, Unmeasurable


def duets(*turns: Spoken) -> DuetsFound:
    return ask(DuetsQuestion, spoken(*turns))


def test_answers_that_become_the_others_prompts_are_a_duet() -> None:
    found = duets(*talk("One.", "Two.", "Three.", "Four."))
    duet, turns = found.duets[0], found.duet_turns

    assert (duet.turns, duet.speakers, duet.conversation_ids) == (4, 2, ("alice", "bob"))
    assert [turn.speaker for turn in turns] == [1, 2, 1, 2]
    assert [turn.exchange for turn in turns] == [1, 2, 3, 4]
    assert [turn.prompt_exchange_id for turn in turns] == [None, 1, 2, 3]
    assert (duet.began_ns, duet.ended_ns) == (0, ns(150))


def test_a_turn_has_its_times() -> None:
    second = duets(*talk("One.", "Two.", "Three.")).duet_turns[1]

    assert (second.sent_ns, second.first_text_ns, second.last_text_ns) == (ns(40), ns(50), ns(70))
    assert second.handover_ns == ns(10)


def test_who_waited_for_whom() -> None:
    """Bob waits from the beginning for Alice's 30 ms; then each waits from its own answer on."""
    found = duets(*talk("One.", "Two.", "Three.", "Four."))

    assert [turn.waited_ns for turn in found.duet_turns] == [None, ns(30), ns(40), ns(40)]
    assert found.duet_waits == (
        DuetWait(1, 1, 2, 1, ns(40), ns(40)),
        DuetWait(1, 2, 1, 2, ns(70), ns(40)),
    )
    assert (found.duets[0].handover_ns, found.duets[0].overlap_ns) == (ns(30), 0)


def test_one_answer_that_was_passed_on_once_is_no_duet() -> None:
    found = duets(*talk("One.", "Two."))

    assert found == DuetsFound()


def test_a_conversation_that_repeats_its_own_words_is_no_duet() -> None:
    turns = [msgspec.structs.replace(turn, who="alice") for turn in talk("One.", "Two.", "Three.")]

    assert duets(*turns) == DuetsFound()


def test_an_answer_that_comes_after_the_prompt_was_not_heard() -> None:
    first, *others = talk("One.", "Two.", "Three.")
    late = msgspec.structs.replace(first, at_ms=1_000)

    assert duets(late, *others).duets == ()


def test_a_prompt_that_was_sent_before_the_answers_last_text_was_not_heard() -> None:
    assert duets(*talk("One.", "Two.", "Three.", every_ms=29)).duets == ()
    assert len(duets(*talk("One.", "Two.", "Three.", every_ms=30)).duets) == 1


def test_white_space_makes_no_difference() -> None:
    one, two, three = talk("One  line\n\nand\tanother. ", "Two.", "Three.")
    trimmed = msgspec.structs.replace(two, prompt="One line\u2028and another.")

    assert duets(one, trimmed, three).duets[0].turns == 3


@pytest.mark.parametrize("told", ["One", "one.", "One.\ufeff", "One. "[:-2]])
def test_any_other_difference_does(told: str) -> None:
    one, two, three = talk("One.", "Two.", "Three.")

    assert duets(one, msgspec.structs.replace(two, prompt=told), three).duets == ()


def test_characters_beyond_the_first_plane_are_known_again() -> None:
    """JSON may escape them in halves, one of which may be missing."""
    smile, half = "Fine 🙂.", "Half \ud83d, and at the end \ud83d"
    turns = talk(smile, half, "Three.")
    assert b"\\ud83d" in turns[1]._body()

    assert duets(*turns).duets[0].turns == 3


def test_a_loop_is_the_first_answer_that_came_before() -> None:
    found = duets(*talk("One.", "Two.", "Three.", "Two.", "Three.", "Two."))

    assert (found.duets[0].loop_turn, found.duets[0].loop_period) == (4, 2)
    assert [turn.repeated_of for turn in found.duet_turns] == [None, None, None, 2, 3, 4]


def test_an_echo_is_a_loop_of_one_turn() -> None:
    found = duets(*talk("One.", "One.", "One.", "One."))

    assert (found.duets[0].loop_turn, found.duets[0].loop_period) == (2, 1)
    assert [turn.prompt_exchange_id for turn in found.duet_turns] == [None, 1, 2, 3]


def test_three_conversations_may_talk() -> None:
    names = ("alice", "bob", "carol")
    turns = talk("One.", "Two.", "Three.", "Four.", "Five.", "Six.")
    round_of_three = [
        msgspec.structs.replace(turn, who=names[number % 3]) for number, turn in enumerate(turns)
    ]
    found = duets(*round_of_three)

    assert found.duets[0].conversation_ids == names
    assert [(wait.speaker, wait.waited_for) for wait in found.duet_waits] == [
        (1, 3),
        (2, 1),
        (3, 2),
    ]
    # Carol spoke from 80 to 110 ms; Bob's next answer is there at 190 ms.
    assert found.duet_turns[5].waited_ns == ns(80)


def test_two_that_are_told_the_same_at_once_speak_at_once() -> None:
    one, two, three = talk("One.", "Two.", "Three.")
    carol = Spoken(9, "carol", "One.", "Me too.", two.at_ms + 10)
    found = duets(one, two, carol, three)

    assert [turn.speaker for turn in found.duet_turns] == [1, 2, 3, 1]
    assert found.duets[0].overlap_ns == ns(20)


def test_what_a_person_says_in_between_begins_a_new_duet() -> None:
    first = talk("One.", "Two.", "Three.")
    again = [
        msgspec.structs.replace(turn, exchange=turn.exchange + 3, at_ms=turn.at_ms + 500)
        for turn in talk("Four.", "Five.", "Six.", first="Now something else.")
    ]
    found = duets(*first, *again)

    assert [(duet.duet, duet.turns, duet.began_ns) for duet in found.duets] == [
        (1, 3, 0),
        (2, 3, ns(500)),
    ]


def test_a_refused_prompt_that_is_sent_again_belongs_to_the_handover() -> None:
    one, two, three = talk("One.", "Two.", "Three.")
    refused = msgspec.structs.replace(two, exchange=9, status=401, at_ms=35)
    found = duets(one, refused, two, three)

    assert [turn.refused for turn in found.duet_turns] == [0, 1, 0]
    assert found.duets[0].refused == 1
    assert found.duet_turns[1].handover_ns == ns(10)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (1, True),
        (2, False),
        (None, Unmeasurable("the capture does not name the connection of every turn")),
    ],
)
def test_one_connection_or_not(last: int | None, expected: object) -> None:
    *before, end = talk("One.", "Two.", "Three.")
    found = duets(*before, msgspec.structs.replace(end, connection=last))

    assert found.duets[0].one_connection == expected


def test_a_turn_that_was_handed_off_is_one_turn() -> None:
    """The second half comes by another request, which has no prompt."""
    one, two, three = talk("One.", "Two.", "Three.")
    handoff = b'event: delta_encoding\ndata: "v1"\n\ndata: {"type": "stream_handoff"}\n\n'
    records: list[AnyRecord] = []
    for record in two.records():
        if hasattr(record, "lengths"):
            record = msgspec.structs.replace(record, lengths=(len(handoff),), data=handoff)
        records.append(record)
    named = b'{"conversation_id": "bob", "messages": [{"content": {"parts": ["One."]}}]}'
    asked = [
        msgspec.structs.replace(record, length=len(named), data=named)
        if isinstance(record, Body)
        else record
        for record in records
    ]
    rest = Spoken(
        9, "bob", "", "Two.", 75, body=b'{"conversation_id": "bob", "offset": 2}',
        path="/backend-api/f/conversation/resume",
    )  # fmt: skip
    last = msgspec.structs.replace(three, at_ms=120)
    found = ask(DuetsQuestion, [*spoken(one), *asked, *spoken(rest, last)])

    assert [turn.exchange for turn in found.duet_turns] == [1, 2, 3]
    assert [turn.status for turn in found.duet_turns] == ["complete"] * 3
    assert found.duet_turns[1].last_text_ns == ns(105)
    assert found.duet_turns[2].handover_ns == ns(15)
    assert found.duets[0].one_connection is True


def test_a_rest_that_came_over_another_connection_is_said() -> None:
    one, _, three = talk("One.", "Two.", "Three.")
    cut = Spoken(2, "bob", "One.", "", 40)
    rest = Spoken(
        9, "bob", "", "Two.", 75, connection=2, body=b'{"conversation_id": "bob", "offset": 2}',
        path="/backend-api/f/conversation/resume",
    )  # fmt: skip
    begun: list[AnyRecord] = [one for one in cut.records() if not isinstance(one, Reads)]
    last = msgspec.structs.replace(three, at_ms=120)
    told = b'data: {"conversation_id": "bob"}\n\n'
    begun.insert(-1, Reads(2, (ns(60),), (len(told),), told))
    found = ask(DuetsQuestion, [*spoken(one), *begun, *spoken(rest, last)])

    assert [turn.exchange for turn in found.duet_turns] == [1, 2, 3]
    assert found.duets[0].one_connection is False


def test_without_a_clock_the_order_is_that_of_the_exchanges_and_no_time_is_claimed() -> None:
    head = msgspec.structs.replace(HEAD, clock="none")
    found = ask(DuetsQuestion, spoken(*talk("One.", "Two.", "Three.")), head)
    duet, turn = found.duets[0], found.duet_turns[1]
    unknown = Unmeasurable("the capture has no times")

    assert [one.prompt_exchange_id for one in found.duet_turns] == [None, 1, 2]
    assert (duet.began_ns, duet.ended_ns, duet.overlap_ns, duet.handover_ns) == (unknown,) * 4
    assert (turn.sent_ns, turn.last_text_ns, turn.waited_ns, turn.handover_ns) == (unknown,) * 4
    assert {wait.waited_ns for wait in found.duet_waits} == {unknown}


def test_a_capture_without_content_says_that_it_can_not_tell() -> None:
    """Texts of nothing but lengths would be equal by chance."""
    head = msgspec.structs.replace(HEAD, redaction="shape")
    empty = [
        msgspec.structs.replace(record, data=b"", withheld="content is off")
        if isinstance(record, Body)
        else record
        for record in spoken(*talk("One.", "Two.", "Three."))
    ]
    found = ask(DuetsQuestion, empty, head)

    assert found.duets == ()
    assert [one.reason for one in found.unanswered] == [
        "the capture holds lengths in place of content"
    ]


def test_a_capture_of_filler_says_that_it_can_not_tell() -> None:
    """Prompts and answers of equal length would be equal, whoever said them."""
    head = msgspec.structs.replace(HEAD, redaction="content")
    found = ask(DuetsQuestion, spoken(*talk("One.", "Two.", "Three.")), head)

    assert found.duets == ()
    assert [one.reason for one in found.unanswered] == [
        "the capture was redacted: filler stands in place of its content"
    ]


def test_a_prompt_that_was_not_kept_whole_is_said() -> None:
    one, two, three = talk("One.", "Two.", "Three.")
    cut = [
        msgspec.structs.replace(record, data=record.data[:20])
        if isinstance(record, Body)
        else record
        for record in two.records()
    ]
    found = ask(DuetsQuestion, [*spoken(one), *cut, *spoken(three)])

    assert found.duets == ()
    assert [one.reason for one in found.unanswered] == [
        "1 prompt could not be read: not kept whole, or too long"
    ]


def test_an_endless_prompt_is_not_read() -> None:
    one, two, three = talk("x" * (MAX_BODY_BYTES // 2), "Two.", "Three.")
    most = MAX_BODY_BYTES - len(msgspec.structs.replace(two, prompt="")._body())
    for length, kept in ((most, 3), (most + 1, 0)):
        text = "x" * length
        said = msgspec.structs.replace(one, answer="x" * length)
        found = duets(said, msgspec.structs.replace(two, prompt=text), three)
        assert sum(duet.turns for duet in found.duets) == kept
        assert bool(found.unanswered) == (not kept)


def test_there_is_a_limit_to_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question, "MAX_ASKED", 3)
    turns = talk("One.", "Two.", "Three.", "Four.")

    assert duets(*turns[:3]).unanswered == ()
    found = duets(*turns)
    assert found.duets[0].turns == 3
    assert [one.reason for one in found.unanswered] == ["only the first 3 prompts were looked at"]


def test_a_number_that_comes_twice_counts_as_it_came_last() -> None:
    one, two, three = talk("One.", "Two.", "Three.")
    earlier = Spoken(2, "mallory", "Something", "else.", 0)

    assert duets(one, earlier, two, three) == duets(one, two, three)


def test_a_conversation_without_a_name_can_not_be_told_from_another() -> None:
    one, two, three = talk("One.", "Two.", "Three.")

    assert duets(one, msgspec.structs.replace(two, who=""), three).duets == ()
    assert duets(one, msgspec.structs.replace(two, who="b" * 257), three).duets == ()


def test_a_prompt_without_a_moment_is_left_out() -> None:
    one, two, three = talk("One.", "Two.", "Three.")
    records = [record for record in two.records() if not isinstance(record, RequestEnd)]

    assert ask(DuetsQuestion, [*spoken(one), *records, *spoken(three)]).duets == ()


def test_unrelated_exchanges_in_any_order_change_nothing() -> None:
    turns = talk("One.", "Two.", "Three.", "Four.")
    others = [
        Spoken(20 + number, f"other{number % 3}", f"p{number}", f"a{number}", number * 7.0)
        for number in range(12)
    ]
    expected = duets(*turns)
    for seed in range(8):
        mixed = [*turns, *others]
        random.Random(seed).shuffle(mixed)

        assert duets(*mixed) == expected


def test_a_long_talk_is_one_chain() -> None:
    found = duets(*talk(*(f"Answer {number}." for number in range(300))))

    assert found.duets[0].turns == 300
    assert all(b.prompt_exchange_id == a.exchange for a, b in pairwise(found.duet_turns))
