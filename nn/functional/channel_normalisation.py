"""Normalisation of channels: over a batch (batch_norm), or of each example over groups of channels (group_norm).

Both are x̂ = (x − μ)/√(σ² + ε) and y = γ x̂ + β, with one γ and one β for each channel, and the biased variance σ².
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import Operand, plain

from .normalisation import floats, row_means
from .products import _named, _shape

# --------------------------------------------------------------------------------------------------------- over a batch


def _flat(x: Any) -> Any:
    """Return x of shape (N, C) as it is, and (N, C, …) as (N, C, L)."""
    return x if x.ndim == 2 else x.reshape((*x.shape[:2], math.prod(x.shape[2:])))


def _along(of_channels: Any, x: Any) -> Any:
    """Return one number for each channel in a shape that broadcasts with x, (N, C, …)."""
    return of_channels.reshape((-1,) + (1,) * (x.ndim - 2))


def _sums(x: Any) -> Any:
    """Return the sum over each channel of x, (N, C) or (N, C, L).

    A product with ones adds up three times faster than x.sum(axis), and over many rows it rounds less.
    """
    return np.ones_like(x, shape=x.shape[:1]) @ x if x.ndim == 2 else _map_sums(x).sum(axis=0)


def _map_sums(x: Any) -> Any:
    """Return the sum over each map of x, (N, C, L) or (N, C): in each example one for each channel, (N, C)."""
    return x if x.ndim == 2 else x @ np.ones_like(x, shape=x.shape[2:])


def _follow(running: Any, value: Any, momentum: float) -> None:
    """Move a running average, in place, towards a new value."""
    running *= 1.0 - momentum
    running += momentum * value


def _affine(x: Any, weight: Any, bias: Any) -> Any:
    """Return γ x + β with one γ and one β for each channel; None is 1 and 0."""
    if weight is not None:
        x = x * _along(weight, x)
    return x if bias is None else x + _along(bias, x)


def _batch_norm_again(
    x: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, momentum: float, eps: float
) -> Any:
    axes = (0, *range(2, x.ndim))
    centred = x - x.mean(axis=axes, keepdims=True)
    variance = (centred * centred).mean(axis=axes, keepdims=True)
    return _affine(centred / np.sqrt(variance + eps), weight, bias)


def _pull_batch_norm(g: Any, centred: Any, rest: Any, inverse: Any, weight: Any, x_shape: tuple[int, ...]) -> Any:
    """x̄ = γ/σ · (g − mean(g) − x̂ · mean(g·x̂)), γ̄ = Σ g·x̂, β̄ = Σ g, with x̂ = (centred − rest)/σ."""
    g = g.reshape(centred.shape)
    n = centred.size // centred.shape[1]
    by_bias = _sums(g)
    by_weight = (_sums(g * centred) - rest * by_bias) * inverse
    slope = by_weight * inverse / n
    by_x = centred * _along(-slope, centred)
    by_x += g
    by_x += _along(rest * slope - by_bias / n, centred)
    by_x *= _along(inverse if weight is None else inverse * weight, centred)
    return by_x.reshape(x_shape), by_weight, by_bias


@primitive(
    name="batch_norm",
    together=_pull_batch_norm,
    residuals=("centred", "rest", "inverse"),
    again=_batch_norm_again,
)
def _batch_norm(
    x: Any,
    weight: Any,
    bias: Any,
    running_mean: Any = None,
    running_var: Any = None,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Normalise by the statistics of this batch, and write them into the running ones."""
    shape, x = x.shape, _flat(x)
    n = x.size // x.shape[1]
    mean = _sums(x) / n
    centred = x - _along(mean, x)
    rest = _sums(centred) / n  # a mean far from 0 is rounded: this is by how much
    variance = np.maximum(_sums(centred * centred) / n - rest * rest, 0)
    if running_mean is not None:
        _follow(running_mean, mean + rest, momentum)
    if running_var is not None:
        _follow(running_var, variance * (n / (n - 1)), momentum)
    inverse = 1 / np.sqrt(variance + eps)
    scale = inverse if weight is None else inverse * weight
    shift = -rest * scale if bias is None else bias - rest * scale
    y = centred * _along(scale, x)
    y += _along(shift, x)
    return y.reshape(shape), centred, rest, inverse


