"""The list as rows: what is in it, in which order, and the statements that page through it."""

from collections.abc import Iterator

import numpy as np

from analyzer.experiment.pagination.results import Order, Place, Settings

COLUMNS = "id, created_ms, updated_ms, body"
INDEX = "items_in_order"
_SORTED = {"updated": "updated_ms", "created": "created_ms", "id": "id"}
_BEGIN_MS = 1_760_000_000_000
_STEP_MS = 60_000
_OWN_BYTES = 24
"""About what a row holds beside its body: three integers."""


class Items:
    """Rows 1…n as they were inserted, from a fixed seed: every run has the same table.

    ``created_ms`` grows with the id. ``updated_ms`` has nothing to do with it: where a row
    stands in the list says nothing of where it lies in the table. Both have ties.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        numbers = np.arange(settings.rows, dtype=np.int64)
        self._random = np.random.default_rng(seed=7)
        self.created_ms = _BEGIN_MS + numbers // 2 * _STEP_MS
        self.updated_ms = self._random.permutation(self.created_ms) + _STEP_MS
        # Descending, the newest first; ids break ties, as the statements say.
        self._newest = np.lexsort((numbers, self._sorted()))[::-1]

    def rows(self) -> Iterator[tuple[int, int, int, str]]:
        """Every row, as the statements name the columns."""
        body = max(self.settings.row_bytes - _OWN_BYTES, 1)
        letters = self._random.integers(97, 123, size=body + 4096, dtype=np.uint8)
        text = letters.tobytes().decode()
        times = zip(self.created_ms.tolist(), self.updated_ms.tolist(), strict=True)
        for number, (created, updated) in enumerate(times):
            begin = number % 4096
            yield number + 1, created, updated, text[begin : begin + body]

    def place(self, depth: int) -> Place:
        """Where the page begins that has so many rows before it."""
        if depth == 0:
            return Place(0, ())
        row = int(self._newest[depth - 1])
        sort_value = int(self._sorted()[row])
        after = (row + 1,) if self.settings.order == "id" else (sort_value, row + 1)
        return Place(depth, after)

    def ids(self, depth: int) -> list[int]:
        """The page there, by numpy's sorting rather than by the database."""
        return [int(row) + 1 for row in self._newest[depth : depth + self.settings.page]]

    def _sorted(self) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        return self.updated_ms if self.settings.order == "updated" else self.created_ms


class Statements:
    """SQL of the list, with ``?`` for bindings.

    ``where`` in `keyset` and `offset`: one more condition, for the counting of rows.
    """

    def __init__(self, order: Order, page: int) -> None:
        self._column = _SORTED[order]
        self._page = page

    def index(self) -> str | None:
        """None where the list goes by the primary key."""
        if self._column == "id":
            return None
        return f"CREATE INDEX {INDEX} ON items ({self._column}, id)"

    def offset(self, place: Place, where: str = "") -> tuple[str, tuple[int, ...]]:
        return self._select(where) + " OFFSET ?", (self._page, place.depth)

    def keyset(self, place: Place, where: str = "") -> tuple[str, tuple[int, ...]]:
        after = ""
        if place.after:
            after = "id < ?" if self._column == "id" else f"({self._column}, id) < (?, ?)"
        conditions = " AND ".join(condition for condition in (where, after) if condition)
        return self._select(conditions), (*place.after, self._page)

    def _select(self, conditions: str) -> str:
        where = f"WHERE {conditions} " if conditions else ""
        order = "id DESC" if self._column == "id" else f"{self._column} DESC, id DESC"
        return f"SELECT {COLUMNS} FROM items {where}ORDER BY {order} LIMIT ?"  # noqa: S608 - our own names
