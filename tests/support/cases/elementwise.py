"""Calls of the functions that work element by element."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.rules.elementwise import alias, astype, clip
from tests.support.cases.common import PAIRS, SHAPES, VIEWS, beside, spread, through
from tests.support.checking import Case

DOMAINS: dict[np.ufunc, tuple[float, float]] = {
    **dict.fromkeys((np.negative, np.positive, np.square, np.exp, np.expm1, np.sin, np.cos, np.arctan), (-2.0, 2.0)),
    **dict.fromkeys((np.sinh, np.cosh, np.tanh, np.arcsinh, np.absolute, np.sign), (-2.0, 2.0)),
    **dict.fromkeys((np.log, np.sqrt, np.reciprocal), (0.4, 3.0)),
    np.log1p: (-0.6, 2.0),
    np.tan: (-1.1, 1.1),
    **dict.fromkeys((np.arcsin, np.arccos, np.arctanh), (-0.7, 0.7)),
    np.arccosh: (1.4, 3.0),
    **dict.fromkeys((np.floor, np.ceil, np.trunc, np.rint), (-2.9, 2.9)),
}
STEPS = (np.sign, np.floor, np.ceil, np.trunc, np.rint)


def unary() -> Iterator[Case]:
    for f, (low, high) in DOMAINS.items():
        for shape in SHAPES:
            x = spread(shape, low, high, f.__name__)
            if f in STEPS:
                x = np.where(np.abs(2 * x - np.rint(2 * x)) < 0.1, x + 0.06, x)
            yield Case(f.__name__, f, f, (x,))
        for note, (shape, view) in VIEWS.items():
            x = spread(shape, low, high, note)
            if f in STEPS:
                x = np.where(np.abs(2 * x - np.rint(2 * x)) < 0.1, x + 0.06, x)
            seen = through(f, view)
            yield Case(f.__name__, seen, seen, (x,), note)


RANGES: dict[np.ufunc, tuple[tuple[float, float], tuple[float, float]]] = {
    **dict.fromkeys((np.add, np.subtract, np.multiply, np.logaddexp), ((-2.0, 2.0), (-2.0, 2.0))),
    np.divide: ((-2.0, 2.0), (0.5, 2.0)),
    np.power: ((0.4, 2.0), (-2.0, 2.0)),
    **dict.fromkeys((np.maximum, np.minimum), ((-2.0, 2.0), (-1.9, 2.1))),
}


def binary() -> Iterator[Case]:
    for f, (of_x, of_y) in RANGES.items():
        for one, other in PAIRS:
            yield Case(f.__name__, f, f, (spread(one, *of_x, "x"), spread(other, *of_y, "y")))
        for note, (shape, view) in VIEWS.items():
            seen = through(f, view)
            yield Case(f.__name__, seen, seen, (spread(shape, *of_x, "x"), spread(shape, *of_y, "y")), note)
    x = np.array([-2.0, -0.5, 0.7, 3.0])
    for exponent in (0, 1, 2, 3, -1, -2, 2.0, -1.0, np.float64(3)):
        f = _power_of(exponent)
        yield Case("power", f, f, (x,), f"exponent {type(exponent).__name__} {exponent}")
    whole = np.array([2.0, 3.0, -1.0, 0.0])
    yield Case("power", lambda x: x ** beside(x, whole), lambda x: x**whole, (x,), "whole float64 exponents")
    for base in (2, 0.5, np.float64(3)):
        g = _base_of(base)
        yield Case("power", g, g, (x,), f"base {type(base).__name__} {base}")


def _power_of(exponent: Any) -> Callable[[Any], Any]:
    return lambda x: x**exponent


def _base_of(base: Any) -> Callable[[Any], Any]:
    return lambda y: base**y


def choosing() -> Iterator[Case]:
    x, low, high = spread((2, 3), -2, 2, "x"), np.array([-1.5, -1.0, -0.5]), np.array([[0.4], [1.1]])
    for shape in SHAPES:
        a = spread(shape, -2, 2, "clip")
        yield Case("clip", lambda x: np.clip(x, -0.8, 0.9), lambda x: np.clip(x, -0.8, 0.9), (a,))
        yield Case("clip", lambda x: clip(x, -0.8), lambda x: np.maximum(x, -0.8), (a,), "from below")
        yield Case("clip", lambda x: x.clip(None, 0.9), lambda x: np.minimum(x, 0.9), (a,), "from above")
        mask = spread(shape, -1, 1, "mask") > 0
        f = _chosen_by(mask)
        yield Case("where", f, f, (a, a + 1.0))
    yield Case("clip", np.clip, np.clip, (x, low, high), "bounds with a gradient")
    yield Case("clip", lambda x: np.clip(x, None, None), lambda x: x + 0.0, (x,), "no bounds")
    f = _chosen_by(np.array([True, False, True]))
    yield Case("where", f, f, (x, np.array(0.5)), "broadcast")
    yield Case("where", f, f, (np.array([[1.0], [2.0]]), x), "broadcast")


def _chosen_by(mask: np.ndarray) -> Callable[..., Any]:
    return lambda x, y: np.where(beside(x, mask), x, y)


def copies() -> Iterator[Case]:
    for shape in SHAPES:
        x = spread(shape, -2, 2, "copies")
        yield Case("alias", alias, lambda x: x, (x,))
        yield Case("astype", lambda x: astype(x, np.float64), lambda x: x.copy(), (x,))
        yield Case("astype", lambda x: x.astype(np.longdouble), lambda x: x.astype(np.longdouble), (x,), "longdouble")


FAMILIES = (unary, binary, choosing, copies)
