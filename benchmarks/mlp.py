"""Fully connected networks of any size in every library: what several workloads are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from .parts import cross_entropy_slope, hips_cross_entropy, jax_cross_entropy
from .workload import Build, Built


@dataclass(frozen=True)
class MLP:
    """A network, its data and its training.

    Attributes
    ----------
    sizes : tuple of int
        Length of the input, of each hidden layer, of the output.
    batch : int
        How many examples.
    activation : str
        "tanh" or "sigmoid", after each layer; but not after the last if the loss is the cross-entropy.
    loss : str
        "cross-entropy", or "squares": half the sum of squares.
    lr, momentum : float
        Of the gradient descent.
    """

    sizes: tuple[int, ...]
    batch: int
    activation: str = "tanh"
    loss: str = "cross-entropy"
    lr: float = 0.05
    momentum: float = 0.0

    def start(self) -> tuple[Any, Any, list[Any], list[Any]]:
        """Return inputs, targets, weights (inputs by outputs) and biases."""
        rng = np.random.default_rng(0)
        x = rng.standard_normal((self.batch, self.sizes[0]), dtype=np.float32)
        classes = rng.integers(0, max(self.sizes[-1], 2), self.batch)
        y = classes if self.loss == "cross-entropy" else rng.random((self.batch, self.sizes[-1]), dtype=np.float32)
        weights = [
            rng.standard_normal((n, m), dtype=np.float32) / np.float32(math.sqrt(n))
            for n, m in zip(self.sizes[:-1], self.sizes[1:], strict=True)
        ]
        return x, y, weights, [np.zeros(m, np.float32) for m in self.sizes[1:]]

    def active(self, i: int) -> bool:
        """Say whether layer i has an activation."""
        return i < len(self.sizes) - 2 or self.loss != "cross-entropy"

    def builds(self) -> dict[str, Build]:
        """Return the network in every library."""
        return {
            "seegrad": partial(seegrad, self),
            "by hand": partial(by_hand, self),
            "PyTorch": partial(pytorch, self),
            "JAX": partial(jax, self),
            "MyGrad": partial(mygrad, self),
            "HIPS autograd": partial(hips, self),
        }


def seegrad(net: MLP) -> Built:
    """Define by run, with the layers of nn."""
    import nn
    import optim

    x, y, weights, biases = net.start()
    layers: list[nn.Module] = []
    for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
        linear = nn.Linear(*w.shape)
        linear.weight.data, linear.bias.data = w.T, b
        layers.append(linear)
        if net.active(i):
            layers.append(nn.Tanh() if net.activation == "tanh" else nn.Sigmoid())
    model = nn.Sequential(*layers)
    sgd = optim.SGD(model.parameters(), lr=net.lr, momentum=net.momentum)
    cross_entropy = nn.CrossEntropyLoss()

    def step() -> None:
        sgd.zero_grad()
        out = model(x)
        loss = cross_entropy(out, y) if net.loss == "cross-entropy" else 0.5 * ((out - y) ** 2).sum()
        loss.backward()
        sgd.step()

    return step, lambda: [m.weight.data.T for m in model if isinstance(m, nn.Linear)]


def pytorch(net: MLP) -> Built:
    """PyTorch, eagerly."""
    import torch
    from torch import nn

    x, y, weights, biases = net.start()
    layers: list[Any] = []
    for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
        linear = nn.Linear(*w.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(w.T))
            linear.bias.copy_(torch.tensor(b))
        layers.append(linear)
        if net.active(i):
            layers.append(nn.Tanh() if net.activation == "tanh" else nn.Sigmoid())
    model = nn.Sequential(*layers)
    sgd = torch.optim.SGD(model.parameters(), lr=net.lr, momentum=net.momentum)
    cross_entropy, xs, ys = nn.CrossEntropyLoss(), torch.tensor(x), torch.tensor(y)

    def step() -> None:
        sgd.zero_grad()
        out = model(xs)
        loss = cross_entropy(out, ys) if net.loss == "cross-entropy" else 0.5 * ((out - ys) ** 2).sum()
        loss.backward()
        sgd.step()

    return step, lambda: [m.weight.detach().numpy().T for m in model if isinstance(m, nn.Linear)]


def by_hand(net: MLP) -> Built:
    """NumPy alone, every array made once."""
    x, y, weights, biases = net.start()
    rows = np.arange(net.batch)
    outs = [np.empty((net.batch, m), np.float32) for m in net.sizes[1:]]
    deltas = [np.empty_like(out) for out in outs]
    params = [p for pair in zip(weights, biases, strict=True) for p in pair]
    grads, moving, scratch = ([np.zeros_like(p) for p in params] for _ in range(3))
    last = len(weights) - 1

    def forward() -> None:
        for i, (w, b, out) in enumerate(zip(weights, biases, outs, strict=True)):
            np.add(np.dot(outs[i - 1] if i else x, w, out), b, out)
            if net.active(i) and net.activation == "tanh":
                np.tanh(out, out)
            elif net.active(i):
                np.reciprocal(np.add(np.exp(np.negative(out, out), out), 1, out), out)

    def first_delta() -> None:
        out, delta = outs[-1], deltas[-1]
        if net.loss == "cross-entropy":
            cross_entropy_slope(out, y, rows, delta)
        else:
            np.subtract(out, y, delta)

    def backward() -> None:
        for i in range(last, -1, -1):
            out, delta = outs[i], deltas[i]
            if net.active(i) and net.activation == "tanh":  # δ (1 − h²)
                np.subtract(1, np.multiply(out, out, out), out)
                np.multiply(delta, out, delta)
            elif net.active(i):  # δ h (1 − h)
                np.multiply(delta, out, delta)
                np.multiply(delta, np.subtract(1, out, out), delta)
            # The output of the layer before is still whole here.
            np.dot((outs[i - 1] if i else x).T, delta, grads[2 * i])
            np.add.reduce(delta, 0, out=grads[2 * i + 1])
            if i:
                np.dot(delta, weights[i].T, deltas[i - 1])

    def step() -> None:
        forward()
        first_delta()
        backward()
        for p, g, v, t in zip(params, grads, moving, scratch, strict=True):
            if net.momentum:
                g = np.add(np.multiply(v, net.momentum, v), g, v)
            np.subtract(p, np.multiply(g, net.lr, t), p)

    return step, lambda: weights


def jax(net: MLP) -> Built:
    """JAX, the whole step compiled."""
    import jax
    import jax.numpy as jnp

    x, y, weights, biases = net.start()
    active = jnp.tanh if net.activation == "tanh" else jax.nn.sigmoid

    def loss(params: Any, x: Any, y: Any) -> Any:
        for i, (w, b) in enumerate(zip(*params, strict=True)):
            x = x @ w + b
            x = active(x) if net.active(i) else x
        return jax_cross_entropy(x, y) if net.loss == "cross-entropy" else 0.5 * ((x - y) ** 2).sum()

    @jax.jit
    def update(params: Any, moving: Any, x: Any, y: Any) -> Any:
        grads = jax.grad(loss)(params, x, y)
        moving = jax.tree.map(lambda v, g: net.momentum * v + g, moving, grads)
        return jax.tree.map(lambda p, v: p - net.lr * v, params, moving), moving

    xs, ys = jnp.asarray(x), jnp.asarray(y)
    params = [jnp.asarray(w) for w in weights], [jnp.asarray(b) for b in biases]
    state = params, jax.tree.map(jnp.zeros_like, params)

    def step() -> None:
        nonlocal state
        state = update(*state, xs, ys)
        state[0][0][0].block_until_ready()

    return step, lambda: state[0][0]


def mygrad(net: MLP) -> Built:
    """MyGrad."""
    import mygrad as mg
    from mygrad.nnet.activations import sigmoid
    from mygrad.nnet.losses import softmax_crossentropy

    x, y, weights, biases = net.start()
    ws, bs = [mg.tensor(w) for w in weights], [mg.tensor(b) for b in biases]
    params, moving = [*ws, *bs], [np.zeros_like(p) for p in (*weights, *biases)]
    active = mg.tanh if net.activation == "tanh" else sigmoid
    lr, momentum = np.float32(net.lr), np.float32(net.momentum)

    def step() -> None:
        out = x
        for i, (w, b) in enumerate(zip(ws, bs, strict=True)):
            out = out @ w + b
            out = active(out) if net.active(i) else out
        loss = softmax_crossentropy(out, y) if net.loss == "cross-entropy" else 0.5 * ((out - y) ** 2).sum()
        loss.backward()
        for p, v in zip(params, moving, strict=True):
            v *= momentum
            v += p.grad
            p.data -= lr * v

    return step, lambda: [w.data for w in ws]


def hips(net: MLP) -> Built:
    """HIPS autograd."""
    import autograd.numpy as anp

    from autograd import grad

    x, y, weights, biases = net.start()
    rows, params = np.arange(net.batch), (weights, biases)
    moving = [np.zeros_like(p) for p in (*weights, *biases)]
    lr, momentum = np.float32(net.lr), np.float32(net.momentum)

    def loss(params: Any) -> Any:
        out = x
        for i, (w, b) in enumerate(zip(*params, strict=True)):
            out = anp.dot(out, w) + b
            if net.active(i):
                out = anp.tanh(out) if net.activation == "tanh" else 1 / (1 + anp.exp(-out))
        return hips_cross_entropy(out, y, rows) if net.loss == "cross-entropy" else 0.5 * anp.sum((out - y) ** 2)

    slope = grad(loss)

    def step() -> None:
        by_weights, by_biases = slope(params)
        for p, v, g in zip((*weights, *biases), moving, (*by_weights, *by_biases), strict=True):
            v *= momentum
            v += g
            p -= lr * v

    return step, lambda: weights
