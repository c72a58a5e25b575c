"""The line search of L-BFGS: what it finds, and by which way."""

from __future__ import annotations

import math
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


@pytest.mark.parametrize(
    ("numbers", "limits", "lengths"),
    [
        (
            (0.0, 4.54, 1.19, 0.21, 0.0, 0.47, 8.65),
            {"reach": 1.0, "tolerance": 1e-09},
            "0.001 0.005505 0.05505 0.5505 3.0302272 16.678649 5.6759949 7.0559504 8.0036436 8.8711441 "
            "8.5434381 8.5912472 8.6215848 8.643774 8.6665111 8.6466519 8.6486197 8.6504088 8.6497792 8.6498785 "
            "8.6499386 8.6499817 8.6500245 8.6499905 8.6499949 8.6499978 8.6499978",
        ),
        (
            (1.0, 7.49, -0.12, -1.08, 0.92, 0.44, 6.21),
            {"reach": 20.0, "tolerance": 1e-09},
            "10 0.81878324 0.65084079 0.51648052 0.4651864 0.41866776 0.44790954 0.44790954",
        ),
        (
            (1.0, 2.12, -1.6, -1.41, 0.0, 2.24, 0.12),
            {"reach": 20.0, "tolerance": 1e-09},
            "10 1.4126992 0.20684904 0.096928613 0.11242817 0.12273486 0.11929587 0.11977752 0.12009688 "
            "0.11997835 0.11999416 0.1200049 0.11999864 0.11999954 0.12000013 0.11999996 0.11999998 0.12 0.12 "
            "0.12 0.12 0.12 0.12 0.12 0.12 0.12",
        ),
        (
            (1.0, 8.42, 0.28, -0.35, 0.01, 0.48, 1.38),
            {"reach": 20.0, "tolerance": 1e-09},
            "1 5.505 5.55005 5.55005",
        ),
        (
            (0.1, 4.89, 0.39, -0.09, 0.0, 0.0, 2.47),
            {"reach": 1.0, "tolerance": 1e-09},
            "10 7.0565237 9.287052 9.5718027 9.5718027",
        ),
        (
            (0.1, 4.24, 2.73, -0.6, 0.0, 1.38, 1.88),
            {"reach": 1.0, "tolerance": 0.02},
            "0.1 0.91119414 5.0156237 2.5051004 2.5051004",
        ),
        (
            (0.0, 1.27, 0.43, -0.01, 0.14, 0.0, 0.11),
            {"reach": 20.0, "tolerance": 1e-09},
            "0.001 0.01 0.01",
        ),
        (
            (0.0, 0.96, -1.52, 0.18, 0.01, 0.38, 4.93),
            {"reach": 20.0, "tolerance": 1e-09},
            "0.001 0.01 0.1 1 1",
        ),
        (
            (0.1, 3.48, 0.61, 0.15, 0.05, 0.0, 0.04),
            {"reach": 20.0, "tolerance": 1e-09},
            "30 0.4766961 3.4290265 0.60135015 0.54683605 0.54683605",
        ),
    ],
)
def test_on_waves_with_a_kink_a_search_tries_and_finds_what_pytorchs_did(
    numbers: tuple[float, ...], limits: dict[str, float], lengths: str
) -> None:
    a, b, c, d, e, f, p = numbers  # a cos(b t + c) + d t + e t² + f |t − p|
    tried: list[float] = []

    def at(t: float) -> Point:
        tried.append(t)
        loss = a * math.cos(b * t + c) + d * t + e * t * t + f * abs(t - p)
        return Point(t, loss, -a * b * math.sin(b * t + c) + d + 2 * e * t + math.copysign(f, t - p), None)

    *expected, found = (float(length) for length in lengths.split())
    assert strong_wolfe(at, at(0.0), expected[0], **limits).t == pytest.approx(found, rel=1e-5)
    np.testing.assert_allclose(tried[1:], expected, rtol=1e-5)
