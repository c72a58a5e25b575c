"""W5: a classifier with what deep networks of the course have: BatchNorm, ReLU, dropout, Adam.

No two libraries draw the same random numbers. So the numbers are compared with dropout of probability 0, and the time
is that with probability ½.
"""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from ..parts import (
    cross_entropy_slope,
    end_to_end,
    hand_adam,
    hips_cross_entropy,
    jax_adam,
    jax_cross_entropy,
    numpy_adam,
)
from ..workload import Built, Workload

SIZES, BATCH = (784, 512, 512, 10), 128
HIDDEN = len(SIZES) - 2
BN_EPS, BN_MOMENTUM = 1e-5, 0.1
# Adam divides by |g| + ε at first: with its usual ε of 10⁻⁸ it would blow rounding errors of tiny gradients up to whole
# steps, and no two libraries would agree.
EPS = 1e-5


def start() -> tuple[Any, Any, list[Any]]:
    """Return inputs, targets, and parameters: of each hidden layer W (inputs by outputs), γ and β, then W and b."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH, SIZES[0]), dtype=np.float32)
    y = rng.integers(0, SIZES[-1], BATCH)
    weights = [rng.standard_normal((n, m), dtype=np.float32) * np.float32(math.sqrt(2 / n)) for n, m in pairwise(SIZES)]
    params = []
    for w in weights[:-1]:
        params += [w, np.ones(w.shape[1], np.float32), np.zeros(w.shape[1], np.float32)]
    return x, y, [*params, weights[-1], np.zeros(SIZES[-1], np.float32)]


def layers(nn: Any, p: float) -> Any:
    """Return the network, in a library that has PyTorch's layers."""
    hidden = [
        layer
        for n, m in pairwise(SIZES[:-1])
        for layer in (nn.Linear(n, m, bias=False), nn.BatchNorm1d(m), nn.ReLU(), nn.Dropout(p))
    ]
    return nn.Sequential(*hidden, nn.Linear(*SIZES[-2:]))


def seegrad(p: float) -> Built:
    """Define by run, with the layers of nn."""
    import nn
    import optim

    x, y, values = start()
    model = layers(nn, p)
    params = list(model.parameters())
    for param, value in zip(params, values, strict=True):
        param.data = value.T.copy()
    adam, cross_entropy = optim.Adam(params, eps=EPS), nn.CrossEntropyLoss()

    def step() -> None:
        adam.zero_grad()
        cross_entropy(model(x), y).backward()
        adam.step()

    return step, lambda: [param.data.T for param in params]


def pytorch(p: float) -> Built:
    """PyTorch, eagerly."""
    import torch
    from torch import nn

    x, y, values = start()
    model = layers(nn, p)
    params = list(model.parameters())
    with torch.no_grad():
        for param, value in zip(params, values, strict=True):
            param.copy_(torch.tensor(value.T))
    adam, cross_entropy = torch.optim.Adam(params, eps=EPS), nn.CrossEntropyLoss()
    xs, ys = torch.tensor(x), torch.tensor(y)

    def step() -> None:
        adam.zero_grad()
        cross_entropy(model(xs), ys).backward()
        adam.step()

    return step, lambda: [param.detach().numpy().T for param in params]


