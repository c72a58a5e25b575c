"""Derivatives of sums, means, extrema and the like.

Where a rule's gradient is the same all along an axis it leaves that axis at length one: the engine spreads it out.
Over ties max and min share the gradient equally. Elements that nansum and the like pass over have the gradient 0.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays import Axis, operand
from ..primitive import TABLE, primitive
from ..tensor import Tensor
from .shape import composed


def keep(g: Any, x_shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    """Return a reduced array with the reduced axes back in place, at length one."""
    if keepdims or not x_shape:
        return g
    return g.reshape(kept_shape(x_shape, axis))


def kept_shape(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    """Return `shape` with the axes of `axis` (None: all) at length one."""
    axes = reduced_axes(len(shape), axis)
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def reduced_axes(ndim: int, axis: Axis) -> tuple[int, ...]:
    """Return the axes that `axis` means, none of them negative."""
    if axis is None or ndim == 0:
        return tuple(range(ndim))
    return tuple(i % ndim for i in (axis if isinstance(axis, tuple) else (axis,)))


def count(shape: tuple[int, ...], axis: Axis) -> int:
    """Return how many elements are reduced to one."""
    n = 1
    for i in reduced_axes(len(shape), axis):
        n *= shape[i]
    return n


@primitive(name="sum", implements=np.sum, x=lambda g, x_shape, axis, keepdims: keep(g, x_shape, axis, keepdims))
def sum_(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Sum of the elements along `axis`."""
    return np.add.reduce(x, axis=axis, keepdims=keepdims)  # type: ignore[call-overload]  # a bool is a Literal


@primitive(
    implements=np.mean,
    x=lambda g, x_shape, axis, keepdims: keep(g, x_shape, axis, keepdims) / count(x_shape, axis),
)
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Mean of the elements along `axis`."""
    return np.mean(x, axis=axis, keepdims=keepdims)


def _product_by_halves(x: Any, axis: Axis, keepdims: bool) -> Any:
    """The same product out of plain multiplications, half of the elements by the other half, until one is left."""
    axes = reduced_axes(x.ndim, axis)
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    shape = kept_shape(x.shape, axis) if keepdims else tuple(x.shape[i] for i in rest)
    rows = x.transpose(axes + rest).reshape((count(x.shape, axis), *(x.shape[i] for i in rest)))
    if not rows.shape[0]:  # the product of nothing
        return rows.sum(axis=0).reshape(shape) + 1
    while (n := rows.shape[0]) > 1:
        product = rows[: n // 2] * rows[n // 2 : n - n % 2]
        rows = np.concatenate([product, rows[n - 1 :]]) if n % 2 else product
    return rows.reshape(shape)


def _product_of_others(x: Any, axis: Axis) -> Any:
    """For each element the product of the others along `axis`, without a division, so that zeros do no harm.

    It is the product of those before times the product of those behind.
    """
    axes = reduced_axes(x.ndim, axis)
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    moved = x.transpose(axes + rest)
    rows = moved.reshape((count(x.shape, axis), *moved.shape[len(axes) :]))
    one = np.ones_like(rows[:1])
    before = np.cumprod(np.concatenate([one, rows[:-1]]), axis=0)
    behind = np.cumprod(np.concatenate([one, rows[:0:-1]]), axis=0)[::-1]
    return (before * behind).reshape(moved.shape).transpose(np.argsort(axes + rest))


@primitive(
    implements=np.prod,
    x=lambda g, x, axis, keepdims: keep(g, x.shape, axis, keepdims) * _product_of_others(x, axis),
    again=_product_by_halves,
)
def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Product of the elements along `axis`."""
    return np.prod(x, axis=axis, keepdims=keepdims)


# --------------------------------------------------------------------------------------------------------------- spread


def _deviation(x: Any, axis: Axis) -> Any:
    return x - x.mean(axis=axis, keepdims=True)


