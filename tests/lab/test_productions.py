"""Turns that were handed off, as the service keeps them."""

import asyncio

from analyzer.lab.kinds import KINDS
from analyzer.lab.moves import Texts
from analyzer.lab.plan import Plan, make_plan
from analyzer.lab.productions import Production, Productions
from analyzer.lab.streams import MAX_STREAMS
from analyzer.lab.truth import How, StreamLine
from analyzer.lab.writer import Cast


def make_head(conversation_id: str) -> Plan:
    cast = Cast(
        conversation_id=conversation_id,
        request_id="request",
        user_message_id="user",
        answer_id="answer",
        prompt="Why?",
        model="lab-1",
        now_s=1_700_000_000.0,
        resume_credential="secret",
        new_id=lambda: "id",
    )
    return make_plan(KINDS["handoff"], "delta_v1", 3, cast)


class Kept:
    """Where a production stores its answer."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, How, str]] = []

    async def __call__(self, texts: Texts, how: How, reader_id: str) -> None:
        self.answers.append((texts.answer, how, reader_id))


def make_production(kept: Kept, elapsed_s: float, conversation_id: str = "conv") -> Production:
    """A turn that began so long ago; call it from within a loop."""
    begun = StreamLine(
        mono_ns=0, wall_ns=0, stream="first", path="", protocol="h2", form="delta_v1",
        kind="handoff", seed=3, encoding="none", time_scale=1.0, model="lab-1",
        conversation_id=conversation_id, user_message_id="user", message_id="answer", answer="",
        reasoning="", commentary="", title="", outcome="handoff", server_ttft_ms=1.0, events=1,
        size=1,
    )  # fmt: skip
    started_s = asyncio.get_running_loop().time() - elapsed_s
    return Production(begun, make_head(conversation_id), started_s, kept)


def test_an_answer_is_stored_once_by_whoever_is_first() -> None:
    kept = Kept()

    async def end_twice() -> None:
        production = make_production(kept, elapsed_s=1_000.0)
        production.reader_id = "second"
        await asyncio.gather(production.finish(), production.end("complete"), production.stop())

    asyncio.run(end_twice())

    assert [(how, reader) for _, how, reader in kept.answers] == [("complete", "second")]
    assert len(kept.answers[0][0]) > 80


def test_a_turn_is_stopped_where_it_is() -> None:
    kept = Kept()

    async def stop() -> tuple[bool, bool]:
        production = make_production(kept, elapsed_s=2.0)
        return await production.stop(), await production.stop()

    stopped = asyncio.run(stop())
    whole = make_head("conv").script
    ((answer, how, _),) = kept.answers

    assert stopped == (True, False)
    assert how == "stopped"
    assert 0 < len(answer) < sum(1 for step in whole.steps) * 8


def test_only_so_many_turns_can_be_resumed() -> None:
    async def fill() -> tuple[bool, bool, bool]:
        productions = Productions()
        for number in range(MAX_STREAMS + 1):
            productions.begin(make_production(Kept(), 0.0, f"conv-{number}"))
        full = productions.is_full()
        found = [productions.find(f"conv-{number}") is not None for number in (0, 1)]
        productions.shut_down()
        return full, found[0], found[1]

    assert asyncio.run(fill()) == (True, False, True)
