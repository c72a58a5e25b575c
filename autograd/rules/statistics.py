"""Covariances, correlations, and counts."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..tensor import Tensor
from .elementwise import of_type
from .indexing import plain_index, scatter
from .linalg import array
from .reduction import average
from .selection import diagonal
from .shape import concatenate, leading_axes
from .table import composed


@composed(np.cov, by="m y aweights")
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    dtype: Any = None,
) -> Any:
    """The covariances of variables, each of them a row; in double precision, as NumPy's, unless told otherwise."""
    m = array(m)
    if dtype is None:
        dtype = np.result_type(m.dtype, np.float64, *(() if y is None else (array(y).dtype,)))
    x = _variables(m, dtype, m.ndim != 1 and not rowvar)
    if y is not None:
        y = _variables(array(y), dtype, not rowvar and leading_axes(array(y), 2).shape[0] != 1)
        x = concatenate([x, y])
    ddof = int(not bias) if ddof is None else ddof
    if ddof != int(ddof):
        raise ValueError(f"cov: ddof is {ddof}, but must be a whole number")
    w = None
    if fweights is not None:
        w = array(plain_index(fweights))
        if w.dtype.kind not in "iu":
            raise TypeError(f"cov: fweights are whole numbers, how often each was seen, not {w.dtype}; or use aweights")
    if aweights is not None:
        w = array(aweights) if w is None else w * array(aweights)
    centre, total = average(x, 1, w, True, True)
    x = x - centre
    scatter_matrix = x @ (x if w is None else x * w).T
    if w is None:
        freedom: Any = max(x.shape[1] - ddof, 0)
        if not freedom:
            warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=4)
    else:
        lost = ddof if aweights is None else ddof * (w * array(aweights)).sum() / total[0, 0]
        freedom = total[0, 0] - (lost if ddof else 0)
    c = scatter_matrix * (1 / freedom if w is not None or freedom else np.inf)
    return c if c.shape != (1, 1) else c.reshape(())


def _variables(x: Any, dtype: Any, turned: bool) -> Any:
    x = leading_axes(x if x.dtype == dtype else of_type(x, dtype), 2)
    if x.ndim > 2:
        raise ValueError(f"cov takes variables with one or two axes, not shape {x.shape}")
    return x.T if turned else x


@composed(np.corrcoef, by="x y")
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, dtype: Any = None) -> Any:
    """The covariances of variables divided by the standard deviations of both."""
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    deviation = np.sqrt(diagonal(c))
    return np.clip(c / deviation[:, None] / deviation, -1, 1)


@composed(np.bincount, by="weights")
def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each whole number from 0 on occurs, a plain array; or the sum of the weights that stand beside it."""
    numbers = plain_index(x)
    counts = np.bincount(numbers, minlength=minlength)
    if weights is None:
        return counts
    weights = array(weights)
    if weights.shape != np.shape(numbers):
        raise ValueError(
            f"bincount: there must be one weight for each number, and the shapes are {np.shape(numbers)} and "
            f"{weights.shape}"
        )
    weights = weights if weights.dtype == np.float64 else of_type(weights, np.float64)
    return scatter(weights, array(numbers), counts.shape)


@composed(np.histogram, by="weights")
def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> tuple[Any, Any]:
    """How many elements are between two edges, or the sum of the weights that stand beside them; and the edges.

    The counts move in steps, and are plain arrays, as the edges are; sums of weights have a gradient by the weights.
    """
    a, bins = plain_index(a), plain_index(bins)
    counts, edges = np.histogram(a, bins, range, density, plain_index(weights))
    if not isinstance(weights, Tensor):
        return counts, edges
    place = np.searchsorted(edges, a, "right") - 1
    place = np.where(array(a) == edges[-1], counts.shape[0] - 1, place)  # the last edge belongs to the last of them
    inside = (place >= 0) & (place < counts.shape[0])
    sums = scatter(weights[inside], place[inside], counts.shape)
    return (sums / np.diff(edges) / sums.sum() if density else sums), edges


_STEPS = "moves in steps; np.bincount(place, weights) counts, with a gradient by the weights"
REFUSED = {
    **dict.fromkeys((np.histogram2d, np.histogramdd), _STEPS),
    np.histogram_bin_edges: "gives edges to look at; np.linspace(t.min(), t.max()) has a gradient",
}