def _fixed_again(x: Any, weight: Any, bias: Any, mean: Any, inverse: Any) -> Any:
    return _affine((x - _along(mean, x)) * _along(inverse, x), weight, bias)


def _pull_fixed(
    g: Any, x: Any, weight: Any, mean: Any, inverse: Any, wanted: tuple[bool, bool, bool]
) -> tuple[Any, Any, Any]:
    by_x, g, x = g * _along(inverse if weight is None else inverse * weight, g), _flat(g), _flat(x)
    by_weight = _sums(g * (x - _along(mean, x))) * inverse if wanted[1] else None
    return by_x, by_weight, _sums(g)


@primitive(name="fixed_batch_norm", together=_pull_fixed, again=_fixed_again)
def _fixed_batch_norm(x: Any, weight: Any, bias: Any, mean: Any = None, inverse: Any = None) -> Any:
    """Normalise by a fixed mean and 1/σ: a scale and a shift."""
    scale = inverse if weight is None else inverse * weight
    shift = -mean * scale if bias is None else bias - mean * scale
    y = x * _along(scale, x)
    y += _along(shift, x)
    return y


def batch_norm(
    x: Operand,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Operand | None = None,
    bias: Operand | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise each channel over the batch: y = γ (x − μ)/√(σ² + ε) + β.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C) or (N, C, …)
        A batch of feature vectors, or of feature maps: each of the C channels has one mean and one variance.
    running_mean, running_var : array of shape (C,), optional
        Averages over training. In training they are written into; without training they are μ and σ².
    weight, bias : Tensor or array_like of shape (C,), optional
        γ and β. Default: 1 and 0.
    training : bool, default False
        Take μ and σ² from this batch.
    momentum : float, default 0.1
        running ← (1 − momentum)·running + momentum·new.
    eps : float, default 1e-5
        ε, which keeps the quotient finite.

    Returns
    -------
    Tensor of the shape of x

    Raises
    ------
    TypeError
        If x are no floating point numbers.
    ValueError
        If the shapes do not fit, if there are no running statistics to evaluate with, or if a channel has a single
        value in training, which has no variance.

    Notes
    -----
    σ² is the biased variance (1/m); running_var follows the unbiased one (1/(m − 1)), which is what it estimates.

    References
    ----------
    Ioffe & Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift"
    (2015).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import batch_norm
    >>> batch_norm(np.array([[1.0, 10.0], [3.0, 30.0]]), training=True).round(3)
    array([[-1., -1.],
           [ 1.,  1.]])
    """
    array = floats(x, "batch_norm")
    if array.ndim < 2:
        raise ValueError(f"batch_norm takes x of shape (N, C) or (N, C, …), not {array.shape}")
    given = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    _refuse_lengths("batch_norm", array.shape, given)
    if training:
        refuse_single(lambda: "batch_norm", array.shape)
        return _batch_norm(array, weight, bias, running_mean, running_var, momentum, eps)
    if running_mean is None or running_var is None:
        raise ValueError("batch_norm needs running_mean and running_var unless training=True")
    # A copy of the mean: the graph holds it, and training writes into the running one.
    return _fixed_batch_norm(array, weight, bias, np.copy(running_mean), 1 / np.sqrt(running_var + plain(eps)))


# ---------------------------------------------------------------------------------------------- over groups of channels


def _of_channels(of_groups: Any, shape: tuple[int, ...], num_groups: int) -> Any:
    """Return what is given for each group of each example, a column, for each channel: (N, C)."""
    return np.repeat(of_groups, shape[1] // num_groups, axis=1).reshape(shape[:2])


def _group_norm_again(x: Any, weight: Any, bias: Any, num_groups: int, eps: float) -> Any:
    rows = x.reshape((x.shape[0], num_groups, math.prod(x.shape[1:]) // num_groups))
    centred = rows - rows.mean(axis=2, keepdims=True)
    y = centred / np.sqrt((centred * centred).mean(axis=2, keepdims=True) + eps)
    return _affine(y.reshape(x.shape), weight, bias)


def _pull_group_norm(
    g: Any, centred: Any, inverse: Any, weight: Any, x_shape: tuple[int, ...], num_groups: int
) -> tuple[Any, Any, Any]:
    """x̄ = (γg − mean(γg) − x̂ · mean(γg·x̂))/σ, γ̄ = Σ g·x̂, β̄ = Σ g, with x̂ = centred/σ."""
    g = _flat(g)
    along, total = _map_sums(g * centred.reshape(g.shape)), _map_sums(g)
    scale = inverses = _of_channels(inverse, x_shape, num_groups)
    by_weight, by_bias = along * inverses, total  # of each example: the engine adds them up
    if weight is not None:
        along, total, scale = along * weight, total * weight, inverses * weight
    of_group = (len(centred), x_shape[1] // num_groups)
    along, total = (row_means(s.reshape(of_group)) * of_group[1] / centred.shape[1] for s in (along, total))
    by_x = centred * (along * -(inverse * inverse * inverse))
    by_x -= total * inverse
    by_x = by_x.reshape(g.shape)
    by_x += g * _of_maps(scale, g)
    return by_x.reshape(x_shape), by_weight, by_bias


def _of_maps(of_channels: Any, x: Any) -> Any:
    """Return what is given for each channel of each example, (N, C), in a shape that broadcasts with x."""
    return of_channels if x.ndim == 2 else of_channels[:, :, None]


@primitive(name="group_norm", together=_pull_group_norm, residuals=("centred", "inverse"), again=_group_norm_again)
def _group_norm(x: Any, weight: Any, bias: Any, num_groups: int = 1, eps: float = 1e-5) -> Any:
    shape, x = x.shape, _flat(x)
    rows = x.reshape((shape[0] * num_groups, math.prod(shape[1:]) // num_groups))
    centred = rows - row_means(rows)
    inverse = 1 / np.sqrt(row_means(centred * centred) + eps)
    scale = _of_channels(inverse, shape, num_groups)
    y = centred.reshape(x.shape) * _of_maps(scale if weight is None else scale * weight, x)
    if bias is not None:
        y += _along(bias, x)
    return y.reshape(shape), centred, inverse


def group_norm(
    x: Operand,
    num_groups: int,
    weight: Operand | None = None,
    bias: Operand | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise each example over groups of its channels: y = γ (x − μ)/√(σ² + ε) + β.

    Parameters
    ----------
    x : Tensor or array_like of shape (N, C) or (N, C, …)
        Feature vectors or feature maps.
    num_groups : int
        Into how many groups the C channels are divided; each has one μ and one σ² in each example. 1 group is layer
        normalisation over all of an example, C groups are instance normalisation.
    weight, bias : Tensor or array_like of shape (C,), optional
        γ and β. Default: 1 and 0.
    eps : float, default 1e-5
        ε.

    Returns
    -------
    Tensor of the shape of x

    Raises
    ------
    TypeError
        If x are no floating point numbers.
    ValueError
        If the shapes do not fit, or the channels cannot be divided into so many groups.

    References
    ----------
    Wu & He, "Group normalization" (2018).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import group_norm
    >>> group_norm(np.array([[1.0, 3.0, 10.0, 30.0]]), 2).round(3)
    array([[-1.,  1., -1.,  1.]])
    """
    array = floats(x, "group_norm")
    if array.ndim < 2:
        raise ValueError(f"group_norm takes x of shape (N, C) or (N, C, …), not {array.shape}")
    if num_groups < 1 or array.shape[1] % num_groups:
        raise ValueError(
            f"group_norm: the {array.shape[1]} channels of x of shape {array.shape} cannot be divided into "
            f"num_groups={num_groups}"
        )
    _refuse_lengths("group_norm", array.shape, {"weight": weight, "bias": bias})
    return _group_norm(array, weight, bias, num_groups, eps)


# ------------------------------------------------------------------------------------------------------------- refusals


def refuse_single(who: Callable[[], str], shape: tuple[int, ...]) -> None:
    """Raise ValueError if a batch of this shape, (N, C, …), has no two values of a channel to take a variance of."""
    if math.prod(shape) // max(shape[1], 1) < 2:
        raise ValueError(
            f"{who()}: in training every channel needs more than one value to take a variance of, but x has shape "
            f"{shape}; give larger batches (and drop a last one that is left over), or call eval()"
        )


def _refuse_lengths(name: str, shape: tuple[int, ...], given: dict[str, Any]) -> None:
    for role, value in given.items():
        if value is not None and _shape(value) != shape[1:2]:
            raise ValueError(
                f"{name}: {_named(value, role)} has shape {_shape(value)}, but x of shape {shape} has {shape[1]} "
                f"channels on axis 1; give one number for each"
            )
