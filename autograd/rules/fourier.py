"""Derivatives of the Fourier transform of real numbers, as two real arrays.

A Tensor holds real numbers, so those of NumPy's transforms that give or take complex ones are refused; `rfft_parts`
gives the real and the imaginary part apart, and `irfft_parts` takes them back; `fft_parts` and `ifft_parts` transform
two parts into two. With them a filter is real arithmetic too, and so is a transform along several axes::

    real, imag = rfft_parts(signal)
    filtered = irfft_parts(real * response, imag * response, n=signal.shape[-1])
    real, imag = fft_parts(*rfft_parts(image), axis=-2)  # np.fft.rfft2
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
    return weights.reshape([-1 if a == axis else 1 for a in range(like.ndim)])


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


def _other_way(g: tuple[Any, Any], axis: int, inverse: bool) -> Any:
    return _fft(*g, axis, not inverse)


@primitive(name="fft_parts", together=lambda g, axis, inverse: _other_way(g, axis, inverse))
def _fft(real: Any, imag: Any, axis: int = -1, inverse: bool = False) -> tuple[Any, Any]:
    """The transform of complex numbers in two parts, or the inverse one times n: each takes the other's gradient."""
    whole = real + 1j * imag
    found = np.fft.ifft(whole, axis=axis, norm="forward") if inverse else np.fft.fft(whole, axis=axis)
    return np.real(found), np.imag(found)


def _fitted(x: Any, n: int, axis: int) -> Any:
    """Return the array with n elements along an axis: cut off, or followed by zeros."""
    shape = np.shape(x)
    if shape[axis] == n:
        return x
    index = (slice(None),) * axis + (slice(min(n, shape[axis])),)
    return gather(x, index) if n < shape[axis] else scatter(x, index, (*shape[:axis], n, *shape[axis + 1 :]))


def _length(n: int) -> int:
    if n < 1:
        raise ValueError(f"a transform needs one number or more, not n = {n}")
    return int(n)


def _scale(norm: str | None, n: int) -> float:
    """Return what the results of an inverse transform are multiplied by, beside the 1/n of "backward"."""
    scales = {None: 1.0, "backward": 1.0, "ortho": math.sqrt(n), "forward": float(n)}
    if norm not in scales:
        raise ValueError(f"norm is {norm!r}, but must be 'backward', 'ortho' or 'forward'")
    return scales[norm]


def _times(parts: Any, scale: float) -> Any:
    return parts if scale == 1 else tuple(part * scale for part in parts)


