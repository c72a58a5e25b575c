"""Derivatives of inverses, determinants and decompositions of matrices; stacks of matrices throughout.

The formulas are those of Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), of Seeger et al., "Auto-differentiating linear algebra" (2017), and as named at each function.

Functions of a symmetric matrix (cholesky, eigh) read one triangle of it. Their gradients are symmetric all the same:
that of the matrix moving as a whole and staying symmetric. Vectors of equal eigenvalues or singular values are not
determined by the matrix, so there is no gradient through them: NaN says so. Through the values alone there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ..primitive import TABLE, primitive
from ..tensor import Tensor
from .linalg import array, identity, transposed
from .table import composed

_ONE = np.ones((1, 1))
# NumPy returns named tuples, whose classes it does not export.
_Slogdet: Callable[..., Any] = type(np.linalg.slogdet(_ONE))
_QR: Callable[..., Any] = type(np.linalg.qr(_ONE))
_SVD: Callable[..., Any] = type(np.linalg.svd(_ONE))
_Eigh: Callable[..., Any] = type(np.linalg.eigh(_ONE))


def _rows_minus_columns(x: Any) -> Any:
    """Return for each element of square matrices on which side of the diagonal it lies: positive below."""
    one = np.ones_like(x)
    return np.cumsum(one, axis=-2) - np.cumsum(one, axis=-1)


def _nonzero(x: Any) -> Any:
    return np.where(x == 0, 1, x)


def _diagonal_matrix(x: Any) -> Any:
    return x[..., None] * identity(x, x.shape[-1])


def _columns(b: Any, ndim: int) -> Any:
    """Return right-hand sides as columns of matrices: NumPy takes for one vector only what has one axis."""
    return b[..., None] if ndim == 1 else b


# ---------------------------------------------------------------------------------------- linear equations and inverses

inv = primitive(
    np.linalg.inv,
    implements=np.linalg.inv,
    a=lambda g, ans: -transposed(ans) @ g @ transposed(ans),
)


def _solve_backward(g: Any, a: Any, b_shape: tuple[int, ...], ans: Any, wanted: tuple[bool, bool]) -> tuple[Any, Any]:
    """The gradient by b solves the transposed equation, Aᵀ b̄ = g; that by A is −b̄ xᵀ."""
    n = len(b_shape)
    gradient = np.linalg.solve(transposed(a), _columns(g, n))
    of_a = -gradient @ transposed(_columns(ans, n)) if wanted[0] else None
    return of_a, gradient[..., 0] if n == 1 else gradient


solve = primitive(np.linalg.solve, implements=np.linalg.solve, together=_solve_backward)


@primitive(
    implements=np.linalg.pinv,
    a=lambda g, a, ans: _pinv_backward(transposed(g), a, ans),
)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue) -> Any:
    """The pseudo-inverse; its derivative is that of matrices of the same rank."""
    return np.linalg.pinv(a, rcond, hermitian, rtol=rtol)


def _pinv_backward(gt: Any, a: Any, p: Any) -> Any:
    """Golub and Pereyra, "The differentiation of pseudo-inverses" (1973), transposed; `gt` is the gradient's."""
    pt = transposed(p)
    return (gt - a @ (p @ gt)) @ p @ pt + pt @ p @ (gt - (gt @ p) @ a) - pt @ transposed(gt) @ pt


def lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Any, Any, Any, Any]:
    """The solution of least squares, A⁺ b, and as plain arrays the residuals, the rank and the singular values."""
    bare_a, bare_b = (x.data if isinstance(x, Tensor) else x for x in (a, b))
    plain = np.linalg.lstsq(bare_a, bare_b, rcond)
    if not (isinstance(a, Tensor) or isinstance(b, Tensor)):
        return plain
    a, b = array(a), array(b)
    dtype = np.result_type(*(x.dtype if x.dtype.kind == "f" else np.float64 for x in (a, b)))
    a, b = (x if x.dtype == dtype else x.astype(dtype) for x in (a, b))
    smallest = float(np.finfo(dtype).eps)
    if rcond is None:
        rcond = smallest * max(a.shape)
    return pinv(a, smallest if rcond == -1 else rcond) @ b, *plain[1:]


# --------------------------------------------------------------------------------------------------------- determinants


def _products_without_one(s: Any) -> Any:
    """Return for each i the product of all s_k but s_i."""
    return np.prod(np.where(identity(s, s.shape[-1]), 1, s[..., None, :]), axis=-1)


def _products_without_two(s: Any) -> Any:
    """Return for each pair i ≠ j the product of all s_k but s_i and s_j; 0 for i = j."""
    one = identity(s, s.shape[-1])
    left_out = one[:, None, :] | one[None, :, :]
    return np.prod(np.where(left_out, 1, s[..., None, None, :]), axis=-1) * ~one


def _rotated(a: Any) -> tuple[Any, Any, Any, Any]:
    """Return U, σ, Vᵀ of a = U diag(σ) Vᵀ, and det U · det V, which is 1 or −1."""
    u, s, vh = svd(a)
    return u, s, vh, (slogdet(u)[0] * slogdet(vh)[0])[..., None, None]


