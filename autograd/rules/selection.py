"""Functions that pick elements by position or by condition, and those that put more between or around them.

Nearly all are an index, worked out on plain numbers, and `gather`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..arrays import operand
from ..primitive import primitive
from ..tensor import Tensor
from . import elementwise
from .indexing import gather, numbered, plain_index, put
from .shape import (
    append,
    broadcast_to,
    concatenate,
    counted_from_0,
    expand_dims,
    moveaxis,
    ravel,
    stack,
)
from .table import composed

# ---------------------------------------------------------------------------------------------------------- by position


def _bare(value: Any) -> Any:
    """Return positions or conditions as an array of plain numbers that nobody else writes to."""
    value = plain_index(value)
    return value if hasattr(value, "shape") else np.asarray(value)


def _positions(indices: Any, name: str) -> Any:
    bare = _bare(indices) if np.shape(indices) != (0,) else _bare(indices).astype(np.intp)  # [] is no float64
    if bare.dtype.kind not in "iu":
        raise TypeError(f"{name} takes positions, which are whole numbers, not {bare.dtype}; for a mask write x[mask]")
    return bare


def _along(x: Any, index: Any, axis: int | None) -> Any:
    """Return ``x[index]`` along one axis, or from the flattened array."""
    if axis is None:
        return gather(ravel(x), (index,))
    return gather(x, ((slice(None),) * counted_from_0(axis, np.ndim(x)) + (index,)))


def _length(x: Any, axis: int | None) -> int:
    return int(np.size(x)) if axis is None else int(np.shape(x)[axis])


@composed(np.take, by="a")
def take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    """The elements at these positions along an axis (None: of the flattened array).

    Positions outside are an error (mode "raise"), counted round (mode "wrap") or moved to the end (mode "clip").
    """
    places = _positions(indices, "take")
    if mode == "wrap":
        places = places % _length(a, axis)
    elif mode == "clip":
        places = np.clip(places, 0, _length(a, axis) - 1)
    elif mode != "raise":
        raise ValueError(f"take: mode is {mode!r}, but must be 'raise', 'wrap' or 'clip'")
    return _along(a, places, axis)


def _matching(shape: tuple[int, ...], indices: Any, axis: int) -> tuple[Any, ...]:
    """Return the whole index of which `indices` is the part for one axis: elsewhere each place is its own."""
    ndim = len(shape)
    if indices.ndim != ndim:
        raise ValueError(
            f"positions along an axis need as many axes as the array: they have shape {indices.shape}, it has {shape}"
        )
    axis = counted_from_0(axis, ndim)
    own = (numbered(indices, (n,)).reshape((n,) + (1,) * (ndim - 1 - i)) for i, n in enumerate(shape))
    return tuple(indices if i == axis else places for i, places in enumerate(own))


@composed(np.take_along_axis, by="arr")
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """The elements at positions along an axis that are given for each place of the other axes, as argsort does."""
    places = _positions(indices, "take_along_axis")
    if axis is None:
        arr, axis = ravel(arr), 0
    return gather(arr, _matching(np.shape(arr), places, axis))


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None = -1) -> Any:
    """A copy of `arr` with `values` at positions along an axis, given for each place of the other axes.

    NumPy's function of this name writes into its argument; this one returns a new Tensor (or array).
    """
    places = _positions(indices, "put_along_axis")
    if axis is None:
        return put_along_axis(ravel(arr), places, values, 0).reshape(np.shape(arr))
    return put(arr, _matching(np.shape(arr), places, axis), values)


# --------------------------------------------------------------------------------------------------------- by condition


@composed(np.where, by="x y")
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Take elements from `x` where the condition holds, else from `y`; without these two, say where it holds."""
    if x is None and y is None:
        return np.nonzero(_bare(condition))
    if x is None or y is None:
        raise ValueError("np.where takes a condition alone, or both x and y")
    return elementwise.where(condition, x, y)


@composed(np.compress, by="a")
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """The elements along an axis for which the condition, one boolean each, holds."""
    holds = _bare(condition)
    if holds.ndim != 1:
        raise ValueError(f"compress takes a condition with one axis, not of shape {holds.shape}")
    return _along(a, np.nonzero(holds)[0], axis)


@composed(np.extract, by="arr")
def extract(condition: Any, arr: Any) -> Any:
    """The elements where the condition holds, in a row."""
    return gather(ravel(arr), np.nonzero(_bare(condition).reshape(-1)))


