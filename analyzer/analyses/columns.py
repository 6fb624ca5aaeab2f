"""Columns of integers in as few bytes as their values need: captures have millions of gaps."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

type Integers = npt.NDArray[np.int64]

_WIDTHS = (np.uint8, np.uint16, np.uint32, np.uint64)


class Packed(NamedTuple):
    """Values counted from ``base``; ``steps`` holds them, or with ``rising`` what each adds.

    ``steps`` is empty where all values equal the base.
    """

    length: int
    base: int
    steps: bytes
    width: int
    rising: bool

    def unpack(self) -> Integers:
        if not self.steps:
            return np.full(self.length, self.base, dtype=np.int64)
        steps = np.frombuffer(self.steps, dtype=_WIDTHS[self.width]).astype(np.int64)
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
        width, base, steps = _width(int(rises.max())), int(values[0]), rises
        return Packed(len(values), base, steps.astype(_WIDTHS[width]).tobytes(), width, rising=True)
    steps = (values - least).astype(_WIDTHS[width])
    return Packed(len(values), least, steps.tobytes(), width, rising=False)


def _width(most: int) -> int:
    return next(i for i, kind in enumerate(_WIDTHS) if most <= np.iinfo(kind).max)
