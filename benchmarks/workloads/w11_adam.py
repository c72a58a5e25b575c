"""W11: one step of Adam over 50 tensors, 2 M numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..workload import Step, Workload

Built = tuple[Step, Callable[[], Any]]
LR, BETA1, BETA2, EPS = 1e-3, 0.9, 0.999, 1e-8


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
    w, g = (np.concatenate([a.reshape(-1) for a in arrays]) for arrays in (values, grads))
    m, v, s, t = np.zeros_like(w), np.zeros_like(w), np.empty_like(w), 0

    def step() -> None:
        nonlocal t
        t += 1
        np.add(np.multiply(m, BETA1, m), np.multiply(g, 1 - BETA1, s), m)
        np.multiply(np.multiply(g, g, s), 1 - BETA2, s)
        np.add(np.multiply(v, BETA2, v), s, v)
        np.multiply(np.sqrt(v, s), 1 / math.sqrt(1 - BETA2**t), s)
        np.divide(m, np.add(s, EPS, s), s)
        np.subtract(w, np.multiply(s, LR / (1 - BETA1**t), s), w)

    return step, lambda: [w[: values[0].size]]


def jax() -> Built:
    """JAX, the whole step compiled."""
    import jax
    import jax.numpy as jnp

    values, gradients = start()
    grads = [jnp.asarray(g) for g in gradients]

    @jax.jit
    def update(state: Any, t: Any) -> Any:
        def one(p: Any, m: Any, v: Any, g: Any) -> Any:
            m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g * g
            return p - LR * m / (1 - BETA1**t) / (jnp.sqrt(v / (1 - BETA2**t)) + EPS), m, v

        return [one(*pmv, g) for pmv, g in zip(state, grads, strict=True)]

    state, t = [(jnp.asarray(p), jnp.zeros(p.shape), jnp.zeros(p.shape)) for p in values], 0

    def step() -> None:
        nonlocal state, t
        t += 1
        state = update(state, float(t))
        state[0][0].block_until_ready()

    return step, lambda: [state[0][0]]


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
)
