"""Losses of class scores and of logarithms of probabilities: cross-entropy and the negative log-likelihood."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import Operand, as_array, plain
from autograd.rules.reduction import roomy

from . import options
from .classes import at, class_axis, class_numbers, class_weights, pull_slope
from .losses import Reduction, constant, floating, reduced, refuse_reduction, weighted_mean
from .softmax import log_softmax

# ------------------------------------------------------------------------------------------------------ cross-entropy


def _cross_entropy_again(logits: Any, target: Any, reduction: Reduction, axis: int) -> Any:
    return reduced(-log_softmax(logits, axis)[at(target, axis)], reduction)


@primitive(name="cross_entropy", logits=pull_slope, residuals=("slope",), again=_cross_entropy_again)
def _cross_entropy(logits: Any, target: Any, reduction: Reduction, axis: int) -> Any:
    """Return the loss, and the slope of each example's loss: softmax(s) − onehot(y)."""
    here = at(target, axis)
    logits = logits - logits.max(axis=axis, keepdims=True)
    slope = np.exp(logits)
    total = slope.sum(axis=axis, keepdims=True)
    losses = np.log(total).squeeze(axis) - logits[here]
    slope /= total
    slope[here] -= 1
    return reduced(losses, reduction), slope


def cross_entropy(
    logits: Operand,
    target: Operand,
    weight: Operand | None = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
    axis: int | None = None,
) -> Tensor:
    """Softmax loss of class scores s for the right classes y: −log softmax(s)_y = log Σₖ exp(sₖ) − s_y.

    Parameters
    ----------
    logits : Tensor or array_like of shape (N, C, …) or (C,)
        The scores of the C classes, before any softmax.
    target : Tensor or array_like, of integers of shape (N, …) or (), or of floats of the shape of `logits`
        Integers: the right classes, from 0 to C − 1, in the shape of `logits` without the axis of the classes. Floats:
        the probability tₖ of each class; then the loss is −Σₖ tₖ log softmax(s)ₖ, and has a gradient by t too.
    weight : array_like or Tensor of shape (C,), optional
        w: how much each class counts. In the loss, log softmax(s)ₖ has the factor wₖ.
    ignore_index : int, default −100
        Examples with this class have the loss 0, and no part in the mean.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean or the sum over all examples, or the losses one by one. With classes as the target the mean is the
        weighted one, Σ losses / Σ w_y; with probabilities the sum is divided by the number of examples.
    label_smoothing : float, default 0.0
        ε: instead of the target t the loss takes (1 − ε)·t + ε/C.
    axis : int, optional
        The axis of the classes. Default, as in PyTorch: 1, and 0 for the scores of a single example.

    Returns
    -------
    Tensor of shape (), or without a reduction of the shape of `logits` without the axis of the classes
        The mean over no example is NaN, with the gradient 0.

    Raises
    ------
    TypeError
        If the target are neither integers nor floats in the shape of `logits`.
    ValueError
        If shapes do not fit, a class or `label_smoothing` is out of range, or the reduction is unknown.

    Notes
    -----
    Stable for large scores; the gradient of one example's loss by its scores is softmax(s) − onehot(y).

    References
    ----------
    Bridle, "Probabilistic interpretation of feedforward classification network outputs" (1990); of label smoothing,
    Szegedy, Vanhoucke, Ioffe, Shlens & Wojna, "Rethinking the Inception architecture for computer vision" (2016).

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn.functional import cross_entropy
    >>> scores = Tensor([[0.0, 0.0, 0.0, 0.0]], requires_grad=True)
    >>> cross_entropy(scores, [2]).backward()
    >>> scores.grad
    Tensor([[ 0.25,  0.25, -0.75,  0.25]])
    """
    refuse_reduction(reduction)
    refuse_smoothing(label_smoothing)
    label_smoothing = plain(label_smoothing)
    scores = floating(logits)
    shape = scores.shape
    axis = class_axis("cross_entropy", shape, axis)
    weights = class_weights("cross_entropy", weight, shape, axis, scores.dtype)
    given = as_array(target)
    if given.dtype.kind == "f" and given.shape == shape:
        _refuse_ignoring(ignore_index, shape)
        chances = constant(target, scores) * (1 - label_smoothing) + label_smoothing / shape[axis]
        return reduced(_expected(scores, chances, weights, axis), reduction)
    y, present = class_numbers("cross_entropy", given, shape, axis, ignore_index, _CHANCES)
    if not label_smoothing:
        if weights is None and present is None:
            return _cross_entropy(scores, y, reduction, axis)
        losses = _cross_entropy(scores, y, "none", axis)
        return counted(losses if weights is None else losses * weights[y], y, present, weights, reduction)
    chances = np.full_like(as_array(scores), label_smoothing / shape[axis])
    chances[at(y, axis)] += 1 - label_smoothing
    return counted(_expected(scores, chances, weights, axis), y, present, weights, reduction)


