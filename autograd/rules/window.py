"""Derivatives of what slides a window over an array: views of all windows, columns for convolutions, convolutions.

Taking the windows out and adding them up again where they came from are each other's rule.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..primitive import primitive
from .indexing import scatter

# ----------------------------------------------------------------------------------------------------- sliding windows


def _add_up(g: Any, x_shape: tuple[int, ...], axis: int | tuple[int, ...] | None) -> Any:
    return add_windows(g, x_shape, axis)


@primitive(
    implements=np.lib.stride_tricks.sliding_window_view,
    x=lambda g, x_shape, axis: _add_up(g, x_shape, axis),
)
def sliding_window_view(x: Any, window_shape: int | tuple[int, ...], axis: int | tuple[int, ...] | None = None) -> Any:
    """All windows of one shape, without a copy: the last axes are those of the window."""
    return np.lib.stride_tricks.sliding_window_view(x, window_shape, axis)


@primitive(
    x=lambda g, x_shape, shape, axis: np.lib.stride_tricks.sliding_window_view(g, x_shape[len(shape) :], axis),
)
def add_windows(x: Any, shape: tuple[int, ...], axis: int | tuple[int, ...] | None = None) -> Any:
    """Zeros of `shape` with all windows added where `sliding_window_view` takes them."""
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    result = np.zeros_like(x, shape=shape)
    for offset in np.ndindex(*x.shape[len(shape) :]):  # the same element of every window at once
        start = [0] * len(shape)
        for a, o in zip(axes, offset, strict=True):
            start[a] += o
        result[tuple(slice(s, s + n) for s, n in zip(start, x.shape, strict=False))] += x[(..., *offset)]
    return result


# ---------------------------------------------------------------------------------------- the columns of convolutions

Pair = int | tuple[int, int]


def im2col(x: Any, kernel: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1) -> Any:
    """The windows that a convolution's kernel sees, as the columns of matrices.

    With them a convolution is a matrix product: ``weight.reshape(out_channels, -1) @ im2col(x, kernel)``. It is what
    PyTorch calls unfold, and the order of the elements is the same.

    Parameters
    ----------
    x : array_like, shape (N, C, H, W)
        Images.
    kernel, stride, padding, dilation : int or pair of ints
        The window's height and width, how far it moves, the zeros put on each side of the image, and the distance
        between the elements of the window.

    Returns
    -------
    Tensor or array, shape (N, C * height * width of the kernel, number of windows)

    Raises
    ------
    ValueError
        If `x` has not four axes, or the window is larger than the image.
    """
    return _im2col(x, *_pairs(kernel, stride, padding, dilation))


def col2im(
    columns: Any,
    size: tuple[int, int],
    kernel: Pair,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Any:
    """Images of height and width `size` with each column of `im2col` added where it came from (PyTorch: fold)."""
    return _col2im(columns, tuple(size), *_pairs(kernel, stride, padding, dilation))


def _pairs(kernel: Pair, stride: Pair, padding: Pair, dilation: Pair) -> list[tuple[int, int]]:
    found = []
    for name, value, least in (
        ("kernel", kernel, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    ):
        pair = (value, value) if isinstance(value, (int, np.integer)) else tuple(value)
        if len(pair) != 2 or any(not isinstance(n, (int, np.integer)) or n < least for n in pair):
            raise ValueError(f"{name} must be a whole number from {least} on, or a pair of them, not {value!r}")
        found.append((int(pair[0]), int(pair[1])))
    return found


def _places(size: tuple[int, ...], kernel: Any, stride: Any, padding: Any, dilation: Any) -> tuple[int, int]:
    """Return how many windows there are below each other, and side by side."""
    rows, columns = (
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True)
    )
    if rows < 1 or columns < 1:
        raise ValueError(
            f"a kernel of {kernel} with dilation {dilation} does not fit into an image of {tuple(size)} with padding "
            f"{padding}; make the kernel smaller or the padding larger"
        )
    return rows, columns


def _fold(g: Any, x_shape: tuple[int, ...], kernel: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    return _col2im(g, x_shape[2:], kernel, stride, padding, dilation)


@primitive(
    name="im2col",
    x=lambda g, x_shape, kernel, stride, padding, dilation: _fold(g, x_shape, kernel, stride, padding, dilation),
)
def _im2col(x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    if np.ndim(x) != 4:
        raise ValueError(f"im2col takes images of shape (N, C, H, W), not {np.shape(x)}")
    n, c, h, w = x.shape
    rows, columns = _places((h, w), kernel, stride, padding, dilation)
    (ph, pw), (sh, sw), (dh, dw) = padding, stride, dilation
    if ph or pw:
        inner, x = x, np.zeros_like(x, shape=(n, c, h + 2 * ph, w + 2 * pw))
        x[:, :, ph : ph + h, pw : pw + w] = inner
    extent = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    windows = np.lib.stride_tricks.sliding_window_view(x, extent, (2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kernel[0] * kernel[1], rows * columns)


@primitive(
    name="col2im",
    x=lambda g, kernel, stride, padding, dilation: _im2col(g, kernel, stride, padding, dilation),
)
def _col2im(x: Any, size: Any, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    (h, w), (kh, kw), (sh, sw), (ph, pw), (dh, dw) = size, kernel, stride, padding, dilation
    rows, columns = _places(size, kernel, stride, padding, dilation)
    if np.ndim(x) != 3 or x.shape[1] % (kh * kw) or x.shape[2] != rows * columns:
        raise ValueError(
            f"col2im takes columns of shape (N, C * {kh} * {kw}, {rows} * {columns}) for images of {tuple(size)}, not "
            f"{np.shape(x)}"
        )
    n, c = x.shape[0], x.shape[1] // (kh * kw)
    parts = x.reshape(n, c, kh, kw, rows, columns)
    result = np.zeros_like(x, shape=(n, c, h + 2 * ph, w + 2 * pw))
    for i, j in np.ndindex(kh, kw):  # the same element of every window at once
        down = slice(i * dh, i * dh + sh * (rows - 1) + 1, sh)
        across = slice(j * dw, j * dw + sw * (columns - 1) + 1, sw)
        result[:, :, down, across] += parts[:, :, i, j]
    return result[:, :, ph : ph + h, pw : pw + w]


# ----------------------------------------------------------------------------------------- convolutions of two vectors


def _whole(g: Any, a_shape: tuple[int, ...], v_shape: tuple[int, ...], mode: str, late: bool = False) -> Any:
    """Return the gradient by the full convolution, of which `mode` has kept the middle.

    Where the middle is not exact, np.correlate with a longer second operand takes the later one (`late`).
    """
    (n,), (m,) = a_shape, v_shape
    if mode == "full":
        return g
    start = min(n, m) - 1 if mode == "valid" else (min(n, m) - (not (late and m > n))) // 2
    return scatter(g, slice(start, start + g.shape[0]), (n + m - 1,))


def _refuse_axes(name: str, a: Any, v: Any) -> None:
    if np.ndim(a) != 1 or np.ndim(v) != 1:
        raise ValueError(f"{name} takes two vectors, not shapes {np.shape(a)} and {np.shape(v)}")


@primitive(
    implements=np.convolve,
    a=lambda g, a_shape, v, mode: np.correlate(_whole(g, a_shape, v.shape, mode), v, "valid"),
    v=lambda g, a, v_shape, mode: np.correlate(_whole(g, a.shape, v_shape, mode), a, "valid"),
)
def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """Σₖ a[i − k] v[k] for all i, or (modes "same", "valid") for those in the middle."""
    _refuse_axes("convolve", a, v)
    return np.convolve(a, v, mode)


@primitive(
    implements=np.correlate,
    a=lambda g, a_shape, v, mode: np.convolve(_whole(g, a_shape, v.shape, mode, True), v, "valid"),
    v=lambda g, a, v_shape, mode: np.correlate(_whole(g, a.shape, v_shape, mode, True), a, "valid")[::-1],
)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """Σₖ a[i + k] v[k] for all i, or (modes "same", "valid") for those in the middle."""
    _refuse_axes("correlate", a, v)
    return np.correlate(a, v, mode)
