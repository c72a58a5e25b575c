"""Derivatives of running sums, products and extrema, and of differences: what each element is from those before it.

A running extremum that several elements reach one after the other belongs to the first of them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..arrays import as_array, operand
from ..primitive import primitive
from ..tensor import Tensor
from .elementwise import of_type, share_of_two
from .shape import concatenate, counted_from_0, flip, leading_axes, moveaxis, ravel
from .table import composed

# ------------------------------------------------------------------------------------------------------------- running


def _from_behind(g: Any, axis: int) -> Any:
    """Return for each place the sum of what stands there and behind it."""
    return flip(_cumsum(flip(g, axis), axis), axis)


@primitive(name="cumsum", x=lambda g, axis: _from_behind(g, axis))
def _cumsum(x: Any, axis: int) -> Any:
    return np.cumsum(x, axis)


def _discounted(g: Any, factors: Any) -> Any:
    """Return s with sₖ = gₖ + factorₖ·sₖ₊₁, along the first axis; the last element needs no factor.

    Each round doubles how far every element looks ahead, so that there are few rounds and no loop over the elements.
    """
    n, ahead = g.shape[0], 1
    while ahead < n:
        g = concatenate([g[:-ahead] + factors * g[ahead:], g[-ahead:]])
        factors = factors[:-ahead] * factors[ahead:]
        ahead *= 2
    return g


def _cumprod_slope(g: Any, x: Any, axis: int) -> Any:
    """The product of the elements before, times the sum over all places behind of the product of what lies between.

    Written without a division, so that zeros do no harm.
    """
    g, x = g.swapaxes(0, axis), x.swapaxes(0, axis)
    before = concatenate([np.ones_like(x[:1]), _cumprod(x[:-1], 0)])
    return (before * _discounted(g, x[1:])).swapaxes(0, axis)


@primitive(name="cumprod", x=lambda g, x, axis: _cumprod_slope(g, x, axis))
def _cumprod(x: Any, axis: int) -> Any:
    return np.cumprod(x, axis)


@composed(np.cumsum)
def cumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """The sums of the elements up to each place; without an axis, of all elements one after the other."""
    a = of_type(a, dtype)
    return _cumsum(ravel(a), 0) if axis is None else _cumsum(a, axis)


@composed(np.cumprod)
def cumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """The products of the elements up to each place; without an axis, of all elements one after the other."""
    a = of_type(a, dtype)
    return _cumprod(ravel(a), 0) if axis is None or (axis in (0, -1) and np.ndim(a) == 0) else _cumprod(a, axis)


def _cumulative(running: Any, start: float, x: Any, axis: int | None, dtype: Any, include_initial: bool) -> Any:
    """Return a scan as the array standard has it: along the only axis if none is named, from `start` on if asked."""
    x = leading_axes(x, 1)
    if axis is None:
        if x.ndim != 1:
            raise ValueError(f"an array of shape {np.shape(x)} has not one axis; name the axis to go along")
        axis = 0
    found, axis = running(x, axis, dtype), counted_from_0(axis, np.ndim(x))
    if not include_initial:
        return found
    shape = (*found.shape[:axis], 1, *found.shape[axis + 1 :])
    return concatenate([np.full_like(found, start, shape=shape), found], axis)


@composed(getattr(np, "cumulative_sum", None))
def cumulative_sum(x: Any, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """The sums of the elements up to each place, and before them 0 if `include_initial`."""
    return _cumulative(cumsum, 0.0, x, axis, dtype, include_initial)


@composed(getattr(np, "cumulative_prod", None))
def cumulative_prod(x: Any, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """The products of the elements up to each place, and before them 1 if `include_initial`."""
    return _cumulative(cumprod, 1.0, x, axis, dtype, include_initial)


def _log_sums_slope(g: Any, x: Any, ans: Any, axis: int) -> Any:
    g, x, ans = (a.swapaxes(0, axis) for a in (g, x, ans))
    shares = share_of_two(ans[:-1], x[1:], ans[1:])  # of a sum in the next one
    own = [np.ones_like(x[:1]), share_of_two(x[1:], ans[:-1], ans[1:])]
    return (concatenate(own) * _discounted(g, shares)).swapaxes(0, axis)


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


# ---------------------------------------------------------------------------------------------------------- differences


def _along(axis: int, part: slice) -> tuple[slice, ...]:
    return (slice(None),) * axis + (part,)


def _as_border(value: Any, a: Any, axis: int) -> Any:
    """Return what is put at an end of `a`: a number stands for a slice of length one full of it."""
    value = value if isinstance(value, Tensor) else operand(value)
    if np.ndim(value):
        return value
    return np.zeros_like(a, shape=(*a.shape[:axis], 1, *a.shape[axis + 1 :])) + value


@composed(np.diff, by="a prepend append")
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


@composed(np.ediff1d, by="ary to_end to_begin")
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """The differences of neighbours of all elements in a row, between two given ends."""
    differences = diff(ravel(ary))
    if to_end is None and to_begin is None:
        return differences
    ends = [p if p is None or isinstance(p, Tensor) else as_array(p) for p in (to_begin, to_end)]
    parts = [ravel(p) for p in (ends[0], differences, ends[1]) if p is not None]
    if strange := [p.dtype for p in parts if not np.can_cast(p.dtype, differences.dtype, "same_kind")]:
        raise TypeError(
            f"ediff1d: an end of {strange[0]} numbers does not fit beside {differences.dtype} differences; convert the "
            "array first"
        )
    return concatenate([p if p.dtype == differences.dtype else p.astype(differences.dtype) for p in parts])


@composed(np.trapezoid, by="y x dx")
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


def _distances(spacing: Any, n: int, axis: int) -> Any:
    """Return the distance of neighbours as a number, or their distances one by one where they are not equal."""
    if np.ndim(spacing) == 0:
        return spacing
    if np.shape(spacing) != (n,):
        raise ValueError(
            f"gradient: the coordinates along axis {axis} have shape {np.shape(spacing)}, but there are {n} points"
        )
    spacing = spacing if isinstance(spacing, Tensor) else operand(spacing)
    distances = diff(spacing if spacing.dtype.kind == "f" else spacing.astype(np.float64))
    return distances[0] if not isinstance(spacing, Tensor) and (distances == distances[0]).all().item() else distances


def _slope_inside(left: Any, middle: Any, right: Any, h: Any, k: Any) -> Any:
    """The slope in the middle of the parabola through three points at distances h and k."""
    return (-k / (h * (h + k))) * left + ((k - h) / (h * k)) * middle + (h / (k * (h + k))) * right


def _end_weights(h: Any, k: Any, equal: bool) -> tuple[Any, Any, Any]:
    """Return what the slope of a parabola at the first of three points takes of each."""
    if equal:
        return -1.5 / h, 2.0 / h, -0.5 / h
    return -(2.0 * h + k) / (h * (h + k)), (h + k) / (h * k), -h / (k * (h + k))


def _slopes(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    n = f.shape[axis]
    if n < edge_order + 1:
        raise ValueError(f"gradient: along axis {axis} there are {n} points, and {edge_order + 1} are needed")
    x = _distances(spacing, n, axis)
    f = moveaxis(f, axis, 0)
    equal = np.ndim(x) == 0
    if equal:
        inside = (f[2:] - f[:-2]) / (2.0 * x)
    else:
        d = x.reshape((-1,) + (1,) * (f.ndim - 1))
        inside = _slope_inside(f[:-2], f[1:-1], f[2:], d[:-1], d[1:])
    h, last = (x, x) if equal else (x[0], x[-1])
    if edge_order == 1:
        ends = (f[1:2] - f[:1]) / h, (f[-1:] - f[-2:-1]) / last
    else:
        a, b, c = _end_weights(h, x if equal else x[1], equal)
        o, p, q = _end_weights(last, x if equal else x[-2], equal)
        ends = a * f[:1] + b * f[1:2] + c * f[2:3], -q * f[-3:-2] - p * f[-2:-1] - o * f[-1:]
    found = moveaxis(concatenate([ends[0], inside, ends[1]]), 0, axis)
    return found if found.dtype == f.dtype else of_type(found, f.dtype)


@composed(np.gradient, by="f varargs")
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """The slopes of sampled values along each axis, from neighbours on both sides; at the ends from those on one side.

    Their distances or coordinates, of which there is one for all axes or one for each, have a gradient too.
    """
    f = f if isinstance(f, Tensor) else operand(f)
    f = f if f.dtype.kind == "f" else f.astype(np.float64)
    axes = tuple(range(f.ndim)) if axis is None else normalize_axis_tuple(axis, f.ndim)
    if edge_order not in (1, 2):
        raise ValueError(f"gradient: edge_order is {edge_order}, but must be 1 or 2")
    spacings = varargs or (1.0,)
    if len(spacings) == 1 and np.ndim(spacings[0]) == 0:
        spacings = spacings * len(axes)
    if len(spacings) != len(axes):
        raise TypeError(f"gradient: there are {len(varargs)} spacings for {len(axes)} axes; give one, or one for each")
    found = tuple(_slopes(f, s, a, edge_order) for s, a in zip(spacings, axes, strict=True))
    return found[0] if len(found) == 1 else found


@primitive(implements=np.unwrap, p=lambda g: g)
def unwrap(p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2 * math.pi) -> Any:
    """Angles without jumps: each is moved by whole turns, which are steps, so that it is near the one before."""
    return np.unwrap(p, discont, axis, period=period)


def _one_period(x: Any, xp: Any, fp: Any, period: float) -> tuple[Any, Any, Any]:
    """Return points in order within a period, with their neighbours in the ones before and after, and x within it."""
    period = abs(period)
    if not period:
        raise ValueError("interp: period is 0, and must be another number")
    x, xp = x % period, xp % period
    order = np.argsort(xp)
    xp, fp = xp[order], fp[order]
    return x, concatenate([xp[-1:] - period, xp, xp[:1] + period]), concatenate([fp[-1:], fp, fp[:1]])


@composed(np.interp, by="x xp fp left right")
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Any:
    """The line through the points (xp, fp), read at `x`; outside of them `left`, `right`, or the nearest point's value.

    It has a gradient by all of them; on a point, the slope by `x` is the one to the right. The result is float64, as
    NumPy's.
    """
    x, xp, fp = (a.astype(np.float64) if isinstance(a, Tensor) else np.float64(1) * operand(a) for a in (x, xp, fp))
    if period is not None:
        x, xp, fp = _one_period(x, xp, fp, period)
    at, points = (a._data if isinstance(a, Tensor) else a for a in (x, xp))
    last = points.shape[0] - 1
    i = np.clip(np.searchsorted(points, at, "right") - 1, 0, max(last - 1, 0))
    j = np.minimum(i + 1, last)
    inside = (at >= points[0]) & (at < points[last])
    run = np.where(inside, xp[j] - xp[i], 1.0)
    line = (fp[j] - fp[i]) / run * (x - xp[i]) + fp[i]
    low, high = fp[0] if left is None else left, fp[last] if right is None else right
    return np.where(inside, line, np.where(at < points[0], low, np.where(at > points[last], high, fp[last])))
