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


def of_the_standard() -> Iterator[Case]:
    """The scans of the array standard: NumPy has them since 2.1."""
    for f, name in ((getattr(np, "cumulative_sum", None), "cumsum"), (getattr(np, "cumulative_prod", None), "cumprod")):
        if f is None:
            continue
        for shape in ((0,), (1,), (3,), (2, 3), (2, 1, 3)):
            x = spread(shape, -2, 2, name)
            for axis in range(-len(shape), len(shape)):
                for initial in (False, True):
                    g = along(f, axis=axis, include_initial=initial)
                    yield Case(name, g, g, (x,), f"cumulative, axis={axis}{', from the start' if initial else ''}")
        yield Case(name, f, f, (spread((), -2, 2, "x"),), "cumulative, a number")
        g = along(f, include_initial=True, dtype=np.longdouble)
        yield Case(name, g, g, (spread((3,), -2, 2, "x"),), "cumulative in longdouble")


def in_longdouble() -> Iterator[Case]:
    for f, name in (
        (np.cumsum, "cumsum"),
        (np.cumprod, "cumprod"),
        (np.nancumsum, "cumsum"),
        (np.nancumprod, "cumprod"),
    ):
        for axis in (None, 1):
            g = along(f, axis=axis, dtype=np.longdouble)
            yield Case(name, g, g, (spread((2, 3), -2, 2, "x"),), f"{f.__name__} in longdouble, axis={axis}")


def slopes() -> Iterator[Case]:
    for shape in ((2,), (3,), (5,), (3, 4), (3, 2, 4)):
        x = spread(shape, -2, 2, "f")
        for edge in (1, 2):
            if min(shape) > edge:
                for h in ((), (0.7,)):
                    f = lambda x, h=h, e=edge: np.gradient(x, *h, edge_order=e)  # noqa: E731
                    yield Case("concatenate", f, f, (x,), f"gradient, {h}, edge order {edge}")
                for axis in (*range(-len(shape), len(shape)), tuple(range(len(shape)))[::-1]):
                    f = lambda x, a=axis, e=edge: np.gradient(x, axis=a, edge_order=e)  # noqa: E731
                    yield Case("concatenate", f, f, (x,), f"gradient along {axis}, edge order {edge}")
    x, even, uneven = spread((4, 3), -2, 2, "f"), np.array([0.5, 1.0, 1.5, 2.0]), np.array([0.1, 0.9, 1.0])
    for edge in (1, 2):
        f = lambda x, e=edge: np.gradient(x, beside(x, even.astype(x.dtype)), 0.3, edge_order=e)  # noqa: E731
        yield Case("concatenate", f, f, (x,), f"gradient over equal distances, edge order {edge}")
        f = lambda x, e=edge: np.gradient(x, beside(x, uneven.astype(x.dtype)), axis=1, edge_order=e)  # noqa: E731
        yield Case("concatenate", f, f, (x,), f"gradient over other distances, edge order {edge}")
        f = lambda x, at, h, e=edge: np.gradient(x, at, h, axis=(1, 0), edge_order=e)  # noqa: E731
        yield Case("concatenate", f, f, (x, uneven, np.array(0.4)), f"gradient by the points, edge order {edge}")
    for note, (shape, view) in VIEWS.items():
        seen = through(along(np.gradient, axis=0), view)
        if note != "broadcast":
            yield Case("concatenate", seen, seen, (spread(shape, -2, 2, note),), f"gradient, {note}")


def angles() -> Iterator[Case]:
    for shape in ((0,), (1,), (5,), (2, 4)):
        for options in ({}, {"axis": 0}, {"period": 2.0}, {"discont": 4.0}):
            f = along(np.unwrap, **options)
            yield Case("unwrap", f, f, (spread(shape, -7, 7, "turns"),), f"{options}")
    x, xp, fp = np.array([-0.3, 0.4, 2.2, 7.9]), np.array([1.7, 0.2, 1.1]), spread((3,), -2, 2, "fp")
    f = lambda x, xp, fp: np.interp(x, xp, fp, period=2.5)  # noqa: E731
    yield Case("where", f, f, (x, xp, fp), "float64 of interp, with a period")


FAMILIES = (running, differences, lines, of_the_standard, in_longdouble, slopes, angles)
