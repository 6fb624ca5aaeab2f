"""Keep what was sighted, little of it, until the whole capture has passed."""

from collections.abc import Iterable
from typing import NamedTuple

from analyzer.analyses.identifiers.finding import Sight

SIGHTS = 100_000
"""Most sights that are kept, one an identifier, field and exchange."""

FIELDS = 2_000
"""Most fields that are told apart."""

NEVER_NS = 2**63 - 1
"""The moment of what came at an unknown one: after everything else."""


class Appearance(NamedTuple):
    """When something was seen; two that compare equal appeared together, in no known order.

    ``part`` orders what belongs to one exchange, ``position`` what stands in one document.
    """

    at_ns: int
    exchange: int
    part: int
    position: int


class Kept(NamedTuple):
    """What one exchange told of an identifier in a field."""

    appearance: Appearance
    created_us: int | None
    collided: bool


class Sightings:
    """Sights by exchange, so that an exchange whose number comes again can be forgotten."""

    def __init__(self) -> None:
        self.left_out = 0
        self._exchanges: dict[int, dict[tuple[str, str], Kept]] = {}
        self._fields: set[str] = set()
        self._count = 0

    def add(self, exchange: int, at_ns: int | None, part: int, sights: Iterable[Sight]) -> None:
        """Take the sights of one document, or of one head, in its order."""
        sights = [_encodable(sight) for sight in sights]
        ordered = _oldest_first(sights)
        kept = self._exchanges.setdefault(exchange, {})
        created: dict[tuple[str, str], int] = {}
        for position, sight in enumerate(sights, 1):
            key = (sight.field, sight.value)
            place = position if sight.field in ordered else 0
            seen = Kept(
                Appearance(NEVER_NS if at_ns is None else at_ns, exchange, part, place),
                sight.created_us,
                # One value, created twice, in one document: it stands for two things.
                sight.created_us is not None
                and created.setdefault(key, sight.created_us) != sight.created_us,
            )
            before = kept.get(key)
            if before is None and not self._has_room(sight.field):
                self.left_out += 1
                continue
            self._count += before is None
            kept[key] = seen if before is None else _joined(before, seen)

    def forget(self, exchange: int) -> None:
        self._count -= len(self._exchanges.pop(exchange, ()))

    def merged(self) -> dict[str, dict[str, tuple[Kept, int]]]:
        """By value and field: what all exchanges told together, and how many they were."""
        values: dict[str, dict[str, tuple[Kept, int]]] = {}
        for kept in self._exchanges.values():
            for (field, value), seen in kept.items():
                fields = values.setdefault(value, {})
                before = fields.get(field)
                fields[field] = (
                    (seen, 1)
                    if before is None
                    else (
                        _joined(before[0], seen),
                        before[1] + 1,
                    )
                )
        return values

    def _has_room(self, field: str) -> bool:
        if self._count >= SIGHTS:
            return False
        if field not in self._fields:
            if len(self._fields) >= FIELDS:
                return False
            self._fields.add(field)
        return True


def _encodable(sight: Sight) -> Sight:
    """Field names that a peer chose, without what no UTF-8 text can hold."""
    if sight.field.isascii():
        return sight
    return sight._replace(field=sight.field.encode(errors="replace").decode())


def _joined(one: Kept, other: Kept) -> Kept:
    created = [at for at in (one.created_us, other.created_us) if at is not None]
    return Kept(
        min(one.appearance, other.appearance),
        min(created, default=None),
        one.collided or other.collided,
    )


def _oldest_first(sights: list[Sight]) -> set[str]:
    """Fields whose order in a document is an order of creation.

    A list of the newest first, or one without times, says nothing of who came first.
    """
    latest: dict[str, int] = {}
    falling: set[str] = set()
    for field, _, created_us in sights:
        if created_us is None or created_us < latest.get(field, created_us):
            falling.add(field)
        else:
            latest[field] = created_us
    return latest.keys() - falling
