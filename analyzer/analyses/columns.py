"""Columns of integers in as few bytes as their values need: captures have millions of gaps."""

import zlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

type Integers = npt.NDArray[np.int64]

WORTH_WIDTH = 2
"""Index of the widest type whose columns are tried to be deflated."""

WORTH_BYTES = 128
"""Shorter columns gain nothing."""

_WIDTHS = (np.uint8, np.uint16, np.uint32, np.uint64)
_LIMITS = (1 << 8, 1 << 16, 1 << 32, 1 << 64)


class Packed(NamedTuple):
    """Values counted from ``base``; ``steps`` holds them, or with ``rising`` what each adds.

    ``steps`` is empty where all values equal the base, and ``deflated`` where that is much
    shorter, as most columns repeat themselves.
    """

    length: int
    base: int
    steps: bytes
    width: int
    rising: bool
    deflated: bool = False

    def unpack(self) -> Integers:
        if not self.steps:
            return np.full(self.length, self.base, dtype=np.int64)
        data = zlib.decompress(self.steps) if self.deflated else self.steps
        steps = np.frombuffer(data, dtype=_WIDTHS[self.width]).astype(np.int64)
        return (np.cumsum(steps) if self.rising else steps) + self.base


def pack(column: npt.NDArray[np.integer]) -> Packed:
    """Keep the column, exactly: values of 64 bits with a sign."""
    values = column.astype(np.int64, copy=False)
    if not len(values):
        return Packed(0, 0, b"", 0, rising=False)
    least = int(values.min())
    width = _width(int(values.max()) - least)
    rises = np.diff(values, prepend=values[:1])
    if not rises.any():
        return Packed(len(values), least, b"", 0, rising=False)
    if int(rises.min()) >= 0 and _width(int(rises.max())) < width:
        width, base = _width(int(rises.max())), int(values[0])
        return _kept(Packed(len(values), base, _bytes(rises, width), width, rising=True))
    return _kept(Packed(len(values), least, _bytes(values - least, width), width, rising=False))


def _bytes(steps: Integers, width: int) -> bytes:
    return steps.astype(_WIDTHS[width]).tobytes()


def _kept(packed: Packed) -> Packed:
    """Deflated, if that is worth it: the times themselves are noise and stay as they are."""
    if packed.width > WORTH_WIDTH or len(packed.steps) < WORTH_BYTES:
        return packed
    steps = zlib.compress(packed.steps, 1)
    worth = len(steps) < len(packed.steps) // 2
    return packed._replace(steps=steps, deflated=True) if worth else packed


def _width(most: int) -> int:
    return next(i for i, limit in enumerate(_LIMITS) if most < limit)
