"""What is counted of a whole capture, for those who keep metrics."""

from typing import ClassVar

import msgspec

from analyzer.analyses.results import CaptureResult


class CaptureCounts(msgspec.Struct, frozen=True):
    exchanges: int
    used_after_expiry: int
    refused: int
    lost: int
    problems: int

    MEANINGS: ClassVar[dict[str, str]] = {
        "exchanges": "requests, answered or not",
        "used_after_expiry": "requests that went out with a credential after its end",
        "refused": "requests whose credential was refused",
        "lost": "things that the recorder could not keep",
        "problems": "what was malformed in the traffic or the file",
    }


def counts_of(capture: CaptureResult) -> CaptureCounts:
    credentials = capture.answers.credentials.credentials
    return CaptureCounts(
        exchanges=len(capture.measured),
        used_after_expiry=sum(one.used_after_expiry for one in credentials),
        refused=sum(one.refused for one in credentials),
        lost=sum(one.count for one in capture.lost),
        problems=len(capture.problems),
    )
