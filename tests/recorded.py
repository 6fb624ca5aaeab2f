"""A recorded session beside its truth: what the lab did, what the page saw, what was found."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from analyzer.analyses.results import CaptureResult
from analyzer.analyze import analyze
from analyzer.lab.truth import RequestLine, StreamLine, TruthLine, read_truth
from analyzer.model import Exchange


@dataclass(frozen=True)
class Recorded:
    """One session. ``page`` is what the visitor saw; ``result`` what our analysis makes of it."""

    protocol: str
    capture: Path
    truth: tuple[TruthLine, ...]
    page: dict[str, Any]
    result: CaptureResult

    @classmethod
    def of(cls, protocol: str, directory: Path, page: dict[str, Any]) -> "Recorded":
        """Read the capture and the truth log of a session that has ended."""
        capture = directory / "capture.jsonl"
        (result,) = analyze([capture]).captures
        truth = tuple(read_truth(directory / "truth.jsonl"))
        return cls(protocol, capture, truth, page, result)

    @cached_property
    def exchanges(self) -> dict[str, Exchange]:
        """The capture's exchanges with the lab, by their x-request-id."""
        named = (
            (dict(one.exchange.response_headers), one.exchange) for one in self.result.measured
        )
        return {headers["x-request-id"]: one for headers, one in named if "x-request-id" in headers}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The numbers of these exchanges, by x-request-id."""
        return {name: one.exchange for name, one in self.exchanges.items()}

    def lines[Line](self, kind: type[Line]) -> Iterator[Line]:
        """The truth log's lines of one kind."""
        return (line for line in self.truth if isinstance(line, kind))

    @cached_property
    def requests(self) -> dict[str, RequestLine]:
        """What the lab says of each request, by x-request-id."""
        return {line.request: line for line in self.lines(RequestLine)}

    @cached_property
    def streams(self) -> dict[str, StreamLine]:
        """What the lab says of each stream, by x-request-id."""
        return {line.stream: line for line in self.lines(StreamLine)}
