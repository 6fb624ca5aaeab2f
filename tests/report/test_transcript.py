"""One conversation to be read: picked by id, marked where it branches, and nothing breaks out."""

import io
import re

import pytest
from asked import ask
from chatting import ROOT, answer, question, stream, titled
from hypothesis import given
from hypothesis import strategies as st
from making import a_head, a_result, an_analysis

from analyzer.analyses.answers import Answers
from analyzer.analyses.conversations import ConversationsQuestion
from analyzer.analyses.results import Analysis
from analyzer.model import AnyRecord, StreamscopeError
from analyzer.redact.levels import Level
from analyzer.report.transcript import escaped, fenced, markdown, pick_transcript, print_transcript


def analysed(*groups: list[AnyRecord]) -> Analysis:
    found = ask(ConversationsQuestion, [record for group in groups for record in group])
    return an_analysis(a_result(answers=Answers.of({"conversations": found})))


FIRST = stream(
    1,
    1_000,
    question("u1", "Why?"),
    [*answer("a1", "Be", "cause", ".")[:-1], (400.0, titled("Tides"))],
    how="client_abort",
)
VARIANT = stream(
    2, 3_000, question("u1", "Why?", ROOT, "c1", "variant"), answer("a2", "There", "fore", ".")
)
OTHER = stream(
    3, 9_000, question("u7", "What?"), answer("a7", "That is", " how it is.", conversation="d2")
)


def text_of(analysis: Analysis, wanted: str | None = None, width: int = 80) -> str:
    out = io.StringIO()
    print_transcript(pick_transcript(analysis, wanted), out, width=width)
    return out.getvalue()


def test_each_message_stands_with_its_wait_and_pace() -> None:
    assert text_of(analysed(FIRST), "c1").splitlines()[-5:] == [
        "You",
        "  Why?",
        "",
        "Assistant  TTFT 100 ms · ≈12.5 tok/s · stopped",
        "  Because.",
    ]


def test_its_title_and_how_it_came_are_told() -> None:
    text = text_of(analysed(FIRST))

    assert text.startswith("Tides ─")
    assert re.search(r"title +told in the stream", text)
    assert re.search(r"TTFT +p50 100 ms \(n = 1 turn\)", text)


def test_branches_are_marked() -> None:
    lines = text_of(analysed(FIRST, VARIANT)).splitlines()
    heads = [line for line in lines if line.startswith("Assistant")]

    assert heads == [
        "Assistant  branch 1 of 2, not on the shown path · TTFT 100 ms · ≈12.5 tok/s ·",
        "Assistant  branch 2 of 2 · regenerated · TTFT 100 ms · ≈25.0 tok/s",
    ]


def test_without_an_id_it_is_the_one_that_was_active_last() -> None:
    assert "What?" in text_of(analysed(FIRST, OTHER))


def test_the_beginning_of_an_id_is_enough() -> None:
    assert "Why?" in text_of(analysed(FIRST, OTHER), "c")


@pytest.mark.parametrize(("wanted", "what"), [("x", "no conversation begins"), ("", "several")])
def test_an_id_that_is_none_or_several_gets_the_ids_that_there_are(wanted: str, what: str) -> None:
    with pytest.raises(StreamscopeError, match=what) as raised:
        pick_transcript(analysed(FIRST, OTHER), wanted)

    assert "  c1  Tides\n  d2" in str(raised.value)


def test_a_capture_without_any_conversation_says_so() -> None:
    with pytest.raises(StreamscopeError, match="no conversation was found"):
        pick_transcript(analysed(), None)


@pytest.mark.parametrize(
    ("redaction", "why"), [("content", "filler stands in place"), ("shape", "lengths in place")]
)
def test_a_redacted_capture_says_why_there_is_none(redaction: Level, why: str) -> None:
    with pytest.raises(StreamscopeError, match=why):
        pick_transcript(an_analysis(a_result(head=a_head(redaction=redaction))), None)


def test_captured_text_can_t_steer_the_terminal() -> None:
    hostile = stream(
        1, 0, question("u1", "\x1b[2J\x1b]0;x\nWhy\u202e?"), answer("a1", "[red]No[/]")
    )
    text = text_of(analysed(hostile))

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "Why?" in text
    assert "[red]No[/]" in text


def test_markdown_is_a_document_of_headings_and_fences() -> None:
    assert markdown(pick_transcript(analysed(FIRST), "c1")).splitlines() == [
        "# Tides",
        "",
        "- conversation: c1",
        "- title: told in the stream",
        "- model: auto",
        "- holds: 1 turn, 2 messages, 1 stopped",
        "- TTFT: p50 100 ms (n = 1 turn)",
        "",
        "## You",
        "",
        "```text",
        "Why?",
        "```",
        "",
        "## Assistant",
        "",
        "*TTFT 100 ms · ≈12.5 tok/s · stopped*",
        "",
        "```text",
        "Because.",
        "```",
    ]


@given(st.text(alphabet="`~#\n\r x<>", max_size=40))
def test_no_text_ends_its_own_fence(text: str) -> None:
    """CommonMark: a fence ends at a line of at least as many backquotes and nothing else."""
    opening, *inside, closing = fenced(text).split("\n")
    fence = opening.removesuffix("text")

    assert set(fence) == {"`"}
    assert closing == fence
    for line in inside:
        assert not re.fullmatch(rf" {{0,3}}`{{{len(fence)},}}[ \t]*", line)


def test_what_stands_outside_of_a_fence_is_escaped() -> None:
    assert escaped("<b> *x* [a](http://b) `c`") == r"\<b\> \*x\* \[a\](http:\//b) \`c\`"