def by_hand(p: float) -> Built:
    """NumPy alone, every array made once; all parameters in one array for Adam."""
    x, y, values = start()
    rows, rng = np.arange(BATCH), np.random.default_rng(0)
    flat, params = end_to_end(values)
    flat_grad, grads = end_to_end([np.zeros_like(v) for v in values])
    adam = hand_adam(flat, flat_grad, EPS)
    # of each hidden layer: normalised sums, outputs, scratch, kept
    xhats, hs, ts = ([np.empty((BATCH, m), np.float32) for m in SIZES[1:-1]] for _ in range(3))
    kept = [np.empty((BATCH, m), bool) for m in SIZES[1:-1]]
    means, roots = ([np.empty(m, np.float32) for m in SIZES[1:-1]] for _ in range(2))
    running = [(np.zeros(m, np.float32), np.ones(m, np.float32)) for m in SIZES[1:-1]]
    out, delta = (np.empty((BATCH, SIZES[-1]), np.float32) for _ in range(2))
    greatest_kept, scale = round((1 - p) * 2**16) - 1, 1 / (1 - p)

    def normalise(i: int) -> None:
        z, mean, var = xhats[i], means[i], roots[i]
        np.multiply(np.add.reduce(z, 0, out=mean), 1 / BATCH, mean)
        np.subtract(z, mean, z)
        np.add.reduce(np.multiply(z, z, ts[i]), 0, out=var)
        for average, new, factor in zip(running[i], (mean, var), (1, 1 / (BATCH - 1)), strict=True):
            np.add(np.multiply(average, 1 - BN_MOMENTUM, average), new * (BN_MOMENTUM * factor), average)
        np.sqrt(np.add(np.multiply(var, 1 / BATCH, var), BN_EPS, var), var)
        np.divide(z, var, z)

    def forward() -> None:
        h = x
        for i in range(HIDDEN):
            w, gamma, beta = params[3 * i : 3 * i + 3]
            np.dot(h, w, xhats[i])
            normalise(i)
            h = np.add(np.multiply(xhats[i], gamma, hs[i]), beta, hs[i])
            np.maximum(h, 0, out=h)
            # 16 random bits for each unit
            bits = rng.bit_generator.random_raw(h.size // 4).view(np.uint16).reshape(h.shape)
            np.multiply(h, np.less_equal(bits, greatest_kept, kept[i]), h)
            np.multiply(h, scale, h)
        np.add(np.dot(h, params[-2], out), params[-1], out)

    def backward() -> None:
        cross_entropy_slope(out, y, rows, delta)
        np.dot(hs[-1].T, delta, grads[-2])
        np.add.reduce(delta, 0, out=grads[-1])
        above, w = delta, params[-2]
        for i in range(HIDDEN - 1, -1, -1):
            by_w, by_gamma, by_beta = grads[3 * i : 3 * i + 3]
            h, t, xhat = hs[i], ts[i], xhats[i]
            np.dot(above, w.T, t)
            # what ReLU let through and dropout kept is greater than 0
            np.multiply(np.multiply(t, np.greater(h, 0, kept[i]), t), scale, t)
            np.add.reduce(t, 0, out=by_beta)
            np.add.reduce(np.multiply(t, xhat, h), 0, out=by_gamma)
            # (γ/σ) (g − mean of g − x̂ · mean of g x̂)
            np.multiply(xhat, by_gamma * (1 / BATCH), h)
            np.subtract(t, np.add(h, by_beta * (1 / BATCH), h), t)
            np.multiply(t, params[3 * i + 1] / roots[i], t)
            np.dot((hs[i - 1] if i else x).T, t, by_w)
            above, w = t, params[3 * i]

    def step() -> None:
        forward()
        backward()
        adam()

    return step, lambda: params


def jax(p: float) -> Built:
    """JAX, the whole step compiled."""
    import jax
    import jax.numpy as jnp

    x, y, values = start()

    def loss(params: Any, running: Any, key: Any, x: Any, y: Any) -> Any:
        kept_running = []
        for i in range(HIDDEN):
            w, gamma, beta = params[3 * i : 3 * i + 3]
            z = x @ w
            mean, var = z.mean(0), z.var(0)
            new = (mean, var * (BATCH / (BATCH - 1)))
            kept_running.append([(1 - BN_MOMENTUM) * a + BN_MOMENTUM * b for a, b in zip(running[i], new, strict=True)])
            h = jax.nn.relu((z - mean) / jnp.sqrt(var + BN_EPS) * gamma + beta)
            key, own = jax.random.split(key)
            x = jnp.where(jax.random.bernoulli(own, 1 - p, h.shape), h / (1 - p), 0)
        return jax_cross_entropy(x @ params[-2] + params[-1], y), (kept_running, key)

    @jax.jit
    def update(params: Any, moments: Any, running: Any, key: Any, t: Any, x: Any, y: Any) -> Any:
        grads, (running, key) = jax.grad(loss, has_aux=True)(params, running, key, x, y)
        return *jax_adam(params, moments, grads, t, EPS), running, key

    xs, ys, params, t = jnp.asarray(x), jnp.asarray(y), [jnp.asarray(v) for v in values], 0
    moments = [(jnp.zeros(v.shape), jnp.zeros(v.shape)) for v in values]
    state = params, moments, [[jnp.zeros(m), jnp.ones(m)] for m in SIZES[1:-1]], jax.random.key(0)

    def step() -> None:
        nonlocal state, t
        t += 1
        state = update(*state, float(t), xs, ys)
        state[0][0].block_until_ready()

    return step, lambda: state[0]


def mygrad(p: float) -> Built:
    """MyGrad; its BatchNorm keeps no running statistics, and dropout is a product with what is kept."""
    import mygrad as mg
    from mygrad.nnet.activations import relu
    from mygrad.nnet.layers import batchnorm
    from mygrad.nnet.losses import softmax_crossentropy

    x, y, values = start()
    rng, params = np.random.default_rng(0), [mg.tensor(v) for v in values]
    adam = numpy_adam([param.data for param in params], EPS)
    scale = np.float32(1 / (1 - p))

    def step() -> None:
        h = x
        for i in range(HIDDEN):
            w, gamma, beta = params[3 * i : 3 * i + 3]
            h = relu(batchnorm(h @ w, gamma=gamma, beta=beta, eps=BN_EPS))
            h = h * ((rng.random(h.shape, np.float32) >= p) * scale)
        softmax_crossentropy(h @ params[-2] + params[-1], y).backward()
        adam([param.grad for param in params])

    return step, lambda: [param.data for param in params]


def hips(p: float) -> Built:
    """HIPS autograd; BatchNorm is written out, without running statistics."""
    import autograd.numpy as anp

    from autograd import grad

    x, y, params = start()
    rows, rng, scale = np.arange(BATCH), np.random.default_rng(0), np.float32(1 / (1 - p))

    def loss(params: Any) -> Any:
        h = x
        for i in range(HIDDEN):
            w, gamma, beta = params[3 * i : 3 * i + 3]
            z = anp.dot(h, w)
            z = z - anp.mean(z, axis=0)
            z = z / anp.sqrt(anp.mean(z * z, axis=0) + BN_EPS)
            h = anp.maximum(z * gamma + beta, 0)
            h = h * ((rng.random(h.shape, np.float32) >= p) * scale)
        return hips_cross_entropy(anp.dot(h, params[-2]) + params[-1], y, rows)

    slope, adam = grad(loss), numpy_adam(params, EPS)
    return lambda: adam(slope(params)), lambda: params


BUILDS = {
    "seegrad": seegrad,
    "by hand": by_hand,
    "PyTorch": pytorch,
    "JAX": jax,
    "MyGrad": mygrad,
    "HIPS autograd": hips,
}
WORKLOAD = Workload(
    "W5",
    "MLP 784-512-512-10, BatchNorm, ReLU, dropout, Adam, batch 128",
    {library: partial(build, 0.5) for library, build in BUILDS.items()},
    checks={library: partial(build, 0.0) for library, build in BUILDS.items()},
)
