"""What happened to credentials: the telling events of a capture, and how many there were."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from analyzer.analyses.credentials.rows import CredentialEvent, EventKind
from analyzer.model import CaptureHead
from analyzer.report import cells, units
from analyzer.report.parts import Cell, Column, Table, Tone
from analyzer.report.plain import printable

EVENTS = 16
"""Events that are listed; the database has them all."""

_TELLING: dict[EventKind, Tone] = {
    "revoked": "bad",
    "expired_mid_stream": "warn",
    "masked": "warn",
    "never_refreshed": "warn",
    "refused": "bad",
    "recovered": "good",
    "refreshed": "plain",
    "rotated": "plain",
    "used_after_expiry": "warn",
    "expires": "plain",
    "issued": "plain",
    "first_used": "plain",
}
"""What is told before what, where not all can be, and how it looks."""

_RANKS = {kind: rank for rank, kind in enumerate(_TELLING)}
_FIRST = ("bearer", "session")
_FINGERPRINT = re.compile(r"cred:([0-9a-f]{8})[0-9a-f]{8}")


def events_table(
    head: CaptureHead, number: int, events: Sequence[CredentialEvent], kinds: Mapping[str, str]
) -> Table:
    """The events that tell most, in order of time.

    ``number`` is the capture's, ``kinds`` are those of the credentials.
    """
    columns = (
        Column("at", number=False),
        Column("what happened", number=False),
        Column("credential", number=False),
        Column("#"),
        Column("more on it", number=False, cut=True),
    )
    shown = telling(events, kinds)
    rows = tuple(
        (
            cells.shown(
                units.wall(head.wall_ns + one.at_ns - head.mono_ns)[11:19],
                one.at_ns,
                "muted",
                cells.source(number, one.exchange),
            ),
            Cell(_said(one.kind), _TELLING[one.kind]),
            Cell("" if one.credential is None else short(one.credential), "muted"),
            cells.exchange(one.exchange, number),
            Cell(printable(_FINGERPRINT.sub(r"\1", one.detail), 70)),
        )
        for one in shown
    )
    listed = {one.event for one in shown}
    return Table(columns, rows, _rest([one for one in events if one.event not in listed]))


def telling(
    events: Sequence[CredentialEvent], kinds: Mapping[str, str]
) -> tuple[CredentialEvent, ...]:
    """The first event of every kind, then the second …, those of logins before others."""
    seen: Counter[tuple[bool, str]] = Counter()
    ranked: list[tuple[bool, int, int, CredentialEvent]] = []
    for one in events:
        is_other = kinds.get(one.credential or "", "bearer") not in _FIRST
        ranked.append((is_other, seen[is_other, one.kind], _RANKS[one.kind], one))
        seen[is_other, one.kind] += 1
    chosen = sorted(ranked, key=lambda each: (*each[:3], each[3].event))[:EVENTS]
    return tuple(sorted((one for *_, one in chosen), key=lambda one: one.event))


def _rest(events: Sequence[CredentialEvent]) -> str:
    """How many more there are of which kind."""
    if not events:
        return ""
    counts = Counter(one.kind for one in events)
    said = (f"{units.count(n)} {_said(kind)}" for kind, n in counts.most_common())
    return f"and {units.count(len(events))} more, all in the database: {', '.join(said)}"


def _said(kind: EventKind) -> str:
    return kind.replace("_", " ")


def short(fingerprint: str) -> str:
    """Enough of a fingerprint to tell credentials apart; + for a cookie in chunks."""
    chunks = "+" if "+" in fingerprint else ""
    return f"{fingerprint.removeprefix('cred:')[:8]}{chunks}"
