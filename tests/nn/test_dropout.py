"""Dropout in both forms, Dropout2d, and the mean of many passes."""

from __future__ import annotations

import copy
import itertools
import pickle
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.backward import gradients
from nn import functional as F

RNG = np.random.default_rng(31)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_each_element_is_dropped_with_probability_p_and_the_others_are_divided_by_what_is_left(p: float) -> None:
    y = F.dropout(np.full((400, 500), 3.0), p, rng=1)
    dropped = (y == 0).mean()
    assert abs(dropped - p) < 4 * np.sqrt(p * (1 - p) / y.size)
    np.testing.assert_allclose(y[y != 0], 3.0 / (1 - p), rtol=1e-15)
    rows, columns = (y == 0).mean(axis=1), (y == 0).mean(axis=0)  # no pattern: as uneven as chance makes it
    np.testing.assert_allclose(
        [rows.std() * np.sqrt(500), columns.std() * np.sqrt(400)], np.sqrt(p * (1 - p)), rtol=0.2
    )


def test_neighbours_are_dropped_independently() -> None:
    dropped = F.dropout(np.ones(400_000), 0.5, rng=2) == 0
    for distance in (1, 2, 3, 4, 5, 64):
        both = (dropped[distance:] & dropped[:-distance]).mean()
        assert abs(both - 0.25) < 0.005


def test_the_two_forms_agree_in_expectation() -> None:
    x, w = RNG.standard_normal((1, 40)), RNG.standard_normal((40, 3))
    many = np.repeat(x, 20_000, axis=0)
    inverted, original = (F.dropout(many, 0.3, rng=5, inverted=form) @ w for form in (True, False))
    np.testing.assert_allclose(inverted, original / 0.7, rtol=1e-10, atol=1e-12)  # the same masks
    spread = inverted.std(axis=0) / np.sqrt(len(many))
    at_test_time = F.dropout(x, 0.3, training=False) @ w
    assert (np.abs(inverted.mean(axis=0) - at_test_time[0]) < 4 * spread).all()
    at_test_time = F.dropout(x, 0.3, training=False, inverted=False) @ w
    np.testing.assert_allclose(at_test_time, 0.7 * x @ w, rtol=1e-12)
    assert (np.abs(original.mean(axis=0) - at_test_time[0]) < 4 * 0.7 * spread).all()


def test_the_gradient_goes_where_the_value_went() -> None:
    x = Tensor(RNG.standard_normal((6, 5)), True)
    y = F.dropout(x, 0.5, rng=3)
    y.backward(np.full((6, 5), 10.0))
    np.testing.assert_array_equal(x.grad.data, np.where(y.data == 0, 0.0, 20.0))


def test_the_masks_are_not_drawn_again_for_a_second_derivative() -> None:
    x = Tensor(RNG.standard_normal(50), True)
    y = F.dropout(x, 0.5, rng=np.random.default_rng(3))
    (first,) = gradients([(y * y * y).sum()], [x], [None], create_graph=True)
    (second,) = gradients([first.sum()], [x], [None])
    np.testing.assert_allclose(second, 6 * 8 * x.data * (y.data != 0))


def test_p_zero_drops_nothing_and_p_one_everything() -> None:
    x = RNG.standard_normal((3, 4))
    np.testing.assert_array_equal(F.dropout(x, 0.0), x)
    for inverted in (True, False):
        np.testing.assert_array_equal(F.dropout(x, 1.0, inverted=inverted), np.zeros((3, 4)))
    np.testing.assert_array_equal(F.dropout(x, 1.0, training=False), x)
    np.testing.assert_array_equal(F.dropout(x, 1.0, training=False, inverted=False), 0 * x)


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (5, 7)])
def test_every_shape_and_dtype_is_taken(shape: tuple[int, ...]) -> None:
    for dtype in (np.float16, np.float32, np.float64):
        x = Tensor(np.ones(shape, dtype), True)
        y = F.dropout(x, 0.5, rng=0)
        y.backward(np.ones(shape))
        assert (y.shape, y.dtype, x.grad.dtype) == (shape, dtype, dtype)
    assert F.dropout([1.0, 2.0], 0.5, rng=0).shape == (2,)


