"""Elman's recurrent network in every library, as the library's layer and written as a loop over the steps of time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .parts import (
    cross_entropy_slope,
    hips_cross_entropy,
    hips_descent,
    jax_cross_entropy,
    jax_descent,
    mygrad_descent,
)
from .workload import Built

STEPS, BATCH, FEATURES, HIDDEN, CLASSES, LR = 100, 32, 32, 128, 10, 0.01
SHAPES = (FEATURES, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, CLASSES)


def start() -> tuple[Any, Any, list[Any]]:
    """Return sequences (steps first), targets, and W, U (both inputs by outputs) and V: hₜ = tanh(xₜW + hₜ₋₁U)."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((STEPS, BATCH, FEATURES), dtype=np.float32)
    weights = [rng.standard_normal(s, dtype=np.float32) / np.float32(math.sqrt(s[0])) for s in SHAPES]
    return x, rng.integers(0, CLASSES, BATCH), weights


def unrolled(tanh: Any, x: Any, params: Any) -> Any:
    """Return the scores that follow from the last state, in any library with operators."""
    w, u, v = params
    h = tanh(x[0] @ w)
    for xt in x[1:]:
        h = tanh(xt @ w + h @ u)
    return h @ v


def seegrad_layer() -> Built:
    """Define by run, with nn.RNN."""
    import nn

    rnn, head = nn.RNN(FEATURES, HIDDEN, bias=False), nn.Linear(HIDDEN, CLASSES, bias=False)
    params = [*rnn.parameters(), *head.parameters()]
    for param, value in zip(params, start()[2], strict=True):
        param.data = value.T.copy()
    step = _seegrad_step(params, lambda x: head(rnn(x)[1][0]))
    return step, lambda: [param.data.T for param in params]


def seegrad_loop() -> Built:
    """Define by run, step after step."""
    from autograd import Tensor

    params = [Tensor(w, requires_grad=True) for w in start()[2]]
    return _seegrad_step(params, lambda x: unrolled(np.tanh, x, params)), lambda: [p.data for p in params]


def _seegrad_step(params: Any, scores: Any) -> Any:
    import nn
    import optim

    x, y, _ = start()
    sgd, cross_entropy = optim.SGD(params, lr=LR), nn.CrossEntropyLoss()

    def step() -> None:
        sgd.zero_grad()
        cross_entropy(scores(x), y).backward()
        sgd.step()

    return step


def pytorch_layer() -> Built:
    """PyTorch, with nn.RNN."""
    import torch
    from torch import nn

    rnn, head = nn.RNN(FEATURES, HIDDEN, bias=False), nn.Linear(HIDDEN, CLASSES, bias=False)
    params = [*rnn.parameters(), *head.parameters()]
    with torch.no_grad():
        for param, value in zip(params, start()[2], strict=True):
            param.copy_(torch.tensor(value.T))
    step = _pytorch_step(params, lambda x: head(rnn(x)[1][0]))
    return step, lambda: [param.detach().numpy().T for param in params]


def pytorch_loop() -> Built:
    """PyTorch, eagerly, step after step."""
    import torch

    params = [torch.tensor(w, requires_grad=True) for w in start()[2]]
    return _pytorch_step(params, lambda x: unrolled(torch.tanh, x, params)), lambda: [
        p.detach().numpy() for p in params
    ]


def _pytorch_step(params: Any, scores: Any) -> Any:
    import torch

    x, y, _ = start()
    xs, ys = torch.tensor(x), torch.tensor(y)
    sgd, cross_entropy = torch.optim.SGD(params, lr=LR), torch.nn.CrossEntropyLoss()

    def step() -> None:
        sgd.zero_grad()
        cross_entropy(scores(xs), ys).backward()
        sgd.step()

    return step


def by_hand() -> Built:
    """NumPy alone, every array made once; what needs no earlier state is computed for all steps at once."""
    x, y, params = start()
    (w, u, v), rows = params, np.arange(BATCH)
    hs, slopes, deltas = (np.empty((STEPS, BATCH, HIDDEN), np.float32) for _ in range(3))
    recurrent = np.empty((BATCH, HIDDEN), np.float32)
    out, by_out = (np.empty((BATCH, CLASSES), np.float32) for _ in range(2))
    grads, scratch = ([np.empty_like(p) for p in params] for _ in range(2))

    def flat(a: Any) -> Any:
        return a.reshape(-1, a.shape[-1])

    def step() -> None:
        np.dot(flat(x), w, flat(hs))
        np.tanh(hs[0], hs[0])
        for t in range(1, STEPS):
            np.dot(hs[t - 1], u, recurrent)
            np.tanh(np.add(hs[t], recurrent, hs[t]), hs[t])
        cross_entropy_slope(np.dot(hs[-1], v, out), y, rows, by_out)

        np.dot(hs[-1].T, by_out, grads[2])
        np.subtract(1, np.multiply(hs, hs, slopes), slopes)
        np.multiply(np.dot(by_out, v.T, deltas[-1]), slopes[-1], deltas[-1])
        for t in range(STEPS - 2, -1, -1):
            np.multiply(np.dot(deltas[t + 1], u.T, deltas[t]), slopes[t], deltas[t])
        np.dot(flat(hs[:-1]).T, flat(deltas[1:]), grads[1])
        np.dot(flat(x).T, flat(deltas), grads[0])
        for p, g, s in zip(params, grads, scratch, strict=True):
            np.subtract(p, np.multiply(g, LR, s), p)

    return step, lambda: params


def jax() -> Built:
    """JAX, a scan, the whole step compiled."""
    import jax
    import jax.numpy as jnp

    x, y, values = start()

    def loss(params: Any, x: Any, y: Any) -> Any:
        w, u, v = params
        h, _ = jax.lax.scan(lambda h, z: (jnp.tanh(z + h @ u), None), jnp.zeros((BATCH, HIDDEN)), x @ w)
        return jax_cross_entropy(h @ v, y)

    return jax_descent(loss, values, x, y, LR)


def mygrad() -> Built:
    """MyGrad."""
    import mygrad as mg
    from mygrad.nnet.losses import softmax_crossentropy

    x, y, values = start()
    params = [mg.tensor(v) for v in values]
    return mygrad_descent(lambda: softmax_crossentropy(unrolled(mg.tanh, x, params), y), params, LR)


def hips() -> Built:
    """HIPS autograd."""
    import autograd.numpy as anp

    x, y, params = start()
    rows = np.arange(BATCH)
    return hips_descent(lambda params: hips_cross_entropy(unrolled(anp.tanh, x, params), y, rows), params, LR)
