"""Columns of integers in as few bytes as their values need: captures have millions of gaps.

Pure: where bytes are put away is for the caller to say.
"""

import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

type Integers = npt.NDArray[np.int64]
type Shelved = Callable[[], bytes]
"""Gives bytes that were put away."""
type Shelf = Callable[[bytes], bytes | Shelved]
"""Puts bytes away, or gives them back where they may stay."""

WORTH_WIDTH = 2
"""Index of the widest type whose columns are tried to be deflated."""

WORTH_BYTES = 128
"""Shorter columns gain nothing."""

_WIDTHS = (np.uint8, np.uint16, np.uint32, np.uint64)
_LIMITS = (1 << 8, 1 << 16, 1 << 32, 1 << 64)


class Packed(NamedTuple):
    """Values counted from ``base``; ``steps`` holds them, or with ``rising`` what each adds.

    ``steps`` is empty where all values equal the base, and ``deflated`` where that is much
    shorter, as most columns repeat themselves. Where they are `shelved` it gives them.
    """

    length: int
    base: int
    steps: bytes | Shelved
    width: int
    rising: bool
    deflated: bool = False

    def unpack(self) -> Integers:
        if not self.steps:
            return np.full(self.length, self.base, dtype=np.int64)
        data = self.steps if isinstance(self.steps, bytes) else self.steps()
        data = zlib.decompress(data) if self.deflated else data
        steps = np.frombuffer(data, dtype=_WIDTHS[self.width]).astype(np.int64)
        return (np.cumsum(steps) if self.rising else steps) + self.base

    def shelved(self, put: Shelf) -> "Packed":
        """The same, its bytes put elsewhere if there are more than a few."""
        if not isinstance(self.steps, bytes) or len(self.steps) < WORTH_BYTES:
            return self
        return self._replace(steps=put(self.steps))


def pack(column: npt.NDArray[np.integer]) -> Packed:
    """Keep the column, exactly: values of 64 bits with a sign."""
    values = column.astype(np.int64, copy=False)
    if not len(values):
        return Packed(0, 0, b"", 0, rising=False)
    least, most = int(values.min()), int(values.max())
    if least == most:
        return Packed(len(values), least, b"", 0, rising=False)
    width = _width(most - least)
    rises = np.zeros_like(values)
    np.subtract(values[1:], values[:-1], out=rises[1:])
    if int(rises.min()) >= 0 and _width(int(rises.max())) < width:
        width, base = _width(int(rises.max())), int(values[0])
        return _kept(Packed(len(values), base, _bytes(rises, width), width, rising=True))
    return _kept(Packed(len(values), least, _bytes(values - least, width), width, rising=False))


def _bytes(steps: Integers, width: int) -> bytes:
    return steps.astype(_WIDTHS[width]).tobytes()


def _kept(packed: Packed) -> Packed:
    """Deflated, if that is worth it: the times themselves are noise and stay as they are."""
    steps = packed.steps
    if packed.width > WORTH_WIDTH or not isinstance(steps, bytes) or len(steps) < WORTH_BYTES:
        return packed
    deflated = zlib.compress(steps, 1)
    worth = len(deflated) < len(steps) // 2
    return packed._replace(steps=deflated, deflated=True) if worth else packed


def _width(most: int) -> int:
    return next(i for i, limit in enumerate(_LIMITS) if most < limit)
