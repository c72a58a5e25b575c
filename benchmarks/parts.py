"""Pieces of several workloads: losses, gradient descent and Adam, by hand and for libraries that have none."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .workload import Built

LR, BETA1, BETA2, EPS = 1e-3, 0.9, 0.999, 1e-8


def cross_entropy_slope(out: Any, y: Any, rows: Any, delta: Any) -> None:
    """Write into delta the gradient of the mean cross-entropy by the scores: (softmax − one-hot) / N."""
    np.exp(np.subtract(out, out.max(1, keepdims=True), delta), delta)
    np.divide(delta, delta.sum(1, keepdims=True), delta)
    delta[rows, y] -= 1
    np.multiply(delta, 1 / len(out), delta)


def jax_cross_entropy(out: Any, y: Any) -> Any:
    """Return the mean cross-entropy of scores, in JAX."""
    import jax
    import jax.numpy as jnp

    return -jnp.take_along_axis(jax.nn.log_softmax(out), y[:, None], 1).mean()


def hips_cross_entropy(out: Any, y: Any, rows: Any) -> Any:
    """Return the mean cross-entropy of scores, in HIPS autograd."""
    import autograd.numpy as anp

    out = out - anp.max(out, axis=1, keepdims=True)
    return anp.mean(anp.log(anp.sum(anp.exp(out), axis=1)) - out[rows, y])


def jax_descent(loss: Callable[..., Any], values: Sequence[Any], x: Any, y: Any, lr: float) -> Built:
    """Return gradient descent on loss(params, x, y), in JAX, the whole step compiled."""
    import jax
    import jax.numpy as jnp

    @jax.jit
    def update(params: Any, x: Any, y: Any) -> Any:
        return [p - lr * g for p, g in zip(params, jax.grad(loss)(params, x, y), strict=True)]

    xs, ys, params = jnp.asarray(x), jnp.asarray(y), [jnp.asarray(v) for v in values]

    def step() -> None:
        nonlocal params
        params = update(params, xs, ys)
        params[0].block_until_ready()

    return step, lambda: params


def mygrad_descent(loss: Callable[[], Any], params: Sequence[Any], lr: float) -> Built:
    """Return gradient descent on loss(), in MyGrad, which forgets old gradients by itself."""
    rate = np.float32(lr)

    def step() -> None:
        loss().backward()
        for p in params:
            p.data -= rate * p.grad

    return step, lambda: [p.data for p in params]


def hips_descent(loss: Callable[[Any], Any], params: Any, lr: float) -> Built:
    """Return gradient descent on loss(params), in HIPS autograd."""
    from autograd import grad

    slope, rate = grad(loss), np.float32(lr)

    def step() -> None:
        for p, g in zip(params, slope(params), strict=True):
            p -= rate * g

    return step, lambda: params


def end_to_end(arrays: Sequence[Any]) -> tuple[Any, list[Any]]:
    """Return one long array of the numbers of all, and views of it in their shapes."""
    flat = np.concatenate([a.reshape(-1) for a in arrays])
    ends = np.cumsum([a.size for a in arrays]).tolist()
    return flat, [flat[end - a.size : end].reshape(a.shape) for a, end in zip(arrays, ends, strict=True)]


def hand_adam(w: Any, g: Any, eps: float = EPS) -> Callable[[], None]:
    """Return Adam's step on one array w with the gradient in g, every other array made once."""
    m, v, s, t = np.zeros_like(w), np.zeros_like(w), np.empty_like(w), 0

    def step() -> None:
        nonlocal t
        t += 1
        np.add(np.multiply(m, BETA1, m), np.multiply(g, 1 - BETA1, s), m)
        np.multiply(np.multiply(g, g, s), 1 - BETA2, s)
        np.add(np.multiply(v, BETA2, v), s, v)
        np.multiply(np.sqrt(v, s), 1 / math.sqrt(1 - BETA2**t), s)
        np.divide(m, np.add(s, eps, s), s)
        np.subtract(w, np.multiply(s, LR / (1 - BETA1**t), s), w)

    return step


def numpy_adam(params: Sequence[Any], eps: float = EPS) -> Callable[[Sequence[Any]], None]:
    """Return Adam's step on arrays, given their gradients, as one writes it: for libraries without optimisers."""
    moments, t = [(np.zeros_like(p), np.zeros_like(p)) for p in params], 0

    def step(grads: Sequence[Any]) -> None:
        nonlocal t
        t += 1
        for p, g, (m, v) in zip(params, grads, moments, strict=True):
            m *= BETA1
            m += (1 - BETA1) * g
            v *= BETA2
            v += (1 - BETA2) * (g * g)
            p -= LR / (1 - BETA1**t) * m / (np.sqrt(v) * (1 / math.sqrt(1 - BETA2**t)) + eps)

    return step


def jax_adam(params: Any, moments: Any, grads: Any, t: Any, eps: float = EPS) -> tuple[Any, Any]:
    """Return parameters and their pairs of moments after a step of Adam, in JAX. Everything lies in lists."""
    import jax.numpy as jnp

    new, kept = [], []
    for p, (m, v), g in zip(params, moments, grads, strict=True):
        m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g * g
        new.append(p - LR * m / (1 - BETA1**t) / (jnp.sqrt(v / (1 - BETA2**t)) + eps))
        kept.append((m, v))
    return new, kept
