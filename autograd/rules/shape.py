"""Derivatives of the functions that move elements without changing them: each is undone by its inverse."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..primitive import primitive
from .indexing import gather
from .table import composed

# ---------------------------------------------------------------------------------------- the same elements, other axes


@primitive(implements=np.reshape, x=lambda g, x_shape, order: g.reshape(x_shape, order=order))
def reshape(x: Any, shape: int | Sequence[int], order: str = "C") -> Any:
    """The same elements in another shape."""
    _refuse_memory_order(order)
    return x.reshape(shape, order=order)


@primitive(implements=np.ravel, x=lambda g, x_shape, order: g.reshape(x_shape, order=order))
def ravel(x: Any, order: str = "C") -> Any:
    """The same elements along one axis."""
    _refuse_memory_order(order)
    return x.reshape(-1, order=order)


def _refuse_memory_order(order: str) -> None:
    if order not in ("C", "F"):
        raise ValueError(
            f"order must be 'C' or 'F', not {order!r}: the order of the elements in memory is not the gradient's order"
        )


@primitive(
    implements=np.transpose,
    x=lambda g, axes: g.transpose() if axes is None else g.transpose(_inverse(axes)),
)
def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order; without one, reversed."""
    return np.transpose(x, axes)


def _inverse(axes: Sequence[int]) -> list[int]:
    """Return the permutation that puts the axes back."""
    return sorted(range(len(axes)), key=lambda i: axes[i] % len(axes))


@primitive(implements=np.swapaxes, x=lambda g, axis1, axis2: g.swapaxes(axis1, axis2))
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes in each other's place."""
    return np.swapaxes(x, axis1, axis2)


@primitive(implements=np.moveaxis, x=lambda g, source, destination: np.moveaxis(g, destination, source))
def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """Axes at other places, the rest in their order."""
    return np.moveaxis(x, source, destination)


@composed(np.rollaxis, by="a")
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """One axis brought to stand before axis `start`."""
    ndim = np.ndim(a)
    axis, start = counted_from_0(axis, ndim), start + ndim if start < 0 else start
    if not 0 <= start <= ndim:
        raise ValueError(f"rollaxis: start is {start}, but the array has {ndim} axes; it must be from 0 to {ndim}")
    return moveaxis(a, axis, start - (axis < start))


def counted_from_0(axis: int, ndim: int) -> int:
    """Return an axis as a number that is not negative."""
    if not -ndim <= axis < ndim:
        raise np.exceptions.AxisError(axis, ndim)
    return axis % ndim


@composed(getattr(np, "matrix_transpose", None), getattr(np.linalg, "matrix_transpose", None))
def matrix_transpose(x: Any) -> Any:
    """A stack of matrices, each transposed."""
    return swapaxes(x, -1, -2)


@primitive(implements=np.squeeze, x=lambda g, x_shape: g.reshape(x_shape))
def squeeze(x: Any, axis: int | tuple[int, ...] | None = None) -> Any:
    """Without axes of length one."""
    return np.squeeze(x, axis)


@primitive(implements=np.expand_dims, x=lambda g, x_shape: g.reshape(x_shape))
def expand_dims(x: Any, axis: int | tuple[int, ...]) -> Any:
    """With new axes of length one."""
    return np.expand_dims(x, axis)


@primitive(implements=np.broadcast_to, x=lambda g: g)  # the engine undoes broadcasting
def broadcast_to(x: Any, shape: Sequence[int]) -> Any:
    """Repeated along new axes and along axes of length one, without a copy."""
    return np.broadcast_to(x, shape)


@composed(np.broadcast_arrays)
def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """Each array spread out to the shape that they all fit."""
    shape = np.broadcast_shapes(*map(np.shape, arrays))
    return tuple(broadcast_to(a, shape) for a in arrays)


def _alone_or_all(results: list[Any]) -> Any:
    return results[0] if len(results) == 1 else tuple(results)


@composed(np.atleast_1d)
def atleast_1d(*arrays: Any) -> Any:
    """The arrays, each with one axis or more."""
    return _alone_or_all([leading_axes(a, 1) for a in arrays])


@composed(np.atleast_2d)
def atleast_2d(*arrays: Any) -> Any:
    """The arrays, each with two axes or more; new ones come first."""
    return _alone_or_all([leading_axes(a, 2) for a in arrays])


