"""What a ChatGPT stream says beside the texts of its messages, and the turn it adds up to."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from analyzer.dialects.message_facts import describe, plain
from analyzer.dialects.message_text import MessageText
from analyzer.dialects.surrogates import whole
from analyzer.dialects.text_times import TextTimes
from analyzer.model import (
    Delta,
    Ending,
    Marker,
    Replayed,
    StreamedMessage,
    TextKind,
    Turn,
    TurnStatus,
    WireEvent,
)

MARKER_LIMIT = 1000
"""Most markers that are kept of one stream."""

LONGEST_MS = 1e12
"""Some thirty years: what a service states beyond is no wait."""

REPLAY_LIMIT = 10_000
"""Most texts told again that are looked at."""

type _Replay = tuple[int, TextKind, str]
"""Before which text it stands, its kind, and the message that it is of."""

_FINISHED = "finished_successfully"
_INTERRUPTED = "finished_partial_completion"


class TurnNotes:
    """Collects while the stream runs; `turn` may be asked for at any moment."""

    def __init__(self) -> None:
        self.done = False
        self.completed = False
        self.handed_off = False
        self.topics: tuple[str, ...] = ()
        self.is_replay = False
        self.error = ""
        self.title = ""
        self.conversation_id = ""
        self.server_ttft_ms: float | None = None
        self._model = ""
        self._markers: list[Marker] = []
        self._texts = TextTimes()
        self._tool_times: dict[str, tuple[int, int]] = {}
        self._replayed: list[_Replay] = []

    def begin_again(self) -> None:
        """Forget moments and endings, as another stream goes on with the turn."""
        self.done = self.completed = self.handed_off = False
        self.error = ""
        self.server_ttft_ms = None
        self._markers.clear()
        self._texts = TextTimes()
        self._tool_times.clear()

    def mark(self, name: str, event: WireEvent) -> None:
        if len(self._markers) < MARKER_LIMIT and not self.is_replay:
            self._markers.append(Marker(whole(name)[0], event.seq, event.at_ns))

    def take_metadata(self, metadata: Any) -> None:
        """What the service tells of the turn at its end."""
        if not isinstance(metadata, dict):
            return
        waited_ms = metadata.get("server_ttfvt_ms")
        if isinstance(waited_ms, int | float) and not isinstance(waited_ms, bool):
            self.server_ttft_ms = float(waited_ms) if 0 <= waited_ms < LONGEST_MS else None
        if isinstance(model := metadata.get("model_slug"), str):
            self._model = model

    def take_error(self, error: Any) -> None:
        """Keep the first error that says something: a text, or an object around one."""
        if isinstance(error, dict):
            texts = [error.get(key) for key in ("message", "detail", "code", "type")]
            error = next((text for text in texts if isinstance(text, str) and text), "error")
        if error and not self.error:
            self.error = error if isinstance(error, str) else "error"

    def take_texts(self, deltas: Sequence[Delta]) -> None:
        """Note when deltas of one message and kind came, if they are text that a user waits for."""
        if not (deltas := [delta for delta in deltas if delta.text]):
            return
        kind, name = deltas[0].kind, deltas[0].message_id
        if self.is_replay:
            room = REPLAY_LIMIT - len(self._replayed)
            self._replayed += [(len(self._texts), kind, name)] * min(len(deltas), room)
        elif kind in ("answer", "reasoning"):
            self._texts.add(deltas, kind, name)
        elif kind == "tool":
            first_ns, _ = self._tool_times.get(name, (deltas[0].at_ns, 0))
            self._tool_times[name] = (first_ns, deltas[-1].at_ns)

    def turn(
        self, dialect: str, exchange: int, ended: Ending, messages: Collection[MessageText]
    ) -> Turn:
        answers = [message for message in messages if message.kind == "answer"]
        return Turn(
            exchange=exchange,
            dialect=dialect,
            status=self._status(ended, answers, messages),
            texts=self._texts.arrivals(),
            answer="".join(message.text for message in answers),
            reasoning="".join(each.text for each in messages if each.kind == "reasoning"),
            title=self.title,
            error=self.error,
            conversation_id=self.conversation_id,
            message_id=answers[-1].message_id if answers else "",
            model=self._model or _model_of(messages),
            markers=tuple(self._markers),
            server_ttft_ms=self.server_ttft_ms,
            messages=tuple(self._described(messages)),
            replayed=self._replays(),
        )

    def _replays(self) -> Replayed | None:
        """Where in the turn's text stands what was told again."""
        places = [(at, kind) for at, kind, _ in self._replayed if kind in ("answer", "reasoning")]
        if not places:
            return None
        kinds = self._texts.kinds
        answered = kinds.index("answer") if "answer" in kinds else len(kinds)
        return Replayed(
            first=any(at == 0 for at, _ in places),
            first_answer=any(at <= answered for at, kind in places if kind == "answer"),
            amid=any(0 < at < len(kinds) for at, _ in places),
            last=any(at == len(kinds) for at, _ in places),
        )

    def _described(self, messages: Collection[MessageText]) -> Iterator[StreamedMessage]:
        again = {name for _, _, name in self._replayed}
        told = {name: span for name, span in self._texts.spans.items() if name not in again}
        for each in messages:
            name = each.message_id
            begun_ns, ended_ns = self._tool_times.get(name) or told.get(name) or (None, None)
            # What no delta told of is read from the message as it was left.
            text = plain(each.text) if each.kind else None
            yield describe(each.message, text, first_ns=begun_ns, last_ns=ended_ns)

    def _status(
        self, ended: Ending, answers: list[MessageText], messages: Collection[MessageText]
    ) -> TurnStatus:
        """What the service said counts before how the stream ended: a client may leave early.

        Reasoning may be cut short for an answer that is whole; without one, the user stopped it.
        """
        if self.error:
            return "error"
        finished = bool(answers) and _is_finished(answers[-1].message)
        decisive = answers if finished else [each for each in messages if each.kind]
        if any(_was_interrupted(each.message) for each in decisive):
            return "stopped"
        if self.handed_off and not finished:
            return "handoff"
        if self.done or self.completed or finished:
            return "complete"
        if ended == "unfinished":
            return "unfinished"
        return "stopped" if ended == "client_abort" else "cut"


def _is_finished(message: dict[str, Any]) -> bool:
    return message.get("status") == _FINISHED and message.get("end_turn") is True


def _was_interrupted(message: dict[str, Any]) -> bool:
    metadata = message.get("metadata")
    details = metadata.get("finish_details") if isinstance(metadata, dict) else None
    kind = details.get("type") if isinstance(details, dict) else None
    return message.get("status") == _INTERRUPTED or kind == "interrupted"


def _model_of(messages: Collection[MessageText]) -> str:
    """The model that the last message to name one names."""
    for each in reversed(list(messages)):
        metadata = each.message.get("metadata")
        if isinstance(metadata, dict) and isinstance(slug := metadata.get("model_slug"), str):
            return slug
    return ""
