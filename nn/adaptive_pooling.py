"""Pooling layers with an output of a given size; to size 1 they are global pooling."""

from __future__ import annotations

import math
from typing import ClassVar

from autograd import Tensor

from .functional.adaptive_pooling import OutputSize, adaptive_avg_pool, adaptive_max_pool, checked, output_sizes
from .functional.pooling import refuse_indices
from .functional.windows import Operation
from .module import Module


class _AdaptivePool(Module):
    """What the pooling layers of a given output size share."""

    axes: ClassVar[int]
    operation: ClassVar[Operation]

    def __init__(self, output_size: OutputSize) -> None:
        super().__init__()
        output_sizes(type(self).__name__, output_size, self.axes)
        self.output_size = output_size

    def forward(self, x: Tensor) -> Tensor:
        """Return a number for each window: shape (N, C, …), or (C, …) → (N, C, *output_size), or (C, *output_size)."""
        return self.operation(*checked(self._described(), x, self.output_size, self.axes))

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return the elements of all windows: for the sums and the quotients, or the comparisons, about one each."""
        lengths = [
            sum(-(-(i + 1) * n // m) - i * n // m for i in range(m))
            for n, m in zip(input_shape[-self.axes :], output_shape[-self.axes :], strict=True)
        ]
        return math.prod(output_shape[: -self.axes]) * math.prod(lengths)

    def extra_repr(self) -> str:
        """Return the output size."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptivePool):
    """Means over a given number of windows of sequences. See :func:`nn.functional.adaptive_avg_pool1d`.

    Parameters
    ----------
    output_size : int or None
        How many windows there are. None: as many as the sequence has elements.

    Raises
    ------
    ValueError
        If the output size is no positive whole number.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.AdaptiveAvgPool1d(3)(np.ones((5, 8, 100))).shape
    (5, 8, 3)
    """

    axes = 1
    operation = staticmethod(adaptive_avg_pool)


class AdaptiveAvgPool2d(_AdaptivePool):
    """Means over a given number of windows of images. See :func:`nn.functional.adaptive_avg_pool2d`.

    ``AdaptiveAvgPool2d(1)`` is global average pooling.

    Parameters
    ----------
    output_size : int, None, or pair of them
        How many windows there are, down and across. None: as many as the image has pixels.

    Raises
    ------
    ValueError
        If the output size is no positive whole numbers.

    References
    ----------
    Lin, Chen & Yan, "Network in network" (2014).

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.AdaptiveAvgPool2d(1)(np.ones((5, 8, 28, 28))).shape
    (5, 8, 1, 1)
    """

    axes = 2
    operation = staticmethod(adaptive_avg_pool)


class AdaptiveMaxPool1d(_AdaptivePool):
    """Maxima of a given number of windows of sequences. See :func:`nn.functional.adaptive_max_pool1d`.

    Parameters
    ----------
    output_size : int or None
        How many windows there are. None: as many as the sequence has elements.
    return_indices : bool, default False
        Not supported.

    Raises
    ------
    ValueError
        If the output size is no positive whole number.
    NotImplementedError
        If indices are asked for.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.AdaptiveMaxPool1d(3)(np.ones((5, 8, 100))).shape
    (5, 8, 3)
    """

    axes = 1
    operation = staticmethod(adaptive_max_pool)

    def __init__(self, output_size: OutputSize, return_indices: bool = False) -> None:
        refuse_indices("AdaptiveMaxPool1d", return_indices)
        super().__init__(output_size)


class AdaptiveMaxPool2d(_AdaptivePool):
    """Maxima of a given number of windows of images. See :func:`nn.functional.adaptive_max_pool2d`.

    ``AdaptiveMaxPool2d(1)`` is global max pooling.

    Parameters
    ----------
    output_size : int, None, or pair of them
        How many windows there are, down and across. None: as many as the image has pixels.
    return_indices : bool, default False
        Not supported.

    Raises
    ------
    ValueError
        If the output size is no positive whole numbers.
    NotImplementedError
        If indices are asked for.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.AdaptiveMaxPool2d((1, None))(np.ones((5, 8, 28, 28))).shape
    (5, 8, 1, 28)
    """

    axes = 2
    operation = staticmethod(adaptive_max_pool)

    def __init__(self, output_size: OutputSize, return_indices: bool = False) -> None:
        refuse_indices("AdaptiveMaxPool2d", return_indices)
        super().__init__(output_size)
