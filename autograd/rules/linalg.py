"""Derivatives of products of vectors, matrices and arrays of more axes.

Two are primitives: the matrix product and Einstein's sum, whose derivatives are again a matrix product and Einstein's
sum. The others are written with these and with the operations of the other pages, and so need no rule.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from math import prod
from string import ascii_letters
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..arrays import as_array
from ..primitive import TABLE, primitive
from ..tensor import Tensor
from .table import composed


def transposed(x: Any) -> Any:
    """Return a stack of matrices, each transposed."""
    return x.swapaxes(-1, -2)


def array(x: Any) -> Any:
    """Return a number or a list as an array; what is an array or a Tensor, as it is."""
    return x if hasattr(x, "ndim") else as_array(x)


def identity(like: Any, n: int) -> Any:
    """Return where the identity matrix is 1, as a bare array of the library of `like`; True multiplies as 1."""
    one = np.ones_like(like, shape=(n, n), dtype=np.intp)  # float16 does not count beyond 2048
    return np.cumsum(one, axis=0) == np.cumsum(one, axis=1)


# --------------------------------------------------------------------------------------------------- the two primitives


def _matmul_left(g: Any, y: Any) -> Any:
    """∂/∂x of x @ y: g yᵀ, and what becomes of it where x, y or both are vectors."""
    if y.ndim == 1:
        return g[..., None] * y
    if g.ndim < y.ndim:  # x is a vector
        return (y @ g[..., None])[..., 0]
    return g @ transposed(y)


def _matmul_right(g: Any, x: Any) -> Any:
    """∂/∂y of x @ y: xᵀ g, and what becomes of it where x, y or both are vectors."""
    if x.ndim == 1:
        return g * x if g.ndim == 0 else x[:, None] * g[..., None, :]
    if g.ndim < x.ndim:  # y is a vector
        return (transposed(x) @ g[..., None])[..., 0]
    return transposed(x) @ g


matmul = primitive(np.matmul, x=_matmul_left, y=_matmul_right)
TABLE[np.linalg.matmul] = matmul


def _einsum_backward(
    g: Any, operands: Sequence[Any], subscripts: str, moving: Sequence[bool], optimize: Any
) -> list[Any]:
    """Return the gradient by each operand: Einstein's sum of `g` and the other operands, over what it does not have."""
    inputs, output = _spelled_out(subscripts, [np.ndim(x) for x in operands])
    path = optimize if isinstance(optimize, (bool, str)) else True  # a path for the forward sum does not fit here
    return [
        _einsum_operand(k, [g, *operands], [output, *inputs], path) if moves else None
        for k, moves in enumerate(moving, start=1)
    ]


def _einsum_operand(k: int, arrays: Sequence[Any], labels: Sequence[str], optimize: Any) -> Any:
    factors = [a for i, a in enumerate(arrays) if i != k]
    terms = [label for i, label in enumerate(labels) if i != k]
    free = iter([c for c in ascii_letters if c not in "".join(labels)])
    own = ""
    for n, c in zip(np.shape(arrays[k]), labels[k], strict=True):
        if c in own:  # the forward sum reads a diagonal; its gradient goes back there: times δ(c, d)
            d = next(free)
            factors.append(identity(arrays[0], n))
            terms.append(c + d)
            c = d
        own += c
    present = "".join(terms)
    part = einsum(f"{','.join(terms)}->{''.join(c for c in own if c in present)}", *factors, optimize=optimize)
    lengths = iter(part.shape)  # a label that only this operand has was summed: the gradient is the same all along it
    return part.reshape(tuple(next(lengths) if c in present else 1 for c in own))


def _spelled_out(subscripts: str, ndims: Sequence[int]) -> tuple[list[str], str]:
    """Return the labels of each operand and of the result, with letters for ``...`` and for a result left out."""
    given, arrow, output = subscripts.replace(" ", "").partition("->")
    free = [c for c in ascii_letters if c not in subscripts]
    inputs = given.split(",")
    hidden = [n - len(i) + 3 if "..." in i else 0 for n, i in zip(ndims, inputs, strict=True)]
    dots = "".join(free[: max(hidden)])
    inputs = [i.replace("...", dots[len(dots) - n :]) for n, i in zip(hidden, inputs, strict=True)]
    if not arrow:
        output = "..." + "".join(sorted(c for c in set(given) - set(".,") if given.count(c) == 1))
    return inputs, output.replace("...", dots)