def test_the_graph_keeps_one_byte_an_element() -> None:
    y = F.dropout(Tensor(np.ones((8, 16), dtype=np.float32), True), 0.5, rng=0)
    kept = [value for value in y.node.saved if hasattr(value, "nbytes")]
    assert sum(value.nbytes for value in kept) == 8 * 16


def test_a_seed_makes_it_repeatable_and_a_layer_draws_a_new_mask_each_time() -> None:
    x = np.ones(100)
    autograd.seed(4)
    first, second = F.dropout(x), F.dropout(x)
    autograd.seed(4)
    np.testing.assert_array_equal(F.dropout(x), first)
    assert (first != second).any()
    one, other = nn.Dropout(rng=4), nn.Dropout(rng=4)
    masks = [one(x), one(x)]
    assert (masks[0] != masks[1]).any()
    np.testing.assert_array_equal([other(x), other(x)], masks)
    np.testing.assert_array_equal(F.dropout(x, rng=4), masks[0])


def test_a_copied_layer_goes_on_where_the_other_stood() -> None:
    layer, x = nn.Dropout(rng=4), np.ones(50)
    layer(x)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(other(x), copy.deepcopy(layer)(x))


def test_whole_channels_are_dropped() -> None:
    y = F.dropout2d(np.ones((50, 40, 3, 2)), 0.25, rng=1)
    per_channel = y.reshape(50, 40, 6)
    assert (per_channel == per_channel[..., :1]).all()
    assert abs((per_channel[..., 0] == 0).mean() - 0.25) < 0.04
    np.testing.assert_allclose(y[y != 0], 4 / 3)


def test_the_layers_are_the_functions() -> None:
    x = RNG.standard_normal((2, 3, 4, 5))
    np.testing.assert_array_equal(nn.Dropout(0.3, rng=1)(x), F.dropout(x, 0.3, rng=1))
    np.testing.assert_array_equal(nn.Dropout2d(0.3, rng=1)(x), F.dropout2d(x, 0.3, rng=1))
    for layer in (nn.Dropout(0.3).eval(), nn.Dropout2d(0.3).eval()):
        np.testing.assert_array_equal(layer(x), x)
    for layer in (nn.Dropout(0.3, inverted=False).eval(), nn.Dropout2d(0.3, inverted=False).eval()):
        np.testing.assert_allclose(layer(x), 0.7 * x)
    assert repr(nn.Dropout(0.3)) == "Dropout(p=0.3)"
    assert repr(nn.Dropout2d(inverted=False)) == "Dropout2d(p=0.5, inverted=False)"
    assert nn.Dropout().flops((2, 3), (2, 3)) == 0
    assert nn.Dropout(inverted=False).flops((2, 3), (2, 3)) == 6


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(p: float) -> None:
    for make in (lambda: F.dropout(np.ones(3), p), lambda: nn.Dropout(p), lambda: nn.Dropout2d(p)):
        with pytest.raises(ValueError, match=f"p must be a number from 0 to 1, the probability .*, not {p}"):
            make()


def test_dropout2d_takes_feature_maps_only() -> None:
    with pytest.raises(ValueError, match=r"channels of x of shape \(N, C, H, W\), not \(3, 4, 5\); see dropout"):
        F.dropout2d(np.ones((3, 4, 5)))


# ------------------------------------------------------------------------------------------------------------ ensembles


def base_net() -> nn.Sequential:
    """Return 2 inputs and 2 hidden units, all of which can be dropped: 16 sub-networks."""
    net = nn.Sequential(nn.Dropout(), nn.Linear(2, 2, rng=1), nn.ReLU(), nn.Dropout(), nn.Linear(2, 1, rng=2))
    return net.astype(np.float64)


def sub_networks(net: Any, x: Any) -> Any:
    """Return the answer of each of the 16 networks that are left when units are removed."""
    (_, first, _, _, second), answers = net, []
    for mask in itertools.product([0.0, 1.0], repeat=4):
        hidden = np.maximum(x * mask[:2] * 2 @ first.weight.data.T + first.bias.data, 0)
        answers.append(hidden * mask[2:] * 2 @ second.weight.data.T + second.bias.data)
    return np.stack(answers)


