"""Pooling layers with a window of a given size."""

from __future__ import annotations

import math
from typing import ClassVar

from autograd import Tensor

from .functional import options
from .functional.pooling import avg_pooled, max_pooled, pooling_options, refuse_divisor, refuse_indices
from .functional.windows import PerAxis, per_axis
from .module import Module


class _MaxPool(Module):
    """What the layers for sequences and for images share."""

    axes: ClassVar[int]

    def __init__(
        self,
        kernel_size: PerAxis,
        stride: PerAxis | None = None,
        padding: PerAxis = 0,
        dilation: PerAxis = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        options.flags(name, ceil_mode=ceil_mode)
        refuse_indices(name, return_indices)
        pooling_options(name, self.axes, kernel_size, stride, padding, dilation)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode

    def forward(self, x: Tensor) -> Tensor:
        """Return the maximum of each window: shape (N, C, …), or (C, …) → the same with the places of the window."""
        chosen = (self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)
        return max_pooled(self._described(), self.axes, x, *chosen)

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return one less than the elements of a window, for each number of the output."""
        window = per_axis(type(self).__name__, "kernel_size", self.kernel_size, self.axes, 1)
        return math.prod(output_shape) * (math.prod(window) - 1)

    def extra_repr(self) -> str:
        """Return the options."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The greatest element of each window of sequences. See :func:`nn.functional.max_pool1d`.

    Parameters
    ----------
    kernel_size : int
        Length of the window.
    stride : int, optional
        How far it moves at a time. Default: its length.
    padding : int, default 0
        How many elements are put on each side, which count as −∞; at most half of the window.
    dilation : int, default 1
        How far apart the elements of the window are.
    return_indices : bool, default False
        Not supported.
    ceil_mode : bool, default False
        Also take a last window that reaches beyond the padding.

    Raises
    ------
    ValueError
        If an option is out of range.
    NotImplementedError
        If indices are asked for.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.MaxPool1d(2)(np.array([[1.0, 5.0, 2.0, 3.0]]))
    array([[5., 3.]])
    """

    axes = 1


class MaxPool2d(_MaxPool):
    """The greatest element of each window of images. See :func:`nn.functional.max_pool2d`.

    Parameters
    ----------
    kernel_size : int or pair of ints
        Height and width of the window.
    stride : int or pair of ints, optional
        How far it moves at a time, down and across. Default: its own size.
    padding : int or pair of ints, default 0
        How many elements are put on each side, which count as −∞; at most half of the window.
    dilation : int or pair of ints, default 1
        How far apart the elements of the window are.
    return_indices : bool, default False
        Not supported.
    ceil_mode : bool, default False
        Also take a last window that reaches beyond the padding.

    Raises
    ------
    ValueError
        If an option is out of range.
    NotImplementedError
        If indices are asked for.

    Notes
    -----
    Elements that are equal to the maximum share its gradient equally.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.MaxPool2d(3, stride=2, padding=1)(np.ones((5, 8, 28, 28))).shape
    (5, 8, 14, 14)
    """

    axes = 2


class AvgPool1d(Module):
    """The mean of each window of sequences. See :func:`nn.functional.avg_pool1d`.

    Parameters
    ----------
    kernel_size : int
        Length of the window.
    stride : int, optional
        How far it moves at a time. Default: its length.
    padding : int, default 0
        How many zeros are put on each side; at most half of the window.
    ceil_mode : bool, default False
        Also take a last window that reaches beyond the padding.
    count_include_pad : bool, default True
        Whether the zeros of the padding are counted.

    Raises
    ------
    ValueError
        If an option is out of range.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.AvgPool1d(2)(np.array([[1.0, 5.0, 2.0, 3.0]]))
    array([[3. , 2.5]])
    """

    def __init__(
        self,
        kernel_size: PerAxis,
        stride: PerAxis | None = None,
        padding: PerAxis = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding, _ = pooling_options("AvgPool1d", 1, kernel_size, stride, padding)
        options.flags(type(self).__name__, ceil_mode=ceil_mode, count_include_pad=count_include_pad)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean of each window: shape (N, C, L), or (C, L) → the same with the places of the window."""
        chosen = (self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)
        return avg_pooled(self._described(), 1, x, *chosen)

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return the elements of a window, for each number of the output."""
        return math.prod(output_shape) * math.prod(self.kernel_size)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(Module):
    """The mean of each window of images. See :func:`nn.functional.avg_pool2d`.

    Parameters
    ----------
    kernel_size : int or pair of ints
        Height and width of the window.
    stride : int or pair of ints, optional
        How far it moves at a time, down and across. Default: its own size.
    padding : int or pair of ints, default 0
        How many zeros are put on each side; at most half of the window.
    ceil_mode : bool, default False
        Also take a last window that reaches beyond the padding.
    count_include_pad : bool, default True
        Whether the zeros of the padding are counted.
    divisor_override : int, optional
        Divide all sums by this number, however many elements the windows have.

    Raises
    ------
    ValueError
        If an option is out of range.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.AvgPool2d(2)(np.arange(16.0).reshape(1, 4, 4))
    array([[[ 2.5,  4.5],
            [10.5, 12.5]]])
    """

    def __init__(
        self,
        kernel_size: PerAxis,
        stride: PerAxis | None = None,
        padding: PerAxis = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        pooling_options("AvgPool2d", 2, kernel_size, stride, padding)
        refuse_divisor("AvgPool2d", divisor_override)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        options.flags(type(self).__name__, ceil_mode=ceil_mode, count_include_pad=count_include_pad)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean of each window: shape (N, C, H, W), or (C, H, W) → the same with the window's places."""
        chosen = (self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)
        return avg_pooled(self._described(), 2, x, *chosen, self.divisor_override)

    def flops(self, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
        """Return the elements of a window, for each number of the output."""
        return math.prod(output_shape) * math.prod(per_axis("AvgPool2d", "kernel_size", self.kernel_size, 2, 1))

    def extra_repr(self) -> str:
        """Return the options."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"
