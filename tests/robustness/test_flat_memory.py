"""No training loop grows: with the collector off, the memory after many steps is that after a few."""

from __future__ import annotations

import gc
import os
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import Tensor
from nn import functional as F
from tests.support.memory import collector_off
from tests.support.trainings import KINDS, mlp

LONG = pytest.mark.soak


def growth(step: Callable[[], Any], steps: int) -> dict[str, int]:
    """Return how much more there is after `steps` steps with the collector off, and how much it then finds.

    Arrays and objects are counted one by one. All that Python allocates would say less: it and NumPy keep some freed
    blocks of each size, and fill these stores during the first thousand steps.
    """

    def counted() -> tuple[int, int]:
        arrays = tracemalloc.DomainFilter(inclusive=True, domain=np.lib.tracemalloc_domain)
        taken = tracemalloc.take_snapshot().filter_traces([arrays])
        return sum(trace.size for trace in taken.traces), len(gc.get_objects())

    with collector_off():
        for _ in range(10):
            step()
        tracemalloc.start()
        try:
            step()
            gc.collect()
            before = counted()
            for _ in range(steps):
                step()
            garbage = gc.collect()
            after = counted()
        finally:
            tracemalloc.stop()
    return {"bytes of arrays": after[0] - before[0], "objects": after[1] - before[1], "garbage": garbage}


def is_flat(growth: dict[str, int]) -> bool:
    # A step that leaves one object behind leaves 20 or more; a few may belong to the threads of the test runner.
    return growth["bytes of arrays"] <= 0 and growth["objects"] < 10 and growth["garbage"] == 0


STEPS = pytest.mark.parametrize("steps", [20, pytest.param(2000, marks=LONG)])


@STEPS
@pytest.mark.parametrize("kind", KINDS)
def test_training_does_not_grow(kind: str, steps: int) -> None:
    assert is_flat(growth(KINDS[kind](), steps))


@LONG
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system does not tell its resident memory so")
@pytest.mark.parametrize("kind", KINDS)
def test_the_resident_memory_does_not_grow_either(kind: str) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    step = KINDS[kind]()
    with collector_off():
        for _ in range(200):
            step()
        before = resident()
        for _ in range(2000):
            step()
    assert resident() - before < 2 << 20


def step_with_hooks() -> Callable[[], Any]:
    net = nn.Sequential(nn.Linear(4, 4, rng=0), nn.Tanh(), nn.Linear(4, 2, rng=1))
    seen: dict[str, Any] = {}
    for layer in net:
        layer.register_forward_hook(lambda layer, args, output: seen.update(output=output))
        layer.register_full_backward_hook(lambda layer, g_in, g_out: seen.update(delta=g_out))
    return lambda: net(Tensor(np.ones((3, 4), np.float32), requires_grad=True)).sum().backward()


def step_of_second_order() -> Callable[[], Any]:
    w = Tensor(np.arange(3.0), requires_grad=True)

    def step() -> None:
        w.grad = None
        (w * w * w).sum().backward(create_graph=True)
        slope, w.grad = w.grad, None
        (slope * slope).sum().backward()

    return step


def step_under(manager: Callable[[], Any]) -> Callable[[], Any]:
    step = mlp()

    def watched() -> None:
        with manager():
            step()

    return watched


def step_that_fails_forward() -> Callable[[], Any]:
    net = nn.Sequential(nn.Linear(4, 4, rng=0), nn.Tanh(), nn.Linear(3, 2, rng=1))

    def step() -> None:
        with suppress(ValueError):
            net(np.ones((2, 4), np.float32))

    return step


def step_that_fails_in_a_hook() -> Callable[[], Any]:
    net = nn.Sequential(nn.Linear(4, 4, rng=0), nn.Tanh(), nn.Linear(4, 2, rng=1))
    net[1].register_full_backward_hook(lambda *args: 1 / 0)

    def step() -> None:
        with suppress(ZeroDivisionError):
            net(Tensor(np.ones((3, 4), np.float32), requires_grad=True)).sum().backward()

    return step


def step_that_diverges() -> Callable[[], Any]:
    w = Tensor([-1.0, 2.0], requires_grad=True)

    def step() -> None:
        with suppress(FloatingPointError), np.errstate(all="ignore"), autograd.detect_anomaly():
            np.log(w).sum().backward()

    return step


def step_with_new_hooks() -> Callable[[], Any]:
    net = nn.Sequential(nn.Linear(4, 4, rng=0), nn.Tanh())

    def step() -> None:
        with net[1].register_forward_hook(lambda *args: None), net[0].weight.register_hook(lambda g: None):
            net(np.ones((3, 4), np.float32)).sum().backward()

    return step


def step_of_a_whole_life() -> Callable[[], Any]:
    def step() -> None:
        net = nn.Sequential(nn.Linear(4, 4, rng=0), nn.BatchNorm1d(4), nn.GRU(4, 2, rng=1))
        adam = optim.Adam(net.parameters())
        F.mse_loss(net(np.ones((3, 4), np.float32))[0], np.zeros((3, 2), np.float32)).backward()
        adam.step()

    return step


OTHERS: dict[str, Callable[[], Callable[[], Any]]] = {
    "with hooks": step_with_hooks,
    "of second order": step_of_second_order,
    "traced": lambda: step_under(autograd.trace),
    "watched": lambda: step_under(autograd.detect_anomaly),
    "failing forward": step_that_fails_forward,
    "failing in a hook": step_that_fails_in_a_hook,
    "diverging": step_that_diverges,
    "with new hooks": step_with_new_hooks,
    "of a whole life": step_of_a_whole_life,
}


@STEPS
@pytest.mark.parametrize("kind", OTHERS)
def test_no_other_loop_grows(kind: str, steps: int) -> None:
    assert is_flat(growth(OTHERS[kind](), steps))


def test_a_cycle_a_kept_tensor_and_a_kept_array_would_be_seen() -> None:
    kept: list[Any] = []

    def cycle() -> None:
        a: list[Any] = [Tensor([1.0], requires_grad=True)]
        a.append(a)

    leaks = (cycle, lambda: kept.append(Tensor(1.0)), lambda: kept.append(np.ones(3)))
    assert [is_flat(growth(leak, 5)) for leak in leaks] == [False, False, False]
