"""Arrays that are more than their numbers: masked ones, and those that may not be written."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
import training
from autograd import Tensor
from nn import functional as F

MASKED = np.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False])

TAKING: dict[str, Callable[[Tensor], Any]] = {
    "a Tensor of it": lambda t: Tensor(MASKED),
    "a factor": lambda t: t * MASKED,
    "a ufunc": lambda t: np.add(MASKED, t),
    "a target": lambda t: F.mse_loss(t, MASKED),
    "an assignment": lambda t: setattr(t, "data", MASKED),
    "examples": lambda t: list(training.Batches(MASKED, np.zeros(3), 3)),
}


@pytest.mark.parametrize("how", TAKING)
def test_an_array_that_hides_numbers_is_refused_since_they_would_count(how: str) -> None:
    message = (
        r"^a Tensor has no mask, and this array hides 1 of its 3 numbers, which would count; write m\.filled\(number\) "
        r"for what stands in their place, or m\.compressed\(\) for the others$"
    )
    with pytest.raises(TypeError, match=message):
        TAKING[how](Tensor([1.0, 1.0, 1.0], requires_grad=True))


def test_a_masked_array_that_hides_nothing_is_an_array() -> None:
    assert Tensor(np.ma.masked_array([1.0, 2.0])).tolist() == [1.0, 2.0]
    assert Tensor(np.ma.masked_array([1.0, 2.0], mask=[False, False])).tolist() == [1.0, 2.0]


LOSING: dict[str, Callable[[Tensor], Any]] = {
    "times": lambda t: MASKED * t,
    "minus": lambda t: MASKED - t,
    "np.ma's function": lambda t: np.ma.multiply(t, MASKED),
}


@pytest.mark.parametrize("how", LOSING)
def test_a_masked_array_on_the_left_would_lose_the_gradient_and_is_refused(how: str) -> None:
    t = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    message = (
        r"^np\.ma does not record, so that the gradient of the Tensor would be lost; write t \* m\.filled\(number\), "
        r"or t\.detach\(\) if no gradient is meant$"
    )
    with pytest.raises(TypeError, match=message):
        LOSING[how](t)
    answer = LOSING[how](t.detach())
    assert type(answer) is np.ma.MaskedArray
    assert answer.mask.tolist() == [False, True, False]


@pytest.mark.parametrize("flat", [True, False])
def test_a_model_that_comes_from_read_only_memory_is_trained(flat: bool) -> None:
    model = nn.Linear(2, 1, rng=0)
    sgd = optim.SGD(model.parameters(), lr=0.1, flat=flat)
    buffers: list[Any] = []
    content = pickle.dumps((model, sgd), protocol=5, buffer_callback=buffers.append)
    shared = [bytes(buffer.raw()) for buffer in buffers]
    buffers.clear()  # they hold the arrays of the model
    assert shared
    theirs, step = pickle.loads(content, buffers=shared)
    for one, optimiser in ((model, sgd), (theirs, step)):
        one(np.ones((1, 2), np.float32)).sum().backward()
        optimiser.step()
    np.testing.assert_array_equal(theirs.weight.data, model.weight.data)
    assert pickle.loads(content, buffers=shared)[0].weight.data.tolist() != model.weight.data.tolist()
