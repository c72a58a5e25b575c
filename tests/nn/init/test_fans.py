"""Fans and gains."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import nn
from nn import init


@pytest.mark.parametrize("shape", [(2, 3), (1, 1), (8, 4, 5), (8, 4, 5, 3), (8, 4, 5, 3, 2), (8, 1, 3, 3)])
def test_fans_are_pytorchs(torch: Any, shape: tuple[int, ...]) -> None:
    expected = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    assert init.fan_in_and_fan_out(nn.Parameter(np.zeros(shape))) == expected
    assert init.fan_in_and_fan_out(np.zeros(shape)) == expected


@pytest.mark.parametrize("axes", [0, 1, 2, 3])
def test_the_fans_of_a_convolution_are_counted(axes: int) -> None:
    """Count, in a large enough image, what one output element adds up, and where one input element goes."""
    channels_in, channels_out, kernel = 2, 3, (3, 2, 2)[:axes]
    image = np.zeros((channels_in, *(9,) * axes))
    image[(0,) + (4,) * axes] = 1
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel, axis=tuple(range(1, axes + 1)))
    weight = np.ones((channels_out, channels_in, *kernel))
    outputs = np.tensordot(weight, windows, axes=([1, *range(2, axes + 2)], [0, *range(axes + 1, 2 * axes + 1)]))
    assert init.fan_in_and_fan_out(weight) == (weight[0].size, np.count_nonzero(outputs))


@pytest.mark.parametrize("shape", [(), (3,)])
def test_a_vector_has_no_fans(shape: tuple[int, ...]) -> None:
    with pytest.raises(
        ValueError, match=r"'fc\.bias' has shape \(3?,?\), and only a weight of two axes or more, .*normal_"
    ):
        init.fan_in_and_fan_out(nn.Parameter(np.zeros(shape), name="fc.bias"))


def test_a_weight_without_elements_has_no_fans() -> None:
    with pytest.raises(ValueError, match=r"the weight has shape \(0, 3\), without elements"):
        init.xavier_normal_(nn.Parameter(np.zeros((0, 3))))


LINEAR = ["linear", "sigmoid", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]


@pytest.mark.parametrize(
    ("name", "param"),
    [*((name, None) for name in [*LINEAR, "tanh", "relu", "selu", "leaky_relu"])]
    + [("leaky_relu", slope) for slope in (0, 0.0, 0.1, 0.2, 1, -1.0)],
)
def test_gains_are_pytorchs(torch: Any, name: str, param: float | None) -> None:
    assert init.calculate_gain(name, param) == torch.nn.init.calculate_gain(name, param)


def test_gains_are_those_of_the_table() -> None:
    assert {init.calculate_gain(name) for name in (*LINEAR, "identity")} == {1.0}
    assert init.calculate_gain("tanh") == 5 / 3
    assert init.calculate_gain("relu") == math.sqrt(2)
    assert init.calculate_gain("selu") == 3 / 4
    assert init.calculate_gain("leaky_relu") == math.sqrt(2 / 1.0001)
    assert init.calculate_gain("leaky_relu", 0.5) == init.calculate_gain("leaky_relu", -0.5) == math.sqrt(1.6)


def test_the_gain_of_a_rectifier_makes_up_for_what_it_takes() -> None:
    z = np.random.default_rng(0).standard_normal(1_000_000)
    for name, slope in [("relu", 0.0), ("leaky_relu", 0.01), ("leaky_relu", 0.5)]:
        second_moment = np.mean(np.where(z > 0, z, slope * z) ** 2)
        assert init.calculate_gain(name, slope) == pytest.approx(1 / math.sqrt(second_moment), rel=0.004)
    assert init.calculate_gain("identity") == 1


def test_unknown_gains_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"no gain for 'swish'; it knows linear, identity, .*tanh, relu, selu, leaky_relu"
    ):
        init.calculate_gain("swish")
    for slope in (True, "0.1"):
        with pytest.raises(ValueError, match="the negative slope of leaky_relu is a number, not"):
            init.calculate_gain("leaky_relu", slope)  # type: ignore[arg-type]
