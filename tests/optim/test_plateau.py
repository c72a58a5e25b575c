"""OnPlateau: an option gets smaller when a measure has stopped to get better."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor


def sgd() -> optim.SGD:
    return optim.SGD([nn.Parameter([1.0])], lr=0.4)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"patience": 2, "factor": 0.5},
        {"patience": 2, "cooldown": 3, "threshold": 0.05},
        {"patience": 1, "mode": "max", "threshold_mode": "abs", "threshold": 0.3},
        {"patience": 0, "factor": 0.5, "least": 0.05},
        {"patience": 0, "factor": 0.5, "eps": 0.06},
    ],
)
def test_on_a_plateau_the_learning_rate_falls_as_pytorchs_does(torch: Any, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    losses = 2 + np.exp(-np.arange(80) / 10) + 0.1 * rng.standard_normal(80)
    ours, theirs = sgd(), torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.4)
    plateau = optim.OnPlateau(ours, **options)
    peer = {("min_lr" if name == "least" else name): value for name, value in options.items()}
    reference = torch.optim.lr_scheduler.ReduceLROnPlateau(theirs, **peer)
    for i, loss in enumerate(losses):
        if i == 40:  # on from a saved state
            state = plateau.state_dict()
            plateau = optim.OnPlateau(ours, **options)
            plateau.load_state_dict(state)
        plateau.step(loss)
        reference.step(loss)
        assert ours.param_groups[0]["lr"] == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-12)
    assert ours.param_groups[0]["lr"] < 0.4


@pytest.mark.parametrize(
    ("options", "measures", "rates"),
    [
        ({}, [1.0] * 12, [0.4] * 11 + [0.04]),
        ({"patience": 1, "factor": 0.5}, [1.0, 0.9, 0.9, 0.9, 0.9, 0.9], [0.4, 0.4, 0.4, 0.2, 0.2, 0.1]),
        ({"patience": 1, "factor": 0.5}, [1.0, 1.0, 0.9, 0.9, 0.9], [0.4, 0.4, 0.4, 0.4, 0.2]),  # in a row
        ({"patience": 0, "cooldown": 2}, [1.0] * 6, [0.4, 0.04, 0.04, 0.04, 0.004, 0.004]),
        ({"patience": 0}, [1.0, 0.99991, 0.9998], [0.4, 0.04, 0.04]),
        ({"patience": 0, "threshold": 0.1}, [2.0, 1.81, 1.79], [0.4, 0.04, 0.04]),
        ({"patience": 0, "threshold": 0.1, "mode": "max"}, [2.0, 2.19, 2.21], [0.4, 0.04, 0.04]),
        ({"patience": 0, "threshold": 0.1, "threshold_mode": "abs"}, [2.0, 1.91, 1.89], [0.4, 0.04, 0.04]),
        ({"patience": 0, "threshold": 0.1, "threshold_mode": "abs", "mode": "max"}, [2, 2.09, 2.11], [0.4, 0.04, 0.04]),
        ({"patience": 0, "threshold": 0.0}, [2.0, 2.0, 1.999], [0.4, 0.04, 0.04]),
        ({"patience": 0, "threshold": 0.0, "mode": "max"}, [2.0, 2.0, 2.001], [0.4, 0.04, 0.04]),
        ({"patience": 0}, [math.inf, 1.0, 0.5], [0.04, 0.04, 0.04]),
        ({"patience": 0, "mode": "max"}, [-math.inf, 1.0, 2.0], [0.04, 0.04, 0.04]),
        ({"patience": 0, "least": 0.03}, [1.0] * 4, [0.4, 0.04, 0.03, 0.03]),
        ({"patience": 0, "eps": 0.36}, [1.0] * 2, [0.4, 0.4]),
        ({"patience": 0, "eps": 0.35}, [1.0] * 2, [0.4, 0.04]),
    ],
)  # fmt: skip
def test_on_a_plateau_the_learning_rate_falls_after_patience_and_rests_after_that(
    options: dict[str, Any], measures: list[float], rates: list[float]
) -> None:
    optimizer, found = sgd(), []
    plateau = optim.OnPlateau(optimizer, **options)
    for measure in measures:
        plateau.step(measure)
        found.append(optimizer.param_groups[0]["lr"])
    assert found == pytest.approx(rates)


def test_what_is_measured_may_be_a_number_of_any_kind_and_is_kept_as_a_plain_one() -> None:
    plateau = optim.OnPlateau(sgd())
    for measure in (np.float32(0.5), Tensor(0.25), 0.125):
        plateau.step(measure)
        assert type(plateau.best) is float
    assert plateau.best == 0.125


def test_the_options_of_a_plateau_are_pytorchs_if_nobody_gives_them() -> None:
    given = {name: p.default for name, p in inspect.signature(optim.OnPlateau).parameters.items()}
    assert {name: value for name, value in given.items() if isinstance(value, (int, float))} == {
        **{"factor": 0.1, "patience": 10, "threshold": 1e-4, "cooldown": 0, "least": 0.0, "eps": 1e-8},
    }
    assert (given["mode"], given["threshold_mode"], given["option"], given["groups"]) == ("min", "rel", "lr", None)


def test_only_the_groups_and_the_option_named_are_driven_on_a_plateau() -> None:
    groups = [{"params": [nn.Parameter([1.0])], "lr": 0.4, "momentum": 0.8} for _ in range(2)]
    optimizer = optim.SGD(groups)
    plateau = optim.OnPlateau(optimizer, patience=0, factor=0.5, option="momentum", groups=[1])
    for _ in range(2):
        plateau.step(1.0)
    assert [(group["lr"], group["momentum"]) for group in optimizer.param_groups] == [(0.4, 0.8), (0.4, 0.4)]


def test_a_loss_below_zero_must_fall_to_be_new() -> None:
    optimizer = sgd()
    plateau = optim.OnPlateau(optimizer, patience=0, threshold=0.1)
    for loss in (-1.0, -0.95):
        plateau.step(loss)
    assert plateau.best == -1.0
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.04)
