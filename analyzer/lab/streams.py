"""Running streams: each plays its plan by the clock, until its end or an interruption."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator

from starlette.types import Receive, Send

from analyzer.lab.credentials import Bearer
from analyzer.lab.moves import Failure, Outcome, Texts
from analyzer.lab.options import ContentCoding, StreamsAtExpiry
from analyzer.lab.plan import Frame, Plan, failing_frames, stopping_frames
from analyzer.lab.sender import Gone, Sender
from analyzer.lab.truth import CredentialLine, EndLine, How, Stamp, TruthLog
from analyzer.serving.peer import Peer

type Save = Callable[[Texts, How], Awaitable[None]]

MAX_STREAMS = 200
_EXPIRED = Failure(
    "Your authentication token has expired.", "invalid_request_error", "token_expired"
)
_TAIL: dict[str, How] = {"fin": "cut", "reset": "reset"}
_OUTCOMES: dict[How, Outcome] = {"stopped": "stopped", "expired": "error"}


class RunningStream:
    """One stream, from its response head to its end.

    ``save`` is called with the texts before the body ends, so that a client
    which read to the end finds them in the conversation. ``started_s`` is
    when its turn began, on the loop's clock; ``at_expiry`` what happens to it
    when its bearer ends.
    """

    def __init__(
        self,
        stream_id: str,
        plan: Plan,
        coding: ContentCoding,
        truth: TruthLog,
        save: Save,
        started_s: float,
        bearer: Bearer,
        at_expiry: StreamsAtExpiry,
    ) -> None:
        self.stream_id = stream_id
        self.plan = plan
        self._coding = coding
        self._truth = truth
        self._save = save
        self._started_s = started_s
        self._bearer = bearer
        self._at_expiry = at_expiry
        self._interrupted = asyncio.Event()
        self._interruption: How = "client_gone"

    def interrupt(self, how: How) -> None:
        """End the stream at the next chance; the first reason given counts."""
        if not self._interrupted.is_set():
            self._interruption = how
            self._interrupted.set()

    async def run(self, receive: Receive, send: Send, peer: Peer) -> None:
        """Send the whole response; return when it has ended in whatever way."""
        sender = Sender(self.stream_id, self.plan.frames, self._coding, self._truth, send, peer)
        watch = asyncio.create_task(self._watch(receive))
        with self._expiring():
            how = await self._play(sender)
        watch.cancel()
        await self._save(sender.texts(), how)
        with contextlib.suppress(Gone):  # it has everything but the end of the body
            await self._end(how, sender, peer)

    @contextlib.contextmanager
    def _expiring(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._bearer.expires_at_s - time.time(), self._expire)
        try:
            yield
        finally:
            timer.cancel()

    def _expire(self) -> None:
        """The credential that asked for the stream ends while it is open."""
        stamp = Stamp.now()
        self._truth.write(
            CredentialLine(
                mono_ns=stamp.mono_ns,
                wall_ns=stamp.wall_ns,
                what="expired_mid_stream",
                kind="access",
                id=self._bearer.jti,
                code=self._at_expiry,
                expires_at_s=self._bearer.expires_at_s,
                stream=self.stream_id,
            )
        )
        if self._at_expiry == "cut":
            self.interrupt("expired")

    def _headers(self) -> list[tuple[bytes, bytes]]:
        coding = [] if self._coding == "none" else [(b"content-encoding", self._coding.encode())]
        return [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-cache"),
            (b"vary", b"accept-encoding"),
            (b"x-request-id", self.stream_id.encode()),
            *coding,
        ]

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.interrupt("client_gone")

    async def _play(self, sender: Sender) -> How:
        """Send by absolute deadlines of the loop's clock, so that delays don't add up."""
        start = self._started_s
        try:
            await sender.begin(self._headers())
            for planned in self.plan.sends:
                if await self._wait_until(start + planned.at_s):
                    return await self._break_off(sender)
                await sender.write(planned.data)
        except Gone:
            return "client_gone"
        if await self._wait_until(start + self.plan.ends_at_s):
            return self._interruption
        return _TAIL.get(self.plan.kind.tail, "complete")

    async def _wait_until(self, deadline: float) -> bool:
        """Return whether the stream was interrupted before the deadline."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._interrupted.wait()
        except TimeoutError:
            return False
        return True

    async def _break_off(self, sender: Sender) -> How:
        """If somebody is there to read it, finish the half-sent event and say what happened."""
        if self._interruption in ("stopped", "expired"):
            if rest := sender.rest_of_frame():
                await sender.write(rest)
            closing = self._closing(sender.whole)
            sender.close_with(closing)
            await sender.write(b"".join(frame.data for frame in closing))
        return self._interruption

    def _closing(self, whole: int) -> list[Frame]:
        if self._interruption == "stopped":
            return stopping_frames(self.plan, whole)
        return failing_frames(self.plan, whole, _EXPIRED)

    async def _end(self, how: How, sender: Sender, peer: Peer) -> None:
        """End the body. Its line is in the log before: who sees the end finds it there."""
        if how == "reset":
            self._log_end(how, sender)
            await peer.reset()
        elif how == "client_gone":
            self._log_end(how, sender)
        else:
            await sender.write_trailer()
            self._log_end(how, sender)
            await sender.end()

    def _log_end(self, how: How, sender: Sender) -> None:
        texts = sender.texts()
        stamp = Stamp.now()
        self._truth.write(
            EndLine(
                mono_ns=stamp.mono_ns,
                wall_ns=stamp.wall_ns,
                stream=self.stream_id,
                how=how,
                outcome=self._outcome(how),
                answer=texts.answer,
                reasoning=texts.reasoning,
                commentary=texts.commentary,
                title=texts.title,
                events=sender.events(),
                size=sender.size,
                wire_size=sender.wire_size,
            )
        )

    def _outcome(self, how: How) -> Outcome:
        if how == "complete":
            return self.plan.outcome
        return _OUTCOMES.get(how, "cut")


class Streams:
    """The streams that are running, for those who want to stop one."""

    def __init__(self) -> None:
        self._running: dict[str, RunningStream] = {}

    def is_full(self) -> bool:
        return len(self._running) >= MAX_STREAMS

    async def run(self, stream: RunningStream, receive: Receive, send: Send, peer: Peer) -> None:
        self._running[stream.stream_id] = stream
        try:
            await stream.run(receive, send, peer)
        finally:
            del self._running[stream.stream_id]

    def stop(self, conversation_id: str) -> bool:
        """Stop every stream of a conversation; return whether there was one."""
        found = False
        for stream in self._running.values():
            if stream.plan.cast.conversation_id == conversation_id:
                stream.interrupt("stopped")
                found = True
        return found

    def shut_down(self) -> None:
        for stream in self._running.values():
            stream.interrupt("shutdown")
