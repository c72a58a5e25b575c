"""Calls of SciPy's special functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy import special

from autograd.rules.special import polygamma, zeta
from tests.support.cases.common import PAIRS, SHAPES, VIEWS, spread, through
from tests.support.checking import Case

DOMAINS: dict[np.ufunc, tuple[float, float]] = {
    **dict.fromkeys((special.erf, special.erfc, special.erfcx, special.ndtr, special.log_ndtr), (-1.7, 1.7)),
    **dict.fromkeys((special.erfi, special.dawsn, special.cosm1, special.exp10), (-1.4, 1.4)),
    **dict.fromkeys((special.sindg, special.cosdg), (-170.0, 170.0)),
    **dict.fromkeys((special.expi, special.exp1), (0.3, 2.5)),
    **dict.fromkeys((special.erfinv,), (-0.8, 0.8)),
    special.erfcinv: (0.2, 1.8),
    **dict.fromkeys((special.ndtri, special.logit), (0.1, 0.9)),
    **dict.fromkeys((special.expit, special.log_expit), (-3.0, 3.0)),
    **dict.fromkeys((special.gammaln, special.gamma, special.psi, special.entr), (0.6, 3.5)),
    **dict.fromkeys((special.loggamma, special.rgamma), (0.6, 3.5)),
    **dict.fromkeys((special.j0, special.j1, special.i0, special.i1), (-2.5, 2.5)),
    **dict.fromkeys((special.i0e, special.i1e), (0.3, 2.5)),
    **dict.fromkeys((special.y0, special.y1, special.k0, special.k1, special.k0e, special.k1e), (0.7, 3.0)),
}
RANGES: dict[np.ufunc, tuple[tuple[float, float], tuple[float, float]]] = {
    special.xlogy: ((-2.0, 2.0), (0.4, 3.0)),
    special.xlog1py: ((-2.0, 2.0), (-0.6, 2.0)),
    **dict.fromkeys((special.rel_entr, special.kl_div), ((0.4, 2.0), (0.5, 2.5))),
    **dict.fromkeys((special.beta, special.betaln), ((0.6, 3.0), (0.7, 2.5))),
    special.poch: ((0.6, 2.5), (0.3, 1.5)),
    special.binom: ((2.2, 4.0), (0.6, 1.9)),
    special.huber: ((0.5, 1.0), (-2.0, 2.0)),
    special.pseudo_huber: ((0.5, 1.0), (-2.0, 2.0)),
}


def one() -> Iterator[Case]:
    for f, (low, high) in DOMAINS.items():
        for shape in SHAPES:
            yield Case(f.__name__, f, f, (spread(shape, low, high, f.__name__),))
        for note, (shape, view) in VIEWS.items():
            seen = through(f, view)
            yield Case(f.__name__, seen, seen, (spread(shape, low, high, note),), note)
    for f in (special.j1, special.i1):
        yield Case(f.__name__, f, f, (np.zeros(1),), "at 0")
    for s in (2, 3.5):
        yield Case("zeta", _after(zeta, s), _after(special.zeta, s), (spread((2, 3), 0.7, 3.0, "zeta"),), f"order {s}")
    yield Case("psi", special.psi, special.psi, (np.array([-1.4, -0.3]),), "below 0")
    for f in (special.exp2, special.expm1, special.log1p, special.cbrt):  # NumPy has them too
        yield Case(f.__name__, f, getattr(np, f.__name__), (spread((2, 3), 0.4, 3.0, "own"),), "SciPy's")
    for f in (special.i0e, special.i1e):
        yield Case(f.__name__, f, f, (np.array([-1.5, -0.4]),), "below 0")
    for s in (2, 3.5):
        yield Case("zeta", _after(special.zeta, s), _after(special.zeta, s), (np.array([0.9, 2.0]),), f"SciPy's, {s}")
    for n in (0, 1, 2, 3):
        f, reference = _after(polygamma, n), _after(special.polygamma, n)
        yield Case("zeta" if n else "psi", f, reference, (np.array([0.9, 2.0]),), f"polygamma {n}, always float64")
    for a in (0.7, 1.0, 2.5):
        for f in (special.gammainc, special.gammaincc):
            x, note = spread((2, 3), 0.4, 3.0, "gammainc"), f"order {a}, always float64"
            yield Case(f.__name__, _after(f, a), _after(f, a), (x,), note)
        f = lambda x, a=a: special.betainc(a, 1.5, x)  # noqa: E731
        yield Case("betainc", f, f, (spread((2, 3), 0.2, 0.8, "betainc"),), f"order {a}")
    for v in (0, 1, 1.5, 2):
        for f in (special.jv, special.iv, special.ive, special.kv, special.kve, special.yv):
            x = spread((2, 3), 0.4, 3.0, "bessel")
            yield Case(f.__name__, _after(f, v), _after(f, v), (x,), f"order {v}")
    x = spread((2, 3), -3.0, -0.4, "bessel")
    yield Case("ive", _after(special.ive, 2), _after(special.ive, 2), (x,), "negative numbers")


def _after(f: Callable[..., Any], order: float) -> Callable[[Any], Any]:
    return lambda x: f(order, x)


def two() -> Iterator[Case]:
    for f, (of_x, of_y) in RANGES.items():
        for x, y in PAIRS:
            yield Case(f.__name__, f, f, (spread(x, *of_x, "x"), spread(y, *of_y, "y")))
        for note, (shape, view) in VIEWS.items():
            seen = through(f, view)
            yield Case(f.__name__, seen, seen, (spread(shape, *of_x, "x"), spread(shape, *of_y, "y")), note)


FAMILIES = (one, two)
