"""Pooling. The elements are far enough apart that a small step changes no maximum."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nn import functional as F
from nn.functional import adaptive_pooling as adaptive
from nn.functional import pooling_maps as maps
from nn.functional.windows import Window

from . import Call

RNG = np.random.default_rng(16)
WINDOW = Window((2, 3), (1, 2), ((1, 0), (1, 1)), (2, 1))  # windows overlap, and are padded


def _apart(shape: tuple[int, ...]) -> Any:
    return (RNG.permutation(math.prod(shape)).reshape(shape) - 0.4 * math.prod(shape)) * 0.1


def _case(function: Callable[..., Any], shape: tuple[int, ...], *arguments: Any, **options: Any) -> Call:
    return lambda x: function(x, *arguments, **options), (_apart(shape),)


def _times_x(function: Callable[..., Any], pool: Callable[..., Any], x: Any, v: Any, how: Any) -> Any:
    """Return what goes to the maxima of x, or is taken from there, with a factor that makes the result depend on x."""
    y = function(v, x.data, pool(x.data, how), how)
    return y * (x if y.shape == x.shape else x.sum())


def _of_gradient(function: Callable[..., Any], pool: Callable[..., Any], of: Any, shape: Any, how: Any) -> Call:
    return lambda x, v: _times_x(function, pool, x, v, how), (_apart(of), RNG.standard_normal(shape))


SHAPE, PLACES = (1, 2, 4, 5), (1, 2, 3, 3)
CASES: dict[str, Call] = {
    "max_pool1d": _case(F.max_pool1d, (2, 2, 6), 2),
    "max_pool1d, overlapping": _case(F.max_pool1d, (2, 7), 3, stride=1, padding=1, dilation=2),
    "max_pool2d": _case(F.max_pool2d, (2, 2, 4, 4), 2),
    "max_pool2d, with a rest": _case(F.max_pool2d, (1, 2, 5, 3), 2),
    "max_pool2d, overlapping": _case(F.max_pool2d, (2, 4, 5), (3, 2), stride=(2, 1), padding=1),
    "max_pool2d, ceil_mode": _case(F.max_pool2d, (1, 1, 4, 6), 3, stride=2, ceil_mode=True),
    "max_pool2d, to_maxima": _of_gradient(maps.to_maxima, maps.max_pool, SHAPE, PLACES, WINDOW),
    "max_pool2d, of_maxima": _of_gradient(maps.of_maxima, maps.max_pool, SHAPE, SHAPE, WINDOW),
    "avg_pool1d": _case(F.avg_pool1d, (2, 2, 6), 2),
    "avg_pool1d, overlapping": _case(F.avg_pool1d, (2, 7), 3, stride=2, padding=1, ceil_mode=True),
    "avg_pool2d": _case(F.avg_pool2d, (2, 2, 4, 4), 2),
    "avg_pool2d, overlapping": _case(F.avg_pool2d, (2, 4, 5), (3, 2), stride=(2, 1), padding=1),
    "avg_pool2d, count_include_pad": _case(F.avg_pool2d, (1, 1, 4, 5), 3, 2, 1, count_include_pad=False),
    "avg_pool2d, divisor_override": _case(F.avg_pool2d, (1, 1, 4, 5), 3, 2, 1, True, divisor_override=3),
    "adaptive_avg_pool1d": _case(F.adaptive_avg_pool1d, (2, 2, 5), 3),
    "adaptive_avg_pool2d": _case(F.adaptive_avg_pool2d, (2, 2, 3, 4), 1),
    "adaptive_avg_pool2d, uneven": _case(F.adaptive_avg_pool2d, (2, 5, 3), (3, 2)),
    "adaptive_max_pool1d": _case(F.adaptive_max_pool1d, (2, 2, 5), 3),
    "adaptive_max_pool2d": _case(F.adaptive_max_pool2d, (2, 2, 3, 4), 1),
    "adaptive_max_pool2d, uneven": _case(F.adaptive_max_pool2d, (2, 5, 3), (3, None)),
    "adaptive_max_pool2d, adaptive_to_maxima": _of_gradient(
        adaptive.adaptive_to_maxima, adaptive.adaptive_max_pool, (2, 5, 4), (2, 3, 2), (3, 2)
    ),
    "adaptive_max_pool2d, adaptive_of_maxima": _of_gradient(
        adaptive.adaptive_of_maxima, adaptive.adaptive_max_pool, (2, 5, 4), (2, 5, 4), (3, 2)
    ),
}
for _name, _y, _call in (
    (
        "avg_pool2d, spread",
        (2, 2, 2),
        lambda y: maps.spread(y, (2, 4, 5), Window((3, 2), (1, 2), ((0, 0),) * 2, (1, 2)), 6),
    ),
    (
        "avg_pool2d, spread with padding",
        (2, 3, 2),
        lambda y: maps.spread(y, (2, 4, 5), Window((3, 2), (1, 2), ((1, 0), (0, 1)), (1, 2)), 6),
    ),
    ("adaptive_avg_pool2d, adaptive_spread", (2, 3, 2), lambda y: adaptive.adaptive_spread(y, (2, 5, 3), (3, 2))),
):
    CASES[_name] = (_call, (RNG.standard_normal(_y),))
