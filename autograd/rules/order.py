"""Derivatives of sorting, and of what is read off sorted elements: medians and quantiles.

Each result is an element, or lies between two, and so the gradient goes back to these. Of equal elements the one that
came first is sorted first: at a tie in a median the gradient goes to one of them, not to all alike.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..arrays import Axis, bare
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


@composed(np.sort)
def sort(a: Any, axis: int | None = -1, kind: str | None = None, stable: bool | None = None) -> Any:
    """The elements in order along an axis, NaN at the end. Every kind of sorting gives the same, and is stable here."""
    if axis is None:
        a, axis = ravel(a), -1
    return permute(a, np.argsort(bare(a), axis, kind="stable"), axis)


@composed(np.partition, by="a")
def partition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect") -> Any:
    """The k-th element at its place in the order, none before it greater, none behind it less, in whichever order."""
    if axis is None:
        a, axis = ravel(a), -1
    return permute(a, np.argpartition(bare(a), kth, axis), axis)


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


def _above_it(t: Any, i: Any) -> Any:
    return (t > 0) * 1


# How a quantile is read off n elements in order. Two numbers say where on the line through them it lies, for the
# fraction q, and a function where between its two neighbours it is taken from, if it is `t` above the i-th: a whole
# number means one of them. See Hyndman and Fan, "Sample quantiles in statistical packages" (1996).
_METHODS: dict[str, tuple[float, float, Callable[[Any, Any], Any]]] = {
    "linear": (1.0, 1.0, lambda t, i: t),
    "lower": (1.0, 1.0, lambda t, i: (t < 0) * 1),
    "higher": (1.0, 1.0, _above_it),
    "midpoint": (1.0, 1.0, lambda t, i: (t > 0) * 0.5),
    "nearest": (1.0, 1.0, lambda t, i: ((t > 0.5) | ((t == 0.5) & (i % 2 == 1))) * 1),
    "inverted_cdf": (0.0, 1.0, _above_it),
    "averaged_inverted_cdf": (0.0, 1.0, lambda t, i: 0.5 + (t > 0) * 0.5),
    "closest_observation": (-0.5, 1.5, lambda t, i: ((t > 0) | (i % 2 == 0)) * 1),
    "interpolated_inverted_cdf": (0.0, 1.0, lambda t, i: t),
    "hazen": (0.5, 0.5, lambda t, i: t),
    "weibull": (0.0, 0.0, lambda t, i: t),
    "median_unbiased": (1 / 3, 1 / 3, lambda t, i: t),
    "normal_unbiased": (3 / 8, 3 / 8, lambda t, i: t),
}


def fractions_of(q: Any, method: str) -> Any:
    """Return the fractions that quantiles are asked for, as plain numbers, or refuse them."""
    if method not in _METHODS:
        raise ValueError(f"quantile: there is no method {method!r}; there are {', '.join(_METHODS)}")
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


def place_of(n: Any, q: float, method: str) -> tuple[Any, Any, Any]:
    """Return the numbers of the elements below and above the quantile of n elements, and where between them it is."""
    alpha, beta, step = _METHODS[method]
    place = (n - 1) * q if alpha == beta == 1 else n * q + (alpha + q * (1 - alpha - beta)) - 1
    i, last = np.floor(place), np.maximum(n - 1, 0)
    below, above = (np.clip(k, 0, last).astype(np.intp) for k in (i, i + 1))
    return below, above, step(place - i, i)


def between(low: Any, high: Any, t: Any) -> Any:
    """Return the numbers that lie between others at `t`, each at its own; exact at both ends."""
    if t.dtype.kind == "i":
        return np.where(t == 0, low, high)
    t = t.astype(low.dtype)
    return np.where(t < 0.5, low + (high - low) * t, high - (high - low) * (1 - t))


def _quantile_of(rows: Any, q: float, method: str) -> Any:
    i, j, t = (part.item() for part in place_of(rows.shape[0], q, method))
    low, high = rows[i], rows[j]
    if isinstance(t, int):
        return high if t else low
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


def by_hundredths(of_fractions: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of percentages made of one of fractions."""

    @functools.wraps(of_fractions)
    def of_percentages(a: Any, q: Any, *args: Any, **options: Any) -> Any:
        return of_fractions(a, q / 100 if isinstance(q, Tensor) else np.true_divide(q, 100), *args, **options)

    return of_percentages


percentile = composed(np.percentile, by="a")(by_hundredths(quantile))


PLAIN = {np.argsort, np.argpartition, np.lexsort, np.searchsorted, np.digitize}
REFUSED = {np.sort_complex: "gives complex numbers, and a Tensor holds real ones; np.sort sorts them"}
