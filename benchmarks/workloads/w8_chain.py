"""W8: a chain of 10,000 small operations, to see what one costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..workload import Step, Workload

LENGTH = 10_000
X = np.linspace(0.5, 1.5, 10)
A = np.linspace(0.999, 1.001, 10)
Built = tuple[Step, Callable[[], Any]]


def seegrad() -> Built:
    """Define by run."""
    from autograd import Tensor

    x, a = Tensor(X, requires_grad=True), Tensor(A)

    def step() -> None:
        x.grad, y = None, x
        for _ in range(LENGTH // 2):
            y = y * a + a
        y.sum().backward()

    return step, lambda: [x.grad.data]


def by_hand() -> Built:
    """The bare calls, forward and backward."""
    g = np.empty(10)

    def step() -> None:
        y, t = X, np.empty(10)
        for _ in range(LENGTH // 2):
            y = np.add(np.multiply(y, A, t), A, t)
        g[...] = 1
        for _ in range(LENGTH // 2):
            np.multiply(g, A, g)

    return step, lambda: [g]


def pytorch() -> Built:
    """PyTorch, eagerly."""
    import torch

    x, a = torch.tensor(X, requires_grad=True), torch.tensor(A)

    def step() -> None:
        x.grad, y = None, x
        for _ in range(LENGTH // 2):
            y = y * a + a
        y.sum().backward()

    return step, lambda: [x.grad.numpy()]


def jax() -> Built:
    """JAX: a compiled scan."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    a, x = jnp.asarray(A), jnp.asarray(X)

    @jax.jit
    def slope(x: Any) -> Any:
        return jax.grad(lambda x: jax.lax.scan(lambda y, _: (y * a + a, None), x, None, LENGTH // 2)[0].sum())(x)

    return lambda: slope(x).block_until_ready(), lambda: [slope(x)]


def mygrad() -> Built:
    """MyGrad."""
    import mygrad as mg

    x = mg.tensor(X)

    def step() -> None:
        y = x
        for _ in range(LENGTH // 2):
            y = y * A + A
        y.sum().backward()

    return step, lambda: [x.grad]


def hips() -> Built:
    """HIPS autograd."""
    import autograd.numpy as anp

    from autograd import grad

    def chain(x: Any) -> Any:
        for _ in range(LENGTH // 2):
            x = x * A + A
        return anp.sum(x)

    slope = grad(chain)
    return lambda: slope(X), lambda: [slope(X)]


WORKLOAD = Workload(
    "W8",
    "10,000 chained operations of 10 elements",
    {
        "seegrad": seegrad,
        "by hand": by_hand,
        "PyTorch": pytorch,
        "JAX": jax,
        "MyGrad": mygrad,
        "HIPS autograd": hips,
    },
    check_steps=1,
    unit=LENGTH,
)