@primitive(
    implements=np.var,
    x=lambda g, x, axis, ddof, keepdims: (
        keep(g, x.shape, axis, keepdims) * _deviation(x, axis) * 2 / (count(x.shape, axis) - ddof)
    ),
)
def var(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Variance of the elements along `axis`: Σ(x − x̄)² / (n − ddof)."""
    return np.var(x, axis=axis, ddof=ddof, keepdims=keepdims)


def _nonzero(x: Any) -> Any:
    return np.where(x == 0, 1, x)


@primitive(
    implements=np.std,
    x=lambda g, x, ans, axis, ddof, keepdims: (
        keep(g / _nonzero(ans), x.shape, axis, keepdims) * _deviation(x, axis) / (count(x.shape, axis) - ddof)
    ),
)
def std(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Standard deviation along `axis`, the root of the variance; its gradient where it is 0 is 0, as the norm's."""
    return np.std(x, axis=axis, ddof=ddof, keepdims=keepdims)


@composed(np.average)
def average(a: Any, axis: Axis = None, weights: Any = None, returned: bool = False, keepdims: bool = False) -> Any:
    """Mean of the elements along `axis`, each counted with its weight; it has a gradient by both.

    Weights whose sum is 0 give a division by 0, with NumPy's warning.
    """
    a = a if isinstance(a, Tensor) else operand(a)
    if weights is None:
        result, total = mean(a, axis, keepdims), count(a.shape, axis)
    else:
        weights = _beside(weights if isinstance(weights, Tensor) else operand(weights), a.shape, axis)
        total = sum_(weights, axis, keepdims)
        result = sum_(a * weights, axis, keepdims) / total
    return (result, np.zeros_like(result) + total) if returned else result


def _beside(weights: Any, shape: tuple[int, ...], axis: Axis) -> Any:
    """Return weights in the shape of the array: those along the reduced axes only count everywhere alike."""
    if weights.shape == shape:
        return weights
    axes = () if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(i % len(shape) for i in axes)
    if weights.shape != tuple(shape[i] for i in axes):
        raise ValueError(
            f"average: weights have shape {weights.shape}, but the array has shape {shape}; they need its shape, or "
            f"the lengths of the axes that are reduced (axis={axis})"
        )
    in_order = weights.transpose([axes.index(i) for i in sorted(axes)])
    return np.broadcast_to(in_order.reshape(tuple(n if i in axes else 1 for i, n in enumerate(shape))), shape)


# -------------------------------------------------------------------------------------------------------------- extrema


def _to_extremes(g: Any, x: Any, ans: Any, axis: Axis, keepdims: bool) -> Any:
    """Return the gradient on the elements that are equal to the extreme, in equal shares."""
    extreme = keep(ans, x.shape, axis, keepdims)
    chosen = (x == extreme) | ((x != x) & (extreme != extreme))  # a NaN among the elements is the extreme
    shares = chosen.sum(axis=axis, keepdims=True, dtype=g.dtype)
    return keep(g, x.shape, axis, keepdims) * chosen / shares


@primitive(
    name="max",
    implements=np.max,
    x=_to_extremes,
)
def max_(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Greatest element along `axis`."""
    return np.max(x, axis=axis, keepdims=keepdims)


@primitive(
    name="min",
    implements=np.min,
    x=_to_extremes,
)
def min_(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Least element along `axis`."""
    return np.min(x, axis=axis, keepdims=keepdims)


@composed(np.ptp)
def ptp(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Range of the elements along `axis`: the greatest less the least."""
    return max_(a, axis, keepdims) - min_(a, axis, keepdims)


TABLE[np.amax], TABLE[np.amin] = max_, min_  # other functions to NumPy, which only call np.max and np.min


def _finite(x: Any) -> Any:
    return np.where(np.isfinite(x), x, 0)


@primitive(
    x=lambda g, x, ans, axis, keepdims: (
        keep(g, x.shape, axis, keepdims) * np.exp(x - _finite(keep(ans, x.shape, axis, keepdims)))
    )
)
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """log Σ exp(x) along `axis`, without overflow: the greatest element is taken out of the sum first."""
    greatest = _finite(np.max(x, axis=axis, keepdims=True))
    with np.errstate(divide="ignore"):  # log 0 = −∞ is the answer when all elements are −∞
        logs = np.log(np.sum(np.exp(x - greatest), axis=axis, keepdims=True)) + greatest
    return logs if keepdims else np.squeeze(logs, axis=reduced_axes(np.ndim(x), axis))


# ------------------------------------------------------------------------------------------------------- past the gaps


def present(a: Any, instead: float) -> Any:
    """Return the elements with a number in the place of each NaN: it gets no gradient."""
    return np.where(np.isnan(a), instead, a) if a.dtype.kind == "f" else a


@composed(np.nansum)
def nansum(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Sum of the elements that are not NaN."""
    return sum_(present(a, 0.0), axis, keepdims)


@composed(np.nanprod)
def nanprod(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Product of the elements that are not NaN."""
    return prod(present(a, 1.0), axis, keepdims)


def _count_present(a: Any, axis: Axis, keepdims: bool) -> Any:
    return np.logical_not(np.isnan(a)).sum(axis=axis, keepdims=keepdims, dtype=a.dtype if a.dtype.kind == "f" else None)


@composed(np.nanmean)
def nanmean(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Mean of the elements that are not NaN; NaN where there are none."""
    return nansum(a, axis, keepdims) / _count_present(a, axis, keepdims)


@composed(np.nanvar)
def nanvar(a: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Variance of the elements that are not NaN; NaN where there are too few of them."""
    deviation = present(a - nanmean(a, axis, True), 0.0)
    freedom = _count_present(a, axis, keepdims) - ddof
    return sum_(deviation * deviation, axis, keepdims) / np.where(freedom > 0, freedom, math.nan)


@composed(np.nanstd)
def nanstd(a: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Standard deviation of the elements that are not NaN; its gradient where it is 0 is 0."""
    variance = nanvar(a, axis, ddof, keepdims)
    return np.where(variance == 0, 0.0, np.sqrt(_nonzero(variance)))


def _extreme_of_present(extreme: Any, a: Any, worst: float, axis: Axis, keepdims: bool) -> Any:
    """Return the extreme of the elements that are not NaN, and NaN where there are none."""
    found = extreme(present(a, worst), axis, keepdims)
    if a.dtype.kind != "f":
        return found
    return np.where(np.isnan(a).all(axis=axis, keepdims=keepdims), math.nan, found)


@composed(np.nanmax)
def nanmax(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Greatest of the elements that are not NaN."""
    return _extreme_of_present(max_, a, -math.inf, axis, keepdims)


@composed(np.nanmin)
def nanmin(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Least of the elements that are not NaN."""
    return _extreme_of_present(min_, a, math.inf, axis, keepdims)
