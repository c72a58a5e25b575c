"""Derivatives of norms of vectors and matrices, and of the condition numbers that are made of them.

The gradient at 0 is 0, that of the elements (or singular values) that are 0 too; several greatest, or least, share the
gradient equally.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..primitive import primitive
from .decompositions import inv, svdvals
from .linalg import array
from .reduction import keep, kept_shape, reduced_axes
from .table import composed


def _reciprocal(x: Any) -> Any:
    """Return 1 / x, and 0 for 0."""
    return (x != 0) / np.where(x == 0, 1, x)


@primitive(name="norm", x=lambda g, x, ans, axis, keepdims: keep(g * _reciprocal(ans), x.shape, axis, keepdims) * x)
def _root_of_squares(x: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    return np.linalg.norm(x, None, axis, keepdims)


@composed(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
    """The norm of vectors (along one axis) or of matrices (along two), of each kind that NumPy has."""
    x = array(x)
    x = x if x.dtype.kind == "f" else x.astype(np.float64)
    if ord is None and axis is None:
        return _root_of_squares(x, None, keepdims)
    axes = tuple(range(x.ndim)) if axis is None else normalize_axis_tuple(axis, x.ndim)
    if len(axes) == 1:
        return _norm_of_vectors(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return _norm_of_matrices(x, ord, axes, keepdims)
    raise ValueError(f"a norm is that of vectors or of matrices, along one or two axes, and there are {len(axes)}")


def _norm_of_vectors(x: Any, ord: Any, axis: int, keepdims: bool) -> Any:
    if ord is None or ord == 2:
        return _root_of_squares(x, axis, keepdims)
    if isinstance(ord, str):
        raise ValueError(f"the norm {ord!r} is one of matrices; one of vectors has a number, such as 1, 2 or np.inf")
    size: Any = np.abs(x)
    options: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    if ord == np.inf:
        return size.max(**options)
    if ord == -np.inf:
        return size.min(**options)
    if ord == 0:  # the number of elements that are not 0
        return np.sign(size).sum(**options)
    if ord == 1:
        return size.sum(**options)
    p = float(ord)
    powers = np.where(size == 0, 0.0 if p > 0 else np.inf, np.where(size == 0, 1.0, size) ** p)
    total = powers.sum(**options)
    return np.where(total == 0, 0.0, np.where(total == 0, 1.0, total) ** (1 / p))


def _norm_of_matrices(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if ord in (None, "fro", "f"):
        return _root_of_squares(x, axes, keepdims)
    if ord in ("nuc", 2, -2):
        values = np.abs(svdvals(np.moveaxis(x, axes, (-2, -1))))  # the sign of a 0 is 0, so its gradient is
        found = values.sum(axis=-1) if ord == "nuc" else values.max(axis=-1) if ord == 2 else values.min(axis=-1)
        return np.expand_dims(found, axes) if keepdims else found
    if ord not in (1, -1, np.inf, -np.inf):
        raise ValueError(f"the norm {ord!r} is none of matrices; they have 'fro', 'nuc', ±1, ±2 and ±np.inf")
    summed, compared = axes if abs(ord) == 1 else axes[::-1]
    sums = np.abs(x).sum(axis=summed, keepdims=True)
    found = sums.max(axis=compared, keepdims=True) if ord > 0 else sums.min(axis=compared, keepdims=True)
    return found if keepdims else np.squeeze(found, axes)


@composed(np.linalg.vector_norm)
def vector_norm(x: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """The norm of the elements along some axes, as if they were one vector."""
    x = array(x)
    axes = reduced_axes(x.ndim, axis)
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    found = norm(x.transpose(axes + rest).reshape((-1, *(x.shape[i] for i in rest))), ord, 0)
    return found.reshape(kept_shape(x.shape, axis)) if keepdims else found


@composed(np.linalg.matrix_norm)
def matrix_norm(x: Any, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of matrices, which lie along the last two axes."""
    return norm(x, ord, (-2, -1), keepdims)


@composed(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """How much a linear equation can enlarge an error: the norm of the matrix times that of its inverse."""
    x = array(x)
    if p not in (None, 2, -2):
        return norm(x, p, (-2, -1)) * norm(inv(x), p, (-2, -1))
    values = svdvals(x)
    greatest, least = values[..., 0], values[..., -1]
    with np.errstate(divide="ignore"):  # infinite for a singular matrix
        return least / greatest if p == -2 else greatest / least
