"""Derivatives of sums, means, extrema and the like.

Where a rule's gradient is the same all along an axis it leaves that axis at length one: the engine spreads it out.
Over ties max and min share the gradient equally. An element for which `where` does not hold counts nowhere and has the
gradient 0; `initial` counts as one more element, so that at a tie with it a part of the gradient is lost to it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays import Axis, operand
from ..primitive import TABLE, primitive
from ..tensor import Tensor
from .elementwise import of_type
from .table import composed

NOT_GIVEN: Any = np._NoValue


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


def reduced(ufunc: Any, x: Any, axis: Axis, dtype: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    """Return what a ufunc makes of the elements along `axis`, one after the other."""
    return ufunc.reduce(x, axis, dtype, None, keepdims, initial, where)


def only(x: Any, where: Any, instead: float = 0) -> Any:
    """Return the elements for which `where` holds, and a number in the place of the others."""
    return x if where is True else np.where(where, x, instead)


def roomy(x: Any) -> Any:
    """Return the same numbers, those in half precision in single: it has room for counts and sums above 65504."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


def divided(g: Any, shape: tuple[int, ...], axis: Axis, where: Any, ddof: float = 0) -> Any:
    """Return a kept gradient divided by how many elements there are (less `ddof`) for which `where` holds.

    NaN where there are none left: a mean of nothing.
    """
    g = roomy(g)
    if where is True:
        return g / max(count(shape, axis) - ddof, 0)
    n = np.broadcast_to(where, shape).sum(axis=axis, keepdims=True, dtype=g.dtype) - ddof
    return g / np.where(n > 0, n, math.nan)


# --------------------------------------------------------------------------------------- sums, means and products


@primitive(
    name="sum",
    implements=np.sum,
    x=lambda g, x_shape, axis, keepdims, where: only(keep(g, x_shape, axis, keepdims), where),
)
def sum_(
    x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None, initial: Any = NOT_GIVEN, where: Any = True
) -> Any:
    """Sum of the elements along `axis`."""
    return reduced(np.add, x, axis, dtype, keepdims, initial, where)


@primitive(
    implements=np.mean,
    x=lambda g, x_shape, axis, keepdims, where: only(
        divided(keep(g, x_shape, axis, keepdims), x_shape, axis, where), where
    ),
)
def mean(x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None, where: Any = True) -> Any:
    """Mean of the elements along `axis`."""
    return np.mean(x, axis, dtype, None, keepdims, where=where)


def _factors(x: Any, dtype: Any, where: Any) -> Any:
    """Return what a product multiplies: the elements in its own type, 1 for those that do not count."""
    return only(x if dtype is None else x.astype(dtype), where, 1)


