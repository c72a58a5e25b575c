"""Modules in other numbers and in another array module: the values change, the Parameters stay the same objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor
from tests.support.strict_array import StrictArray

X = np.ones((2, 4), dtype=np.float32)


class Strict:
    """An array module like CuPy, of arrays that do not mix with NumPy's."""

    @staticmethod
    def asarray(array: Any) -> StrictArray:
        return array if isinstance(array, StrictArray) else StrictArray(array)


def a_net() -> nn.Sequential:
    net = nn.Sequential(nn.Linear(4, 3, rng=0), nn.ReLU(), nn.Linear(3, 2, rng=1))
    net[1].register_buffer("mean", np.ones(3, np.float32))
    net[1].register_buffer("count", np.array(5))
    net[1].register_buffer("later", None)
    return net


def dtypes(net: nn.Module) -> set[Any]:
    return {p.dtype for p in net.parameters()}


@pytest.mark.parametrize(
    ("convert", "dtype"),
    [
        (lambda net: net.double(), np.float64),
        (lambda net: net.half(), np.float16),
        (lambda net: net.double().float(), np.float32),
        (lambda net: net.to(np.float64), np.float64),
        (lambda net: net.to("float16"), np.float16),
        (lambda net: net.to(np.dtype("f8")), np.float64),
        (lambda net: net.astype(float), np.float64),
    ],
)
def test_a_model_is_converted_in_place(convert: Callable[[nn.Module], nn.Module], dtype: Any) -> None:
    net = a_net()
    parameters, before = list(net.parameters()), net.state_dict()
    assert convert(net) is net
    assert all(a is b for a, b in zip(net.parameters(), parameters, strict=True))
    assert dtypes(net) == {np.dtype(dtype)}
    assert (net[1].mean.dtype, net[1].count.dtype, net[1].later) == (dtype, np.int64, None)
    for name, value in net.state_dict().items():
        np.testing.assert_allclose(value, before[name], rtol=1e-2)
    assert [p.name for p in parameters] == [name for name, _ in net.named_parameters()]
    y = net(X.astype(dtype))
    assert y.dtype == dtype
    y.sum().backward()
    assert {p.grad.dtype for p in parameters} == {np.dtype(dtype)}


def test_nothing_happens_to_what_has_the_dtype_already() -> None:
    net = a_net()
    arrays = [*(p.data for p in net.parameters()), *net.buffers()]
    y = net(X).sum()
    net.float()
    assert all(a is b for a, b in zip([*(p.data for p in net.parameters()), *net.buffers()], arrays, strict=True))
    y.backward()


def test_gradients_freezing_hooks_and_names_go_along() -> None:
    net = a_net()
    net(X).sum().backward()
    net[0].requires_grad_(False)
    before = net[2].weight.grad.data
    seen = []
    handle = net[2].weight.register_hook(lambda g: seen.append(g.dtype))
    net.double()
    assert net[2].weight.grad.dtype == np.float64
    np.testing.assert_array_equal(net[2].weight.grad.data, before)
    assert [p.requires_grad for p in net.parameters()] == [False, False, True, True]
    net(X.astype(float)).sum().backward()
    handle.remove()
    net(X.astype(float)).sum().backward()
    assert seen == [np.float64]
    assert net[2].weight.name == "2.weight"


def test_what_is_shared_is_converted_once() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = net[0].weight
    for layer in net:
        layer.register_buffer("mask", np.ones(2, np.float32))
    net[1].mask = net[0].mask
    net.double()
    assert net[1].weight is net[0].weight
    assert net[1].mask is net[0].mask


@pytest.mark.parametrize("rule", [optim.SGD, optim.Adam])
def test_an_optimiser_goes_on_with_the_converted_parameters(rule: Callable[..., Any]) -> None:
    net = a_net()
    optimiser = rule(net.parameters(), lr=0.1)
    for dtype in (np.float32, np.float64, np.float64, np.float32):
        net.to(dtype)
        before = net.state_dict()
        optimiser.zero_grad()
        net(X.astype(dtype)).sum().backward()
        optimiser.step()
        assert dtypes(net) == {np.dtype(dtype)}
        assert (net[2].bias.data != before["2.bias"]).all()


def test_a_graph_recorded_before_does_not_go_backward_through_the_old_values() -> None:
    net = a_net()
    y = net(Tensor(X, requires_grad=True)).sum()
    net.double()
    with pytest.raises(RuntimeError, match="was written"):
        y.backward()


def test_a_model_moves_to_another_array_module_and_back() -> None:
    net = a_net()
    before, parameters = net.state_dict(), list(net.parameters())
    net(X).sum().backward()
    assert net.to(Strict) is net
    assert {type(p.data) for p in net.parameters()} == {StrictArray}
    assert {type(p.grad.data) for p in net.parameters()} == {StrictArray}
    assert {type(b) for b in net.buffers()} == {StrictArray}
    sgd = optim.SGD(net.parameters(), lr=0.5)
    net.zero_grad()
    net(StrictArray(X)).sum().backward()
    sgd.step()
    net.to(Strict).to(np)
    assert {type(p.data) for p in net.parameters()} == {np.ndarray}
    assert all(a is b for a, b in zip(net.parameters(), parameters, strict=True))
    alone = a_net()
    alone.load_state_dict(before)
    alone(X).sum().backward()
    optim.SGD(alone.parameters(), lr=0.5).step()
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, alone.state_dict()[name])


def test_numbers_change_on_another_array_module_too() -> None:
    net = a_net().to(Strict).double()
    assert {type(p.data) for p in net.parameters()} == {StrictArray}
    assert dtypes(net) == {np.dtype(float)}


def test_a_buffer_that_became_a_tensor_or_a_number_is_understood() -> None:
    net = a_net()
    net[1].mean, net[1].count = Tensor(np.ones(3, np.float32)), 6
    net.double()
    assert net[1].mean.dtype == np.float64
    assert net[1].count == 6


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (np.int64, "converted to a dtype of floating point numbers, in which it can be trained, not to int64"),
        (complex, "floating point numbers, in which it can be trained, not to complex128"),
        ("cuda", r"converted to a dtype \(np.float64, 'float32'\) or an array module \(numpy, cupy\), not 'cuda'"),
        (None, r"or an array module \(numpy, cupy\), not None"),
    ],
)
def test_what_is_no_dtype_of_a_model_is_refused(target: Any, message: str) -> None:
    net = a_net()
    for convert in (net.to, net.astype):
        with pytest.raises(TypeError, match=message):
            convert(target)
    assert dtypes(net) == {np.dtype(np.float32)}


def test_a_move_that_fails_on_the_way_changes_nothing() -> None:
    class Small:
        left = 3

        def asarray(self, array: Any) -> StrictArray:
            self.left -= 1
            if not self.left:
                raise MemoryError("the device is full")
            return StrictArray(array)

    net = a_net()
    with pytest.raises(MemoryError):
        net.to(Small())
    assert {type(p.data) for p in net.parameters()} == {np.ndarray}
    net(X).sum().backward()
