"""Calls of np.pad, in each of its modes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.support.cases.common import SHAPES, VIEWS, Shape, along, spread, through
from tests.support.checking import Case

WIDTHS: tuple[Any, ...] = ((1, 2), ((0, 1), (2, 0)), ((3, 0),), [[1, 1], [0, 4]])


def case(name: str, f: Callable[..., Any], *shapes: Shape, note: str = "") -> Case:
    return Case(name, f, f, tuple(spread(s, -2, 2, f"{name}{k}") for k, s in enumerate(shapes)), note)


def padding() -> Iterator[Case]:
    for shape in SHAPES:
        for mode in ("constant", "edge", "reflect", "symmetric", "wrap"):
            if 0 in shape and mode != "constant":
                continue
            name = "pad" if mode == "constant" else "gather" if shape else "copy"
            yield case(name, along(np.pad, pad_width=2, mode=mode), shape, note=f"pad, {mode}")
    for width in ((1, 2), ((0, 1), (2, 0)), ((3, 0),), [[1, 1], [0, 4]], ((0, 0), (0, 0))):
        yield case("pad", along(np.pad, pad_width=width), (2, 3), note=f"{width}")
        yield case("pad", along(np.pad, pad_width=width, constant_values=1.5), (2, 3), note=f"{width} of 1.5")
        if np.any(width):
            for mode in ("edge", "reflect", "symmetric", "wrap"):
                yield case("gather", along(np.pad, pad_width=width, mode=mode), (2, 3), note=f"pad {width}, {mode}")
    values = ((1.0, 2.0), (3.0, 4.0))
    yield case("pad", along(np.pad, pad_width=1, constant_values=values), (2, 3), note="of many values")
    for note, (shape, view) in VIEWS.items():
        yield case("pad", through(lambda x: np.pad(x, 1), view), shape, note=note)
        yield case("gather", through(lambda x: np.pad(x, 1, "reflect"), view), shape, note=f"pad, {note}")


def turned() -> Iterator[Case]:
    for mode in ("reflect", "symmetric"):
        for shape in ((1,), (2,), (3,), (2, 3), (2, 1, 3)):
            for width in (1, 2, (1, 6), (7, 0), (3, 3)):
                f = along(np.pad, pad_width=width, mode=mode, reflect_type="odd")
                name = "gather" if max(shape) == 1 else "concatenate"
                yield case(name, f, shape, note=f"odd, {mode}, {width}")
        f = along(np.pad, pad_width=2, mode=mode, reflect_type="even")
        yield case("gather", f, (3,), note=f"even, {mode}")


def ramps() -> Iterator[Case]:
    for shape in ((1,), (3,), (2, 3), (2, 1, 3)):
        for width in (1, 2, (1, 3), (0, 2)):
            yield case("concatenate", along(np.pad, pad_width=width, mode="linear_ramp"), shape, note=f"ramp, {width}")
    for ends in (1.5, (1.5, -2.0), ((1.0, 2.0), (3.0, 4.0))):
        f = along(np.pad, pad_width=((1, 2), (3, 0)), mode="linear_ramp", end_values=ends)
        yield case("concatenate", f, (2, 3), note=f"ramp to {ends}")
    f = lambda x, end: np.pad(x, (2, 1), "linear_ramp", end_values=end)  # noqa: E731
    yield Case("concatenate", f, f, (spread((2, 3), -2, 2, "x"), np.array([0.3, -1.0])), "ramp by its ends")


def statistics() -> Iterator[Case]:
    for mode in ("mean", "maximum", "minimum", "median"):
        for shape in ((1,), (3,), (2, 3), (2, 1, 3)):
            for width in (1, (0, 2)):
                yield case("concatenate", along(np.pad, pad_width=width, mode=mode), shape, note=f"{mode}, {width}")
        for lengths in (1, 2, (1, 9), ((1, 2), (3, 2))):
            f = along(np.pad, pad_width=((1, 2), (3, 0)), mode=mode, stat_length=lengths)
            yield case("concatenate", f, (2, 4), note=f"{mode} of {lengths}")


FAMILIES = (padding, turned, ramps, statistics)
