"""What the tables of calls are made of: shapes, views, axes, and numbers to fill arrays with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any
from zlib import crc32

import numpy as np

from tests.support.strict_array import StrictArray

Shape = tuple[int, ...]
NUMPY = tuple(int(n) for n in np.__version__.split(".")[:2])

SHAPES: tuple[Shape, ...] = ((), (0,), (1,), (3,), (2, 3), (2, 1, 3))
VIEWS: dict[str, tuple[Shape, Callable[[Any], Any]]] = {
    "transposed": ((3, 2), lambda a: a.T),
    "reversed": ((4,), lambda a: a[::-1]),
    "every second": ((2, 6), lambda a: a[:, 1::2]),
    "backwards in both": ((2, 4), lambda a: a[::-1, ::-2]),
    "broadcast": ((3,), lambda a: a[None, :, None]),
}


def spread(shape: Shape, low: float, high: float, seed: str) -> np.ndarray:
    """Return numbers between `low` and `high`, no two alike, at equal distances and in random order."""
    n = int(np.prod(shape, dtype=int))
    grid = low + (high - low) * (np.arange(n) + 0.37) / max(n, 1)
    return np.random.default_rng(crc32(seed.encode())).permutation(grid).reshape(shape)


PAIRS: tuple[tuple[Shape, Shape], ...] = (
    *(((), ()), ((3,), ()), ((), (2, 3)), ((0,), (1,)), ((0, 3), (3,)), ((3,), (3,)), ((1,), (1,)), ((1,), (4,))),
    *(((2, 3), (3,)), ((2, 1), (2, 3)), ((2, 1, 3), (4, 1)), ((1, 1), (3,))),
)


def through(f: Callable[..., Any], view: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *operands: f(*map(view, operands))


def along(f: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    return lambda x: f(x, **options)


def beside(x: Any, array: np.ndarray) -> Any:
    """Return an array in the library of `x`, with which NumPy's may not mix."""
    return StrictArray(array) if isinstance(getattr(x, "data", None), StrictArray) else array


def axes_of(ndim: int) -> Iterator[Any]:
    """Yield every axis and tuple of axes that an array of so many can be reduced along, some of them negative."""
    yield None
    yield ()
    for n in range(1, ndim + 1):
        for axes in combinations(range(ndim), n):
            yield axes
            yield tuple(a - ndim for a in reversed(axes))
            if n == 1:
                yield axes[0]
                yield axes[0] - ndim
