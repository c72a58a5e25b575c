"""nn.Linear and nn.functional.linear."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.backward import gradients
from nn import functional as F

SHAPES = [(3,), (1, 3), (5, 3), (2, 4, 3), (2, 2, 2, 3), (0, 3)]


def operands(shape: tuple[int, ...]) -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(s) for s in (shape, (2, 3), (2,))]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_value_is_x_times_w_transposed_plus_b(shape: tuple[int, ...]) -> None:
    x, w, b = operands(shape)
    expected = np.einsum("...i,oi->...o", x, w)
    np.testing.assert_allclose(F.linear(x, w, b), expected + b, rtol=1e-14)
    np.testing.assert_allclose(F.linear(Tensor(x), Tensor(w, True)).data, expected, rtol=1e-14)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bias", [True, False])
def test_gradients_are_pytorchs(torch: Any, shape: tuple[int, ...], bias: bool) -> None:
    arrays = operands(shape)[: 3 if bias else 2]
    ours = [Tensor(a, True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    y, z = F.linear(*ours), torch.nn.functional.linear(*theirs)
    upstream = np.random.default_rng(1).standard_normal(y.shape)
    y.backward(upstream)
    z.backward(torch.tensor(upstream))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad.data, b.grad.numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("shape", SHAPES)
def test_second_gradients_are_pytorchs(torch: Any, shape: tuple[int, ...]) -> None:
    arrays = operands(shape)
    ours = [Tensor(a, True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    y, z = F.linear(*ours), torch.nn.functional.linear(*theirs)
    first = gradients([(y * y * y).sum()], ours, [None], create_graph=True)
    expected = torch.autograd.grad((z * z * z).sum(), theirs, create_graph=True)
    second = gradients([(first[0] * first[0]).sum() + (first[1] * first[1]).sum()], ours, [None])
    expected = torch.autograd.grad((expected[0] ** 2).sum() + (expected[1] ** 2).sum(), theirs)
    for a, b in zip(second, expected, strict=True):
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-10, atol=1e-12)


def test_only_what_is_asked_for_is_kept_for_the_backward_sweep() -> None:
    x, w, b = operands((5, 3))
    saved = F.linear(x, Tensor(w, True), Tensor(b, True)).node.saved
    assert [value is not None for value in saved].count(True) == 1  # x, for the gradient by w


def test_float32_in_float32_out_forward_and_backward() -> None:
    layer = nn.Linear(3, 2)
    x = Tensor(np.ones((4, 3), dtype=np.float32), True)
    y = layer(x)
    y.sum().backward()
    assert {t.dtype for t in (y, x.grad, layer.weight.grad, layer.bias.grad)} == {np.dtype("f4")}


def test_a_bias_of_higher_precision_is_not_rounded_down() -> None:
    x, w = np.ones((1, 1), dtype=np.float32), np.ones((1, 1), dtype=np.float32)
    assert F.linear(x, w, np.array([1e-9])).item() == 1 + 1e-9


def test_the_layer_starts_uniform_on_one_over_root_n() -> None:
    layer = nn.Linear(400, 300, rng=0)
    for parameter in (layer.weight, layer.bias):
        assert parameter.dtype == np.float32
        assert 0.97 / 20 < np.abs(parameter.data).max() <= 1 / 20
        np.testing.assert_allclose(parameter.data.std(), 1 / 20 / np.sqrt(3), rtol=0.1)
        np.testing.assert_allclose(parameter.data.mean(), 0, atol=5e-3)
    assert layer.weight.shape == (300, 400)
    assert layer.bias.shape == (300,)


def test_the_same_seed_gives_the_same_layer() -> None:
    autograd.seed(7)
    one = nn.Linear(3, 2)
    autograd.seed(7)
    other = nn.Linear(3, 2)
    np.testing.assert_array_equal(one.weight.data, other.weight.data)
    np.testing.assert_array_equal(one.bias.data, other.bias.data)
    np.testing.assert_array_equal(
        nn.Linear(3, 2, rng=1).weight.data, nn.Linear(3, 2, rng=np.random.default_rng(1)).weight.data
    )
    assert (nn.Linear(3, 2).weight.data != one.weight.data).any()


def test_dtype_and_bias_are_options() -> None:
    layer = nn.Linear(3, 2, bias=False, dtype=np.float64)
    assert layer.bias is None
    assert layer.weight.dtype == np.float64
    assert repr(layer) == "Linear(in_features=3, out_features=2, bias=False)"
    assert layer(np.ones(3)).shape == (2,)


def test_a_wrong_number_of_features_names_the_layer_and_both_shapes() -> None:
    net = nn.Sequential(nn.Sequential(nn.Linear(4, 3)), nn.Linear(5, 2))
    with pytest.raises(ValueError, match=r"weight '1\.weight' of shape \(2, 5\) takes x of shape \(…, 5\), .*\(7, 3\)"):
        net(np.ones((7, 4), dtype=np.float32))
    with pytest.raises(ValueError, match=r"weight '0\.0\.weight' .* x has shape \(\)"):
        net(1.0)


@pytest.mark.parametrize(
    ("x", "w", "b", "message"),
    [
        ((2,), (2,), None, r"the weight must have shape \(out_features, in_features\), not \(2,\)"),
        ((2,), (3, 2), (2,), r"the bias must have shape \(3,\), one number for each row of the weight, not \(2,\)"),
        ((2,), (3, 2), (1,), r"the bias must have shape \(3,\)"),
    ],
)
def test_wrong_weights_and_biases_are_refused(x: Any, w: Any, b: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        F.linear(np.ones(x), np.ones(w), None if b is None else np.ones(b))


@pytest.mark.parametrize("sizes", [(0, 2), (2, 0), (-1, 2)])
def test_a_layer_without_features_is_refused(sizes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"Linear: (in|out)_features must be a whole number from 1 on, not"):
        nn.Linear(*sizes)
