"""RMSProp: steps scaled by a running mean of the squared gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from .optimizer import Group, Optimizer, Params
from .options import Traits, descent, follow, follow_square, refuse_negative, refuse_outside_unit, refuse_unclear


class RMSprop(Optimizer):
    """RMSProp, plain, with momentum, or centred.

    With the gradient g of the loss by the parameter w, in each step::

        g ← g + λ w                       weight decay λ
        v ← α v + (1 − α) g²              v = 0 at first
        m ← α m + (1 − α) g               only centred; m = 0 at first
        d = √v + ε                        centred: √(v − m²) + ε, the deviation instead of the size
        b ← μ b + g / d                   momentum μ; b = 0 at first
        w ← w − γ b

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        What to train, or groups of it with options of their own: see :class:`Optimizer`.
    lr : float, default 0.01
        γ, the learning rate.
    alpha : float, default 0.99
        α, how slowly the mean forgets.
    eps : float, default 1e−8
        ε, against division by 0.
    weight_decay : float, default 0
        λ, the weight of the penalty ½λ‖w‖².
    momentum : float, default 0
        μ, how much of the last step is taken again.
    centered : bool, default False
        Scale by the standard deviation of the gradient instead of its root mean square.
    maximize : bool, default False
        Climb instead of descending.
    flat : bool, optional
        Lay the parameters end to end, for speed: see :class:`Optimizer`.

    Raises
    ------
    ValueError
        If an option is negative, or α is not less than 1.

    Notes
    -----
    First moments ✗ (with momentum ✓), second moments ✓, leaky ✓, bias correction ✗.

    References
    ----------
    Tieleman & Hinton, "Lecture 6.5: RMSProp" (2012). Graves, "Generating sequences with recurrent neural networks"
    (2013), for the centred form.

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.RMSprop([w], lr=0.01)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data
    array([ 0.9, -1.9])
    """

    elementwise = True
    traits: ClassVar = {
        "RMSProp": Traits(second_moments=True, leaky=True, paper="Tieleman & Hinton 2012"),
        "RMSProp, momentum": Traits(first_moments=True, second_moments=True, leaky=True, paper="Graves 2013"),
    }

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        maximize: bool = False,
        flat: bool | None = None,
    ) -> None:
        options = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
            "maximize": maximize,
        }
        super().__init__(params, options, flat)

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if options are out of their limits."""
        refuse_negative(options, "lr", "eps", "weight_decay", "momentum")
        refuse_unclear(options, "centered", "maximize")
        refuse_outside_unit(options, "alpha")

    def memory(self, group: Group) -> dict[str, float]:
        """Return v, and b and m where they are needed."""
        wanted = {"square_avg": True, "momentum_buffer": group["momentum"], "grad_avg": group["centered"]}
        return {name: 0.0 for name, needed in wanted.items() if needed}

    def update(self, w: Any, g: Any, state: dict[str, Any], group: Group) -> None:
        """Take one step: see the class."""
        v, alpha = state["square_avg"], group["alpha"]
        s = self.scratch(w)
        g = descent(w, g, group, self.scratch(w, 1))
        follow_square(v, g, alpha, s)
        if group["centered"]:
            m = state["grad_avg"]
            follow(m, g, alpha, s)
            np.subtract(v, np.multiply(m, m, s), s)
            v = np.maximum(s, 0, out=s)  # rounding may leave less than nothing of a gradient that is always the same
        np.add(np.sqrt(v, s), group["eps"], s)
        np.divide(g, s, s)
        if group["momentum"]:
            b = state["momentum_buffer"]
            np.multiply(b, group["momentum"], b)
            s = np.multiply(np.add(b, s, b), group["lr"], s)
        else:
            np.multiply(s, group["lr"], s)
        np.subtract(w, s, w)
