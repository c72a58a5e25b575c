"""Functions that pick elements by position or by condition, and those that put more between or around them.

Nearly all are an index, worked out on plain numbers, and `gather`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..primitive import primitive
from ..tensor import Tensor
from . import elementwise
from .indexing import _numbered, gather, plain_index, put
from .shape import (
    append,
    broadcast_to,
    composed,
    concatenate,
    copy,
    counted_from_0,
    expand_dims,
    moveaxis,
    ravel,
    stack,
)

# ---------------------------------------------------------------------------------------------------------- by position


def _bare(value: Any) -> Any:
    """Return positions or conditions as an array of plain numbers that nobody else writes to."""
    value = plain_index(value)
    return value if hasattr(value, "shape") else np.asarray(value)


def _positions(indices: Any, name: str) -> Any:
    bare = _bare(indices)
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


@composed(np.take)
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
    own = (_numbered(indices, (n,)).reshape((n,) + (1,) * (ndim - 1 - i)) for i, n in enumerate(shape))
    return tuple(indices if i == axis else places for i, places in enumerate(own))


@composed(np.take_along_axis)
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


@composed(np.put_along_axis)
def _put_along_axis_in_place(arr: Any, indices: Any, values: Any, axis: Any = None) -> None:
    raise TypeError(
        "np.put_along_axis writes into its argument, which nothing does to a Tensor; "
        "autograd.rules.selection.put_along_axis(t, indices, values, axis) returns a new one"
    )


# --------------------------------------------------------------------------------------------------------- by condition


@composed(np.where)
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Take elements from `x` where the condition holds, else from `y`; without these two, say where it holds."""
    if x is None and y is None:
        return np.nonzero(_bare(condition))
    if x is None or y is None:
        raise ValueError("np.where takes a condition alone, or both x and y")
    return elementwise.where(condition, x, y)


@composed(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """The elements along an axis for which the condition, one boolean each, holds."""
    holds = _bare(condition)
    if holds.ndim != 1:
        raise ValueError(f"compress takes a condition with one axis, not of shape {holds.shape}")
    return _along(a, np.nonzero(holds)[0], axis)


@composed(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """The elements where the condition holds, in a row."""
    return gather(ravel(arr), np.nonzero(_bare(condition).reshape(-1)))


@composed(np.select)
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
    return result


@composed(np.choose)
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
    first = offset if offset >= 0 else -offset * columns
    # In a matrix written out row after row, the next element of a diagonal is one row and one column further.
    result[..., first : first + x.shape[-1] * (columns + 1) : columns + 1] = x
    return np.moveaxis(result.reshape((*x.shape[:-1], rows, columns)), (-2, -1), (axis1, axis2))


@primitive(
    implements=np.diagonal,
    x=lambda g, x_shape, offset, axis1, axis2: on_diagonal(g, x_shape, offset, axis1, axis2),
)
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The elements on a diagonal of the planes of two axes; it becomes the last axis."""
    return np.diagonal(x, offset, axis1, axis2)


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


@composed(np.repeat)
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


@composed(np.resize)
def resize(a: Any, new_shape: int | Sequence[int]) -> Any:
    """The elements in a row, over again until the new shape is full; zeros if there are none."""
    row = ravel(a)
    if not row.shape[0]:
        return append(row, np.zeros_like(_bare(row), shape=int(np.prod(new_shape)))).reshape(new_shape)
    return gather(row, np.resize(np.arange(row.shape[0]), new_shape))


@composed(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """The array without the elements at these positions."""
    return _along(arr, np.delete(np.arange(_length(arr, axis)), _plain_places(obj)), axis)


def _plain_places(obj: Any) -> Any:
    """Return positions for NumPy to work out the order from: of a Tensor, its numbers."""
    return obj.data if isinstance(obj, Tensor) else obj


@composed(np.insert)
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
    more = broadcast_to(elementwise.astype(values, arr.dtype), (*shape[:axis], count, *shape[axis + 1 :]))
    order = np.insert(np.arange(shape[axis]), places, np.arange(shape[axis], shape[axis] + count))
    return _along(concatenate([arr, more], axis), order, axis)


# -------------------------------------------------------------------------------------------------------------- padding

Widths = tuple[tuple[int, int], ...]


def _inside(pad_width: Widths, x_shape: tuple[int, ...]) -> tuple[slice, ...]:
    """Return where in the padded array the array itself is."""
    return tuple(slice(before, before + n) for (before, _), n in zip(pad_width, x_shape, strict=True))


@primitive(name="pad", x=lambda g, pad_width, x_shape: g[_inside(pad_width, x_shape)])
def _surround(x: Any, pad_width: Widths, constant_values: Any = 0) -> Any:
    return np.pad(x, pad_width, constant_values=constant_values) if pad_width else np.copy(x)


@composed(np.pad)
def pad(array: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    """The array with more elements around it.

    Parameters
    ----------
    array : array_like
        The array.
    pad_width : int, pair of ints, a pair for each axis, or dict
        How many elements come before and behind, along all axes or along each; a dictionary says it for some axes.
    mode : {"constant", "edge", "reflect", "symmetric", "wrap"}
        What they are: `constant_values`, or elements of the array itself.
    constant_values : number or sequence, default 0
        The numbers of mode "constant", in the forms of `pad_width`; without a derivative.
    """
    widths = _widths(pad_width, np.ndim(array))
    if mode == "constant":
        return _surround(array, widths, constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise ValueError(
            f"np.pad on a Tensor knows the modes constant, edge, reflect, symmetric and wrap, not {mode!r}; put other "
            "elements around it with np.concatenate"
        )
    if not any(before or behind for before, behind in widths):
        return copy(array)
    for axis, (before, behind) in enumerate(widths):
        if before or behind:
            source = np.pad(np.arange(np.shape(array)[axis]), (before, behind), mode)  # type: ignore[call-overload]
            array = gather(array, ((slice(None),) * axis + (source,)))
    return array


def _widths(pad_width: Any, ndim: int) -> Widths:
    if isinstance(pad_width, dict):
        given = {counted_from_0(axis, ndim): width for axis, width in pad_width.items()}
        pad_width = [np.broadcast_to(given.get(axis, 0), 2) for axis in range(ndim)] or 0
    pairs = np.broadcast_to(pad_width, (ndim, 2))
    if pairs.dtype.kind not in "iu" or (pairs < 0).any():
        raise ValueError(f"pad_width must be whole numbers from 0 on, not {pad_width}")
    return tuple((int(before), int(behind)) for before, behind in pairs)
