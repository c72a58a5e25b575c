"""Calls of the Fourier transform in two real parts, and of what is real before and after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.rules.fourier import fft_parts, ifft_parts, irfft_parts, rfft_parts
from tests.support.cases.common import VIEWS, along, spread
from tests.support.checking import Case


def _parts(n: int | None, axis: int) -> Callable[[Any], Any]:
    def parts(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        frequencies = np.fft.rfft(x, n, axis)
        return frequencies.real, frequencies.imag

    return parts


def _whole(n: int | None, axis: int) -> Callable[[Any, Any], Any]:
    return lambda real, imag: np.fft.irfft(real + 1j * imag, n, axis)


def transforms() -> Iterator[Case]:
    for shape in ((1,), (2,), (3,), (4,), (7,), (2, 3), (4, 3), (2, 1, 3), (0, 3)):
        for axis in (*range(len(shape)), -1):
            if shape[axis] == 0:
                continue
            for n in (None, 1, 2, 3, 5, 6):
                note = f"n={n}, axis={axis}"
                x, y = spread(shape, -2, 2, "real"), spread(shape, -2, 2, "imag")
                yield Case("rfft_parts", lambda x, n=n, a=axis: rfft_parts(x, n, a), _parts(n, axis), (x,), note)
                if n is not None or shape[axis] > 1:
                    f = _inverse(n, axis)
                    yield Case("irfft_parts", f, _whole(n, axis), (x, y), note)
    for note, (shape, view) in VIEWS.items():
        x, y = spread(shape, -2, 2, "real"), spread(shape, -2, 2, "imag")
        yield Case(
            "rfft_parts",
            lambda x, v=view: rfft_parts(v(x), axis=0),
            lambda x, v=view: _parts(None, 0)(v(x)),
            (x,),
            note,
        )
        f, reference = _inverse(3, 0), _whole(3, 0)
        yield Case(
            "irfft_parts",
            lambda r, i, v=view, f=f: f(v(r), v(i)),
            lambda r, i, v=view, f=reference: f(v(r), v(i)),
            (x, y),
            note,
        )


def _inverse(n: int | None, axis: int) -> Callable[[Any, Any], Any]:
    return lambda real, imag: irfft_parts(real, imag, n, axis)


def shifts() -> Iterator[Case]:
    for f in (np.fft.fftshift, np.fft.ifftshift):
        for shape in ((0,), (1,), (4,), (5,), (2, 3), (2, 1, 3)):
            for axes in (None, *range(-len(shape), len(shape)), tuple(range(len(shape)))):
                g = along(f, axes=axes)
                yield Case("roll", g, g, (spread(shape, -2, 2, "shift"),), f"{f.__name__}, axes={axes}")


def real_both_ways() -> Iterator[Case]:
    for f in (np.fft.irfft, np.fft.hfft):
        for shape in ((2,), (3,), (2, 3), (2, 1, 3)):
            for axis in range(-len(shape), len(shape)):
                for n in (None, 1, 4, 5):
                    if n is not None or shape[axis] > 1:
                        g = along(f, n=n, axis=axis)
                        x = spread(shape, -2, 2, "real")
                        yield Case("irfft_parts", g, _from_irfft(f, n, axis, "backward"), (x,), f"{n}, axis={axis}")
        for norm in ("backward", "ortho", "forward"):
            g = along(f, norm=norm)
            x = spread((2, 3), -2, 2, "real")
            yield Case("irfft_parts", g, _from_irfft(f, None, -1, norm), (x,), f"{f.__name__}, {norm}")


def _from_irfft(f: Callable[..., Any], n: int | None, axis: int, norm: str) -> Callable[[Any], Any]:
    """The reference, up to the last digit, in which NumPy's factors differ: all of it from one transform."""

    def reference(x: Any) -> Any:
        found = np.fft.irfft(x, n, axis)
        n_found = found.shape[axis]
        np.testing.assert_allclose(f(x, n, axis, norm), found * _factor(f, norm, n_found), rtol=1e-5, atol=1e-2)
        return found * _factor(f, norm, n_found) if _factor(f, norm, n_found) != 1 else found

    return reference


def _factor(f: Callable[..., Any], norm: str, n: int) -> float:
    if norm == "ortho":
        return float(np.sqrt(n))
    return float(n) if (norm == "forward") == (f is np.fft.irfft) else 1.0


def complex_both_ways() -> Iterator[Case]:
    """Two parts into two: along each axis, cut off and filled up, in each norm, and of real numbers alone."""

    def case(f: Callable[..., Any], whole: Callable[..., Any], *xs: np.ndarray, **options: Any) -> Case:
        def reference(real: Any, *imag: Any) -> tuple[Any, Any]:
            found = whole(real + 1j * imag[0] if imag else real, **options)
            return found.real, found.imag

        return Case("fft_parts", along_parts(f, **options), reference, xs, f"{options}")

    for f, whole in ((fft_parts, np.fft.fft), (ifft_parts, np.fft.ifft)):
        for shape in ((1,), (3,), (4,), (2, 3), (2, 1, 3)):
            x, y = spread(shape, -2, 2, "real"), spread(shape, -2, 2, "imag")
            for axis in range(-len(shape), len(shape)):
                for n in (None, 2, 5):
                    yield case(f, whole, x, y, n=n, axis=axis)
            yield case(f, whole, x)
        for norm in ("ortho", "forward") if f is fft_parts else ():
            yield case(f, whole, x, y, norm=norm)


def along_parts(f: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    return lambda *parts: f(*parts, **options)


def several_axes() -> Iterator[Case]:
    for f, shape, options in (
        *((np.fft.irfft2, (2, 3), {}), (np.fft.irfft2, (2, 3), {"s": (3, 5)}), (np.fft.irfft2, (3, 2, 2), {})),
        *((np.fft.irfft2, (3, 2), {"axes": (1, 0)}), (np.fft.irfft2, (2, 3), {"s": (-1, -1)})),
        *((np.fft.irfftn, (2, 2, 3), {}), (np.fft.irfftn, (2, 3), {"axes": (0,)}), (np.fft.irfftn, (4,), {})),
        *((np.fft.irfftn, (2, 3, 2), {"s": (4, 3), "axes": (0, 1)}),),
    ):
        g = along(f, **options)
        yield Case(
            "fft_parts" if len(shape) > 1 else "irfft_parts", g, g, (spread(shape, -2, 2, "real"),), f"{options}"
        )


FAMILIES = (transforms, shifts, real_both_ways, complex_both_ways, several_axes)
