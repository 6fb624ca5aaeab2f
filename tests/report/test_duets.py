"""What a report says of conversations that talk to each other."""

import io

import msgspec
import pytest
from asked import HEAD, ask
from duetting import Spoken, spoken, talk
from making import a_head, a_result, an_analysis

from analyzer.analyses.answers import Answers
from analyzer.analyses.duets import DuetsFound, DuetsQuestion
from analyzer.analyses.questions import Unanswered
from analyzer.report.duets import DUETS, LISTED, blocks_of, duets_section, speaker_name
from analyzer.report.figures import pick
from analyzer.report.parts import Facts, Report, Section
from analyzer.report.terminal import print_report


def printed(found: DuetsFound, width: int = 80) -> str:
    file = io.StringIO()
    section = Section("Two bots talking", tuple(blocks_of(found)))
    print_report(Report("t", Facts(()), (), (section,)), file, width=width)
    return file.getvalue()


def found_in(*turns: Spoken) -> DuetsFound:
    return ask(DuetsQuestion, spoken(*turns))


def test_nothing_is_said_where_nobody_talks() -> None:
    assert blocks_of(DuetsFound()) == []
    assert duets_section(pick(an_analysis(a_result()))) is None


def test_of_several_captures_each_that_has_something_to_say_is_named() -> None:
    found = found_in(*talk("One.", "Two.", "Three."))
    results = [
        a_result(head=a_head(capture_id=name), file=f"{name}.jsonl", answers=Answers(duets=answer))
        for name, answer in (("first", found), ("silent", DuetsFound()), ("second", found))
    ]
    together = duets_section(pick(an_analysis(*results)))
    alone = duets_section(pick(an_analysis(results[0])))
    assert together is not None
    assert alone is not None
    named = [
        cell.text
        for block in together.blocks
        if isinstance(block, Facts)
        for name, cell in block.pairs
        if name == "capture"
    ]

    assert named == ["first.jsonl", "second.jsonl"]
    assert alone.blocks == tuple(blocks_of(found))


def test_who_spoke_when_and_who_waited_for_whom() -> None:
    one, two, three, four = talk("One.", "Two.", "Three.", "Two.")
    refused = msgspec.structs.replace(two, exchange=9, status=401, at_ms=35)
    lines = printed(found_in(one, refused, two, three, four)).splitlines()

    assert " duet 1       A alice with B bob" in lines
    assert " talked       4 turns, 150 ms long, all over one connection" in lines
    assert " A waited     for B: 40.0 ms in 1 answer, longest 40.0 ms" in lines
    assert " B waited     for A: 70.0 ms in 2 answers, longest 40.0 ms" in lines
    assert " handed over  3 times, 30.0 ms all together" in lines
    assert " refused      1 request first; the prompt was sent again" in lines
    assert " loop         turn 4 gave the answer of turn 2 again, 2 turns later" in lines
    assert "    2  B    2  40.0 ms  10.0 ms  30.0 ms  30.0 ms  10.0 ms  refused 1×" in lines
    assert "    4  B    4   120 ms  10.0 ms  30.0 ms  40.0 ms  10.0 ms  as turn 2" in lines


def test_the_score_has_a_line_for_each_speaker() -> None:
    """48 steps of 150 / 48 ms: Alice speaks from 10 ms on, Bob is asked at 40 ms."""
    lines = printed(found_in(*talk("One.", "Two.", "Three.", "Four."))).splitlines()
    alice, bob = (
        next(one for one in lines if one.startswith((f" {name} ▃", f" {name} ⋅"))) for name in "AB"
    )

    assert alice.split()[1] == "▃▃▃██████⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅▃▃▃███████⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅"
    assert bob.split()[1] == "⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅▃▃▃▃██████⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅⋅▃▃▃███████"


def test_without_times_the_reason_is_said() -> None:
    head = msgspec.structs.replace(HEAD, clock="none")
    text = printed(ask(DuetsQuestion, spoken(*talk("One.", "Two.", "Three.")), head))

    assert "times   –  the capture has no times" in text
    assert "A waited" not in text


def test_what_hides_a_duet_is_said() -> None:
    found = DuetsFound(unanswered=(Unanswered("duets", "who passes answers on", "content is off"),))

    assert "who passes answers on: content is off" in printed(found)


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_page(width: int) -> None:
    one, *others = talk(*(f"Answer {number % 30}." for number in range(40)), every_ms=99_999.0)
    text = printed(found_in(one, *others), width)

    assert max(len(line) for line in text.splitlines()) <= width
    assert f"and {40 - LISTED} more turns, all in the database" in text


def test_many_duets_are_counted() -> None:
    turns = [
        msgspec.structs.replace(
            turn,
            exchange=turn.exchange + 10 * number,
            prompt=f"{turn.prompt} {number}",
            answer=f"{turn.answer} {number}",
            at_ms=turn.at_ms + 1_000 * number,
        )
        for number in range(DUETS + 2)
        for turn in talk("One.", "Two.", "Three.")
    ]

    assert "and 2 more duets, all in the database" in printed(found_in(*turns))


def test_names_can_not_move_the_cursor() -> None:
    named = [
        msgspec.structs.replace(turn, who=f"\x1b[2J{turn.who}")
        for turn in talk("One.", "Two.", "Three.")
    ]
    text = printed(found_in(*named))

    assert "\x1b" not in text
    assert "A alice with B bob" in text


@pytest.mark.parametrize(("number", "name"), [(1, "A"), (26, "Z"), (27, "speaker 27")])
def test_speakers_are_letters_first(number: int, name: str) -> None:
    assert speaker_name(number) == name
