"""What every function of nn.functional promises: numbers confirm its derivatives, and any array library will do."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor, check_model, gradcheck
from autograd.check.record import below
from nn import functional as F
from tests.support.checking import Case, check_second_gradient
from tests.support.mutants import CHANGES, changed, mutated
from tests.support.nn_cases import all_calls, all_primitives
from tests.support.strict_array import StrictArray

RNG = np.random.default_rng(8)
TARGET = np.array([2, 0, 3])
CASES = all_calls()


def test_no_function_is_left_out() -> None:
    assert {name.partition(",")[0] for name in CASES} == set(F.__all__)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.no_cover
def test_the_gradient_is_the_slope(name: str) -> None:
    function, operands = CASES[name]
    assert gradcheck(function, operands)


@pytest.mark.parametrize("name", CASES)
def test_the_second_gradient_is_the_slope_of_the_first(name: str) -> None:
    function, operands = CASES[name]
    arrays = tuple(np.asarray(a) for a in operands)
    check_second_gradient(Case(name, function, lambda *xs: function(*map(Tensor, xs)).data, arrays))


@pytest.mark.parametrize("name", CASES)
def test_any_array_library_will_do(name: str) -> None:
    function, operands = CASES[name]
    here, there = (tuple(Tensor(make(a), True) for a in operands) for make in (np.asarray, StrictArray))
    for tensors in (here, there):
        (function(*tensors) ** 2).sum().backward()
    for a, b in zip(here, there, strict=True):
        assert type(b.grad.data) is StrictArray
        np.testing.assert_array_equal(a.grad.data, b.grad.data.get())


OPERANDS = [(name, k) for name, entry in all_primitives().items() for k in range(len(entry.operands))]
MUTANTS = [(*operand, list(CHANGES)[i % len(CHANGES)]) for i, operand in enumerate(OPERANDS)]  # make mutants: all


@pytest.mark.no_cover
@pytest.mark.parametrize(("name", "operand", "change"), MUTANTS, ids=lambda v: str(v))
def test_a_wrong_rule_is_noticed(name: str, operand: int, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The search for the culprit, who is known here, would take half of the time.
    monkeypatch.setattr("autograd.check.compare.blame", lambda record, rng: ("the mutant",))
    entry = all_primitives()[name]
    with mutated(entry, changed(entry, operand, CHANGES[change])):
        assert is_noticed(name), f"nothing noticed that the gradient of {name} is {change}"


def is_noticed(name: str) -> bool:
    """Say whether the check fails for one of the calls in which the primitive runs; the smallest are tried first."""
    calls = [call for call in CASES if name in primitives_in(call)]
    for call in sorted(calls, key=lambda call: sum(np.size(operand) for operand in CASES[call][1])):
        try:
            if not gradcheck(*CASES[call]):
                return True
        except (ValueError, TypeError, AttributeError):
            return True
    return False


@functools.cache
def primitives_in(call: str) -> set[str]:
    """Return the names of the primitives that a call runs."""
    function, operands = CASES[call]
    return {node.primitive.name for node in below([function(*(Tensor(x, True) for x in operands))]) if node.primitive}


@pytest.mark.parametrize("rule", [optim.SGD, optim.Adam])
def test_a_model_of_any_array_library_can_be_trained_saved_and_loaded(rule: type[optim.Optimizer]) -> None:
    def trained(make: Callable[[Any], Any]) -> nn.Sequential:
        net = nn.Sequential(nn.Linear(4, 3, rng=1), nn.Tanh(), nn.Linear(3, 2, rng=2))
        for layer in (net[0], net[2]):
            layer.weight, layer.bias = nn.Parameter(make(layer.weight.data)), nn.Parameter(make(layer.bias.data))
        optimizer = rule(net.parameters(), **{"lr": 0.1, "weight_decay": 0.1})
        for _ in range(3):
            optimizer.zero_grad()
            loss = nn.CrossEntropyLoss()(net(make(np.ones((2, 4), dtype=np.float32))), make(np.array([0, 1])))
            loss.backward()
            optimizer.step()
        net.load_state_dict(net.state_dict())
        return net

    there = trained(StrictArray).state_dict()
    for name, value in trained(np.asarray).state_dict().items():
        np.testing.assert_array_equal(value, there[name].get())


def test_a_whole_model_with_its_loss_is_confirmed() -> None:
    net = nn.Sequential(nn.Linear(4, 3, rng=1), nn.Tanh(), nn.Linear(3, 4, rng=2))
    assert check_model(net, nn.CrossEntropyLoss(), RNG.standard_normal((3, 4)), TARGET)
