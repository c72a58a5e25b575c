"""The maps of pooling, from windows to numbers and back: the two directions are each other's rule."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from autograd import primitive
from autograd.arrays import bare

from .windows import Operation, Window

Divisor: TypeAlias = float | tuple[tuple[int, ...], ...]  # one for all windows; or factors for each place, by axis


def _surrounded(x: Any, window: Window, value: float) -> Any:
    """Return x with its padding of one value; x itself if there is none."""
    if not any(map(any, window.padding)):
        return x
    axes = len(window.kernel)
    result = np.full_like(x, value, shape=(*x.shape[:-axes], *window.padded(x.shape[-axes:])))
    result[window.inner(x.shape[-axes:])] = x
    return result


def _along(axis: int, window: Window, places: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield, for each element of the window along one axis (counted from the end), the index of its places there."""
    for offset in range(window.kernel[axis]):
        start = offset * window.dilation[axis]
        stop = start + window.stride[axis] * (places[axis] - 1) + 1
        yield (..., slice(start, stop, window.stride[axis]), *(slice(None),) * (-1 - axis))


def _reduced(x: Any, window: Window, combine: np.ufunc, neutral: float) -> Any:
    """Return all elements of each window combined: along one axis after the other, which takes fewer steps."""
    places = window.places(x.shape[-len(window.kernel) :])
    x = _surrounded(x, window, neutral)
    for axis in range(-len(places), 0):
        first, *others = (x[index] for index in _along(axis, window, places))
        x = first
        for number, other in enumerate(others):
            x = combine(x, other, out=x) if number else combine(x, other)
    return x


def _apart(window: Window) -> bool:
    """Return whether no two windows meet, so that what they give back need not be added up."""
    return all(s >= e for s, e in zip(window.stride, window.extent, strict=True))


# -------------------------------------------------------------------------------------------------------------- maxima


def _max_pool(x: Any, window: Window) -> Any:
    """The greatest element of each window."""
    lowest = -math.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    return _reduced(x, window, np.maximum, lowest)


def _to_maxima(u: Any, x: Any, y: Any, window: Window) -> Any:
    """Zeros in the shape of x, and each number of `u` where the maximum `y` of its window is found, in equal shares."""
    size = x.shape[-len(window.kernel) :]
    indices, chosen, count = _chosen(x, y, window)
    share, back = u / count, np.zeros_like(u, shape=(*x.shape[: -len(size)], *window.padded(size)))
    for index, mask in zip(indices, chosen, strict=True):
        if _apart(window):
            np.multiply(share, mask, out=back[index])
        else:
            back[index] += share * mask
    return back[window.inner(size)]


def _of_maxima(v: Any, x: Any, y: Any, window: Window) -> Any:
    """The mean, in each window, of those elements of `v` that are where the maximum `y` of x is found."""
    indices, chosen, count = _chosen(x, y, window)
    v = _surrounded(v, window, 0)
    return sum(v[index] * mask for index, mask in zip(indices, chosen, strict=True)) / count


def _chosen(x: Any, y: Any, window: Window) -> tuple[list[Any], list[Any], Any]:
    """Return, for each element of the window, its index in x and where it is the maximum; and the number of maxima.

    The index is that into x with its padding, which is never the maximum, though it may be all that a window sees.
    """
    places, padded = y.shape[-len(window.kernel) :], _surrounded(x, window, -math.inf)
    indices = [window.at(offset, places) for offset in np.ndindex(window.kernel)]
    chosen = [np.logical_not(padded[index] < y) for index in indices]  # so that a window with a NaN has maxima too
    count = np.zeros_like(y)
    if padded is not x:  # where x itself is −∞ the padding is equal to it
        inside = _surrounded(np.ones_like(x, shape=x.shape[-len(places) :], dtype=bool), window, False)
        chosen = [mask & inside[index] for mask, index in zip(chosen, indices, strict=True)]
    for mask in chosen:
        count += mask
    return indices, chosen, count if padded is x else np.maximum(count, 1)


# --------------------------------------------------------------------------------------------------------------- means


def _divided(total: Any, divisor: Divisor) -> Any:
    if not isinstance(divisor, tuple):
        return total / divisor
    for axis, factors in enumerate(divisor, -len(divisor)):
        total = total / np.array(factors, dtype=total.dtype, like=total).reshape((-1,) + (1,) * (-1 - axis))
    return total


def _avg_pool(x: Any, window: Window, divisor: Divisor) -> Any:
    """The sum of each window, divided."""
    return _divided(_reduced(x, window, np.add, 0), divisor)


def _spread(y: Any, shape: tuple[int, ...], window: Window, divisor: Divisor) -> Any:
    """Zeros of `shape`, and on all elements of each window its number in `y`, divided."""
    y = _divided(y, divisor)
    axes = len(window.kernel)
    places, padded = y.shape[-axes:], window.padded(shape[-axes:])
    for axis in range(-1, -axes - 1, -1):
        lengths = list(y.shape)
        lengths[axis] = padded[axis]
        narrow, y = y, np.zeros_like(y, shape=lengths)
        for index in _along(axis, window, places):
            y[index] += narrow
    return y[window.inner(shape[-axes:])]


# ------------------------------------------------------------------------------------------------------------ the table

max_pool: Operation = primitive(
    _max_pool, name="max_pool", x=lambda g, x, ans, window: to_maxima(g, bare(x), bare(ans), window)
)
to_maxima: Operation = primitive(_to_maxima, name="to_maxima", u=lambda g, x, y, window: of_maxima(g, x, y, window))
of_maxima: Operation = primitive(_of_maxima, name="of_maxima", v=lambda g, x, y, window: to_maxima(g, x, y, window))
avg_pool: Operation = primitive(
    _avg_pool, name="avg_pool", x=lambda g, x_shape, window, divisor: spread(g, x_shape, window, divisor)
)
spread: Operation = primitive(_spread, name="spread", y=lambda g, window, divisor: avg_pool(g, window, divisor))
