"""Scripts and their writes: determinism, framing, cuts, and what is true of every kind."""

import itertools
import json
from typing import Any

import pytest

from analyzer.lab.kinds import KINDS
from analyzer.lab.moves import Failure, Piece, fold_texts
from analyzer.lab.options import Form
from analyzer.lab.payloads import Payload
from analyzer.lab.plan import (
    Plan,
    continue_plan,
    failing_frames,
    frame_payload,
    make_plan,
    stopping_frames,
)
from analyzer.lab.writer import Cast

FORMS: tuple[Form, ...] = ("delta_v1", "cumulative")
every_kind = pytest.mark.parametrize("kind", KINDS)
every_answer = pytest.mark.parametrize(
    "kind", [name for name, kind in KINDS.items() if not kind.hands_off]
)
every_form = pytest.mark.parametrize("form", FORMS)


def make_cast() -> Cast:
    numbers = itertools.count()
    return Cast(
        conversation_id="conv",
        request_id="request",
        user_message_id="user",
        answer_id="answer",
        prompt="Hé “you”",
        model="lab-1",
        now_s=1_700_000_000.0,
        resume_credential="secret",
        new_id=lambda: f"id-{next(numbers)}",
    )


def plan_of(kind: str, form: Form = "delta_v1", seed: int = 3, scale: float = 1.0) -> Plan:
    return make_plan(KINDS[kind], form, seed, make_cast(), scale)


def body_of(plan: Plan) -> bytes:
    return b"".join(send.data for send in plan.sends)


def payloads(plan: Plan) -> list[Any]:
    """Decode a body the simple way, which suffices for bytes of our own making."""
    ended = plan.kind.line_end
    found = []
    for block in body_of(plan).split(ended * 2)[:-1]:
        data = [line[6:] for line in block.split(ended) if line.startswith(b"data: ")]
        if data and data[0].startswith(b"{"):
            found.append(json.loads(data[0]))
    return found


@every_kind
@every_form
def test_the_same_seed_gives_the_same_bytes_at_the_same_times(kind: str, form: Form) -> None:
    assert plan_of(kind, form).sends == plan_of(kind, form).sends


@every_answer
def test_another_seed_gives_another_answer(kind: str) -> None:
    assert body_of(plan_of(kind, seed=3)) != body_of(plan_of(kind, seed=4))


@every_kind
@every_form
def test_the_writes_are_the_frames(kind: str, form: Form) -> None:
    plan = plan_of(kind, form)
    framed = b"".join(frame.data for frame in plan.frames)
    rest = body_of(plan)[len(framed) :]

    assert body_of(plan).startswith(framed)
    assert bool(rest) == (plan.outcome == "cut")
    assert plan.kind.line_end * 2 not in rest
    assert [send.at_s for send in plan.sends] == sorted(send.at_s for send in plan.sends)


@every_answer
@every_form
def test_the_last_cumulative_message_and_the_pieces_tell_the_same_answer(
    kind: str, form: Form
) -> None:
    plan = plan_of(kind, form)
    cumulative = plan_of(kind, "cumulative")
    parts = [
        payload["message"]["content"]["parts"][0]
        for payload in payloads(cumulative)
        if (payload.get("message") or {}).get("id") == "answer"
    ]
    answer = fold_texts(plan.pieces()).answer
    whole = fold_texts(cumulative.pieces()).answer

    assert parts[-1] == whole
    assert answer == whole or plan.outcome == "cut"
    assert len(answer) > 80


@pytest.mark.parametrize("kind", ["steady", "split"])
def test_time_scale_stretches_the_schedule(kind: str) -> None:
    whole, tenth = plan_of(kind), plan_of(kind, scale=0.1)

    assert body_of(tenth).count(b"\n") == body_of(whole).count(b"\n")
    assert tenth.ends_at_s == pytest.approx(whole.ends_at_s / 10, rel=0.05)
    assert tenth.script.visible_s == pytest.approx(whole.script.visible_s / 10)


