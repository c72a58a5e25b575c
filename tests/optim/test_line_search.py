"""The line search of L-BFGS: what it finds, and by which way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import value_and_grad
from optim.line_search import Point, strong_wolfe


@pytest.mark.parametrize(
    "phi",
    [
        lambda t: (t - 3.0) ** 2,
        lambda t: -t / (t * t + 2.0),
        lambda t: (t + 0.004) ** 5 - 2.0 * (t + 0.004) ** 4,
        lambda t: np.exp(-t) + 0.01 * t * t,
        lambda t: 1.0 - t + 1e4 * t**4,
    ],
)
@pytest.mark.parametrize("first", [1e-3, 0.1, 1.0, 30.0])
def test_a_step_found_fulfils_the_strong_wolfe_conditions(phi: Callable[[Any], Any], first: float) -> None:
    def at(t: float) -> Point:
        loss, slope = value_and_grad(phi)(t)
        return Point(t, float(loss), float(slope), slope)

    start = at(0.0)
    found = strong_wolfe(at, start, first, 1.0, 1e-9)
    assert found.loss <= start.loss + 1e-4 * found.t * start.slope
    assert abs(found.slope) <= 0.9 * abs(start.slope)


LINES: dict[str, Callable[[Any], Any]] = {
    "quintic": lambda t: (t + 0.004) ** 5 - 2.0 * (t + 0.004) ** 4,
    "waves": lambda t: np.cos(5 * t) - 0.5 * t + 0.05 * t * t,
    "kink": lambda t: np.abs(t - 0.7) + 0.01 * t * t,
    "steep": lambda t: 1.0 - t + 1e4 * t**4,
    "exp": lambda t: np.exp(-t) + 0.01 * t * t,
    "far": lambda t: (t - 3.0) ** 2,
}


@pytest.mark.parametrize(
    ("line", "lengths"),
    [
        (
            "quintic",
            "0.001 0.005505 0.030300025 0.166774113 0.91793999 0.925451649 2.69935902 1.70904087 1.57413725 "
            "1.59613659 1.59599996 1.59601363 1.596",
        ),
        (
            "quintic",
            "30.0 13.4869168 6.15716239 2.92425024 1.57057518 1.72931728 1.59622312 1.59599992 1.59602224 1.596",
        ),
        (
            "waves",
            "0.001 0.01 0.1 1.0 0.739997265 0.669488635 0.651276712",
        ),
        (
            "waves",
            "30.0 14.5731139 9.0824132 11.2468387 9.71557725 9.40992853",
        ),
        (
            "kink",
            "30.0 3.96627994 0.760203199 0.636599547 0.699932699 0.708228089 0.70108782 0.700108022 0.699991828 "
            "0.700009852 0.699999482 0.700001033 0.69999993 0.700000099 0.699999993 0.700000009 0.699999999 "
            "0.700000001 0.7",
        ),
        (
            "steep",
            "30.0 10.0000001 3.33333385 1.11111578 0.370412423 0.123834156 0.0443151321 0.028137846",
        ),
        (
            "exp",
            "0.001 0.005505 0.030300025 0.166774113",
        ),
        (
            "far",
            "30.0 3.0",
        ),
    ],
)
def test_a_search_tries_the_lengths_that_pytorchs_search_tried(line: str, lengths: str) -> None:
    tried: list[float] = []

    def at(t: float) -> Point:
        tried.append(t)
        loss, slope = value_and_grad(LINES[line])(t)
        return Point(t, float(loss), float(slope), slope)

    expected = [float(length) for length in lengths.split()]
    strong_wolfe(at, at(0.0), expected[0], 1.0, 1e-9)
    np.testing.assert_allclose(tried[1:], expected, rtol=1e-6)
