"""The derivative table, a page per family.

Importing this package fills ``primitive.TABLE``, from which NumPy's functions find the operations that record them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import (
    calls,
    creation,
    decompositions,
    elementwise,
    fourier,
    indexing,
    linalg,
    nan,
    norms,
    order,
    padding,
    plain,
    polynomial,
    reduction,
    scan,
    selection,
    sets,
    shape,
    statistics,
    ufunc,
    window,
)

__all__ = [
    "calls",
    "creation",
    "decompositions",
    "elementwise",
    "fourier",
    "indexing",
    "linalg",
    "nan",
    "norms",
    "order",
    "padding",
    "plain",
    "polynomial",
    "reduction",
    "scan",
    "selection",
    "sets",
    "shape",
    "statistics",
    "ufunc",
    "window",
]

PAGES = (
    *(elementwise, reduction, nan, scan, order, sets, statistics, shape, selection, indexing, padding, creation, calls),
    *(window, fourier, polynomial, linalg, decompositions, norms, plain),
)

# Functions that answer with NumPy's own result on the bare arrays.
PLAIN: set[Callable[..., Any]] = set().union(*(getattr(page, "PLAIN", ()) for page in PAGES))

# Functions that are not for Tensors, and why: the end of a sentence that begins with the function's name.
REFUSED: dict[Callable[..., Any], str] = {
    function: why for page in PAGES for function, why in getattr(page, "REFUSED", {}).items()
}
