"""Tables whose columns have exact widths, so that nothing wraps at 80 columns."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from rich.table import Table
from rich.text import Text


class Column(NamedTuple):
    name: str
    cells: int
    justify: Literal["left", "right"] = "left"


SELECTED = "reverse"
"""How the selected row looks: all of one colour, for others would be bars of their own."""


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[Text]], selected: int | None = None
) -> Table:
    """One line a row, one space between columns; ``selected`` is a row's index."""
    made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for column in columns:
        made.add_column(
            column.name, justify=column.justify, width=max(0, column.cells), no_wrap=True
        )
    for index, row in enumerate(rows):
        if index == selected:
            made.add_row(*(Text(cell.plain) for cell in row), style=SELECTED)
        else:
            made.add_row(*row)
    return made


def spare(columns: Sequence[Column], width: int) -> int:
    """What these columns leave of the width to one more."""
    return max(8, width - sum(column.cells + 1 for column in columns))


def window(total: int, at: int, lines: int) -> range:
    """Which of so many rows fit on so many lines, ``at`` among them."""
    first = max(0, min(at - lines // 2, total - lines))
    return range(first, min(total, first + lines))
