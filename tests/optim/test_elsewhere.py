"""All of optim on another array module: the same steps as here, and no array that NumPy holds in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor
from nn import functional as F
from tests.support.strict_array import Strict, StrictArray

X = np.random.default_rng(0).standard_normal((6, 4))
LABELS = np.array([0, 2, 1, 1, 0, 2])
ALL = {"weight_decay": 0.3, "maximize": True}

Rule = Callable[[Any], optim.Optimizer]
RULES: dict[str, Rule] = {
    "SGD": lambda params: optim.SGD(params, lr=0.1),
    "SGD, momentum": lambda params: optim.SGD(params, lr=0.1, momentum=0.9, dampening=0.4, **ALL),
    "SGD, Nesterov": lambda params: optim.SGD(params, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.3),
    "Adam": optim.Adam,
    "Adam, AMSGrad": lambda params: optim.Adam(params, amsgrad=True, **ALL),
    "Adam, decoupled": lambda params: optim.Adam(params, weight_decay=0.3, decoupled_weight_decay=True),
    "AdamW": optim.AdamW,
    "Adagrad": lambda params: optim.Adagrad(params, lr=0.1, lr_decay=0.2, initial_accumulator_value=0.5, **ALL),
    "RMSprop": optim.RMSprop,
    "RMSprop, all": lambda params: optim.RMSprop(params, momentum=0.9, centered=True, **ALL),
    "Adadelta": lambda params: optim.Adadelta(params, **ALL),
    "Adamax": lambda params: optim.Adamax(params, **ALL),
    "NAdam": lambda params: optim.NAdam(params, decoupled_weight_decay=True, **ALL),
    "RAdam": lambda params: optim.RAdam(params, betas=(0.5, 0.9), **ALL),
    "LBFGS": lambda params: optim.LBFGS(params, lr=0.5, max_iter=4, history_size=2),
    "LBFGS, line search": lambda params: optim.LBFGS(params, max_iter=6, line_search_fn="strong_wolfe"),
}
HERE = {
    **dict.fromkeys(("Averaged", "OnPlateau", "Scheduler", "average_checkpoints", "refresh_batch_norm"), "below"),
    **dict.fromkeys(("clip_grad_adaptive_", "clip_grad_norm_", "clip_grad_value_", "scale_by_fan_in"), "below"),
    "Optimizer": "the base of all these",
    "minimize": "SciPy's methods, which know no other arrays than NumPy's",
    "schedules": "functions of numbers, with Scheduler below",
    "table": "a text",
}


def test_nothing_of_optim_is_left_out() -> None:
    tried = {name.partition(",")[0] for name in RULES}
    assert tried | set(HERE) == set(optim.__all__)
    assert not tried & set(HERE)


def a_net(module: Any) -> nn.Sequential:
    layers = (nn.Linear(4, 5, dtype=float, rng=0), nn.BatchNorm1d(5, dtype=float), nn.Linear(5, 3, dtype=float, rng=1))
    return nn.Sequential(*layers).to(module)


def loss_of(net: nn.Module, module: Any) -> Tensor:
    return F.cross_entropy(net(module.asarray(X)), module.asarray(LABELS))


def train(optimizer: optim.Optimizer, net: nn.Module, module: Any, steps: int = 3) -> None:
    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = loss_of(net, module)
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)


def assert_equal_parameters(here: Any, there: Any) -> None:
    for ours, theirs in zip(here, there, strict=True):
        array = theirs.data if isinstance(theirs, Tensor) else theirs
        assert type(array) is StrictArray
        np.testing.assert_allclose(array.get(), ours.data if isinstance(ours, Tensor) else ours, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_takes_elsewhere_the_steps_that_it_takes_here(name: str) -> None:
    nets = []
    for module in (np, Strict):
        net = a_net(module)
        train(RULES[name](net.parameters()), net, module)
        nets.append(net)
    assert_equal_parameters(*(net.parameters() for net in nets))


@pytest.mark.parametrize("name", RULES)
def test_a_training_goes_on_elsewhere_from_what_was_remembered_there_here_and_in_a_file(
    name: str, tmp_path: Path
) -> None:
    def half_way(module: Any) -> tuple[nn.Module, optim.Optimizer]:
        net = a_net(module)
        optimizer = RULES[name](net.parameters())
        train(optimizer, net, module)
        return net, optimizer

    expected, whole = half_way(np)
    train(whole, expected, np)
    for start in (np, Strict):  # where the first half is trained; the second is elsewhere
        net, optimizer = half_way(start)
        nn.save({"optimizer": optimizer.state_dict()}, tmp_path / "state.npz")
        for state in (optimizer.state_dict(), nn.load(tmp_path / "state.npz")["optimizer"]):
            there = a_net(Strict)
            there.load_state_dict(net.state_dict())
            again = RULES[name](there.parameters())
            again.load_state_dict(state)
            train(again, there, Strict)
            assert_equal_parameters(expected.parameters(), there.parameters())


@pytest.mark.parametrize("name", [name for name in RULES if not name.startswith("LBFGS")])
def test_groups_parameters_without_a_gradient_and_frozen_ones_are_treated_alike(name: str) -> None:
    nets = []
    for module in (np, Strict):
        net = a_net(module)
        unused, frozen = (nn.Parameter(module.asarray(np.ones(2)), requires_grad=flag) for flag in (True, False))
        groups = [{"params": [*net[0].parameters(), unused]}, {"params": [*net[2].parameters(), frozen], "lr": 0.5}]
        train(RULES[name](groups), net, module)
        nets.append([*net.parameters(), unused, frozen])
    assert_equal_parameters(*nets)


def test_one_by_one_is_how_they_are_trained_and_packing_is_refused() -> None:
    net = a_net(Strict)
    train(optim.Adam(net.parameters(), flat=False), net, Strict)
    with pytest.raises(
        ValueError, match=r"flat=True\) cannot pack its parameters: .* a StrictArray, not a NumPy array"
    ):
        train(optim.Adam(net.parameters(), flat=True), net, Strict)


@pytest.mark.parametrize("name", RULES)
def test_a_training_that_moves_to_another_module_and_back_goes_on(name: str) -> None:
    here, there = a_net(np), a_net(np)
    for net in (here, there):
        optimizer = RULES[name](net.parameters())
        for module in (np, np if net is here else Strict, np):
            train(optimizer, net.to(module), module)
    there.to(Strict)
    assert_equal_parameters(here.parameters(), there.parameters())


@pytest.mark.parametrize("clip", [
    lambda params: optim.clip_grad_norm_(params, 0.1),
    lambda params: optim.clip_grad_norm_(params, 0.1, norm_type=1.0),
    lambda params: optim.clip_grad_norm_(params, 0.1, norm_type=np.inf, error_if_nonfinite=True),
    lambda params: optim.clip_grad_value_(params, 0.05),
    lambda params: optim.clip_grad_adaptive_(params, 0.01),
])  # fmt: skip
def test_gradients_are_clipped_to_the_same_numbers(clip: Callable[[Any], float | None]) -> None:
    results = []
    for module in (np, Strict):
        net = a_net(module)
        loss_of(net, module).backward()
        total = clip(net.parameters())
        results.append((total, [p.grad for p in net.parameters()]))
    (here, gradients), (there, others) = results
    assert there == (None if here is None else pytest.approx(here, rel=1e-12))
    assert_equal_parameters(gradients, others)


@pytest.mark.parametrize("decay", [None, 0.9])
def test_averages_are_taken_applied_and_remembered(decay: float | None) -> None:
    results = []
    for module in (np, Strict):
        net = a_net(module)
        average, sgd = optim.Averaged(net, decay), optim.SGD(net.parameters(), lr=0.5)
        for _ in range(3):
            train(sgd, net, module, 1)
            average.update()
        again = optim.Averaged(net, decay)
        again.load_state_dict(average.state_dict())
        with again.applied([module.asarray(X)]):
            inside = [*(p.data.copy() for p in net.parameters()), *(b.copy() for b in net[1].buffers())]
        again.copy_to_parameters()
        results.append([*inside, *net.parameters(), *again.state_dict()["means"]])
    for here, there in zip(*results, strict=True):
        assert_equal_parameters([here], [there])


def test_an_average_that_was_saved_is_gone_on_with(tmp_path: Path) -> None:
    net = a_net(Strict)
    average = optim.Averaged(net)
    average.update()
    nn.save(average.state_dict(), tmp_path / "average.npz")
    again = optim.Averaged(a_net(Strict))
    again.load_state_dict(nn.load(tmp_path / "average.npz"))
    assert_equal_parameters([p.data.get() for p in net.parameters()], again.state_dict()["means"])


def test_checkpoints_are_averaged_where_they_are() -> None:
    here = optim.average_checkpoints(a_net(np).state_dict() for _ in range(2))
    there = optim.average_checkpoints(a_net(Strict).state_dict() for _ in range(2))
    assert here.keys() == there.keys()
    assert_equal_parameters(here.values(), there.values())


def test_statistics_are_computed_anew() -> None:
    buffers = []
    for module in (np, Strict):
        net = a_net(module)
        optim.refresh_batch_norm(net, [module.asarray(X), (module.asarray(2 * X), None)])
        buffers.append(list(net.buffers()))
    assert_equal_parameters(*buffers)


def test_schedules_and_learning_rates_after_the_fan_in_drive_any_parameters() -> None:
    nets = []
    for module in (np, Strict):
        net = a_net(module)
        sgd = optim.SGD(optim.scale_by_fan_in(net, 0.5), lr=0.5)
        schedule = optim.Scheduler(sgd, lr=optim.schedules.cosine(10))
        plateau = optim.OnPlateau(sgd, patience=0, factor=0.5)
        for _ in range(3):
            train(sgd, net, module, 1)
            schedule.step()
            plateau.step(loss_of(net, module).item())
        nets.append(net)
    assert_equal_parameters(*(net.parameters() for net in nets))


def test_an_average_follows_a_model_that_moves() -> None:
    net = a_net(np)
    average = optim.Averaged(net)
    average.update()
    expected = [p.data.copy() for p in net.parameters()]
    net.to(Strict)
    with average.applied():
        assert_equal_parameters(expected, net.parameters())
    average.update()
    assert_equal_parameters(expected, average.state_dict()["means"])


def test_checkpoints_in_different_places_are_averaged_where_the_first_lies() -> None:
    states = [a_net(Strict).state_dict(), a_net(np).state_dict()]
    assert_equal_parameters(states[1].values(), optim.average_checkpoints(states).values())


def test_what_lbfgs_has_learned_follows_a_model_that_is_converted_and_is_forgotten_when_others_are_trained() -> None:
    net = a_net(np)
    lbfgs = optim.LBFGS(net.parameters(), max_iter=3)
    train(lbfgs, net, np)
    net.float()
    train(lbfgs, net, np)
    assert {array.dtype for array in lbfgs.state_dict()["memory"]["moves"]} == {np.dtype(np.float32)}
    net[0].weight.requires_grad = False
    before = net[0].weight.data.copy()
    train(lbfgs, net, np)
    np.testing.assert_array_equal(net[0].weight.data, before)
    assert lbfgs.state_dict()["memory"]["count"] <= 9
