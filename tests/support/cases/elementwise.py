"""Calls of the functions that work element by element."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.rules.elementwise import alias, astype, clip, sinc
from tests.support.cases.common import NUMPY, PAIRS, SHAPES, VIEWS, along, beside, spread, through
from tests.support.checking import Case

DOMAINS: dict[np.ufunc, tuple[float, float]] = {
    **dict.fromkeys((np.negative, np.positive, np.square, np.exp, np.expm1, np.sin, np.cos, np.arctan), (-2.0, 2.0)),
    **dict.fromkeys((np.sinh, np.cosh, np.tanh, np.arcsinh, np.absolute, np.fabs, np.sign), (-2.0, 2.0)),
    **dict.fromkeys((np.exp2, np.deg2rad, np.radians, np.rad2deg, np.degrees), (-2.0, 2.0)),
    **dict.fromkeys((np.log, np.log2, np.log10, np.sqrt, np.cbrt, np.reciprocal), (0.4, 3.0)),
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
    np.logaddexp2: ((-2.0, 2.0), (-2.0, 2.0)),
    **dict.fromkeys((np.power, np.float_power), ((0.4, 2.0), (-2.0, 2.0))),
    **dict.fromkeys((np.maximum, np.minimum), ((-2.0, 2.0), (-1.9, 2.1))),
    **dict.fromkeys((np.remainder, np.fmod, np.floor_divide), ((-5.6, -4.3), (1.9, 2.1))),  # nowhere near a jump
    np.hypot: ((-2.0, 2.0), (0.4, 2.0)),
    np.arctan2: ((-2.0, 2.0), (-2.1, 1.9)),
    np.copysign: ((-2.0, 2.0), (-2.1, 1.9)),
}


WIDE = {np.float_power: "float64"}  # their results are always that


def binary() -> Iterator[Case]:
    for f, (of_x, of_y) in RANGES.items():
        for one, other in PAIRS:
            yield Case(f.__name__, f, f, (spread(one, *of_x, "x"), spread(other, *of_y, "y")), WIDE.get(f, ""))
        for note, (shape, view) in VIEWS.items():
            seen = through(f, view)
            operands = (spread(shape, *of_x, "x"), spread(shape, *of_y, "y"))
            yield Case(f.__name__, seen, seen, operands, " ".join((note, WIDE.get(f, ""))).strip())
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


def quotients() -> Iterator[Case]:
    x, y = np.array([7.3, -7.3, 7.3, -7.3, 0.4]), np.array([2.0, 2.0, -2.0, -2.0, 3.0])
    for f in (np.remainder, np.fmod, np.floor_divide):
        yield Case(f.__name__, f, f, (x, y), "all signs")
    for k, name in enumerate(("floor_divide", "remainder")):
        yield Case(name, _part_of_divmod(k), _part_of_divmod(k), (x, y), "divmod")
    for shape in SHAPES:
        bits = np.arange(int(np.prod(shape))).reshape(shape) % 4 - 2
        f = _shifted_by(bits)
        yield Case("ldexp", f, f, (spread(shape, -2, 2, "ldexp"),))


def _part_of_divmod(k: int) -> Callable[..., Any]:
    return lambda x, y: np.divmod(x, y)[k]


def _shifted_by(bits: np.ndarray) -> Callable[[Any], Any]:
    return lambda x: np.ldexp(x, beside(x, bits))


def steps() -> Iterator[Case]:
    for shape in SHAPES:
        x = spread(shape, -2, 2, "steps") + 0.003
        yield Case("round", np.round, np.round, (x,))
        yield Case("round", lambda x: np.around(x, 1), lambda x: np.around(x, 1), (np.round(x, 2) + 0.003,), "tenths")
        yield Case("trunc", np.fix, np.trunc, (x,), "fix")
        yield Case("heaviside", np.heaviside, np.heaviside, (x, x + 1.0))
        f = _at_a_step(np.where(np.abs(x) < 1, 0.0, x))
        yield Case("heaviside", f, f, (x,), "on the step")
    yield Case(
        "heaviside", _at_a_step(np.zeros((2, 1))), _at_a_step(np.zeros((2, 1))), (np.array([0.3, 0.7]),), "spread"
    )


def _at_a_step(x: np.ndarray) -> Callable[[Any], Any]:
    return lambda y: np.heaviside(beside(y, x.astype(y.dtype)), y)


def sincs() -> Iterator[Case]:
    for shape in SHAPES:
        yield Case("sinc", np.sinc, np.sinc, (spread(shape, -2.5, 2.5, "sinc"),))
    for note, x in {
        "at 0 and 1": np.array([0.0, 1e-9, 1e-4, -0.03, 1.0, -1.0, 2.0]),
        "large": np.array([31.4, -1000.3]),
    }.items():
        yield Case("sinc", np.sinc, np.sinc, (x,), note)
    x = np.array([0.0, 0.2, -0.999, 1.0, 1.7])
    for n in (1, 2, 5):
        yield Case("sinc", lambda x, n=n: sinc(x, n), lambda x, n=n: sinc(x, n), (x,), f"derivative {n}")


def gaps() -> Iterator[Case]:
    x = np.array([-1.0, np.nan, 2.0, np.inf, -np.inf, 0.5])
    y = np.array([np.nan, 3.0, 1.0, 0.7, 0.6, np.nan])
    for shape in SHAPES:
        yield Case("nan_to_num", np.nan_to_num, np.nan_to_num, (spread(shape, -2, 2, "gaps"),))
        for f, name in ((np.fmax, "maximum"), (np.fmin, "minimum")):
            yield Case(name, f, f, (spread(shape, -2, 2, "x"), spread(shape, -1.9, 2.1, "y")), f.__name__)
    f = along(np.nan_to_num, copy=False, nan=7.0, posinf=8.0, neginf=-8.0)
    yield Case("nan_to_num", f, along(np.nan_to_num, nan=7.0, posinf=8.0, neginf=-8.0), (x,), "all replaced")
    for f, name in ((np.fmax, "maximum"), (np.fmin, "minimum")):
        yield Case(name, f, f, (x[:3], y[:3]), f"{f.__name__} with gaps")
        yield Case(name, lambda x, f=f: f(x, 0.25), lambda x, f=f: f(x, 0.25), (y[2:],), f"{f.__name__} with a number")


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
    if NUMPY >= (2, 1):  # before, one bound was needed
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
        if hasattr(np, "astype"):  # since NumPy 2.1
            f = lambda x: np.astype(x if hasattr(x, "requires_grad") else np.asarray(x), np.longdouble)  # noqa: E731
            yield Case("astype", f, f, (x,), "np.astype, longdouble")
        yield Case("astype", lambda x: x.astype(np.longdouble), lambda x: x.astype(np.longdouble), (x,), "longdouble")


def parts() -> Iterator[Case]:
    """What real numbers are as complex ones, and as a mantissa, an exponent, a whole part and a rest."""
    for shape in SHAPES:
        x = spread(shape, -2, 2, "parts")
        for f, name in ((np.conj, "conjugate"), (np.real, "alias"), (np.real_if_close, "alias"), (np.imag, "imag")):
            yield Case(name, f, f, (x,), f.__name__)
        if np.all(x):
            for f in (np.angle, along(np.angle, deg=True)):
                yield Case("arctan2", f, f, (x,), "angle")
        whole = spread(shape, -2, 2, "modf") + 0.003
        yield Case("modf", np.modf, np.modf, (whole,))
        f = lambda x: np.frexp(x)[0]  # noqa: E731
        powers = 2.0 ** (np.arange(x.size).reshape(shape) % 4 - 1)
        yield Case("ldexp", f, f, (spread(shape, -1.95, -1.05, "frexp") * powers,), "frexp")
    for note, (shape, view) in VIEWS.items():
        seen = through(np.modf, view)
        yield Case("modf", seen, seen, (spread(shape, -2, 2, note),), note)


def bessel() -> Iterator[Case]:
    for shape in SHAPES:
        yield Case("bessel_i0", np.i0, np.i0, (spread(shape, -2.5, 2.5, "i0"),))
    yield Case("bessel_i0", np.i0, np.i0, (np.array([0.0, 9.0, -8.5]),), "large")


FAMILIES = (unary, binary, quotients, steps, sincs, gaps, choosing, copies, parts, bessel)
