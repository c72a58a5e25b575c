"""Scores to probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import Operand

from .losses import floating
from .products import refuse_axis


@primitive(name="softmax", x=lambda g, ans, axis: ans * (g - (g * ans).sum(axis=axis, keepdims=True)))
def _softmax(x: Any, axis: int) -> Any:
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    powers /= powers.sum(axis=axis, keepdims=True)
    return powers


def softmax(x: Operand, axis: int = -1) -> Tensor:
    """Turn scores into probabilities: σ(x)ⱼ = exp(xⱼ) / Σₖ exp(xₖ) along `axis`.

    The largest score is taken out of the exponents first, so that large scores do not overflow. The Jacobian is
    ∂σⱼ/∂xₖ = σⱼ(δⱼₖ − σₖ).

    Parameters
    ----------
    x : Tensor or array_like
        The scores.
    axis : int, default −1
        Along it the results add up to 1.

    Returns
    -------
    Tensor of the shape of x

    Raises
    ------
    ValueError
        If x has no such axis.

    References
    ----------
    Bridle, "Probabilistic interpretation of feedforward classification network outputs" (1990).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import softmax
    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    scores = _along("softmax", x, axis)
    return _softmax(scores, axis) if scores.size else scores


@primitive(name="log_softmax", x=lambda g, ans, axis: g - np.exp(ans) * g.sum(axis=axis, keepdims=True))
def _log_softmax(x: Any, axis: int) -> Any:
    logs = x - x.max(axis=axis, keepdims=True)
    logs -= np.log(np.exp(logs).sum(axis=axis, keepdims=True))
    return logs


def log_softmax(x: Operand, axis: int = -1) -> Tensor:
    """Logarithm of :func:`softmax`, without the rounding of its small values: xⱼ − log Σₖ exp(xₖ) along `axis`.

    Parameters
    ----------
    x : Tensor or array_like
        The scores.
    axis : int, default −1
        Along it the exponentials of the results add up to 1.

    Returns
    -------
    Tensor of the shape of x

    Raises
    ------
    ValueError
        If x has no such axis.

    References
    ----------
    Bridle, "Probabilistic interpretation of feedforward classification network outputs" (1990).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import log_softmax
    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    scores = _along("log_softmax", x, axis)
    return _log_softmax(scores, axis) if scores.size else scores


def _along(name: str, x: Any, axis: int) -> Any:
    """Return scores as floating point numbers, or raise ValueError if they have no such axis; a single one has two."""
    scores = floating(x)
    refuse_axis(name, scores.shape or (1,), axis)
    return scores
