"""W1: a small net in which every number is a node, as in micrograd."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from ..workload import Built, Workload

SIZES, POINTS, LR = (2, 16, 16, 1), 32, 0.01


def start() -> tuple[Any, Any, list[Any]]:
    """Return inputs, targets, and the rows of weights (with the bias last) of each layer."""
    rng = np.random.default_rng(0)
    layers = [rng.standard_normal((m, n + 1)) / np.sqrt(n) for n, m in pairwise(SIZES)]
    return rng.standard_normal((POINTS, 2)), rng.choice([-1.0, 1.0], POINTS), layers


def build(value: Callable[[float], Any], tanh: Callable[[Any], Any], sweep: Callable[..., Any]) -> Built:
    """Return the net made of such numbers.

    Parameters
    ----------
    value : callable
        float → a number that can be differentiated by.
    tanh : callable
        Of such numbers.
    sweep : callable
        (loss, all parameters) → moves each against its gradient.
    """
    xs, ys, layers = start()
    net = [[[value(float(w)) for w in row] for row in layer] for layer in layers]
    params = [w for layer in net for row in layer for w in row]
    data = list(zip(xs.tolist(), ys.tolist(), strict=True))

    def out(x: Any) -> Any:
        for i, layer in enumerate(net):
            sums = [sum((w * a for w, a in zip(row, x, strict=False)), row[-1]) for row in layer]
            x = [tanh(s) for s in sums] if i < len(net) - 1 else sums
        return x[0]

    def step() -> None:
        loss = sum(((d := out(x) - y) * d for x, y in data), value(0.0)) * (1 / POINTS)
        sweep(loss, params)

    return step, lambda: [[w.data if hasattr(w, "data") else w for w in params]]


def seegrad() -> Built:
    """Define by run."""
    from autograd import Tensor

    def sweep(loss: Any, params: Any) -> None:
        loss.backward()
        for w in params:
            w.data = w.data - LR * w.grad.data
            w.grad = None

    return build(lambda w: Tensor(w, requires_grad=True), np.tanh, sweep)


def micrograd() -> Built:
    """Micrograd; it has no tanh, so it is built from the numbers' own operations."""
    import math

    from micrograd.engine import Value

    def tanh(x: Any) -> Any:
        t = math.tanh(x.data)
        out = Value(t, (x,), "tanh")

        def backward() -> None:
            x.grad += (1 - t * t) * out.grad

        out._backward = backward
        return out

    def sweep(loss: Any, params: Any) -> None:
        loss.backward()
        for w in params:
            w.data -= LR * w.grad
            w.grad = 0

    return build(Value, tanh, sweep)


def pytorch() -> Built:
    """PyTorch, eagerly."""
    import torch

    def sweep(loss: Any, params: Any) -> None:
        loss.backward()
        with torch.no_grad():
            for w in params:
                w -= LR * w.grad
                w.grad = None

    return build(lambda w: torch.tensor(w, dtype=torch.float64, requires_grad=True), torch.tanh, sweep)


def mygrad() -> Built:
    """MyGrad."""
    import mygrad as mg

    def sweep(loss: Any, params: Any) -> None:
        loss.backward()
        for w in params:
            w.data = np.asarray(w.data - LR * w.grad)

    return build(mg.tensor, mg.tanh, sweep)


WORKLOAD = Workload(
    "W1",
    "scalar MLP 2-16-16-1, 32 points, every number a node",
    {"seegrad": seegrad, "PyTorch": pytorch, "MyGrad": mygrad, "micrograd": micrograd},
    without={
        "by hand": "without a graph nobody would make a node of every number: see W2",
        "JAX": "it traces and compiles whole programs, and does not record numbers",
        "HIPS autograd": "more than a second a step: twice MyGrad's time",
    },
    check_steps=1,
)
