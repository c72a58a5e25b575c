"""Derivatives of the Fourier transform of real numbers, as two real arrays.

A Tensor holds real numbers, so NumPy's transforms, whose results are complex, are refused; `rfft_parts` gives the real
and the imaginary part apart, and `irfft_parts` takes them back. With them a filter is real arithmetic too::

    real, imag = rfft_parts(signal)
    filtered = irfft_parts(real * response, imag * response, n=signal.shape[-1])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from ..primitive import TABLE, primitive
from .indexing import gather, scatter
from .shape import counted_from_0


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


def _refused(name: str) -> Callable[..., NoReturn]:
    def refuse(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, s: Any = None, axes: Any = None) -> NoReturn:
        raise TypeError(
            f"np.fft.{name} works with complex numbers, and a Tensor holds real ones only; use rfft_parts(t) → "
            "(real, imag) and irfft_parts(real, imag), both of autograd.rules.fourier"
        )

    return refuse


for _name in (
    "fft",
    "ifft",
    "rfft",
    "irfft",
    "hfft",
    "ihfft",
    "fft2",
    "ifft2",
    "rfft2",
    "irfft2",
    "fftn",
    "ifftn",
    "rfftn",
    "irfftn",
):
    TABLE[getattr(np.fft, _name)] = _refused(_name)
