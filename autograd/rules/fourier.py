"""Derivatives of the Fourier transform of real numbers, as two real arrays.

A Tensor holds real numbers, so those of NumPy's transforms that give or take complex ones are refused; `rfft_parts`
gives the real and the imaginary part apart, and `irfft_parts` takes them back. With them a filter is real arithmetic
too::

    real, imag = rfft_parts(signal)
    filtered = irfft_parts(real * response, imag * response, n=signal.shape[-1])
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..primitive import primitive
from .elementwise import of_type
from .indexing import gather, scatter
from .shape import counted_from_0, roll
from .table import composed


def _interior(like: Any, factor: float, n: int, axis: int) -> Any:
    """Return the weights of the frequencies of n real numbers: `factor`, but 1 for the first and for n/2.

    All others stand for two, themselves and their mirror image, which is not kept.
    """
    weights = np.ones_like(like, shape=(n // 2 + 1,))
    weights[1 : (n + 1) // 2] = factor
    return weights.reshape([-1 if a == axis % like.ndim else 1 for a in range(like.ndim)])


def _back(g: tuple[Any, Any], n: int, axis: int) -> Any:
    half = _interior(g[0], 0.5, n, axis) * n
    return _irfft(g[0] * half, g[1] * half, n, axis)


def _forth(g: Any, n: int, axis: int) -> list[Any]:
    twice = _interior(g, 2.0, n, axis) / n
    return [part * twice for part in _rfft(g, axis)]


@primitive(name="rfft_parts", x=lambda g, x_shape, axis: _back(g, x_shape[axis], axis))
def _rfft(x: Any, axis: int = -1) -> tuple[Any, Any]:
    frequencies = np.fft.rfft(x, axis=axis)
    return np.real(frequencies), np.imag(frequencies)


@primitive(name="irfft_parts", together=lambda g, n, axis: _forth(g, n, axis))
def _irfft(real: Any, imag: Any, n: int = 1, axis: int = -1) -> Any:
    return np.fft.irfft(real + 1j * imag, n, axis)


def _fitted(x: Any, n: int, axis: int) -> Any:
    """Return the array with n elements along an axis: cut off, or followed by zeros."""
    shape = np.shape(x)
    if shape[axis] == n:
        return x
    index = (slice(None),) * axis + (slice(min(n, shape[axis])),)
    return gather(x, index) if n < shape[axis] else scatter(x, index, (*shape[:axis], n, *shape[axis + 1 :]))


def rfft_parts(x: Any, n: int | None = None, axis: int = -1) -> tuple[Any, Any]:
    """The real and the imaginary part of ``np.fft.rfft``.

    Parameters
    ----------
    x : array_like
        Real numbers.
    n : int, optional
        How many of them to use along the axis; what is missing counts as zero. Default: all.
    axis : int, default -1
        The axis to transform along.

    Returns
    -------
    (Tensor, Tensor) or (array, array)
        For the frequencies 0, 1, …, n // 2.
    """
    axis = counted_from_0(axis, np.ndim(x))
    return _rfft(_fitted(x, _length(np.shape(x)[axis] if n is None else n), axis), axis)


def irfft_parts(real: Any, imag: Any, n: int | None = None, axis: int = -1) -> Any:
    """The real numbers of which these are the parts of the transform: the inverse of `rfft_parts`.

    Parameters
    ----------
    real, imag : array_like
        The parts, of one shape. As in NumPy, the imaginary part of frequency 0 (and n/2) does not count.
    n : int, optional
        How many numbers there are. Default: 2 (m - 1), where m is the number of frequencies; it must be given if it
        is odd.
    axis : int, default -1
        The axis to transform along.
    """
    if np.shape(real) != np.shape(imag):
        raise ValueError(
            f"irfft_parts: the real part has shape {np.shape(real)}, the imaginary part {np.shape(imag)}; they must be "
            "equal"
        )
    axis = counted_from_0(axis, np.ndim(real))
    n = _length(2 * (np.shape(real)[axis] - 1) if n is None else n)
    return _irfft(_fitted(real, n // 2 + 1, axis), _fitted(imag, n // 2 + 1, axis), n, axis)


def _length(n: int) -> int:
    if n < 1:
        raise ValueError(f"a transform needs one number or more, not n = {n}")
    return int(n)


def _halves(shape: tuple[int, ...], axes: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    axes = tuple(range(len(shape))) if axes is None else normalize_axis_tuple(axes, len(shape))
    return tuple(shape[a] // 2 for a in axes), axes


@composed(np.fft.fftshift, by="x")
def fftshift(x: Any, axes: Any = None) -> Any:
    """The elements moved by half of each axis, so that the frequency 0 comes to the middle."""
    return roll(x, *_halves(np.shape(x), axes))


@composed(np.fft.ifftshift, by="x")
def ifftshift(x: Any, axes: Any = None) -> Any:
    """The elements moved back, so that the frequency 0 comes to the beginning."""
    shift, axes = _halves(np.shape(x), axes)
    return roll(x, tuple(-s for s in shift), axes)


def _scale(norm: str | None, n: int) -> float:
    """Return what the results of an inverse transform are multiplied by, beside the 1/n of "backward"."""
    scales = {None: 1.0, "backward": 1.0, "ortho": math.sqrt(n), "forward": float(n)}
    if norm not in scales:
        raise ValueError(f"norm is {norm!r}, but must be 'backward', 'ortho' or 'forward'")
    return scales[norm]


@composed(np.fft.irfft, by="a")
def irfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The real numbers whose transform is this one, which is real: an even function."""
    found = irfft_parts(a, np.zeros_like(a), n, axis)
    scale = _scale(norm, found.shape[axis])
    found = found if scale == 1 else found * scale
    return found if found.dtype == a.dtype or a.dtype.kind != "f" else of_type(found, a.dtype)  # half precision


_OTHER_WAY = {None: "forward", "backward": "forward", "forward": "backward"}


@composed(np.fft.hfft, by="a")
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The transform of an even function, which is real: that of `irfft` the other way."""
    return irfft(a, n, axis, _OTHER_WAY.get(norm, norm))


_NAMES = ["fft", "ifft", "rfft", "ihfft", "fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn"]
REFUSED = dict.fromkeys(
    (getattr(np.fft, name) for name in _NAMES),
    "works with complex numbers, and a Tensor holds real ones; rfft_parts(t) and irfft_parts(real, imag) of "
    "autograd.rules.fourier work with their parts",
)