@composed(np.select, by="choicelist default")
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """The elements of the first choice whose condition holds, else of `default`."""
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ValueError(
            f"select takes as many conditions as choices, and one or more: there are {len(condlist)} conditions and "
            f"{len(choicelist)} choices"
        )
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        holds = _bare(condition)
        if holds.dtype.kind != "b":
            raise TypeError(f"select takes conditions, which are booleans, not {holds.dtype}")
        result = elementwise.where(holds, choice, result)
    numbers = [c if isinstance(c, Tensor) else operand(c) for c in (*choicelist, default)]
    dtype = np.result_type(*(getattr(c, "dtype", c) for c in numbers))  # Python's numbers do not promote
    return result if result.dtype == dtype else result.astype(dtype)


@composed(np.choose, by="choices")
def choose(a: Any, choices: Sequence[Any], mode: str = "raise") -> Any:
    """For each place the element of that choice whose number stands there in `a`.

    Numbers outside are an error (mode "raise"), counted round (mode "wrap") or moved to the end (mode "clip").
    """
    number, n = _positions(a, "choose"), len(choices)
    if mode == "wrap":
        number = number % n
    elif mode == "clip":
        number = np.clip(number, 0, n - 1)
    elif mode != "raise":
        raise ValueError(f"choose: mode is {mode!r}, but must be 'raise', 'wrap' or 'clip'")
    elif np.any((number < 0) | (number >= n)).item():
        raise ValueError(
            f"choose: there are {n} choices, so that their numbers go from 0 to {n - 1}; others were asked"
        )
    shape = np.broadcast_shapes(number.shape, *map(np.shape, choices))
    index = np.broadcast_to(number, shape)
    return take_along_axis(stack([broadcast_to(c, shape) for c in choices]), index[None], 0)[0]


# ------------------------------------------------------------------------------------------- diagonals, triangles


