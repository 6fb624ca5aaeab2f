"""Records of chat turns that a test states by hand: who was asked what when, and what came."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
from making import ns

from analyzer.model import (
    AnyRecord,
    Body,
    ExchangeEnd,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
)

ASK = "/backend-api/conversation"


class Spoken(msgspec.Struct, frozen=True):
    """One turn: ``prompt`` is sent at ``at_ms``, ``answer`` is there 10 to 30 ms later.

    ``body`` replaces the request's body; a ``status`` from 400 on refuses it.
    """

    exchange: int
    who: str
    prompt: str
    answer: str
    at_ms: float
    status: int = 200
    connection: int | None = 1
    body: bytes | None = None
    path: str = ASK

    def records(self) -> Iterator[AnyRecord]:
        at = ns(self.at_ms)
        request = self._body()
        head = (("content-type", "text/event-stream"),)
        versions: dict[str, Any] = {"http_version": "HTTP/2.0"}
        yield RequestHead(
            self.exchange, at - 1, "POST", "https", "chat.example", self.path,
            connection=self.connection, **versions,
        )  # fmt: skip
        yield Body(self.exchange, at, "request", len(request), request)
        yield RequestEnd(self.exchange, at)
        streamed = self.status < 400
        yield ResponseHead(
            self.exchange, at + ns(5), self.status,
            headers=head if streamed else (), streamed=streamed, **versions,
        )  # fmt: skip
        if streamed:
            yield from self._reads(at)
        yield ExchangeEnd(self.exchange, at + ns(32), "complete")

    def _body(self) -> bytes:
        if self.body is not None:
            return self.body
        message = {
            "author": {"role": "user"},
            "content": {"content_type": "text", "parts": [self.prompt]},
        }
        return json.dumps({"action": "next", "messages": [message]}).encode()

    def _reads(self, at: int) -> Iterator[Reads]:
        half = len(self.answer) // 2
        for ms, text, status in ((10, self.answer[:half], "in_progress"), (30, self.answer, "")):
            message = {
                "id": f"m{self.exchange}",
                "author": {"role": "assistant"},
                "content": {"content_type": "text", "parts": [text]},
                "status": status or "finished_successfully",
                "end_turn": not status,
            }
            payload = json.dumps({"message": message, "conversation_id": self.who})
            data = f"data: {payload}\n\n".encode()
            yield Reads(self.exchange, (at + ns(ms),), (len(data),), data)


def spoken(*turns: Spoken) -> list[AnyRecord]:
    """The records of these turns, each turn's own in their order."""
    return [record for turn in turns for record in turn.records()]


def talk(*answers: str, every_ms: float = 40, first: str = "Begin.") -> list[Spoken]:
    """Alice and Bob take turns, a turn every 40 ms: 30 ms of it to the last text."""
    prompts = [first, *answers]
    return [
        Spoken(number + 1, ("alice", "bob")[number % 2], prompts[number], answer, number * every_ms)
        for number, answer in enumerate(answers)
    ]