_CHANCES = "write target.astype(float) if it means the probability of every class"


def refuse_smoothing(label_smoothing: float) -> None:
    """Raise ValueError unless it is a part of a whole."""
    options.parts("cross_entropy", "the share of all classes alike", label_smoothing=label_smoothing)


def _refuse_ignoring(ignore_index: int, shape: tuple[int, ...]) -> None:
    if ignore_index >= 0:
        raise ValueError(
            f"cross_entropy: ignore_index={ignore_index} means a class, but a target of floats in the shape {shape} of "
            "the logits means the probabilities of all classes; leave one of them out"
        )


def _expected(logits: Any, chances: Any, weight: Any, axis: int) -> Any:
    """Return −Σₖ tₖ wₖ log softmax(s)ₖ for chances t."""
    if weight is not None:
        chances = chances * weight.reshape((-1,) + (1,) * (len(chances.shape) - 1 - axis))
    return -(chances * log_softmax(logits, axis)).sum(axis=axis)


def counted(losses: Any, target: Any, present: Any, weight: Any, reduction: Reduction) -> Any:
    """Return the losses reduced, over the examples that are present, and to the mean by their classes' weights."""
    if present is not None:
        losses = np.where(present, losses, 0.0)
    if reduction != "mean" or (weight is None and present is None):
        return reduced(losses, reduction)
    each = np.ones_like(target, dtype=losses.dtype) if weight is None else weight[target]
    total = roomy(each if present is None else each * present).sum()
    return weighted_mean(losses, total) if total.item() else losses.sum() + math.nan


# -------------------------------------------------------------------------------------------- negative log-likelihood


def nll_loss(
    input: Operand,
    target: Operand,
    weight: Operand | None = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    axis: int | None = None,
) -> Tensor:
    """Negative log-likelihood: −log p_y, of logarithms of the probabilities p and the right classes y.

    Of :func:`log_softmax` it is :func:`cross_entropy`, which is quicker.

    Parameters
    ----------
    input : Tensor or array_like of shape (N, C, …) or (C,)
        log p, for each of the C classes.
    target : array_like or Tensor of integers, of shape (N, …) or ()
        The right classes, from 0 to C − 1, in the shape of `input` without the axis of the classes.
    weight : array_like or Tensor of shape (C,), optional
        w: how much each class counts.
    ignore_index : int, default −100
        Examples with this class have the loss 0, and no part in the mean.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean (weighted: Σ losses / Σ w_y) or the sum over all examples, or the losses one by one.
    axis : int, optional
        The axis of the classes. Default, as in PyTorch: 1, and 0 for a single example.

    Returns
    -------
    Tensor of shape (), or of the shape of `target` without a reduction
        The mean over no example is NaN, with the gradient 0.

    Raises
    ------
    TypeError
        If the target are no integers.
    ValueError
        If shapes do not fit, a class is out of range, or the reduction is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.functional import nll_loss
    >>> round(float(nll_loss(np.log([[0.5, 0.25, 0.25]]), [0])), 4)
    0.6931
    """
    refuse_reduction(reduction)
    logs = floating(input)
    axis = class_axis("nll_loss", logs.shape, axis)
    weights = class_weights("nll_loss", weight, logs.shape, axis, logs.dtype)
    y, present = class_numbers("nll_loss", as_array(target), logs.shape, axis, ignore_index)
    losses = -logs[at(y, axis)]
    return counted(losses if weights is None else losses * weights[y], y, present, weights, reduction)
