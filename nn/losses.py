"""Losses as modules: what a training loop minimises."""

from __future__ import annotations

from autograd import Tensor
from autograd.arrays import Operand

from . import functional as F
from .functional.losses import Reduction, refuse_reduction
from .module import Module


class CrossEntropyLoss(Module):
    """The softmax loss of class scores: −log softmax(s)_y. See :func:`nn.functional.cross_entropy`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the examples.
    axis : int, optional
        The axis of the classes. Default: 1, and 0 for the scores of a single example.

    Examples
    --------
    >>> import numpy as np, nn
    >>> loss = nn.CrossEntropyLoss()
    >>> round(float(loss(np.zeros((4, 10)), [3, 1, 4, 1])), 3)  # log 10: all classes are equally likely
    2.303
    """

    def __init__(self, reduction: Reduction = "mean", axis: int | None = None) -> None:
        super().__init__()
        refuse_reduction(reduction)
        self.reduction = reduction
        self.axis = axis

    def forward(self, logits: Tensor, target: Operand) -> Tensor:
        """Return the loss: scores (N, C, …) and class indices (N, …) → (), or (N, …) without a reduction."""
        return F.cross_entropy(logits, target, self.reduction, self.axis)

    def extra_repr(self) -> str:
        """Return the options."""
        axis = "" if self.axis is None else f", axis={self.axis}"
        return f"reduction={self.reduction!r}{axis}"
