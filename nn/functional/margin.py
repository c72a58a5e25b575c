"""Losses that want a score to be right by a margin: multiclass SVM, binary hinge, and the perceptron's criterion."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import Operand, as_array, plain

from .activations import positive_part, relu
from .classes import at, class_axis, class_numbers, pull_slope
from .losses import Reduction, fitted, floating, reduced, refuse_reduction, refuse_values

# ------------------------------------------------------------------------------------------------------ multiclass SVM


def _svm_again(scores: Any, target: Any, margin: float, squared: bool, reduction: Reduction, axis: int) -> Any:
    own = np.expand_dims(scores[at(target, axis)], axis)
    others = np.ones_like(scores)
    others[at(target, axis)] = 0
    short = relu(scores - own + margin) * others
    return reduced((short * short if squared else short).sum(axis=axis), reduction)


@primitive(name="multiclass_svm_loss", scores=pull_slope, residuals=("slope",), again=_svm_again)
def _svm(scores: Any, target: Any, margin: float, squared: bool, reduction: Reduction, axis: int) -> Any:
    """Return the loss, and the slope of each example's loss: of a class 1 where it is short of the margin.

    The own class has the opposite of the others' sum.
    """
    here = at(target, axis)
    short = scores - np.expand_dims(scores[here] - margin, axis)
    short[here] = 0
    short = positive_part(short)
    slope = 2.0 * short if squared else np.greater(short, 0).astype(short.dtype)
    losses = (short * short if squared else short).sum(axis=axis)
    slope[here] = -slope.sum(axis=axis)
    return reduced(losses, reduction), slope


def multiclass_svm_loss(
    scores: Operand,
    target: Operand,
    margin: float = 1.0,
    squared: bool = False,
    reduction: Reduction = "mean",
    axis: int | None = None,
) -> Tensor:
    """Multiclass SVM loss of class scores s for the right classes y: Σ_{j≠y} max(0, s_j − s_y + Δ).

    It is 0 once the right class is ahead of every other by the margin Δ. PyTorch's ``multi_margin_loss`` is this,
    divided by the number of classes.

    Parameters
    ----------
    scores : Tensor or array_like of shape (N, C, …) or (C,)
        s, of the C classes.
    target : array_like or Tensor of integers, of shape (N, …) or ()
        y, from 0 to C − 1, in the shape of `scores` without the axis of the classes.
    margin : float, default 1.0
        Δ.
    squared : bool, default False
        Whether each of the terms is squared.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean or the sum over all examples, or the losses one by one.
    axis : int, optional
        The axis of the classes. Default: 1, and 0 for the scores of a single example.

    Returns
    -------
    Tensor of shape (), or of the shape of `target` without a reduction
        A class that keeps the margin exactly has the slope 0.

    Raises
    ------
    TypeError
        If the target are no integers.
    ValueError
        If the shapes do not fit, a class is out of range, or the reduction is unknown.

    References
    ----------
    Weston & Watkins, "Support vector machines for multi-class pattern recognition" (1999).

    Examples
    --------
    >>> from nn.functional import multiclass_svm_loss
    >>> multiclass_svm_loss([[3.2, 5.1, -1.7]], [0]).round(4).item()  # max(0, 2.9) + max(0, −3.9)
    2.9
    """
    refuse_reduction(reduction)
    s = floating(scores)
    axis = class_axis("multiclass_svm_loss", s.shape, axis)
    y, _ = class_numbers("multiclass_svm_loss", as_array(target), s.shape, axis)
    return _svm(s, y, margin, squared, reduction, axis)


# -------------------------------------------------------------------------------------------------------- two classes


def hinge_loss(
    scores: Operand,
    target: Operand,
    margin: float = 1.0,
    squared: bool = False,
    reduction: Reduction = "mean",
) -> Tensor:
    """Hinge loss of the support vector machine: max(0, Δ − t·s), for a score s and a target t of −1 or 1.

    Parameters
    ----------
    scores : Tensor or array_like
        s, of any shape.
    target : array_like or Tensor of the shape of `scores`
        t: −1 and 1.
    margin : float, default 1.0
        Δ.
    squared : bool, default False
        Whether the losses are squared.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean or the sum of the losses, or one by one.

    Returns
    -------
    Tensor of shape (), or of the shape of `scores` without a reduction
        A score that keeps the margin exactly has the slope 0.

    Raises
    ------
    ValueError
        If the shapes differ, a target is neither −1 nor 1, or the reduction is unknown.

    References
    ----------
    Cortes & Vapnik, "Support-vector networks" (1995).

    Examples
    --------
    >>> from nn.functional import hinge_loss
    >>> hinge_loss([2.0, 0.5, 0.5], [1, 1, -1], reduction="none")
    array([0. , 0.5, 1.5])
    """
    refuse_reduction(reduction)
    s, t = fitted("hinge_loss", scores, target)
    signs = as_array(t)
    refuse_values(
        "hinge_loss", abs(signs) != 1, signs, "targets are -1 and 1", "write 2 * target - 1 for targets of 0 and 1"
    )
    short = relu(plain(margin) - t * s)
    return reduced(short * short if squared else short, reduction)


def perceptron_loss(scores: Operand, target: Operand, reduction: Reduction = "mean") -> Tensor:
    """Perceptron criterion: (f − d)·s, for a score s, the answer f = 1 if s > 0 else 0, and a target d of 0 or 1.

    A right answer costs nothing, a wrong one |s|. The slope is f − d: with s = w·x + b, a step of gradient descent on
    one example is Rosenblatt's rule w ← w + α(d − f)x.

    Parameters
    ----------
    scores : Tensor or array_like
        s, of any shape.
    target : array_like or Tensor of the shape of `scores`
        d: 0 and 1.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean or the sum of the losses, or one by one.

    Returns
    -------
    Tensor of shape (), or of the shape of `scores` without a reduction
        A score of 0 is the answer 0: then the loss is 0, and its slope −d.

    Raises
    ------
    ValueError
        If the shapes differ, a target is neither 0 nor 1, or the reduction is unknown.

    References
    ----------
    Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the brain" (1958).

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn.functional import perceptron_loss
    >>> s = Tensor([2.0, 2.0, -3.0, 0.0], requires_grad=True)
    >>> perceptron_loss(s, [1, 0, 1, 1], reduction="sum").backward()
    >>> s.grad
    Tensor([ 0.,  1., -1., -1.])
    """
    refuse_reduction(reduction)
    s, d = fitted("perceptron_loss", scores, target)
    wanted = as_array(d)
    refuse_values(
        "perceptron_loss",
        (wanted != 0) & (wanted != 1),
        wanted,
        "targets are 0 and 1",
        "write (target + 1) / 2 for targets of -1 and 1",
    )
    f = np.greater(s, 0).astype(wanted.dtype)
    return reduced((f - d) * s, reduction)
