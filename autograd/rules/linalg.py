"""Derivatives of matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..primitive import primitive


def transposed(x: Any) -> Any:
    """Return a stack of matrices, each transposed."""
    return x.swapaxes(-1, -2)


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


matmul = primitive(np.matmul, x=lambda g, y: _matmul_left(g, y), y=lambda g, x: _matmul_right(g, x))
