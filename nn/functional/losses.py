"""What the losses have in common: reductions, and the refusal of targets that do not fit."""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from autograd import Tensor
from autograd.arrays import as_array
from autograd.rules.reduction import roomy

Reduction: TypeAlias = Literal["mean", "sum", "none"]


def refuse_reduction(reduction: str) -> None:
    """Raise ValueError unless `reduction` is one of the three."""
    if reduction not in get_args(Reduction):
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', not {reduction!r}")


def reduced(losses: Any, reduction: Reduction) -> Any:
    """Return the mean or the sum of the losses of all examples, or the losses as they are. Of none the mean is NaN."""
    if reduction == "none":
        return losses
    if reduction == "sum":
        return losses.sum()
    if not losses.size:
        return losses.sum() + math.nan
    # On bare arrays `mean` takes 3.6 µs more than the elements need, and this 1.2; but half precision ends at 65504.
    careful = isinstance(losses, Tensor) or losses.dtype == np.float16
    return losses.mean() if careful else losses.sum() / losses.size


def weighted_mean(losses: Any, total: Any) -> Any:
    """Return the sum of losses, divided by what they weigh in total: in single precision if theirs is half."""
    mean = roomy(losses).sum() / total
    return mean if mean.dtype == losses.dtype else mean.astype(losses.dtype)


def share(g: Any, count: int, reduction: Reduction) -> Any:
    """Return the upstream gradient of each of so many losses, from that of what they were reduced to."""
    return roomy(g) / max(count, 1) if reduction == "mean" else g


# ---------------------------------------------------------------------------------------------------- the two operands


def constant(x: Any, like: Any) -> Any:
    """Return what has no gradient here as a bare array, in the dtype of `like`, or Tensors with a gradient as they are.

    A target of another precision would otherwise lead the whole gradient there.
    """
    if isinstance(x, Tensor) and x.requires_grad:
        return x
    x = as_array(x)
    return x if x.dtype == like.dtype else x.astype(like.dtype)


def fitted(name: str, input: Any, target: Any) -> tuple[Any, Any]:
    """Return input and target as floating point numbers, or raise unless they have the same shape.

    PyTorch would broadcast, with a warning; then each number is compared with several.
    """
    input = floating(input)
    target = constant(target, input)
    if input.shape != target.shape:
        raise ValueError(
            f"{name}: the input has shape {input.shape}, but the target has shape {target.shape}; each number needs "
            "a target of its own, so the shapes must be equal: reshape one of them"
        )
    return input, target


def floating(x: Any) -> Any:
    """Return a Tensor as it is, and anything else as an array; of whole numbers, in double precision."""
    x = x if isinstance(x, Tensor) else as_array(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def refuse_values(name: str, wrong: Any, values: Any, what: str, mend: str) -> None:
    """Raise ValueError, with the first of the values, where some are `wrong`."""
    if wrong.any().item():
        raise ValueError(f"{name}: {what}, but one is {values[wrong][0].item():g}; {mend}")


def spread(name: str, role: str, factor: Any, losses: Any) -> Any:
    """Return factors for losses, or raise unless they spread over the losses (and not the losses over them)."""
    factor = constant(factor, losses)
    given, expected = factor.shape, losses.shape
    if len(given) > len(expected) or any(n not in (1, m) for n, m in zip(given[::-1], expected[::-1], strict=False)):
        raise ValueError(
            f"{name}: the {role} has shape {given}, which does not spread over the losses of shape {expected}; give it "
            "their shape, or 1 in the place of a length"
        )
    return factor
