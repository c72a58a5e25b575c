"""The normal distribution, as far as the Gaussian error linear unit needs it, in NumPy alone."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import cheb2poly

from autograd import primitive

DENSITY_AT_0 = 1 / math.sqrt(2 * math.pi)

# The chance Q(a) to be above a ≥ 0 is exp(−a²/2)·u·f(t), with u = 4/(a + 4) and t = 1 − 2u, where f is a smooth
# function of t in [−1, 1): these are its Chebyshev coefficients, after Schonfelder, "Chebyshev expansions for the error
# and related functions" (1978), who has another scale. Those left out add up to 2e−17; after ten terms, to 6e−9.
_SERIES = (
    *(0.24261280114151915, -0.18792720420989265, 0.05554838891881276, -0.012129438315111521, 0.0017314801240606202),
    *(-8.014961859953749e-05, -2.5136847908026697e-05, 4.725842254926741e-06, 2.5258922136865774e-07),
    *(-1.536333687349456e-07, -8.452550300172939e-10, 5.171627015435708e-09, -2.8206509081173767e-11),
    *(-1.9435038070971737e-10, -2.485356047851177e-12, 7.936207374645758e-12, 4.606201711176235e-13),
    *(-3.2821541166777413e-13, -4.353840663163703e-14, 1.2268185079261061e-14, 3.232846081541394e-15),
    *(-3.0451658804315853e-16, -2.0130368431552333e-16),
)


@functools.cache
def _polynomial(terms: int) -> list[float]:
    """Return the coefficients of 1, t, t², … in so many terms of the series."""
    return [float(c) for c in cheb2poly(_SERIES[:terms])]


def upper_tail(a: Any) -> tuple[Any, Any]:
    """Return the chance to be above a ≥ 0, and exp(−a²/2); both for arrays of finite numbers."""
    bell = np.exp(-0.5 * a * a)
    u = a + 4.0
    t = (a - 4.0) / u
    *rest, before_last, last = _polynomial(10 if bell.dtype.itemsize <= 4 else len(_SERIES))
    tail = before_last + last * t
    for coefficient in reversed(rest):  # Horner's rule
        tail *= t
        tail += coefficient
    tail *= bell
    tail *= 4.0
    tail /= u
    return tail, bell


@primitive(x=lambda g, x: g * np.exp(-0.5 * x * x) * DENSITY_AT_0)
def normal_cdf(x: Any) -> Any:
    """Φ(x): the chance to be below x, to about 1e−14 of itself in double precision, 1e−5 in single."""
    tail, _ = upper_tail(np.abs(np.clip(x, -40.0, 40.0)))
    return tail + np.greater(x, 0) * (1.0 - 2.0 * tail)
