"""Losses as modules: those of numbers that should be equal to other numbers."""

from __future__ import annotations

from autograd import Tensor
from autograd.arrays import Operand

from . import functional as F
from .functional.losses import Reduction
from .functional.regression import refuse_delta, refuse_smooth_beta
from .losses import Loss


class MSELoss(Loss):
    """The squared error, the mean of (input − target)². See :func:`nn.functional.mse_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the single numbers.

    Raises
    ------
    ValueError
        If the reduction is unknown.

    Examples
    --------
    >>> import nn
    >>> nn.MSELoss()([1.0, 2.0], [1.0, 5.0]).item()
    4.5
    """

    def forward(self, input: Tensor, target: Operand) -> Tensor:
        """Return the loss: input and target of one shape → (), or that shape without a reduction."""
        return F.mse_loss(input, target, self.reduction)


class AdalineLoss(Loss):
    """Half the sum of squares, ½Σ(d − y)², of ADALINE. See :func:`nn.functional.adaline_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "sum"
        What becomes of the losses of the single numbers.

    Raises
    ------
    ValueError
        If the reduction is unknown.

    Examples
    --------
    >>> import nn
    >>> nn.AdalineLoss()([1.0, 2.0], [1.0, 5.0]).item()
    4.5
    """

    def __init__(self, reduction: Reduction = "sum") -> None:
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Operand) -> Tensor:
        """Return the loss: input and target of one shape → (), or that shape without a reduction."""
        return F.adaline_loss(input, target, self.reduction)


class L1Loss(Loss):
    """The absolute error, the mean of |input − target|. See :func:`nn.functional.l1_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the single numbers.

    Raises
    ------
    ValueError
        If the reduction is unknown.

    Examples
    --------
    >>> import nn
    >>> nn.L1Loss()([1.0, 2.0], [1.0, 5.0]).item()
    1.5
    """

    def forward(self, input: Tensor, target: Operand) -> Tensor:
        """Return the loss: input and target of one shape → (), or that shape without a reduction."""
        return F.l1_loss(input, target, self.reduction)


class HuberLoss(Loss):
    """Huber's loss, ½d² where |d| ≤ δ, else δ(|d| − ½δ). See :func:`nn.functional.huber_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the single numbers.
    delta : float, default 1.0
        δ, above 0.

    Raises
    ------
    ValueError
        If the reduction is unknown, or delta is not above 0.

    Examples
    --------
    >>> import nn
    >>> nn.HuberLoss(reduction="none")([0.5, 3.0], [0.0, 0.0])
    array([0.125, 2.5  ])
    """

    def __init__(self, reduction: Reduction = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        refuse_delta(delta)
        self.delta = delta

    def forward(self, input: Tensor, target: Operand) -> Tensor:
        """Return the loss: input and target of one shape → (), or that shape without a reduction."""
        return F.huber_loss(input, target, self.reduction, self.delta)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"{super().extra_repr()}, delta={self.delta}"


class SmoothL1Loss(Loss):
    """The absolute error with its corner rounded off. See :func:`nn.functional.smooth_l1_loss`.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}, default "mean"
        What becomes of the losses of the single numbers.
    beta : float, default 1.0
        β, not below 0: the loss is d²/2β where |d| < β, else |d| − ½β.

    Raises
    ------
    ValueError
        If the reduction is unknown, or beta is below 0.

    Examples
    --------
    >>> import nn
    >>> nn.SmoothL1Loss(reduction="none")([0.5, 3.0], [0.0, 0.0])
    array([0.125, 2.5  ])
    """

    def __init__(self, reduction: Reduction = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        refuse_smooth_beta(beta)
        self.beta = beta

    def forward(self, input: Tensor, target: Operand) -> Tensor:
        """Return the loss: input and target of one shape → (), or that shape without a reduction."""
        return F.smooth_l1_loss(input, target, self.reduction, self.beta)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"{super().extra_repr()}, beta={self.beta}"
