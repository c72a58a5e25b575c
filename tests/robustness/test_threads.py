"""Threads and tasks: models side by side, and one model from all sides, give what they give alone."""

from __future__ import annotations

import ast
import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import Tensor, no_grad
from nn import functional as F


class Training:
    """A small network with everything that has a state: dropout, running statistics, moments, hooks."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.net = nn.Sequential(
            *(nn.Linear(6, 8, rng=self.rng), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3, rng=self.rng)),
            nn.Linear(8, 3, rng=self.rng),
        )
        self.deltas: list[bytes] = []
        self.net[0].register_full_backward_hook(lambda layer, g_in, g_out: self.deltas.append(g_out[0].data.tobytes()))
        self.adam = optim.Adam(self.net.parameters(), lr=0.01)

    def step(self) -> None:
        self.adam.zero_grad()
        x = self.rng.normal(size=(10, 6)).astype(np.float32)
        F.cross_entropy(self.net(x), self.rng.integers(3, size=10)).backward()
        self.adam.step()

    def bits(self) -> list[bytes]:
        return [value.tobytes() for value in self.net.state_dict().values()] + self.deltas


def train(seed: int, steps: int = 12) -> list[bytes]:
    training = Training(seed)
    for _ in range(steps):
        training.step()
    return training.bits()


def test_eight_threads_train_eight_models_to_the_same_bits_as_one_after_the_other() -> None:
    alone = [train(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(train, range(8))) == alone
        assert list(pool.map(train, reversed(range(8)))) == alone[::-1]


def whole_numbers(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-3, 4, size=shape).astype(np.float64)


@pytest.mark.parametrize("sweeps", [10, pytest.param(2000, marks=pytest.mark.soak)])
def test_one_model_forward_and_backward_from_four_threads_adds_up_exactly(sweeps: int) -> None:
    net = nn.Sequential(nn.Linear(5, 4, dtype=np.float64), nn.ReLU(), nn.Linear(4, 2, dtype=np.float64))
    for i, parameter in enumerate(net.parameters()):  # whole numbers: their sums are exact in any order
        parameter.data = whole_numbers(*parameter.shape, seed=i)
    seen = [0]
    net[2].register_full_backward_hook(lambda *args: seen.append(1))

    def work(seed: int) -> None:
        for i in range(sweeps):
            net(whole_numbers(3, 5, seed=seed * sweeps + i)).sum().backward()

    for seed in range(4):
        work(seed)
    alone = [p.grad.data for p in net.parameters()]
    net.zero_grad()
    start = threading.Barrier(4)

    def together(seed: int) -> None:
        start.wait()
        work(seed)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(together, range(4)))
    for parameter, expected in zip(net.parameters(), alone, strict=True):
        np.testing.assert_array_equal(parameter.grad.data, expected)
    assert sum(seen) == 8 * sweeps


def test_one_graph_with_module_hooks_is_swept_by_four_threads_at_once() -> None:
    net = nn.Sequential(nn.Linear(5, 4, rng=0), nn.Tanh(), nn.Linear(4, 2, rng=1))
    pairs: list[tuple[bytes, bytes]] = []
    net[2].register_full_backward_hook(
        lambda m, g_in, g_out: pairs.append((g_in[0].data.tobytes(), g_out[0].data.tobytes()))
    )
    x = Tensor(np.ones((3, 5), np.float32), requires_grad=True)
    y = net(x)

    def sweep(factor: float) -> None:
        for _ in range(10):
            y.backward(np.full((3, 2), factor, np.float32), retain_graph=True)

    for factor in (1.0, 2.0, 4.0, 8.0):
        sweep(factor)
    alone, pairs[:] = sorted(pairs), []
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sweep, (1.0, 2.0, 4.0, 8.0)))
    assert sorted(pairs) == alone  # no thread saw the gradients of another


def test_models_made_in_threads_have_the_weights_of_their_seeds_and_not_of_the_timing() -> None:
    def made(seed: int) -> bytes:
        net = nn.Sequential(nn.Linear(5, 5, rng=seed), nn.LSTM(5, 3, rng=seed + 1), nn.Embedding(4, 3, rng=seed + 2))
        return b"".join(p.data.tobytes() for p in net.parameters())

    autograd.seed(0)
    before = np.random.default_rng(0).random()
    alone = [made(seed) for seed in range(16)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(made, range(16))) == alone
    assert autograd.random.generator().random() == before  # the shared generator was not touched


def test_tasks_that_take_turns_train_as_if_they_were_alone() -> None:
    async def task(seed: int) -> list[bytes]:
        training = Training(seed)
        for i in range(6):
            training.step()
            if i % 2:
                with no_grad():  # the mode of one task is not the mode of the others
                    await asyncio.sleep(0)
                    assert not training.net(np.ones((2, 6), np.float32)).requires_grad
            with autograd.trace():
                await asyncio.sleep(0)
        return training.bits()

    async def all_of_them() -> list[list[bytes]]:
        return list(await asyncio.gather(*(task(seed) for seed in range(5))))

    async def one(seed: int) -> list[bytes]:
        return await task(seed)

    assert asyncio.run(all_of_them()) == [asyncio.run(one(seed)) for seed in range(5)]


def test_a_blocking_step_in_another_thread_keeps_the_mode_of_its_task() -> None:
    async def main() -> tuple[bool, bool]:
        x = Tensor([1.0], requires_grad=True)

        def recorded() -> bool:
            return bool((x * 2.0).requires_grad)

        with no_grad():
            inside = await asyncio.to_thread(recorded)
        return inside, await asyncio.to_thread(recorded)

    assert asyncio.run(main()) == (False, True)


def test_writing_grads_of_a_shared_leaf_while_others_read_them_gives_whole_arrays_only() -> None:
    x = Tensor(np.zeros(1000), requires_grad=True)
    y = x * 1.0
    done = threading.Event()
    torn: list[Any] = []

    def read() -> None:
        while not done.is_set():
            grad = x.grad
            if grad is not None and not (grad.data == grad.data[0]).all():
                torn.append(grad.data.copy())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(300):
        y.backward(np.ones(1000), retain_graph=True)
    done.set()
    reader.join()
    assert torn == []
    assert x.grad.data[0] == 300.0


def test_no_function_of_the_library_rebinds_a_global_but_the_seed() -> None:
    root = Path(autograd.__file__).parents[1]
    found = {
        (file.relative_to(root).as_posix(), name)
        for package in ("autograd", "nn", "optim")
        for file in (root / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Global)
        for name in node.names
    }
    assert found == {("autograd/random.py", "_default")}
