"""Derivatives of indexing. Taking elements and putting them back are each other's rule."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..primitive import primitive
from ..tensor import Tensor

Index = Any


def _put_back(g: Any, index: Index, x_shape: tuple[int, ...]) -> Any:
    return scatter(g, index, x_shape)


def _without(g: Any, index: Index) -> Any:
    return put(g, index, 0.0)


@primitive(x=lambda g, index, x_shape: _put_back(g, index, x_shape))
def gather(x: Any, index: Index) -> Any:
    """``x[index]``, for every kind of index that NumPy has."""
    return x[index]


@primitive(x=lambda g, index: g[index])
def scatter(x: Any, index: Index, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with `x` added at `index`: where an index occurs again, the elements add up."""
    result = np.zeros_like(x, shape=shape)
    if _meets_once(index):
        result[index] = x
    else:
        np.add.at(result, index, x)
    return result


@primitive(
    x=lambda g, index: _without(g, index),
    value=lambda g, index, x_shape: g[index] * _is_last(g, index, x_shape),
)
def put(x: Any, index: Index, value: Any) -> Any:
    """A copy of `x` with ``x[index] = value``: where an index occurs again, the last value (in C order) stays."""
    result = np.asarray(x) if isinstance(x, np.generic) else x.copy()
    if _meets_once(index):
        result[index] = value
    else:  # flat, because NumPy writes in the order of the memory, which is not always C order
        place = numbered(result, result.shape)[index]
        flat = result.reshape(-1)
        flat[place.reshape(-1)] = np.broadcast_to(value, place.shape).reshape(-1) if np.ndim(value) else value
        result = flat.reshape(result.shape)
    return result


def plain_index(index: Index) -> Index:
    """Return an index without Tensors, and with copies of its arrays: the rules read them later."""
    if isinstance(index, tuple):
        return tuple(plain_index(i) for i in index)
    if isinstance(index, Tensor):
        index = index._data
    return index.copy() if isinstance(index, (np.ndarray, list)) else index


def _meets_once(index: Index) -> bool:
    """Return whether no element can be meant twice: only arrays of integers can do that."""
    return not any(_repeats(i) for i in (index if isinstance(index, tuple) else (index,)))


def _repeats(i: Any) -> bool:
    if i is None or i is Ellipsis or isinstance(i, (int, np.integer, slice)):
        return False
    return getattr(i, "dtype", None) != np.bool_


def numbered(like: Any, shape: tuple[int, ...]) -> Any:
    """Return an array of `shape` that counts its own elements: 0, 1, 2 and so on."""
    return (np.cumsum(np.ones_like(like, shape=shape, dtype=np.intp)) - 1).reshape(shape)


def _is_last(like: Any, index: Index, shape: tuple[int, ...]) -> Any:
    """Return 1 for each element of ``x[index]`` whose value stays after ``x[index] = value``, 0 for one overwritten."""
    if _meets_once(index):
        return 1.0
    place = numbered(like, shape)[index]
    turn = numbered(like, place.shape)
    last = np.zeros_like(turn, shape=(math.prod(shape),))
    last[place.reshape(-1)] = turn.reshape(-1)
    return last[place] == turn
