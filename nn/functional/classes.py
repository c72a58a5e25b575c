"""Right classes among scores: where they are, how much they count, and the refusal of those that do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays import as_array

from .losses import Reduction, share


def class_axis(name: str, shape: tuple[int, ...], axis: int | None) -> int:
    """Return the axis of the classes, counted from 0; PyTorch's if none is given: 1, and 0 for a single example."""
    if axis is None:
        axis = 1 if len(shape) > 1 else 0
    if not -len(shape) <= axis < len(shape):
        raise ValueError(f"{name}: scores of shape {shape} have no axis {axis} for the classes")
    if shape[axis] == 0:
        raise ValueError(f"{name}: scores of shape {shape} have no classes on axis {axis}; each example needs one")
    return axis % len(shape)


def at(target: Any, axis: int) -> tuple[Any, ...]:
    """Return the index of each example's own class among the scores."""
    last = target.ndim - 1
    index = [np.arange(n, like=target).reshape((n,) + (1,) * (last - i)) for i, n in enumerate(target.shape)]
    index.insert(axis, target)
    return tuple(index)


def class_numbers(
    name: str,
    target: Any,
    shape: tuple[int, ...],
    axis: int,
    ignore_index: int | None = None,
    or_else: str = "",
) -> tuple[Any, Any]:
    """Return the class of each example of scores of this shape, and which examples count (None: all).

    Those that do not count are given some class, so that it can be an index. `or_else` says what else the function
    takes as a target, in the shape of the scores.
    """
    expected = shape[:axis] + shape[axis + 1 :]
    if target.dtype.kind not in "iu":
        one_hot = f"np.argmax(target, {axis}) for one-hot rows" if target.shape == shape else "target.astype(int)"
        raise TypeError(
            f"{name} takes the classes as integers of shape {expected}, but target is {target.dtype} of shape "
            f"{target.shape}; write {one_hot} if it means classes"
        )
    if target.shape != expected:
        also = f"; {or_else}" if or_else and target.shape == shape else ""
        raise ValueError(
            f"{name}: scores of shape {shape} with the {shape[axis]} classes on axis {axis} need a target of "
            f"shape {expected}, but target has shape {target.shape}{also}"
        )
    strange = (target < 0) | (target >= shape[axis])
    some_are_strange = strange.any().item()
    # Nearly always all targets are classes, and none is to be ignored: then this is all that is asked about them.
    if ignore_index is None or not (some_are_strange or 0 <= ignore_index < shape[axis]):
        ignored = None
    else:
        ignored = target == ignore_index
        strange = strange & ~ignored
        some_are_strange = strange.any().item()
    if some_are_strange:
        raise ValueError(
            f"{name}: target holds the class {target[strange][0].item()}, but scores of shape {shape} have "
            f"{shape[axis]} classes on axis {axis}, numbered from 0 to {shape[axis] - 1}"
        )
    return (target, None) if ignored is None else (np.where(ignored, 0, target), ~ignored)


def class_weights(name: str, weight: Any, shape: tuple[int, ...], axis: int, dtype: Any) -> Any:
    """Return the weights of the classes as a bare array of this dtype, or None."""
    if weight is None:
        return None
    weight = as_array(weight)
    if weight.shape != (shape[axis],):
        raise ValueError(
            f"{name}: the weight has shape {weight.shape}, but scores of shape {shape} have {shape[axis]} classes on "
            f"axis {axis}; give it shape ({shape[axis]},), one number for each class"
        )
    return weight.astype(dtype)


def pull_slope(g: Any, slope: Any, reduction: Reduction, axis: int) -> Any:
    """Return the gradient by the scores, from the slope of each example's loss."""
    if reduction == "none":
        return np.expand_dims(g, axis) * slope
    return share(g, slope.size // slope.shape[axis], reduction) * slope
