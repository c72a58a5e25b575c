"""Tables of texts: printed in columns, and shown as tables by Jupyter."""

from __future__ import annotations

import html
from collections.abc import Sequence

from autograd.columns import aligned


class Table:
    """Rows of texts, the head first.

    Examples
    --------
    >>> from training.tables import Table
    >>> print(Table([["layer", "std"], ["hidden", "0.98"], ["out", "1"]], left=1))
    layer    std
    hidden  0.98
    out        1
    """

    def __init__(self, rows: Sequence[Sequence[str]], left: int = 0) -> None:
        self.rows = [list(row) for row in rows]
        self.left = left  # how many columns are set to the left; numbers stand on the right

    def __str__(self) -> str:
        return "\n".join(aligned(self.rows, range(self.left, len(self.rows[0]))))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, *rows = ("".join(f"<td>{html.escape(text)}</td>" for text in row) for row in self.rows)
        return f"<table><tr>{head.replace('td>', 'th>')}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def number(value: float | None, digits: int = 3) -> str:
    """Return a number as a text of so many digits; nothing for None."""
    return "" if value is None else f"{value:.{digits}g}"


def percent(value: float | None) -> str:
    """Return a share as a text; nothing for None."""
    return "" if value is None else f"{value:.0%}"
