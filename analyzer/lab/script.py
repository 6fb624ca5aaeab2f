"""A seeded script: which moves a stream makes, and when.

No clock and no I/O: the same kind, seed and cast give the same steps.
"""

import random
from dataclasses import dataclass

from analyzer.lab import messages, schedule, texts
from analyzer.lab.kinds import Kind
from analyzer.lab.moves import Done, Failure, Op, Open, Piece, Step
from analyzer.lab.writer import PART, Cast, Writer

ERROR_TEXT = "Something went wrong while generating the response. Please try again."
_ERROR_AFTER = 0.45  # share of the words that come before an error
_HANDOFF_S = 0.01  # from the last event before a handoff to it
_TITLE_AFTER = 12  # words of the answer before its conversation gets a title


@dataclass(frozen=True, slots=True)
class Script:
    """Steps in the order of their times; ``visible_s`` is the first visible text's.

    ``handoff`` is the number of steps before the turn is handed off, if it is.
    """

    kind: Kind
    steps: tuple[Step, ...]
    visible_s: float
    handoff: int | None = None


def write_script(
    kind: Kind, seed: int, cast: Cast, *, stride: int = 1, time_scale: float = 1.0
) -> Script:
    """Return the steps of one stream, from first to last; ``stride`` is words a step."""
    rng = random.Random(f"{kind.name}/{seed}")  # noqa: S311 - a script is no secret
    writer = Writer(kind, cast, rng, stride, time_scale)
    _begin(writer)
    handoff = len(writer.steps) if kind.hands_off else None
    writer.wait(schedule.first_text_s(writer.rng))
    if kind.story == "reasoning":
        _think(writer)
    elif kind.story == "tools":
        _use_tool(writer)
    if kind.story == "revise":
        _answer_revised(writer)
    else:
        _answer(writer)
    if kind.tail != "error":
        _complete(writer)
    writer.add(Done())
    return Script(kind, tuple(writer.steps), writer.visible_s, handoff)


def _begin(writer: Writer) -> None:
    """The credential to resume with, and echoes of the system's and the user's messages."""
    cast = writer.cast
    user = messages.user_message(cast.user_message_id, cast.prompt, cast.now_s)
    writer.wait(writer.rng.uniform(0.02, 0.06))
    writer.note("resume_conversation_token", token=cast.resume_credential)
    writer.wait(writer.rng.uniform(0.01, 0.03))
    writer.open(messages.system_message(cast.new_id(), cast.now_s))
    writer.open(user)
    writer.note("input_message", input_message=user)


def _think(writer: Writer) -> None:
    cast = writer.cast
    channel = writer.open(messages.thoughts_message(cast.new_id(), _now(writer), cast.model))
    writer.mark("cot_token")
    for index, (summary, content) in enumerate(texts.write_thoughts(writer.rng, 3)):
        thought = {"summary": summary, "content": "", "chunks": [], "finished": False}
        path = f"/message/content/thoughts/{index}"
        op = Op("append", "/message/content/thoughts", [thought])
        writer.change(channel, op, pieces=(Piece("reasoning", summary),))
        writer.wait(writer.rng.uniform(0.1, 0.3))
        writer.say(channel, texts.cut_pieces(content), "reasoning", f"{path}/content")
        writer.change(channel, Op("replace", f"{path}/finished", True))
    status = {"reasoning_status": "reasoning_ended"}
    writer.change(
        channel,
        Op("replace", "/message/status", "finished_successfully"),
        Op("append", "/message/metadata", status),
    )
    writer.open(messages.recap_message(cast.new_id(), _now(writer), cast.model))
    writer.wait(writer.rng.uniform(0.15, 0.4))


def _use_tool(writer: Writer) -> None:
    """Commentary, a call and its result: three messages that are not the answer."""
    cast, rng = writer.cast, writer.rng
    remark = messages.assistant_message(
        cast.new_id(),
        _now(writer),
        cast.model,
        parent_id=cast.user_message_id,
        channel="commentary",
    )
    channel = writer.open(remark)
    words = texts.cut_pieces(texts.write_commentary(rng))
    writer.say(channel, words[:-1], "commentary")
    writer.finish(channel, "commentary", words[-1], ends_turn=False)
    call = writer.open(messages.tool_call(cast.new_id(), _now(writer), cast.model, "web.run"))
    for fragment in ('{"search_query": ', '[{"q": "stream ', 'latency \\"p99\\""}]', "}"):
        writer.change(call, Op("append", "/message/content/text", fragment))
        writer.wait(rng.uniform(0.02, 0.05))
    writer.change(call, Op("replace", "/message/status", "finished_successfully"))
    result = messages.tool_result(cast.new_id(), _now(writer), "web.run", "Searching…")
    tool = writer.open(result)
    writer.wait(rng.uniform(0.3, 0.7))
    groups = {"search_result_groups": [{"domain": "example.org", "entries": []}]}
    writer.change(
        tool,
        Op("replace", PART, "3 results for “stream latency”"),
        Op("replace", "/message/status", "finished_successfully"),
        Op("append", "/message/metadata", groups),
    )
    writer.wait(rng.uniform(0.1, 0.3))


