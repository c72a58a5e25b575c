"""Reductions and scans that pass over NaN: they are those of `reduction`, of the elements that are there.

An element that is NaN has the gradient 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import Axis
from .order import between, by_hundredths, fractions_of, place_of, quantile, sorted_rows
from .reduction import NOT_GIVEN, kept_shape, prod, standard_deviation, sum_, variance
from .reduction import mean as mean_
from .scan import cumprod, cumsum
from .selection import take_along_axis
from .shape import stack
from .table import composed


def present(a: Any, instead: float) -> Any:
    """Return the elements with a number in the place of each NaN: it gets no gradient."""
    return np.where(np.isnan(a), instead, a) if a.dtype.kind == "f" else a


def _there(a: Any, where: Any) -> Any:
    return np.logical_not(np.isnan(a)) & where


@composed(np.nansum)
def nansum(
    a: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None, initial: Any = NOT_GIVEN, where: Any = True
) -> Any:
    """Sum of the elements that are not NaN."""
    return sum_(present(a, 0.0), axis, keepdims, dtype, initial, where)


@composed(np.nanprod)
def nanprod(
    a: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None, initial: Any = NOT_GIVEN, where: Any = True
) -> Any:
    """Product of the elements that are not NaN."""
    return prod(present(a, 1.0), axis, keepdims, dtype, initial, where)


@composed(np.nanmean)
def nanmean(a: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None, where: Any = True) -> Any:
    """Mean of the elements that are not NaN; NaN, with NumPy's warning, where there are none."""
    return mean_(present(a, 0.0), axis, keepdims, dtype, _there(a, where))


def _past_gaps(spread: Callable[..., Any]) -> Callable[..., Any]:
    """Return a variance, or a standard deviation, of the elements that are not NaN; NaN where there are too few."""

    def of_those_there(
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
        there, centre = _there(a, where), nanmean(a, axis, True, dtype, where) if mean is NOT_GIVEN else mean
        options: dict[str, Any] = {"dtype": dtype, "where": there, "mean": centre, "correction": correction}
        return spread(present(a, 0.0), axis, ddof, keepdims, **options)

    return of_those_there


nanvar = composed(np.nanvar, by="a mean")(_past_gaps(variance))
nanstd = composed(np.nanstd, by="a mean")(_past_gaps(standard_deviation))


# ------------------------------------------------------------------------------------------------------------- in order


def _in_rows(a: Any, axis: Axis) -> tuple[Any, Any]:
    """Return the elements in order along the first axis, NaN at the end, and how many of each column are not NaN."""
    rows = sorted_rows(a, axis)
    return rows, np.logical_not(np.isnan(rows)).sum(axis=0)


def _picked(rows: Any, places: Any) -> Any:
    """Return of each column the element at its own place."""
    return take_along_axis(rows, np.maximum(places, 0)[None], 0)[0]


def _unless_empty(result: Any, n: Any, shape: tuple[int, ...]) -> Any:
    return np.where(n == 0, math.nan, result).reshape(shape)


@composed(np.nanmedian)
def nanmedian(a: Any, axis: Axis = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """The middle of the elements that are not NaN, or the mean of the two there."""
    if not a.size:
        return nanmean(a, axis, keepdims)
    rows, n = _in_rows(a, axis)
    middle = _picked(rows, (n - 1) // 2) / 2 + _picked(rows, n // 2) / 2
    return _unless_empty(middle, n, kept_shape(a.shape, axis) if keepdims else rows.shape[1:])


@composed(np.nanquantile, by="a")
def nanquantile(
    a: Any,
    q: Any,
    axis: Axis = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
) -> Any:
    """The number below which a fraction `q` of the elements that are not NaN lies."""
    if a.dtype.kind != "f":  # there are no gaps among whole numbers
        return quantile(a, q, axis, overwrite_input, method, keepdims)
    fractions = fractions_of(q, method)
    rows, n = _in_rows(a, axis)
    shape = kept_shape(a.shape, axis) if keepdims else rows.shape[1:]
    results = []
    for fraction in fractions.ravel().tolist():
        below, above, t = place_of(n, fraction, method)
        low, high = (take_along_axis(rows, places[None], 0)[0] for places in (below, above))
        results.append(_unless_empty(between(low, high, t), n, shape))
    return stack(results).reshape(fractions.shape + shape) if fractions.ndim else results[0]


nanpercentile = composed(np.nanpercentile, by="a")(by_hundredths(nanquantile))

# -------------------------------------------------------------------------------------------------------------- running


@composed(np.nancumsum)
def nancumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sums that take NaN for 0."""
    return cumsum(present(a, 0.0), axis, dtype)


@composed(np.nancumprod)
def nancumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running products that take NaN for 1."""
    return cumprod(present(a, 1.0), axis, dtype)


PLAIN = {np.nanargmax, np.nanargmin}
