"""Calls of what slides a window over an array."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.rules.window import add_windows, col2im, im2col
from tests.support.cases.common import VIEWS, along, spread, through
from tests.support.checking import Case

sliding_window_view = np.lib.stride_tricks.sliding_window_view


def _added(shape: tuple[int, ...], axis: Any) -> Callable[[Any], Any]:
    """Return the reference for add_windows: each element of each window goes where the view says that it came from."""

    def added(windows: np.ndarray) -> np.ndarray:
        places = sliding_window_view(np.arange(int(np.prod(shape))).reshape(shape), windows.shape[len(shape) :], axis)
        result = np.zeros(int(np.prod(shape)), dtype=windows.dtype)
        for place, value in zip(places.ravel(), windows.ravel(), strict=True):
            result[place] += value
        return result.reshape(shape)

    return added


def sliding() -> Iterator[Case]:
    for shape, window, axis in (
        *(((), (), None), ((0,), 0, 0), ((1,), 1, None), ((3,), 2, None), ((5,), (3,), -1), ((2, 3), (1, 2), None)),
        *(((2, 3), 2, 1), ((4, 3), 2, 0), ((2, 1, 3), (2, 1), (0, 1)), ((2, 1, 3), (3, 2), (-1, 0))),
        *(((6,), (2, 3), (0, 0)), ((3, 4), (2, 2), (1, 0))),
    ):
        note = f"{window}, axis={axis}"
        f = along(sliding_window_view, window_shape=window, axis=axis)
        yield Case("sliding_window_view", f, f, (spread(shape, -2, 2, note),), note)
        part = spread(np.shape(f(np.zeros(shape))), -2, 2, "part")
        g = along(add_windows, shape=shape, axis=axis)
        yield Case("add_windows", g, _added(shape, axis), (part,), note)
    for note, (shape, view) in VIEWS.items():
        f = through(lambda x: sliding_window_view(x, x.shape[0] // 2, 0), view)
        yield Case("sliding_window_view", f, f, (spread(shape, -2, 2, note),), note)


def _unfolded(kernel: Any, stride: Any, padding: Any, dilation: Any) -> Callable[[Any], Any]:
    """Return the reference for im2col: window after window, row after row."""
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = (
        p if isinstance(p, tuple) else (p, p) for p in (kernel, stride, padding, dilation)
    )

    def unfolded(x: np.ndarray) -> np.ndarray:
        x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        columns = [
            x[:, :, i : i + dh * (kh - 1) + 1 : dh, j : j + dw * (kw - 1) + 1 : dw].reshape(
                len(x), x.shape[1] * kh * kw
            )
            for i in range(0, x.shape[2] - dh * (kh - 1), sh)
            for j in range(0, x.shape[3] - dw * (kw - 1), sw)
        ]
        return np.stack(columns, axis=-1)

    return unfolded


def columns() -> Iterator[Case]:
    for shape, kernel, stride, padding, dilation in (
        *(((1, 1, 1, 1), 1, 1, 0, 1), ((2, 2, 3, 4), 2, 1, 0, 1), ((1, 2, 4, 3), (3, 2), 1, 1, 1)),
        *(((1, 1, 5, 4), 2, (2, 1), 0, 1), ((1, 1, 5, 5), 2, 2, 1, 2), ((1, 1, 3, 6), (1, 2), 1, (0, 2), (1, 3))),
        *(
            ((1, 1, 4, 4), 2, 3, 0, 1),
            ((2, 1, 3, 3), 3, 1, 0, 1),
            ((1, 2, 2, 2), 1, 2, 0, 1),
            ((0, 1, 2, 2), 1, 1, 0, 1),
            ((1, 1, 3, 4), 3, 1, (2, 0), 1),
        ),
    ):
        note = f"kernel {kernel}, stride {stride}, padding {padding}, dilation {dilation}"
        options = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
        f, reference = along(im2col, **options), _unfolded(**options)
        yield Case("im2col", f, reference, (spread(shape, -2, 2, note),), note)
        part = spread(reference(np.zeros(shape)).shape, -2, 2, "part")
        g = along(col2im, size=shape[2:], **options)
        yield Case("col2im", g, _folded(shape, reference), (part,), note)
    f = through(along(im2col, kernel=2), lambda x: x.T[:, ::-1])
    g = through(_unfolded(2, 1, 0, 1), lambda x: x.T[:, ::-1])
    yield Case("im2col", f, g, (spread((3, 4, 2, 1), -2, 2, "view"),), "view")


def _folded(shape: tuple[int, ...], unfolded: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the reference for col2im: each element goes where im2col says that it came from; 0 stands for padding."""

    def folded(part: np.ndarray) -> np.ndarray:
        places = unfolded(np.arange(1, np.prod(shape) + 1).reshape(shape))
        result = np.zeros(int(np.prod(shape)) + 1, dtype=part.dtype)
        np.add.at(result, places, part)
        return result[1:].reshape(shape)

    return folded


def convolutions() -> Iterator[Case]:
    for f in (np.convolve, np.correlate):
        for n, m in ((1, 1), (3, 3), (4, 4), (5, 2), (2, 5), (4, 3), (3, 4), (6, 4), (4, 6), (1, 4), (4, 1)):
            a, v = spread((n,), -2, 2, "a"), spread((m,), -2, 2, "v")
            for mode in ("full", "same", "valid"):
                yield Case(f.__name__, _in_mode(f, mode), _in_mode(f, mode), (a, v), mode)
        back = through(f, lambda x: x[::-2])
        yield Case(f.__name__, back, back, (spread((7,), -2, 2, "a"), spread((4,), -2, 2, "v")), "views")


def _in_mode(f: Callable[..., Any], mode: str) -> Callable[..., Any]:
    return lambda a, v: f(a, v, mode)


FAMILIES = (sliding, columns, convolutions)