def test_monte_carlo_averages_the_sixteen_sub_networks() -> None:
    net, x = base_net(), RNG.standard_normal((5, 2))
    exact = sub_networks(net, x)
    mean, spread = nn.monte_carlo(net, x, passes=4000, rng=0)
    tolerance = 4 * exact.std(axis=0) / np.sqrt(4000)
    assert (np.abs(mean - exact.mean(axis=0)) < tolerance + 1e-12).all()
    np.testing.assert_allclose(spread, exact.std(axis=0), rtol=0.1)


def test_a_single_scaled_pass_is_the_mean_of_a_linear_net() -> None:
    net = nn.Sequential(nn.Dropout(0.4), nn.Linear(30, 2, rng=1)).astype(np.float64)
    x = RNG.standard_normal((3, 30))
    mean, spread = nn.monte_carlo(net, x, passes=2000, rng=0)
    assert (np.abs(mean - net.eval()(x).data) < 4 * spread / np.sqrt(2000)).all()


def test_monte_carlo_evaluates_all_but_dropout_and_leaves_everything_as_it_was() -> None:
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(rng=1), nn.Linear(3, 2), nn.Dropout2d())
    net[3].forward = lambda x: x * (1.0 if net[3].training else np.nan)
    net[2].eval()
    modes, state = [m.training for m in net.modules()], net.state_dict()
    result = nn.monte_carlo(net, np.ones((1, 3), dtype=np.float32), passes=3)  # in training one example is too few
    assert result._fields == ("mean", "spread")
    assert (type(result.mean), result.mean.dtype, result.mean.shape) == (np.ndarray, np.float32, (1, 2))
    assert np.isfinite(result.mean).all()
    assert [m.training for m in net.modules()] == modes
    for path, value in net.state_dict().items():
        np.testing.assert_array_equal(value, state[path])


def test_monte_carlo_records_nothing() -> None:
    seen = []
    net = nn.Sequential(nn.Linear(3, 3), nn.Dropout())
    net.register_forward_hook(lambda module, args, output: seen.append(output.requires_grad))
    nn.monte_carlo(net, np.ones((2, 3), dtype=np.float32), passes=2)
    assert seen == [False, False]


def test_monte_carlo_restores_modes_and_generators_after_an_error() -> None:
    net = nn.Sequential(nn.Dropout(rng=7), nn.Linear(3, 2))
    generator = net[0].rng
    net[1].eval()
    with pytest.raises(ValueError, match="takes x of shape"):
        nn.monte_carlo(net, np.ones((2, 5)), rng=1)
    assert [m.training for m in net.modules()] == [True, True, False]
    assert net[0].rng is generator


def test_monte_carlo_with_a_seed_is_repeatable_and_leaves_the_layers_own_generator() -> None:
    net, x = nn.Sequential(nn.Dropout(rng=7), nn.Linear(3, 2)), np.ones((2, 3), dtype=np.float32)
    before = copy.deepcopy(net[0].rng).random()
    first, second = (nn.monte_carlo(net, x, passes=5, rng=1).mean for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (nn.monte_carlo(net, x, passes=5, rng=2).mean != first).any()
    assert copy.deepcopy(net[0].rng).random() == before


def test_a_module_that_draws_itself_can_take_part() -> None:
    class Noisy(nn.Module):
        random_in_training = True
        rng = None

        def forward(self, x: Any) -> Any:
            return F.dropout(x, 0.5, self.training, self.rng)

    assert (nn.monte_carlo(Noisy(), np.ones((4, 4)), passes=50, rng=0).spread > 0).all()


def test_monte_carlo_without_dropout_or_passes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Sequential has no dropout layer, so that all passes would be the same; put"):
        nn.monte_carlo(nn.Sequential(nn.Linear(2, 2)), np.ones((1, 2)))
    with pytest.raises(ValueError, match="monte_carlo: passes must be a whole number from 1 on, not 0"):
        nn.monte_carlo(nn.Dropout(), np.ones(3), passes=0)
    net = nn.Sequential(nn.Dropout(), nn.GRU(2, 3))
    with pytest.raises(TypeError, match="averages one Tensor, and Sequential returns tuple; give it"):
        nn.monte_carlo(net, np.ones((5, 2), dtype=np.float32))