def _start_answer(writer: Writer) -> int:
    cast = writer.cast
    answer = messages.assistant_message(
        cast.answer_id,
        _now(writer),
        cast.model,
        parent_id=cast.user_message_id,
        message_type="variant" if cast.action == "variant" else "next",
    )
    channel = writer.open(answer)
    writer.mark("user_visible_token")
    writer.mark("final_channel_token")
    writer.visible_s = writer.at_s
    return channel


def _answer(writer: Writer) -> None:
    kind = writer.kind
    words = texts.cut_pieces(texts.write_answer(writer.rng, kind.paragraphs))
    channel = _start_answer(writer)
    writer.say(channel, words[:_TITLE_AFTER], "answer")
    if kind.titled:
        title = texts.write_title(writer.rng)
        writer.note("title_generation", Piece("title", title), title=title)
    if kind.story == "tools":  # an earlier message changes between two words of the answer
        entry = {"url": "https://example.org/p99", "title": "Latency at the edge"}
        path = "/message/metadata/search_result_groups/0/entries"
        writer.change(channel - 1, Op("append", path, [entry]))
    if kind.tail == "error":
        writer.say(channel, words[_TITLE_AFTER : int(len(words) * _ERROR_AFTER)], "answer")
        writer.add(Failure(ERROR_TEXT))
        return
    writer.say(channel, words[_TITLE_AFTER:-2], "answer")
    writer.finish(channel, "answer", "".join(words[-2:]), ends_turn=True)


def _answer_revised(writer: Writer) -> None:
    """Words are taken back twice, a list grows, an object loses a key.

    Only text of the Basic Multilingual Plane stands before a truncation, so
    that its length is the same in code points and in UTF-16 units.
    """
    words = texts.cut_pieces(texts.write_answer(writer.rng, writer.kind.paragraphs))
    channel = _start_answer(writer)
    writer.change(channel, Op("add", "/message/metadata/citations", []))
    writer.change(channel, Op("add", "/message/metadata/pending~1draft", True))
    writer.say(channel, words[:20], "answer")
    start = "".join(words[:20])
    writer.say(channel, ["【4", "†", "source", "】"], "answer")
    writer.change(
        channel,
        Op("truncate", PART, len(start)),
        Op("append", PART, " (see below)"),
        Op("append", "/message/metadata/citations", [{"start_ix": len(start), "url": "lab:4"}]),
        pieces=(Piece("answer", " (see below)", keep=len(start)),),
    )
    writer.wait(0.2)
    writer.change(channel, Op("replace", PART, start), pieces=(Piece("answer", start, keep=0),))
    writer.change(channel, Op("remove", "/message/metadata/pending~1draft"))
    writer.say(channel, words[20:-2], "answer")
    writer.finish(channel, "answer", "".join(words[-2:]), ends_turn=True)


def _complete(writer: Writer) -> None:
    """What a service says after the last word."""
    cast = writer.cast
    metadata = {
        "model_slug": cast.model,
        "message_id": cast.answer_id,
        "request_id": cast.request_id,
        "tool_invoked": writer.kind.story == "tools",
        "server_ttfvt_ms": round(writer.visible_s * 1000, 3),
    }
    writer.mark("last_token", "last")
    writer.note("server_ste_metadata", metadata=metadata)
    writer.wait(writer.rng.uniform(0.02, 0.08))
    writer.note("message_stream_complete")
    writer.note("conversation_detail_metadata", banner_info=None, blocked_features=[])


def handoff_steps(script: Script, cast: Cast) -> tuple[Step, ...]:
    """Return what the first stream of a turn that is handed off holds."""
    begun = script.steps[: script.handoff]
    closing = Writer(script.kind, cast, random.Random(0), at_s=begun[-1].at_s + _HANDOFF_S)  # noqa: S311 - never drawn from
    closing.note("stream_handoff", options=[{"type": "resume_sse_endpoint"}])
    closing.add(Done())
    return (*begun, *closing.steps)


def stopping_steps(script: Script, done: int, cast: Cast) -> tuple[Step, ...]:
    """Return the moves that close a stream properly when the user stopped it after ``done`` steps.

    The last message of the assistant that was opened is closed as interrupted.
    """
    opened = [step.move for step in script.steps[:done] if isinstance(step.move, Open)]
    closing = Writer(script.kind, cast, random.Random(0))  # noqa: S311 - never drawn from
    if opened and opened[-1].message["author"]["role"] == "assistant":
        details = {"finish_details": {"type": "interrupted", "reason": "client_stopped"}}
        closing.change(
            opened[-1].channel,
            Op("replace", "/message/status", "finished_partial_completion"),
            Op("replace", "/message/end_turn", True),
            Op("append", "/message/metadata", details | {"is_complete": True}),
        )
    closing.note("message_stream_complete")
    closing.add(Done())
    return tuple(closing.steps)


def _now(writer: Writer) -> float:
    return writer.cast.now_s + writer.at_s