@primitive(
    name="einsum",
    sequence="operands",
    operands=lambda g, operands, subscripts, moving, optimize: _einsum_backward(
        g, operands, subscripts, moving, optimize
    ),
)
def _einsum(operands: Sequence[Any], subscripts: str, moving: Sequence[bool], optimize: Any = False) -> Any:
    result = np.einsum(subscripts, *operands, optimize=optimize)
    return result.copy() if len(operands) == 1 else result  # of one operand NumPy gives a view where it can


def einsum(subscripts: str, *operands: Any, optimize: Any = False) -> Any:
    """Einstein's sum: products of elements with equal labels, added up over the labels that the result has not.

    Parameters
    ----------
    subscripts : str
        The labels of each operand's axes and, after ``->``, of the result's: ``"ij,jk->ik"`` is the matrix product.
    *operands : arrays
        As many as `subscripts` has terms.
    optimize : bool, str or path, default False
        In which order NumPy multiplies; the gradients are computed with the same setting.

    Raises
    ------
    TypeError
        If the labels are given as lists of numbers between the operands.
    """
    if not isinstance(subscripts, str):
        raise TypeError(
            "einsum takes its labels as one text first, as in np.einsum('ij,jk->ik', a, b), not as lists of numbers "
            f"between the operands; the first argument was {type(subscripts).__name__}"
        )
    return _einsum(operands, subscripts, tuple(isinstance(x, Tensor) and x.requires_grad for x in operands), optimize)


# ------------------------------------------------------------------------------------- products, written with these two


def dot(a: Any, b: Any) -> Any:
    """The product of numbers, vectors and matrices; of more axes, over the last of `a` and the last but one of `b`."""
    a, b = array(a), array(b)
    if not (a.ndim and b.ndim):
        return a * b
    return a @ b if b.ndim <= 2 else tensordot(a, b, axes=(-1, -2))


def inner(a: Any, b: Any) -> Any:
    """The product over the last axes of both."""
    a, b = array(a), array(b)
    return tensordot(a, b, axes=(-1, -1)) if a.ndim and b.ndim else a * b


def vdot(a: Any, b: Any) -> Any:
    """The sum of the products of all elements."""
    return array(a).reshape(-1) @ array(b).reshape(-1)


