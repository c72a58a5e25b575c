"""Ctrl-C, and other exceptions from outside, at any moment: what was begun ends, and the next step works."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import pytest

import nn
import optim
from autograd import Tensor
from autograd.graph import mode
from nn import functional as F

X, Y = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32), np.array([0, 1, 1, 0])


def interrupted(action: Callable[[], Any], n: int) -> bool:
    """Run an action, with a KeyboardInterrupt where its n-th function begins: where Python looks for signals, too.

    Returns whether it came so far.
    """
    calls = 0

    def trace(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == n:
            sys.settrace(None)
            raise KeyboardInterrupt

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def ends(action: Callable[[], Any]) -> bool:
    """Run an action in a thread, and say whether it ends."""
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    thread.join(10.0)
    return not thread.is_alive()


def test_an_interrupted_sweep_leaves_every_grad_as_it_was_or_new_and_the_next_one_ends() -> None:
    leaves = [Tensor([float(i)], requires_grad=True) for i in range(4)]
    a, b, c, d = leaves
    (a * b * c * d).sum().backward()
    n, came = 0, True
    while came:
        n += 1
        before = [leaf.grad for leaf in leaves]
        loss = (a * b * c * d).sum()
        came = interrupted(loss.backward, n)
        assert len({leaf.grad is old for leaf, old in zip(leaves, before, strict=True)}) == 1
        assert ends(lambda: (a * b * c * d).sum().backward())
    assert n > 10


@pytest.mark.parametrize("flat", [None, True, False])
def test_an_interrupted_step_leaves_the_mode_and_the_next_step_works(flat: bool | None) -> None:
    n, came = 0, True
    while came:
        n += 1 + n // 20
        model = nn.Sequential(nn.Linear(3, 4, rng=0), nn.BatchNorm1d(4), nn.Linear(4, 2, rng=1))
        adam = optim.Adam(model.parameters(), flat=flat)

        def step(model: nn.Module = model, adam: optim.Optimizer = adam) -> None:
            adam.zero_grad()
            F.cross_entropy(model(X), Y).backward()
            adam.step()

        came = interrupted(step, n)
        assert mode.get() == 1
        step()
        adam.load_state_dict(adam.state_dict())
        step()
        assert all(np.isfinite(parameter.data).all() for parameter in model.parameters())
    assert n > 50


class Failing(optim.SGD):
    """An optimiser whose rule writes and, later on, then fails."""

    later = False

    def update(self, w: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        super().update(w, g, state, group)
        if self.later:
            raise KeyboardInterrupt


@pytest.mark.parametrize("flat", [True, False])
def test_a_graph_notices_what_a_step_that_was_broken_off_has_written(flat: bool) -> None:
    w, v = (Tensor([value], requires_grad=True, name=name) for value, name in ((1.0, "w"), (2.0, "v")))
    w.grad, v.grad = Tensor([1.0]), Tensor([1.0])
    failing = Failing([w, v], lr=0.5, flat=flat)
    failing.step()
    loss = (w * w * v).sum()
    failing.later = True
    with pytest.raises(KeyboardInterrupt):
        failing.step()
    assert w.item() == 0.0
    with pytest.raises(RuntimeError, match=r"^the leaf '[vw]' was written"):
        loss.backward()


def test_a_finaliser_that_goes_backward_while_gradients_are_stored_is_not_waited_for() -> None:
    class Noticing(Tensor):
        """A gradient that notices when it is replaced."""

        def __del__(self) -> None:
            (other * 2.0).sum().backward()

    leaf, other = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    leaf.grad = Noticing([1.0])
    loss = (leaf * 3.0).sum()
    assert ends(loss.backward)
    assert (leaf.grad.item(), other.grad.item()) == (4.0, 2.0)