def _cofactor_backward(g: Any, a: Any) -> Any:
    """The cofactors' derivative, in the axes where `a` is diagonal and its cofactors are products of the other σ."""
    u, s, vh, sign = _rotated(a)
    turned = transposed(u) @ g @ transposed(vh)
    others = _products_without_two(s)
    main = np.diagonal(turned, 0, -2, -1)
    moved = _diagonal_matrix((others @ main[..., None])[..., 0]) - others * transposed(turned)
    return sign * (u @ moved @ vh)


@primitive(a=lambda g, a: _cofactor_backward(g, a))
def cofactor(a: Any) -> Any:
    """The matrix of cofactors, det(A) A⁻ᵀ, which singular matrices have too: it is computed by the singular values.

    Its first derivative exists everywhere; for the second, the singular values must differ, else it is NaN.
    """
    u, s, vh, sign = _rotated(a)
    return sign * (u * _products_without_one(s)[..., None, :] @ vh)


det = primitive(np.linalg.det, implements=np.linalg.det, a=lambda g, a: g[..., None, None] * cofactor(a))


@primitive(name="slogdet", a=lambda g, a: g[1][..., None, None] * transposed(np.linalg.inv(a)))
def _slogdet(a: Any) -> tuple[Any, Any]:
    sign, logarithm = np.linalg.slogdet(a)
    return sign, logarithm


def slogdet(a: Any) -> Any:
    """The sign of the determinant, which has no gradient, and the logarithm of its size, which has A⁻ᵀ.

    A singular matrix has a determinant and no logarithm of it: going backward raises LinAlgError.
    """
    sign, logarithm = _slogdet(a)
    return _Slogdet(sign.detach() if isinstance(sign, Tensor) else sign, logarithm)


# ------------------------------------------------------------------------------------------------------- decompositions


def _cholesky_backward(g: Any, ans: Any) -> Any:
    """½ L⁻ᵀ (P + Pᵀ) L⁻¹, where P is the lower triangle of Lᵀ g with half of its diagonal."""
    lt = transposed(ans)
    p = lt @ g
    side = _rows_minus_columns(p)
    p = p * (side > 0) + p * (side == 0) / 2
    return np.linalg.solve(lt, transposed(np.linalg.solve(lt, p + transposed(p)))) / 2


@primitive(name="cholesky", a=lambda g, ans: _cholesky_backward(g, ans))
def _cholesky(a: Any) -> Any:
    return np.linalg.cholesky(a)


def cholesky(a: Any, upper: bool = False) -> Any:
    """The triangular L of A = L Lᵀ, or its transpose; the gradient by A is symmetric."""
    return transposed(_cholesky(transposed(array(a)))) if upper else _cholesky(a)


def _qr_backward(g: tuple[Any, Any], ans: tuple[Any, Any]) -> Any:
    """(Q̄ + Q sym(M)) R⁻ᵀ with M = R R̄ᵀ − Q̄ᵀ Q, where sym() copies the lower triangle onto the upper one."""
    (gq, gr), (q, r) = g, ans
    m = r @ transposed(gr) - transposed(gq) @ q
    side = _rows_minus_columns(m)
    symmetric = m * (side >= 0) + transposed(m * (side > 0))
    return transposed(np.linalg.solve(r, transposed(gq + q @ symmetric)))


@primitive(name="qr", a=lambda g, ans: _qr_backward(g, ans))
def _qr(a: Any) -> tuple[Any, Any]:
    q, r = np.linalg.qr(a)
    return q, r


def qr(a: Any, mode: str = "reduced") -> Any:
    """A = Q R with orthonormal columns in Q, and R triangular: both, or in mode "r" R alone.

    The first columns of A, as many as fit, must be linearly independent: else going backward raises LinAlgError.
    """
    if mode not in ("reduced", "r"):
        raise ValueError(
            f"qr on a Tensor has the modes 'reduced' and 'r', not {mode!r}: what Q has more in 'complete' is not "
            "determined by the matrix"
        )
    a = array(a)
    m, n = a.shape[-2:]
    if m >= n:
        q, r = _qr(a)
    else:  # the first m columns determine Q, and the others are R's by it
        q, r = _qr(a[..., :m])
        r = np.concatenate([r, transposed(q) @ a[..., m:]], axis=-1)
    return r if mode == "r" else _QR(q, r)


def _over_gaps(m: Any, w: Any) -> Any:
    """Return (M − Mᵀ)_ij / (w_j − w_i), 0 on the diagonal; NaN for equal w_i and w_j, unless M has nothing there."""
    gap = w[..., None, :] - w[..., :, None]
    equal = (gap == 0) & ~identity(w, w.shape[-1])
    return np.where(equal & (m != 0), np.nan, (m - transposed(m)) / _nonzero(gap))


def _over(x: Any, s: Any) -> Any:
    """Return x / s, where 0 / 0 is 0 and all else over 0 is NaN."""
    return np.where((s == 0) & (x != 0), np.nan, x / _nonzero(s))


