"""The section on conversations says what the answer holds, in 80 columns and with hostile text."""

import io

import msgspec
import pytest
from asked import HEAD, ask
from chatting import MS, answer, call, question, stream
from making import a_result, an_analysis

from analyzer.analyses.answers import Answers
from analyzer.analyses.conversations import ConversationsFound, ConversationsQuestion
from analyzer.analyses.questions import Unanswered
from analyzer.analyses.results import CaptureResult
from analyzer.model import AnyRecord
from analyzer.report.conversations import LISTED, conversations_section
from analyzer.report.figures import pick
from analyzer.report.parts import Facts, Report
from analyzer.report.terminal import print_report


def found(*groups: list[AnyRecord]) -> ConversationsFound:
    return ask(ConversationsQuestion, [record for group in groups for record in group])


def a_capture(answered: ConversationsFound, **fields: object) -> CaptureResult:
    return a_result(answers=Answers.of({"conversations": answered}), **fields)  # type: ignore[arg-type] # fields of the result


def shown(*captures: CaptureResult, width: int = 80) -> str:
    section = conversations_section(pick(an_analysis(*captures)))
    if section is None:
        return ""
    out = io.StringIO()
    print_report(Report("t", Facts(()), (), (section,)), out, width=width)
    return out.getvalue()


def talk(number: int, conversation: str, title: str = "") -> list[AnyRecord]:
    """A conversation of one turn, which begins at that second, and its title."""
    at_ms = 1_000.0 * number
    asked = stream(
        2 * number,
        at_ms,
        question(f"u{number}", "Why?"),
        answer(f"a{number}", "Be", "cause", ".", conversation=conversation),
    )
    path = f"/backend-api/conversation/gen_title/{conversation}"
    return [*asked, *call(2 * number + 1, at_ms + 700, "POST", path, {}, {"title": title})]


def test_a_conversation_is_a_row() -> None:
    text = shown(a_capture(found(talk(1, "c1", "Tides"))))

    (row,) = [line for line in text.splitlines() if "Tides" in line]
    assert row.split() == ["Tides", "gen_title", "1", "·", "·", "·", "·", "·", "·", "100", "ms"]
    assert "streamscope transcript" in text


@pytest.mark.parametrize("width", [80, 120])
def test_the_section_keeps_its_width(width: int) -> None:
    captures = found(*(talk(n, f"c{n}", f"A title that is long enough {n}") for n in range(1, 4)))
    lines = shown(a_capture(captures), width=width).splitlines()

    assert max(map(len, lines)) <= width


def test_a_title_can_t_steer_the_terminal() -> None:
    text = shown(a_capture(found(talk(1, "c1", "\x1b[2J\u202eTi\ndes[bold]"))))

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "Ti des[bold]" in text


def test_a_conversation_without_a_title_is_named_by_its_id() -> None:
    assert "c1 " in shown(a_capture(found(talk(1, "c1"))))


def test_a_long_list_is_cut_and_says_so() -> None:
    many = found(*(talk(n, f"c{n:02}") for n in range(1, LISTED + 4)))
    text = shown(a_capture(many))

    assert "and 3 more conversations, all in the database" in text
    assert f"c{LISTED + 1:02}" not in text


def test_why_there_is_no_ttft_is_said_in_words() -> None:
    head = msgspec.structs.replace(HEAD, clock="none")
    text = shown(a_capture(ask(ConversationsQuestion, talk(1, "c1"), head)))

    assert "the capture holds no times" in text


def test_what_could_not_be_said_is_said() -> None:
    why = Unanswered("conversations", "messages", "the capture holds lengths in place of content")
    text = shown(a_capture(ConversationsFound(unanswered=(why,))))

    assert "messages: the capture holds lengths in place of content" in text


def test_with_nothing_to_say_there_is_no_section() -> None:
    assert shown(a_capture(ConversationsFound())) == ""


def test_of_several_captures_each_is_named() -> None:
    first, second = found(talk(1, "c1", "Tides")), found(talk(1, "c2", "Sourdough"))
    later = a_result().head
    captures = (
        a_capture(first, file="first.jsonl"),
        a_capture(
            second,
            file="second.jsonl",
            head=msgspec.structs.replace(later, capture_id="2", wall_ns=later.wall_ns + MS),
        ),
    )
    text = shown(*captures)

    assert text.index("first.jsonl") < text.index("Tides") < text.index("second.jsonl")
