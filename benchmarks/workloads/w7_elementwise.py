"""W7: twenty elementwise functions, one after the other, on 10⁶ numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..workload import Built, Workload

N = 1_000_000


def start() -> Any:
    """Return the numbers."""
    return np.random.default_rng(0).uniform(0.5, 1.5, N).astype(np.float32)


def program(xp: Any, x: Any) -> Any:
    """Return twenty functions of x, which keep it of ordinary size."""
    y = xp.sin(x) + x  # 2
    y = xp.exp(-y) * y  # 5
    y = xp.tanh(y) + xp.cos(x)  # 8
    y = xp.sqrt(y * y + x)  # 11
    y = xp.log(y + x)  # 13
    y = y / (x + y * y)  # 16
    return xp.sin(y * x - y) * x  # 20


def recorded(xp: Any, wrap: Callable[[Any], Any], unwrap: Callable[[Any], Any]) -> Built:
    """Return the step of a library that records: program, sum, backward."""
    x = wrap(start())

    def step() -> None:
        x.grad = None
        program(xp, x).sum().backward()

    return step, lambda: [unwrap(x.grad)[:1000]]


def seegrad() -> Built:
    """Define by run."""
    from autograd import Tensor

    return recorded(np, lambda a: Tensor(a, requires_grad=True), lambda g: g.data)


def pytorch() -> Built:
    """PyTorch, eagerly."""
    import torch

    return recorded(torch, lambda a: torch.tensor(a, requires_grad=True), lambda g: g.numpy())


def mygrad() -> Built:
    """MyGrad."""
    import mygrad as mg

    x = mg.tensor(start())

    def step() -> None:
        program(mg, x).sum().backward()

    return step, lambda: [x.grad[:1000]]


def jax() -> Built:
    """JAX, compiled."""
    import jax
    import jax.numpy as jnp

    x, slope = jnp.asarray(start()), jax.jit(jax.grad(lambda x: program(jnp, x).sum()))
    return lambda: slope(x).block_until_ready(), lambda: [slope(x)[:1000]]


def hips() -> Built:
    """HIPS autograd."""
    import autograd.numpy as anp

    from autograd import grad

    x, slope = start(), grad(lambda x: anp.sum(program(anp, x)))
    return lambda: slope(x), lambda: [slope(x)[:1000]]


def by_hand() -> Built:
    """NumPy alone, every array made once; the chain rule written backwards."""
    x = start()
    a, b, c, d, e, f, g, h, dy, dx, t = (np.empty_like(x) for _ in range(11))

    def step() -> None:
        np.add(np.sin(x, a), x, a)  # y₁
        np.exp(np.negative(a, b), b)  # e^{−y₁}
        np.multiply(b, a, c)  # y₂
        np.tanh(c, c)  # tanh y₂
        np.add(c, np.cos(x, t), d)  # y₃
        np.sqrt(np.add(np.multiply(d, d, e), x, e), e)  # y₄
        np.log(np.add(e, x, t), f)  # y₅
        np.add(x, np.multiply(f, f, g), g)  # x + y₅²
        np.divide(f, g, h)  # y₆
        np.subtract(np.multiply(h, x, t), h, t)  # y₆ x − y₆

        np.sin(t, dx)
        np.cos(t, t)
        np.multiply(t, x, t)  # by the argument of the last sine
        np.add(dx, np.multiply(t, h, dy), dx)
        np.multiply(t, np.subtract(x, 1, dy), dy)  # by y₆
        np.divide(dy, g, dy)
        np.multiply(dy, h, t)  # −by x + y₅²
        np.subtract(dx, t, dx)
        np.multiply(np.multiply(t, f, t), 2, t)
        np.subtract(dy, t, dy)  # by y₅
        np.divide(dy, np.add(e, x, t), dy)
        np.add(dx, dy, dx)
        np.divide(dy, np.multiply(e, 2, e), dy)  # by y₃² + x
        np.add(dx, dy, dx)
        np.multiply(dy, np.multiply(d, 2, d), dy)  # by y₃
        np.subtract(dx, np.multiply(dy, np.sin(x, t), t), dx)
        np.multiply(dy, np.subtract(1, np.multiply(c, c, c), c), dy)  # by y₂
        np.multiply(dy, np.multiply(b, np.subtract(1, a, t), t), dy)  # by y₁
        np.add(dx, np.multiply(dy, np.add(np.cos(x, t), 1, t), t), dx)

    return step, lambda: [dx[:1000]]


WORKLOAD = Workload(
    "W7",
    "20 elementwise functions on 10⁶ numbers",
    {
        "seegrad": seegrad,
        "by hand": by_hand,
        "PyTorch": pytorch,
        "JAX": jax,
        "MyGrad": mygrad,
        "HIPS autograd": hips,
    },
    check_steps=1,
)
