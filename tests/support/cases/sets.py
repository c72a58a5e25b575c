"""Calls of the functions of sets, of covariances and counts, and of functions that call functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.support.cases.common import NUMPY, SHAPES, along, axes_of, beside, spread
from tests.support.checking import Case

SEVEN = np.array([7.0, 8.0])


def sets() -> Iterator[Case]:
    for shape in SHAPES:
        x = spread(shape, -2, 2, "set")
        for f in (np.unique, np.unique_values, lambda x: np.unique(x, return_index=True, return_counts=True)[0]):
            yield Case("gather", f, _sorted(f), (x,), "unique")
        for assume in (False, True):
            f = lambda x, a=assume: np.setdiff1d(np.append(x, beside(x, SEVEN)), beside(x, SEVEN), a)  # noqa: E731
            yield Case("gather", f, f, (x,), f"setdiff1d, {assume}, always float64")
            if assume and x.ndim != 1 and NUMPY < (2, 1):
                continue  # NumPy 2.0 takes vectors only
            f = lambda x, y, a=assume: np.setxor1d(x, y, a)  # noqa: E731
            yield Case("gather", f, f, (x, spread((3,), 3, 4, "other")), f"setxor1d, {assume}")
        yield Case("gather", np.union1d, np.union1d, (x, spread((2,), 3, 4, "other")), "union1d")
    x = spread((3, 2), -2, 2, "rows")
    for axis in (0, 1, -1):
        f = along(np.unique, axis=axis)
        yield Case("gather", f, f, (x,), f"unique along axis {axis}")
    for f in (np.unique_all, np.unique_counts, np.unique_inverse):
        yield Case("gather", _values_of(f), _values_of(f), (x,), f.__name__)
    f = lambda x: np.setxor1d(x, beside(x, np.array([0.3, 9.0, 1.0], x.dtype)))  # noqa: E731
    yield Case("gather", f, f, (np.array([0.5, 2.0, -1.0]),), "setxor1d with an array")


def _sorted(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The reference: NumPy's, sorted, since np.unique_values is not in every version."""
    return lambda x: np.sort(f(x))


def _values_of(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: f(x).values


def trimmed() -> Iterator[Case]:
    for trim in ("fb", "f", "b", "FB"):
        for n in (0, 1, 3):
            f = lambda x, t=trim: np.trim_zeros(_between_zeros(x), t)  # noqa: E731
            yield Case("gather", f, f, (spread((n,), -2, 2, "x"),), f"trim_zeros {trim}")
    yield Case("gather", np.trim_zeros, np.trim_zeros, (np.array([1.0, 0.5, 2.0]),), "nothing to trim")


def _between_zeros(x: Any) -> Any:
    zeros = beside(x, np.zeros(2, x.dtype))
    return np.concatenate([zeros, x, zeros])


def covariances() -> Iterator[Case]:
    x, y = spread((3, 4), -2, 2, "x"), spread((3, 4), -1, 1, "y")
    note = "always float64"
    for f in (np.cov, along(np.cov, bias=True), along(np.cov, ddof=2), along(np.cov, rowvar=False), np.corrcoef):
        for a in (x, x[:1], x[0]):
            if f is not np.cov and a is not x:
                continue
            yield Case("matmul", f, f, (a,), f"cov of shape {a.shape}, {note}")
    for f in (np.cov, np.corrcoef):
        yield Case("matmul", f, f, (x, y), f"{f.__name__} of two, {note}")
        yield Case("matmul", f, f, (x[0], y[0]), f"{f.__name__} of two vectors, {note}")
    f = lambda x, y: np.cov(x, y, rowvar=False)  # noqa: E731
    yield Case("matmul", f, f, (x, y), f"cov of columns, {note}")
    for ddof in (None, 0, 2):
        f = lambda x, w, d=ddof: np.cov(x, aweights=w, ddof=d)  # noqa: E731
        yield Case("matmul", f, f, (x, spread((4,), 0.5, 2, "w")), f"cov, weights, ddof={ddof}, {note}")
    often = np.array([1, 2, 1, 3])
    f = lambda x: np.cov(x, fweights=beside(x, often))  # noqa: E731
    yield Case("matmul", f, f, (x,), f"cov, repeats, {note}")
    f = lambda x, w: np.cov(x, fweights=beside(x, often), aweights=w)  # noqa: E731
    yield Case("matmul", f, f, (x, spread((4,), 0.5, 2, "w")), f"cov, repeats and weights, {note}")
    one = np.corrcoef
    yield Case("divide", one, one, (x[0],), f"corrcoef of one, {note}")


def counts() -> Iterator[Case]:
    places = np.array([2, 0, 2, 2, 5])
    for least in (0, 8):
        f = lambda w, n=least: np.bincount(beside(w, places), w, n)  # noqa: E731
        yield Case("scatter", f, f, (spread((5,), -2, 2, "w"),), f"bincount to {least}, always float64")
    x = np.array([0.1, 0.5, 1.0, -3.0, 0.7, 0.0, 0.5])
    for bins in (3, [0.0, 0.5, 1.0]):
        for density in (False, True):
            f = lambda w, b=bins, d=density: np.histogram(  # noqa: E731
                beside(w, x), beside(w, np.array(b)) if isinstance(b, list) else b, (0, 1), d, w
            )[0]
            yield Case(
                "scatter",
                f,
                f,
                (np.round(8 * spread((7,), 0.5, 2, "w")) / 8,),
                f"histogram, {bins}, {density}, always float64",
            )


def calls() -> Iterator[Case]:
    for shape in ((1,), (3,), (2, 3), (2, 1, 3)):
        x = spread(shape, -2, 2, "rows")
        for axis in range(-len(shape), len(shape)):
            for f, note in (
                (lambda v: (v * v).sum(), "number"),
                (lambda v: v[::-1] * 2.0, "vector"),
                (_square, "matrix"),
            ):
                g = lambda x, f=f, a=axis: np.apply_along_axis(f, a, x)  # noqa: E731
                yield Case("stack", g, g, (x,), f"apply_along_axis {axis}, {note}")
        for axes in axes_of(len(shape)):
            if isinstance(axes, tuple) and axes or isinstance(axes, int):
                for f in (np.sum, lambda x, a: np.sum(x, a, keepdims=True)):
                    g = lambda x, f=f, a=axes: np.apply_over_axes(f, x, a)  # noqa: E731
                    yield Case("sum", g, g, (x,), f"apply_over_axes {axes}")
    options = lambda x: np.apply_along_axis(np.cumsum, 0, x, dtype=np.longdouble)  # noqa: E731
    yield Case("stack", options, options, (spread((2, 3), -2, 2, "x"),), "apply_along_axis with options, longdouble")
    for shape in ((), (1,), (5,), (2, 3)):
        x = spread(shape, -2, 2, "pieces")
        f = lambda x: np.piecewise(x, [x < -0.3, x > 0.4], [lambda v: v * v, np.sin, -1.0])  # noqa: E731
        yield Case("put", f, f, (x,), "piecewise")
        f = lambda x: np.piecewise(x, [x < -0.3, x >= -0.3], [lambda v, k: k * v, lambda v, k: v - k], 3.0)  # noqa: E731
        yield Case("put", f, f, (x,), "piecewise with an option")
    f = lambda x: np.piecewise(x, x > 0, [np.exp, 0.5])  # noqa: E731
    yield Case("put", f, f, (np.array([0.5, 2.0, -1.0]),), "piecewise, one condition")


def _square(v: Any) -> Any:
    return v[:, None] * v


FAMILIES = (sets, trimmed, covariances, counts, calls)
