"""Derivatives of running sums, products and extrema, and of differences: what each element is from those before it.

A running extremum that several elements reach one after the other belongs to the first of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import operand
from ..primitive import primitive
from ..tensor import Tensor
from .reduction import present
from .shape import composed, concatenate, counted_from_0, flip, ravel

# ------------------------------------------------------------------------------------------------------------- running


def _from_behind(g: Any, axis: int) -> Any:
    """Return for each place the sum of what stands there and behind it."""
    return flip(_cumsum(flip(g, axis), axis), axis)


@primitive(name="cumsum", x=lambda g, axis: _from_behind(g, axis))
def _cumsum(x: Any, axis: int) -> Any:
    return np.cumsum(x, axis)


def _discounted(g: Any, factors: Any) -> Any:
    """Return s with sₖ = gₖ + factorₖ·sₖ₊₁, along the first axis.

    Each round doubles how far every element looks ahead, so that there are few rounds and no loop over the elements.
    """
    n, ahead = g.shape[0], 1
    while ahead < n:
        g = concatenate([g[:-ahead] + factors[:-ahead] * g[ahead:], g[-ahead:]])
        factors = concatenate([factors[:-ahead] * factors[ahead:], factors[-ahead:]])
        ahead *= 2
    return g


def _cumprod_slope(g: Any, x: Any, axis: int) -> Any:
    """The product of the elements before, times the sum over all places behind of the product of what lies between.

    Written without a division, so that zeros do no harm.
    """
    g, x = g.swapaxes(0, axis), x.swapaxes(0, axis)
    before = concatenate([np.ones_like(x[:1]), _cumprod(x[:-1], 0)])
    next_ones = concatenate([x[1:], np.zeros_like(x[:1])])
    return (before * _discounted(g, next_ones)).swapaxes(0, axis)


@primitive(name="cumprod", x=lambda g, x, axis: _cumprod_slope(g, x, axis))
def _cumprod(x: Any, axis: int) -> Any:
    return np.cumprod(x, axis)


@composed(np.cumsum)
def cumsum(a: Any, axis: int | None = None) -> Any:
    """The sums of the elements up to each place; without an axis, of all elements one after the other."""
    return _cumsum(ravel(a), 0) if axis is None else _cumsum(a, axis)


@composed(np.cumprod)
def cumprod(a: Any, axis: int | None = None) -> Any:
    """The products of the elements up to each place; without an axis, of all elements one after the other."""
    return _cumprod(ravel(a), 0) if axis is None else _cumprod(a, axis)


@composed(np.nancumsum)
def nancumsum(a: Any, axis: int | None = None) -> Any:
    """Running sums that take NaN for 0."""
    return cumsum(present(a, 0.0), axis)


@composed(np.nancumprod)
def nancumprod(a: Any, axis: int | None = None) -> Any:
    """Running products that take NaN for 1."""
    return cumprod(present(a, 1.0), axis)


def _log_sums_slope(g: Any, x: Any, ans: Any, axis: int) -> Any:
    g, x, ans = (a.swapaxes(0, axis) for a in (g, x, ans))
    shares = concatenate([np.exp(ans[:-1] - ans[1:]), np.zeros_like(ans[:1])])  # of a sum in the next one
    return (np.exp(x - ans) * _discounted(g, shares)).swapaxes(0, axis)


@primitive(x=lambda g, x, ans, axis: _log_sums_slope(g, x, ans, axis))
def running_logaddexp(x: Any, axis: int = 0) -> Any:
    """log Σ exp of the elements up to each place."""
    return np.logaddexp.accumulate(x, axis)


def _running_extreme(extreme: np.ufunc, x: Any, axis: int) -> Any:
    rows = x.swapaxes(0, axis)
    shape = rows.shape
    rows = rows.reshape((shape[0], int(np.prod(shape[1:], dtype=int))))
    values = extreme.accumulate(rows._data if isinstance(rows, Tensor) else rows, 0)
    changes = (values[1:] != values[:-1]) & (values[:-1] == values[:-1])  # a NaN stays the extreme
    place = np.cumsum(np.ones_like(values, dtype=np.intp), 0) - 1
    place = np.maximum.accumulate(np.concatenate([place[:1], place[1:] * changes]), 0)
    column = np.cumsum(np.ones_like(place, shape=place.shape[1:])) - 1
    return rows[place, column].reshape(shape).swapaxes(0, axis)


def running_maximum(x: Any, axis: int = 0) -> Any:
    """The greatest of the elements up to each place."""
    return _running_extreme(np.maximum, x, axis)


def running_minimum(x: Any, axis: int = 0) -> Any:
    """The least of the elements up to each place."""
    return _running_extreme(np.minimum, x, axis)


# What ufunc.accumulate(t, axis=0) stands for.
ACCUMULATIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: _cumsum,
    np.multiply: _cumprod,
    np.maximum: running_maximum,
    np.minimum: running_minimum,
    np.logaddexp: running_logaddexp,
}

# ---------------------------------------------------------------------------------------------------------- differences


def _along(axis: int, part: slice) -> tuple[slice, ...]:
    return (slice(None),) * axis + (part,)


def _as_border(value: Any, a: Any, axis: int) -> Any:
    """Return what is put at an end of `a`: a number stands for a slice of length one full of it."""
    value = value if isinstance(value, Tensor) else operand(value)
    if np.ndim(value):
        return value
    return np.zeros_like(a, shape=(*a.shape[:axis], 1, *a.shape[axis + 1 :])) + value


@composed(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = np._NoValue, append: Any = np._NoValue) -> Any:
    """The differences of neighbours, n times over, after something was put at the ends."""
    a = a if isinstance(a, Tensor) else operand(a)
    if n < 0:
        raise ValueError(f"diff: n is {n}, and differences are taken 0 times or more")
    axis = counted_from_0(axis, np.ndim(a))
    parts = [p if p is a else _as_border(p, a, axis) for p in (prepend, a, append) if p is not np._NoValue]
    if len(parts) > 1:
        a = concatenate(parts, axis)
    for _ in range(n):
        a = a[_along(axis, slice(1, None))] - a[_along(axis, slice(-1))]
    return a


@composed(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """The differences of neighbours of all elements in a row, between two given ends."""
    differences = diff(ravel(ary))
    if to_end is None and to_begin is None:
        return differences
    return concatenate([differences if p is ary else ravel(p) for p in (to_begin, ary, to_end) if p is not None])


@composed(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The area below the line through the points (x, y), along an axis; the points are `dx` apart if `x` is not given.

    It has a gradient by `y`, by `x` and by `dx`.
    """
    y = y if isinstance(y, Tensor) else operand(y)
    axis = counted_from_0(axis, np.ndim(y))
    if x is not None:
        line = np.ndim(x) == 1
        dx = diff(x, axis=-1 if line else axis)
        dx = dx.reshape((-1,) + (1,) * (y.ndim - axis - 1)) if line else dx
    return (dx * (y[_along(axis, slice(1, None))] + y[_along(axis, slice(-1))]) / 2.0).sum(axis)


@composed(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """The line through the points (xp, fp), read at `x`; outside of them `left`, `right`, or the nearest point's value.

    It has a gradient by all of them; on a point, the slope by `x` is the one to the right. The result is float64, as
    NumPy's.
    """
    x, xp, fp = (a.astype(np.float64) if isinstance(a, Tensor) else np.float64(1) * operand(a) for a in (x, xp, fp))
    at, points = (a._data if isinstance(a, Tensor) else a for a in (x, xp))
    last = points.shape[0] - 1
    i = np.clip(np.searchsorted(points, at, "right") - 1, 0, max(last - 1, 0))
    j = np.minimum(i + 1, last)
    inside = (at >= points[0]) & (at < points[last])
    run = np.where(inside, xp[j] - xp[i], 1.0)
    line = (fp[j] - fp[i]) / run * (x - xp[i]) + fp[i]
    low, high = fp[0] if left is None else left, fp[last] if right is None else right
    return np.where(inside, line, np.where(at < points[0], low, np.where(at > points[last], high, fp[last])))