def test_bursts_put_several_events_into_one_write() -> None:
    plan = plan_of("bursty")

    assert plan.events() > 2 * len(plan.sends)


def test_split_cuts_inside_characters_and_line_ends() -> None:
    sends = plan_of("split").sends
    after = [first.data[-1:] + second.data[:1] for first, second in itertools.pairwise(sends)]

    assert b"\r\n" in after
    assert any(pair[1] & 0xC0 == 0x80 for pair in after if len(pair) == 2)


def test_padding_follows_json_only() -> None:
    lines = body_of(plan_of("padding")).split(b"\n")
    data = [line for line in lines if line.startswith(b"data: {")]

    assert all(line.endswith(b" ") for line in data)
    assert b"data: [DONE]" in lines
    assert len({len(line) - len(line.rstrip()) for line in data}) > 10


def test_pings_are_comments_and_no_events() -> None:
    plan = plan_of("pings")
    comments = [frame for frame in plan.frames if not frame.is_event]

    assert len(comments) > 10
    assert all(frame.data.startswith(b": ping") for frame in comments)
    assert plan.events() == len(plan.frames) - len(comments)


def test_reasoning_comes_before_the_answer() -> None:
    kinds = [piece.kind for piece in plan_of("reasoning").pieces()]

    assert kinds.index("answer") > len(kinds) - kinds[::-1].index("reasoning") - 1
    assert [p["marker"] for p in payloads(plan_of("reasoning")) if "marker" in p] == [
        "cot_token",
        "user_visible_token",
        "final_channel_token",
        "last_token",
    ]


def test_tools_stay_out_of_the_answer() -> None:
    texts = fold_texts(plan_of("tools").pieces())
    bodies = payloads(plan_of("tools"))
    channels = [body["c"] for body in bodies if "c" in body]

    assert texts.commentary
    assert texts.commentary not in texts.answer
    assert channels != sorted(channels)  # an earlier message changes during the answer


def test_revise_takes_text_back() -> None:
    plan = plan_of("revise")
    operations = {
        part["o"]
        for body in payloads(plan)
        for part in [body, *(body["v"] if body.get("o") == "patch" else [])]
        if "o" in part
    }

    assert operations == {"add", "append", "patch", "truncate", "replace", "remove"}
    assert "【" not in fold_texts(plan.pieces()).answer
    assert "【" in body_of(plan).decode()


def test_long_has_thousands_of_events() -> None:
    assert plan_of("long").events() > 2000
    assert len(body_of(plan_of("long", "cumulative"))) < 5_000_000


def test_the_closing_patch_holds_the_last_words() -> None:
    plan = plan_of("steady")
    closing = next(body for body in payloads(plan) if body.get("o") == "patch")

    assert fold_texts(plan.pieces()).answer.endswith(closing["v"][0]["v"])
    assert closing["v"][1]["v"] == "finished_successfully"


def test_the_service_tells_its_own_first_token_time() -> None:
    plan = plan_of("steady", scale=0.5)
    (told,) = [body for body in payloads(plan) if body.get("type") == "server_ste_metadata"]

    assert told["metadata"]["server_ttfvt_ms"] == round(plan.script.visible_s * 1000, 3)


@every_form
def test_stopping_closes_the_answer_where_it_is(form: Form) -> None:
    plan = plan_of("steady", form)
    closing = b"".join(frame.data for frame in stopping_frames(plan, 60))

    assert b"finished_partial_completion" in closing
    assert closing.endswith(b"data: [DONE]\n\n")


def test_stopping_names_what_the_delta_before_does_not_carry() -> None:
    """Its patch is encoded as the successor of what was sent, not as a first delta."""
    plan = plan_of("steady")
    closing = stopping_frames(plan, 60)[0].data

    assert closing.startswith(b'event: delta\ndata: {"p":"","o":"patch","v":[')
    assert b'"c"' not in closing


