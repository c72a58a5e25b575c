"""Pooling to a size that is given: the windows follow from it. To size 1 it is global pooling.

Place i of m takes the elements from ⌊i·n/m⌋ up to, but without, ⌈(i + 1)·n/m⌉ of n. Elements that are equal to the
maximum share its gradient equally.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import Operand, bare

from .options import is_whole
from .pooling import refuse_indices
from .products import _shape
from .windows import Operation, refuse_other_axes

OutputSize: TypeAlias = int | tuple[int | None, ...] | None


def _windows(shape: tuple[int, ...], output: tuple[int, ...]) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Yield, for each place in the output, its index there and that of its window in an array of this shape."""
    along = [
        [(slice(i, i + 1), slice(i * n // m, -(-(i + 1) * n // m))) for i in range(m)]
        for n, m in zip(shape[-len(output) :], output, strict=True)
    ]
    for pairs in itertools.product(*along):
        yield (..., *(place for place, _ in pairs)), (..., *(window for _, window in pairs))


def _last(output: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(-len(output), 0))


def _pooled(shape: tuple[int, ...], output: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape[: -len(output)], *output)


# --------------------------------------------------------------------------------------------------------------- means


def _adaptive_avg_pool(x: Any, output: tuple[int, ...]) -> Any:
    """The mean of each window."""
    axes = _last(output)
    y = np.empty_like(x, shape=_pooled(x.shape, output), dtype=x.dtype if x.dtype.kind == "f" else float)
    for place, window in _windows(x.shape, output):
        y[place] = x[window].mean(axis=axes, keepdims=True)
    return y


def _adaptive_spread(y: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> Any:
    """Zeros of `shape`, and on all elements of each window an equal share of its number in `y`."""
    x = np.zeros_like(y, shape=shape)
    for place, window in _windows(shape, output):
        part = x[window]
        part += y[place] / math.prod(part.shape[-len(output) :])
    return x


# -------------------------------------------------------------------------------------------------------------- maxima


def _adaptive_max_pool(x: Any, output: tuple[int, ...]) -> Any:
    """The greatest element of each window."""
    axes = _last(output)
    y = np.empty_like(x, shape=_pooled(x.shape, output))
    for place, window in _windows(x.shape, output):
        y[place] = x[window].max(axis=axes, keepdims=True)
    return y


def _adaptive_to_maxima(u: Any, x: Any, y: Any, output: tuple[int, ...]) -> Any:
    """Zeros in the shape of x, and each number of `u` where the maximum `y` of its window is found, in equal shares."""
    back = np.zeros_like(u, shape=x.shape)
    for place, window in _windows(x.shape, output):
        part = back[window]
        part += u[place] * _shares(x[window], y[place], _last(output))
    return back


def _adaptive_of_maxima(v: Any, x: Any, y: Any, output: tuple[int, ...]) -> Any:
    """The mean, in each window, of those elements of `v` that are where the maximum `y` of x is found."""
    means = np.empty_like(v, shape=y.shape)
    for place, window in _windows(x.shape, output):
        shares = _shares(x[window], y[place], _last(output))
        means[place] = (v[window] * shares).sum(axis=_last(output), keepdims=True)
    return means


def _shares(x: Any, y: Any, axes: tuple[int, ...]) -> Any:
    """Return how much each element of a window has of its maximum: 0, or 1 divided by the number of equal ones."""
    chosen = np.logical_not(x < y)
    return chosen / chosen.sum(axis=axes, keepdims=True, dtype=x.dtype)


# ------------------------------------------------------------------------------------------------------------ the table

adaptive_avg_pool: Operation = primitive(
    _adaptive_avg_pool, name="adaptive_avg_pool", x=lambda g, x_shape, output: adaptive_spread(g, x_shape, output)
)
adaptive_spread: Operation = primitive(
    _adaptive_spread, name="adaptive_spread", y=lambda g, output: adaptive_avg_pool(g, output)
)
adaptive_max_pool: Operation = primitive(
    _adaptive_max_pool,
    name="adaptive_max_pool",
    x=lambda g, x, ans, output: adaptive_to_maxima(g, bare(x), bare(ans), output),
)
adaptive_to_maxima: Operation = primitive(
    _adaptive_to_maxima, name="adaptive_to_maxima", u=lambda g, x, y, output: adaptive_of_maxima(g, x, y, output)
)
adaptive_of_maxima: Operation = primitive(
    _adaptive_of_maxima, name="adaptive_of_maxima", v=lambda g, x, y, output: adaptive_to_maxima(g, x, y, output)
)


# ------------------------------------------------------------------------------------------------------- the functions


def adaptive_avg_pool1d(x: Operand, output_size: OutputSize) -> Tensor:
    """Take means over a given number of windows of sequences.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C, L), or (C, L)
        Sequences of C channels.
    output_size : int or None
        L': how many windows there are. None: L, as x has.

    Returns
    -------
    Tensor of shape (N, C, L'), or (C, L')

    Raises
    ------
    ValueError
        If x has no such shape, or the output size is no positive whole number.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import adaptive_avg_pool1d
    >>> adaptive_avg_pool1d(np.array([[1.0, 2.0, 3.0, 4.0, 5.0]]), 2)
    array([[2., 4.]])
    """
    return adaptive_avg_pool(*checked("adaptive_avg_pool1d", x, output_size, 1))


def adaptive_avg_pool2d(x: Operand, output_size: OutputSize) -> Tensor:
    """Take means over a given number of windows of images. To size 1 it is global average pooling.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C, H, W), or (C, H, W)
        Images of C channels.
    output_size : int, None, or pair of them
        (H', W'): how many windows there are, down and across. None: as many as x has pixels.

    Returns
    -------
    Tensor of shape (N, C, H', W'), or (C, H', W')

    Raises
    ------
    ValueError
        If x has no such shape, or the output size no positive whole numbers.

    References
    ----------
    Lin, Chen & Yan, "Network in network" (2014): global average pooling in the place of fully connected layers.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import adaptive_avg_pool2d
    >>> adaptive_avg_pool2d(np.arange(12.0).reshape(1, 3, 4), (1, 2))
    array([[[4.5, 6.5]]])
    """
    return adaptive_avg_pool(*checked("adaptive_avg_pool2d", x, output_size, 2))


def adaptive_max_pool1d(x: Operand, output_size: OutputSize, return_indices: bool = False) -> Tensor:
    """Take the greatest elements of a given number of windows of sequences.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C, L), or (C, L)
        Sequences of C channels.
    output_size : int or None
        L': how many windows there are. None: L, as x has.
    return_indices : bool, default False
        Not supported, as in :func:`max_pool2d`.

    Returns
    -------
    Tensor of shape (N, C, L'), or (C, L')

    Raises
    ------
    ValueError
        If x has no such shape, or the output size is no positive whole number.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import adaptive_max_pool1d
    >>> adaptive_max_pool1d(np.array([[1.0, 2.0, 3.0, 4.0, 5.0]]), 2)
    array([[3., 5.]])
    """
    refuse_indices("adaptive_max_pool1d", return_indices)
    return adaptive_max_pool(*checked("adaptive_max_pool1d", x, output_size, 1))


def adaptive_max_pool2d(x: Operand, output_size: OutputSize, return_indices: bool = False) -> Tensor:
    """Take the greatest elements of a given number of windows of images. To size 1 it is global max pooling.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C, H, W), or (C, H, W)
        Images of C channels.
    output_size : int, None, or pair of them
        (H', W'): how many windows there are, down and across. None: as many as x has pixels.
    return_indices : bool, default False
        Not supported, as in :func:`max_pool2d`.

    Returns
    -------
    Tensor of shape (N, C, H', W'), or (C, H', W')

    Raises
    ------
    ValueError
        If x has no such shape, or the output size no positive whole numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import adaptive_max_pool2d
    >>> adaptive_max_pool2d(np.arange(12.0).reshape(1, 3, 4), (1, 2))
    array([[[ 9., 11.]]])
    """
    refuse_indices("adaptive_max_pool2d", return_indices)
    return adaptive_max_pool(*checked("adaptive_max_pool2d", x, output_size, 2))


def checked(function: str, x: Any, output_size: OutputSize, axes: int) -> tuple[Any, tuple[int, ...]]:
    """Return x and its output size in numbers, or raise ValueError, in the name of a function or a layer."""
    refuse_other_axes(function, x, axes)
    wanted = output_sizes(function, output_size, axes)
    size = _shape(x)[-axes:]
    if 0 in size:
        raise ValueError(f"{function}: there is nothing to pool in x of shape {_shape(x)}")
    return x, tuple(n if m is None else m for n, m in zip(size, wanted, strict=True))


def output_sizes(function: str, output_size: OutputSize, axes: int) -> tuple[int | None, ...]:
    """Return an output size as a number or None for each axis, or raise ValueError."""
    given = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * axes
    if len(given) != axes or any(n is not None and not (is_whole(n) and n > 0) for n in given):
        several = f", or {axes} of them" if axes > 1 else ""
        raise ValueError(
            f"{function}: output_size must be a whole number from 1 on, or None for the size of x{several}, not "
            f"{output_size!r}"
        )
    return tuple(None if n is None else int(n) for n in given)
