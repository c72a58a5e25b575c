"""W6: a small convolutional network."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..parts import (
    cross_entropy_slope,
    hips_cross_entropy,
    hips_descent,
    jax_cross_entropy,
    jax_descent,
    mygrad_descent,
)
from ..workload import Built, Workload

CHANNELS, SIZE, BATCH, CLASSES, LR = (1, 8, 16), 28, 64, 10, 0.05
FEATURES = CHANNELS[-1] * (SIZE // 4) ** 2


def start() -> tuple[Any, Any, list[Any]]:
    """Return images, targets, and parameters: kernels and biases of the convolutions, then W (outputs by inputs), b."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH, CHANNELS[0], SIZE, SIZE), dtype=np.float32)
    shapes = [(CHANNELS[1], CHANNELS[0], 3, 3), (CHANNELS[2], CHANNELS[1], 3, 3), (CLASSES, FEATURES)]
    params = []
    for shape in shapes:
        scale = np.float32(math.sqrt(2 / math.prod(shape[1:])))
        params += [rng.standard_normal(shape, dtype=np.float32) * scale, np.zeros(shape[0], np.float32)]
    return x, rng.integers(0, CLASSES, BATCH), params


def layers(nn: Any) -> Any:
    """Return the network, in a library that has PyTorch's layers."""
    a, b, c = CHANNELS
    first = nn.Conv2d(a, b, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
    second = nn.Conv2d(b, c, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(FEATURES, CLASSES))


def seegrad() -> Built:
    """Define by run, with the layers of nn."""
    import nn
    import optim

    x, y, values = start()
    model = layers(nn)
    params = list(model.parameters())
    for param, value in zip(params, values, strict=True):
        param.data = value
    sgd, cross_entropy = optim.SGD(params, lr=LR), nn.CrossEntropyLoss()

    def step() -> None:
        sgd.zero_grad()
        cross_entropy(model(x), y).backward()
        sgd.step()

    return step, lambda: [param.data for param in params]


def pytorch() -> Built:
    """PyTorch, eagerly."""
    import torch
    from torch import nn

    x, y, values = start()
    model = layers(nn)
    params = list(model.parameters())
    with torch.no_grad():
        for param, value in zip(params, values, strict=True):
            param.copy_(torch.tensor(value))
    sgd, cross_entropy = torch.optim.SGD(params, lr=LR), nn.CrossEntropyLoss()
    xs, ys = torch.tensor(x), torch.tensor(y)

    def step() -> None:
        sgd.zero_grad()
        cross_entropy(model(xs), ys).backward()
        sgd.step()

    return step, lambda: [param.detach().numpy() for param in params]


class HandBlock:
    """Convolution, ReLU and pooling by hand, every array made once.

    Arrays are (C, N, H, W), so that a convolution is one product: kernels (O, 9C) by columns (9C, N·H·W).
    """

    def __init__(self, channels: int, kernels: int, size: int) -> None:
        self.size, self.channels = size, channels
        self.padded, self.by_padded = np.zeros((2, channels, BATCH, size + 2, size + 2), np.float32)
        self.columns = np.empty((channels, 3, 3, BATCH, size, size), np.float32)
        self.flat_columns = self.columns.reshape(channels * 9, -1)
        self.y = np.empty((kernels, BATCH, size, size), np.float32)
        self.g = np.empty_like(self.y)
        self.out, self.scratch = (np.empty((kernels, BATCH, size // 2, size // 2), np.float32) for _ in range(2))
        self.where = np.empty(self.out.shape, bool)

    def shifts(self, padded: Any) -> list[tuple[Any, Any]]:
        """Return, for each of the nine elements of a kernel, its columns and the stretch of the images it meets."""
        return [
            (self.columns[:, i, j], padded[:, :, i : i + self.size, j : j + self.size])
            for i in range(3)
            for j in range(3)
        ]

    def corners(self, a: Any) -> list[Any]:
        """Return the four elements of each window."""
        return [a[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]

    def forward(self, x: Any, w: Any, b: Any) -> Any:
        """Return the output, for x of (C, N, H, W)."""
        self.padded[:, :, 1:-1, 1:-1] = x
        for columns, shifted in self.shifts(self.padded):
            columns[...] = shifted
        y = self.y.reshape(len(w), -1)
        np.dot(w.reshape(len(w), -1), self.flat_columns, y)
        np.add(y, b[:, None], y)
        np.maximum(y, 0, out=y)
        p, q, r, s = self.corners(self.y)
        np.maximum(np.maximum(p, q, out=self.out), np.maximum(r, s, out=self.scratch), out=self.out)
        return self.out

    def backward(self, g: Any, w: Any, by_w: Any, by_b: Any, further: bool) -> Any:
        """Write the gradients by w and b, and return that by x if it is wanted; g is written to."""
        np.multiply(g, np.greater(self.out, 0, self.where), g)  # of ReLU: then no maximum with a gradient is a tie at 0
        for y, by_y in zip(self.corners(self.y), self.corners(self.g), strict=True):
            np.multiply(g, np.equal(y, self.out, self.where), by_y)
        by_y = self.g.reshape(len(w), -1)
        np.dot(by_y, self.flat_columns.T, by_w.reshape(len(w), -1))
        np.add.reduce(by_y, 1, out=by_b)
        if not further:
            return None
        np.dot(w.reshape(len(w), -1).T, by_y, self.flat_columns)
        self.by_padded[...] = 0
        for columns, shifted in self.shifts(self.by_padded):
            np.add(shifted, columns, shifted)
        return self.by_padded[:, :, 1:-1, 1:-1]


def by_hand() -> Built:
    """NumPy alone, every array made once."""
    x, y, params = start()
    (w1, b1, w2, b2, w3, b3), rows = params, np.arange(BATCH)
    grads, scratch = ([np.empty_like(p) for p in params] for _ in range(2))
    first, second = HandBlock(*CHANNELS[:2], SIZE), HandBlock(*CHANNELS[1:], SIZE // 2)
    h = np.empty((BATCH, CHANNELS[-1], SIZE // 4, SIZE // 4), np.float32)
    by_h, g1 = np.empty_like(h), np.empty_like(first.out)
    flat, by_flat = h.reshape(BATCH, -1), by_h.reshape(BATCH, -1)
    out, delta = (np.empty((BATCH, CLASSES), np.float32) for _ in range(2))

    def step() -> None:
        h[...] = second.forward(first.forward(x.swapaxes(0, 1), w1, b1), w2, b2).swapaxes(0, 1)
        np.add(np.dot(flat, w3.T, out), b3, out)
        cross_entropy_slope(out, y, rows, delta)
        np.dot(delta.T, flat, grads[4])
        np.add.reduce(delta, 0, out=grads[5])
        np.dot(delta, w3, by_flat)
        g1[...] = second.backward(by_h.swapaxes(0, 1), w2, grads[2], grads[3], True)
        first.backward(g1, w1, grads[0], grads[1], False)
        for p, g, t in zip(params, grads, scratch, strict=True):
            np.subtract(p, np.multiply(g, LR, t), p)

    return step, lambda: params


def jax() -> Built:
    """JAX, the whole step compiled."""
    import jax
    import jax.numpy as jnp

    x, y, values = start()

    def block(x: Any, w: Any, b: Any) -> Any:
        x = jax.lax.conv(x, w, (1, 1), "SAME") + b[:, None, None]
        return jax.lax.reduce_window(jax.nn.relu(x), -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

    def loss(params: Any, x: Any, y: Any) -> Any:
        w1, b1, w2, b2, w3, b3 = params
        h = block(block(x, w1, b1), w2, b2)
        return jax_cross_entropy(h.reshape(BATCH, -1) @ w3.T + b3, y)

    return jax_descent(loss, values, x, y, LR)


def mygrad() -> Built:
    """MyGrad."""
    import mygrad as mg
    from mygrad.nnet.activations import relu
    from mygrad.nnet.layers import conv_nd, max_pool
    from mygrad.nnet.losses import softmax_crossentropy

    x, y, values = start()
    params = [mg.tensor(v) for v in values]
    w1, b1, w2, b2, w3, b3 = params

    def block(x: Any, w: Any, b: Any) -> Any:
        return max_pool(relu(conv_nd(x, w, stride=1, padding=1) + b.reshape(-1, 1, 1)), (2, 2), 2)

    def loss() -> Any:
        h = block(block(x, w1, b1), w2, b2)
        return softmax_crossentropy(h.reshape(BATCH, -1) @ w3.T + b3, y)

    return mygrad_descent(loss, params, LR)


def hips() -> Built:
    """HIPS autograd; a convolution is written as nine shifted images and a product."""
    import autograd.numpy as anp

    x, y, params = start()
    rows = np.arange(BATCH)

    def block(x: Any, w: Any, b: Any) -> Any:
        size = x.shape[-1]
        x = anp.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), "constant")
        shifted = [x[:, :, i : i + size, j : j + size] for i in range(3) for j in range(3)]
        columns = anp.stack(shifted, axis=2).reshape(BATCH, -1, size * size)  # (N, 9C, H·W)
        y = anp.matmul(w.reshape(len(w), -1), columns) + b[:, None]
        windows = anp.maximum(y, 0).reshape(BATCH, len(w), size // 2, 2, size // 2, 2)
        return anp.max(anp.max(windows, axis=5), axis=3)

    def loss(params: Any) -> Any:
        w1, b1, w2, b2, w3, b3 = params
        h = block(block(x, w1, b1), w2, b2)
        return hips_cross_entropy(anp.dot(h.reshape(BATCH, -1), w3.T) + b3, y, rows)

    return hips_descent(loss, params, LR)


WORKLOAD = Workload(
    "W6",
    "two 3×3 convolutions (1→8→16), ReLU, max-pooling, batch 64 of 28×28, SGD",
    {
        "seegrad": seegrad,
        "by hand": by_hand,
        "PyTorch": pytorch,
        "JAX": jax,
        "MyGrad": mygrad,
        "HIPS autograd": hips,
    },
)
