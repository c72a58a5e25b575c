"""W11: one step of Adam over 50 tensors, 2 M numbers."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..parts import LR, end_to_end, hand_adam, jax_adam
from ..workload import Built, Workload


def start() -> tuple[list[Any], list[Any]]:
    """Return parameters and their gradients: weights and biases of layers of several sizes."""
    rng = np.random.default_rng(0)
    shapes = [shape for n in (64, 128, 256, 512) for shape in ((n, n), (n,))] * 6 + [(256, 256), (256,)]
    params = [rng.standard_normal(shape, dtype=np.float32) for shape in shapes]
    return params, [rng.standard_normal(shape, dtype=np.float32) for shape in shapes]


def seegrad() -> Built:
    """The library's own."""
    import optim
    from autograd import Tensor

    values, grads = start()
    params = [Tensor(p, requires_grad=True) for p in values]
    for p, g in zip(params, grads, strict=True):
        p.grad = Tensor(g)
    return optim.Adam(params, lr=LR).step, lambda: [params[0].data]


def pytorch(**options: Any) -> Built:
    """PyTorch."""
    import torch

    values, grads = start()
    params = [torch.tensor(p, requires_grad=True) for p in values]
    for p, g in zip(params, grads, strict=True):
        p.grad = torch.tensor(g)
    return torch.optim.Adam(params, lr=LR, **options).step, lambda: [params[0].detach().numpy()]


def by_hand() -> Built:
    """NumPy alone, all parameters in one array."""
    values, grads = start()
    (w, views), (g, _) = end_to_end(values), end_to_end(grads)
    return hand_adam(w, g), lambda: [views[0]]


def jax() -> Built:
    """JAX, the whole step compiled."""
    import jax
    import jax.numpy as jnp

    values, gradients = start()
    grads = [jnp.asarray(g) for g in gradients]
    update = jax.jit(lambda params, moments, t: jax_adam(params, moments, grads, t))
    params, t = [jnp.asarray(p) for p in values], 0
    moments = [(jnp.zeros(p.shape), jnp.zeros(p.shape)) for p in values]

    def step() -> None:
        nonlocal params, moments, t
        t += 1
        params, moments = update(params, moments, float(t))
        params[0].block_until_ready()

    return step, lambda: [params[0]]


WORKLOAD = Workload(
    "W11",
    "Adam on 50 tensors, 2 M numbers",
    {
        "seegrad": seegrad,
        "by hand": by_hand,
        "PyTorch": partial(pytorch, foreach=False),
        "PyTorch foreach": partial(pytorch, foreach=True),
        "PyTorch fused": partial(pytorch, fused=True),
        "JAX": jax,
    },
    without={
        "MyGrad": "it has no optimisers",
        "HIPS autograd": "its Adam takes a function, and calls it itself",
    },
)
