"""Derivatives of sorting, and of what is read off sorted elements: medians and quantiles.

Each result is an element, or lies between two, and so the gradient goes back to these. Of equal elements the one that
came first is sorted first: at a tie in a median the gradient goes to one of them, not to all alike.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays import Axis
from ..primitive import primitive
from ..tensor import Tensor
from .reduction import count, kept_shape, mean, reduced_axes
from .shape import composed, ravel, stack


@primitive(x=lambda g, order, axis: _permuted_back(g, order, axis))
def permute(x: Any, order: Any, axis: int) -> Any:
    """The elements along an axis in another order, which is a permutation of their places."""
    return np.take_along_axis(x, order, axis)


def _permuted_back(g: Any, order: Any, axis: int) -> Any:
    return permute(g, np.argsort(order, axis), axis)


def _bare(x: Any) -> Any:
    return x._data if isinstance(x, Tensor) else x


@composed(np.sort)
def sort(a: Any, axis: int | None = -1, kind: str | None = None, stable: bool | None = None) -> Any:
    """The elements in order along an axis, NaN at the end. Every kind of sorting gives the same, and is stable here."""
    if axis is None:
        a, axis = ravel(a), -1
    return permute(a, np.argsort(_bare(a), axis, kind="stable"), axis)


@composed(np.partition)
def partition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect") -> Any:
    """The k-th element at its place in the order, none before it greater, none behind it less, in whichever order."""
    if axis is None:
        a, axis = ravel(a), -1
    return permute(a, np.argpartition(_bare(a), kth, axis), axis)


# ------------------------------------------------------------------------------------------------ medians and quantiles


def _sorted_rows(a: Any, axis: Axis) -> Any:
    """Return the elements that are reduced to one in order along the first axis, and the other axes behind it."""
    axes = reduced_axes(a.ndim, axis)
    rest = tuple(i for i in range(a.ndim) if i not in axes)
    rows = a.transpose(axes + rest).reshape((count(a.shape, axis), *(a.shape[i] for i in rest)))
    return sort(rows, 0)


def _unless_nan(rows: Any, result: Any) -> Any:
    """Return the result, or NaN where there is one among the elements: it is the last in the order."""
    return np.where(np.isnan(rows[-1]), rows[-1], result)


@composed(np.median)
def median(a: Any, axis: Axis = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """The element in the middle of the order, or the mean of the two there."""
    rows = _sorted_rows(a, axis)
    n = rows.shape[0]
    if n == 0:
        return mean(rows, 0)  # NaN, with NumPy's warning
    result = _unless_nan(rows, mean(rows[(n - 1) // 2 : n // 2 + 1], 0))
    return result.reshape(kept_shape(a.shape, axis)) if keepdims else result


# Where between two neighbours in the order a quantile lies, if `t` is its place on the line from one to the other.
_METHODS = {
    "linear": lambda t: t,
    "lower": lambda t: 0.0,
    "higher": lambda t: float(t > 0),
    "midpoint": lambda t: 0.5 * (t > 0),
}


def _quantile_of(rows: Any, q: float, method: str) -> Any:
    place = q * (rows.shape[0] - 1)
    i = math.floor(place)
    t = _METHODS[method](place - i)
    low, high = rows[i], rows[min(i + 1, rows.shape[0] - 1)]
    return low + (high - low) * t if t < 0.5 else high - (high - low) * (1 - t)  # exact at both ends


@composed(np.quantile)
def quantile(
    a: Any,
    q: Any,
    axis: Axis = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
) -> Any:
    """The number below which a fraction `q` of the elements lies; for several `q` one result each, along new axes."""
    if method not in _METHODS:
        raise ValueError(f"quantile: method {method!r} has no gradient here; there are {', '.join(_METHODS)}")
    if isinstance(q, Tensor):
        if q.requires_grad:
            raise TypeError(
                "quantile has no derivative by its argument 'q', which requires a gradient; pass q.detach()"
            )
        q = q.data
    fractions = np.asarray(q)
    if not ((fractions >= 0) & (fractions <= 1)).all():
        raise ValueError(f"quantiles must be in the range from 0 to 1 (percentiles: 100), but one is {q}")
    rows = _sorted_rows(a, axis)
    shape = kept_shape(a.shape, axis) if keepdims else rows.shape[1:]
    results = [_unless_nan(rows, _quantile_of(rows, f, method)).reshape(shape) for f in fractions.ravel().tolist()]
    return stack(results).reshape(fractions.shape + shape) if fractions.ndim else results[0]


@composed(np.percentile)
def percentile(
    a: Any,
    q: Any,
    axis: Axis = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
) -> Any:
    """The number below which `q` per cent of the elements lie."""
    return quantile(a, q / 100 if isinstance(q, Tensor) else np.true_divide(q, 100), axis, False, method, keepdims)
