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


def half_wave(start: float, end: float, x: Any) -> Any:
    return end + (start - end) * (1 + np.cos(np.pi * x)) / 2


T = np.arange(STEPS)
FORMULAS: list[tuple[S.Schedule, Any]] = [
    (S.constant(), np.ones(STEPS)),
    (S.step(7), 0.1 ** (T // 7)),
    (S.step(1, 0.5), 0.5**T),
    (S.multi_step([3, 8, 30]), 0.1 ** np.searchsorted([3, 8, 30], T, side="right")),
    (S.polynomial(40), np.maximum(0, 1 - T / 40)),
    (S.polynomial(40, 2.0, 0.1), 0.1 + 0.9 * np.maximum(0, 1 - T / 40) ** 2),
    (S.linear(20), np.maximum(0, 1 - T / 20)),
    (S.linear(20, 0.3, 0.9), 0.3 + 0.6 * np.minimum(T, 20) / 20),
    (S.linear(1, 0.3, 0.9), np.where(T == 0, 0.3, 0.9)),
    (S.cosine(50), half_wave(1, 0, np.minimum(T, 50) / 50)),
    (S.cosine(50, 0.25), half_wave(1, 0.25, np.minimum(T, 50) / 50)),
    (S.cosine_restarts(7), half_wave(1, 0, T % 7 / 7)),
    (
        S.cosine_restarts(5, 2, 0.25),
        half_wave(1, 0.25, np.concatenate([np.arange(n) / n for n in (5, 10, 20, 40)])[:STEPS]),
    ),
    (S.warm_up(10), np.minimum(T, 10) / 10),
    (S.warm_up(10, 0.1), 0.1 + 0.9 * np.minimum(T, 10) / 10),
    (S.cosine_warm_up(10), half_wave(0, 1, np.minimum(T, 10) / 10)),
    (S.cosine_warm_up(10, 0.1), half_wave(0.1, 1, np.minimum(T, 10) / 10)),
    (
        S.one_cycle(50),
        np.where(T < 14, half_wave(1 / 25, 1, T / 14), half_wave(1, 1 / 250_000, (np.minimum(T, 49) - 14) / 35)),
    ),
    (
        S.one_cycle(50, 0.5, 0.1, 0.01),
        np.where(T < 24, half_wave(0.1, 1, T / 24), half_wave(1, 0.01, (np.minimum(T, 49) - 24) / 25)),
    ),
    (
        S.one_cycle_momentum(50),
        np.where(T < 14, half_wave(0.95, 0.85, T / 14), half_wave(0.85, 0.95, (np.minimum(T, 49) - 14) / 35)),
    ),
    (S.sutskever(), np.minimum(1 - 0.5 / (T // 250 + 1), 0.99)),
    (S.sutskever(0.9, 3), np.minimum(1 - 0.5 / (T // 3 + 1), 0.9)),
    (S.anneal(), 0.5 + 0.49 * T / 1000),
    (S.anneal(0.6, 0.9, 1), np.where(T == 0, 0.6, 0.9)),
    (
        S.sequence([S.warm_up(4), S.constant(0.5), S.step(5)], [4, 10]),
        np.where(T < 4, T / 4, np.where(T < 10, 0.5, 0.1 ** ((T - 10) // 5))),
    ),
]


@pytest.mark.parametrize(("schedule", "expected"), FORMULAS, ids=lambda thing: repr(thing)[:30])
def test_a_schedule_is_its_formula(schedule: S.Schedule, expected: Any) -> None:
    np.testing.assert_allclose([schedule(int(t)) for t in T], expected, rtol=1e-12, atol=1e-15)


def test_momenta_are_values_and_all_else_are_factors() -> None:
    momenta = [S.one_cycle_momentum(9), S.sutskever(), S.anneal(), S.sequence([S.anneal(), S.sutskever()], [3])]
    assert not any(schedule.factor for schedule in momenta)
    factors = {repr(schedule).partition("(")[0] for schedule, _ in FORMULAS if schedule.factor}
    others = {"exponential", "inverse_time", "one_cycle_momentum", "sutskever", "anneal", "Schedule", "plot"}
    assert factors == set(S.__all__) - others


@pytest.mark.parametrize("schedule", [schedule for schedule, _ in FORMULAS], ids=lambda schedule: repr(schedule)[:30])
def test_a_schedule_is_shown_as_the_call_that_makes_it(schedule: S.Schedule) -> None:
    again = eval(repr(schedule), vars(S))
    assert [again(t) for t in range(STEPS)] == [schedule(t) for t in range(STEPS)]
    assert again.factor == schedule.factor


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
        (
            lambda o: optim.Scheduler(nn.Linear(1, 1), lr=S.cosine(3)),
            TypeError,
            r"an optimiser, not a Linear; write op",
        ),
        (
            lambda o: optim.OnPlateau([o]),
            TypeError,
            r"a schedule drives an optimiser, not a list; write optim\.SGD\(…\)",
        ),
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


@pytest.mark.parametrize(
    ("make", "name", "least"),
    [
        (lambda n: S.step(n), "every", 1),
        (lambda n: S.polynomial(n), "steps", 1),
        (lambda n: S.linear(n), "steps", 1),
        (lambda n: S.cosine(n), "steps", 1),
        (lambda n: S.cosine_restarts(n), "period", 1),
        (lambda n: S.cosine_restarts(5, n), "growth", 1),
        (lambda n: S.warm_up(n), "steps", 1),
        (lambda n: S.cosine_warm_up(n), "steps", 1),
        (lambda n: S.one_cycle(n), "steps", 2),
        (lambda n: S.one_cycle_momentum(n), "steps", 2),
        (lambda n: S.sutskever(every=n), "every", 1),
        (lambda n: S.anneal(steps=n), "steps", 1),
        (lambda n: S.inverse_time(n), "k", 0),
        (lambda n: S.exponential(n), "k", -math.inf),
        (lambda n: S.multi_step([n]), "each of the milestones", -math.inf),
    ],
)
def test_no_schedule_is_shorter_than_it_can_be(make: Callable[[Any], S.Schedule], name: str, least: float) -> None:
    assert np.isfinite([make(max(least, -5))(t) for t in range(5)]).all()
    if math.isfinite(least):
        with pytest.raises(ValueError, match=rf"^{name} must be at least {least}, and is {least - 1}$"):
            make(least - 1)
    for strange in ("3", None, True):
        with pytest.raises(ValueError, match=rf"^{name} must be a number, and is {strange!r}$"):
            make(strange)


def test_two_factors_are_multiplied_and_values_are_not_from_either_side() -> None:
    both = S.inverse_time(1.0) * S.step(2, 0.5)
    assert [both(t) for t in range(4)] == [1.0, 0.5, 0.5 / 3, 0.5 / 4]
    for one, other in ((S.cosine(3), S.anneal()), (S.anneal(), S.cosine(3))):
        with pytest.raises(ValueError, match="only factors are multiplied"):
            one * other


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
