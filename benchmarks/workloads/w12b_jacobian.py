"""W12b: all derivatives of the outputs of a small net."""

from __future__ import annotations

import numpy as np

from ..small_net import PLACES, POINTS, SIZES, jacobian_by_hand, outputs, start
from ..workload import Built, Workload


def seegrad() -> Built:
    """Define by run."""
    from autograd import jacobian

    x, _, w = start()
    slopes, found = jacobian(lambda w: outputs(np.tanh, x, w)), None

    def step() -> None:
        nonlocal found
        found = slopes(w)

    return step, lambda: [found]


def pytorch() -> Built:
    """PyTorch: torch.func.jacrev, all rows at once by vmap."""
    import torch

    x, _, w = start()
    xs, ws, found = torch.tensor(x), torch.tensor(w), None
    slopes = torch.func.jacrev(lambda w: outputs(torch.tanh, xs, w))

    def step() -> None:
        nonlocal found
        found = slopes(ws)

    return step, lambda: [found.numpy()]


def by_hand() -> Built:
    """NumPy alone, from the formula."""
    x, _, w = start()
    found = np.zeros((POINTS, SIZES[-1], PLACES[-1]))
    return lambda: jacobian_by_hand(x, w, found), lambda: [found]


def jax() -> Built:
    """JAX, compiled."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    x, _, w = start()
    xs, ws = jnp.asarray(x), jnp.asarray(w)
    slopes = jax.jit(jax.jacrev(lambda w: outputs(jnp.tanh, xs, w)))
    return lambda: slopes(ws).block_until_ready(), lambda: [slopes(ws)]


def hips() -> Built:
    """HIPS autograd."""
    import autograd.numpy as anp

    from autograd import jacobian

    x, _, w = start()
    slopes = jacobian(lambda w: outputs(anp.tanh, x, w))
    return lambda: slopes(w), lambda: [slopes(w)]


WORKLOAD = Workload(
    "W12b",
    "jacobian of its 15 outputs",
    {"seegrad": seegrad, "by hand": by_hand, "PyTorch": pytorch, "JAX": jax, "HIPS autograd": hips},
    without={"MyGrad": "it has none"},
    check_steps=1,
)
