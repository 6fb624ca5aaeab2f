"""Keep what was sighted, little of it, until the whole capture has passed."""

from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analyzer.analyses.identifiers.finding import Sight

IDENTIFIERS = 100_000
"""Most identifiers that are kept, counted in each of their fields."""

SIGHTS = 500_000
"""Most sights of identifiers that had been sighted before, one an exchange: 56 bytes each."""

FIELDS = 2_000
"""Most fields that are told apart."""

NEVER_NS = 2**63 - 1
"""The moment of what came at an unknown one: after everything else."""

_NOT_STATED = 2**63 - 1
_COLUMNS = 7


class Appearance(NamedTuple):
    """When something was seen; two that compare equal appeared together, in no known order.

    ``part`` orders what belongs to one exchange, ``position`` what stands in one document.
    """

    at_ns: int
    exchange: int
    part: int
    position: int


class Kept(NamedTuple):
    """What a capture told of an identifier in a field, in so many exchanges."""

    appearance: Appearance
    created_us: int | None
    collided: bool
    exchanges: int


type _Told = tuple[int, int, int]
"""What an open exchange told of an identifier: moment, part, time of creation."""

type _Numbers = npt.NDArray[np.int64]


class Sightings:
    """Sights as rows of numbers: which key (field and value), in which exchange, when.

    An exchange has a serial number here, as its own may be used again: then what was seen
    of the former is forgotten.
    """

    def __init__(self) -> None:
        self.left_out = 0
        self._keys: dict[tuple[str, str], int] = {}
        self._fields: set[str] = set()
        self._numbers: list[int] = []
        self._serials: dict[int, int] = {}
        self._forgotten: set[int] = set()
        self._told: dict[int, dict[int, _Told]] = {}
        self._rows = array("q")

    def add(self, exchange: int, at_ns: int | None, part: int, sights: Sequence[Sight]) -> None:
        """Take the sights of one document, or of one head, in its order."""
        ordered = _oldest_first(sights)
        serial = self._serial(exchange)
        told, keys, rows = self._told.setdefault(serial, {}), self._keys, self._rows
        at = NEVER_NS if at_ns is None else max(-NEVER_NS, min(at_ns, NEVER_NS))
        created: dict[int, int] = {}
        for position, (field, value, created_us) in enumerate(sights, 1):
            key = keys.get((field, value))
            if key is None:
                key = self._new_key(field, value)
            elif len(rows) >= SIGHTS * _COLUMNS:
                key = None
            if key is None:
                self.left_out += 1
                continue
            stated = _NOT_STATED if created_us is None else created_us
            # One value, created twice, in one document: it stands for two things.
            collided = created_us is not None and created.setdefault(key, stated) != stated
            before, now = told.get(key), (at, part, stated)
            if before is None:
                told[key] = now
            elif not collided and _repeats(before, now):
                continue
            else:
                told[key] = min(before, now)
            place = position if field in ordered else 0
            rows.extend((key, serial, at, part, place, stated, collided))

    def ended(self, exchange: int) -> None:
        """Nothing more will come of this exchange."""
        self._told.pop(self._serials.get(exchange, -1), None)

    def forget(self, exchange: int) -> None:
        """Nothing of this exchange counts that has come so far."""
        serial = self._serials.pop(exchange, None)
        if serial is not None:
            self._told.pop(serial, None)
            self._forgotten.add(serial)

    def merged(self) -> dict[str, dict[str, Kept]]:
        """By value and field: what all exchanges told together."""
        rows = np.frombuffer(self._rows, dtype=np.int64).reshape(-1, _COLUMNS)
        if self._forgotten:
            rows = rows[~np.isin(rows[:, 1], list(self._forgotten))]
        values: dict[str, dict[str, Kept]] = {}
        if not len(rows):
            return values
        names = list(self._keys)
        for key, *told in _merged(rows, self._ranks()):
            at_ns, serial, part, position, created_us, collided, exchanges = told
            field, value = names[key]
            values.setdefault(value, {})[field] = Kept(
                Appearance(at_ns, self._numbers[serial], part, position),
                None if created_us == _NOT_STATED else created_us,
                bool(collided),
                exchanges,
            )
        return values

    def _serial(self, exchange: int) -> int:
        serial = self._serials.get(exchange)
        if serial is None:
            serial = self._serials[exchange] = len(self._numbers)
            self._numbers.append(exchange)
        return serial

    def _new_key(self, field: str, value: str) -> int | None:
        """A number for an identifier in its field; None if there is no room for it."""
        if len(self._keys) >= IDENTIFIERS:
            return None
        if field not in self._fields:
            if len(self._fields) >= FIELDS:
                return None
            self._fields.add(field)
        key = self._keys[field, value] = len(self._keys)
        return key

    def _ranks(self) -> _Numbers:
        """By serial: the place of the exchange's own number among all of them."""
        order = sorted(range(len(self._numbers)), key=self._numbers.__getitem__)
        ranks = np.empty(len(order), dtype=np.int64)
        ranks[order] = np.arange(len(order))
        return ranks


def _repeats(before: _Told, now: _Told) -> bool:
    """Whether ``now`` neither comes earlier nor states another time of creation."""
    return before[:2] <= now[:2] and now[2] in (_NOT_STATED, before[2])


def _merged(rows: _Numbers, ranks: _Numbers) -> Iterator[list[int]]:
    """Of each key its first row's moment, exchange and place, its earliest time of creation,
    whether it ever collided, and its exchanges.
    """
    key, serial, at, part, place, created, collided = rows.T
    order = np.lexsort((place, part, ranks[serial], at, key))
    begins = np.flatnonzero(np.diff(key[order], prepend=-1))
    first = order[begins]
    pairs = np.unique(key * len(ranks) + serial)
    columns = (
        *(column[first] for column in (key, at, serial, part, place)),
        np.minimum.reduceat(created[order], begins),
        np.maximum.reduceat(collided[order], begins),
        np.unique(pairs // len(ranks), return_counts=True)[1],
    )
    yield from np.stack(columns, axis=1).tolist()


def _oldest_first(sights: Sequence[Sight]) -> set[str]:
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
