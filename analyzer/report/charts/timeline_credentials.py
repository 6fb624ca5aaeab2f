"""Credentials on the timeline: each life as a band, and what happened to it as marks."""

from analyzer.analyses.credentials.rows import CredentialEvent, CredentialRow
from analyzer.analyses.results import CaptureResult
from analyzer.report import units
from analyzer.report.charts.drawing import Row
from analyzer.report.charts.lanes import lanes
from analyzer.report.charts.links import anchor
from analyzer.report.charts.timeline_canvas import MARKS, PAST, VALID, Drawn
from analyzer.report.countdown import WORDS, countdown
from analyzer.report.credential_events import short
from analyzer.report.parts import Source
from analyzer.report.plain import printable

BANDS = 120
"""Most credentials of a capture that are drawn."""

LANES = 4
KINDS = ("bearer", "session", "api_key")
"""Credentials that log in; those that resume one stream are left out."""

LANE, HEAD, SPACE = 30, 19, 6
BAND = (10, 8)
"""A band's place in its lane and its height, in px: above it stands what went wrong, below it
what mended that."""

LOW_LANE = 13

MENDED = frozenset({"refreshed", "rotated", "recovered"})

EVENTS = 160
"""Most marks of a capture."""


type _Life = tuple[tuple[int, int, int], CredentialRow]


def credential_rows(
    capture: CaptureResult, number: int, ends: tuple[int, int], drawn: Drawn, *, several: bool
) -> None:
    """A row for each kind of login, below what is drawn; ``ends`` are those of the time shown."""
    found = capture.answers.credentials
    events: dict[str, list[CredentialEvent]] = {}
    for event in found.credential_events:
        if event.credential is not None:
            events.setdefault(event.credential, []).append(event)
    for kind in KINDS:
        lives = [
            (span, one)
            for one in found.credentials
            if one.kind == kind
            and (span := _span(one, events.get(one.fingerprint, []), *ends)) is not None
        ]
        lives.sort(key=lambda life: life[0])
        drawn.left_credentials += max(len(lives) - BANDS, 0)
        if lives:
            _row(kind, lives[:BANDS], events, (number, ends[0], several), drawn)


def _row(
    kind: str,
    lives: list[_Life],
    events: dict[str, list[CredentialEvent]],
    place: tuple[int, int, bool],
    drawn: Drawn,
) -> None:
    """The lives of one kind, those at the same time in lanes of their own."""
    number, zero_ns, several = place
    name = WORDS.get(kind, kind.replace("_", " "))
    more = units.counted(len(lives), "credential")
    drawn.names.append({"y": drawn.top + HEAD / 2, "name": name, "more": more})
    drawn.top += HEAD
    marked = [
        (one.fingerprint, event)
        for _, one in lives
        for event in events.get(one.fingerprint, [])
        if event.kind.replace("_", " ") in MARKS and event.at_ns >= zero_ns
    ]
    drawn.left_events += max(len(marked) - EVENTS, 0)
    placed = lanes([(span[0], span[2]) for span, _ in lives], LANES)
    # Without marks above and below it a band needs little room.
    lane_px, inset = (LANE, BAND[0]) if marked else (LOW_LANE, 1)
    tops: dict[str, float] = {}
    for (span, one), lane in zip(lives, placed, strict=True):
        tops[one.fingerprint] = drawn.top + lane * lane_px + inset
        drawn.bands += _bands(one, span, number, zero_ns, tops[one.fingerprint])
    drawn.marks += [
        _mark(event, number, several, zero_ns, tops[credential])
        for credential, event in marked[:EVENTS]
    ]
    drawn.top += (max(placed) + 1) * lane_px + SPACE


def _span(
    one: CredentialRow, events: list[CredentialEvent], zero_ns: int, end_ns: int
) -> tuple[int, int, int] | None:
    """Begin, end of its validity, and end of its use; None where it was never there.

    One that was there before the capture begins with it; one of unknown end lasts.
    """
    moments = {event.kind: event.at_ns for event in reversed(events)}
    begin = min((event.at_ns for event in events), default=None)
    if begin is None:
        return None
    ended = [moments[kind] for kind in ("expires", "revoked") if kind in moments]
    last = one.replaced_ns if one.replaced_ns is not None else end_ns
    valid = min([*ended, last, end_ns])
    # Past its end a credential is drawn only as long as somebody still used it.
    used = one.last_used_ns if isinstance(one.last_used_ns, int) else valid
    past = max(valid, min(last, end_ns) if ended and used > valid else valid)
    begin = max(begin, zero_ns)
    return begin, max(valid, begin), max(past, begin)


def _bands(
    one: CredentialRow, span: tuple[int, int, int], number: int, zero_ns: int, top: float
) -> list[Row]:
    begin, valid, past = span
    known = {"jwt exp": "by its own exp"}.get(one.expiry_known_by, f"by {one.expiry_known_by}")
    life = one.lifetime_ns
    why = f"{countdown(life)} after its issue, {known}" if isinstance(life, int) else "not known"
    common: Row = {"name": short(one.fingerprint), "y": top, "Y": top + BAND[1], "why": why}
    if one.exchange is not None:
        common["href"] = anchor(Source(number, one.exchange))
    rows = []
    for kind, low, high in ((VALID, begin, valid), (PAST, valid, past)):
        if high > low:
            rows.append({
                **common,
                "kind": kind,
                "a": round((low - zero_ns) / 1e9, 6),
                "b": round((high - zero_ns) / 1e9, 6),
                "when": units.duration(low - zero_ns),
                "took": units.duration(high - low),
            })  # fmt: skip
    return rows


def _mark(event: CredentialEvent, number: int, several: bool, zero_ns: int, top: float) -> Row:
    happened = event.kind.replace("_", " ")
    row: Row = {
        "a": round((event.at_ns - zero_ns) / 1e9, 6),
        "y": top + BAND[1] + 6 if happened in MENDED else top - 5,
        "happened": happened,
        "name": short(event.credential or ""),
        "when": units.duration(event.at_ns - zero_ns),
        "detail": printable(event.detail, 70),
        "exchange": units.UNKNOWN,
    }
    if event.exchange is not None:
        row["exchange"] = f"{number}:{event.exchange}" if several else str(event.exchange)
        row["href"] = anchor(Source(number, event.exchange))
    return row
