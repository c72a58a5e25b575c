"""Derivatives of SciPy's special functions: this page is opened when one of them is first applied to a Tensor.

x·log y is 0 at x = 0 whatever y, and so are its slope in y there, and, by convention, its slope in x where log y is −∞.
rel_entr and kl_div have at x = y = 0 the slope in x that they have all along x = y. Where psi is infinite, as at 0, −1,
−2 and so on, the slopes that are computed with it are NaN: those of rgamma, poch and binom, which are smooth there.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import numpy as np

from ..primitive import TABLE, primitive
from .elementwise import cbrt, exp2, expm1, log1p

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
log_ndtr = primitive(special.log_ndtr, x=lambda g, x: g * (2 / _ROOT_2_PI) / special.erfcx(-x / math.sqrt(2)))
ndtri = primitive(special.ndtri, x=lambda g, ans: g * np.exp(ans * ans / 2) * _ROOT_2_PI)
erfi = primitive(special.erfi, x=lambda g, x: g * np.exp(x * x) * (2 / _ROOT_PI))
dawsn = primitive(special.dawsn, x=lambda g, x, ans: g * (1 - 2 * x * ans))

# --------------------------------------------------------------------------------------------------- logistic functions

expit = primitive(special.expit, x=lambda g, ans: g * ans * (1 - ans))
logit = primitive(special.logit, x=lambda g, x: g / (x * (1 - x)))
log_expit = primitive(special.log_expit, x=lambda g, x: g * special.expit(-x))

# -------------------------------------------------------------------------- SciPy's own exponentials, angles and losses

TABLE |= {getattr(special, f.__name__): f for f in (exp2, expm1, log1p, cbrt)}
exp10 = primitive(special.exp10, x=lambda g, ans: g * ans * math.log(10))
cosm1 = primitive(special.cosm1, x=lambda g, x: -g * np.sin(x))
sindg = primitive(special.sindg, x=lambda g, x: g * special.cosdg(x) * (math.pi / 180))
cosdg = primitive(special.cosdg, x=lambda g, x: -g * special.sindg(x) * (math.pi / 180))
expi = primitive(special.expi, x=lambda g, x: g * np.exp(x) / x)
exp1 = primitive(special.exp1, x=lambda g, x: -g * np.exp(-x) / x)
huber = primitive(
    special.huber,
    delta=lambda g, delta, r: g * np.maximum(np.abs(r) - delta, 0),
    r=lambda g, delta, r: g * np.sign(r) * np.minimum(np.abs(r), delta),
)
pseudo_huber = primitive(
    special.pseudo_huber,
    delta=lambda g, delta, r, ans: g * (2 * ans / delta - r * r / np.hypot(delta, r)),
    r=lambda g, delta, r: g * r * delta / np.hypot(delta, r),
)

# ------------------------------------------------------------------------------------------------------ gamma functions

gammaln = primitive(special.gammaln, x=lambda g, x: g * special.psi(x))
loggamma = primitive(special.loggamma, x=lambda g, x: g * special.psi(x))
rgamma = primitive(special.rgamma, x=lambda g, x, ans: -g * ans * special.psi(x))
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
poch = primitive(
    special.poch,
    z=lambda g, z, m, ans: g * ans * (special.psi(z + m) - special.psi(z)),
    m=lambda g, z, m, ans: g * ans * special.psi(z + m),
)
binom = primitive(
    special.binom,
    n=lambda g, n, k, ans: g * ans * (special.psi(n + 1) - special.psi(n - k + 1)),
    k=lambda g, n, k, ans: g * ans * (special.psi(n - k + 1) - special.psi(k + 1)),
)
# By x alone: the derivative by the others is no function that SciPy has.
gammainc = primitive(special.gammainc, a=None, x=lambda g, a, x: g * _gamma_density(a, x))
gammaincc = primitive(special.gammaincc, a=None, x=lambda g, a, x: -g * _gamma_density(a, x))
betainc = primitive(special.betainc, a=None, b=None, x=lambda g, a, b, x: g * _beta_density(a, b, x))
psi = primitive(special.psi, x=lambda g, x: g * _trigamma(x))


def _gamma_density(a: Any, x: Any) -> Any:
    return np.exp(special.xlogy(a - 1.0, x) - x - special.gammaln(a))


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    return np.exp(special.xlogy(a - 1.0, x) + special.xlog1py(b - 1.0, -x) - special.betaln(a, b))


def _trigamma(x: Any) -> Any:
    return zeta(2.0, x)


def _zeta_slope(g: Any, s: float, q: Any) -> Any:
    return -s * g * zeta(s + 1, q)


@primitive(implements=getattr(getattr(special, "_ufuncs", None), "_zeta", None), q=lambda g, s, q: _zeta_slope(g, s, q))
def zeta(s: float, q: Any) -> Any:
    """Σ 1 / (q + k)^s over all k ≥ 0. The derivatives of psi are of this kind: psi'(x) = Σ 1 / (x + k)²."""
    return special.zeta(s, q)


