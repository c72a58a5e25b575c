"""Points at which a function takes another way: a bound, a threshold, no examples, numbers of two precisions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.backward import gradients
from nn import functional as F
from nn.functional.margin import _svm
from nn.functional.normal import normal_cdf


def test_the_normal_distribution_stands_numbers_of_any_size() -> None:
    x = Tensor([-1e200, -50.0, 50.0, 1e200], requires_grad=True)
    F.gelu(x).sum().backward()
    assert x.grad.data.tolist() == [0.0, 0.0, 1.0, 1.0]
    assert normal_cdf(x.data).tolist() == [0.0, 0.0, 1.0, 1.0]


def test_the_slope_of_a_probability_of_0_is_held_at_ten_to_the_twelfth() -> None:
    x = Tensor([0.0, 1.0], requires_grad=True)
    t = Tensor([1.0, 0.0], requires_grad=True)
    F.binary_cross_entropy(x, t, reduction="sum").backward()
    np.testing.assert_allclose(x.grad.data, [-1e12, 1e12], rtol=1e-12)
    np.testing.assert_allclose(t.grad.data, [100.0, -100.0], rtol=1e-12)


@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, F.huber_loss, F.binary_cross_entropy_with_logits])
def test_the_mean_loss_of_no_examples_pulls_at_nothing(loss: Any) -> None:
    x = Tensor(np.zeros((0, 3)), requires_grad=True)
    loss(x, np.zeros((0, 3))).backward()
    assert x.grad.shape == (0, 3)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_recorded_gradient_of_no_examples_is_one_of_nothing(reduction: Any) -> None:
    x = Tensor(np.zeros((0, 3)), requires_grad=True)
    loss = F.multiclass_svm_loss(x, np.zeros(0, int), reduction=reduction)
    (found,) = gradients([loss], [x], [Tensor(np.ones(loss.shape))], create_graph=True)
    assert found.shape == (0, 3)


def test_on_its_threshold_softplus_is_no_line_yet() -> None:
    x = Tensor([19.999, 20.0, 20.001], requires_grad=True)
    (bare,) = gradients([F.softplus(x)], [x], [np.ones(3)])
    (recorded,) = gradients([F.softplus(x)], [x], [Tensor(np.ones(3))], create_graph=True)
    for found in (bare, recorded.data):
        np.testing.assert_array_equal(found < 1, [True, True, False])


def test_a_single_score_has_one_axis() -> None:
    with pytest.raises(ValueError, match="softmax: x of shape \\(1,\\) has no axis 1"):
        F.softmax(np.array(3.0), axis=1)


def test_an_axis_is_a_whole_number() -> None:
    with pytest.raises(ValueError, match=r"softmax: axis must be the whole number of an axis of x, not 0\.5"):
        F.softmax(np.ones(3), axis=0.5)


def test_attention_to_values_of_double_precision_has_their_gradient_in_it() -> None:
    rng = np.random.default_rng(4)
    query, key = (rng.standard_normal((3, 2)).astype(np.float32) for _ in range(2))
    value, g = Tensor(np.eye(3), requires_grad=True), rng.standard_normal((3, 3))
    weights = F.scaled_dot_product_attention(query, key, value)
    weights.backward(g)
    np.testing.assert_allclose(value.grad.data, weights.data.T @ g, rtol=1e-14)


def test_a_frequent_word_gets_its_share_of_the_gradient() -> None:
    weight = Tensor(np.zeros((3, 1)), requires_grad=True)
    y = F.embedding(np.array([0, 2, 2]), weight, scale_grad_by_freq=True)
    y.backward(np.array([[5.0], [2.0], [4.0]]))
    assert weight.grad.data.tolist() == [[5.0], [0.0], [3.0]]


def test_the_gradient_of_numbers_far_from_zero_counts_with_what_their_mean_is_off() -> None:
    x = (1e6 + np.random.default_rng(3).standard_normal((300, 2))).astype(np.float32)
    g = np.random.default_rng(5).standard_normal((300, 2)) + x - 1e6
    found = []
    for dtype in (np.float32, np.float64):
        t = Tensor(x, requires_grad=True, dtype=dtype)
        F.batch_norm(t, training=True).backward(g.astype(dtype))
        found.append(t.grad.data)
    np.testing.assert_allclose(found[0], found[1], atol=2e-5)


@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, F.huber_loss, F.binary_cross_entropy_with_logits])
def test_the_mean_of_no_losses_is_none_and_their_sum_is_0(loss: Any) -> None:
    nothing = np.zeros((0, 3))
    assert np.isnan(loss(nothing, nothing))
    assert loss(nothing, nothing, reduction="sum") == 0


@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, F.huber_loss, F.binary_cross_entropy_with_logits])
def test_half_precision_holds_the_mean_of_more_losses_than_it_can_count(loss: Any) -> None:
    n = 70_000
    x, t = np.full(n, 0.75, np.float16), np.full(n, 0.25, np.float16)
    few, many = Tensor(x[:7], requires_grad=True), Tensor(x, requires_grad=True)
    of_few, of_many = loss(few, t[:7]), loss(many, t)
    of_few.backward()
    of_many.backward()
    assert of_many.dtype == many.grad.dtype == np.float16
    np.testing.assert_allclose(of_many.data, of_few.data, rtol=2e-3)
    np.testing.assert_allclose(many.grad.data, float(few.grad.data[0]) * 7 / n, rtol=1e-2)


@pytest.mark.parametrize("options", [{"weight": np.array([2.0, 1.0, 3.0])}, {"ignore_index": 2}])
def test_half_precision_holds_the_mean_over_more_weights_than_it_can_count(options: dict[str, Any]) -> None:
    scores, target = np.tile(np.float16([0.5, -1.0, 2.0]), (90_000, 1)), np.tile([0, 1, 2], 30_000)
    found = []
    for dtype in (np.float16, np.float64):
        x = Tensor(scores, requires_grad=True, dtype=dtype)
        loss = F.cross_entropy(x, target, **options)
        loss.backward()
        assert loss.dtype == dtype
        found += [loss.data, x.grad.data]
    np.testing.assert_allclose(found[0], found[2], rtol=2e-3)
    np.testing.assert_allclose(found[1], found[3], atol=2e-7)


def test_half_precision_holds_squares_of_more_weight_than_it_can_count() -> None:
    x, weight = np.full(50_000, 0.5, np.float16), np.full(50_000, 2.0)
    assert F.mse_loss(x, np.zeros(50_000), weight=weight) == 0.25


def second_slopes(f: Any, at: list[float]) -> Any:
    x = Tensor(at, requires_grad=True)
    (slope,) = gradients([f(x)], [x], [np.ones(len(at))], create_graph=True)
    return gradients([slope], [x], [np.ones(len(at))])[0].tolist()


def test_on_both_its_corners_hubers_loss_is_a_parabola() -> None:
    x = [-2.5, -2.0, 0.0, 2.0, 2.5]
    loss = lambda x: F.huber_loss(x, np.zeros(5), "none", delta=2.0)  # noqa: E731
    assert second_slopes(loss, x) == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_the_corners_of_hardswish_belong_to_what_is_outside() -> None:
    assert second_slopes(F.hardswish, [-4.0, -3.0, 0.0, 3.0, 4.0]) == [0.0, 0.0, 1 / 3, 0.0, 0.0]


def test_hardswish_is_as_steep_at_infinity_as_anywhere_beyond_its_corners() -> None:
    x = Tensor([-np.inf, -5.0, 5.0, np.inf], requires_grad=True)
    with np.errstate(invalid="ignore"):  # 0 · −∞
        y = F.hardswish(x)
    y.backward(np.ones(4))
    assert x.grad.data.tolist() == [0.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize("squared", [False, True])
def test_both_forms_of_the_svm_loss_have_one_value(squared: bool) -> None:
    scores, target = np.random.default_rng(2).standard_normal((4, 3)), np.array([0, 2, 1, 1])
    for reduction in ("mean", "sum", "none"):
        again = _svm.primitive.again(Tensor(scores), target, 0.5, squared, reduction, 1)
        np.testing.assert_allclose(again.data, _svm(scores, target, 0.5, squared, reduction, 1), rtol=1e-14)


@pytest.mark.parametrize("stride", [1, 2])
def test_the_bias_of_a_transposed_convolution_is_added_to_its_channel(stride: int) -> None:
    rng = np.random.default_rng(6)
    x, weight, bias = rng.standard_normal((2, 2, 3, 4)), rng.standard_normal((2, 3, 2, 2)), np.array([1.0, 10.0, 100.0])
    with_bias, without = (F.conv_transpose2d(x, weight, b, stride=stride) for b in (bias, None))
    np.testing.assert_allclose(with_bias - without, np.zeros_like(without) + bias[:, None, None])


@pytest.mark.parametrize(("function", "options"), [(F.conv2d, {"padding": 1}), (F.conv_transpose2d, {})])
def test_an_image_without_height_becomes_the_bias(function: Any, options: dict[str, Any]) -> None:
    x, weight = Tensor(np.zeros((1, 2, 0, 4)), requires_grad=True), Tensor(np.ones((2, 2, 2, 2)), requires_grad=True)
    y = function(x, weight, np.array([1.0, 10.0]), **options)
    assert y.data.tolist() == [[[[1.0] * 5], [[10.0] * 5]]]
    y.sum().backward()
    assert x.grad.shape == x.shape
    assert not weight.grad.data.any()
