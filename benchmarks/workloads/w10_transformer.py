"""W10: a block of a Transformer, forward and backward, without an optimiser."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..workload import Built, Workload

BATCH, TOKENS, D, HEADS, HIDDEN, EPS = 16, 64, 128, 4, 512, 1e-5
SHAPES = {  # in the order of PyTorch's parameters, inputs by outputs
    "qkv": (D, 3 * D),
    "qkv bias": (3 * D,),
    "out": (D, D),
    "out bias": (D,),
    "up": (D, HIDDEN),
    "up bias": (HIDDEN,),
    "down": (HIDDEN, D),
    "down bias": (D,),
    "norm 1": (D,),
    "norm 1 bias": (D,),
    "norm 2": (D,),
    "norm 2 bias": (D,),
}


def start() -> tuple[Any, Any, dict[str, Any]]:
    """Return sequences, the gradient by the output, and parameters."""
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal((2, BATCH, TOKENS, D), dtype=np.float32)
    scales = {name: 1 / math.sqrt(shape[0]) if len(shape) > 1 else 0.1 for name, shape in SHAPES.items()}
    params = {name: rng.standard_normal(shape, np.float32) * np.float32(scales[name]) for name, shape in SHAPES.items()}
    for name in ("norm 1", "norm 2"):
        params[name] += 1
    return x, g, params


def block(xp: Any, relu: Any, softmax: Any, p: dict[str, Any], x: Any) -> Any:
    """Return the output, in any library with NumPy's operators and methods."""

    def normalised(x: Any, gamma: Any, beta: Any) -> Any:
        x = x - x.mean(-1, keepdims=True)
        return x / xp.sqrt((x * x).mean(-1, keepdims=True) + EPS) * gamma + beta

    qkv = (x @ p["qkv"] + p["qkv bias"]).reshape(BATCH, TOKENS, 3, HEADS, D // HEADS)
    qkv = xp.transpose(qkv, (2, 0, 3, 1, 4))
    q, k, v = qkv[0], qkv[1], qkv[2]
    weights = softmax((q @ xp.transpose(k, (0, 1, 3, 2))) * (1 / math.sqrt(D // HEADS)))
    attended = xp.transpose(weights @ v, (0, 2, 1, 3)).reshape(BATCH, TOKENS, D)
    x = normalised(x + (attended @ p["out"] + p["out bias"]), p["norm 1"], p["norm 1 bias"])
    h = relu(x @ p["up"] + p["up bias"])
    return normalised(x + (h @ p["down"] + p["down bias"]), p["norm 2"], p["norm 2 bias"])


def seegrad() -> Built:
    """Define by run, with nn.TransformerEncoderLayer."""
    import nn
    from autograd import Tensor

    x, g, values = start()
    layer = nn.TransformerEncoderLayer(D, HEADS, HIDDEN, dropout=0, batch_first=True)
    xs, params = Tensor(x, requires_grad=True), list(layer.parameters())
    for param, value in zip(params, values.values(), strict=True):
        param.data = value.T.copy()

    def step() -> None:
        layer.zero_grad()
        xs.grad = None
        layer(xs).backward(g)

    return step, lambda: [xs.grad.data, *(param.grad.data.T for param in params)]


def pytorch() -> Built:
    """PyTorch, eagerly, with nn.TransformerEncoderLayer."""
    import torch
    from torch import nn

    x, g, values = start()
    layer = nn.TransformerEncoderLayer(D, HEADS, HIDDEN, dropout=0, batch_first=True)
    xs, gs, params = torch.tensor(x, requires_grad=True), torch.tensor(g), list(layer.parameters())
    with torch.no_grad():
        for param, value in zip(params, values.values(), strict=True):
            param.copy_(torch.tensor(value.T))

    def step() -> None:
        layer.zero_grad()
        xs.grad = None
        layer(xs).backward(gs)

    return step, lambda: [xs.grad.numpy(), *(param.grad.numpy().T for param in params)]


class HandNorm:
    """LayerNorm by hand, of rows of length D."""

    def __init__(self, rows: int) -> None:
        self.xhat, self.scratch = np.empty((2, rows, D), np.float32)
        self.mean, self.root = np.empty((2, rows, 1), np.float32)

    def forward(self, x: Any, gamma: Any, beta: Any, out: Any) -> Any:
        """Write the output for x into out, and return it."""
        np.multiply(np.add.reduce(x, 1, keepdims=True, out=self.mean), 1 / D, self.mean)
        xhat = np.subtract(x, self.mean, self.xhat)
        np.add.reduce(np.multiply(xhat, xhat, self.scratch), 1, keepdims=True, out=self.root)
        np.sqrt(np.add(np.multiply(self.root, 1 / D, self.root), EPS, self.root), self.root)
        np.divide(xhat, self.root, xhat)
        return np.add(np.multiply(xhat, gamma, out), beta, out)

    def backward(self, g: Any, gamma: Any, by_gamma: Any, by_beta: Any, out: Any) -> Any:
        """Write the gradients, that by x into out, which is returned."""
        xhat, t = self.xhat, self.scratch
        np.add.reduce(g, 0, out=by_beta)
        np.add.reduce(np.multiply(g, xhat, t), 0, out=by_gamma)
        np.multiply(g, gamma, out)
        # (g − mean of g − x̂ · mean of g x̂) / σ
        np.add.reduce(np.multiply(out, xhat, t), 1, keepdims=True, out=self.mean)
        np.multiply(xhat, np.multiply(self.mean, 1 / D, self.mean), t)
        np.add.reduce(out, 1, keepdims=True, out=self.mean)
        np.subtract(out, np.add(t, np.multiply(self.mean, 1 / D, self.mean), t), out)
        return np.divide(out, self.root, out)


def by_hand() -> Built:
    """NumPy alone, every array made once."""
    x3, g3, p = start()
    d = {name: np.empty_like(value) for name, value in p.items()}
    n, scale = BATCH * TOKENS, 1 / math.sqrt(D // HEADS)
    x, g = x3.reshape(n, D), g3.reshape(n, D)
    qkv, by_qkv = np.empty((2, n, 3 * D), np.float32)
    heads = (BATCH, TOKENS, 3, HEADS, D // HEADS)
    (q, k, v), (by_q, by_k, by_v) = (a.reshape(heads).transpose(2, 0, 3, 1, 4) for a in (qkv, by_qkv))
    weights, by_weights = np.empty((2, BATCH, HEADS, TOKENS, TOKENS), np.float32)
    sums = np.empty((BATCH, HEADS, TOKENS, 1), np.float32)
    attended, by_attended, x1, x2, by_x1, by_x, t = np.empty((7, n, D), np.float32)
    per_head, by_head = (
        a.reshape(BATCH, TOKENS, HEADS, D // HEADS).transpose(0, 2, 1, 3) for a in (attended, by_attended)
    )
    h, by_h, active = np.empty((n, HIDDEN), np.float32), np.empty((n, HIDDEN), np.float32), np.empty((n, HIDDEN), bool)
    norm1, norm2 = HandNorm(n), HandNorm(n)

    def linear(name: str, x: Any, out: Any) -> Any:
        return np.add(np.dot(x, p[name], out), p[f"{name} bias"], out)

    def linear_back(name: str, x: Any, g: Any, out: Any) -> Any:
        np.dot(x.T, g, d[name])
        np.add.reduce(g, 0, out=d[f"{name} bias"])
        return np.dot(g, p[name].T, out)

    def forward() -> None:
        linear("qkv", x, qkv)
        np.multiply(np.matmul(q, k.swapaxes(-1, -2), weights), scale, weights)
        np.subtract(weights, np.maximum.reduce(weights, -1, keepdims=True, out=sums), weights)
        np.exp(weights, weights)
        np.divide(weights, np.add.reduce(weights, -1, keepdims=True, out=sums), weights)
        np.matmul(weights, v, per_head)
        np.add(x, linear("out", attended, t), t)
        norm1.forward(t, p["norm 1"], p["norm 1 bias"], x1)
        np.maximum(linear("up", x1, h), 0, out=h)
        np.add(x1, linear("down", h, t), t)
        norm2.forward(t, p["norm 2"], p["norm 2 bias"], x2)

    def backward() -> None:
        norm2.backward(g, p["norm 2"], d["norm 2"], d["norm 2 bias"], by_x1)
        linear_back("down", h, by_x1, by_h)
        np.multiply(by_h, np.greater(h, 0, active), by_h)
        np.add(by_x1, linear_back("up", x1, by_h, t), by_x1)
        norm1.backward(by_x1, p["norm 1"], d["norm 1"], d["norm 1 bias"], by_x)
        linear_back("out", attended, by_x, by_attended)
        np.matmul(weights.swapaxes(-1, -2), by_head, by_v)
        # of the softmax: w (g − Σ g w)
        np.matmul(by_head, v.swapaxes(-1, -2), by_weights)
        np.einsum("...i,...i", by_weights, weights, out=sums[..., 0])
        np.multiply(np.multiply(np.subtract(by_weights, sums, by_weights), weights, by_weights), scale, by_weights)
        np.matmul(by_weights, k, by_q)
        np.matmul(by_weights.swapaxes(-1, -2), q, by_k)
        np.add(by_x, linear_back("qkv", x, by_qkv, t), by_x)

    def step() -> None:
        forward()
        backward()

    return step, lambda: [by_x, *d.values()]


def jax() -> Built:
    """JAX, compiled."""
    import jax
    import jax.numpy as jnp

    x, g, values = start()

    def loss(params: Any, x: Any, g: Any) -> Any:
        return (block(jnp, jax.nn.relu, jax.nn.softmax, params, x) * g).sum()

    slope = jax.jit(jax.grad(loss, (0, 1)))
    xs, gs, params = jnp.asarray(x), jnp.asarray(g), {name: jnp.asarray(value) for name, value in values.items()}
    found: Any = None

    def step() -> None:
        nonlocal found
        found = slope(params, xs, gs)
        found[1].block_until_ready()

    return step, lambda: [found[1], *(found[0][name] for name in SHAPES)]


def mygrad() -> Built:
    """MyGrad."""
    import mygrad as mg
    from mygrad.nnet.activations import relu, softmax

    x, g, values = start()
    xs, params = mg.tensor(x), {name: mg.tensor(value) for name, value in values.items()}
    return lambda: block(mg, relu, softmax, params, xs).backward(g), lambda: [
        xs.grad,
        *(p.grad for p in params.values()),
    ]


def hips() -> Built:
    """HIPS autograd."""
    import autograd.numpy as anp

    from autograd import make_vjp

    def softmax(x: Any) -> Any:
        x = anp.exp(x - anp.max(x, axis=-1, keepdims=True))
        return x / anp.sum(x, axis=-1, keepdims=True)

    x, g, params = start()
    forward = make_vjp(lambda px: block(anp, lambda h: anp.maximum(h, 0), softmax, *px))
    found: Any = None

    def step() -> None:
        nonlocal found
        found = forward((params, x))[0](g)

    return step, lambda: [found[1], *(found[0][name] for name in SHAPES)]


WORKLOAD = Workload(
    "W10",
    "transformer block, batch 16, 64 tokens, d 128, 4 heads, forward and backward",
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
