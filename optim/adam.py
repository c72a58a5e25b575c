"""Adam, and AdamW: steps scaled by running moments of the gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from .optimizer import Group, Optimizer, Params
from .options import Traits, descent, follow, follow_square, refuse_betas, refuse_negative, refuse_unclear


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
    amsgrad : bool, default False
        Use the greatest v so far in the place of v, so that steps never grow again.
    maximize : bool, default False
        Climb instead of descending.
    decoupled_weight_decay : bool, default False
        Apply the weight decay as :class:`AdamW` does.
    flat : bool, optional
        Lay the parameters end to end, for speed: see :class:`Optimizer`.

    Raises
    ------
    ValueError
        If an option is negative, or a β is not less than 1.

    Notes
    -----
    First moments ✓, second moments ✓, leaky ✓ (AMSGrad ✗: its greatest v never forgets), bias correction ✓.

    References
    ----------
    Kingma & Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1. Reddi, Kale & Kumar, "On the
    convergence of Adam and beyond" (2018).

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

    elementwise = True
    traits: ClassVar = {
        "Adam": Traits(
            first_moments=True, second_moments=True, leaky=True, bias_correction=True, paper="Kingma & Ba 2015"
        ),
        "AMSGrad": Traits(first_moments=True, second_moments=True, bias_correction=True, paper="Reddi et al. 2018"),
    }

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
        flat: bool | None = None,
    ) -> None:
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, options, flat)

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if options are out of their limits."""
        refuse_negative(options, "lr", "eps", "weight_decay")
        refuse_unclear(options, "amsgrad", "maximize", "decoupled_weight_decay")
        refuse_betas(options)

    def memory(self, group: Group) -> dict[str, float]:
        """Return m and v, and the greatest v of AMSGrad."""
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0} | ({"max_exp_avg_sq": 0.0} if group["amsgrad"] else {})

    def update(self, w: Any, g: Any, state: dict[str, Any], group: Group) -> None:
        """Take one step: see the class."""
        t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]
        beta1, beta2 = group["betas"]
        s = self.scratch(w)
        g = descent(w, g, group, self.scratch(w, 1))
        follow(m, g, beta1, s)
        follow_square(v, g, beta2, s)
        if group["amsgrad"]:
            v = np.maximum(state["max_exp_avg_sq"], v, out=state["max_exp_avg_sq"])

        # γ m̂ / (√v̂ + ε), with all that is the same for every element in two numbers: a pass less over the arrays.
        scale = group["lr"] / (1 - beta1**t)
        if scale:
            np.multiply(np.sqrt(v, s), 1 / (scale * math.sqrt(1 - beta2**t)), s)
            np.add(s, group["eps"] / scale, s)
            np.subtract(w, np.divide(m, s, s), w)


class AdamW(Adam):
    """Adam with decoupled weight decay: the decay is no part of the gradient, and so not of the moments.

    In each step, before that of :class:`Adam` without its weight decay::

        w ← w − γ λ w

    Parameters
    ----------
    params, lr, betas, eps, amsgrad, maximize, flat
        As for :class:`Adam`.
    weight_decay : float, default 0.01
        λ, by which the parameter shrinks, times the learning rate.

    Raises
    ------
    ValueError
        As for :class:`Adam`.

    Notes
    -----
    First moments ✓, second moments ✓, leaky ✓, bias correction ✓.

    References
    ----------
    Loshchilov & Hutter, "Decoupled weight decay regularization" (2019), algorithm 2.

    Examples
    --------
    >>> import numpy as np, optim
    >>> from autograd import Tensor
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> adamw = optim.AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (w * w).sum().backward()
    >>> adamw.step()
    >>> w.data
    array([ 0.85, -1.8 ])
    """

    traits: ClassVar = {
        "AdamW": Traits(
            first_moments=True, second_moments=True, leaky=True, bias_correction=True, paper="Loshchilov & Hutter 2019"
        )
    }

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        maximize: bool = False,
        flat: bool | None = None,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize, True, flat)
