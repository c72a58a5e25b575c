"""Sets: the different elements of an array, sorted. Each is an element of the array, and the gradient goes back to it.

Of equal elements it goes to the first, to which the others are equal only as long as nothing moves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import bare
from .linalg import array
from .order import sort
from .selection import take
from .shape import concatenate, ravel
from .table import composed


@composed(np.unique, by="ar")
def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """The different elements, sorted, and as plain arrays what NumPy gives beside them."""
    numpys: Any = np.unique
    _, index, *others = numpys(bare(ar), True, return_inverse, return_counts, axis, equal_nan=equal_nan)
    values = take(ar, index, axis)
    plain = [index, *others] if return_index else others
    return (values, *plain) if plain else values


def _named(function: Callable[..., Any], index: bool, inverse: bool, counts: bool) -> None:
    """Let one of NumPy's functions of the array standard be `unique` with these flags, and a named tuple its result."""
    kind: Callable[..., Any] = type(function(np.ones(1)))

    @composed(function)
    def answer(x: Any) -> Any:
        return kind(*unique(x, index, inverse, counts, None, False))


_named(np.unique_all, True, True, True)
_named(np.unique_counts, False, False, True)
_named(np.unique_inverse, False, True, False)


@composed(np.unique_values)
def unique_values(x: Any) -> Any:
    """The different elements, sorted."""
    return unique(x, equal_nan=False)


@composed(np.union1d)
def union1d(ar1: Any, ar2: Any) -> Any:
    """The different elements of both arrays."""
    return unique(concatenate([ar1, ar2], None))


@composed(np.setdiff1d, by="ar1")
def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The different elements of the first array that are not in the second."""
    ar1 = ravel(ar1) if assume_unique else unique(ar1)
    return ar1[np.isin(bare(ar1), bare(ar2), invert=True)]


@composed(np.setxor1d)
def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The different elements that are in one of the arrays and not in the other."""
    parts = [ravel(array(a)) if assume_unique else unique(array(a)) for a in (ar1, ar2)]
    both = sort(concatenate(parts, None))
    plain = bare(both)
    alone, differs = np.ones_like(plain, dtype=bool), plain[1:] != plain[:-1]
    alone[1:] = alone[1:] & differs
    alone[:-1] = alone[:-1] & differs
    return both[alone]


# An element is in both arrays by coincidence: whichever moves, it is not any more.
PLAIN = {np.isin, np.intersect1d}
if hasattr(np, "in1d"):  # not any more since NumPy 2.4
    PLAIN.add(np.in1d)  # noqa: NPY201