def outer(a: Any, b: Any) -> Any:
    """The matrix of all products of an element of `a` and an element of `b`."""
    return array(a).reshape(-1)[:, None] * array(b).reshape(-1)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The product over several axes of both: so many last and first ones, or the given ones of `a` and of `b`."""
    a, b = array(a), array(b)
    try:
        n = operator.index(axes)
        of_a, of_b = tuple(range(a.ndim - n, a.ndim)), tuple(range(n))
    except TypeError:
        of_a, of_b = axes
    of_a, of_b = normalize_axis_tuple(of_a, a.ndim), normalize_axis_tuple(of_b, b.ndim)
    summed = tuple(a.shape[i] for i in of_a)
    if summed != tuple(b.shape[i] for i in of_b):
        raise ValueError(
            f"tensordot of shapes {a.shape} and {b.shape} over the axes {of_a} and {of_b}: the lengths "
            f"{summed} and {tuple(b.shape[i] for i in of_b)} must be equal"
        )
    rest_a = tuple(i for i in range(a.ndim) if i not in of_a)
    rest_b = tuple(i for i in range(b.ndim) if i not in of_b)
    shape_a, shape_b = tuple(a.shape[i] for i in rest_a), tuple(b.shape[i] for i in rest_b)
    left = a.transpose(rest_a + of_a).reshape((prod(shape_a), prod(summed)))
    right = b.transpose(of_b + rest_b).reshape((prod(summed), prod(shape_b)))
    return (left @ right).reshape(shape_a + shape_b)


def kron(a: Any, b: Any) -> Any:
    """Kronecker's product: each element of `a` times the whole of `b`, as a block in its place."""
    a, b = array(a), array(b)
    n = max(a.ndim, b.ndim)
    shape_a, shape_b = (1,) * (n - a.ndim) + a.shape, (1,) * (n - b.ndim) + b.shape
    blocks = a.reshape([m for k in shape_a for m in (k, 1)]) * b.reshape([m for k in shape_b for m in (1, k)])
    return blocks.reshape(tuple(i * k for i, k in zip(shape_a, shape_b, strict=True)))


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The vector product of vectors of three components, which lie along the given axes."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(array(a), axisa, -1), np.moveaxis(array(b), axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(
            f"the vector product is that of vectors of 3 components, and these have {a.shape[-1]} and {b.shape[-1]}; "
            "put a 0 in the third place of vectors in the plane"
        )
    a1, a2, a3 = a[..., 0], a[..., 1], a[..., 2]
    b1, b2, b3 = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1], axis=axisc)


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal that lies `offset` places to the right of the main one, in the plane of two axes."""
    return np.diagonal(array(a), offset, axis1, axis2).sum(axis=-1)


def matrix_power(a: Any, n: int) -> Any:
    """Square matrices to a whole power: a product of squares of squares; with a negative one, of the inverse."""
    a, n = array(a), operator.index(n)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(f"a power is that of square matrices, and the shape is {a.shape}")
    if n == 0:  # the same for every matrix, so the gradient is 0
        return np.where(np.ones_like(a, dtype=bool), identity(a, a.shape[-1]), a)
    if n < 0:
        a, n = np.linalg.inv(a), -n
    square = result = None
    while n:
        square = a if square is None else square @ square
        n, odd = divmod(n, 2)
        if odd:
            result = square if result is None else result @ square
    return result


def multi_dot(arrays: Sequence[Any]) -> Any:
    """The product of two or more matrices, in the order that needs the fewest multiplications.

    The first and the last may be vectors. The order is found as in every textbook: the cheapest product of a longer
    stretch is made of the cheapest products of shorter ones.
    """
    chain = [array(a) for a in arrays]
    if len(chain) < 2:
        raise ValueError(f"multi_dot multiplies at least two arrays, and {len(chain)} was given")
    row, column = chain[0].ndim == 1, chain[-1].ndim == 1
    if row:
        chain[0] = chain[0].reshape((1, -1))
    if column:
        chain[-1] = chain[-1].reshape((-1, 1))
    sizes = [a.shape[0] for a in chain] + [chain[-1].shape[-1]]
    best = {(i, i + 1): (0, i) for i in range(len(chain))}  # stretch → its multiplications, and where to cut it
    for length in range(2, len(chain) + 1):
        for i in range(len(chain) - length + 1):
            j = i + length
            best[i, j] = min(
                (best[i, k][0] + best[k, j][0] + sizes[i] * sizes[k] * sizes[j], k) for k in range(i + 1, j)
            )

    def product(i: int, j: int) -> Any:
        cut = best[i, j][1]
        return chain[i] if j == i + 1 else product(i, cut) @ product(cut, j)

    result = product(0, len(chain))
    return result.reshape(result.shape[row : 2 - column])


def vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    """The product of vectors with vectors, which lie along `axis`."""
    x1, x2 = np.moveaxis(array(x1), axis, -1), np.moveaxis(array(x2), axis, -1)
    if x1.shape[-1] != x2.shape[-1]:
        raise ValueError(
            f"vecdot multiplies vectors of one length, and these have {x1.shape[-1]} and {x2.shape[-1]} elements"
        )
    products = x1 * x2
    return np.sum(products, axis=-1, dtype=products.dtype)  # small whole numbers stay small


def matvec(x1: Any, x2: Any) -> Any:
    """The product of matrices with vectors."""
    x1, x2 = array(x1), array(x2)
    if x1.ndim < 2 or x2.ndim < 1:
        raise ValueError(f"matvec takes matrices and vectors, and the shapes are {x1.shape} and {x2.shape}")
    return (x1 @ x2[..., None])[..., 0]


def vecmat(x1: Any, x2: Any) -> Any:
    """The product of vectors with matrices."""
    x1, x2 = array(x1), array(x2)
    if x1.ndim < 1 or x2.ndim < 2:
        raise ValueError(f"vecmat takes vectors and matrices, and the shapes are {x1.shape} and {x2.shape}")
    return (x1[..., None, :] @ x2)[..., 0, :]


_COMPOSITIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (dot, inner, vdot, outer, tensordot, kron, cross, trace, vecdot, matvec, vecmat)
}
TABLE |= {getattr(np, name): f for name, f in _COMPOSITIONS.items() if hasattr(np, name)}  # matvec: since NumPy 2.2
TABLE[np.linalg.multi_dot] = multi_dot
composed(np.einsum, by="operands")(einsum)
composed(np.linalg.matrix_power, by="a")(matrix_power)
TABLE[np.linalg.outer] = lambda x1, x2: outer(x1, x2)
TABLE[np.linalg.tensordot] = lambda x1, x2, axes=2: tensordot(x1, x2, axes)
TABLE[np.linalg.cross] = lambda x1, x2, axis=-1: cross(x1, x2, axis=axis)
TABLE[np.linalg.trace] = lambda x, offset=0: trace(x, offset, -2, -1)
TABLE[np.linalg.vecdot] = vecdot
TABLE[np.linalg.matrix_transpose] = lambda x: transposed(array(x))
PLAIN = {np.einsum_path}
