"""Schedules: their numbers are PyTorch's and the papers', and the optimiser's options follow them."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import matplotlib
import numpy as np
import pytest

import nn
import optim
from optim import schedules as S

matplotlib.use("agg")
STEPS = 60


def sgd(**options: Any) -> optim.SGD:
    return optim.SGD([nn.Parameter([1.0])], **{"lr": 0.4, "momentum": 0.5, **options})


def driven(schedule: Any, option: str = "lr", steps: int = STEPS, **options: Any) -> list[float]:
    """Return the values of the option that a run sees."""
    optimizer = sgd(**options)
    scheduler, seen = optim.Scheduler(optimizer, **{option: schedule}), []
    for _ in range(steps):
        seen.append(optimizer.param_groups[0][option])
        optimizer.step()
        scheduler.step()
    return seen


# What PyTorch calls each: a function of its module lr_scheduler and the optimiser.
PEERS: dict[str, tuple[S.Schedule, Callable[[Any, Any], Any]]] = {
    "StepLR": (S.step(7, 0.5), lambda L, o: L.StepLR(o, 7, 0.5)),
    "MultiStepLR": (S.multi_step([3, 8, 30], 0.2), lambda L, o: L.MultiStepLR(o, [3, 8, 30], 0.2)),
    "ExponentialLR": (S.exponential(0.05), lambda L, o: L.ExponentialLR(o, math.exp(-0.05))),
    "PolynomialLR": (S.polynomial(40, 2.0), lambda L, o: L.PolynomialLR(o, 40, 2.0)),
    "LinearLR": (S.linear(20, 0.3, 0.9), lambda L, o: L.LinearLR(o, 0.3, 0.9, 20)),
    "ConstantLR": (
        S.sequence([S.constant(0.3), S.constant()], [5]),
        lambda L, o: L.ConstantLR(o, 0.3, 5),
    ),
    "CosineAnnealingLR": (S.cosine(STEPS, 0.25), lambda L, o: L.CosineAnnealingLR(o, STEPS, 0.1)),
    "CosineAnnealingWarmRestarts": (
        S.cosine_restarts(5, 2, 0.25),
        lambda L, o: L.CosineAnnealingWarmRestarts(o, 5, 2, 0.1),
    ),
    "CosineAnnealingWarmRestarts, equal": (
        S.cosine_restarts(7),
        lambda L, o: L.CosineAnnealingWarmRestarts(o, 7),
    ),
    "LambdaLR": (S.inverse_time(0.3), lambda L, o: L.LambdaLR(o, lambda t: 1 / (1 + 0.3 * t))),
    "OneCycleLR": (S.one_cycle(STEPS), lambda L, o: L.OneCycleLR(o, 0.4, STEPS, cycle_momentum=False)),
    "OneCycleLR, early": (
        S.one_cycle(STEPS, 0.1, 0.1, 0.01),
        lambda L, o: L.OneCycleLR(
            o, 0.4, STEPS, pct_start=0.1, div_factor=10, final_div_factor=10, cycle_momentum=False
        ),
    ),
    "SequentialLR": (
        S.sequence([S.linear(10, 0.1, 1.0), S.exponential(0.1)], [10]),
        lambda L, o: L.SequentialLR(o, [L.LinearLR(o, 0.1, 1.0, 10), L.ExponentialLR(o, math.exp(-0.1))], [10]),
    ),
    "ChainedScheduler": (
        S.warm_up(10, 0.1) * S.step(20, 0.5),
        lambda L, o: L.ChainedScheduler([L.LinearLR(o, 0.1, 1.0, 10), L.StepLR(o, 20, 0.5)]),
    ),
}


@pytest.mark.parametrize("name", PEERS)
def test_the_learning_rates_are_pytorchs(torch: Any, name: str) -> None:
    schedule, peer = PEERS[name]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.4)
    scheduler, expected = peer(torch.optim.lr_scheduler, optimizer), []
    for _ in range(STEPS):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(expected) < STEPS:
            scheduler.step()
    np.testing.assert_allclose(driven(schedule), expected, rtol=1e-12)


def test_the_momentum_of_one_cycle_is_pytorchs(torch: Any) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.4, momentum=0.5)
    scheduler, expected = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.4, STEPS), []
    for _ in range(STEPS):
        expected.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        if len(expected) < STEPS:
            scheduler.step()
    np.testing.assert_allclose(driven(S.one_cycle_momentum(STEPS), "momentum"), expected, rtol=1e-12)


def test_exponential_decay_and_one_over_t_are_the_courses() -> None:
    t = np.arange(STEPS)
    np.testing.assert_allclose(driven(S.exponential(0.1)), 0.4 * np.exp(-0.1 * t), rtol=1e-12)
    np.testing.assert_allclose(driven(S.inverse_time(0.1)), 0.4 / (1 + 0.1 * t), rtol=1e-12)


def test_sutskevers_momentum_is_the_papers() -> None:
    t = np.arange(3000)
    expected = np.minimum(1 - 2.0 ** (-1 - np.log2(t // 250 + 1)), 0.9)
    np.testing.assert_allclose([S.sutskever(0.9)(int(i)) for i in t], expected, rtol=1e-12)
    assert driven(S.sutskever(0.99), "momentum", 251)[-2:] == [0.5, 0.75]


def test_the_momentum_is_annealed_from_a_half() -> None:
    seen = driven(S.anneal(0.5, 0.99, 49), "momentum")
    assert seen[0] == 0.5
    assert seen[7] == pytest.approx(0.57)
    assert seen[49:] == [pytest.approx(0.99)] * 11


@pytest.mark.parametrize("up", [0.0, 0.1])
def test_one_cycle_without_a_rise_begins_at_the_top(up: float) -> None:
    values = [S.one_cycle(10, up)(t) for t in range(12)]
    assert values[0] == pytest.approx(1.0)
    assert values == sorted(values, reverse=True)
    assert values[9:] == [pytest.approx(1 / 250_000)] * 3


@pytest.mark.parametrize("schedule", [S.warm_up(4, 0.5), S.cosine_warm_up(4, 0.5)])
def test_a_warm_up_ends_at_one_and_stays(schedule: S.Schedule) -> None:
    values = [schedule(t) for t in range(8)]
    assert (values[0], values[2]) == (0.5, 0.75)
    assert values[4:] == [1.0] * 4
    assert values == sorted(values)


def test_any_option_of_any_group_is_driven_from_its_own_first_value() -> None:
    one, two = nn.Parameter([1.0]), nn.Parameter([1.0])
    adam = optim.Adam([{"params": [one], "lr": 0.1}, {"params": [two], "lr": 0.2}], weight_decay=0.3)
    scheduler = optim.Scheduler(
        adam, lr=S.step(1, 0.5), weight_decay=S.inverse_time(1.0), betas=lambda t: (0.9, 1 - 0.5 ** (t + 1))
    )
    partial = optim.Scheduler(adam, groups=[1], eps=lambda t: 10.0**-t)
    scheduler.step()
    partial.step()
    first, second = adam.param_groups
    assert (first["lr"], second["lr"]) == (0.05, 0.1)
    assert first["weight_decay"] == second["weight_decay"] == 0.15
    assert first["betas"] == (0.9, 0.75)
    assert (first["eps"], second["eps"]) == (1e-8, 0.1)


def test_a_schedule_goes_on_from_its_state_as_if_nothing_had_happened() -> None:
    through = driven(S.warm_up(10) * S.cosine(50))
    before = sgd()
    scheduler = optim.Scheduler(before, lr=S.warm_up(10) * S.cosine(50))
    for _ in range(23):
        scheduler.step()
    after = sgd(lr=7.0)
    resumed = optim.Scheduler(after, lr=S.warm_up(10) * S.cosine(50))
    after.load_state_dict(before.state_dict())
    resumed.load_state_dict(scheduler.state_dict())
    seen = []
    for _ in range(37):
        seen.append(after.param_groups[0]["lr"])
        resumed.step()
    assert seen == through[23:]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda o: optim.Scheduler(o), ValueError, "drives options by their names"),
        (
            lambda o: optim.Scheduler(o, rate=S.cosine(3)),
            ValueError,
            "SGD has no option 'rate' to be driven",
        ),
        (lambda o: optim.Scheduler(o, lr=0.1), TypeError, "the schedule of lr must be a function t → value, not 0.1"),
        (lambda o: optim.Scheduler(o, groups=[1], lr=S.cosine(3)), ValueError, r"no parameter group \[1\]: SGD has 1"),
        (lambda o: optim.Scheduler(o, lr=lambda t: -1.0), ValueError, "lr must not be negative, and is -1.0"),
        (lambda o: S.cosine(0), ValueError, "steps must be at least 1, and is 0"),
        (lambda o: S.step(0), ValueError, "every must be at least 1, and is 0"),
        (lambda o: S.multi_step([3, 3]), ValueError, r"milestones must ascend, and are \[3, 3\]"),
        (lambda o: S.sequence([S.cosine(3)], [3]), ValueError, "1 schedules .* need 0 milestones, and here are 1"),
        (lambda o: S.sequence([S.cosine(3), S.anneal()], [3]), ValueError, "factors and values cannot be mixed"),
        (lambda o: S.sequence([], []), ValueError, "a sequence needs at least one schedule"),
        (lambda o: S.sequence([S.cosine(3), abs], [3]), TypeError, r"one of Schedules, not of .*; write Schedule\("),
        (lambda o: S.inverse_time(-0.1), ValueError, "k must be at least 0, and is -0.1"),
        (lambda o: S.one_cycle(10, 1.0), ValueError, "up must be at least 0 and less than 1, a part of the steps"),
        (lambda o: S.cosine(3) * S.anneal(), ValueError, "only factors are multiplied"),
        (lambda o: S.cosine(3) * 2, TypeError, "unsupported operand"),
        (lambda o: optim.OnPlateau(o, "less"), ValueError, "mode must be 'min' or 'max', not 'less'"),
        (lambda o: optim.OnPlateau(o, threshold_mode="x"), ValueError, "threshold_mode must be 'rel' or 'abs'"),
        (
            lambda o: optim.OnPlateau(o, factor=1.0),
            ValueError,
            "factor must be a number from 0 to less than 1, and is 1.0",
        ),
        (lambda o: optim.OnPlateau(o, patience=-1), ValueError, "patience must not be negative, and is -1"),
        (lambda o: optim.OnPlateau(o, least="0"), ValueError, "least must be a finite number, and is '0'"),
        (
            lambda o: optim.OnPlateau(o, option="nesterov"),
            ValueError,
            "nesterov is no number, and cannot be multiplied",
        ),
        (lambda o: optim.OnPlateau(o, option="rate"), ValueError, "has no option 'rate'"),
    ],
)
def test_what_cannot_be_driven_is_refused(make: Callable[..., Any], error: type[Exception], message: str) -> None:
    optimizer = sgd()
    with pytest.raises(error, match=message):
        make(optimizer)
    assert optimizer.param_groups[0]["lr"] == 0.4


def test_a_state_with_other_options_is_refused_and_changes_nothing() -> None:
    optimizer = sgd()
    scheduler = optim.Scheduler(optimizer, lr=S.cosine(10))
    with pytest.raises(ValueError, match=r"this state drives \[\['momentum'\]\], .* and here are \[\['lr'\]\]"):
        scheduler.load_state_dict({"t": 3, "base": [{"momentum": 0.9}]})
    with pytest.raises(ValueError, match="lr must not be negative"):
        scheduler.load_state_dict({"t": 3, "base": [{"lr": -1.0}]})
    for each in (scheduler, optim.OnPlateau(optimizer)):
        with pytest.raises(
            ValueError, match=rf"this is not what the state_dict\(\) of {type(each).__name__} returns: "
        ):
            each.load_state_dict({})
    assert (scheduler.t, optimizer.param_groups[0]["lr"]) == (0, 0.4)
    scheduler.step()
    assert 0 < optimizer.param_groups[0]["lr"] < 0.4


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


def test_a_loss_below_zero_must_fall_to_be_new() -> None:
    optimizer = sgd()
    plateau = optim.OnPlateau(optimizer, patience=0, threshold=0.1)
    for loss in (-1.0, -0.95):
        plateau.step(loss)
    assert plateau.best == -1.0
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.04)


def test_schedules_are_shown_by_what_they_are() -> None:
    optimizer = sgd()
    scheduler = optim.Scheduler(optimizer, lr=S.warm_up(5) * S.cosine(50), momentum=S.sutskever(0.9))
    assert repr(scheduler) == (
        "Scheduler(SGD, t=0, lr=warm_up(5, 0.0) * cosine(50, 0.0), momentum=sutskever(0.9, 250))"
    )
    assert repr(optim.OnPlateau(optimizer)) == "OnPlateau(SGD, lr, best=inf, waited=0)"


def test_a_schedule_is_drawn_over_its_steps() -> None:
    ax = S.cosine(20).plot(25)
    (line,) = ax.get_lines()
    np.testing.assert_array_equal(line.get_xdata(), np.arange(25))
    np.testing.assert_allclose(line.get_ydata(), [S.cosine(20)(t) for t in range(25)])
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("step", "factor", "cosine(20, 0.0)")
    assert S.plot(math.sqrt, 3, ax) is ax
    assert (ax.get_ylabel(), ax.get_title()) == ("value", "sqrt")
    matplotlib.pyplot.close(ax.figure)


PRODUCTS = {"a product": S.warm_up(3) * S.cosine(20) * S.step(5, 0.5), "momentum": S.one_cycle_momentum(20)}


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda schedule: pickle.loads(pickle.dumps(schedule))])
@pytest.mark.parametrize("name", [*PEERS, *PRODUCTS, "anneal", "sutskever"])
def test_a_copy_of_a_schedule_is_the_same_schedule(copied: Callable[[Any], Any], name: str) -> None:
    others = {**PRODUCTS, "anneal": S.anneal(steps=10), "sutskever": S.sutskever(every=3)}
    schedule = others[name] if name in others else PEERS[name][0]
    again = copied(schedule)
    assert [again(t) for t in range(30)] == [schedule(t) for t in range(30)]
    assert (repr(again), again.factor) == (repr(schedule), schedule.factor)


def test_a_scheduler_is_pickled_with_its_optimiser_and_goes_on() -> None:
    optimizer = sgd()
    scheduler = optim.Scheduler(optimizer, lr=S.warm_up(3) * S.cosine(20), momentum=S.one_cycle_momentum(20))
    scheduler.step()
    other, theirs = pickle.loads(pickle.dumps((optimizer, scheduler)))
    for one in (scheduler, theirs):
        one.step()
    assert other.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
    assert other.param_groups[0]["momentum"] == optimizer.param_groups[0]["momentum"]
