"""Hands the bytes of one stream to the server, and logs each write."""

from collections.abc import Iterable, Iterator

from starlette.types import Send

from analyzer.lab.coding import make_coder
from analyzer.lab.moves import Texts, fold_texts
from analyzer.lab.options import ContentCoding
from analyzer.lab.plan import Frame
from analyzer.lab.truth import SendLine, Stamp, TruthLog
from analyzer.serving.peer import Peer


class Gone(Exception):  # noqa: N818 - an ending, not a fault
    """The client went away; nothing more can be sent."""


class Sender:
    """Knows the frames that are to come, and so which events a write completed."""

    def __init__(
        self,
        stream_id: str,
        frames: Iterable[Frame],
        coding: ContentCoding,
        truth: TruthLog,
        send: Send,
        peer: Peer,
    ) -> None:
        self._stream_id = stream_id
        self._frames = list(frames)
        self._coder = make_coder(coding)
        self._truth = truth
        self._send = send
        self._peer = peer
        self._seq = 0
        self._framed = 0  # decoded bytes of the frames that were sent whole
        self.whole = 0  # number of these frames
        self.size = 0
        self.wire_size = 0

    def rest_of_frame(self) -> bytes:
        """Return what is missing of a frame that is half sent."""
        half = self.size - self._framed
        return self._frames[self.whole].data[half:] if half else b""

    def close_with(self, frames: Iterable[Frame]) -> None:
        """Let these frames come next, in place of the planned ones."""
        self._frames[self.whole :] = frames

    def texts(self) -> Texts:
        """Return the texts that the events sent whole so far add up to."""
        return fold_texts(piece for frame in self._sent() for piece in frame.pieces)

    def events(self) -> int:
        return sum(frame.is_event for frame in self._sent())

    async def write(self, data: bytes) -> None:
        await self._write(data, self._coder.encode(data))

    async def begin(self, headers: list[tuple[bytes, bytes]]) -> None:
        self._check()
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    async def write_trailer(self) -> None:
        """Send what the content coding still owes."""
        if trailer := self._coder.finish():
            await self._write(b"", trailer)

    async def end(self) -> None:
        self._check()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _check(self) -> None:
        if self._peer.has_gone():
            raise Gone

    async def _write(self, data: bytes, coded: bytes) -> None:
        self._check()
        stamp = Stamp.now()
        await self._send({"type": "http.response.body", "body": coded, "more_body": True})
        start, wire_start = self.size, self.wire_size
        self.size += len(data)
        self.wire_size += len(coded)
        self._truth.write(
            SendLine(
                mono_ns=stamp.mono_ns,
                wall_ns=stamp.wall_ns,
                stream=self._stream_id,
                seq=self._seq,
                start=start,
                end=self.size,
                wire_start=wire_start,
                wire_end=self.wire_size,
                events=tuple(self._completed()),
            )
        )
        self._seq += 1

    def _completed(self) -> Iterator[int]:
        while self.whole < len(self._frames):
            frame = self._frames[self.whole]
            if self._framed + len(frame.data) > self.size:
                return
            self._framed += len(frame.data)
            self.whole += 1
            if frame.is_event:
                yield self._framed

    def _sent(self) -> list[Frame]:
        return self._frames[: self.whole]
