"""Scheduler and OnPlateau: they drive the options of an optimiser."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .optimizer import Group, Optimizer
from .options import is_number, refuse_negative, refuse_outside_unit
from .schedule import Curve
from .states import refuse_other_state


class Scheduler:
    """Sets options of an optimiser by schedules, from now on and after each :meth:`Scheduler.step`.

    Parameters
    ----------
    optimizer : Optimizer
        Its present options are those of t = 0.
    groups : sequence of int, optional
        The numbers of the parameter groups that are driven. Default: all there are now.
    **schedules : Schedule, or callable
        For each option its schedule (see :mod:`optim.schedules`). A :class:`~optim.schedules.Schedule` says itself
        whether its number is a factor; that of any other function t → value is the value itself.

    Attributes
    ----------
    t : int
        How many steps were taken.

    Raises
    ------
    TypeError
        If a schedule is no function.
    ValueError
        If the optimiser has no such option or group, or a value is out of the option's limits.

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> from optim import schedules
    >>> sgd = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.4, momentum=0.5)
    >>> scheduler = optim.Scheduler(sgd, lr=schedules.step(2, 0.5), momentum=schedules.anneal(0.5, 0.9, steps=4))
    >>> for _ in range(4):
    ...     sgd.step()
    ...     scheduler.step()
    ...     print(round(sgd.param_groups[0]["lr"], 3), round(sgd.param_groups[0]["momentum"], 3))
    0.4 0.6
    0.2 0.7
    0.2 0.8
    0.1 0.9
    """

    def __init__(self, optimizer: Optimizer, *, groups: Sequence[int] | None = None, **schedules: Curve) -> None:
        _refuse_stranger(optimizer)
        self.optimizer = optimizer
        self.schedules = schedules
        self.t = 0
        self._groups = _numbered(optimizer, groups)
        for option, schedule in schedules.items():
            _refuse_unknown(optimizer, option)
            if not callable(schedule):
                raise TypeError(f"the schedule of {option} must be a function t → value, not {schedule!r}")
        if not schedules:
            raise ValueError("Scheduler drives options by their names, as in Scheduler(optimizer, lr=cosine(1000))")
        self._base = [{option: group[option] for option in schedules} for group in self._driven()]
        self._set()

    def step(self) -> None:
        """Count a step of the optimiser (or an epoch, if the schedules count these), and set the options."""
        self.t += 1
        self._set()

    def _set(self) -> None:
        values = [
            {option: _value(schedule, self.t, base[option]) for option, schedule in self.schedules.items()}
            for base in self._base
        ]
        for group, new in zip(self._driven(), values, strict=True):
            self.optimizer.check({**group, **new})
        for group, new in zip(self._driven(), values, strict=True):
            group.update(new)

    def _driven(self) -> list[Group]:
        return [self.optimizer.param_groups[i] for i in self._groups]

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on later: t, and the values that the options had at t = 0."""
        return {"t": self.t, "base": [dict(base) for base in self._base]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned, with the same schedules; the options are set.

        Raises
        ------
        ValueError
            If groups or options are others than here. Nothing has been changed then.
        """
        refuse_other_state(state_dict, "Scheduler", "t", "base")
        here, there = ([sorted(base) for base in bases] for bases in (self._base, state_dict["base"]))
        if here != there:
            raise ValueError(f"this state drives {there}, one list of options for each group, and here are {here}")
        before = self.t, self._base
        self.t, self._base = state_dict["t"], [dict(base) for base in state_dict["base"]]
        try:
            self._set()
        except ValueError:
            self.t, self._base = before
            raise

    def __repr__(self) -> str:
        driven = ", ".join(f"{option}={schedule!r}" for option, schedule in self.schedules.items())
        return f"Scheduler({type(self.optimizer).__name__}, t={self.t}, {driven})"


class OnPlateau:
    """Makes an option smaller when a measure has stopped getting better.

    Parameters
    ----------
    optimizer : Optimizer
        What is driven.
    mode : {"min", "max"}, default "min"
        Whether less is better (a loss), or more (an accuracy).
    factor : float, default 0.1
        By which the option is multiplied.
    patience : int, default 10
        How many steps in a row may bring nothing new before that happens.
    threshold : float, default 1e−4
        What counts as new: a relative improvement by more than this.
    threshold_mode : {"rel", "abs"}, default "rel"
        "abs": the improvement itself must be more than `threshold`.
    cooldown : int, default 0
        How many steps to wait after a change before counting again.
    least : float, default 0
        The option does not get smaller than this.
    eps : float, default 1e−8
        A change smaller than this is not made.
    option : str, default "lr"
        What is driven.
    groups : sequence of int, optional
        The numbers of the parameter groups that are driven. Default: all.

    Attributes
    ----------
    best : float
        The best measure so far.

    Raises
    ------
    ValueError
        If an option is unknown or out of its limits.

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> sgd = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.4)
    >>> plateau = optim.OnPlateau(sgd, factor=0.5, patience=1)
    >>> for loss in [1.0, 0.9, 0.9, 0.9]:
    ...     plateau.step(loss)
    >>> sgd.param_groups[0]["lr"]
    0.2
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: Literal["min", "max"] = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: Literal["rel", "abs"] = "rel",
        cooldown: int = 0,
        least: float = 0.0,
        eps: float = 1e-8,
        *,
        option: str = "lr",
        groups: Sequence[int] | None = None,
    ) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"mode must be 'min' or 'max', not {mode!r}")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold_mode must be 'rel' or 'abs', not {threshold_mode!r}")
        numbers = {"patience": patience, "threshold": threshold, "cooldown": cooldown, "least": least, "eps": eps}
        refuse_negative(numbers, *numbers)
        refuse_outside_unit({"factor": factor}, "factor")
        _refuse_stranger(optimizer)
        _refuse_unknown(optimizer, option)
        if not is_number(optimizer.defaults[option]):
            raise ValueError(f"{option} is no number, and cannot be multiplied by {factor}")
        self._groups = _numbered(optimizer, groups)
        self.optimizer = optimizer
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.least = least
        self.eps = eps
        self.option = option
        self.best = math.inf if mode == "min" else -math.inf
        self._waited = 0
        self._cooling = 0

    def step(self, measure: float) -> None:
        """Take note of the measure, and make the option smaller if it is time.

        Parameters
        ----------
        measure : float
            The loss, or whatever is watched.
        """
        measure = float(measure)
        self._waited += 1
        if self._is_better(measure):
            self.best, self._waited = measure, 0
        if self._cooling:
            self._cooling -= 1
            self._waited = 0
        if self._waited > self.patience:
            self._reduce()
            self._cooling, self._waited = self.cooldown, 0

    def _is_better(self, measure: float) -> bool:
        margin = self.threshold * abs(self.best) if self.threshold_mode == "rel" else self.threshold
        if math.isinf(self.best):
            return measure < self.best if self.mode == "min" else measure > self.best
        return measure < self.best - margin if self.mode == "min" else measure > self.best + margin

    def _reduce(self) -> None:
        for i in self._groups:
            group = self.optimizer.param_groups[i]
            smaller = max(group[self.option] * self.factor, self.least)
            if group[self.option] - smaller > self.eps:
                group[self.option] = smaller

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on later."""
        return {"best": self.best, "waited": self._waited, "cooling": self._cooling}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned. The option itself is in the optimiser's own state."""
        refuse_other_state(state_dict, "OnPlateau", "best", "waited", "cooling")
        self.best, self._waited, self._cooling = (state_dict[name] for name in ("best", "waited", "cooling"))

    def __repr__(self) -> str:
        return f"OnPlateau({type(self.optimizer).__name__}, {self.option}, best={self.best}, waited={self._waited})"


def _value(schedule: Curve, t: int, base: Any) -> Any:
    return base * schedule(t) if getattr(schedule, "factor", False) else schedule(t)


def _refuse_stranger(optimizer: Any) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"a schedule drives an optimiser, not a {type(optimizer).__name__}; write optim.SGD(…) first")


def _numbered(optimizer: Optimizer, groups: Sequence[int] | None) -> list[int]:
    count = len(optimizer.param_groups)
    found = list(range(count)) if groups is None else list(groups)
    if strange := [i for i in found if i not in range(count)]:
        raise ValueError(f"there is no parameter group {strange}: {type(optimizer).__name__} has {count}, from 0")
    return found


def _refuse_unknown(optimizer: Optimizer, option: str) -> None:
    if option not in optimizer.defaults:
        raise ValueError(
            f"{type(optimizer).__name__} has no option {option!r} to be driven; it has {', '.join(optimizer.defaults)}"
        )
