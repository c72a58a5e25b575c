"""Gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from .optimizer import Group, Optimizer, Params
from .options import Traits, descent, refuse_negative, refuse_unclear


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum or Nesterov's momentum.

    With the gradient g of the loss by the parameter w, in each step::

        g ← g + λ w                  weight decay λ
        b ← μ b + (1 − τ) g          momentum μ, dampening τ; b = g in the first step
        g ← b                        or g + μ b after Nesterov
        w ← w − γ g                  learning rate γ

    Parameters
    ----------
    params : iterable of Tensor, or iterable of dict
        What to train, or groups of it with options of their own: see :class:`Optimizer`.
    lr : float, default 0.001
        γ, the learning rate.
    momentum : float, default 0
        μ, how much of the last step is taken again.
    dampening : float, default 0
        τ, how much of the gradient the momentum does not take up.
    weight_decay : float, default 0
        λ, the weight of the penalty ½λ‖w‖².
    nesterov : bool, default False
        Look ahead along the momentum. Needs momentum and no dampening.
    maximize : bool, default False
        Climb instead of descending.
    flat : bool, optional
        Lay the parameters end to end, for speed: see :class:`Optimizer`.

    Raises
    ------
    ValueError
        If an option is negative, or `nesterov` lacks its momentum.

    Notes
    -----
    First moments with momentum only, second moments ✗, leaky ✗, bias correction ✗. As in PyTorch, the learning rate is
    no part of b (Sutskever et al. have v ← μ v − γ g, w ← w + v); the paths are the same as long as γ does not change.

    References
    ----------
    Robbins & Monro, "A stochastic approximation method" (1951). Polyak, "Some methods of speeding up the convergence
    of iteration methods" (1964). Sutskever, Martens, Dahl & Hinton, "On the importance of initialization and momentum
    in deep learning" (2013).

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> sgd = optim.SGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> sgd.step()
    >>> w.data
    array([ 0.8, -1.6])
    """

    elementwise = True
    traits: ClassVar = {
        "SGD": Traits(paper="Robbins & Monro 1951"),
        "SGD, momentum": Traits(first_moments=True, paper="Polyak 1964"),
        "SGD, Nesterov": Traits(first_moments=True, paper="Nesterov 1983"),
    }

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        maximize: bool = False,
        flat: bool | None = None,
    ) -> None:
        options = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, options, flat)

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if options are out of their limits."""
        refuse_negative(options, "lr", "momentum", "dampening", "weight_decay")
        refuse_unclear(options, "nesterov", "maximize")
        if options["nesterov"] and (options["momentum"] == 0 or options["dampening"] != 0):
            raise ValueError(
                "nesterov looks ahead along the momentum: it needs momentum > 0 and dampening = 0, not momentum="
                f"{options['momentum']}, dampening={options['dampening']}"
            )

    def memory(self, group: Group) -> dict[str, float]:
        """Return b."""
        return {"momentum_buffer": 0.0} if group["momentum"] else {}

    def advance(self, numbers: dict[str, Any], group: Group) -> None:
        """Count the steps with momentum: the first of them is special."""
        if group["momentum"]:
            super().advance(numbers, group)

    def update(self, w: Any, g: Any, state: dict[str, Any], group: Group) -> None:
        """Take one step: see the class."""
        s, mu = self.scratch(w), group["momentum"]
        g = descent(w, g, group, self.scratch(w, 1))
        if mu:
            b = state["momentum_buffer"]
            if state["step"] == 1:
                np.copyto(b, g)
            else:
                np.multiply(b, mu, b)
                np.add(b, np.multiply(g, 1 - group["dampening"], s) if group["dampening"] else g, b)
            g = np.add(g, np.multiply(b, mu, s), s) if group["nesterov"] else b
        np.subtract(w, np.multiply(g, group["lr"], s), w)
