"""Calls of the functions of polynomials."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.rules.decompositions import pinv
from tests.support.cases.common import SHAPES, Shape, along, beside, spread
from tests.support.checking import Case


def case(name: str, f: Callable[..., Any], *shapes: Shape, note: str) -> Case:
    return Case(name, f, f, tuple(spread(s, -2, 2, f"{note}{k}") for k, s in enumerate(shapes)), note)


def values() -> Iterator[Case]:
    for shape in SHAPES:
        for n in (1, 2, 4):
            yield case("add", np.polyval, (n,), shape, note="polyval")
    for n, m in ((1, 1), (2, 2), (3, 2), (1, 4)):
        for f, name in ((np.polyadd, "add"), (np.polysub, "add"), (np.polymul, "convolve")):
            yield case(name, f, (n,), (m,), note=f.__name__)
    yield case("add", np.polyadd, (), (2,), note="polyadd of a number")
    leading = np.array([0.0, 0.0, 1.5, -2.0])
    fixed = lambda y: np.polymul(beside(y, leading.astype(y.dtype)), y)  # noqa: E731
    yield case("convolve", fixed, (2,), note="polymul, zeros before")
    for n, v in ((4, [2.0, 0.5]), (3, [1.0, -0.5, 0.25]), (3, [0.5])):
        u = np.round(8 * spread((n,), -2, 2, "u")) / 8
        yield Case("scatter", np.polydiv, np.polydiv, (u, np.array(v)), "polydiv")
    short = lambda u: np.polydiv(u, [1.0, 0.5, 2.0])  # noqa: E731
    yield case("scatter", short, (2,), note="polydiv by a longer one, always float64")


def slopes() -> Iterator[Case]:
    for n in (1, 2, 4):
        for m in (0, 1, 2):
            f = along(np.polyder, m=m)
            yield case(
                "gather" if m else "alias", lambda p, f=f: f(p) + 0 * p.sum(), (n,), note=f"polyder {m}, always float64"
            )
            f = along(np.polyint, m=m)
            yield case(
                "concatenate" if m else "alias", lambda p, f=f: f(p) + 0.0, (n,), note=f"polyint {m}, always float64"
            )
    for k in ((), (1,), (2,)):
        f = lambda p, k: np.polyint(p, 2, k)  # noqa: E731
        yield case("concatenate", f, (3,), k, note="polyint, constants, always float64")
    f = lambda p: np.polyint(p, 2, [1.0, -0.5])  # noqa: E731
    yield case("concatenate", f, (3,), note="polyint, numbers, always float64")


def zeros_and_points() -> Iterator[Case]:
    for n in (1, 2, 4):
        yield case("convolve", np.poly, (n,), note="poly")
    for n in (0, 1, 3):
        for N in (None, 0, 1, 4):
            for increasing in (False, True):
                f = along(np.vander, N=N, increasing=increasing)
                name = "gather" if n == 0 and N is None or N == 0 else "cumprod"
                yield case(name, f, (n,), note=f"vander, {N}{', increasing' if increasing else ''}, always float64")
    x, y = np.array([0.3, 1.0, 1.6, 2.5, 3.1]), spread((5,), -2, 2, "y")
    for deg in (0, 1, 2):
        f, reference = _fitted(np.polyfit, deg), _fitted(_by_pinv, deg)
        yield Case("pinv", f, reference, (x, y), f"polyfit of degree {deg}, always float64", rtol=1e-5)
        yield Case(
            "pinv",
            f,
            reference,
            (x, spread((5, 2), -2, 2, "y")),
            f"polyfit of two, degree {deg}, always float64",
            rtol=1e-5,
        )
    f, reference = (lambda x, y, w, f=f: f(x, y, 1, w=w) for f in (np.polyfit, _by_pinv))
    for more in ((), (2,)):
        y = spread((5, *more), -2, 2, "y")
        yield Case(
            "pinv", f, reference, (x, y, spread((5,), 0.5, 2, "w")), "polyfit with weights, always float64", rtol=1e-5
        )


def _fitted(f: Callable[..., Any], deg: int) -> Callable[[Any, Any], Any]:
    return lambda x, y: f(x, y, deg)


def _by_pinv(x: Any, y: Any, deg: int, w: Any = None) -> Any:
    """The reference: NumPy's way, but for the pseudo-inverse, whose last digits are others."""
    powers, weights = np.vander(x, deg + 1), np.ones_like(x) if w is None else w
    powers, y = powers * weights[:, None], (y.T * weights).T
    scale = np.sqrt((powers * powers).sum(0))
    return ((pinv(powers / scale, x.shape[0] * np.finfo(x.dtype).eps) @ y).T / scale).T


FAMILIES = (values, slopes, zeros_and_points)
