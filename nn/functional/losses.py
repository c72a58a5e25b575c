"""Losses: how far the answers are from the targets."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from autograd import Tensor, primitive
from autograd.arrays import Operand

from .activations import log_softmax

Reduction: TypeAlias = Literal["mean", "sum", "none"]


def refuse_reduction(reduction: str) -> None:
    """Raise ValueError unless `reduction` is one of the three."""
    if reduction not in get_args(Reduction):
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', not {reduction!r}")


def reduced(losses: Any, reduction: Reduction) -> Any:
    """Return the mean or the sum of the losses of all examples, or the losses as they are."""
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()


# -------------------------------------------------------------------------------------------------------- cross-entropy


def _cross_entropy_again(logits: Any, target: Any, reduction: Reduction, axis: int) -> Any:
    return reduced(-log_softmax(logits, axis)[_at(target, axis)], reduction)


def _pull_cross_entropy(g: Any, slope: Any, reduction: Reduction, axis: int) -> Any:
    if reduction == "none":
        return np.expand_dims(g, axis) * slope
    return (g / (slope.size // slope.shape[axis]) if reduction == "mean" else g) * slope


@primitive(name="cross_entropy", logits=_pull_cross_entropy, residuals=("slope",), again=_cross_entropy_again)
def _cross_entropy(logits: Any, target: Any, reduction: Reduction, axis: int) -> Any:
    """Return the loss, and the slope of each example's loss: softmax(s) − onehot(y)."""
    here = _at(target, axis)
    logits = logits - logits.max(axis=axis, keepdims=True)
    slope = np.exp(logits)
    total = slope.sum(axis=axis, keepdims=True)
    losses = np.log(total).squeeze(axis) - logits[here]
    slope /= total
    slope[here] -= 1
    return reduced(losses, reduction), slope


def _at(target: Any, axis: int) -> tuple[Any, ...]:
    """Return the index of each example's own class among the logits."""
    last = target.ndim - 1
    index = [np.arange(n, like=target).reshape((n,) + (1,) * (last - i)) for i, n in enumerate(target.shape)]
    index.insert(axis, target)
    return tuple(index)


def cross_entropy(
    logits: Operand,
    target: Operand,
    reduction: Reduction = "mean",
    axis: int | None = None,
) -> Tensor:
    """Softmax loss of class scores s for the right classes y: −log softmax(s)_y = log Σₖ exp(sₖ) − s_y.

    Parameters
    ----------
    logits : Tensor or array_like of shape (N, C, …) or (C,)
        The scores of the C classes, before any softmax.
    target : array_like or Tensor of integers, of shape (N, …) or ()
        The right classes, from 0 to C − 1: the shape of `logits` without the axis of the classes.
    reduction : {"mean", "sum", "none"}, default "mean"
        The mean or the sum over all examples, or the losses one by one, in the shape of `target`.
    axis : int, optional
        The axis of the classes. Default, as in PyTorch: 1, and 0 for the scores of a single example.

    Returns
    -------
    Tensor of shape (), or of the shape of `target` without a reduction

    Raises
    ------
    TypeError
        If the target are no integers.
    ValueError
        If the shapes do not fit, a class is out of range, or the reduction is unknown.

    Notes
    -----
    Stable for large scores; the gradient of one example's loss by its scores is softmax(s) − onehot(y).

    References
    ----------
    Bridle, "Probabilistic interpretation of feedforward classification network outputs" (1990).

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
    logits = logits if hasattr(logits, "shape") else np.asarray(logits)
    shape = logits.shape
    target = target.data if isinstance(target, Tensor) else target if hasattr(target, "dtype") else np.asarray(target)
    if axis is None:
        axis = 1 if len(shape) > 1 else 0
    if not -len(shape) <= axis < len(shape):
        raise ValueError(f"cross_entropy: logits of shape {shape} have no axis {axis} for the classes")
    axis %= len(shape)
    _refuse_target(target, shape, axis)
    return _cross_entropy(logits, target, reduction, axis)


def _refuse_target(target: Any, shape: tuple[int, ...], axis: int) -> None:
    """Raise unless `target` holds a class index for each example of logits of this shape."""
    expected = shape[:axis] + shape[axis + 1 :]
    if target.dtype.kind not in "iu":
        one_hot = f"np.argmax(target, {axis}) for one-hot rows" if target.shape == shape else "target.astype(int)"
        raise TypeError(
            f"cross_entropy takes the classes as integers of shape {expected}, but target is {target.dtype} of shape "
            f"{target.shape}; write {one_hot} if it means classes"
        )
    if target.shape != expected:
        raise ValueError(
            f"cross_entropy: logits of shape {shape} with the {shape[axis]} classes on axis {axis} need a target of "
            f"shape {expected}, but target has shape {target.shape}"
        )
    strange = (target < 0) | (target >= shape[axis])
    if strange.any().item():
        raise ValueError(
            f"cross_entropy: target holds the class {target[strange][0].item()}, but logits of shape {shape} have "
            f"{shape[axis]} classes on axis {axis}, numbered from 0 to {shape[axis] - 1}"
        )
