"""Calls of the Fourier transform in two real parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.rules.fourier import irfft_parts, rfft_parts
from tests.support.cases.common import VIEWS, spread
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


FAMILIES = (transforms,)