@primitive(x=lambda g, offset, axis1, axis2: np.diagonal(g, offset, axis1, axis2))
def on_diagonal(x: Any, shape: tuple[int, ...], offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Zeros of `shape` with `x` on a diagonal: what `diagonal` takes out."""
    rows, columns = shape[axis1], shape[axis2]
    result = np.zeros_like(x, shape=(*x.shape[:-1], rows * columns))
    first = max(offset, -offset * columns)  # in the first row, or in the first column
    # In a matrix written out row after row, the next element of a diagonal is one row and one column further.
    result[..., first :: columns + 1][..., : x.shape[-1]] = x
    return np.moveaxis(result.reshape((*x.shape[:-1], rows, columns)), (-2, -1), (axis1, axis2))


@primitive(
    implements=np.diagonal,
    x=lambda g, x_shape, offset, axis1, axis2: on_diagonal(g, x_shape, offset, axis1, axis2),
)
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The elements on a diagonal of the planes of two axes; it becomes the last axis."""
    return np.diagonal(x, offset, axis1, axis2)


@composed(np.linalg.diagonal, by="x")
def diagonal_of_matrices(x: Any, offset: int = 0) -> Any:
    """The elements on a diagonal of matrices, which lie along the last two axes."""
    return diagonal(x, offset, -2, -1)


@composed(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """The diagonal of a matrix, or a matrix with this vector on its diagonal."""
    if np.ndim(v) == 2:
        return diagonal(v, k)
    if np.ndim(v) != 1:
        raise ValueError(f"diag takes a vector or a matrix, not shape {np.shape(v)}; np.diagonal takes stacks of them")
    n = np.shape(v)[0] + abs(k)
    return on_diagonal(v, (n, n), k)


@composed(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """A matrix with the elements of the array, in a row, on its diagonal."""
    return diag(ravel(v), k)


tril = primitive(lambda x, k=0: np.tril(x, k), name="tril", implements=np.tril, x=lambda g, k: np.tril(g, k))
triu = primitive(lambda x, k=0: np.triu(x, k), name="triu", implements=np.triu, x=lambda g, k: np.triu(g, k))


@composed(np.meshgrid)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    """The coordinates of a grid: each vector along an axis of its own, spread out along the others."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing is {indexing!r}, but must be 'xy' or 'ij'")
    ndim = len(xi)
    axes = [1, 0, *range(2, ndim)] if indexing == "xy" and ndim > 1 else list(range(ndim))
    grids = tuple(
        ravel(x).reshape([-1 if i == axis else 1 for i in range(ndim)]) for x, axis in zip(xi, axes, strict=True)
    )
    if sparse:
        return grids
    shape = np.broadcast_shapes(*map(np.shape, grids))
    return tuple(broadcast_to(grid, shape) for grid in grids)


# -------------------------------------------------------------------------------------------- more, and fewer of them


@composed(np.repeat, by="a")
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element so many times in a row, along an axis or in the flattened array."""
    times = _positions(repeats, "repeat")
    if times.ndim == 0:
        x, axis = (ravel(a), 0) if axis is None else (a, counted_from_0(axis, np.ndim(a)))
        shape, n = np.shape(x), int(times)
        apart = expand_dims(x, axis + 1)  # side by side with itself along an axis of its own, which is then joined
        spread = broadcast_to(apart, (*shape[: axis + 1], n, *shape[axis + 1 :]))
        return spread.reshape((*shape[:axis], shape[axis] * n, *shape[axis + 1 :]))
    return _along(a, np.repeat(np.arange(_length(a, axis)), times), axis)


@composed(np.resize, by="a")
def resize(a: Any, new_shape: int | Sequence[int]) -> Any:
    """The elements in a row, over again until the new shape is full; zeros if there are none."""
    row = ravel(a)
    if not row.shape[0]:
        return append(row, np.zeros_like(_bare(row), shape=int(np.prod(new_shape)))).reshape(new_shape)
    return gather(row, np.resize(np.arange(row.shape[0]), new_shape))


@composed(np.delete, by="arr")
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """The array without the elements at these positions."""
    return _along(arr, np.delete(np.arange(_length(arr, axis)), _plain_places(obj)), axis)


def _plain_places(obj: Any) -> Any:
    """Return positions for NumPy to work out the order from: of a Tensor, its numbers."""
    return obj.data if isinstance(obj, Tensor) else obj


@composed(np.trim_zeros, by="filt")
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """The array without the zeros that it begins ("f" in `trim`) and ends ("b") with, along each axis or some."""
    places, index = np.nonzero(_bare(filt)), []
    trimmed = range(np.ndim(filt)) if axis is None else normalize_axis_tuple(axis, np.ndim(filt))
    if strange := set(trim.lower()) - {"f", "b"}:
        raise ValueError(f"trim_zeros: trim is made of 'f' (front) and 'b' (back), and {strange.pop()!r} is neither")
    for i, (n, along) in enumerate(zip(np.shape(filt), places, strict=True)):
        if i not in trimmed or not along.shape[0]:  # of nothing but zeros, nothing is left
            index.append(slice(0, n * (i not in trimmed)))
            continue
        start = along.min().item() if "f" in trim.lower() else 0
        index.append(slice(start, along.max().item() + 1 if "b" in trim.lower() else n))
    return gather(filt, tuple(index))


@composed(np.insert, by="arr values")
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """The array with `values` before the elements at these positions."""
    if axis is None:
        arr, axis = ravel(arr), 0
    axis = counted_from_0(axis, np.ndim(arr))
    shape, places = np.shape(arr), _plain_places(obj)
    values = values if hasattr(values, "shape") else np.asarray(values)
    values = values.reshape((1,) * (len(shape) - values.ndim) + values.shape)
    if not isinstance(places, slice) and np.ndim(places) == 0:
        values = moveaxis(values, 0, axis)  # NumPy's rule: for one position, the first axis of `values` counts them
        count = values.shape[axis]
    else:
        count = np.insert(np.arange(shape[axis]), places, 0).size - shape[axis]
    if isinstance(values, Tensor) and values.requires_grad and arr.dtype.kind != "f":
        raise TypeError(
            f"insert: values that require a gradient would lose it among {arr.dtype} numbers; convert the array first"
        )
    more = broadcast_to(elementwise.astype(values, arr.dtype), (*shape[:axis], count, *shape[axis + 1 :]))
    order = np.insert(np.arange(shape[axis]), places, np.arange(shape[axis], shape[axis] + count))
    return _along(concatenate([arr, more], axis), order, axis)


# ---------------------------------------------------------------------------------------------- what is not for Tensors

PLAIN = {
    *(np.argwhere, np.nonzero, np.flatnonzero, np.ravel_multi_index, np.unravel_index, np.ix_),
    *(np.diag_indices_from, np.tril_indices_from, np.triu_indices_from),
}
_WRITES = "writes into its argument, which nothing does to a Tensor; "
REFUSED = {
    np.copyto: "writes into an array, which nothing records (np.full_like calls it); np.broadcast_to(t, "
    "shape) is full of t, and np.where(mask, t, array) has it in places",
    np.putmask: _WRITES + "np.where(mask, new, t) makes a new one",
    np.place: _WRITES + "np.where(mask, new, t) makes a new one",
    np.put: _WRITES + "t[index] = new makes t a new one",
    np.fill_diagonal: _WRITES + "np.where(np.eye(n) > 0, new, t) makes a new one",
    np.put_along_axis: _WRITES + "autograd.rules.selection.put_along_axis(t, indices, values, axis) makes a new one",
}
