"""Derivatives of the functions that move elements without changing them: each is undone by its inverse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..primitive import primitive

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


def _inverse(axes: Sequence[int]) -> tuple[int, ...]:
    """Return the permutation that puts the axes back."""
    return tuple(int(i) for i in np.argsort([i % len(axes) for i in axes]))


@primitive(implements=np.swapaxes, x=lambda g, axis1, axis2: g.swapaxes(axis1, axis2))
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes in each other's place."""
    return np.swapaxes(x, axis1, axis2)


@primitive(implements=np.moveaxis, x=lambda g, source, destination: np.moveaxis(g, destination, source))
def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """Axes at other places, the rest in their order."""
    return np.moveaxis(x, source, destination)


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


# ----------------------------------------------------------------------------------------------- several arrays and one


def _cut(g: Any, shapes: Sequence[tuple[int, ...]], axis: int | None) -> list[Any]:
    """Return the pieces of `g` that came from arrays of these shapes, put end to end."""
    if axis is None:
        lengths, axis = [int(np.prod(shape)) for shape in shapes], 0
    else:
        lengths = [shape[axis] for shape in shapes]
    ends = np.cumsum(lengths)
    before = (slice(None),) * (axis % g.ndim)
    return [
        g[(*before, slice(int(end) - n, int(end)))].reshape(shape)
        for n, end, shape in zip(lengths, ends, shapes, strict=True)
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


@primitive(name="split", x=lambda g, axis: np.concatenate(g, axis))
def _split(x: Any, indices_or_sections: Any, axis: int = 0) -> tuple[Any, ...]:
    return tuple(np.split(x, indices_or_sections, axis))


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """The pieces of an array along an axis: so many equal ones, or cut at the given places."""
    return list(_split(x, indices_or_sections, axis))
