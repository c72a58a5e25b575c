"""The Scheduler: it drives any option of any group, and goes on from its state."""

from __future__ import annotations

import pickle

import pytest

import nn
import optim
from optim import schedules as S
from tests.optim.test_schedules import driven, sgd


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


def test_the_groups_that_are_driven_are_those_of_the_beginning() -> None:
    optimizer = optim.SGD([{"params": [nn.Parameter([1.0])], "lr": 0.4} for _ in range(2)])
    groups = [1]
    scheduler = optim.Scheduler(optimizer, groups=groups, lr=S.step(1, 0.5))
    groups.append(0)
    scheduler.step()
    assert [group["lr"] for group in optimizer.param_groups] == [0.4, 0.2]


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


def test_a_state_with_other_options_is_refused_and_changes_nothing() -> None:
    optimizer = sgd()
    scheduler = optim.Scheduler(optimizer, lr=S.cosine(10))
    with pytest.raises(ValueError, match=r"this state drives \[\['momentum'\]\], .* and here are \[\['lr'\]\]"):
        scheduler.load_state_dict({"t": 3, "base": [{"momentum": 0.9}]})
    with pytest.raises(ValueError, match="lr must not be negative"):
        scheduler.load_state_dict({"t": 3, "base": [{"lr": -1.0}]})
    for each in (scheduler, optim.OnPlateau(optimizer)):
        whole, message = (
            each.state_dict(),
            rf"this is not what the state_dict\(\) of {type(each).__name__} returns: it ",
        )
        with pytest.raises(ValueError, match=f"{message}is no dict$"):
            each.load_state_dict(None)
        for name in whole:
            with pytest.raises(ValueError, match=f"{message}lacks '{name}'$"):
                each.load_state_dict({other: value for other, value in whole.items() if other != name})
    assert (scheduler.t, optimizer.param_groups[0]["lr"]) == (0, 0.4)
    scheduler.step()
    assert 0 < optimizer.param_groups[0]["lr"] < 0.4


def test_the_state_of_a_schedule_is_a_copy_on_both_ways() -> None:
    optimizer = sgd()
    scheduler = optim.Scheduler(optimizer, lr=S.step(1, 0.5))
    state = scheduler.state_dict()
    scheduler.load_state_dict(state)
    state["base"][0]["lr"] = 100.0
    scheduler.step()
    scheduler.state_dict()["base"][0]["lr"] = 100.0
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_a_scheduler_is_pickled_with_its_optimiser_and_goes_on() -> None:
    optimizer = sgd()
    scheduler = optim.Scheduler(optimizer, lr=S.warm_up(3) * S.cosine(20), momentum=S.one_cycle_momentum(20))
    scheduler.step()
    other, theirs = pickle.loads(pickle.dumps((optimizer, scheduler)))
    for one in (scheduler, theirs):
        one.step()
    assert other.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
    assert other.param_groups[0]["momentum"] == optimizer.param_groups[0]["momentum"]
