"""Calls of running sums, products and extrema, and of differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.support.cases.common import SHAPES, VIEWS, Shape, along, beside, spread, through
from tests.support.checking import Case

# What is called, and the primitive that it comes down to.
RUNNING: dict[str, tuple[Callable[..., Any], str]] = {
    "cumsum": (np.cumsum, "cumsum"),
    "cumprod": (np.cumprod, "cumprod"),
    "nancumsum": (np.nancumsum, "cumsum"),
    "nancumprod": (np.nancumprod, "cumprod"),
}
ACCUMULATED: dict[np.ufunc, str] = {
    np.add: "cumsum",
    np.multiply: "cumprod",
    np.maximum: "gather",
    np.minimum: "gather",
    np.logaddexp: "running_logaddexp",
}


def running() -> Iterator[Case]:
    for note, (f, name) in RUNNING.items():
        for shape in SHAPES:
            for axis in (None, *range(-len(shape), len(shape))):
                g = along(f, axis=axis)
                yield Case(name, g, g, (spread(shape, -2, 2, note),), f"{note}, axis={axis}")
    for ufunc, name in ACCUMULATED.items():
        for shape in (*SHAPES[1:], (2, 0), (5, 2), (9,)):
            for axis in range(-len(shape), len(shape)):
                g = along(ufunc.accumulate, axis=axis)
                yield Case(name, g, g, (spread(shape, -2, 2, name),), f"{ufunc.__name__}, axis={axis}")
        for note, (shape, view) in VIEWS.items():
            seen = through(ufunc.accumulate, view)
            yield Case(name, seen, seen, (spread(shape, -2, 2, note),), f"{ufunc.__name__}, {note}")
    for zeros in ([0], [4], [1, 3], [0, 1, 2, 3, 4]):
        x = spread((5,), 0.5, 2, "zeros")
        x[zeros] = 0.0
        yield Case("cumprod", np.cumprod, np.cumprod, (x,), f"zeros at {zeros}")
        x = np.where(np.arange(5) == 2, np.nan, x)
        for f, name in ((np.nancumsum, "cumsum"), (np.nancumprod, "cumprod")):
            yield Case(name, f, f, (x,), f"{f.__name__}, a gap, zeros at {zeros}")


def differences() -> Iterator[Case]:
    def case(name: str, f: Callable[..., Any], *shapes: Shape, note: str) -> Case:
        return Case(name, f, f, tuple(spread(s, -2, 2, f"{note}{k}") for k, s in enumerate(shapes)), note)

    for shape in ((0,), (1,), (3,), (2, 3), (2, 1, 3)):
        for axis in range(-len(shape), len(shape)):
            for n in (0, 1, 2):
                if n or shape == (3,):
                    f = along(np.diff, n=n, axis=axis)
                    yield case("subtract" if n else "alias", f, shape, note=f"diff, n={n}, axis={axis}")
            yield case("sum", along(np.trapezoid, axis=axis), shape, note=f"trapezoid, axis={axis}")
            yield case("sum", along(np.trapezoid, axis=axis, dx=0.3), shape, note=f"trapezoid by 0.3, axis={axis}")
    ends = lambda a, p, q: np.diff(a, prepend=p, append=q)  # noqa: E731
    yield case("subtract", ends, (2, 3), (2, 1), (2, 2), note="diff between two ends")
    yield case("subtract", ends, (2, 3), (), (), note="diff between two numbers")
    yield case("subtract", lambda a: np.diff(a, prepend=0.0), (3,), note="diff from 0, in NumPy always float64")
    yield case("subtract", lambda a, p: np.diff(a, 2, 0, p), (2, 3), (1, 3), note="diff along rows")
    yield case("subtract", np.ediff1d, (2, 3), note="ediff1d")
    yield case("concatenate", lambda a, p, q: np.ediff1d(a, p, q), (2, 3), (), (2,), note="ediff1d, two ends")
    yield case("concatenate", lambda a, p: np.ediff1d(a, to_begin=p), (3,), (2,), note="ediff1d, from")
    yield case("sum", np.trapezoid, (4,), (4,), note="trapezoid over x")
    yield case("sum", lambda y, x: np.trapezoid(y, x, axis=0), (3, 2), (3,), note="trapezoid over x, along rows")
    yield case("sum", lambda y, x: np.trapezoid(y, x, axis=0), (3, 2), (3, 2), note="trapezoid over its own x")
    yield case("sum", lambda y, dx: np.trapezoid(y, dx=dx), (2, 3), (), note="trapezoid by dx")


def lines() -> Iterator[Case]:
    xp, fp = np.array([-1.0, 0.2, 0.9, 2.3]), np.array([0.4, -1.0, 2.0, 1.1])
    for shape in SHAPES:
        x = spread(shape, -1.9, 3.0, "interp")
        yield Case("where", np.interp, np.interp, (x, xp, fp), "float64 of interp")
        yield Case(
            "where",
            lambda x: np.interp(x, beside(x, xp), beside(x, fp)),
            lambda x: np.interp(x, xp, fp),
            (x,),
            "float64 of interp, by x",
        )
    ends = lambda x: np.interp(x, beside(x, xp), beside(x, fp), left=-1.0, right=7.0)  # noqa: E731
    yield Case("where", ends, ends, (np.array([-1.5, 0.25, 2.5]),), "float64 of interp, beyond the ends")
    yield Case("where", np.interp, np.interp, (x, xp[:1], fp[:1]), "float64 of interp, a point")


FAMILIES = (running, differences, lines)
