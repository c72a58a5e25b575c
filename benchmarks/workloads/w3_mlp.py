"""W3: a small classifier, 784-100-10, tanh, cross-entropy, batch 64, SGD with momentum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..workload import Step, Workload

LR, MOMENTUM = 0.05, 0.9


def start() -> tuple[Any, ...]:
    """Return the data and the first parameters."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 784), dtype=np.float32)
    y = rng.integers(0, 10, 64)
    w1 = rng.standard_normal((100, 784), dtype=np.float32) / np.float32(28)
    w2 = rng.standard_normal((10, 100), dtype=np.float32) / np.float32(10)
    return x, y, w1, np.zeros(100, np.float32), w2, np.zeros(10, np.float32)


def seegrad() -> tuple[Step, Callable[[], Any]]:
    """Define by run, with the layers of nn."""
    import nn
    import optim

    x, y, *first = start()
    net = nn.Sequential(nn.Linear(784, 100), nn.Tanh(), nn.Linear(100, 10))
    params, loss = list(net.parameters()), nn.CrossEntropyLoss()
    for parameter, value in zip(params, first, strict=True):
        parameter.data = value
    sgd = optim.SGD(params, lr=LR, momentum=MOMENTUM)

    def step() -> None:
        sgd.zero_grad()
        loss(net(x), y).backward()
        sgd.step()

    return step, lambda: [p.data for p in params]


def torch() -> tuple[Step, Callable[[], Any]]:
    """PyTorch, eagerly."""
    import torch
    from torch import nn

    x, y, *first = start()
    net = nn.Sequential(nn.Linear(784, 100), nn.Tanh(), nn.Linear(100, 10))
    params, loss = list(net.parameters()), nn.CrossEntropyLoss()
    with torch.no_grad():
        for parameter, value in zip(params, first, strict=True):
            parameter.copy_(torch.tensor(value))
    xs, ys = torch.tensor(x), torch.tensor(y)
    sgd = torch.optim.SGD(params, lr=LR, momentum=MOMENTUM)

    def step() -> None:
        sgd.zero_grad()
        loss(net(xs), ys).backward()
        sgd.step()

    return step, lambda: [p.detach().numpy() for p in params]


def by_hand() -> tuple[Step, Callable[[], Any]]:
    """NumPy alone, every array made once."""
    x, y, w1, b1, w2, b2 = start()
    rows = np.arange(64)
    h, s = np.empty((64, 100), np.float32), np.empty((64, 10), np.float32)
    params = [w1, b1, w2, b2]
    grads, moving = [np.empty_like(p) for p in params], [np.zeros_like(p) for p in params]
    dh, scratch = np.empty_like(h), [np.empty_like(p) for p in params]

    def step() -> None:
        np.tanh(np.add(np.dot(x, w1.T, h), b1, h), h)
        np.add(np.dot(h, w2.T, s), b2, s)
        np.subtract(s, s.max(1, keepdims=True), s)
        np.exp(s, s)
        np.divide(s, s.sum(1, keepdims=True), s)
        s[rows, y] -= 1
        np.multiply(s, np.float32(1 / 64), s)
        np.dot(s.T, h, grads[2])
        np.add.reduce(s, 0, out=grads[3])
        np.dot(s, w2, dh)
        np.subtract(1, np.multiply(h, h, h), h)
        np.multiply(dh, h, dh)
        np.dot(dh.T, x, grads[0])
        np.add.reduce(dh, 0, out=grads[1])
        for p, g, v, t in zip(params, grads, moving, scratch, strict=True):
            np.add(np.multiply(v, MOMENTUM, v), g, v)
            np.subtract(p, np.multiply(v, LR, t), p)

    return step, lambda: params


def jax() -> tuple[Step, Callable[[], Any]]:
    """JAX, the whole step compiled."""
    import jax
    import jax.numpy as jnp

    x, y, *first = start()

    def loss(params: Any, x: Any, y: Any) -> Any:
        w1, b1, w2, b2 = params
        logits = jnp.tanh(x @ w1.T + b1) @ w2.T + b2
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean()

    @jax.jit
    def update(params: Any, moving: Any, x: Any, y: Any) -> Any:
        grads = jax.grad(loss)(params, x, y)
        moving = [MOMENTUM * v + g for v, g in zip(moving, grads, strict=True)]
        return [p - LR * v for p, v in zip(params, moving, strict=True)], moving

    xs, ys = jnp.asarray(x), jnp.asarray(y)
    state = [jnp.asarray(p) for p in first], [jnp.zeros_like(p) for p in first]

    def step() -> None:
        nonlocal state
        state = update(*state, xs, ys)
        state[0][0].block_until_ready()

    return step, lambda: state[0]


def mygrad() -> tuple[Step, Callable[[], Any]]:
    """MyGrad."""
    import mygrad as mg
    from mygrad.nnet.losses import softmax_crossentropy

    x, y, *first = start()
    params = [mg.tensor(p) for p in first]
    moving = [np.zeros_like(p) for p in first]

    def step() -> None:
        w1, b1, w2, b2 = params
        softmax_crossentropy(mg.tanh(x @ w1.T + b1) @ w2.T + b2, y).backward()
        for p, v in zip(params, moving, strict=True):
            v *= np.float32(MOMENTUM)
            v += p.grad
            p.data -= np.float32(LR) * v

    return step, lambda: [p.data for p in params]


def hips() -> tuple[Step, Callable[[], Any]]:
    """HIPS autograd."""
    import autograd.numpy as anp

    from autograd import grad  # type: ignore[attr-defined]  # HIPS's, not ours

    x, y, *params = start()
    rows, moving = np.arange(64), [np.zeros_like(p) for p in params]

    def loss(params: Any) -> Any:
        w1, b1, w2, b2 = params
        s = anp.dot(anp.tanh(anp.dot(x, w1.T) + b1), w2.T) + b2
        s = s - anp.max(s, axis=1, keepdims=True)
        return anp.mean(anp.log(anp.sum(anp.exp(s), axis=1)) - s[rows, y])

    slope = grad(loss)

    def step() -> None:
        for p, v, g in zip(params, moving, slope(params), strict=True):
            v *= np.float32(MOMENTUM)
            v += g
            p -= np.float32(LR) * v

    return step, lambda: params


WORKLOAD = Workload(
    "W3",
    "MLP 784-100-10, batch 64, SGD with momentum",
    {
        "seegrad": seegrad,
        "by hand": by_hand,
        "PyTorch": torch,
        "JAX": jax,
        "MyGrad": mygrad,
        "HIPS autograd": hips,
    },
)
