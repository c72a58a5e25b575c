"""Calls of what makes arrays of few numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.support.cases.common import SHAPES, spread
from tests.support.checking import Case


def between() -> Iterator[Case]:
    for shape in SHAPES:
        a, b = spread(shape, -2, -1, "start"), spread(shape, 1, 2, "stop")
        for num, endpoint in ((5, True), (4, False), (1, True), (1, False), (2, True), (0, True)):
            f = _with(np.linspace, num=num, endpoint=endpoint)
            yield Case("add", f, f, (a, b), f"linspace of {num}{'' if endpoint else ', open'}")
            f = _with(np.geomspace, num=num, endpoint=endpoint)
            yield Case("power", f, f, (-a, b), f"geomspace of {num}{'' if endpoint else ', open'}, always float64")
            f = _with(np.logspace, num=num, endpoint=endpoint)
            yield Case("power", f, f, (a, b), f"logspace of {num}{'' if endpoint else ', open'}")
    a, b = spread((2, 3), -2, -1, "start"), spread((3,), 1, 2, "stop")
    for f in (np.linspace, np.logspace):
        for axis in (1, -1):
            g = _with(f, num=3, axis=axis)
            yield Case("moveaxis", g, g, (a, b), f"{f.__name__} along axis {axis}")
    g = _with(np.geomspace, num=3, axis=-1)
    yield Case("moveaxis", g, g, (a, -b), "geomspace along the last axis, of negative numbers, always float64")
    g = _with(np.linspace, num=4, retstep=True)
    yield Case("add", g, g, (a, b), "linspace and its step")
    g = _with(np.linspace, num=4, dtype=np.longdouble)
    yield Case("add", g, g, (a, b), "linspace in longdouble")
    g = lambda b: np.linspace(0.0, b, 4)  # noqa: E731
    yield Case("add", g, g, (np.array(3.0),), "linspace from a number, always float64")
    g = lambda a, base: np.logspace(a, 2.0, 4, base=base)  # noqa: E731
    yield Case("power", g, g, (np.array(0.5), np.array(3.0)), "logspace by the base, always float64")
    g = lambda a, base: np.logspace(a, a + 2, 4, base=base, axis=-1)  # noqa: E731
    yield Case("power", g, g, (b, np.array([2.0, 3.0, 1.5])), "logspace by several bases")


def _with(f: Callable[..., Any], **options: Any) -> Callable[[Any, Any], Any]:
    return lambda start, stop: f(start, stop, **options)


def full() -> Iterator[Case]:
    for of in ((), (1,), (3,)):
        for shape in (None, (2, 3), (0, 3)):
            f = _full(shape)
            yield Case("add", f, f, (spread(of, -2, 2, "full"),), f"full_like, {shape}")


def _full(shape: Any) -> Callable[[Any], Any]:
    return lambda v: np.full_like(v, v, shape=shape)


FAMILIES = (between, full)
