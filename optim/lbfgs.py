"""L-BFGS: Newton's method, with a Hessian learned from the last few gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from autograd import Tensor
from autograd.arrays import as_array, beside

from .line_search import Point, strong_wolfe
from .optimizer import Optimizer, Params
from .options import refuse_less_than_one, refuse_negative
from .states import refuse_other_state


class LBFGS(Optimizer):
    """Limited-memory BFGS, for smooth losses without noise: the whole batch, not a sample of it.

    With the last m moves s = w − w_before and changes of the gradient y = g − g_before, newest first, the direction
    d = −H g comes from two loops over them (ρ = 1 / sᵀy)::

        q ← g;   α ← ρ sᵀq,  q ← q − α y      newest to oldest
        r ← q sᵀy / yᵀy                       of the newest
        β ← ρ yᵀr,  r ← r + s (α − β)         oldest to newest
        d = −r;   w ← w + t d

    t is γ, the learning rate, or what a line search finds when it starts from there.

    Parameters
    ----------
    params : iterable of Tensor
        What to train, in one group.
    lr : float, default 1
        γ, the length of a step, in units of the direction.
    max_iter : int, default 20
        How many moves a step makes at most.
    max_eval : int, optional
        How many times a step calls the closure at most. Default: 1.25 · max_iter.
    tolerance_grad : float, default 1e−7
        A step ends when no element of the gradient is larger.
    tolerance_change : float, default 1e−9
        A step ends when neither the loss nor any element changes by more.
    history_size : int, default 100
        m.
    line_search_fn : {None, "strong_wolfe"}, default None
        How t is found.

    Raises
    ------
    ValueError
        If an option is out of its limits, or there are several groups.

    References
    ----------
    Liu & Nocedal, "On the limited memory BFGS method for large scale optimization" (1989).

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> w = Tensor([-1.0, 2.0], requires_grad=True)
    >>> lbfgs = optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     lbfgs.zero_grad()
    ...     loss = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> for _ in range(3):
    ...     first = lbfgs.step(closure)
    >>> w.data.round(4)
    array([1., 1.])
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: Literal["strong_wolfe"] | None = None,
    ) -> None:
        options = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, options)
        self._forget()

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError if options are out of their limits."""
        refuse_negative(options, "lr", "tolerance_grad", "tolerance_change")
        refuse_less_than_one(options, "max_iter", "history_size")
        if options["max_eval"] is not None:
            refuse_less_than_one(options, "max_eval")
        if options["line_search_fn"] not in (None, "strong_wolfe"):
            raise ValueError(f"line_search_fn must be None or 'strong_wolfe', not {options['line_search_fn']!r}")

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Take the only group; there cannot be a second, because one direction is learned for all parameters."""
        if self.param_groups:
            raise ValueError("LBFGS trains all its parameters with the same options: there cannot be a second group")
        super().add_param_group(group)

    def _forget(self) -> None:
        self._count = 0
        self._moves: list[Any] = []  # s, oldest first
        self._changes: list[Any] = []  # y
        self._direction: Any = None
        self._gradient: Any = None  # at the place from which the last move started
        self._length = 1.0

    # ---------------------------------------------------------------------------------------------------------- a step

    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """Make up to ``max_iter`` moves.

        Parameters
        ----------
        closure : callable
            Forgets the gradients, computes the loss, calls its ``backward()`` and returns it. It is called several
            times.

        Returns
        -------
        Tensor
            The loss before the step.

        Raises
        ------
        TypeError
            Without a closure.
        """
        if closure is None:
            raise TypeError("LBFGS needs the loss several times: give step a function that computes it, backward too")
        first = self._loss_of(closure)
        group, evaluations = self.param_groups[0], 1
        most = group["max_eval"] or group["max_iter"] * 5 // 4
        loss, g = float(first.item()), self._flat_gradient()
        if _largest(g) <= group["tolerance_grad"]:
            return first
        self._follow(g)
        for n in range(1, group["max_iter"] + 1):
            self._learn(g, group["history_size"])
            d = self._direction = self._newton(g)
            slope = _product(g, d)
            if slope > -group["tolerance_change"]:
                break
            t = group["lr"] * (min(1.0, 1 / np.abs(g).sum().item()) if self._count == 1 else 1.0)
            before = loss
            if group["line_search_fn"]:
                t, loss, g, calls = self._search(closure, d, Point(0.0, loss, slope, g), t, group)
                evaluations += calls
            else:
                self._length = t  # at once: the closure may raise
                self._move(d, t)
                if n < group["max_iter"]:
                    loss, g = self._evaluate(closure)
                    evaluations += 1
            self._length = t
            if (
                evaluations >= most
                or _largest(g) <= group["tolerance_grad"]
                or _largest(d * t) <= group["tolerance_change"]
                or abs(loss - before) < group["tolerance_change"]
            ):
                break
        return first

    def _follow(self, g: Any) -> None:
        """Bring what is remembered to where the gradient is, and to its dtype: the model may have been converted."""
        before = self._gradient
        if before is None or (type(before) is type(g) and (before.dtype, before.size) == (g.dtype, g.size)):
            return
        if before.size != g.size:  # parameters were frozen, or set free: these are directions in another space
            self._forget()
            return
        self._moves, self._changes = ([_fitted(a, g) for a in arrays] for arrays in (self._moves, self._changes))
        self._direction, self._gradient = _fitted(self._direction, g), _fitted(before, g)

    def _learn(self, g: Any, history_size: int) -> None:
        """Remember the last move, and how the gradient changed along it."""
        self._count += 1
        if self._count > 1:
            s, y = self._direction * self._length, g - self._gradient
            if _product(s, y) > 1e-10:  # else the loss is not convex along it
                self._moves = [*self._moves, s][-history_size:]
                self._changes = [*self._changes, y][-history_size:]
        self._gradient = g.copy()

    def _newton(self, g: Any) -> Any:
        """Return d = −H g by the two loops."""
        pairs = list(zip(self._moves, self._changes, strict=True))
        q, alphas = -g, []
        for s, y in reversed(pairs):
            alphas.append(_product(s, q) / _product(s, y))
            q = q - alphas[-1] * y
        if pairs:
            s, y = pairs[-1]
            q = q * (_product(s, y) / _product(y, y))
        for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
            q = q + (alpha - _product(y, q) / _product(s, y)) * s
        return q

    def _search(
        self, closure: Callable[[], Tensor], d: Any, start: Point, t: float, group: Mapping[str, Any]
    ) -> tuple[float, float, Any, int]:
        """Return the length of the move, the loss and the gradient after it, and how often the loss was computed."""
        calls, origin = 0, [parameter.data.copy() for parameter in self._trained()]

        def at(t: float) -> Point:
            nonlocal calls
            calls += 1
            self._restore(origin)
            self._move(d, t)
            loss, g = self._evaluate(closure)
            return Point(t, loss, _product(g, d), g)

        try:
            found = strong_wolfe(at, start, t, _largest(d), group["tolerance_change"])
        finally:
            self._restore(origin)
        self._move(d, found.t)
        return found.t, found.loss, found.gradient, calls

    # ------------------------------------------------------------------------------- all parameters as one long vector

    def _trained(self) -> list[Tensor]:
        return [parameter for parameter in self.param_groups[0]["params"] if parameter.requires_grad]

    def _loss_of(self, closure: Any) -> Any:
        loss = super()._loss_of(closure)
        if not hasattr(loss, "item"):
            raise TypeError(
                f"the closure that LBFGS.step is given must return the loss, a Tensor, not {type(loss).__name__}; end "
                "it with `return loss`"
            )
        return loss

    def _flat_gradient(self) -> Any:
        parts = [
            np.zeros_like(p.data).reshape(-1) if p.grad is None else as_array(p.grad).reshape(-1)
            for p in self._trained()
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _evaluate(self, closure: Callable[[], Tensor]) -> tuple[float, Any]:
        loss = float(self._loss_of(closure).item())
        return (loss if math.isfinite(loss) else math.inf), self._flat_gradient()

    def _move(self, d: Any, t: float) -> None:
        start = 0
        for parameter in self._trained():
            w = parameter.data
            parameter.mark_written()
            np.add(w, t * d[start : start + w.size].reshape(w.shape), w)
            start += w.size

    def _restore(self, origin: list[Any]) -> None:
        for parameter, values in zip(self._trained(), origin, strict=True):
            parameter.mark_written()
            np.copyto(parameter.data, values)

    # ----------------------------------------------------------------------------------------------------------- state

    def state_dict(self) -> dict[str, Any]:
        """Return copies of the options and of all that is remembered, to go on from later."""
        memory = {
            "count": self._count,
            "length": self._length,
            "moves": [s.copy() for s in self._moves],
            "changes": [y.copy() for y in self._changes],
            "direction": None if self._direction is None else self._direction.copy(),
            "gradient": None if self._gradient is None else self._gradient.copy(),
        }
        return {**super().state_dict(), "memory": memory}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned.

        Raises
        ------
        ValueError
            If the parameters have another size. Nothing has been changed then.
        """
        refuse_other_state(state_dict, "LBFGS", "memory", "state", "param_groups")
        memory, size = state_dict["memory"], sum(parameter.size for parameter in self._trained())
        if memory["direction"] is not None and len(memory["direction"]) != size:
            raise ValueError(
                f"this state_dict remembers directions of {len(memory['direction'])} numbers, and the parameters of "
                f"this LBFGS have {size}"
            )
        super().load_state_dict(state_dict)
        self._count, self._length = memory["count"], memory["length"]
        self._moves, self._changes = ([a.copy() for a in memory[name]] for name in ("moves", "changes"))
        self._direction, self._gradient = (
            None if memory[name] is None else memory[name].copy() for name in ("direction", "gradient")
        )


# ---------------------------------------------------------------------------------------------------------- the helpers


def _product(x: Any, y: Any) -> float:
    """Return the inner product as a number."""
    return float((x @ y).item())


def _largest(x: Any) -> float:
    """Return the largest element by its size, 0 if there is none."""
    return float(np.abs(x).max(initial=0).item())


def _fitted(array: Any, like: Any) -> Any:
    """Return an array where another one lies, and of its dtype."""
    return beside(array, like).astype(like.dtype)
