"""Several threads: through one graph at once, and each with a model of its own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, no_grad
from tests.support.strict_array import StrictArray


@pytest.mark.parametrize("create_graph", [False, True])
def test_four_threads_through_one_graph_add_up_exactly(create_graph: bool) -> None:
    x = Tensor(np.arange(8.0), requires_grad=True)
    y = x
    for _ in range(30):
        y = (y + y * 0.5) * 1.0
    loss = y.sum()
    loss.backward(retain_graph=True)
    once, x.grad = x.grad.data, None

    def work() -> None:
        for _ in range(10):
            loss.backward(retain_graph=True, create_graph=create_graph)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result()
    total = np.zeros(8)
    for _ in range(40):
        total = total + once
    np.testing.assert_array_equal(x.grad.data, total)


def test_two_sweeps_that_end_at_the_same_moment_both_count() -> None:
    meeting = threading.Barrier(2)

    class Patient(StrictArray):
        """An array whose addition gives another thread the time to begin the same addition, if nothing stops it."""

        def __add__(self, other: Any) -> Any:
            with suppress(threading.BrokenBarrierError):
                meeting.wait(0.2)
            return super().__add__(other)

    x = Tensor(StrictArray(np.ones(3)), requires_grad=True)
    y = x * 2.0
    x.grad = Tensor(Patient(np.ones(3)))
    seed = StrictArray(np.ones(3))
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(y.backward, seed, retain_graph=True) for _ in range(2)]:
            done.result()
    assert x.grad.data.get().tolist() == [5.0] * 3


def test_two_threads_train_two_models() -> None:
    def train(seed: int) -> list[float]:
        w = Tensor(np.random.default_rng(seed).normal(size=3), requires_grad=True)
        losses = []
        for _ in range(50):
            loss = ((w - 1.0) ** 2).sum()
            loss.backward()
            with no_grad():
                w -= 0.1 * w.grad
            w.grad = None
            losses.append(loss.item())
        return losses

    alone = [train(0), train(1)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(train, (0, 1))) == alone
