"""Adadelta: steps in the parameter's own unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from .optimizer import Group, Optimizer, Params
from .options import Traits, descent, follow_square, refuse_negative, refuse_outside_unit, refuse_unclear


class Adadelta(Optimizer):
    """Adadelta: the root mean square of the past steps takes the place of the learning rate.

    With the gradient g of the loss by the parameter w, in each step::

        g ← g + λ w                       weight decay λ
        v ← ρ v + (1 − ρ) g²              v = 0 at first
        d = √(u + ε) / √(v + ε) · g       in the unit of w
        u ← ρ u + (1 − ρ) d²              u = 0 at first
        w ← w − γ d

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        What to train, or groups of it with options of their own: see :class:`Optimizer`.
    lr : float, default 1
        γ, by which the steps are scaled.
    rho : float, default 0.9
        ρ, how slowly the means forget.
    eps : float, default 1e−6
        ε, which makes the first step larger than 0.
    weight_decay : float, default 0
        λ, the weight of the penalty ½λ‖w‖².
    maximize : bool, default False
        Climb instead of descending.
    flat : bool, optional
        Lay the parameters end to end, for speed: see :class:`Optimizer`.

    Raises
    ------
    ValueError
        If an option is negative, or ρ is not less than 1.

    Notes
    -----
    First moments ✗, second moments ✓, leaky ✓, bias correction ✗.

    References
    ----------
    Zeiler, "ADADELTA: an adaptive learning rate method" (2012), algorithm 1.

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.Adadelta([w], lr=10.0)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data
    array([ 0.96837726, -1.96837723])
    """

    elementwise = True
    traits: ClassVar = {"Adadelta": Traits(second_moments=True, leaky=True, paper="Zeiler 2012")}

    def __init__(
        self,
        params: Params,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        maximize: bool = False,
        flat: bool | None = None,
    ) -> None:
        options = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options, flat)

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if options are out of their limits."""
        refuse_negative(options, "lr", "eps", "weight_decay")
        refuse_unclear(options, "maximize")
        refuse_outside_unit(options, "rho")

    def memory(self, group: Group) -> dict[str, float]:
        """Return v and u."""
        return {"square_avg": 0.0, "acc_delta": 0.0}

    def update(self, w: Any, g: Any, state: dict[str, Any], group: Group) -> None:
        """Take one step: see the class."""
        v, u, eps = state["square_avg"], state["acc_delta"], group["eps"]
        s, d = self.scratch(w), self.scratch(w, 1)
        g = descent(w, g, group, self.scratch(w, 2))
        follow_square(v, g, group["rho"], s)
        np.divide(np.add(u, eps, d), np.add(v, eps, s), d)
        np.multiply(np.sqrt(d, d), g, d)
        follow_square(u, d, group["rho"], s)
        np.subtract(w, np.multiply(d, group["lr"], d), w)
