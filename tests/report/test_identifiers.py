"""What a report says of identifiers."""

import io

import msgspec
from asked import HEAD
from identified import START_S, a_call, a_stream, conversation_id, identify, ulid, uuid4, uuid7
from making import a_head, a_result, an_analysis

from analyzer.analyses.answers import Answers
from analyzer.analyses.identifiers import IdentifiersFound
from analyzer.report.figures import pick
from analyzer.report.identifiers import identifiers_section
from analyzer.report.parts import Facts, Report
from analyzer.report.terminal import print_report


def printed(*founds: IdentifiersFound, width: int = 80) -> str:
    results = [
        a_result(
            head=a_head(capture_id=str(number)),
            file=f"capture{number}.jsonl",
            answers=Answers(identifiers=found),
        )
        for number, found in enumerate(founds, 1)
    ]
    section = identifiers_section(pick(an_analysis(*results)))
    file = io.StringIO()
    if section is not None:
        print_report(Report("t", Facts(()), (), (section,)), file, width=width)
    return file.getvalue()


def a_talk() -> IdentifiersFound:
    """A list of random ids, and a stream of ULIDs of which two of a millisecond are reversed."""
    items = [{"id": uuid4(n), "create_time": START_S + n} for n in range(1, 41)]
    made = [ulid(at, 7) for at in range(100, 1_000, 100)] + [ulid(950, 9), ulid(950, 2)]
    return identify(
        a_call(1, 0, answered={"items": items}),
        a_stream(2, 2_000, *({"turn_id": it} for it in made)),
    )


def test_an_empty_capture_has_no_section() -> None:
    assert printed(IdentifiersFound()) == ""


def test_schemes_order_leaks_and_what_follows_for_an_index() -> None:
    lines = [line.strip() for line in printed(a_talk()).splitlines()]
    text = " ".join(lines)

    assert "seen        40 UUIDv4, 11 ULID; in 2 fields" in lines
    assert "ULID        leaks creation time (ms), order" in lines
    assert "items[].id  UUIDv4  40   48 %  −0.03         –  scattered" in lines
    assert "turn_id     ULID    11   98 %   0.96    1 of 1  right edge" in lines
    assert (
        "A B-tree takes new rows at its edge, touching few pages: ULID; all over its pages: "
        "UUIDv4. `streamscope experiment identifiers` measures what that costs." in text
    )


def test_the_clock_inside_is_told_with_n_and_what_it_is_held_against() -> None:
    """Three of four ULIDs have a creation time beside them: a second before the one inside."""
    rows = [{"id": ulid(1_000 * n + 1_000, n), "create_time": START_S + n} for n in (1, 2, 3)]
    told = identify(a_call(1, 9_000, answered={"items": [*rows, {"id": ulid(8_000, 4)}]}))
    alone = identify(a_call(1, 9_000, answered={"items": [{"id": one["id"]} for one in rows]}))

    assert "1.00 s after the creation time that the service states (median; n = 3" in " ".join(
        printed(told).split()
    )
    assert "5.04 s or more before they first appeared (n = 3, items[].id)" in " ".join(
        printed(alone).split()
    )


def test_what_is_not_known_has_its_reason_in_words() -> None:
    found = identify(a_stream(1, 0, {"id": conversation_id(-1)}, {"id": uuid7(-(10**10))}))
    text = " ".join(printed(found).split())

    assert "growth, order: only 1 of known order; at least 3 are needed" in text
    assert "same ms: no time inside them that is believed" in text


def test_what_was_left_out_is_said() -> None:
    head = msgspec.structs.replace(HEAD, redaction="content")

    assert "filler stands in place of its content" in " ".join(printed(identify(head=head)).split())


def test_of_several_captures_each_is_named() -> None:
    text = printed(a_talk(), IdentifiersFound(), a_talk())

    assert "capture1.jsonl" in text
    assert "capture2.jsonl" not in text
    assert "capture3.jsonl" in text


def test_a_tree_of_messages_does_not_fill_the_page_alone() -> None:
    fields = {f"field{n}_id": uuid4(n) for n in range(1, 20)}
    text = printed(identify(a_call(1, answered=fields), a_call(2, 50, f"/c/{ulid(1)}")))

    assert text.count("UUIDv4") == 1 + 3
    assert "and 16 more fields, all in the database" in text


def test_a_field_name_cannot_move_the_cursor() -> None:
    text = printed(identify(a_call(1, answered={"\x1b[2J\u202eab_id": uuid4(1)})))

    assert "\x1b" not in text
    assert "\u202e" not in text


def test_it_fits_into_80_and_into_120_columns() -> None:
    for width in (80, 120):
        assert max(map(len, printed(a_talk(), width=width).splitlines())) <= width
