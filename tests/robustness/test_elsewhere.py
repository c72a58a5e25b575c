"""What looks at functions and graphs takes the arrays of another library too, or says that it does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from nn import functional as F
from tests.support.strict_array import Strict, StrictArray

X, V = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.0, -1.0])


def cubes(x: Any) -> Any:
    return x * x * x


def flat(result: Any) -> list[Any]:
    return [part for r in result for part in flat(r)] if isinstance(result, (tuple, list)) else [result]


@pytest.mark.parametrize("derive", [
    lambda module: autograd.grad(lambda x: cubes(x).sum())(module.asarray(X)),
    lambda module: autograd.value_and_grad(lambda x: cubes(x).sum())(module.asarray(X)),
    lambda module: autograd.vjp(cubes, module.asarray(X))[1](module.asarray(V)),
    lambda module: autograd.jvp(cubes, module.asarray(X), module.asarray(V)),
    lambda module: autograd.jacobian(cubes)(module.asarray(X)),
    lambda module: autograd.hessian(lambda x: cubes(x).sum())(module.asarray(X)),
    lambda module: autograd.hvp(lambda x: cubes(x).sum(), module.asarray(X), module.asarray(V)),
    lambda module: autograd.grad(autograd.grad(lambda x: cubes(x).sum() ** 1.0), 0)(module.asarray(X[0:1].sum())),
], ids=["grad", "value_and_grad", "vjp", "jvp", "jacobian", "hessian", "hvp", "grad of grad"])  # fmt: skip
def test_derivatives_of_functions_lie_where_the_operands_do(derive: Callable[[Any], Any]) -> None:
    for here, there in zip(flat(derive(np)), flat(derive(Strict)), strict=True):
        array = there.data if isinstance(there, Tensor) else there
        assert type(array) is StrictArray
        np.testing.assert_allclose(array.get(), here, rtol=1e-12)


def test_a_drawing_of_a_graph_says_the_same_of_its_numbers() -> None:
    pictures = []
    for module in (np, Strict):
        net = nn.Sequential(nn.Linear(3, 8, rng=0), nn.Tanh(), nn.Linear(8, 2, rng=1)).to(module)
        with autograd.trace():
            scores = net(module.asarray(np.ones((4, 3), np.float32)))
            loss = F.cross_entropy(scores, module.asarray(np.array([0, 1] * 2)))
            loss.backward(retain_graph=True)
        # What the nodes keep is told of NumPy's arrays alone.
        pictures.append(re.sub(r", keeps [^\n]*?(?=, line)", "", autograd.draw(loss).dot))
    assert pictures[0] == pictures[1]


def test_a_gradient_check_is_made_in_numpys_memory_and_says_so() -> None:
    text = "is checked in NumPy's memory, and {} is a StrictArray; give NumPy arrays (x.get()), and of a model its copy"
    with pytest.raises(TypeError, match=re.escape("gradcheck: cubes " + text.format("input 0"))):
        autograd.gradcheck(cubes, StrictArray(X))
    with pytest.raises(TypeError, match=re.escape(text.format("input 1"))):
        autograd.gradcheck(np.multiply, (X, Tensor(StrictArray(X), True)))
    net = nn.Linear(3, 2, rng=0).to(Strict)
    with pytest.raises(TypeError, match=re.escape("Linear " + text.format("weight"))):
        autograd.check_model(net, nn.MSELoss(), X, np.zeros(2))
    assert autograd.check_model(net.to(np), nn.MSELoss(), X, np.zeros(2))
