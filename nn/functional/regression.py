"""Losses of numbers that should be equal to other numbers; each is a function of the difference d = input − target."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import Operand, as_array, plain
from autograd.rules.reduction import roomy

from . import options
from .losses import Reduction, fitted, reduced, refuse_reduction, share, weighted_mean

# -------------------------------------------------------------------------------------------------------------- squares


def _pull_squares(g: Any, input: Any, target: Any, reduction: Reduction) -> Any:
    return share(g, input.size, reduction) * 2 * (input - target)


@primitive(
    name="mse_loss",
    input=_pull_squares,
    target=lambda g, input, target, reduction: -_pull_squares(g, input, target, reduction),
)
def _mse(input: Any, target: Any, reduction: Reduction) -> Any:
    d = input - target
    d *= d
    return reduced(d, reduction)


def mse_loss(input: Operand, target: Operand, reduction: Reduction = "mean", weight: Operand | None = None) -> Tensor:
    """Squared error: the mean of (input − target)².

    Parameters
    ----------
    input : Tensor or array_like
        The answers, of any shape.
    target : Tensor or array_like of the shape of `input`
        What they should be.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean or the sum over all numbers, or the losses one by one.
    weight : array_like or Tensor of the shape of `input`, optional
        How much each number counts: the mean is Σ weight·loss / Σ weight.

    Returns
    -------
    Tensor of shape (), or of the shape of `input` without a reduction

    Raises
    ------
    ValueError
        If the shapes differ (nothing is broadcast), or the reduction is unknown.

    Examples
    --------
    >>> from nn.functional import mse_loss
    >>> mse_loss([1.0, 2.0], [1.0, 5.0])
    np.float64(4.5)
    """
    refuse_reduction(reduction)
    x, t = fitted("mse_loss", input, target)
    if weight is None:
        return _mse(x, t, reduction)
    return _weighted_mean(_mse(x, t, "none"), _weights("mse_loss", weight, x), reduction)


def adaline_loss(input: Operand, target: Operand, reduction: Reduction = "sum") -> Tensor:
    """Half the sum of squares, ½Σ(d − y)²: the error of ADALINE, whose answer y = w·x + b is not cut to 0 or 1.

    Its gradient is Σ(y − d)x, so that a step of gradient descent is the rule of Widrow and Hoff:
    w ← w + μΣ(d − y)x, b ← b + μΣ(d − y).

    Parameters
    ----------
    input : Tensor or array_like
        y, of any shape.
    target : Tensor or array_like of the shape of `input`
        d.
    reduction : {"mean", "sum", "none"}, default "sum"
        The sum or the mean of ½(d − y)² over all numbers, or the losses one by one.

    Returns
    -------
    Tensor of shape (), or of the shape of `input` without a reduction

    Raises
    ------
    ValueError
        If the shapes differ, or the reduction is unknown.

    References
    ----------
    Widrow & Hoff, "Adaptive switching circuits" (1960).

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn.functional import adaline_loss
    >>> y = Tensor([1.0, 2.0], requires_grad=True)
    >>> adaline_loss(y, [1.0, 5.0]).backward()
    >>> y.grad
    Tensor([ 0., -3.])
    """
    refuse_reduction(reduction)
    x, t = fitted("adaline_loss", input, target)
    return 0.5 * _mse(x, t, reduction)


# ------------------------------------------------------------------------------------------------------ absolute values


def _pull_absolute(g: Any, input: Any, target: Any, reduction: Reduction) -> Any:
    return share(g, input.size, reduction) * np.sign(input - target)


@primitive(
    name="l1_loss",
    input=_pull_absolute,
    target=lambda g, input, target, reduction: -_pull_absolute(g, input, target, reduction),
)
def _l1(input: Any, target: Any, reduction: Reduction) -> Any:
    return reduced(np.abs(input - target), reduction)


def l1_loss(input: Operand, target: Operand, reduction: Reduction = "mean", weight: Operand | None = None) -> Tensor:
    """Absolute error: the mean of |input − target|. The derivative where they are equal is 0.

    Parameters
    ----------
    input : Tensor or array_like
        The answers, of any shape.
    target : Tensor or array_like of the shape of `input`
        What they should be.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean or the sum over all numbers, or the losses one by one.
    weight : array_like or Tensor of the shape of `input`, optional
        How much each number counts: the mean is Σ weight·loss / Σ weight.

    Returns
    -------
    Tensor of shape (), or of the shape of `input` without a reduction

    Raises
    ------
    ValueError
        If the shapes differ (nothing is broadcast), or the reduction is unknown.

    Examples
    --------
    >>> from nn.functional import l1_loss
    >>> l1_loss([1.0, 2.0], [1.0, 5.0])
    np.float64(1.5)
    """
    refuse_reduction(reduction)
    x, t = fitted("l1_loss", input, target)
    if weight is None:
        return _l1(x, t, reduction)
    return _weighted_mean(_l1(x, t, "none"), _weights("l1_loss", weight, x), reduction)


# -------------------------------------------------------------------------------------------------------- both in one


def _pull_huber(g: Any, input: Any, target: Any, delta: float, reduction: Reduction) -> Any:
    return share(g, input.size, reduction) * np.clip(input - target, -delta, delta)


@primitive(
    name="huber_loss",
    input=_pull_huber,
    target=lambda g, input, target, delta, reduction: -_pull_huber(g, input, target, delta, reduction),
)
def _huber(input: Any, target: Any, delta: float, reduction: Reduction) -> Any:
    d = input - target
    slope = np.clip(d, -delta, delta)
    return reduced((-0.5 * slope + d) * slope, reduction)  # ½d² inside, δ(|d| − ½δ) outside


def huber_loss(
    input: Operand,
    target: Operand,
    reduction: Reduction = "mean",
    delta: float = 1.0,
    weight: Operand | None = None,
) -> Tensor:
    """Huber's loss: ½d² where |d| ≤ δ, else δ(|d| − ½δ), with d = input − target. Its slope is d, limited to ±δ.

    Parameters
    ----------
    input : Tensor or array_like
        The answers, of any shape.
    target : Tensor or array_like of the shape of `input`
        What they should be.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean or the sum over all numbers, or the losses one by one.
    delta : float, default 1.0
        δ, above 0: from where on the loss grows in a straight line.
    weight : array_like or Tensor of the shape of `input`, optional
        A factor for each loss; the mean is over all numbers alike, as PyTorch has it.

    Returns
    -------
    Tensor of shape (), or of the shape of `input` without a reduction

    Raises
    ------
    ValueError
        If the shapes differ (nothing is broadcast), delta is not above 0, or the reduction is unknown.

    References
    ----------
    Huber, "Robust estimation of a location parameter" (1964).

    Examples
    --------
    >>> from nn.functional import huber_loss
    >>> huber_loss([0.5, 3.0], [0.0, 0.0], reduction="none")
    array([0.125, 2.5  ])
    """
    refuse_reduction(reduction)
    refuse_delta(delta)
    x, t = fitted("huber_loss", input, target)
    if weight is None:
        return _huber(x, t, delta, reduction)
    return reduced(_huber(x, t, delta, "none") * _weights("huber_loss", weight, x), reduction)


def smooth_l1_loss(input: Operand, target: Operand, reduction: Reduction = "mean", beta: float = 1.0) -> Tensor:
    """Absolute error with its corner rounded off: d²/2β where |d| < β, else |d| − ½β, with d = input − target.

    It is :func:`huber_loss` with δ = β, divided by β; and :func:`l1_loss` for β = 0.

    Parameters
    ----------
    input : Tensor or array_like
        The answers, of any shape.
    target : Tensor or array_like of the shape of `input`
        What they should be.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean or the sum over all numbers, or the losses one by one.
    beta : float, default 1.0
        β, not below 0.

    Returns
    -------
    Tensor of shape (), or of the shape of `input` without a reduction

    Raises
    ------
    ValueError
        If the shapes differ (nothing is broadcast), beta is below 0, or the reduction is unknown.

    References
    ----------
    Girshick, "Fast R-CNN" (2015).

    Examples
    --------
    >>> from nn.functional import smooth_l1_loss
    >>> smooth_l1_loss([0.5, 3.0], [0.0, 0.0], reduction="none")
    array([0.125, 2.5  ])
    """
    refuse_reduction(reduction)
    refuse_smooth_beta(beta)
    beta = plain(beta)
    x, t = fitted("smooth_l1_loss", input, target)
    return _huber(x, t, beta, reduction) / beta if beta else _l1(x, t, reduction)


def refuse_delta(delta: float) -> None:
    """Raise ValueError unless delta is above 0."""
    options.numbers("huber_loss", above=0, delta=delta)


def refuse_smooth_beta(beta: float) -> None:
    """Raise ValueError if beta is below 0."""
    options.numbers("smooth_l1_loss", least=0, beta=beta)


# ------------------------------------------------------------------------------------------------------------- weights


def _weights(name: str, weight: Operand, input: Any) -> Any:
    bare = as_array(weight)
    if bare.shape != input.shape:
        raise ValueError(
            f"{name}: the weight has shape {bare.shape}, but the input has shape {input.shape}; each number needs a "
            "weight of its own, so the shapes must be equal"
        )
    return bare.astype(input.dtype)


def _weighted_mean(losses: Any, weight: Any, reduction: Reduction) -> Any:
    if reduction == "mean":
        return weighted_mean(losses * weight, roomy(weight).sum())
    return reduced(losses * weight, reduction)
