"""A net small enough for whole matrices of derivatives: what gradcheck, Jacobian and Hessian are measured on."""

from __future__ import annotations

from typing import Any

import numpy as np

SIZES, POINTS = (4, 8, 3), 5
PLACES = (0, 32, 40, 64, 67)  # of W₁, b₁, W₂, b₂ in the vector of all parameters


def start() -> tuple[Any, Any, Any]:
    """Return inputs, targets, and the parameters in one vector, in float64."""
    rng = np.random.default_rng(0)
    return (
        rng.standard_normal((POINTS, SIZES[0])),
        rng.standard_normal((POINTS, SIZES[-1])),
        rng.standard_normal(67) / 2,
    )


def outputs(tanh: Any, x: Any, w: Any) -> Any:
    """Return what the net says, in any library with operators."""
    a, b, c, d, e = PLACES
    h = tanh(x @ w[a:b].reshape(SIZES[:2]) + w[b:c])
    return h @ w[c:d].reshape(SIZES[1:]) + w[d:e]


def loss(tanh: Any, x: Any, y: Any, w: Any) -> Any:
    """Return half the sum of squares."""
    e = outputs(tanh, x, w) - y
    return 0.5 * (e * e).sum()


def jacobian_by_hand(x: Any, w: Any, jacobian: Any) -> Any:
    """Write the derivatives of the outputs by the parameters, (points, outputs, parameters), and return them."""
    a, b, c, d, e = PLACES
    h = np.tanh(x @ w[a:b].reshape(SIZES[:2]) + w[b:c])
    by_sums = (1 - h * h)[:, None, :] * w[c:d].reshape(SIZES[1:]).T  # (points, outputs, hidden)
    jacobian[:, :, b:c] = by_sums
    np.multiply(x[:, None, :, None], by_sums[:, :, None, :], jacobian[:, :, a:b].reshape(POINTS, SIZES[2], *SIZES[:2]))
    return _second_layer(h, jacobian, c, d, e)


def _second_layer(h: Any, jacobian: Any, c: int, d: int, e: int) -> Any:
    for k in range(SIZES[2]):
        jacobian[:, k, c + k : d : SIZES[2]] = h
        jacobian[:, k, d + k] = 1
    return jacobian
