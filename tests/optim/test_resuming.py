"""A training that was stopped, and goes on from its file, is the one that was never stopped: bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
import optim
from nn import functional as F
from optim import schedules

RULES: dict[str, Callable[..., optim.Optimizer]] = {
    "SGD": lambda groups, **flat: optim.SGD(groups, lr=0.1, weight_decay=0.01, **flat),
    "momentum": lambda groups, **flat: optim.SGD(groups, lr=0.1, momentum=0.9, dampening=0.1, **flat),
    "Nesterov": lambda groups, **flat: optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True, **flat),
    "Adagrad": lambda groups, **flat: optim.Adagrad(groups, lr=0.1, lr_decay=0.1, **flat),
    "RMSprop": lambda groups, **flat: optim.RMSprop(groups, momentum=0.9, centered=True, **flat),
    "Adadelta": lambda groups, **flat: optim.Adadelta(groups, **flat),
    "Adam": lambda groups, **flat: optim.Adam(groups, lr=0.1, **flat),
    "AMSGrad": lambda groups, **flat: optim.Adam(groups, lr=0.1, amsgrad=True, **flat),
    "AdamW": lambda groups, **flat: optim.AdamW(groups, lr=0.1, **flat),
    "Adamax": lambda groups, **flat: optim.Adamax(groups, lr=0.1, **flat),
    "NAdam": lambda groups, **flat: optim.NAdam(groups, lr=0.1, **flat),
    "RAdam": lambda groups, **flat: optim.RAdam(groups, lr=0.1, **flat),
}
needs_safetensors = pytest.mark.skipif(
    find_spec("safetensors") is None, reason="safetensors is not installed: nothing to write with"
)
FORMATS = pytest.mark.parametrize("suffix", [".npz", pytest.param(".safetensors", marks=needs_safetensors)])
DATA = np.random.default_rng(1)
X, Y = DATA.standard_normal((40, 4)).astype(np.float32), DATA.integers(3, size=40)


class Training:
    """A small network with all that a training may remember."""

    def __init__(self, rule: Callable[..., optim.Optimizer], **flat: bool) -> None:
        self.rng = np.random.default_rng(7)
        self.net = nn.Sequential(
            nn.Linear(4, 6, rng=0), nn.BatchNorm1d(6), nn.Tanh(), nn.Dropout(0.3, rng=self.rng), nn.Linear(6, 3, rng=1)
        )
        head = {"params": list(self.net[4].parameters()), "weight_decay": 0.1}
        self.optimizer = rule([{"params": [*self.net[0].parameters(), *self.net[1].parameters()]}, head], **flat)
        rate = schedules.warm_up(3, 0.1) * schedules.cosine(12, 0.1)
        self.parts: dict[str, Any] = {
            "optimizer": self.optimizer,
            "schedule": optim.Scheduler(self.optimizer, lr=rate),
            "plateau": optim.OnPlateau(self.optimizer, patience=1, factor=0.5, option="weight_decay"),
            "equal": optim.Averaged(self.net),
            "exponential": optim.Averaged(self.net, decay=0.9),
        }

    def steps(self, n: int) -> None:
        for _ in range(n):
            batch = self.rng.permutation(len(X))[:16]
            self.optimizer.zero_grad()
            loss = F.cross_entropy(self.net(X[batch]), Y[batch])
            loss.backward()
            optim.clip_grad_norm_(self.net.parameters(), 1.0)
            self.optimizer.step()
            self.parts["schedule"].step()
            self.parts["plateau"].step(loss.item())
            self.parts["equal"].update()
            self.parts["exponential"].update()

    def state(self) -> dict[str, Any]:
        states = {name: part.state_dict() for name, part in self.parts.items()}
        return {"model": self.net.state_dict(), **states, "rng": self.rng.bit_generator.state}

    def load(self, state: dict[str, Any]) -> None:
        self.net.load_state_dict(state["model"])
        for name, part in self.parts.items():
            part.load_state_dict(state[name])
        self.rng.bit_generator.state = state["rng"]


def bits(tree: Any) -> Any:
    """Return the same with what is equal only if all bits are, dtypes and types too."""
    if isinstance(tree, dict):
        return {key: bits(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree), [bits(value) for value in tree]
    if isinstance(tree, np.ndarray):
        return tree.dtype, tree.shape, tree.tobytes()
    return type(tree), repr(tree)


@FORMATS
@pytest.mark.parametrize("flat", [True, False], ids=["flat", "one by one"])
@pytest.mark.parametrize("name", RULES)
def test_a_training_goes_on_from_its_file(name: str, flat: bool, suffix: str, tmp_path: Path) -> None:
    through, before, after = (Training(RULES[name], flat=flat) for _ in range(3))
    through.steps(9)
    before.steps(4)
    nn.save(before.state(), tmp_path / f"training{suffix}")
    after.steps(2)  # whatever it has done before, it goes on from the file
    after.load(nn.load(tmp_path / f"training{suffix}"))
    assert bits(after.state()) == bits(before.state())
    after.steps(5)
    assert bits(after.state()) == bits(through.state())
    assert after.optimizer.param_groups[0]["lr"] != before.optimizer.param_groups[0]["lr"]


@FORMATS
@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_l_bfgs_goes_on_from_its_file(search: Any, suffix: str, tmp_path: Path) -> None:
    def a_run() -> tuple[nn.Module, optim.LBFGS]:
        net = nn.Sequential(nn.Linear(4, 6, rng=0), nn.Tanh(), nn.Linear(6, 3, rng=1))
        return net, optim.LBFGS(net.parameters(), lr=0.5, max_iter=3, line_search_fn=search)

    def steps(net: nn.Module, lbfgs: optim.LBFGS, n: int) -> None:
        def closure() -> Any:
            lbfgs.zero_grad()
            loss = F.cross_entropy(net(X), Y)
            loss.backward()
            return loss

        for _ in range(n):
            lbfgs.step(closure)

    through, before, after = a_run(), a_run(), a_run()
    steps(*through, 6)
    for n in (0, 2):  # at the very beginning there is no direction yet
        steps(*before, n)
        state = {"model": before[0].state_dict(), "optimizer": before[1].state_dict()}
        nn.save(state, tmp_path / f"training{suffix}")
        loaded = nn.load(tmp_path / f"training{suffix}")
        assert bits(loaded) == bits(state)
        after[0].load_state_dict(loaded["model"])
        after[1].load_state_dict(loaded["optimizer"])
    steps(*after, 4)
    assert bits(after[0].state_dict()) == bits(through[0].state_dict())
    assert bits(after[1].state_dict()) == bits(through[1].state_dict())


def test_averages_of_files_are_averages_of_models(tmp_path: Path) -> None:
    training, values = Training(RULES["Adam"]), []
    for epoch in range(3):
        training.steps(2)
        nn.save(training.state(), tmp_path / f"{epoch}.npz")
        values.append(training.net[0].weight.data.copy())
    mean = optim.average_checkpoints(nn.load(tmp_path / f"{epoch}.npz")["model"] for epoch in range(3))
    np.testing.assert_allclose(mean["0.weight"], np.mean(values, axis=0), rtol=1e-5)
    training.net.load_state_dict(mean)