def test_stopping_before_the_first_frame_still_names_the_encoding() -> None:
    assert stopping_frames(plan_of("steady"), 0)[0].data.startswith(b"event: delta_encoding\n")


@every_form
def test_a_failure_is_the_last_event_after_what_was_sent(form: Form) -> None:
    (last,) = failing_frames(plan_of("steady", form), 60, Failure("Over.", "auth", "expired"))

    assert b'"Over."' in last.data
    assert (b'"code":"expired"' in last.data) == (form == "delta_v1")


def continued(form: Form, offset: int, elapsed_s: float = 0.0) -> Plan:
    plan = continue_plan(plan_of("handoff", form), offset, elapsed_s)
    assert plan is not None
    return plan


@every_form
def test_a_handoff_comes_before_any_text(form: Form) -> None:
    head = plan_of("handoff", form)

    assert head.outcome == "handoff"
    assert fold_texts(head.pieces()).answer == ""
    assert [p["type"] for p in payloads(head) if "options" in p] == ["stream_handoff"]
    assert body_of(head).endswith(b"data: [DONE]\n\n")


@every_form
def test_both_streams_of_a_turn_hold_it_all(form: Form) -> None:
    head, whole = plan_of("handoff", form), continued(form, 0)
    rest = continued(form, head.events() - 1)
    named = 1 if form == "delta_v1" else 0

    assert head.events() - 2 + rest.events() - named == whole.events()
    assert fold_texts(rest.pieces()) == fold_texts(whole.pieces())
    assert len(fold_texts(rest.pieces()).answer) > 80
    assert [f.data for f in rest.frames[named + 1 :]] == [
        f.data for f in whole.frames[-len(rest.frames) + named + 1 :]
    ]


def test_the_handoff_itself_is_an_event_that_one_has() -> None:
    count = plan_of("handoff").events() - 1  # [DONE] is none

    assert continued("delta_v1", count).frames == continued("delta_v1", count - 1).frames
    assert continued("delta_v1", count + 1).frames != continued("delta_v1", count).frames


@every_form
def test_a_turn_has_no_more_events_than_it_has(form: Form) -> None:
    head = plan_of("handoff", form)
    total = continued(form, 0).events()  # the handoff is one more, [DONE] one less

    assert body_of(continued(form, total)).endswith(b"data: [DONE]\n\n")
    assert continue_plan(head, total + 1, 0.0) is None


def test_what_is_due_shares_the_first_write() -> None:
    whole = continued("delta_v1", 0)
    middle = whole.ends_at_s / 2
    late = continued("delta_v1", 0, middle)

    assert late.sends[0].at_s == middle
    assert late.sends[0].frames == sum(frame.at_s <= middle for frame in whole.frames)
    assert late.sends[1:] == tuple(send for send in whole.sends if send.at_s > middle)


def test_stopping_a_resumed_stream_at_once_leaves_nothing_out() -> None:
    plan = continued("delta_v1", 40)
    first, closing, *_ = stopping_frames(plan, 0)
    later = stopping_frames(plan, 5)[0]

    assert first.data.startswith(b"event: delta_encoding\n")
    assert b'"c":' in closing.data
    assert b'"c":' not in later.data


@pytest.mark.parametrize(
    ("line_end", "block"),
    [
        (b"\n", b"event: delta\ndata: {}\n\n"),
        (b"\r\n", b"event: delta\r\ndata: {}\r\n\r\n"),
        (b"\r", b"event: delta\rdata: {}\r\r"),
    ],
)
def test_a_block_is_its_field_lines_and_a_blank_line(line_end: bytes, block: bytes) -> None:
    assert frame_payload(Payload("{}", event="delta"), line_end) == block


def test_pieces_fold_by_kind_and_revision() -> None:
    texts = fold_texts(
        [
            Piece("answer", "Hello "),
            Piece("reasoning", "hm"),
            Piece("answer", "wörld"),
            Piece("answer", "there", keep=6),
        ]
    )

    assert (texts.answer, texts.reasoning, texts.title) == ("Hello there", "hm", "")
