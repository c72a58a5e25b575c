"""The three maps of convolution.

Convolution, its transpose and the correlation that gives the kernel's gradient are one form, linear in each of image x,
kernel w and result y:

    Σ y[n, o, p] · w[o, c, k] · x[n, c, stride·p + dilation·k − padding]

summed over examples n, channels o and c, places p and elements k of the kernel. The gradient of the form by y is the
convolution of x, that by x the transposed convolution of y, that by w the correlation of x with y. So the rules of each
of the three primitives are the other two, and there are derivatives of every order.

Each is a matrix product with the columns: what the window sees, a column for each of its places.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograd import primitive

from .windows import Operation, Window

# Bytes of columns at a time, which stay in the second cache of a core: all columns of a batch at once took up to twice
# as long.
_CACHE = 1 << 18


class _Scratch:
    """Memory for a few images with their columns and results, used again for the next few.

    With a stride of 1 the pixels that one element of the kernel meets in a row of places follow each other in memory,
    and up to those of the next row it is only the window's overhang. Computing there too, and dropping what comes out,
    makes the columns long runs of memory: copying them took a third of the time. To copy a row by itself took as long
    as 64 products, and the longer the overhang is and the more outputs it has, the more products are for nothing.

    Attributes
    ----------
    image : array of shape (n, C, H + 1, W)
        The images with their padding; the overhang of the last place ends in the row below.
    inner : view of shape (n, C, h, w)
        The images without the padding.
    columns : array of shape (n, groups, C / groups · kernel, places)
        What the windows see.
    results : array of shape (n, groups, O / groups, places)
        A number for each place, 0 on the overhang unless it is computed.
    kept : view of shape (n, O, rows, places in a row)
        The results without the overhang.
    """

    def __init__(
        self, like: Any, dtype: Any, shape: tuple[int, ...], outputs: int, window: Window, groups: int
    ) -> None:
        n, channels, size = shape[0], shape[1], shape[2:]
        rows, across = window.places(size)
        # A negative padding behind the image (of a transposed convolution's output) is a part that no window meets.
        height, width = (m + before + max(behind, 0) for m, (before, behind) in zip(size, window.padding, strict=True))
        # In C order, whatever the order of `like` is, so that every reshape below is a view.
        self.image = np.zeros_like(like, shape=(n, channels, height + 1, width), dtype=dtype, order="C")
        self.inner = self.image[window.inner(size)]
        if window.stride == (1, 1) and rows > 1 and outputs // groups * (width - across) <= 64:
            step = width
            self._seen = _seen_in_runs(self.image, window, rows)
        else:
            step = across
            self._seen = _seen(self.image, window, rows, across)
        inputs = channels // groups * math.prod(window.kernel)
        self.columns = np.empty_like(like, shape=(n, groups, inputs, rows * step), dtype=dtype, order="C")
        self._columns = self.columns.reshape(self._seen.shape)
        self.results = np.zeros_like(like, shape=(n, groups, outputs // groups, rows * step), dtype=dtype, order="C")
        self.kept = self.results.reshape((n, outputs, rows, step))[..., :across]

    def unfold(self) -> None:
        """Copy what the windows see in the images into the columns."""
        self._columns[...] = self._seen

    def fold(self) -> None:
        """Make images of the columns: add each element where it was seen."""
        self.image[...] = 0
        for i, j in np.ndindex(self._seen.shape[2:4]):  # one element of all windows at a time: these do not overlap
            pixels = self._seen[:, :, i, j]
            pixels += self._columns[:, :, i, j]


def _seen(image: Any, window: Window, rows: int, across: int) -> Any:
    """Return a view of what the windows see: shape (n, C, *kernel, rows, across)."""
    (down, right), (apart, aside) = window.stride, window.dilation
    everywhere = sliding_window_view(image, window.extent, axis=(2, 3), writeable=True)
    places = everywhere[:, :, : down * (rows - 1) + 1 : down, : right * (across - 1) + 1 : right, ::apart, ::aside]
    return places.transpose(0, 1, 4, 5, 2, 3)


def _seen_in_runs(image: Any, window: Window, rows: int) -> Any:
    """Return a view of what windows with a stride of 1 see, and of the overhang: shape (n, C, *kernel, rows · W)."""
    n, channels, _, width = image.shape
    runs = sliding_window_view(image.reshape((n, channels, -1)), rows * width, axis=2, writeable=True)
    height, reach = window.extent
    starts = runs[:, :, : height * width].reshape((n, channels, height, width, rows * width))
    return starts[:, :, :: window.dilation[0], : reach : window.dilation[1]]


def _blocks(
    like: Any, dtype: Any, shape: tuple[int, ...], outputs: int, window: Window, groups: int
) -> Iterator[tuple[slice, _Scratch]]:
    """Yield the slices in which the images are worked on, and the memory for each."""
    n, channels, size = shape[0], shape[1], shape[2:]
    one = channels * math.prod(window.kernel) * math.prod(window.places(size)) * dtype.itemsize
    count = max(1, min(n, _CACHE // one if one else n))
    count = -(-n // -(-n // count)) if n else 1  # blocks of one length, if it can be
    scratch = None
    for start in range(0, n, count):
        length = min(count, n - start)
        if scratch is None or length < count:
            scratch = _Scratch(like, dtype, (length, *shape[1:]), outputs, window, groups)
        yield slice(start, start + length), scratch


def _common(*arrays: Any) -> np.dtype[Any]:
    """Return the dtype that the result of these operands has; an operand may be None."""
    return np.result_type(*(a.dtype for a in arrays if a is not None))


def _matrices(weight: Any, groups: int) -> Any:
    """Return the kernels of each group as a matrix, with a row for each of its outputs."""
    return weight.reshape((groups, weight.shape[0] // groups, math.prod(weight.shape[1:])))


def _convolve(x: Any, weight: Any, bias: Any, window: Window, groups: int) -> Any:
    """Return the form's gradient by y, plus the bias of each channel: shape (n, O, rows, columns)."""
    dtype, outputs = _common(x, weight, bias), weight.shape[0]
    y = np.empty_like(x, shape=(x.shape[0], outputs, *window.places(x.shape[2:])), dtype=dtype, order="C")
    matrices = _matrices(weight, groups)
    for block, scratch in _blocks(x, dtype, x.shape, outputs, window, groups):
        scratch.inner[...] = x[block]
        scratch.unfold()
        np.matmul(matrices, scratch.columns, out=scratch.results)
        if bias is not None:  # here, where the runs are long: adding it on the way to y takes half as long again
            scratch.results += bias.reshape((groups, outputs // groups, 1))
        y[block] = scratch.kept
    return y


def _spread(y: Any, weight: Any, bias: Any, size: tuple[int, ...], window: Window, groups: int) -> Any:
    """Return the form's gradient by x, plus the bias of each channel: shape (n, C, *size)."""
    channels, outputs = weight.shape[1] * groups, weight.shape[0]
    if outputs <= 2 * channels and _can_be_turned(window):
        # Adding up columns takes four times as long as copying them: it pays only if there are far fewer.
        return _convolve(y, _turned(weight, groups), bias, _other_way(window), groups)
    dtype = _common(y, weight, bias)
    x = np.empty_like(y, shape=(y.shape[0], channels, *size), dtype=dtype, order="C")
    matrices = _matrices(weight, groups).swapaxes(1, 2)
    for block, scratch in _blocks(y, dtype, x.shape, outputs, window, groups):
        scratch.kept[...] = y[block]
        np.matmul(matrices, scratch.results, out=scratch.columns)
        scratch.fold()
        if bias is not None:
            scratch.image += bias.reshape((channels, 1, 1))
        x[block] = scratch.inner
    return x


def _correlate(x: Any, y: Any, window: Window, groups: int) -> Any:
    """Return the form's gradient by w: shape (O, C / groups, *kernel)."""
    dtype, channels, outputs = _common(x, y), x.shape[1], y.shape[1]
    inputs = channels // groups * math.prod(window.kernel)
    total = np.zeros_like(x, shape=(groups, inputs, outputs // groups), dtype=dtype, order="C")
    for block, scratch in _blocks(x, dtype, x.shape, outputs, window, groups):
        scratch.inner[...] = x[block]
        scratch.unfold()
        scratch.kept[...] = y[block]
        total += (scratch.columns @ scratch.results.swapaxes(2, 3)).sum(axis=0)
    return total.swapaxes(1, 2).reshape((outputs, channels // groups, *window.kernel))


# ----------------------------------------------------------- with a stride of 1 the transposed one is a convolution too


def _can_be_turned(window: Window) -> bool:
    """Return whether the transposed convolution is a convolution, with padding such that its window meets all of y."""
    overhangs = zip(window.padding, window.extent, strict=True)
    return window.stride == (1, 1) and all(max(padding) < extent for padding, extent in overhangs)


def _other_way(window: Window) -> Window:
    """Return the window of that convolution."""
    padding = zip(window.padding, window.extent, strict=True)
    return window._replace(padding=tuple((e - 1 - before, e - 1 - behind) for (before, behind), e in padding))


def _turned(weight: Any, groups: int) -> Any:
    """Return its kernels: turned by 180°, with the channels on both sides exchanged."""
    apart = weight.reshape((groups, weight.shape[0] // groups, *weight.shape[1:]))[..., ::-1, ::-1]
    return apart.swapaxes(1, 2).reshape((groups * weight.shape[1], apart.shape[1], *weight.shape[2:]))


# ------------------------------------------------------------------------------------------------------------ the table

conv2d: Operation = primitive(
    _convolve,
    name="conv2d",
    x=lambda g, weight, x_shape, window, groups: conv_transpose2d(g, weight, None, x_shape[2:], window, groups),
    weight=lambda g, x, window, groups: correlate2d(x, g, window, groups),
    bias=lambda g: g.sum(axis=(0, 2, 3)),
)
conv_transpose2d: Operation = primitive(
    _spread,
    name="conv_transpose2d",
    y=lambda g, weight, window, groups: conv2d(g, weight, None, window, groups),
    weight=lambda g, y, window, groups: correlate2d(g, y, window, groups),
    bias=lambda g: g.sum(axis=(0, 2, 3)),
)
correlate2d: Operation = primitive(
    _correlate,
    name="correlate2d",
    x=lambda g, y, x_shape, window, groups: conv_transpose2d(y, g, None, x_shape[2:], window, groups),
    y=lambda g, x, window, groups: conv2d(x, g, None, window, groups),
)
