"""ChatGPT's web client: the event stream that answers ``POST …/conversation``.

Both forms: the cumulative one, in which every event repeats the whole message,
and delta encoding v1. Not a documented contract; what is known of it stands in
the wire-format notes. Unknown events are passed over, malformed ones are
problems, nothing raises.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import msgspec
from msgspec import UNSET

from analyzer.dialects.json_delta import Fault, Operation, Path, Trees
from analyzer.dialects.message_text import MessageText, Said
from analyzer.dialects.messages import decides_text, kind_of, leaf_of
from analyzer.dialects.surrogates import decode_again, whole
from analyzer.dialects.topics import topics_in
from analyzer.dialects.turn_notes import TurnNotes
from analyzer.model import Delta, Ending, Problem, Turn, WireEvent
from analyzer.wire.problems import ProblemLog

MESSAGE_LIMIT = 10_000
"""Most messages of one stream; of more, no text is told."""

SIZE_LIMIT = 256 * 1024 * 1024
"""Most characters of payloads that a turn is built from."""

WEBSOCKET = "websocket/first"
"""Marks when the first piece of a turn came by WebSocket; no service calls a marker so."""

_WHOLE = "whole messages"  # stands for a tree's channel in the cumulative form


class _Payload(Operation, frozen=True):
    """An unnamed event: a note with a type, a message, an error, or an operation."""

    type: Any = None
    message: Any = None
    error: Any = None
    detail: Any = None
    conversation_id: Any = None
    title: Any = None
    marker: Any = None
    event: Any = None
    metadata: Any = None
    moderation_response: Any = None
    options: Any = None
    input_message: Any = None


class _Append(Operation, frozen=True):
    """An operation that brings text."""

    v: str


_operations = msgspec.json.Decoder(Operation)
_appends = msgspec.json.Decoder(_Append)
_payloads = msgspec.json.Decoder(_Payload)


class ChatGPTWeb:
    """One turn: all messages of the assistant that its stream brings."""

    name = "chatgpt_web"
    hands_off = True

    def __init__(self) -> None:
        self._problems = ProblemLog("event stream")
        self._notes = TurnNotes()
        self._trees = Trees()
        self._understood = True
        self._size = 0
        # In the order in which they came; and the one that each tree holds now.
        self._messages: dict[str, MessageText] = {}
        self._current: dict[int | str, MessageText] = {}

    def feed(self, event: WireEvent) -> list[Delta]:
        """Return the text that this event brought."""
        self._size += len(event.data)
        if self._size > SIZE_LIMIT:
            detail = f"the payloads exceed {SIZE_LIMIT} characters; the rest was not read"
            self._problems.add("turn_too_large", detail, event.offset)
            return []
        if event.type == "delta":
            said = self._take_delta(event)
        elif event.type == "delta_encoding":
            said = self._take_encoding(event)
        elif event.data.rstrip() == "[DONE]":
            self._notes.done = True
            said = []
        else:
            said = self._take_payload(event)
        return [self._delta(event, each) for each in said]

    def feed_all(self, events: Sequence[WireEvent]) -> list[Delta]:
        """Return the text that these events brought, as one `feed` for each would."""
        deltas: list[Delta] = []
        done = 0
        while done < len(events):
            if growth := self._take_growth(events, done):
                deltas += growth
                done += len(growth)
            else:
                deltas += self.feed(events[done])
                done += 1
        return deltas

    def _take_growth(self, events: Sequence[WireEvent], start: int) -> list[Delta]:
        """Take events that do nothing but append text where the one before did.

        Most events of most streams do, and cost a third this way. Whatever else they may be,
        even just odd, is left for `feed`. Return their deltas, one for each.
        """
        growing = self._trees.growing
        current = self._current.get(growing.channel) if growing else None
        if not (growing and current and current.grows_at(leaf_of(growing.path))):
            return []
        kind, name = current.kind, current.message_id
        if kind is None or not self._understood:
            return []
        decode, is_there, size = _appends.decode, growing.is_at, self._size
        deltas: list[Delta] = []
        for event in islice(events, start, None):
            size += len(event.data)
            if event.type != "delta" or size > SIZE_LIMIT:
                break
            try:
                operation = decode(event.data)
            except (msgspec.DecodeError, RecursionError):
                break
            text = operation.v
            if not text or not is_there(operation):
                break
            self._size = size
            deltas.append(Delta(event.seq, event.at_ns, event.read, kind, text, name))
        texts = [delta.text for delta in deltas]
        growing.rope.extend(texts)
        current.grow(texts)
        self._notes.take_texts(deltas)
        return deltas

    def resume(self, heard: Iterable[WireEvent], conversation_id: str, /) -> None:
        """Go on where an earlier stream of this conversation was left.

        The messages and trees that its events made are known then; their times, marks and
        problems are the earlier stream's.
        """
        for event in heard:
            self.feed(event)
        self._notes.conversation_id = conversation_id
        self._notes.begin_again()
        self._problems = ProblemLog("event stream")

    def turn(self, exchange: int, ended: Ending) -> Turn:
        """Return what the stream came to."""
        return self._notes.turn(self.name, exchange, ended, self._messages.values())

    def handed_off(self) -> str:
        return self._notes.conversation_id if self._notes.handed_off else ""

    def topics(self) -> tuple[str, ...]:
        return self._notes.topics if self._notes.handed_off else ()

    def go_on(self, event: WireEvent, /) -> None:
        """This event, still to be fed, is the first of the rest on such a topic."""
        self._notes.handed_off = self._notes.done = False
        self._notes.mark(WEBSOCKET, event)

    def end(self) -> None:
        """The topic says that the turn is over."""
        self._notes.done = True

    def replay(self, event: WireEvent, /) -> None:
        """Take an event that is told again: what it says counts, but not when."""
        self._notes.is_replay = True
        self.feed(event)
        self._notes.is_replay = False

    def problems(self) -> list[Problem]:
        return self._problems.found()

    def _delta(self, event: WireEvent, said: Said) -> Delta:
        delta = Delta(
            event.seq, event.at_ns, event.read, said.kind, said.text, said.message_id, said.revised
        )
        self._notes.take_texts((delta,))
        return delta

    def _take_encoding(self, event: WireEvent) -> list[Said]:
        self._understood = event.data.rstrip() == '"v1"'
        if not self._understood:
            detail = f"the delta encoding {event.data[:40]} is not v1; its deltas were not read"
            self._problems.add("unknown_encoding", detail, event.offset)
        return []

    def _take_delta(self, event: WireEvent) -> list[Said]:
        if not self._understood:
            return []
        try:
            operation = _operations.decode(event.data)
        except (msgspec.DecodeError, RecursionError) as error:
            again = self._decode_again(_operations, event, error)
            if again is None:
                return []
            operation = again
        return self._apply(operation, event)

    def _take_payload(self, event: WireEvent) -> list[Said]:
        try:
            payload = _payloads.decode(event.data)
        except (msgspec.DecodeError, RecursionError) as error:
            again = self._decode_again(_payloads, event, error)
            if again is None:
                return []
            payload = again
        if isinstance(payload.conversation_id, str):
            self._notes.conversation_id = payload.conversation_id
        said: list[Said] = []
        if payload.type is not None or event.type == "error":
            said = self._take_note(payload, event)
        elif isinstance(payload.message, dict):
            said = self._see(_WHOLE, payload.message)
        elif payload.v is not UNSET and self._understood:
            said = self._apply(payload, event)
        self._notes.take_error(payload.error or payload.detail)
        return said

    def _decode_again[T](
        self, decoder: msgspec.json.Decoder[T], event: WireEvent, error: Exception
    ) -> T | None:
        """Decode what was refused if half a character was why; else note the problem."""
        if not isinstance(error, msgspec.ValidationError | RecursionError):
            try:
                if (found := decode_again(decoder, event.data)) is not None:
                    return found
            except msgspec.ValidationError as invalid:
                error = invalid
            except (ValueError, RecursionError):
                pass  # no JSON for the other decoder either: the first error says where
        is_json = isinstance(error, msgspec.ValidationError)
        code = "unexpected_payload" if is_json else "bad_json"
        self._problems.add(code, f"an event's data could not be read: {error}", event.offset)
        return None

    def _take_note(self, payload: _Payload, event: WireEvent) -> list[Said]:
        """Take an event beside the messages; types that say nothing of the turn pass."""
        notes = self._notes
        match payload.type:
            case "message_marker":
                notes.mark(f"{payload.marker}/{payload.event}", event)
            case "title_generation" if isinstance(payload.title, str):
                revised = bool(notes.title)
                notes.title, _ = whole(payload.title)
                return [Said("", "title", notes.title, revised)]
            case "server_ste_metadata":
                notes.take_metadata(payload.metadata)
            case "input_message" if isinstance(payload.input_message, dict):
                self._take_input(payload.input_message)
            case "message_stream_complete":
                notes.completed = True
            case "stream_handoff":
                notes.handed_off = True
                notes.topics = topics_in(payload.options)
            case "moderation" | "url_moderation":
                found = payload.moderation_response
                is_blocked = isinstance(found, dict) and found.get("blocked") is True
                notes.mark(f"{payload.type}/blocked" if is_blocked else payload.type, event)
        if payload.type == "error" or event.type == "error":
            notes.take_error(payload.error or payload.message or payload.detail or "error")
        return []

    def _take_input(self, message: dict[str, Any]) -> None:
        """The asker's message as the service took it; no text of the turn."""
        known = message.get("id")
        if (
            isinstance(known, str)
            and known not in self._messages
            and len(self._messages) < MESSAGE_LIMIT
            and kind_of(message) is None
        ):
            self._messages[known] = MessageText(known)
            self._messages[known].message = message

    def _apply(self, operation: Operation, event: WireEvent) -> list[Said]:
        said: list[Said] = []
        for result in self._trees.apply(operation):
            if isinstance(result, Fault):
                self._problems.add(result.code, result.detail, event.offset)
                continue
            current = self._current.get(result.channel)
            leaf = leaf_of(result.path) if current and result.appended is not None else None
            if current and leaf and result.appended is not None:
                said += current.append(leaf, result.appended)
            else:
                said += self._look(result.channel, result.path)
        return said

    def _look(self, channel: int | str, path: Path) -> list[Said]:
        """Look at a tree that has changed at this path in another way than by text's growing."""
        root = self._trees.root(channel)
        if not isinstance(root, dict):
            self._current.pop(channel, None)
            return []
        if path[:1] in ((), ("error",)):
            self._notes.take_error(root.get("error"))
        if path[:1] in ((), ("conversation_id",)) and isinstance(
            known := root.get("conversation_id"), str
        ):
            self._notes.conversation_id = known
        message = root.get("message")
        return (
            self._see(channel, message) if decides_text(path) and isinstance(message, dict) else []
        )

    def _see(self, channel: int | str, message: dict[str, Any]) -> list[Said]:
        current = self._current.get(channel)
        known = message.get("id")
        message_id = known if isinstance(known, str) else ""
        if current is None or not (current.message is message or current.message_id == message_id):
            key = message_id or f"of channel {channel}"
            if key not in self._messages and len(self._messages) >= MESSAGE_LIMIT:
                detail = f"more than {MESSAGE_LIMIT} messages; the text of the rest was not read"
                self._problems.add("too_many_messages", detail)
                self._current.pop(channel, None)
                return []
            current = self._messages.setdefault(key, MessageText(message_id))
            self._current[channel] = current
        return current.see(message)