@composed(np.atleast_3d)
def atleast_3d(*arrays: Any) -> Any:
    """The arrays, each with three axes or more; a vector lies along the middle one."""
    return _alone_or_all([leading_axes(a, 2)[..., None] if np.ndim(a) < 3 else a for a in arrays])


def leading_axes(a: Any, ndim: int) -> Any:
    """Return the array with so many axes, or more; new ones of length one come first."""
    a = a if hasattr(a, "shape") else np.asarray(a)
    return a if a.ndim >= ndim else a.reshape((1,) * (ndim - a.ndim) + a.shape)


@primitive(implements=np.copy, x=lambda g: g)
def copy(x: Any) -> Any:
    """The same elements in memory of their own."""
    return np.copy(x)


# --------------------------------------------------------------------------------------- turned round, and over again


@primitive(implements=np.flip, x=lambda g, axis: np.flip(g, axis))
def flip(x: Any, axis: int | tuple[int, ...] | None = None) -> Any:
    """The elements in reverse order along an axis, or several."""
    return np.flip(x, axis)


@composed(np.flipud)
def flipud(m: Any) -> Any:
    """The rows in reverse order."""
    return flip(m, 0)


@composed(np.fliplr)
def fliplr(m: Any) -> Any:
    """The columns in reverse order."""
    return flip(m, 1)


@composed(np.rot90)
def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """The plane of two axes, turned by k right angles, from the first axis towards the second."""
    ndim = np.ndim(m)
    first, second = (counted_from_0(axis, ndim) for axis in axes)
    if first == second:
        raise ValueError(f"rot90: axes are {tuple(axes)}, one axis twice; a plane has two")
    if k % 2 == 0:
        return flip(m, (first, second)) if k % 4 else gather(m, ...)
    return swapaxes(flip(m, second), first, second) if k % 4 == 1 else flip(swapaxes(m, first, second), second)


def _opposite(shift: int | Sequence[int]) -> Any:
    return tuple(-s for s in shift) if isinstance(shift, (tuple, list)) else -shift  # type: ignore[operator]


@primitive(implements=np.roll, x=lambda g, shift, axis: np.roll(g, _opposite(shift), axis))
def roll(x: Any, shift: int | Sequence[int], axis: int | tuple[int, ...] | None = None) -> Any:
    """The elements moved along an axis; those that leave at one end come in at the other."""
    return np.roll(x, shift, axis)


@composed(np.tile, by="A")
def tile(A: Any, reps: int | Sequence[int]) -> Any:
    """The array laid side by side with itself, so many times along each axis."""
    times = [int(r) for r in np.ravel(reps)]
    x = leading_axes(A, len(times))
    times = [1] * (x.ndim - len(times)) + times
    apart = x.reshape([n for length in x.shape for n in (1, length)])
    spread = np.broadcast_to(apart, [n for pair in zip(times, x.shape, strict=True) for n in pair])
    return spread.reshape([r * length for r, length in zip(times, x.shape, strict=True)])


# ----------------------------------------------------------------------------------------------- several arrays and one


def _cut(g: Any, shapes: Sequence[tuple[int, ...]], axis: int | None) -> list[Any]:
    """Return the pieces of `g` that came from arrays of these shapes, put end to end."""
    lengths = [math.prod(shape) if axis is None else shape[axis] for shape in shapes]
    before = () if axis is None else (slice(None),) * (axis % g.ndim)
    return [
        g[(*before, slice(end - n, end))].reshape(shape)
        for n, end, shape in zip(lengths, itertools.accumulate(lengths), shapes, strict=True)
    ]


@primitive(
    implements=np.concatenate,
    sequence="arrays",
    arrays=lambda g, arrays_shape, axis: _cut(g, arrays_shape, axis),
)
def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    """Arrays end to end along an axis."""
    return np.concatenate(arrays, axis)