def polygamma(n: int, x: Any) -> Any:
    """The n-th derivative of psi. SciPy's function of this name makes an array of its argument."""
    return special.psi(x) if n == 0 else (-1.0) ** (n + 1) * math.factorial(n) * zeta(n + 1.0, x)


# ----------------------------------------------------------------------------------------------------- with a logarithm


def _log_or_0(x: Any, y: Any) -> Any:
    return np.log(np.where((x == 0) & (y <= 0), 1, y))


def _ratio_or_0(x: Any, y: Any) -> Any:
    both = (x == 0) & (y == 0)
    return np.where(both, 0, x) / np.where(both, 1, y)


def _log_of_ratio(x: Any, y: Any) -> Any:
    both = (x == 0) & (y == 0)
    return np.log(np.where(both, 1, x) / np.where(both, 1, y))


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
rel_entr = primitive(
    special.rel_entr,
    x=lambda g, x, y: g * (_log_of_ratio(x, y) + 1),
    y=lambda g, x, y: -g * _ratio_or_0(x, y),
)
kl_div = primitive(
    special.kl_div,
    x=lambda g, x, y: g * _log_of_ratio(x, y),
    y=lambda g, x, y: g * (1 - _ratio_or_0(x, y)),
)

# ----------------------------------------------------------------------------------------------------- Bessel functions

j0 = primitive(special.j0, x=lambda g, x: -g * special.j1(x))
j1 = primitive(special.j1, x=lambda g, x: g * (special.j0(x) - special.jv(2.0, x)) / 2)
jv = primitive(special.jv, v=None, x=lambda g, v, x: g * (special.jv(v - 1, x) - special.jv(v + 1, x)) / 2)
i0 = primitive(special.i0, x=lambda g, x: g * special.i1(x))
i1 = primitive(special.i1, x=lambda g, x: g * (special.i0(x) + special.iv(2.0, x)) / 2)
iv = primitive(special.iv, v=None, x=lambda g, v, x: g * (special.iv(v - 1, x) + special.iv(v + 1, x)) / 2)
y0 = primitive(special.y0, x=lambda g, x: -g * special.y1(x))
y1 = primitive(special.y1, x=lambda g, x: g * (special.y0(x) - special.yv(2.0, x)) / 2)
yv = primitive(special.yv, v=None, x=lambda g, v, x: g * (special.yv(v - 1, x) - special.yv(v + 1, x)) / 2)
k0 = primitive(special.k0, x=lambda g, x: -g * special.k1(x))
k1 = primitive(special.k1, x=lambda g, x: -g * (special.k0(x) + special.kv(2.0, x)) / 2)
kv = primitive(special.kv, v=None, x=lambda g, v, x: -g * (special.kv(v - 1, x) + special.kv(v + 1, x)) / 2)

# Those with an e are times exp(−|x|), or exp(x) for k, so that they neither overflow nor vanish.
i0e = primitive(special.i0e, x=lambda g, x, ans: g * (special.i1e(x) - np.sign(x) * ans))
i1e = primitive(special.i1e, x=lambda g, x, ans: g * ((special.i0e(x) + special.ive(2.0, x)) / 2 - np.sign(x) * ans))
ive = primitive(
    special.ive,
    v=None,
    x=lambda g, v, x, ans: g * ((special.ive(v - 1, x) + special.ive(v + 1, x)) / 2 - np.sign(x) * ans),
)
k0e = primitive(special.k0e, x=lambda g, x, ans: g * (ans - special.k1e(x)))
k1e = primitive(special.k1e, x=lambda g, x, ans: g * (ans - (special.k0e(x) + special.kve(2.0, x)) / 2))
kve = primitive(
    special.kve, v=None, x=lambda g, v, x, ans: g * (ans - (special.kve(v - 1, x) + special.kve(v + 1, x)) / 2)
)

# -------------------------------------------------------------------------- what SciPy writes in Python, without ufuncs

_ARRAY = "makes an array of its argument, which is an error where it requires a gradient; "
REFUSED = {
    special.logsumexp: _ARRAY + "t.logsumexp(axis) records",
    special.softmax: _ARRAY + "nn.functional.softmax(t, axis) records",
    special.log_softmax: _ARRAY + "nn.functional.log_softmax(t, axis) records",
    special.polygamma: _ARRAY + "autograd.rules.special.polygamma(n, t) records",
}
