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
MEASURES = 6


def growth(step: Callable[[], Any], steps: int) -> tuple[int, int]:
    """Return how many bytes and how many objects there are more after `steps` steps than after a few.

    Now and then Python and NumPy keep a freed block for later, so the least of several measurements in a row counts: a
    leak is in all of them.
    """
    with collector_off():
        for _ in range(20):
            step()
        tracemalloc.start()
        try:
            step()
            found = []
            for _ in range(MEASURES):
                before = tracemalloc.get_traced_memory()[0], len(gc.get_objects())
                for _ in range(steps // MEASURES):
                    step()
                after = tracemalloc.get_traced_memory()[0], len(gc.get_objects())
                found.append((after[0] - before[0], after[1] - before[1]))
        finally:
            tracemalloc.stop()
    return min(bytes_ for bytes_, _ in found), min(objects for _, objects in found)


STEPS = pytest.mark.parametrize("steps", [60, pytest.param(2000, marks=LONG)])


@STEPS
@pytest.mark.parametrize("kind", KINDS)
def test_training_does_not_grow(kind: str, steps: int) -> None:
    in_bytes, in_objects = growth(KINDS[kind](), steps)
    assert in_bytes < 1000
    assert in_objects <= 0


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
    in_bytes, in_objects = growth(OTHERS[kind](), steps)
    assert in_bytes < 1000
    assert in_objects <= 0