def _product_by_halves(x: Any, axis: Axis, keepdims: bool, dtype: Any, initial: Any, where: Any) -> Any:
    """The same product out of plain multiplications, half of the elements by the other half, until one is left."""
    x = _factors(x, dtype, where)
    axes = reduced_axes(x.ndim, axis)
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    shape = kept_shape(x.shape, axis) if keepdims else tuple(x.shape[i] for i in rest)
    rows = x.transpose(axes + rest).reshape((count(x.shape, axis), *(x.shape[i] for i in rest)))
    if not rows.shape[0]:  # the product of nothing
        rows = rows.sum(axis=0, keepdims=True) + 1
    while (n := rows.shape[0]) > 1:
        product = rows[: n // 2] * rows[n // 2 : n - n % 2]
        rows = np.concatenate([product, rows[n - 1 :]]) if n % 2 else product
    return rows.reshape(shape) if initial is NOT_GIVEN else rows.reshape(shape) * initial


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


def _product_slope(g: Any, x: Any, axis: Axis, keepdims: bool, dtype: Any, initial: Any, where: Any) -> Any:
    slope = keep(g, x.shape, axis, keepdims) * _product_of_others(_factors(x, dtype, where), axis)
    return only(slope if initial is NOT_GIVEN else slope * initial, where)


@primitive(implements=np.prod, x=_product_slope, again=_product_by_halves)
def prod(
    x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None, initial: Any = NOT_GIVEN, where: Any = True
) -> Any:
    """Product of the elements along `axis`."""
    return reduced(np.multiply, x, axis, dtype, keepdims, initial, where)


@composed(np.average, by="a weights")
def average(a: Any, axis: Axis = None, weights: Any = None, returned: bool = False, keepdims: bool = False) -> Any:
    """Mean of the elements along `axis`, each counted with its weight; it has a gradient by both.

    Weights whose sum is 0 give a division by 0, with NumPy's warning.
    """
    a = a if isinstance(a, Tensor) else operand(a)
    if weights is None:
        result, total = mean(a, axis, keepdims), count(a.shape, axis)
    else:
        weights = _beside(weights if isinstance(weights, Tensor) else operand(weights), a.shape, axis)
        dtype = np.result_type(a.dtype, weights.dtype, *([] if a.dtype.kind == "f" else [np.float64]))
        a, weights = (x if x.dtype == dtype else x.astype(dtype) for x in (a, weights))
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


# --------------------------------------------------------------------------------------------------------------- spread


def _deviation(x: Any, axis: Axis, dtype: Any = None, where: Any = True) -> Any:
    x = roomy(x) if dtype is None else x.astype(dtype)
    return only(x - mean(x, axis, True, where=where), where)


@primitive(
    x=lambda g, x, axis, keepdims, ddof, dtype, where: (
        divided(keep(g, x.shape, axis, keepdims), x.shape, axis, where, ddof) * 2 * _deviation(x, axis, dtype, where)
    ),
)
def var(
    x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False, dtype: Any = None, where: Any = True
) -> Any:
    """Variance of the elements along `axis`: Σ(x − x̄)² / (n − ddof)."""
    return np.var(x, axis, dtype, None, ddof, keepdims, where=where)


def _nonzero(x: Any) -> Any:
    return np.where(x == 0, 1, x)


@primitive(
    x=lambda g, x, ans, axis, keepdims, ddof, dtype, where: (
        divided(keep(roomy(g) * (ans != 0) / _nonzero(ans), x.shape, axis, keepdims), x.shape, axis, where, ddof)
        * _deviation(x, axis, dtype, where)
    ),
)
def std(
    x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False, dtype: Any = None, where: Any = True
) -> Any:
    """Standard deviation along `axis`, the root of the variance; its gradient where it is 0 is 0, as the norm's."""
    return np.std(x, axis, dtype, None, ddof, keepdims, where=where)


def _freedom(ddof: float, correction: Any) -> float:
    if correction is NOT_GIVEN:
        return ddof
    if ddof:
        raise ValueError(f"ddof={ddof} and correction={correction} are two words for one thing; give one of them")
    return correction


@composed(np.var, by="a mean")
def variance(
    a: Any,
    axis: Axis = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    dtype: Any = None,
    where: Any = True,
    mean: Any = NOT_GIVEN,
    correction: Any = NOT_GIVEN,
) -> Any:
    """Variance, about a `mean` that may be given (its reduced axes at length one); it has a gradient by both then."""
    ddof = _freedom(ddof, correction)
    if mean is NOT_GIVEN:
        return var(a, axis, ddof, keepdims, dtype, where)
    a = of_type(a, dtype)
    deviation = a - mean
    dtype = deviation.dtype if a.dtype.kind == "f" else np.dtype(np.float64)
    deviation = only(roomy(deviation), where)
    found = divided(sum_(deviation * deviation, axis, True), a.shape, axis, where, ddof)
    found = found if found.dtype == dtype else found.astype(dtype)
    return found if keepdims else np.squeeze(found, reduced_axes(a.ndim, axis))


@composed(np.std, by="a mean")
def standard_deviation(
    a: Any,
    axis: Axis = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    dtype: Any = None,
    where: Any = True,
    mean: Any = NOT_GIVEN,
    correction: Any = NOT_GIVEN,
) -> Any:
    """Standard deviation, about a `mean` that may be given; its gradient where it is 0 is 0."""
    if mean is NOT_GIVEN:
        return std(a, axis, _freedom(ddof, correction), keepdims, dtype, where)
    square = variance(a, axis, ddof, keepdims, dtype=dtype, where=where, mean=mean, correction=correction)
    return np.where(square == 0, 0, np.sqrt(_nonzero(square)))


# -------------------------------------------------------------------------------------------------------------- extrema


def _in_equal_shares(g: Any, chosen: Any, extreme: Any, axis: Axis, initial: Any, where: Any) -> Any:
    """Return the gradient on the chosen elements for which `where` holds; `initial` takes its share too."""
    chosen = chosen if where is True else chosen & where
    shares = chosen.sum(axis=axis, keepdims=True, dtype=np.promote_types(g.dtype, np.float32))
    if initial is not NOT_GIVEN:
        shares = shares + (extreme == initial)
    return g / np.maximum(shares, 1) * chosen


def _to_extremes(
    g: Any, x: Any, ans: Any, axis: Axis, keepdims: bool, initial: Any = NOT_GIVEN, where: Any = True
) -> Any:
    extreme = keep(ans, x.shape, axis, keepdims)
    chosen = (x == extreme) | (x != x)  # a NaN among the elements is the extreme
    return _in_equal_shares(keep(g, x.shape, axis, keepdims), chosen, extreme, axis, initial, where)


@primitive(name="max", implements=np.max, x=_to_extremes)
def max_(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = NOT_GIVEN, where: Any = True) -> Any:
    """Greatest element along `axis`."""
    return reduced(np.maximum, x, axis, None, keepdims, initial, where)


@primitive(name="min", implements=np.min, x=_to_extremes)
def min_(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = NOT_GIVEN, where: Any = True) -> Any:
    """Least element along `axis`."""
    return reduced(np.minimum, x, axis, None, keepdims, initial, where)


def _to_extremes_present(g: Any, x: Any, ans: Any, axis: Axis, keepdims: bool, initial: Any, where: Any) -> Any:
    extreme = keep(ans, x.shape, axis, keepdims)
    return _in_equal_shares(keep(g, x.shape, axis, keepdims), x == extreme, extreme, axis, initial, where)


@primitive(implements=np.nanmax, x=_to_extremes_present)
def nanmax(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = NOT_GIVEN, where: Any = True) -> Any:
    """Greatest of the elements that are not NaN; NaN where there are none."""
    return reduced(np.fmax, x, axis, None, keepdims, initial, where)


@primitive(implements=np.nanmin, x=_to_extremes_present)
def nanmin(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = NOT_GIVEN, where: Any = True) -> Any:
    """Least of the elements that are not NaN; NaN where there are none."""
    return reduced(np.fmin, x, axis, None, keepdims, initial, where)


@composed(np.ptp)
def ptp(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Range of the elements along `axis`: the greatest less the least."""
    return max_(a, axis, keepdims) - min_(a, axis, keepdims)


TABLE[np.amax], TABLE[np.amin] = max_, min_  # other functions to NumPy, which only call np.max and np.min


@primitive(x=lambda g, x, ans, axis, keepdims: _log_sum_slope(g, x, ans, axis, keepdims))
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """log Σ exp(x) along `axis`, without overflow: the greatest element is taken out of the sum first.

    It is −∞ for nothing, and for elements that are all −∞, which then have the gradient 0.
    """
    least = -math.inf if x.dtype.kind == "f" else NOT_GIVEN
    greatest = np.max(x, axis=axis, keepdims=True, initial=least)
    greatest = np.where(np.isfinite(greatest), greatest, 0)
    with np.errstate(divide="ignore", over="ignore"):  # log 0 = −∞ is the answer when all elements are −∞
        logs = np.log(np.sum(np.exp(x - greatest), axis=axis, keepdims=True)) + greatest
    return logs if keepdims else np.squeeze(logs, axis=reduced_axes(np.ndim(x), axis))


def _log_sum_slope(g: Any, x: Any, ans: Any, axis: Axis, keepdims: bool) -> Any:
    ans = keep(ans, x.shape, axis, keepdims)
    return keep(g, x.shape, axis, keepdims) * np.exp(x - np.where(ans == -math.inf, 0, ans))


PLAIN = {np.all, np.any, np.count_nonzero, np.argmax, np.argmin, np.allclose, np.array_equal, np.array_equiv}
