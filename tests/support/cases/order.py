"""Calls of sorting, medians and quantiles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograd.rules.order import permute
from tests.support.cases.common import SHAPES, VIEWS, along, axes_of, beside, spread, through
from tests.support.checking import Case


def sorting() -> Iterator[Case]:
    for shape in SHAPES:
        x = spread(shape, -2, 2, "sort")
        for axis in (None, *range(-len(shape), len(shape))):
            f = along(np.sort, axis=axis)
            yield Case("permute", f, f, (x,), f"sort, axis={axis}")
            if (x.size if axis is None else shape[axis]) > 2:
                f = along(np.partition, kth=(0, 2), axis=axis)
                yield Case("permute", f, f, (x,), f"partition, axis={axis}")
    for note, (shape, view) in VIEWS.items():
        seen = through(np.sort, view)
        yield Case("permute", seen, seen, (spread(shape, -2, 2, note),), f"sort, {note}")
    f = along(np.sort, stable=True)
    yield Case("permute", f, f, (np.array([2.0, 0.5, -1.0]),), "sort, stable")
    order = np.array([[2, 0, 1], [1, 2, 0]])
    f = lambda x: permute(x, beside(x, order), 1)  # noqa: E731
    yield Case("permute", f, lambda x: np.take_along_axis(x, order, 1), (spread((2, 3), -2, 2, "permute"),), "by hand")


# NumPy's results for several fractions are always float64; here they are of the elements' own type.
MORE = {float: "", int: "", tuple: ", NumPy: float64", list: ", NumPy: float64"}


def quantiles() -> Iterator[Case]:
    for shape in ((), (1,), (3,), (2, 3), (2, 1, 3)):
        x = spread(shape, -2, 2, "quantile")
        for axis in axes_of(len(shape)):
            for keepdims in (False, True):
                note = f"axis={axis}{', kept' if keepdims else ''}"
                f = along(np.median, axis=axis, keepdims=keepdims)
                yield Case("permute", f, f, (x,), f"median, {note}")
                if axis != ():  # NumPy gives an empty array here
                    for q in (0.3, (0.0, 0.85, 1.0)) if len(shape) < 3 else (0.3,):
                        f = along(np.quantile, q=q, axis=axis, keepdims=keepdims)
                        yield Case("permute", f, f, (x,), f"quantile {q}, {note}{MORE[type(q)]}")
    x = spread((4, 3), -2, 2, "quantile")
    for q in (50, [[12.5, 99.0]]):
        f = along(np.percentile, q=q, axis=0)
        yield Case("permute", f, f, (x,), f"percentile {q}{MORE[type(q)]}")
    for note, (shape, view) in VIEWS.items():
        for g in (np.median, along(np.quantile, q=0.4)):
            seen = through(g, view)
            yield Case("permute", seen, seen, (spread(shape, -2, 2, note),), f"median or quantile, {note}")


METHODS = (
    *("linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf", "averaged_inverted_cdf"),
    *("closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased", "normal_unbiased"),
)


def methods() -> Iterator[Case]:
    x = spread((4, 3), -2, 2, "quantile")
    for method in METHODS:
        for q in (0.02, 0.125, 0.375, 0.5, 0.77, 1.0):  # of four elements: on them, half-way between two, elsewhere
            f, past = (along(g, q=q, axis=0, method=method) for g in (np.quantile, np.nanquantile))
            yield Case("permute", f, f, (x,), f"quantile {q}, {method}")
            yield Case("permute", past, past, (x,), f"nanquantile {q}, {method}")
        f = along(np.quantile, q=0.5, axis=0, method=method)
        yield Case("permute", f, f, (x[:3],), f"quantile of three, {method}")


def past_gaps() -> Iterator[Case]:
    for shape in ((1,), (3,), (2, 3), (2, 1, 3)):
        x = spread(shape, -2, 2, "gaps")
        gappy = np.where(np.arange(x.size).reshape(shape) == 1, np.nan, x)
        for axis in axes_of(len(shape)):
            if axis == ():
                continue
            for keepdims in (False, True):
                note = f"axis={axis}{', kept' if keepdims else ''}"
                for y, gaps in ((x, ""), (gappy, ", gaps")):
                    n = (~np.isnan(y)).sum(axis).min()
                    f = along(np.nanmedian, axis=axis, keepdims=keepdims)
                    if n:
                        yield Case("permute", f, f, (y,), f"nanmedian, {note}{gaps}")
                    for q in (0.3, (0.0, 0.85, 1.0)) if n else ():
                        f = along(np.nanquantile, q=q, axis=axis, keepdims=keepdims)
                        yield Case("permute", f, f, (y,), f"nanquantile {q}, {note}{gaps}{MORE[type(q)]}")
    x = np.array([[1.0, np.nan, 3.0, -0.5], [np.nan, 0.4, np.nan, 0.1], [0.2, 0.3, np.nan, np.nan]])
    for q in (50, [[12.5, 99.0]]):
        for axis in (None, 0, 1):
            f = along(np.nanpercentile, q=q, axis=axis)
            yield Case("permute", f, f, (x,), f"nanpercentile {q}, axis={axis}{MORE[type(q)]}")
    for method in METHODS:
        f = along(np.nanquantile, q=0.4, axis=1, method=method)
        yield Case("permute", f, f, (x,), f"nanquantile, {method}")
    for note, (shape, view) in VIEWS.items():
        seen = through(np.nanmedian, view)
        yield Case("permute", seen, seen, (spread(shape, -2, 2, note),), f"nanmedian, {note}")


FAMILIES = (sorting, quantiles, methods, past_gaps)