@primitive(
    implements=np.stack,
    sequence="arrays",
    arrays=lambda g, arrays_shape, axis: [np.moveaxis(g, axis, 0)[i] for i in range(len(arrays_shape))],
)
def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Arrays of one shape side by side along a new axis."""
    return np.stack(arrays, axis)


@composed(getattr(np, "unstack", None))
def unstack(x: Any, axis: int = 0) -> tuple[Any, ...]:
    """The pieces of an array along an axis, one for each place: what `stack` puts together."""
    return tuple(moveaxis(x, axis, 0))


@composed(np.hstack)
def hstack(tup: Sequence[Any]) -> Any:
    """Arrays end to end along their second axis; vectors along their only one."""
    arrays = [leading_axes(a, 1) for a in tup]
    return concatenate(arrays, 0 if arrays and arrays[0].ndim == 1 else 1)


@composed(np.vstack)
def vstack(tup: Sequence[Any]) -> Any:
    """Arrays end to end along their first axis; a vector is one row."""
    return concatenate([leading_axes(a, 2) for a in tup], 0)


@composed(np.dstack)
def dstack(tup: Sequence[Any]) -> Any:
    """Arrays end to end along their third axis."""
    return concatenate([atleast_3d(a) for a in tup], 2)


@composed(np.column_stack)
def column_stack(tup: Sequence[Any]) -> Any:
    """Matrices end to end along their second axis; a vector is one column."""
    return concatenate([transpose(leading_axes(a, 2)) if np.ndim(a) < 2 else a for a in tup], 1)


@composed(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Two arrays end to end; without an axis, both flattened."""
    return concatenate([arr, values], axis)


@composed(np.block)
def block(arrays: Any) -> Any:
    """An array out of nested lists of blocks: the innermost lists are joined along the last axis."""
    depth, inner = 0, arrays
    while isinstance(inner, list) and inner:
        depth, inner = depth + 1, inner[0]

    def leaves(part: Any) -> list[Any]:
        return [leaf for p in part for leaf in leaves(p)] if isinstance(part, list) else [part]

    ndim = max([depth, *map(np.ndim, leaves(arrays))])

    def joined(part: Any, level: int) -> Any:
        if isinstance(part, list) != (level < depth) or (isinstance(part, list) and not part):
            raise ValueError(
                f"block: the lists are nested to different depths (the first to {depth}), or one is empty; each "
                "block must be in as many lists as the others"
            )
        if level == depth:
            return copy(leading_axes(part, ndim)) if depth == 0 else leading_axes(part, ndim)
        return concatenate([joined(p, level + 1) for p in part], level - depth)

    return joined(arrays, 0)


@primitive(name="split", x=lambda g, axis: np.concatenate(g, axis))
def _split(x: Any, indices_or_sections: Any, axis: int = 0) -> tuple[Any, ...]:
    return tuple(np.split(x, indices_or_sections, axis))


@composed(np.split, by="x")
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """The pieces of an array along an axis: so many equal ones, or cut at the given places."""
    if np.ndim(indices_or_sections):
        n = np.shape(x)[axis]
        cuts = [0, *(slice(int(i), None).indices(n)[0] for i in indices_or_sections), n]
        if cuts != sorted(cuts):  # pieces that overlap, which no concatenation undoes
            before = (slice(None),) * counted_from_0(axis, np.ndim(x))
            return [gather(x, (*before, slice(i, j))) for i, j in itertools.pairwise(cuts)]
    return list(_split(x, indices_or_sections, axis))


@composed(np.array_split, by="ary")
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """The pieces of an array along an axis; of so many, the first are longer by one if it must be."""
    if np.ndim(indices_or_sections) == 0:
        sections = int(indices_or_sections)
        if sections <= 0:
            raise ValueError(f"array_split: there must be one section or more, not {sections}")
        size, longer = divmod(np.shape(ary)[axis], sections)
        indices_or_sections = [i * size + min(i, longer) for i in range(1, sections)]
    return split(ary, indices_or_sections, axis)


def _refuse_fewer_axes(name: str, ary: Any, needed: int) -> None:
    if np.ndim(ary) < needed:
        raise ValueError(f"{name} needs an array with {needed} or more axes, not one of shape {np.shape(ary)}")


@composed(np.vsplit, by="ary")
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """The pieces of an array along its first axis."""
    _refuse_fewer_axes("vsplit", ary, 2)
    return split(ary, indices_or_sections, 0)


@composed(np.hsplit, by="ary")
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """The pieces of an array along its second axis, or a vector's only one."""
    _refuse_fewer_axes("hsplit", ary, 1)
    return split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@composed(np.dsplit, by="ary")
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """The pieces of an array along its third axis."""
    _refuse_fewer_axes("dsplit", ary, 3)
    return split(ary, indices_or_sections, 2)
