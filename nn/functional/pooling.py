"""Pooling over windows of one size: each gives one number, its maximum or its mean.

Convention: the elements of a window that are equal to its maximum share the gradient equally, as in every maximum of
this library (PyTorch gives all of it to the first). A NaN makes the maximum of its window NaN.
"""

from __future__ import annotations

import math
from typing import Any

from autograd import Tensor
from autograd.arrays import Operand, plain

from . import options
from . import pooling_maps as maps
from .products import _shape
from .windows import PerAxis, Window, per_axis, refuse_other_axes


def max_pool1d(
    x: Operand,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """Take the greatest element of each window of sequences.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C, L), or (C, L)
        Sequences of C channels.
    kernel_size, stride, padding, dilation, ceil_mode, return_indices
        As for :func:`max_pool2d`, for one axis.

    Returns
    -------
    Tensor of shape (N, C, L'), or (C, L')

    Raises
    ------
    ValueError
        If x has no such shape, an option is out of range, or no window fits.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import max_pool1d
    >>> max_pool1d(np.array([[1.0, 5.0, 2.0, 3.0]]), 2)
    array([[5., 3.]])
    """
    return max_pooled("max_pool1d", 1, x, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    x: Operand,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """Take the greatest element of each window of images.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C, H, W), or (C, H, W)
        Images of C channels.
    kernel_size : int or pair of ints
        Height and width of the window.
    stride : int or pair of ints, optional
        How far it moves at a time, down and across. Default: its own size, so that no two windows meet.
    padding : int or pair of ints, default 0
        How many elements are put on each side, which count as −∞; at most half of the window.
    dilation : int or pair of ints, default 1
        How far apart the elements of the window are.
    ceil_mode : bool, default False
        Also take a last window that reaches beyond the padding, if it begins within the image or the padding before it.
    return_indices : bool, default False
        Not supported: the gradient finds the maxima by itself.

    Returns
    -------
    Tensor of shape (N, C, H', W'), or (C, H', W')
        H' = ⌊(H + 2·padding − dilation·(KH − 1) − 1) / stride⌋ + 1, rounded up in `ceil_mode`, and W' alike.

    Raises
    ------
    ValueError
        If x has no such shape, an option is out of range, or no window fits.

    Notes
    -----
    The elements that are equal to the maximum share its gradient equally.

    References
    ----------
    Ranzato, Huang, Boureau & LeCun, "Unsupervised learning of invariant feature hierarchies with applications to object
    recognition" (2007).

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn.functional import max_pool2d
    >>> x = Tensor([[[1.0, 4.0], [4.0, 2.0]]], requires_grad=True)
    >>> y = max_pool2d(x, 2)
    >>> y.sum().backward()
    >>> y.item(), x.grad
    (4.0, Tensor([[[0. , 0.5],
             [0.5, 0. ]]]))
    """
    return max_pooled("max_pool2d", 2, x, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def avg_pool1d(
    x: Operand,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Take the mean of each window of sequences.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C, L), or (C, L)
        Sequences of C channels.
    kernel_size, stride, padding, ceil_mode, count_include_pad
        As for :func:`avg_pool2d`, for one axis.

    Returns
    -------
    Tensor of shape (N, C, L'), or (C, L')

    Raises
    ------
    ValueError
        If x has no such shape, an option is out of range, or no window fits.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import avg_pool1d
    >>> avg_pool1d(np.array([[1.0, 5.0, 2.0, 3.0]]), 2, stride=1)
    array([[3. , 3.5, 2.5]])
    """
    return avg_pooled("avg_pool1d", 1, x, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    x: Operand,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Take the mean of each window of images.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C, H, W), or (C, H, W)
        Images of C channels.
    kernel_size : int or pair of ints
        Height and width of the window.
    stride : int or pair of ints, optional
        How far it moves at a time, down and across. Default: its own size, so that no two windows meet.
    padding : int or pair of ints, default 0
        How many zeros are put on each side; at most half of the window.
    ceil_mode : bool, default False
        Also take a last window that reaches beyond the padding, if it begins within the image or the padding before it.
        What lies beyond the padding is not counted.
    count_include_pad : bool, default True
        Whether the zeros of the padding are counted.
    divisor_override : int, optional
        Divide all sums by this number, however many elements the windows have.

    Returns
    -------
    Tensor of shape (N, C, H', W'), or (C, H', W')
        H' = ⌊(H + 2·padding − KH) / stride⌋ + 1, rounded up in `ceil_mode`, and W' alike.

    Raises
    ------
    ValueError
        If x has no such shape, an option is out of range, or no window fits.

    References
    ----------
    LeCun, Bottou, Bengio & Haffner, "Gradient-based learning applied to document recognition" (1998).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import avg_pool2d
    >>> avg_pool2d(np.arange(16.0).reshape(1, 4, 4), 2)
    array([[[ 2.5,  4.5],
            [10.5, 12.5]]])
    """
    return avg_pooled("avg_pool2d", 2, x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


# ---------------------------------------------------------------------------------------------------------- the windows


def pooling_options(
    function: str, axes: int, kernel_size: PerAxis, stride: PerAxis | None, padding: PerAxis, dilation: PerAxis = 1
) -> tuple[tuple[int, ...], ...]:
    """Return kernel, stride, padding and dilation with a number for each axis, or raise ValueError."""
    kernel = per_axis(function, "kernel_size", kernel_size, axes, 1)
    stride = kernel if stride is None else per_axis(function, "stride", stride, axes, 1)
    padding = per_axis(function, "padding", padding, axes, 0)
    dilation = per_axis(function, "dilation", dilation, axes, 1)
    if any(2 * p > d * (k - 1) + 1 for p, k, d in zip(padding, kernel, dilation, strict=True)):
        raise ValueError(
            f"{function}: padding must be at most half of the window, not {padding} for kernel_size {kernel} and "
            f"dilation {dilation}; else there would be windows of padding alone"
        )
    return kernel, stride, padding, dilation


def _window(function: str, x: Any, options: tuple[tuple[int, ...], ...], ceil_mode: bool) -> Window:
    """Return the window with as much padding behind the array as its last place needs."""
    kernel, stride, padding, dilation = options
    size, behind = _shape(x)[-len(kernel) :], []
    for n, k, s, p, d in zip(size, *options, strict=True):
        extent = d * (k - 1) + 1
        room = n + 2 * p - extent
        places = (-(-room // s) if ceil_mode else room // s) + 1
        if ceil_mode and (places - 1) * s >= n + p:  # the last window would begin in the padding behind
            places -= 1
        if places < 1:
            raise ValueError(
                f"{function}: a window of kernel_size {kernel} with dilation {dilation} does not fit into x of shape "
                f"{_shape(x)} with padding {padding}; make it smaller, or pool over all of x, with "
                "an adaptive pooling to size 1"
            )
        behind.append(max(0, (places - 1) * s + extent - n - p))
    return Window(kernel, stride, tuple(zip(padding, behind, strict=True)), dilation)


def max_pooled(
    function: str,
    axes: int,
    x: Any,
    kernel_size: PerAxis,
    stride: PerAxis | None,
    padding: PerAxis,
    dilation: PerAxis,
    ceil_mode: bool,
    return_indices: bool = False,
) -> Tensor:
    """Do max pooling over so many axes, for the function, or the layer, that errors name."""
    refuse_indices(function, return_indices)
    refuse_other_axes(function, x, axes)
    options = pooling_options(function, axes, kernel_size, stride, padding, dilation)
    return maps.max_pool(x, _window(function, x, options, ceil_mode))


def refuse_indices(function: str, return_indices: bool) -> None:
    """Raise NotImplementedError if the places of the maxima are asked for."""
    options.flags(function, return_indices=return_indices)
    if return_indices:
        raise NotImplementedError(
            f"{function}: return_indices=True is not supported, because nothing here takes the indices; the gradient "
            "finds the maxima by itself"
        )


def avg_pooled(
    function: str,
    axes: int,
    x: Any,
    kernel_size: PerAxis,
    stride: PerAxis | None,
    padding: PerAxis,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None = None,
) -> Tensor:
    """Do average pooling over so many axes, for the function, or the layer, that errors name."""
    refuse_other_axes(function, x, axes)
    refuse_divisor(function, divisor_override)
    chosen = pooling_options(function, axes, kernel_size, stride, padding)
    window = _window(function, x, chosen, ceil_mode)
    divisor = plain(divisor_override) or _counts(_shape(x)[-axes:], chosen[2], window, count_include_pad)
    return maps.avg_pool(x, window, divisor)


def refuse_divisor(function: str, divisor: int | None) -> None:
    """Raise ValueError unless the divisor is a whole number other than 0, or not given."""
    if divisor is not None and (not options.is_whole(divisor) or divisor == 0):
        raise ValueError(f"{function}: divisor_override must be a whole number other than 0, not {divisor!r}")


def _counts(size: tuple[int, ...], padding: tuple[int, ...], window: Window, count_include_pad: bool) -> maps.Divisor:
    """Return how many elements each window has: one number if all have the same, else the factors along each axis."""
    counts = []
    for n, p, k, s, places in zip(size, padding, window.kernel, window.stride, window.places(size), strict=True):
        first, end = (-p, n + p) if count_include_pad else (0, n)
        starts = [place * s - p for place in range(places)]
        counts.append(tuple(min(start + k, end) - max(start, first) for start in starts))
    if all(len(set(along)) == 1 for along in counts):
        return math.prod(along[0] for along in counts)
    return tuple(counts)
