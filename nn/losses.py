"""Losses as modules, what a training loop minimises: those of classes, from scores."""

from __future__ import annotations

from typing import Any

from autograd import Tensor
from autograd.arrays import Operand

from . import functional as F
from .functional import options
from .functional.cross_entropy import refuse_smoothing
from .functional.losses import Reduction, refuse_reduction
from .module import Module


class Loss(Module):
    """The base of the losses: one that knows what becomes of the losses of the examples.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the examples.

    Raises
    ------
    ValueError
        If the reduction is unknown.
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        super().__init__()
        refuse_reduction(reduction)
        self.reduction = reduction

    def extra_repr(self) -> str:
        """Return the options."""
        return f"reduction={self.reduction!r}"


def axis_repr(axis: int | None) -> str:
    """Return the axis of the classes as an option, if one was given."""
    return "" if axis is None else f", axis={axis}"


class CrossEntropyLoss(Loss):
    """The softmax loss of class scores: −log softmax(s)_y. See :func:`nn.functional.cross_entropy`.

    Parameters
    ----------
    weight : array_like of shape (C,), optional
        How much each class counts.
    ignore_index : int, default −100
        Examples with this class have the loss 0, and no part in the mean.
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the examples.
    label_smoothing : float, default 0.0
        ε: instead of the target t the loss takes (1 − ε)·t + ε/C.
    axis : int, optional
        The axis of the classes. Default: 1, and 0 for the scores of a single example.

    Attributes
    ----------
    weight : ndarray of shape (C,), or None
        A buffer, and so a part of the state_dict.

    Raises
    ------
    ValueError
        If the reduction is unknown, or `label_smoothing` is not from 0 to 1.

    Examples
    --------
    >>> import numpy as np, nn
    >>> loss = nn.CrossEntropyLoss()
    >>> round(float(loss(np.zeros((4, 10)), [3, 1, 4, 1])), 3)  # log 10: all classes are equally likely
    2.303
    """

    weight: Any

    def __init__(
        self,
        weight: Operand | None = None,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
        axis: int | None = None,
    ) -> None:
        super().__init__(reduction)
        options.wholes("CrossEntropyLoss", ignore_index=ignore_index)
        refuse_smoothing(label_smoothing)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        if axis is not None:
            options.axes(type(self).__name__, axis=axis)
        self.axis = axis

    def forward(self, logits: Tensor, target: Operand) -> Tensor:
        """Return the loss: scores (N, C, …), classes (N, …) or probabilities (N, C, …) → (), or (N, …) each."""
        return F.cross_entropy(
            logits, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing, self.axis
        )

    def extra_repr(self) -> str:
        """Return the options."""
        smoothing = f", label_smoothing={self.label_smoothing}" if self.label_smoothing else ""
        return f"{super().extra_repr()}{smoothing}{axis_repr(self.axis)}"


class NLLLoss(Loss):
    """The negative log-likelihood −log p_y, of logarithms of probabilities. See :func:`nn.functional.nll_loss`.

    Parameters
    ----------
    weight : array_like of shape (C,), optional
        How much each class counts.
    ignore_index : int, default −100
        Examples with this class have the loss 0, and no part in the mean.
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the examples.
    axis : int, optional
        The axis of the classes. Default: 1, and 0 for a single example.

    Attributes
    ----------
    weight : ndarray of shape (C,), or None
        A buffer, and so a part of the state_dict.

    Raises
    ------
    ValueError
        If the reduction is unknown.

    Examples
    --------
    >>> import numpy as np, nn
    >>> round(float(nn.NLLLoss()(np.log([[0.5, 0.25, 0.25]]), [0])), 4)
    0.6931
    """

    weight: Any

    def __init__(
        self,
        weight: Operand | None = None,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
        axis: int | None = None,
    ) -> None:
        super().__init__(reduction)
        options.wholes("NLLLoss", ignore_index=ignore_index)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        if axis is not None:
            options.axes(type(self).__name__, axis=axis)
        self.axis = axis

    def forward(self, input: Tensor, target: Operand) -> Tensor:
        """Return the loss: log-probabilities (N, C, …) and classes (N, …) → (), or (N, …) without a reduction."""
        return F.nll_loss(input, target, self.weight, self.ignore_index, self.reduction, self.axis)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"{super().extra_repr()}{axis_repr(self.axis)}"


class MulticlassSVMLoss(Loss):
    """The multiclass SVM loss Σ_{j≠y} max(0, s_j − s_y + Δ). See :func:`nn.functional.multiclass_svm_loss`.

    Parameters
    ----------
    margin : float, default 1.0
        Δ.
    squared : bool, default False
        Whether each of the terms is squared.
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the examples.
    axis : int, optional
        The axis of the classes. Default: 1, and 0 for the scores of a single example.

    Raises
    ------
    ValueError
        If the reduction is unknown.

    Examples
    --------
    >>> import nn
    >>> nn.MulticlassSVMLoss()([[3.2, 5.1, -1.7]], [0]).round(4).item()
    2.9
    """

    def __init__(
        self,
        margin: float = 1.0,
        squared: bool = False,
        reduction: Reduction = "mean",
        axis: int | None = None,
    ) -> None:
        super().__init__(reduction)
        options.numbers(type(self).__name__, margin=margin)
        options.flags(type(self).__name__, squared=squared)
        self.margin = margin
        self.squared = squared
        if axis is not None:
            options.axes(type(self).__name__, axis=axis)
        self.axis = axis

    def forward(self, scores: Tensor, target: Operand) -> Tensor:
        """Return the loss: scores (N, C, …) and classes (N, …) → (), or (N, …) without a reduction."""
        return F.multiclass_svm_loss(scores, target, self.margin, self.squared, self.reduction, self.axis)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"margin={self.margin}, squared={self.squared}, {super().extra_repr()}{axis_repr(self.axis)}"


class HingeLoss(Loss):
    """The hinge loss max(0, Δ − t·s), for targets of −1 and 1. See :func:`nn.functional.hinge_loss`.

    Parameters
    ----------
    margin : float, default 1.0
        Δ.
    squared : bool, default False
        Whether the losses are squared.
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the examples.

    Raises
    ------
    ValueError
        If the reduction is unknown.

    Examples
    --------
    >>> import nn
    >>> nn.HingeLoss(reduction="none")([2.0, 0.5, 0.5], [1, 1, -1])
    array([0. , 0.5, 1.5])
    """

    def __init__(self, margin: float = 1.0, squared: bool = False, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        options.numbers(type(self).__name__, margin=margin)
        options.flags(type(self).__name__, squared=squared)
        self.margin = margin
        self.squared = squared

    def forward(self, scores: Tensor, target: Operand) -> Tensor:
        """Return the loss: scores and targets of one shape → (), or that shape without a reduction."""
        return F.hinge_loss(scores, target, self.margin, self.squared, self.reduction)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"margin={self.margin}, squared={self.squared}, {super().extra_repr()}"


class PerceptronLoss(Loss):
    """The perceptron criterion (f − d)·s, for targets of 0 and 1. See :func:`nn.functional.perceptron_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the examples.

    Raises
    ------
    ValueError
        If the reduction is unknown.

    Examples
    --------
    >>> import nn
    >>> nn.PerceptronLoss(reduction="none")([2.0, 2.0, -3.0], [1, 0, 1])
    array([0., 2., 3.])
    """

    def forward(self, scores: Tensor, target: Operand) -> Tensor:
        """Return the loss: scores and targets of one shape → (), or that shape without a reduction."""
        return F.perceptron_loss(scores, target, self.reduction)
