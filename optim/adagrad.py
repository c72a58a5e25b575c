"""AdaGrad: steps scaled by the sum of all squared gradients so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from .optimizer import Group, Optimizer, Params
from .options import Traits, descent, refuse_negative, refuse_unclear


class Adagrad(Optimizer):
    """AdaGrad: each element's learning rate falls with the gradients that it has seen.

    With the gradient g of the loss by the parameter w, in step t = 1, 2, …::

        g ← g + λ w                       weight decay λ
        v ← v + g²                        v = v₀ at first
        w ← w − γ / (1 + (t − 1) η) · g / (√v + ε)

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        What to train, or groups of it with options of their own: see :class:`Optimizer`.
    lr : float, default 0.01
        γ, the learning rate.
    lr_decay : float, default 0
        η, how fast the learning rate falls beside.
    weight_decay : float, default 0
        λ, the weight of the penalty ½λ‖w‖².
    initial_accumulator_value : float, default 0
        v₀.
    eps : float, default 1e−10
        ε, against division by 0.
    maximize : bool, default False
        Climb instead of descending.
    flat : bool, optional
        Lay the parameters end to end, for speed: see :class:`Optimizer`.

    Raises
    ------
    ValueError
        If an option is negative.

    Notes
    -----
    First moments ✗, second moments ✓, leaky ✗, bias correction ✗.

    References
    ----------
    Duchi, Hazan & Singer, "Adaptive subgradient methods for online learning and stochastic optimization" (2011).

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.Adagrad([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data
    array([ 0.9, -1.9])
    """

    elementwise = True
    traits: ClassVar = {"AdaGrad": Traits(second_moments=True, paper="Duchi, Hazan & Singer 2011")}

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        maximize: bool = False,
        flat: bool | None = None,
    ) -> None:
        options = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "eps": eps,
            "maximize": maximize,
        }
        super().__init__(params, options, flat)

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if options are out of their limits."""
        refuse_negative(options, "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")
        refuse_unclear(options, "maximize")

    def memory(self, group: Group) -> dict[str, float]:
        """Return v."""
        return {"sum": group["initial_accumulator_value"]}

    def update(self, w: Any, g: Any, state: dict[str, Any], group: Group) -> None:
        """Take one step: see the class."""
        t, v = state["step"], state["sum"]
        s = self.scratch(w)
        g = descent(w, g, group, self.scratch(w, 1))
        np.add(v, np.multiply(g, g, s), v)
        np.add(np.sqrt(v, s), group["eps"], s)
        np.multiply(np.divide(g, s, s), group["lr"] / (1 + (t - 1) * group["lr_decay"]), s)
        np.subtract(w, s, w)
