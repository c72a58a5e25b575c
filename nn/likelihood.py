"""Losses as modules: those of probabilities."""

from __future__ import annotations

from typing import Any

from autograd import Tensor
from autograd.arrays import Operand

from . import functional as F
from .functional import options
from .functional.likelihood import DivergenceReduction, refuse_divergence_reduction
from .functional.losses import Reduction
from .losses import Loss
from .module import Module


class BCELoss(Loss):
    """The cross-entropy of two classes, of probabilities. See :func:`nn.functional.binary_cross_entropy`.

    Parameters
    ----------
    weight : array_like, optional
        A factor for each loss, of a shape that spreads over the input.
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the single probabilities.

    Attributes
    ----------
    weight : ndarray, or None
        A buffer, and so a part of the state_dict.

    Raises
    ------
    ValueError
        If the reduction is unknown.

    Examples
    --------
    >>> import nn
    >>> nn.BCELoss(reduction="none")([0.5, 0.25], [1, 0]).round(4)
    array([0.6931, 0.2877])
    """

    weight: Any

    def __init__(self, weight: Operand | None = None, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)

    def forward(self, input: Tensor, target: Operand) -> Tensor:
        """Return the loss: probabilities and targets of one shape → (), or that shape without a reduction."""
        return F.binary_cross_entropy(input, target, self.weight, self.reduction)


class BCEWithLogitsLoss(Loss):
    """The cross-entropy of two classes, of scores. See :func:`nn.functional.binary_cross_entropy_with_logits`.

    Parameters
    ----------
    weight : array_like, optional
        A factor for each loss, of a shape that spreads over the scores.
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the single scores.
    pos_weight : array_like, optional
        A factor for the class 1 alone, of a shape that spreads over the scores.

    Attributes
    ----------
    weight, pos_weight : ndarray, or None
        Buffers, and so parts of the state_dict.

    Raises
    ------
    ValueError
        If the reduction is unknown.

    Examples
    --------
    >>> import nn
    >>> nn.BCEWithLogitsLoss(reduction="none")([0.0, 1e4], [1, 0]).round(4).tolist()
    [0.6931, 10000.0]
    """

    weight: Any
    pos_weight: Any

    def __init__(
        self,
        weight: Operand | None = None,
        reduction: Reduction = "mean",
        pos_weight: Operand | None = None,
    ) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, logits: Tensor, target: Operand) -> Tensor:
        """Return the loss: scores and targets of one shape → (), or that shape without a reduction."""
        return F.binary_cross_entropy_with_logits(logits, target, self.weight, self.reduction, self.pos_weight)


class KLDivLoss(Module):
    """The Kullback–Leibler divergence from the target, term by term. See :func:`nn.functional.kl_div`.

    Parameters
    ----------
    reduction : {"mean", "batchmean", "sum", "none"}, default "mean"
        What becomes of the terms; "batchmean" is the divergence as mathematics has it.
    log_target : bool, default False
        Whether the target are logarithms too.

    Raises
    ------
    ValueError
        If the reduction is unknown.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.KLDivLoss("batchmean")(np.log([[0.5, 0.5]]), [[1.0, 0.0]]).round(4).item()
    0.6931
    """

    def __init__(self, reduction: DivergenceReduction = "mean", log_target: bool = False) -> None:
        super().__init__()
        refuse_divergence_reduction(reduction)
        self.reduction = reduction
        options.flags("KLDivLoss", log_target=log_target)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Operand) -> Tensor:
        """Return the loss: log-probabilities and target of one shape → (), or that shape without a reduction."""
        return F.kl_div(input, target, self.reduction, self.log_target)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"reduction={self.reduction!r}, log_target={self.log_target}"
