"""Calls of the functions that reduce axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.rules.reduction import logsumexp
from tests.support.cases.common import VIEWS, along, axes_of, beside, spread, through
from tests.support.checking import Case


def _log_sum_exp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The reference for logsumexp: its definition, with the greatest element taken out."""
    greatest = np.max(x, axis=axis, keepdims=True)
    logs = np.log(np.sum(np.exp(x - greatest), axis=axis, keepdims=True)) + greatest
    return logs if keepdims else np.squeeze(logs, axis=tuple(range(np.ndim(x))) if axis is None else axis)


REDUCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    **{f.__name__: (f, f) for f in (np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min)},
    "logsumexp": (logsumexp, _log_sum_exp),
}


def reductions() -> Iterator[Case]:
    for name, (f, reference) in REDUCTIONS.items():
        for shape in ((), (1,), (3,), (2, 3), (2, 1, 3)):
            x = spread(shape, -2, 2, name)
            for axis in axes_of(len(shape)):
                n = x.size if axis is None else int(np.prod([shape[i] for i in np.atleast_1d(axis).astype(int)]))
                if name == "std" and n == 1:
                    continue  # the root of 0 has no slope
                for keepdims in (False, True):
                    note = f"axis={axis}{', kept' if keepdims else ''}"
                    g, r = (along(h, axis=axis, keepdims=keepdims) for h in (f, reference))
                    yield Case(name, g, r, (x,), note)
        empty = (((0, 3), 1), ((3, 0), 0)) if name in ("sum", "prod") else (((0, 3), 1),)
        for shape, axis in empty:
            yield Case(name, along(f, axis=axis), along(reference, axis=axis), (np.ones(shape),), f"axis={axis}")
        for note, (shape, view) in VIEWS.items():
            g, r = (through(along(h, axis=0), view) for h in (f, reference))
            if not (name == "std" and note == "broadcast"):
                yield Case(name, g, r, (spread(shape, -2, 2, note),), note)
    for name, f in (("max", np.amax), ("min", np.amin)):
        g = along(f, axis=1)
        yield Case(name, g, g, (spread((2, 3), -2, 2, name),), "by its other name")
    for f in (np.var, np.std):
        for axis in (None, 0, 1, (0, 1)):
            g = along(f, axis=axis, ddof=1)
            yield Case(f.__name__, g, g, (spread((3, 4), -2, 2, "ddof"),), f"axis={axis}, ddof=1")
    for zeros in ([0], [0, 4], [0, 1, 2]):
        x = spread((2, 3), 0.5, 2, "zeros")
        x.reshape(-1)[zeros] = 0.0
        for axis in (None, 0, 1):
            g = along(np.prod, axis=axis)
            yield Case("prod", g, g, (x,), f"zeros at {zeros}, axis={axis}")


# What is called, and the first primitive that it comes down to.
GAPPY: dict[Callable[..., Any], str] = {
    **{np.nansum: "sum", np.nanmean: "mean", np.nanprod: "prod", np.nanvar: "sum", np.nanstd: "sum"},
    **{np.nanmax: "nanmax", np.nanmin: "nanmin", np.ptp: "max"},
}


def gaps() -> Iterator[Case]:
    for f, name in GAPPY.items():
        for shape in ((), (1,), (3,), (2, 3), (2, 1, 3)):
            for axis in axes_of(len(shape)):
                n = 1 if axis == () else 2 if axis is None else np.prod([shape[i] for i in np.atleast_1d(axis)])
                if f is np.nanstd and (n == 1 or len(shape) < 2):
                    continue  # the root of 0 has no slope
                for keepdims in (False, True):
                    x = spread(shape, -2, 2, name)
                    if f is not np.ptp and shape == (2, 3) and axis in (0, None, (0, 1)):
                        x[0, 1] = np.nan
                    if f is np.nanstd and np.isnan(x).any() and axis == 0:
                        continue
                    g = along(f, axis=axis, keepdims=keepdims)
                    yield Case(name, g, g, (x,), f"{f.__name__}, axis={axis}{', kept' if keepdims else ''}")
        for note, (shape, view) in VIEWS.items():
            if not (f is np.nanstd and note == "broadcast"):
                seen = through(along(f, axis=0), view)
                yield Case(name, seen, seen, (spread(shape, -2, 2, note),), f"{f.__name__}, {note}")
    x = np.array([[1.0, np.nan, 3.0, -0.5], [np.nan, 0.4, 2.0, 0.1]])
    for f in (np.nanvar, np.nanstd):
        g = along(f, axis=1, ddof=1)
        yield Case("sum", g, g, (x,), f"{f.__name__}, ddof=1")
    for f, name in GAPPY.items():
        if f is not np.ptp:
            yield Case(name, along(f, axis=1), along(f, axis=1), (x,), f"{f.__name__} between gaps")


