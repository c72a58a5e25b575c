"""Layers that change nothing, or the shape alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd import Tensor

from .functional import options
from .module import Module


class Identity(Module):
    """The layer that does nothing: y = x. It stands where another layer was, or will be.

    Parameters
    ----------
    *args, **kwargs
        Whatever the other layer takes; it is not looked at.

    Examples
    --------
    >>> import nn
    >>> net = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    >>> net[1] = nn.Identity()
    >>> net
    Sequential(
      (0): Linear(in_features=4, out_features=3, bias=True)
      (1): Identity()
    )
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        """Return x itself."""
        return x

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return 0."""
        return 0


class Flatten(Module):
    """Make one axis out of several: (N, C, H, W) → (N, C·H·W), as between convolutions and a fully connected layer.

    Parameters
    ----------
    start_axis : int, default 1
        The first of them; by default all but the batch axis.
    end_axis : int, default -1
        The last of them.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Flatten()(np.ones((5, 3, 8, 8))).shape
    (5, 192)
    """

    def __init__(self, start_axis: int = 1, end_axis: int = -1) -> None:
        super().__init__()
        options.axes("Flatten", start_axis=start_axis, end_axis=end_axis)
        self.start_axis = start_axis
        self.end_axis = end_axis

    def forward(self, x: Tensor) -> Tensor:
        """Return x with the axes made one.

        Raises
        ------
        ValueError
            If x has not these axes, or they are in the wrong order.
        """
        start, end = (_place(axis, x, self) for axis in (self.start_axis, self.end_axis))
        if start > end:
            raise ValueError(
                f"{self._described()}: start_axis={self.start_axis} comes after end_axis={self.end_axis} in x of shape "
                f"{x.shape}; give them in order"
            )
        return x.reshape((*x.shape[:start], math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :]))

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return 0."""
        return 0

    def extra_repr(self) -> str:
        """Return the options."""
        return f"start_axis={self.start_axis}, end_axis={self.end_axis}"


class Unflatten(Module):
    """Make several axes out of one: (N, C·H·W) → (N, C, H, W).

    Parameters
    ----------
    axis : int
        Which one.
    unflattened_size : sequence of int
        The lengths of the new axes. One of them may be −1: it is what remains.

    Raises
    ------
    ValueError
        If the lengths are none, or more than one is −1.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Unflatten(1, (3, 8, -1))(np.ones((5, 192))).shape
    (5, 3, 8, 8)
    """

    def __init__(self, axis: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        options.axes("Unflatten", axis=axis)
        sizes = tuple(unflattened_size)
        if not sizes or sizes.count(-1) > 1 or any(not options.is_whole(n) or n < -1 for n in sizes):
            raise ValueError(
                f"Unflatten: unflattened_size must be lengths, of which one may be -1 (what remains), not {sizes}"
            )
        self.axis = axis
        self.unflattened_size = sizes

    def forward(self, x: Tensor) -> Tensor:
        """Return x with the axis in pieces.

        Raises
        ------
        ValueError
            If x has not this axis, or it has another length than the new ones make.
        """
        axis = _place(self.axis, x, self)
        length, known = x.shape[axis], math.prod(n for n in self.unflattened_size if n != -1)
        fits = known and length % known == 0 if -1 in self.unflattened_size else length == known
        if not fits:
            raise ValueError(
                f"{self._described()}: axis {self.axis} of x of shape {x.shape} has length {length}, which cannot be "
                f"made {self.unflattened_size}"
            )
        sizes = [length // known if n == -1 else n for n in self.unflattened_size]
        return x.reshape((*x.shape[:axis], *sizes, *x.shape[axis + 1 :]))

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return 0."""
        return 0

    def extra_repr(self) -> str:
        """Return the options."""
        return f"axis={self.axis}, unflattened_size={self.unflattened_size}"


def _place(axis: int, x: Any, layer: Module) -> int:
    """Return the number of an axis counted from the front."""
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"{layer._described()}: x of shape {x.shape} has no axis {axis}")
    return axis % x.ndim
