"""Derivatives of sorting, and of what is read off sorted elements: medians and quantiles.

Each result is an element, or lies between two, and so the gradient goes back to these. Of equal elements the one that
came first is sorted first: at a tie in a median the gradient goes to one of them, not to all alike.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..arrays import Axis
from ..primitive import primitive
from ..tensor import Tensor
from .reduction import count, kept_shape, mean
from .shape import ravel, stack
from .table import composed


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


@composed(np.partition, by="a")
def partition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect") -> Any:
    """The k-th element at its place in the order, none before it greater, none behind it less, in whichever order."""
    if axis is None:
        a, axis = ravel(a), -1
    return permute(a, np.argpartition(_bare(a), kth, axis), axis)


# ------------------------------------------------------------------------------------------------ medians and quantiles


def sorted_rows(a: Any, axis: Axis) -> Any:
    """Return the elements that are reduced to one in order along the first axis, and the other axes behind it."""
    axes = tuple(range(a.ndim)) if axis is None else normalize_axis_tuple(axis, a.ndim)
    rest = tuple(i for i in range(a.ndim) if i not in axes)
    rows = a.transpose(axes + rest).reshape((count(a.shape, axis), *(a.shape[i] for i in rest)))
    return sort(rows, 0)


def _unless_nan(rows: Any, result: Any) -> Any:
    """Return the result, or NaN where there is one among the elements: it is the last in the order."""
    return np.where(np.isnan(rows[-1]), rows[-1], result)


@composed(np.median)
def median(a: Any, axis: Axis = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """The element in the middle of the order, or the mean of the two there."""
    rows = sorted_rows(a, axis)
    n = rows.shape[0]
    result = mean(rows[(n - 1) // 2 : n // 2 + 1] if n else rows, 0)  # of nothing NaN, with NumPy's warning
    result = _unless_nan(rows, result) if n else result
    return result.reshape(kept_shape(a.shape, axis)) if keepdims else result


# Where a quantile lies among n elements in order, for the fraction q: Hyndman and Fan, "Sample quantiles in statistical
# packages" (1996), name these by two numbers each.
_PLACES = {
    **{"interpolated_inverted_cdf": (0.0, 1.0), "hazen": (0.5, 0.5), "weibull": (0.0, 0.0)},
    **{"median_unbiased": (1 / 3, 1 / 3), "normal_unbiased": (3 / 8, 3 / 8)},
}
# Where between two neighbours, if `t` is the place on the line from one to the other.
_STEPS = {
    "linear": lambda t: t,
    "lower": lambda t: t * 0.0,
    "higher": lambda t: (t > 0) * 1.0,
    "midpoint": lambda t: (t > 0) * 0.5,
}


def fractions_of(q: Any, method: str) -> Any:
    """Return the fractions that quantiles are asked for, as plain numbers, or refuse them."""
    if method not in _PLACES and method not in _STEPS:
        known = ", ".join([*_STEPS, *_PLACES])
        raise ValueError(f"quantile: method {method!r} has no gradient here; there are {known}")
    if isinstance(q, Tensor):
        if q.requires_grad:
            raise TypeError(
                "quantile has no derivative by its argument 'q', which requires a gradient; pass q.detach()"
            )
        q = q.data
    fractions = np.asarray(q)
    if not ((fractions >= 0) & (fractions <= 1)).all():
        raise ValueError(f"quantiles must be in the range from 0 to 1 (percentiles: 100), but one is {q}")
    return fractions


def place_of(n: Any, q: float, method: str) -> tuple[Any, Any]:
    """Return the number of the element below the quantile of n elements, and how far it is from there to the next."""
    alpha, beta = _PLACES.get(method, (1.0, 1.0))
    place = (n - 1) * q if method in _STEPS else n * q + (alpha + q * (1 - alpha - beta)) - 1
    place = np.clip(place, 0, np.maximum(n - 1, 0))
    i = np.floor(place)
    return i.astype(np.intp), _STEPS.get(method, _STEPS["linear"])(place - i)


def between(low: Any, high: Any, t: Any) -> Any:
    """Return the number that lies between two at `t`; exact at both ends."""
    return np.where(t < 0.5, low + (high - low) * t, high - (high - low) * (1 - t))


def _quantile_of(rows: Any, q: float, method: str) -> Any:
    i, t = (part.item() for part in place_of(rows.shape[0], q, method))
    low, high = rows[i], rows[min(i + 1, rows.shape[0] - 1)]
    return low + (high - low) * t if t < 0.5 else high - (high - low) * (1 - t)  # exact at both ends


@composed(np.quantile, by="a")
def quantile(
    a: Any,
    q: Any,
    axis: Axis = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
) -> Any:
    """The number below which a fraction `q` of the elements lies; for several `q` one result each, along new axes."""
    fractions = fractions_of(q, method)
    rows = sorted_rows(a, axis)
    shape = kept_shape(a.shape, axis) if keepdims else rows.shape[1:]
    results = [_unless_nan(rows, _quantile_of(rows, f, method)).reshape(shape) for f in fractions.ravel().tolist()]
    return stack(results).reshape(fractions.shape + shape) if fractions.ndim else results[0]


@composed(np.percentile, by="a")
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


PLAIN = {np.argsort, np.argpartition, np.lexsort, np.searchsorted, np.digitize}
REFUSED = {np.sort_complex: "gives complex numbers, and a Tensor holds real ones; np.sort sorts them"}
