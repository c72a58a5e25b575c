"""RAdam: Adam that waits until its second moment is known well enough."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from .optimizer import Group, Optimizer, Params
from .options import Traits, descent, follow, follow_square, refuse_betas, refuse_negative, refuse_unclear


class RAdam(Optimizer):
    """RAdam, rectified Adam: no warm-up is needed.

    With the gradient g of the loss by the parameter w, in step t = 1, 2, …::

        g ← g + λ w                               weight decay λ
        m ← β₁ m + (1 − β₁) g                     m = 0 at first
        v ← β₂ v + (1 − β₂) g²                    v = 0 at first
        ρ∞ = 2 / (1 − β₂) − 1
        ρ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)              about how many gradients v is a mean of
        r = √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ))
        w ← w − γ m / (1 − β₁ᵗ) · r √(1 − β₂ᵗ) / (√v + ε)      if ρ > 5
        w ← w − γ m / (1 − β₁ᵗ)                                 else: v is not to be trusted yet

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        What to train, or groups of it with options of their own: see :class:`Optimizer`.
    lr : float, default 0.001
        γ, the learning rate.
    betas : (float, float), default (0.9, 0.999)
        β₁ and β₂, how slowly the moments forget.
    eps : float, default 1e−8
        ε, against division by 0.
    weight_decay : float, default 0
        λ, the weight of the penalty ½λ‖w‖².
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
    Liu, Jiang, He, Chen, Liu, Gao & Han, "On the variance of the adaptive learning rate and beyond" (2020), algorithm
    2.

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.RAdam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data
    array([ 0.8, -1.6])
    """

    elementwise = True
    traits: ClassVar = {
        "RAdam": Traits(
            first_moments=True, second_moments=True, leaky=True, bias_correction=True, paper="Liu et al. 2020"
        )
    }

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        flat: bool | None = None,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, options, flat)

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if options are out of their limits."""
        refuse_negative(options, "lr", "eps", "weight_decay")
        refuse_unclear(options, "maximize", "decoupled_weight_decay")
        refuse_betas(options)

    def memory(self, group: Group) -> dict[str, float]:
        """Return m and v."""
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def update(self, w: Any, g: Any, state: dict[str, Any], group: Group) -> None:
        """Take one step: see the class."""
        t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]
        beta1, beta2 = group["betas"]
        s = self.scratch(w)
        g = descent(w, g, group, self.scratch(w, 1))
        follow(m, g, beta1, s)
        follow_square(v, g, beta2, s)

        rate = group["lr"] / (1 - beta1**t)
        if (r := _rectification(t, beta2)) is None:
            step = np.multiply(m, rate, s)
        else:
            np.add(np.sqrt(v, s), group["eps"], s)
            step = np.multiply(np.divide(m, s, s), rate * r * math.sqrt(1 - beta2**t), s)
        np.subtract(w, step, w)


def _rectification(t: int, beta2: float) -> float | None:
    """Return r, or None as long as v is a mean of too few gradients."""
    limit = 2 / (1 - beta2) - 1
    length = limit - 2 * t * beta2**t / (1 - beta2**t)
    if length <= 5:
        return None
    return math.sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length))