def averages() -> Iterator[Case]:
    def case(f: Callable[..., Any], *shapes: Any, note: str) -> Case:
        operands = (spread(shapes[0], -2, 2, "a"), *(spread(s, 0.5, 2, "weights") for s in shapes[1:]))
        return Case("sum" if shapes[1:] else "mean", f, f, operands, note)

    for shape in ((), (1,), (3,), (2, 3), (2, 1, 3)):
        for axis in axes_of(len(shape)):
            for keepdims in (False, True):
                note = f"average, axis={axis}{', kept' if keepdims else ''}"
                yield case(along(np.average, axis=axis, keepdims=keepdims), shape, note=note)
                f = _weighted(axis=axis, keepdims=keepdims)
                yield case(f, shape, shape, note=note + ", weighted")
    yield case(_weighted(axis=1), (2, 3, 2), (3,), note="average, weights of one axis")
    yield case(_weighted(axis=(2, 0)), (2, 3, 4), (4, 2), note="average, weights of two axes")
    yield case(_weighted(axis=0, returned=True), (2, 3), (2,), note="average and the sum of the weights")
    f = lambda x: np.average(x, axis=1, returned=True)[0]  # noqa: E731
    yield case(f, (2, 3), note="average and the number")
    f = lambda w: np.average(beside(w, np.array([1.0, 4.0, 2.0], w.dtype)), weights=w)  # noqa: E731
    yield Case("sum", f, f, (np.array([0.3, 0.4, 0.9]),), "average of numbers")


def _weighted(**options: Any) -> Callable[..., Any]:
    return lambda a, w: np.average(a, weights=w, **options)


MASKS = (
    np.array([[True, False, True], [True, True, False]]),
    np.array([[True, True, False]]),
    np.array([[True], [True]]),
)


def _where(f: Callable[..., Any], mask: np.ndarray, **options: Any) -> Callable[[Any], Any]:
    return lambda x: f(x, where=beside(x, mask), **options)


# How many elements there must be: a mean of none is NaN, and the root of 0 has no slope.
NEEDED = {**dict.fromkeys((np.mean, np.var, np.nanmean, np.nanvar), 1), **dict.fromkeys((np.std, np.nanstd), 2)}


def options() -> Iterator[Case]:
    """What NumPy's reductions take beside the axis: where=, initial=, dtype=, mean=, correction=."""
    x = spread((2, 3), -2, 2, "options")
    gappy = np.where(np.arange(6).reshape(2, 3) == 1, np.nan, x)
    for f, name in (
        *((np.sum, "sum"), (np.mean, "mean"), (np.prod, "prod"), (np.var, "var"), (np.std, "std")),
        *((np.nansum, "sum"), (np.nanmean, "mean"), (np.nanprod, "prod"), (np.nanvar, "sum"), (np.nanstd, "sum")),
    ):
        y = gappy if f.__name__.startswith("nan") else x
        for mask in MASKS:
            for axis in (None, 1, (0, 1), 0):
                n = (mask & ~np.isnan(y)).sum(axis).min()
                if n < NEEDED.get(f, 0):
                    continue
                for keepdims in (False, True):
                    g = _where(f, mask, axis=axis, keepdims=keepdims)
                    note = f"{f.__name__} of {mask.tolist()}, axis={axis}{', kept' if keepdims else ''}"
                    yield Case(name, g, g, (y,), note)
        if f not in (np.nanvar, np.nanstd):  # NumPy puts what it has computed back into the type of the elements there
            g = along(f, axis=1, dtype=np.longdouble)
            yield Case(name, g, g, (y,), f"{f.__name__} in longdouble")
    for f, name in ((np.var, "var"), (np.std, "std"), (np.nanvar, "sum"), (np.nanstd, "sum")):
        y = np.array([[1.0, np.nan, 3.0, -0.5], [0.2, 0.4, 2.0, 0.1]]) if name == "sum" else spread((2, 4), -2, 2, "c")
        g = along(f, axis=1, correction=1)
        yield Case(name, g, g, (y,), f"{f.__name__}, correction=1")
        g = _where(f, np.array([True, True, True, False]), axis=1, ddof=0.5)
        yield Case(name, g, g, (y,), f"{f.__name__}, where, ddof=0.5")
        for shape, axis, more in (((1, 1), None, {}), ((2, 1), 1, {"keepdims": True}), ((1, 4), 0, {"ddof": 0.5})):
            g = _about(f, axis=axis, **more)
            yield Case("sum", g, g, (y, spread(shape, -1, 1, "mean")), f"{f.__name__} about a mean, axis={axis}")
    g = lambda x, m: np.var(x, mean=m, where=beside(x, MASKS[0]), axis=1)  # noqa: E731
    yield Case("sum", g, g, (x, spread((2, 1), -1, 1, "mean")), "var about a mean, where")
    for f, name, initial in (
        *((np.sum, "sum", 1.5), (np.prod, "prod", -1.5), (np.nansum, "sum", 1.5), (np.nanprod, "prod", -1.5)),
        *((np.max, "max", -0.7), (np.min, "min", 0.4), (np.nanmax, "nanmax", -0.7), (np.nanmin, "nanmin", 0.4)),
        *((np.max, "max", -3), (np.nanmin, "nanmin", 3)),
    ):
        y = gappy if f.__name__.startswith("nan") else x
        for axis in (None, 0, 1, ()):
            for keepdims in (False, True):
                note = f"{f.__name__}, initial={initial}, axis={axis}{', kept' if keepdims else ''}"
                options: dict[str, Any] = {"axis": axis, "initial": initial, "keepdims": keepdims}
                yield Case(name, along(f, **options), along(f, **options), (y,), note)
                for mask in MASKS[:2]:
                    g = _where(f, mask, **options)
                    yield Case(name, g, g, (y,), f"{note}, of {mask.tolist()}")
        g = along(f, axis=1, initial=initial)
        yield Case(name, g, g, (np.ones((3, 0)),), f"{f.__name__}, initial={initial} alone")


def _about(f: Callable[..., Any], **options: Any) -> Callable[[Any, Any], Any]:
    return lambda x, m: f(x, mean=m, **options)


FAMILIES = (reductions, gaps, averages, options)
