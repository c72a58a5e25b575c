"""relu, tanh, softmax, log_softmax, as functions and as layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor
from autograd.backward import gradients
from nn import functional as F

RNG = np.random.default_rng(3)
CASES: list[tuple[str, tuple[int, ...], dict[str, int]]] = [
    *(("relu", shape, {}) for shape in [(), (4,), (2, 3), (0,)]),
    *(("tanh", shape, {}) for shape in [(), (4,), (2, 3), (0,)]),
    *((name, (3, 4, 2), {"axis": axis}) for name in ("softmax", "log_softmax") for axis in (0, 1, 2, -1)),
    *((name, shape, {"axis": -1}) for name in ("softmax", "log_softmax") for shape in [(5,), (0, 3), (2, 1)]),
]


@pytest.mark.parametrize(("name", "shape", "options"), CASES)
def test_value_gradient_and_second_gradient_are_pytorchs(
    torch: Any, name: str, shape: tuple[int, ...], options: dict[str, int]
) -> None:
    array, upstream = RNG.standard_normal(shape), RNG.standard_normal(shape)
    x, y = Tensor(array, True), torch.tensor(array, requires_grad=True)
    weight, weight_there = Tensor(upstream, True), torch.tensor(upstream, requires_grad=True)
    ours = getattr(F, name)(x, **options)
    theirs = getattr(torch.nn.functional, name)(y, *options.values())
    np.testing.assert_allclose(ours.data, theirs.detach().numpy(), rtol=1e-13)

    (first,) = gradients([(ours * weight).sum()], [x], [None], create_graph=True)
    (expected,) = torch.autograd.grad((theirs * weight_there).sum(), [y], create_graph=True)
    np.testing.assert_allclose(first.data, expected.detach().numpy(), rtol=1e-12, atol=1e-15)

    second = gradients([(first * first).sum()], [x, weight], [None])
    expected = torch.autograd.grad((expected**2).sum(), [y, weight_there], allow_unused=True)
    for a, b in zip(second, expected, strict=True):
        np.testing.assert_allclose(np.zeros(shape) if a is None else a, np.zeros(shape) if b is None else b, atol=1e-13)


@pytest.mark.parametrize("name", ["relu", "tanh", "softmax", "log_softmax"])
def test_the_rule_gives_the_same_recorded_or_not(name: str) -> None:
    array, upstream = RNG.standard_normal((3, 4)), RNG.standard_normal((3, 4))
    x = Tensor(array, True)
    (recorded,) = gradients([getattr(F, name)(x)], [x], [upstream], create_graph=True)
    (bare,) = gradients([getattr(F, name)(x)], [x], [upstream])
    np.testing.assert_array_equal(recorded.data, bare)


@pytest.mark.parametrize("name", ["relu", "tanh", "softmax", "log_softmax"])
def test_float32_stays_float32_and_arrays_give_arrays(name: str) -> None:
    x = Tensor(np.array([[-1.0, 2.0]], dtype=np.float32), True)
    y = getattr(F, name)(x)
    y.backward(np.array([[1.0, 2.0]]))
    assert (y.dtype, x.grad.dtype) == (np.float32, np.float32)
    assert type(getattr(F, name)(x.data)) is np.ndarray


def test_softmax_is_along_the_last_axis_unless_told_otherwise() -> None:
    x = RNG.standard_normal((2, 3, 4))
    np.testing.assert_allclose(F.softmax(x).sum(axis=2), 1)
    np.testing.assert_allclose(np.exp(F.log_softmax(x)).sum(axis=2), 1)


def test_the_derivative_of_relu_at_zero_is_zero() -> None:
    x = Tensor([-0.0, 0.0, 1e-300, -1e-300], True)
    F.relu(x).sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_and_its_logarithm_stand_large_scores(dtype: Any) -> None:
    x = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]], dtype=dtype)
    np.testing.assert_allclose(F.softmax(x), [[1, 0, 0], [1 / 3] * 3], rtol=1e-6)
    np.testing.assert_allclose(F.log_softmax(x), [[0, -2e4, -1e4], [-np.log(3)] * 3], rtol=1e-6)


def test_a_class_ruled_out_by_minus_infinity_has_probability_and_gradient_zero() -> None:
    x = Tensor([0.0, -np.inf, 0.0], True)
    F.softmax(x).backward(np.array([1.0, 5.0, 0.0]))
    assert x.grad.tolist() == [0.25, 0.0, -0.25]


@pytest.mark.parametrize("function", [F.softmax, F.log_softmax])
def test_the_input_is_never_written_to(function: Callable[..., Any]) -> None:
    x = RNG.standard_normal((2, 3))
    before = x.copy()
    function(x)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("function", [F.softmax, F.log_softmax])
def test_an_axis_that_is_not_there_is_named(function: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="axis 2 is out of bounds for array of dimension 2"):
        function(Tensor(np.ones((2, 3))), axis=2)


def test_the_layers_are_the_functions() -> None:
    x = RNG.standard_normal((2, 3))
    np.testing.assert_array_equal(nn.ReLU()(x), np.maximum(x, 0))
    np.testing.assert_array_equal(nn.Tanh()(x), np.tanh(x))
    assert repr(nn.Sequential(nn.ReLU(), nn.Tanh())) == "Sequential(\n  (0): ReLU()\n  (1): Tanh()\n)"
