"""Tables for a terminal."""

from __future__ import annotations

from collections.abc import Container, Sequence


def aligned(table: Sequence[Sequence[str]], right: Container[int] = ()) -> list[str]:
    """Return the lines of a table of texts, its columns one below the other.

    Parameters
    ----------
    table : sequence of sequences of str
        The rows.
    right : container of int
        The numbers of the columns that are set to the right, as numbers are.
    """
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
