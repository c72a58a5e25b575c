"""The experiment of the course: what becomes of unit Gaussian inputs in ten hidden layers of 500 units.

The numbers in capitals are those that the lectures print, of one network each. Another network gives others: a seed is
right if it is within 2 % of them, or within three standard errors of the difference of two networks.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

import nn
from autograd import Tensor, no_grad

SEEDS = 4
ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU}
# How the lectures print: the last digit is a half of its place uncertain.
SMALL_RANDOM = ["0.213", "0.0476", "0.0106", "0.00238", "0.000532", "0.000119", "2.6e-5", "6e-6", "1e-6", "0.000000"]
LARGE_RANDOM = ["0.982"] * 10
XAVIER = ["0.628", "0.486", "0.408", "0.357", "0.321", "0.292", "0.273", "0.255", "0.239", "0.228"]


class Layers(NamedTuple):
    """What the outputs of the hidden layers are like: an array of shape (SEEDS, 10) each."""

    mean: Any
    std: Any
    second_moment: Any
    flat: Any  # the part of the units where the slope of tanh is less than 0.01


@cache
def ten_layers(activation: str, scheme: str, seeds: int = SEEDS, **options: float) -> Layers:
    """Run the experiment once for each seed."""
    rows = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        x = Tensor(rng.standard_normal((1000, 500), dtype=np.float32))
        pairs = [(nn.Linear(500, 500, rng=0), ACTIVATIONS[activation]()) for _ in range(10)]
        net = nn.init.initialise(nn.Sequential(*(layer for pair in pairs for layer in pair)), scheme, rng, **options)
        rows.append([])
        with no_grad():
            for layer in net:
                x = layer(x)
                if not isinstance(layer, nn.Linear):
                    squares = x.data**2
                    rows[-1].append((x.data.mean(), x.data.std(), squares.mean(), (squares > 0.99).mean()))
    return Layers(*np.moveaxis(np.array(rows, dtype=float), -1, 0))


def assert_as_printed(found: Any, printed: list[str]) -> None:
    expected = np.array([float(text) for text in printed])
    rounding = np.array([0.5 * 10.0 ** -_places(text) for text in printed])
    error = np.sqrt(2) * found.std(axis=0, ddof=1)
    allowed = rounding + np.maximum(0.02 * expected, 3 * error)
    assert (error < 0.03 * found.mean(axis=0)).all()  # three errors must not allow anything
    assert (np.abs(found - expected) <= allowed).all(), f"{found} differs from {expected} by more than {allowed}"
    assert (np.abs(found.mean(axis=0) - expected) <= rounding + 0.02 * expected).all()


def _places(number: str) -> int:
    """Return how many decimal places a printed number has: 3 for 0.213, 6 for 2.6e-5."""
    digits, _, exponent = number.partition("e")
    return len(digits.partition(".")[2]) - int(exponent or 0)


def test_small_random_weights_let_tanh_units_die_away() -> None:
    assert_as_printed(ten_layers("tanh", "normal", std=0.01).std, SMALL_RANDOM)


@pytest.mark.no_cover
def test_large_random_weights_saturate_nearly_all_tanh_units() -> None:
    layers = ten_layers("tanh", "normal", std=1.0)
    assert_as_printed(layers.std, LARGE_RANDOM)
    assert (layers.flat > 0.85).all()
    assert (ten_layers("tanh", "xavier_fan_in_normal").flat < 0.01).all()


def test_xavier_keeps_tanh_units_at_work_in_every_layer() -> None:
    assert_as_printed(ten_layers("tanh", "xavier_fan_in_normal").std, XAVIER)


def test_drawn_uniformly_xavier_does_the_same() -> None:
    found = ten_layers("tanh", "xavier_uniform", seeds=1).std[0]
    np.testing.assert_allclose(found, [float(text) for text in XAVIER], rtol=0.03)


def test_the_two_forms_of_xavier_are_equal_between_layers_of_equal_width() -> None:
    one, other = (
        nn.init.initialise(nn.Linear(500, 500), f"xavier_{form}", rng=0) for form in ("normal", "fan_in_normal")
    )
    np.testing.assert_allclose(one.weight.data, other.weight.data, rtol=1e-6)


def test_the_means_stay_at_zero_under_tanh() -> None:
    for layers in (ten_layers("tanh", "normal", std=0.01), ten_layers("tanh", "xavier_fan_in_normal")):
        assert (np.abs(layers.mean) < 0.01 * layers.std).all()


def test_xavier_with_relu_collapses_by_the_square_root_of_two_in_each_layer() -> None:
    found = ten_layers("relu", "xavier_fan_in_normal").std
    error = found.std(axis=0, ddof=1) / np.sqrt(SEEDS)
    expected = np.sqrt(0.5 - 0.5 / np.pi) * 0.5 ** (
        np.arange(10) / 2
    )  # the spread of a rectified normal number, halved
    assert (np.abs(found.mean(axis=0) - expected) < 3 * error + 0.02 * expected).all()
    assert (found[:, -1] < 0.1 * found[:, 0]).all()


def test_he_with_relu_does_not_collapse() -> None:
    layers = ten_layers("relu", "he_normal")
    error = layers.second_moment.std(axis=0, ddof=1) / np.sqrt(SEEDS)
    assert (np.abs(layers.second_moment.mean(axis=0) - 1) < 3 * error + 0.02).all()
    assert (error < 0.2).all()
    assert (layers.std[:, -1] > 0.7 * layers.std[:, 0]).all()
    np.testing.assert_allclose(layers.std[:, 0], np.sqrt(1 - 1 / np.pi), rtol=0.01)
