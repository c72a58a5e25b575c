"""W8: a chain of 10,000 small operations, to see what one costs, forward and backward."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from ..workload import Built, Workload

LENGTH = 10_000
X = np.linspace(0.5, 1.5, 10)
A = np.linspace(0.999, 1.001, 10)


def chain(y: Any, a: Any) -> Any:
    """Return y after so many operations."""
    for _ in range(LENGTH // 2):
        y = y * a + a
    return y


def recorded(x: Any, a: Any, unwrap: Callable[[Any], Any]) -> Built:
    """Return the step of a library that records: chain, sum, backward."""

    def step() -> float:
        x.grad = None
        start = perf_counter()
        y = chain(x, a)
        forward = perf_counter() - start
        y.sum().backward()
        return forward

    return step, lambda: [unwrap(x.grad)]


def seegrad() -> Built:
    """Define by run."""
    from autograd import Tensor

    return recorded(Tensor(X, requires_grad=True), Tensor(A), lambda g: g.data)


def pytorch() -> Built:
    """PyTorch, eagerly."""
    import torch

    return recorded(torch.tensor(X, requires_grad=True), torch.tensor(A), lambda g: g.numpy())


def mygrad() -> Built:
    """MyGrad, which forgets old gradients by itself."""
    import mygrad as mg

    x = mg.tensor(X)

    def step() -> float:
        start = perf_counter()
        y = chain(x, A)
        forward = perf_counter() - start
        y.sum().backward()
        return forward

    return step, lambda: [x.grad]


def hips() -> Built:
    """HIPS autograd."""
    import autograd.numpy as anp

    from autograd import make_vjp

    forward_pass, g = make_vjp(lambda x: anp.sum(chain(x, A))), None

    def step() -> float:
        nonlocal g
        start = perf_counter()
        pull, _ = forward_pass(X)
        forward = perf_counter() - start
        g = pull(1.0)
        return forward

    return step, lambda: [g]


def by_hand() -> Built:
    """The bare calls, forward and backward."""
    g = np.empty(10)

    def step() -> float:
        start = perf_counter()
        y, t = X, np.empty(10)
        for _ in range(LENGTH // 2):
            y = np.add(np.multiply(y, A, t), A, t)
        forward = perf_counter() - start
        g[...] = 1
        for _ in range(LENGTH // 2):
            np.multiply(g, A, g)
        return forward

    return step, lambda: [g]


def jax() -> Built:
    """JAX: a compiled scan, forward and backward in one."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    a, x = jnp.asarray(A), jnp.asarray(X)

    @jax.jit
    def slope(x: Any) -> Any:
        return jax.grad(lambda x: jax.lax.scan(lambda y, _: (y * a + a, None), x, None, LENGTH // 2)[0].sum())(x)

    return lambda: slope(x).block_until_ready(), lambda: [slope(x)]


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
