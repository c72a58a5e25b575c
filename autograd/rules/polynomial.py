"""Polynomials by their coefficients, the highest power first: values, sums, products, derivatives, fits.

All are written with other operations, and have a gradient by the coefficients and by the points.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..tensor import Tensor
from .decompositions import lstsq
from .elementwise import of_type
from .indexing import scatter
from .linalg import array
from .scan import cumprod
from .shape import broadcast_to, concatenate, leading_axes, stack
from .table import composed
from .window import convolve


def _coefficients(p: Any) -> Any:
    if isinstance(p, (list, tuple)) and len(p):
        p = stack(p)
    return leading_axes(array(p), 1)


def _down_to_1(like: Any, n: int) -> Any:
    """Return the whole numbers n, n − 1, …, 1, in the library of `like`."""
    return n + 1 - np.cumsum(np.ones_like(like.data if isinstance(like, Tensor) else like, shape=(n,), dtype=np.intp))


@composed(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """The value at `x`, by Horner's rule."""
    x = array(x)
    y = np.zeros_like(x)
    for coefficient in _coefficients(p):
        y = y * x + coefficient
    return y


def _of_length(p: Any, n: int) -> Any:
    return scatter(p, slice(n - p.shape[0], n), (n,)) if p.shape[0] < n else p


@composed(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials."""
    a1, a2 = _coefficients(a1), _coefficients(a2)
    n = max(a1.shape[0], a2.shape[0])
    return _of_length(a1, n) + _of_length(a2, n)


@composed(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    """The difference of two polynomials."""
    a1, a2 = _coefficients(a1), _coefficients(a2)
    n = max(a1.shape[0], a2.shape[0])
    return _of_length(a1, n) - _of_length(a2, n)


def _without_leading_zeros(p: Any) -> Any:
    p = _coefficients(p)
    places = np.flatnonzero(p)
    return p[places[0].item() :] if places.size else p[-1:]


@composed(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    """The product of two polynomials: the convolution of their coefficients, without leading zeros, as in NumPy."""
    return convolve(_without_leading_zeros(a1), _without_leading_zeros(a2))


@composed(np.polydiv)
def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """Quotient and remainder of two polynomials, by long division."""
    rest, v = _coefficients(u) + 0.0, _coefficients(v) + 0.0
    steps = rest.shape[0] - v.shape[0] + 1
    scale, quotient = 1.0 / v[:1], []
    for k in range(steps):
        quotient.append(scale * rest[k : k + 1])
        rest = rest - scatter(quotient[-1] * v, slice(k, k + v.shape[0]), rest.shape)
    while rest.shape[0] > 1 and np.allclose(rest[0], 0, rtol=1e-14):
        rest = rest[1:]
    return concatenate(quotient) if quotient else scatter(rest[:0], slice(0), (1,)), rest


# ----------------------------------------------------------------------------------------------- derivatives, integrals


def _refuse_times(name: str, m: Any) -> None:
    if m < 0:
        raise ValueError(f"{name}: m is {m}, and this is done 0 times or more")


@composed(np.polyder, by="p")
def polyder(p: Any, m: int = 1) -> Any:
    """The derivative of a polynomial, m times over."""
    _refuse_times("polyder", m)
    p = _coefficients(p)
    for _ in range(m):
        p = p[:-1] * _down_to_1(p, max(p.shape[0] - 1, 0))
    return p


@composed(np.polyint, by="p k")
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The integral of a polynomial, m times over, with these constants of integration, 0 if there are none."""
    _refuse_times("polyint", m)
    p, constants = _coefficients(p), _coefficients(0.0 if k is None else k)
    if m > constants.shape[0] > 1:
        raise ValueError(f"polyint: there are {constants.shape[0]} constants k for {m} integrals; give one, or {m}")
    for i in range(m):
        constant = np.zeros_like(p, shape=1) + constants[i if constants.shape[0] > 1 else 0]
        p = concatenate([p / _down_to_1(p, p.shape[0]), constant])
    return p


# ------------------------------------------------------------------------------------------- out of zeros and of points


@composed(np.poly)
def poly(seq_of_zeros: Any) -> Any:
    """The polynomial with these zeros: the product of all x − z."""
    zeros = _coefficients(seq_of_zeros)
    if zeros.ndim != 1:
        raise ValueError(
            f"poly of a Tensor takes the zeros, one after the other, not shape {zeros.shape}: the eigenvalues of a "
            "matrix may be complex numbers, and a Tensor holds real ones"
        )
    zeros = zeros if zeros.dtype.kind == "f" else zeros.astype(np.float64)
    one = np.ones_like(zeros, shape=1)
    product: Any = one
    for i in range(zeros.shape[0]):
        product = convolve(product, concatenate([one, -zeros[i : i + 1]]))
    return product if zeros.shape[0] else 1.0


@composed(np.vander, by="x")
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of each element, one row each: those of a polynomial with N coefficients."""
    x = array(x)
    if x.ndim != 1:
        raise ValueError(f"vander takes a vector, not shape {x.shape}")
    m, n = x.shape[0], x.shape[0] if N is None else N
    kind = np.promote_types(x.dtype, int)  # NumPy's choice: double precision at least
    x = x if x.dtype == kind else of_type(x, kind)
    if not n:
        return x[:, None][:, :0]
    powers = cumprod(concatenate([np.ones_like(x, shape=(m, 1)), broadcast_to(x[:, None], (m, n - 1))], 1), 1)
    return powers if increasing else powers[:, ::-1]


@composed(np.polyfit, by="x y w")
def polyfit(x: Any, y: Any, deg: int, rcond: float | None = None, w: Any = None) -> Any:
    """The polynomial of degree `deg` that is nearest to the points (x, y), each counted with its weight."""
    x, y = array(x) + 0.0, array(y) + 0.0
    powers = vander(x, int(deg) + 1)
    if w is not None:
        w = array(w) + 0.0
        powers, y = powers * w[:, None], y * (w[:, None] if y.ndim == 2 else w)
    scale = np.sqrt((powers * powers).sum(0))
    found, _, rank, _ = lstsq(powers / scale, y, x.shape[0] * np.finfo(x.dtype).eps if rcond is None else rcond)
    if rank.item() != powers.shape[1]:
        warnings.warn("the fit may be poorly conditioned", np.exceptions.RankWarning, stacklevel=4)
    return found / (scale[:, None] if y.ndim == 2 else scale)


REFUSED = {np.roots: "gives complex numbers, and a Tensor holds real ones"}
