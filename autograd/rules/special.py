"""Derivatives of SciPy's special functions: this page is opened when one of them is first applied to a Tensor.

x·log y is 0 at x = 0 whatever y, and so are its slope in y there, and, by convention, its slope in x where log y is −∞.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import numpy as np

from ..primitive import primitive

special: Any = import_module("scipy.special")

_ROOT_PI = math.sqrt(math.pi)
_ROOT_2_PI = math.sqrt(2 * math.pi)

# ----------------------------------------------------------------------------------- the normal distribution and errors

erf = primitive(special.erf, x=lambda g, x: g * np.exp(-x * x) * (2 / _ROOT_PI))
erfc = primitive(special.erfc, x=lambda g, x: g * np.exp(-x * x) * (-2 / _ROOT_PI))
erfcx = primitive(special.erfcx, x=lambda g, x, ans: g * (2 * x * ans - 2 / _ROOT_PI))
erfinv = primitive(special.erfinv, x=lambda g, ans: g * np.exp(ans * ans) * (_ROOT_PI / 2))
erfcinv = primitive(special.erfcinv, x=lambda g, ans: g * np.exp(ans * ans) * (-_ROOT_PI / 2))
ndtr = primitive(special.ndtr, x=lambda g, x: g * np.exp(-x * x / 2) / _ROOT_2_PI)
log_ndtr = primitive(special.log_ndtr, x=lambda g, x, ans: g * np.exp(-x * x / 2 - ans) / _ROOT_2_PI)
ndtri = primitive(special.ndtri, x=lambda g, ans: g * np.exp(ans * ans / 2) * _ROOT_2_PI)

# --------------------------------------------------------------------------------------------------- logistic functions

expit = primitive(special.expit, x=lambda g, ans: g * ans * (1 - ans))
logit = primitive(special.logit, x=lambda g, x: g / (x * (1 - x)))
log_expit = primitive(special.log_expit, x=lambda g, x: g * special.expit(-x))

# ------------------------------------------------------------------------------------------------------ gamma functions

gammaln = primitive(special.gammaln, x=lambda g, x: g * special.psi(x))
gamma = primitive(special.gamma, x=lambda g, x, ans: g * ans * special.psi(x))
betaln = primitive(
    special.betaln,
    a=lambda g, a, b: g * (special.psi(a) - special.psi(a + b)),
    b=lambda g, a, b: g * (special.psi(b) - special.psi(a + b)),
)
beta = primitive(
    special.beta,
    a=lambda g, a, b, ans: g * ans * (special.psi(a) - special.psi(a + b)),
    b=lambda g, a, b, ans: g * ans * (special.psi(b) - special.psi(a + b)),
)
psi = primitive(special.psi, x=lambda g, x: g * _trigamma(x))


def _trigamma(x: Any) -> Any:
    return zeta(2.0, x)


def _zeta_slope(g: Any, s: float, q: Any) -> Any:
    return -s * g * zeta(s + 1, q)


@primitive(q=lambda g, s, q: _zeta_slope(g, s, q))
def zeta(s: float, q: Any) -> Any:
    """Σ 1 / (q + k)^s over all k ≥ 0. The derivatives of psi are of this kind: psi'(x) = Σ 1 / (x + k)²."""
    return special.zeta(s, q)


# ----------------------------------------------------------------------------------------------------- with a logarithm


def _log_or_0(x: Any, y: Any) -> Any:
    return np.log(np.where((x == 0) & (y <= 0), 1, y))


def _ratio_or_0(x: Any, y: Any) -> Any:
    return x / np.where((x == 0) & (y == 0), 1, y)


xlogy = primitive(
    special.xlogy,
    x=lambda g, x, y: g * _log_or_0(x, y),
    y=lambda g, x, y: g * _ratio_or_0(x, y),
)
xlog1py = primitive(
    special.xlog1py,
    x=lambda g, x, y: g * np.log1p(np.where((x == 0) & (y <= -1), 0, y)),
    y=lambda g, x, y: g * _ratio_or_0(x, y + 1),
)
entr = primitive(special.entr, x=lambda g, x: -g * (np.log(x) + 1))
rel_entr = primitive(special.rel_entr, x=lambda g, x, y: g * (np.log(x / y) + 1), y=lambda g, x, y: -g * x / y)
kl_div = primitive(special.kl_div, x=lambda g, x, y: g * np.log(x / y), y=lambda g, x, y: g * (1 - x / y))

# ----------------------------------------------------------------------------------------------------- Bessel functions

j0 = primitive(special.j0, x=lambda g, x: -g * special.j1(x))
j1 = primitive(special.j1, x=lambda g, x: g * (special.j0(x) - special.jv(2.0, x)) / 2)
jv = primitive(special.jv, v=None, x=lambda g, v, x: g * (special.jv(v - 1, x) - special.jv(v + 1, x)) / 2)
i0 = primitive(special.i0, x=lambda g, x: g * special.i1(x))
i1 = primitive(special.i1, x=lambda g, x: g * (special.i0(x) + special.iv(2.0, x)) / 2)
iv = primitive(special.iv, v=None, x=lambda g, v, x: g * (special.iv(v - 1, x) + special.iv(v + 1, x)) / 2)
