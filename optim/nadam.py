"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from .optimizer import Group, Optimizer, Params
from .options import Traits, descent, follow, follow_square, refuse_betas, refuse_negative, refuse_unclear


class NAdam(Optimizer):
    """NAdam, Adam that looks ahead along its momentum.

    With the gradient g of the loss by the parameter w, in step t = 1, 2, …::

        g ← g + λ w                               weight decay λ
        μₜ = β₁ (1 − ½ · 0.96^(tψ))               a momentum that grows to β₁
        m ← β₁ m + (1 − β₁) g                     m = 0 at first
        v ← β₂ v + (1 − β₂) g²                    v = 0 at first
        m̂ = μₜ₊₁ m / (1 − μ₁ ⋯ μₜ₊₁) + (1 − μₜ) g / (1 − μ₁ ⋯ μₜ)
        w ← w − γ m̂ / (√(v / (1 − β₂ᵗ)) + ε)

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        What to train, or groups of it with options of their own: see :class:`Optimizer`.
    lr : float, default 0.002
        γ, the learning rate.
    betas : (float, float), default (0.9, 0.999)
        β₁ and β₂, how slowly the moments forget.
    eps : float, default 1e−8
        ε, against division by 0.
    weight_decay : float, default 0
        λ, the weight of the penalty ½λ‖w‖².
    momentum_decay : float, default 0.004
        ψ, how fast the momentum grows.
    decoupled_weight_decay : bool, default False
        Shrink the parameter instead, w ← w − γ λ w, as :class:`AdamW` does.
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
    First moments ✓, second moments ✓, leaky ✓, bias correction ✓.

    References
    ----------
    Dozat, "Incorporating Nesterov momentum into Adam" (2016).

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.NAdam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data.round(6)
    array([ 0.894355, -1.894355])
    """

    elementwise = True
    traits: ClassVar = {
        "NAdam": Traits(first_moments=True, second_moments=True, leaky=True, bias_correction=True, paper="Dozat 2016")
    }

    def __init__(
        self,
        params: Params,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        flat: bool | None = None,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options, flat)

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if options are out of their limits."""
        refuse_negative(options, "lr", "eps", "weight_decay", "momentum_decay")
        refuse_unclear(options, "maximize", "decoupled_weight_decay")
        refuse_betas(options)

    def memory(self, group: Group) -> dict[str, float]:
        """Return m and v."""
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def advance(self, numbers: dict[str, Any], group: Group) -> None:
        """Count the step, and go on with the product μ₁ ⋯ μₜ."""
        super().advance(numbers, group)
        numbers["mu_product"] = numbers.get("mu_product", 1.0) * _mu(numbers["step"], group)

    def update(self, w: Any, g: Any, state: dict[str, Any], group: Group) -> None:
        """Take one step: see the class."""
        t, product, m, v = state["step"], state["mu_product"], state["exp_avg"], state["exp_avg_sq"]
        beta1, beta2 = group["betas"]
        s, d = self.scratch(w), self.scratch(w, 1)
        g = descent(w, g, group, self.scratch(w, 2))
        follow(m, g, beta1, s)
        follow_square(v, g, beta2, s)
        np.multiply(np.sqrt(v, d), 1 / math.sqrt(1 - beta2**t), d)
        np.add(d, group["eps"], d)

        following = _mu(t + 1, group)
        ahead = np.multiply(m, group["lr"] * following / (1 - product * following), s)
        np.subtract(w, np.divide(ahead, d, s), w)
        here = np.multiply(g, group["lr"] * (1 - _mu(t, group)) / (1 - product), s)
        np.subtract(w, np.divide(here, d, s), w)


def _mu(t: int, group: Group) -> float:
    """Return the momentum of step t."""
    return float(group["betas"][0] * (1 - 0.5 * 0.96 ** (t * group["momentum_decay"])))
