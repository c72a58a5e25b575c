"""Facts that a user meets around the steps: micro-batches, two optimisers, layers that come or thaw later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
import optim
from nn import functional as F

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((24, 4)), RNG.integers(3, size=24)


def a_net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 5, dtype=float, rng=0), nn.Tanh(), nn.Linear(5, 3, dtype=float, rng=1))


def weights(net: nn.Module) -> np.ndarray:
    return np.concatenate([p.data.reshape(-1) for p in net.parameters()])


@pytest.mark.parametrize(
    "rule", [lambda p: optim.SGD(p, lr=0.3, momentum=0.9), lambda p: optim.Adam(p, lr=0.1)], ids=["SGD", "Adam"]
)
@pytest.mark.parametrize("parts", [2, 3, 24])
def test_gradients_added_up_over_micro_batches_are_those_of_one_large_batch(
    rule: Callable[[Any], optim.Optimizer], parts: int
) -> None:
    whole, piecewise = a_net(), a_net()
    one, other = rule(whole.parameters()), rule(piecewise.parameters())
    start = weights(whole)
    for _ in range(5):
        one.zero_grad()
        F.cross_entropy(whole(X), Y).backward()
        one.step()
        other.zero_grad()
        for x, y in zip(np.split(X, parts), np.split(Y, parts), strict=True):
            (F.cross_entropy(piecewise(x), y) / parts).backward()
        other.step()
        np.testing.assert_allclose(weights(piecewise), weights(whole), rtol=1e-10, atol=1e-12)
    assert np.abs(weights(whole) - start).max() > 0.1


def test_two_optimisers_share_a_model_as_two_groups_share_an_optimiser() -> None:
    together, apart = a_net(), a_net()
    groups = [{"params": together[0].parameters(), "lr": 0.1}, {"params": together[2].parameters(), "lr": 0.5}]
    one = optim.Adam(groups, lr=9.0)
    two = [optim.Adam(apart[0].parameters(), lr=0.1), optim.Adam(apart[2].parameters(), lr=0.5)]
    for _ in range(4):
        for net, optimizers in ((together, [one]), (apart, two)):
            for optimizer in optimizers:
                optimizer.zero_grad()
            F.cross_entropy(net(X), Y).backward()
            for optimizer in optimizers:
                optimizer.step()
        np.testing.assert_array_equal(weights(together), weights(apart))


def test_an_optimiser_touches_no_gradient_but_its_own() -> None:
    net = a_net()
    body, head = optim.SGD(net[0].parameters(), lr=0.1), optim.SGD(net[2].parameters(), lr=0.1)
    F.cross_entropy(net(X), Y).backward()
    before = net[2].weight.data.copy()
    body.step()
    body.zero_grad()
    assert net[0].weight.grad is None
    assert net[2].weight.grad is not None
    np.testing.assert_array_equal(net[2].weight.data, before)
    head.step()
    assert (net[2].weight.data != before).any()


@pytest.mark.parametrize("flat", [None, False])
def test_a_layer_that_thaws_later_begins_with_its_own_first_step(flat: bool | None) -> None:
    net = a_net()
    net[0].requires_grad_(False)
    adam = optim.Adam(net.parameters(), lr=0.1, flat=flat)
    frozen = net[0].weight.data.copy()
    for step in range(4):
        if step == 2:
            np.testing.assert_array_equal(net[0].weight.data, frozen)
            net[0].requires_grad_(True)
        adam.zero_grad()
        F.cross_entropy(net(X), Y).backward()
        adam.step()
    assert (net[0].weight.data != frozen).all()
    assert [adam.state[p]["step"] for p in net.parameters()] == [2, 2, 4, 4]


def test_a_layer_that_is_added_later_is_trained_from_then_on() -> None:
    net = a_net()
    sgd = optim.SGD(net[2].parameters(), lr=0.1, momentum=0.9)
    scheduler = optim.Scheduler(sgd, lr=optim.schedules.step(1, 0.5))
    start = net[0].weight.data.copy()
    for step in range(3):
        if step == 1:
            np.testing.assert_array_equal(net[0].weight.data, start)
            sgd.add_param_group({"params": net[0].parameters(), "lr": 0.3})
        sgd.zero_grad()
        F.cross_entropy(net(X), Y).backward()
        sgd.step()
        scheduler.step()
    assert (net[0].weight.data != start).all()
    assert [group["lr"] for group in sgd.param_groups] == [0.0125, 0.3]  # a schedule drives the groups of its beginning


@pytest.mark.parametrize("flat", [None, False])
def test_a_model_that_is_converted_or_loaded_on_the_way_is_trained_on(flat: bool | None) -> None:
    net, other = a_net(), nn.Sequential(nn.Linear(4, 5, rng=5), nn.Tanh(), nn.Linear(5, 3, rng=6))
    adam = optim.Adam(net.parameters(), lr=0.1, flat=flat)

    def step() -> None:
        adam.zero_grad()
        F.cross_entropy(net(X.astype(net[0].weight.dtype)), Y).backward()
        adam.step()

    step()
    net.to(np.float32)
    step()
    net.load_state_dict(other.state_dict())
    before = weights(net)
    step()
    assert {p.dtype for p in net.parameters()} == {np.dtype("f4")}
    assert {v.dtype for of in adam.state.values() for v in of.values() if hasattr(v, "dtype")} == {np.dtype("f4")}
    moved = np.abs(weights(net) - before)
    assert 0.01 < moved.max() < 0.2  # from the loaded values: a step of Adam is about lr long
