"""W12c: all second derivatives of the loss of a small net."""

from __future__ import annotations

import numpy as np

from ..small_net import loss, start
from ..workload import Built, Workload


def seegrad() -> Built:
    """Define by run."""
    from autograd import hessian

    x, y, w = start()
    curvature, found = hessian(lambda w: loss(np.tanh, x, y, w)), None

    def step() -> None:
        nonlocal found
        found = curvature(w)

    return step, lambda: [found]


def pytorch() -> Built:
    """PyTorch: torch.func.hessian."""
    import torch

    (xs, ys, ws), found = (torch.tensor(a) for a in start()), None
    curvature = torch.func.hessian(lambda w: loss(torch.tanh, xs, ys, w))

    def step() -> None:
        nonlocal found
        found = curvature(ws)

    return step, lambda: [found.numpy()]


def jax() -> Built:
    """JAX, compiled."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    x, y, w = (jnp.asarray(a) for a in start())
    curvature = jax.jit(jax.hessian(lambda w: loss(jnp.tanh, x, y, w)))
    return lambda: curvature(w).block_until_ready(), lambda: [curvature(w)]


def hips() -> Built:
    """HIPS autograd."""
    import autograd.numpy as anp

    from autograd import hessian

    x, y, w = start()
    curvature = hessian(lambda w: loss(anp.tanh, x, y, w))
    return lambda: curvature(w), lambda: [curvature(w)]


WORKLOAD = Workload(
    "W12c",
    "hessian of its loss",
    {"seegrad": seegrad, "PyTorch": pytorch, "JAX": jax, "HIPS autograd": hips},
    without={"by hand": "nobody writes it down", "MyGrad": "it has no second derivatives"},
    check_steps=1,
)
