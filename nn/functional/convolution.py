"""Convolutions over one axis and over two, and their transposes.

As in all of deep learning the kernel is not turned round: it is what statistics calls a cross-correlation. A
convolution over one axis is one over images of height 1.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np

from autograd import Tensor
from autograd.arrays import Operand

from . import convolution_maps as maps
from .products import _named, _shape
from .windows import PerAxis, Widths, Window, per_axis, refuse_other_axes

Padding: TypeAlias = PerAxis | Literal["valid", "same"]


def conv1d(
    x: Operand,
    weight: Operand,
    bias: Operand | None = None,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Tensor:
    """Slide kernels along sequences: y[n, o, p] = b[o] + Σ w[o, c, k] x[n, c, stride·p + dilation·k − padding].

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C, L), or (C, L)
        Sequences of C channels.
    weight : Tensor or array_like of shape (O, C / groups, K)
        A kernel for each output channel.
    bias : Tensor or array_like of shape (O,), optional
        Added to the output channels.
    stride, padding, dilation, groups
        As for :func:`nn.functional.conv2d`, for one axis.

    Returns
    -------
    Tensor of shape (N, O, L'), or (O, L')
        L' = ⌊(L + 2·padding − dilation·(K − 1) − 1) / stride⌋ + 1.

    Raises
    ------
    ValueError
        If the shapes do not fit, an option is out of range, or the kernel is longer than the sequence.

    References
    ----------
    Waibel, Hanazawa, Hinton, Shikano & Lang, "Phoneme recognition using time-delay neural networks" (1989).

    Examples
    --------
    Differences of neighbours:

    >>> import numpy as np
    >>> from nn.functional import conv1d
    >>> conv1d(np.array([[[1.0, 4.0, 9.0, 16.0]]]), np.array([[[-1.0, 1.0]]]))
    array([[[3., 5., 7.]]])
    """
    return _convolved("conv1d", 1, x, weight, bias, stride, padding, dilation, groups)


def conv2d(
    x: Operand,
    weight: Operand,
    bias: Operand | None = None,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Tensor:
    """Slide kernels over images: y[n, o, p] = b[o] + Σ w[o, c, k] x[n, c, stride·p + dilation·k − padding].

    The sum is over the channels c of the output channel's group and over the elements k of the kernel; p and k are
    places in a plane.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C, H, W), or (C, H, W)
        Images of C channels.
    weight : Tensor or array_like of shape (O, C / groups, KH, KW)
        A kernel for each output channel.
    bias : Tensor or array_like of shape (O,), optional
        Added to the output channels.
    stride : int or pair of ints, default 1
        How far the kernel moves at a time, down and across.
    padding : int, pair of ints, "valid" or "same", default 0
        How many zeros are put above and below, left and right. "valid" is 0; "same", with a stride of 1, is what gives
        y the size of x (where that is odd, one more below and on the right).
    dilation : int or pair of ints, default 1
        How far apart the pixels are that neighbouring elements of the kernel meet.
    groups : int, default 1
        So many convolutions side by side, each of its own share of the channels. With groups = C each channel has
        kernels of its own.

    Returns
    -------
    Tensor of shape (N, O, H', W'), or (O, H', W')
        H' = ⌊(H + 2·padding − dilation·(KH − 1) − 1) / stride⌋ + 1, and W' alike.

    Raises
    ------
    ValueError
        If the shapes do not fit, an option is out of range, or the kernel is larger than the image with its padding.

    References
    ----------
    LeCun, Boser, Denker, Henderson, Howard, Hubbard & Jackel, "Backpropagation applied to handwritten zip code
    recognition" (1989). Dumoulin & Visin, "A guide to convolution arithmetic for deep learning" (2016).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import conv2d
    >>> image = np.arange(16.0).reshape(1, 1, 4, 4)
    >>> mean_of_four = np.full((1, 1, 2, 2), 0.25)
    >>> conv2d(image, mean_of_four, stride=2)
    array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]])
    """
    return _convolved("conv2d", 2, x, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    x: Operand,
    weight: Operand,
    bias: Operand | None = None,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: int = 1,
    dilation: PerAxis = 1,
) -> Tensor:
    """Spread sequences out with kernels, as the gradient of :func:`nn.functional.conv1d` by its input does.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C, L), or (C, L)
        Sequences of C channels.
    weight : Tensor or array_like of shape (C, O / groups, K)
        The weight of the convolution from O to C channels of which this is the transpose.
    bias : Tensor or array_like of shape (O,), optional
        Added to the output channels.
    stride, padding, output_padding, groups, dilation
        As for :func:`nn.functional.conv_transpose2d`, for one axis.

    Returns
    -------
    Tensor of shape (N, O, L'), or (O, L')
        L' = (L − 1)·stride − 2·padding + dilation·(K − 1) + output_padding + 1.

    Raises
    ------
    ValueError
        If the shapes do not fit, or an option is out of range.

    References
    ----------
    Zeiler, Krishnan, Taylor & Fergus, "Deconvolutional networks" (2010).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import conv_transpose1d
    >>> conv_transpose1d(np.array([[[1.0, 2.0]]]), np.array([[[1.0, 1.0, 1.0]]]), stride=2)
    array([[[1., 1., 3., 2., 2.]]])
    """
    return _transposed("conv_transpose1d", 1, x, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    x: Operand,
    weight: Operand,
    bias: Operand | None = None,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: int = 1,
    dilation: PerAxis = 1,
) -> Tensor:
    """Spread images out with kernels, as the gradient of :func:`nn.functional.conv2d` by its input does.

    y[n, o, stride·p + dilation·k − padding] is b[o] and the sum of w[c, o, k] x[n, c, p] over all channels c, places p
    and elements k of the kernel that lead there: the linear map of the convolution with the same weight and options,
    transposed. With a stride the output is larger than the input.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C, H, W), or (C, H, W)
        Images of C channels.
    weight : Tensor or array_like of shape (C, O / groups, KH, KW)
        The weight of the convolution from O to C channels of which this is the transpose.
    bias : Tensor or array_like of shape (O,), optional
        Added to the output channels.
    stride : int or pair of ints, default 1
        How far apart in the output the kernels of neighbouring pixels are.
    padding : int or pair of ints, default 0
        How many rows and columns of the output are cut off on each side: what the convolution would pad.
    output_padding : int or pair of ints, default 0
        How many rows and columns the output has more, below and on the right: a convolution with a stride leaves open
        what size its input had. Less than the stride or the dilation.
    groups : int, default 1
        So many transposed convolutions side by side, each of its own share of the channels.
    dilation : int or pair of ints, default 1
        How far apart in the output neighbouring elements of the kernel are.

    Returns
    -------
    Tensor of shape (N, O, H', W'), or (O, H', W')
        H' = (H − 1)·stride − 2·padding + dilation·(KH − 1) + output_padding + 1, and W' alike.

    Raises
    ------
    ValueError
        If the shapes do not fit, or an option is out of range.

    References
    ----------
    Zeiler, Krishnan, Taylor & Fergus, "Deconvolutional networks" (2010).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import conv_transpose2d
    >>> conv_transpose2d(np.array([[[[1.0, 2.0]]]]), np.ones((1, 1, 2, 2)), stride=2)
    array([[[[1., 1., 2., 2.],
             [1., 1., 2., 2.]]]])
    """
    return _transposed("conv_transpose2d", 2, x, weight, bias, stride, padding, output_padding, groups, dilation)


# -------------------------------------------------------------------------------------------------- what all four share


def _convolved(
    function: str,
    axes: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: PerAxis,
    padding: Padding,
    dilation: PerAxis,
    groups: int,
) -> Tensor:
    refuse_other_axes(function, x, axes)
    _refuse_shapes(function, axes, x, weight, bias, groups, transposed=False)
    kernel, stride = _shape(weight)[2:], per_axis(function, "stride", stride, axes, 1)
    dilation = per_axis(function, "dilation", dilation, axes, 1)
    window = Window(kernel, stride, padding_of(function, padding, kernel, stride, dilation), dilation)
    size = _shape(x)[-axes:]
    if any(n < extent for n, extent in zip(window.padded(size), window.extent, strict=True)):
        raise ValueError(
            f"{function}: {_named(weight, 'weight')} has a kernel of {kernel}, which with dilation {dilation} reaches "
            f"over {window.extent}, but x of shape {_shape(x)} has only {window.padded(size)} with its padding; make "
            "the kernel or the dilation smaller, or the padding larger"
        )
    image, kernels = _as_images(x, axes), _as_images(weight, axes)
    return _back(maps.conv2d(image, kernels, bias, _in_the_plane(window), groups), x, axes)


def _transposed(
    function: str,
    axes: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: PerAxis,
    padding: PerAxis,
    output_padding: PerAxis,
    groups: int,
    dilation: PerAxis,
) -> Tensor:
    refuse_other_axes(function, x, axes)
    _refuse_shapes(function, axes, x, weight, bias, groups, transposed=True)
    stride, dilation = per_axis(function, "stride", stride, axes, 1), per_axis(function, "dilation", dilation, axes, 1)
    padding = per_axis(function, "padding", padding, axes, 0)
    more = per_axis(function, "output_padding", output_padding, axes, 0)
    refuse_output_padding(function, more, stride, dilation)
    # Rows that the output has more are rows that the padding cuts off less.
    widths = tuple((p, p - m) for p, m in zip(padding, more, strict=True))
    window = Window(_shape(weight)[2:], stride, widths, dilation)
    size = window.spread(_shape(x)[-axes:])
    if min(size) < 1:
        raise ValueError(
            f"{function}: x of shape {_shape(x)} with {_named(weight, 'weight')} of shape {_shape(weight)}, stride "
            f"{stride}, padding {padding} and dilation {dilation} gives an output of size {size}; make the padding "
            "smaller"
        )
    image, kernels = _as_images(x, axes), _as_images(weight, axes)
    size = (1,) * (2 - axes) + size
    return _back(maps.conv_transpose2d(image, kernels, bias, size, _in_the_plane(window), groups), x, axes)


def refuse_output_padding(
    function: str, more: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> None:
    """Raise ValueError unless the output padding is less than the stride or the dilation."""
    if any(m >= max(s, d) for m, s, d in zip(more, stride, dilation, strict=True)):
        raise ValueError(
            f"{function}: output_padding must be less than the stride or the dilation, not {more} with stride {stride} "
            f"and dilation {dilation}"
        )


def padding_of(
    function: str, padding: Any, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> Widths:
    """Return what a padding means in numbers: (before, behind) for each axis."""
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding == "same":
        if any(s != 1 for s in stride):
            raise ValueError(
                f"{function}: padding='same' needs a stride of 1, not {stride}: with a stride y is smaller than x; "
                "give the padding in numbers"
            )
        total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple((t // 2, t - t // 2) for t in total)
    if isinstance(padding, str):
        raise ValueError(f"{function}: padding must be 'valid', 'same' or numbers, not {padding!r}")
    return tuple((p, p) for p in per_axis(function, "padding", padding, len(kernel), 0))


def _refuse_shapes(function: str, axes: int, x: Any, weight: Any, bias: Any, groups: int, transposed: bool) -> None:
    taken, given, named = _shape(weight), _shape(x), _named(weight, "weight")
    form = "(C, O / groups, " if transposed else "(O, C / groups, "
    form += "K)" if axes == 1 else "KH, KW)"
    if len(taken) != axes + 2 or 0 in taken:
        raise ValueError(f"{function}: {named} must have shape {form}, none of them 0, not {taken}")
    (groups,) = per_axis(function, "groups", groups, 1, 1)
    if taken[0] % groups:
        side = "input" if transposed else "output"
        raise ValueError(
            f"{function}: the {taken[0]} {side} channels of {named}, of shape {taken}, cannot be divided into {groups} "
            "groups"
        )
    channels = taken[0] if transposed else taken[1] * groups
    if given[-axes - 1] != channels:
        size = "L" if axes == 1 else "H, W"
        raise ValueError(
            f"{function}: {named} of shape {taken} with groups={groups} takes x of shape (N, {channels}, {size}), but "
            f"x has shape {given}; give x {channels} channels, or the layer as many in_channels as x has"
        )
    outputs = taken[1] * groups if transposed else taken[0]
    if bias is not None and _shape(bias) != (outputs,):
        raise ValueError(
            f"{function}: {_named(bias, 'bias')} must have shape {(outputs,)}, one number for each output channel, not "
            f"{_shape(bias)}"
        )


# ------------------------------------------------------------------------------------------------- everything as images


def _as_images(x: Any, axes: int) -> Any:
    """Return x as a batch of images: with an axis for one example, and a height of 1, where they are missing."""
    x = x if hasattr(x, "shape") else np.asarray(x)
    if x.ndim == 4:
        return x
    n = x.shape[0] if x.ndim == axes + 2 else 1
    return x.reshape((n, x.shape[-axes - 1], *(1,) * (2 - axes), *x.shape[-axes:]))


def _back(y: Any, x: Any, axes: int) -> Tensor:
    """Return the result for x without the axes that x has not."""
    given = _shape(x)
    return y if len(given) == 4 else y.reshape((*given[: -axes - 1], y.shape[1], *y.shape[4 - axes :]))


def _in_the_plane(window: Window) -> Window:
    """Return the window with a height of 1, if it has none."""
    if len(window.kernel) == 2:
        return window
    return Window((1, *window.kernel), (1, *window.stride), ((0, 0), *window.padding), (1, *window.dilation))