def rfft_parts(x: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> tuple[Any, Any]:
    """The real and the imaginary part of ``np.fft.rfft``.

    Parameters
    ----------
    x : array_like
        Real numbers.
    n : int, optional
        How many of them to use along the axis; what is missing counts as zero. Default: all.
    axis : int, default -1
        The axis to transform along.
    norm : {"backward", "ortho", "forward"}
        Which of the transform and its inverse is divided by n, or each by its root: as in NumPy.

    Returns
    -------
    (Tensor, Tensor) or (array, array)
        For the frequencies 0, 1, …, n // 2.
    """
    axis = counted_from_0(axis, np.ndim(x))
    n = _length(np.shape(x)[axis] if n is None else n)
    return _times(_rfft(_fitted(x, n, axis), axis), 1 / _scale(norm, n))


def _refuse_unlike(name: str, real: Any, imag: Any) -> None:
    if np.shape(real) != np.shape(imag):
        raise ValueError(
            f"{name}: the real part has shape {np.shape(real)}, the imaginary part {np.shape(imag)}; they must be equal"
        )


def irfft_parts(real: Any, imag: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
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
    norm : {"backward", "ortho", "forward"}
        As in `rfft_parts`.
    """
    _refuse_unlike("irfft_parts", real, imag)
    axis = counted_from_0(axis, np.ndim(real))
    n = _length(2 * (np.shape(real)[axis] - 1) if n is None else n)
    found = _irfft(_fitted(real, n // 2 + 1, axis), _fitted(imag, n // 2 + 1, axis), n, axis)
    return found if (scale := _scale(norm, n)) == 1 else found * scale


def _both_parts(
    name: str, real: Any, imag: Any, n: int | None, axis: int, norm: str | None, inverse: bool
) -> tuple[Any, Any]:
    imag = np.zeros_like(real) if imag is None else imag
    _refuse_unlike(name, real, imag)
    axis = counted_from_0(axis, np.ndim(real))
    n = _length(np.shape(real)[axis] if n is None else n)
    scale = _scale(norm, n) / n if inverse else 1 / _scale(norm, n)
    return _times(_fft(_fitted(real, n, axis), _fitted(imag, n, axis), axis, inverse), scale)


def fft_parts(
    real: Any, imag: Any = None, n: int | None = None, axis: int = -1, norm: str | None = None
) -> tuple[Any, Any]:
    """The real and the imaginary part of ``np.fft.fft``, of real numbers or of complex ones in two parts.

    Parameters
    ----------
    real, imag : array_like
        The parts, of one shape; `imag` is 0 where it is not given.
    n : int, optional
        How many numbers to use along the axis; what is missing counts as zero. Default: all.
    axis : int, default -1
        The axis to transform along.
    norm : {"backward", "ortho", "forward"}
        As in `rfft_parts`.
    """
    return _both_parts("fft_parts", real, imag, n, axis, norm, False)


def ifft_parts(
    real: Any, imag: Any = None, n: int | None = None, axis: int = -1, norm: str | None = None
) -> tuple[Any, Any]:
    """The real and the imaginary part of ``np.fft.ifft``: the inverse of `fft_parts`, with its parameters."""
    return _both_parts("ifft_parts", real, imag, n, axis, norm, True)


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


@composed(np.fft.irfft, by="a")
def irfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The real numbers whose transform is this one, which is real: an even function."""
    return _as_precise(irfft_parts(a, np.zeros_like(a), n, axis, norm), a)


def _as_precise(found: Any, a: Any) -> Any:
    return found if found.dtype == a.dtype or a.dtype.kind != "f" else of_type(found, a.dtype)  # half precision


_OTHER_WAY = {None: "forward", "backward": "forward", "forward": "backward"}


@composed(np.fft.hfft, by="a")
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The transform of an even function, which is real: that of `irfft` the other way."""
    return irfft(a, n, axis, _OTHER_WAY.get(norm, norm))


@composed(np.fft.irfftn, by="a")
def irfftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Any:
    """The real numbers whose transform along several axes is this one, which is real."""
    if axes is None:
        axes = range(a.ndim) if s is None else range(-len(s), 0)
    places = [counted_from_0(axis, a.ndim) for axis in axes]
    if s is not None and len(s) != len(places):
        raise ValueError(f"irfftn: there are {len(s)} lengths s for {len(places)} axes; give one for each")
    lengths = [None if s is None else a.shape[p] if s[k] == -1 else s[k] for k, p in enumerate(places)]
    real, imag = a, np.zeros_like(a)
    for n, place in zip(lengths[:-1], places[:-1], strict=True):
        real, imag = ifft_parts(real, imag, n, place, norm)
    found = irfft_parts(real, imag, lengths[-1], places[-1], norm)
    return found if len(places) > 1 else _as_precise(found, a)


@composed(np.fft.irfft2, by="a")
def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Any:
    """That of `irfftn` along two axes."""
    return irfftn(a, s, axes, norm)


_NAMES = ["fft", "ifft", "rfft", "ihfft", "fft2", "ifft2", "rfft2", "fftn", "ifftn", "rfftn"]
REFUSED = dict.fromkeys(
    (getattr(np.fft, name) for name in _NAMES),
    "works with complex numbers, and a Tensor holds real ones; rfft_parts(t), fft_parts(real, imag) and their inverses "
    "in autograd.rules.fourier work with their parts",
)