def _eigh_backward(g: tuple[Any, Any], ans: tuple[Any, Any]) -> Any:
    """V (diag(w̄) + ½ F ∘ (VᵀV̄ − V̄ᵀV)) Vᵀ with F_ij = 1 / (w_j − w_i)."""
    (gw, gv), (w, v) = g, ans
    return v @ (_diagonal_matrix(gw) + _over_gaps(transposed(v) @ gv, w) / 2) @ transposed(v)


@primitive(name="eigh", a=lambda g, ans: _eigh_backward(g, ans))
def _eigh(a: Any, UPLO: str = "L") -> tuple[Any, Any]:
    w, v = np.linalg.eigh(a, UPLO)  # type: ignore[call-overload]  # a str is a Literal
    return w, v


def eigh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues and eigenvectors of a symmetric matrix; the gradient by it is symmetric.

    The gradient through the vectors divides by the gaps between the eigenvalues: NaN where two are equal.
    """
    return _Eigh(*_eigh(a, UPLO))


def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric matrix; those that are equal have one gradient each, in NumPy's order.

    A second derivative at equal ones is NaN, or, if the gradient by them is 0, what it would be if their vectors stood
    still: right for an eigenvalue apart from them, and wrong for (eigvalsh(a)**2).sum() at a = 0.
    """
    return _eigh(a, UPLO)[0]


def _svd_backward(g: tuple[Any, Any, Any], ans: tuple[Any, Any, Any]) -> Any:
    """Townsend, "Differentiating the singular value decomposition" (2016), equation by equation.

    U (J S + S K + diag(s̄)) Vᵀ with J = F ∘ (UᵀŪ − ŪᵀU), K = F ∘ (VᵀV̄ − V̄ᵀV), F_ij = 1 / (s_j² − s_i²), and what
    leaves the range of U, or of V, if the matrix is not square.
    """
    (gu, gs, gvh), (u, s, vh) = g, ans
    of_u, of_v = transposed(u) @ gu, vh @ transposed(gvh)
    row, column = s[..., None, :], s[..., :, None]
    middle = _over_gaps(of_u, s * s) * row + column * _over_gaps(of_v, s * s)
    a = u @ (middle + _diagonal_matrix(gs)) @ vh
    m, n = u.shape[-2], vh.shape[-1]
    if m > n:
        a = a + _over(gu - u @ of_u, row) @ vh
    elif m < n:
        a = a + u @ _over(gvh - transposed(of_v) @ vh, column)
    return a


@primitive(name="svd", a=lambda g, ans: _svd_backward(g, ans))
def _svd(a: Any) -> tuple[Any, Any, Any]:
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return u, s, vh


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """A = U diag(s) Vᵀ: all three, or the singular values alone.

    The gradient through U and V divides by the gaps between the singular values, and by the values themselves if the
    matrix is not square: NaN where a gap, or a value, is exactly 0.
    """
    if compute_uv and full_matrices and a.shape[-1] != a.shape[-2]:
        raise ValueError(
            f"svd of a Tensor of shape {a.shape} needs full_matrices=False: what U or V has more with True is not "
            "determined by the matrix, so it has no gradient"
        )
    u, s, vh = _svd(a)
    return _SVD(u, s, vh) if compute_uv else s


def svdvals(x: Any) -> Any:
    """The singular values; of second derivatives at equal ones, or at 0, the same is true as of eigenvalues."""
    return svd(x, compute_uv=False)


# ------------------------------------------------------------------------------------------- with more than two axes


@composed(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """The solution of tensordot(a, x, x.ndim) = b; the given axes of `a` are brought to its end before."""
    a, b = array(a), array(b)
    if axes is not None:
        rest = [i for i in range(a.ndim) if i not in axes]
        a = a.transpose([*rest, *axes])
    shape, n = a.shape[b.ndim :], b.size
    if a.size != n * n or prod(shape) != n:
        raise np.linalg.LinAlgError(f"tensorsolve: shapes {a.shape} and {b.shape} make no square system of equations")
    return solve(a.reshape((n, n)), b.reshape(-1)).reshape(shape)


@composed(np.linalg.tensorinv, by="a")
def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse by tensordot over `ind` axes."""
    a = array(a)
    if ind <= 0:
        raise ValueError(f"tensorinv: ind is {ind}, but must be 1 or more: the number of the first axes of the inverse")
    rows, columns = a.shape[:ind], a.shape[ind:]
    return inv(a.reshape((prod(rows), prod(columns)))).reshape(columns + rows)


for _function in (lstsq, slogdet, cholesky, qr, svd, svdvals, eigh, eigvalsh):
    TABLE[getattr(np.linalg, _function.__name__)] = _function


PLAIN = {np.linalg.matrix_rank}
_COMPLEX = "gives complex numbers, and a Tensor holds real ones; np.linalg.{} takes symmetric matrices"
REFUSED = {np.linalg.eig: _COMPLEX.format("eigh"), np.linalg.eigvals: _COMPLEX.format("eigvalsh")}
