"""Adam: steps scaled by running moments of the gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .optimizer import Group, Optimizer, Params, descent, refuse_negative


class Adam(Optimizer):
    """Adam, adaptive moment estimation.

    With the gradient g of the loss by the parameter w, in step t = 1, 2, …::

        g ← g + λ w                              weight decay λ
        m ← β₁ m + (1 − β₁) g                    first moment, m = 0 at first
        v ← β₂ v + (1 − β₂) g²                   second moment, v = 0 at first
        m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)    both are too small at first: corrected
        w ← w − γ m̂ / (√v̂ + ε)                   learning rate γ

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        What to train, or groups of it with options of their own: see :class:`Optimizer`.
    lr : float, default 0.001
        γ, the learning rate: about the length of a step along each axis.
    betas : (float, float), default (0.9, 0.999)
        β₁ and β₂, how slowly the moments forget.
    eps : float, default 1e−8
        ε, against division by 0.
    weight_decay : float, default 0
        λ, the weight of the penalty ½λ‖w‖², whose gradient goes through the moments as well.

    Raises
    ------
    ValueError
        If an option is negative, or a β is not less than 1.

    References
    ----------
    Kingma & Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1.

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> adam = optim.Adam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> adam.step()
    >>> w.data
    array([ 0.9, -1.9])
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if options are out of their limits."""
        refuse_negative(options, "lr", "eps", "weight_decay")
        if not all(0 <= beta < 1 for beta in options["betas"]):
            raise ValueError(f"betas must be at least 0 and less than 1, and are {options['betas']}")

    def update(self, w: Any, g: Any, state: dict[str, Any], group: Group) -> None:
        """Take one step: see the class."""
        if not state:
            state.update(step=0, exp_avg=np.zeros_like(w), exp_avg_sq=np.zeros_like(w))
        state["step"] += 1
        t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]
        beta1, beta2 = group["betas"]
        g, s = descent(w, g, group, self.scratch(w)), self.scratch(w, 1)

        np.multiply(m, beta1, m)
        np.add(m, np.multiply(g, 1 - beta1, s), m)

        np.multiply(v, beta2, v)
        np.multiply(np.multiply(g, g, s), 1 - beta2, s)
        np.add(v, s, v)

        np.divide(np.sqrt(v, s), math.sqrt(1 - beta2**t), s)
        np.divide(m, np.add(s, group["eps"], s), s)
        np.subtract(w, np.multiply(s, group["lr"] / (1 - beta1**t), s), w)
