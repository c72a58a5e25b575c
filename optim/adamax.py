"""Adamax: Adam with the greatest gradient in the place of the mean square."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from .optimizer import Group, Optimizer, Params
from .options import Traits, descent, follow, refuse_betas, refuse_negative, refuse_unclear


class Adamax(Optimizer):
    """Adamax, Adam after the infinity norm.

    With the gradient g of the loss by the parameter w, in step t = 1, 2, …::

        g ← g + λ w                       weight decay λ
        m ← β₁ m + (1 − β₁) g             m = 0 at first
        u ← max(β₂ u, |g| + ε)            u = 0 at first
        w ← w − γ / (1 − β₁ᵗ) · m / u

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        What to train, or groups of it with options of their own: see :class:`Optimizer`.
    lr : float, default 0.002
        γ, the learning rate.
    betas : (float, float), default (0.9, 0.999)
        β₁ and β₂, how slowly the mean and the maximum forget.
    eps : float, default 1e−8
        ε, against division by 0.
    weight_decay : float, default 0
        λ, the weight of the penalty ½λ‖w‖².
    maximize : bool, default False
        Climb instead of descending.
    flat : bool, optional
        Lay the parameters end to end, for speed: see :class:`Optimizer`.

    Raises
    ------
    ValueError
        If an option is negative, or a β is not less than 1.

    Notes
    -----
    First moments ✓, second moments ✗ (a norm of infinite order instead), leaky ✓, bias correction ✓ (of the first).

    References
    ----------
    Kingma & Ba, "Adam: a method for stochastic optimization" (2015), algorithm 2.

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.Adamax([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data.round(6)
    array([ 0.9, -1.9])
    """

    elementwise = True
    traits: ClassVar = {
        "Adamax": Traits(first_moments=True, leaky=True, bias_correction=True, paper="Kingma & Ba 2015")
    }

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        maximize: bool = False,
        flat: bool | None = None,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options, flat)

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if options are out of their limits."""
        refuse_negative(options, "lr", "eps", "weight_decay")
        refuse_unclear(options, "maximize")
        refuse_betas(options)

    def memory(self, group: Group) -> dict[str, float]:
        """Return m and u."""
        return {"exp_avg": 0.0, "exp_inf": 0.0}

    def update(self, w: Any, g: Any, state: dict[str, Any], group: Group) -> None:
        """Take one step: see the class."""
        t, m, u = state["step"], state["exp_avg"], state["exp_inf"]
        beta1, beta2 = group["betas"]
        s = self.scratch(w)
        g = descent(w, g, group, self.scratch(w, 1))
        follow(m, g, beta1, s)
        np.add(np.abs(g, s), group["eps"], s)
        np.maximum(np.multiply(u, beta2, u), s, out=u)
        np.multiply(np.divide(m, u, s), group["lr"] / (1 - beta1**t), s)
        np.subtract(w, s, w)
