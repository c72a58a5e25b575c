"""Convolutions. Their own gradients stand here too, because each of the three maps is the rule of the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nn import functional as F
from nn.functional import convolution_maps as maps
from nn.functional.windows import Window

from . import Call

RNG = np.random.default_rng(15)
SLANTED = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}
WINDOW = Window((2, 2), (2, 1), ((1, 1), (0, 1)), (1, 2))


def _case(function: Callable[..., Any], *shapes: tuple[int, ...], **options: Any) -> Call:
    return lambda *operands: function(*operands, **options), tuple(RNG.standard_normal(shape) for shape in shapes)


CASES: dict[str, Call] = {
    "conv1d": _case(F.conv1d, (2, 2, 5), (3, 2, 2), (3,), padding=1),
    "conv1d, one sequence, stride and dilation": _case(F.conv1d, (2, 7), (2, 2, 3), stride=2, dilation=2),
    "conv2d": _case(F.conv2d, (2, 2, 3, 3), (2, 2, 3, 2), (2,), padding=1),
    "conv2d, many outputs": _case(F.conv2d, (1, 1, 3, 3), (4, 1, 2, 2), (4,)),
    "conv2d, no bias": _case(F.conv2d, (1, 1, 3, 4), (2, 1, 2, 2)),
    "conv2d, one image": _case(F.conv2d, (2, 3, 3), (1, 2, 2, 2), (1,), padding="same"),
    "conv2d, stride, dilation and padding": _case(F.conv2d, (1, 2, 5, 4), (2, 2, 2, 3), (2,), **SLANTED),
    "conv2d, more padding than kernel": _case(F.conv2d, (1, 2, 2, 3), (2, 2, 1, 1), padding=1),
    "conv2d, groups": _case(F.conv2d, (2, 4, 3, 3), (2, 2, 2, 2), (2,), groups=2),
    "conv2d, channel by channel": _case(F.conv2d, (1, 2, 3, 3), (4, 1, 2, 2), groups=2, stride=2, padding=1),
    "conv2d, correlate2d": _case(maps.correlate2d, (2, 2, 4, 4), (2, 2, 3, 3), window=WINDOW, groups=1),
    "conv2d, correlate2d with groups": _case(maps.correlate2d, (1, 4, 4, 4), (1, 2, 3, 3), window=WINDOW, groups=2),
    "conv_transpose1d": _case(F.conv_transpose1d, (2, 3, 3), (3, 2, 3), (2,), stride=2, output_padding=1),
    "conv_transpose1d, one sequence": _case(F.conv_transpose1d, (2, 4), (2, 1, 3), (1,), padding=1),
    "conv_transpose2d": _case(F.conv_transpose2d, (2, 2, 3, 3), (2, 2, 2, 3), (2,), padding=1),
    "conv_transpose2d, many inputs": _case(F.conv_transpose2d, (1, 4, 2, 3), (4, 1, 2, 2), (1,), padding=(1, 0)),
    "conv_transpose2d, stride": _case(F.conv_transpose2d, (2, 2, 2, 2), (2, 1, 3, 3), stride=2, output_padding=1),
    "conv_transpose2d, groups": _case(F.conv_transpose2d, (1, 4, 2, 2), (4, 1, 2, 2), (2,), groups=2, dilation=2),
}
