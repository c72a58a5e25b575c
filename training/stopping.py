"""When to stop: early stopping, and the course's other rules. Each serves a loop of your own through ``update``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from nn import Module
from nn.functional import options

from .callbacks import watched
from .run import Callback, Run


class EarlyStopping(Callback):
    """Stop when a measure has not become better for so many epochs, and go back to the parameters that were best.

    In a loop of your own::

        stopping = EarlyStopping(patience=5)
        while not stopping.update(validation_loss, model):
            ...  # another epoch
        stopping.restore(model)

    Parameters
    ----------
    patience : int, default 10
        How many epochs in a row may bring nothing better.
    watch : str, default "val_loss"
        The number of the history that is watched.
    mode : {"min", "max"}, default "min"
        Whether less is better (a loss), or more (an accuracy).
    min_delta : float, default 0
        By how much it must be better to count.
    restore_best : bool, default True
        Whether ``fit`` ends with the best parameters in the model (and the buffers, such as running statistics);
        otherwise with the last.

    Attributes
    ----------
    best : float
        The best measure so far.
    epoch, step : int
        After how many epochs (calls of ``update``), and steps of the optimiser, that was.
    objective : float
        The training's own loss at that moment, ``train_loss`` or ``loss``: the goal of
        :func:`training.retrain_onward`.
    state : dict or None
        A copy of the model's state at that moment.

    Raises
    ------
    ValueError
        If an option is out of its limits, or, in the first epoch, there is nothing to watch.

    References
    ----------
    Prechelt, "Early stopping — but when?" (1998); Goodfellow, Bengio & Courville, *Deep Learning* (2016), §7.8.

    Examples
    --------
    >>> import nn
    >>> from training import EarlyStopping
    >>> net, stopping = nn.Linear(1, 1), EarlyStopping(patience=2)
    >>> [stopping.update(loss, net) for loss in (1.0, 0.5, 0.7, 0.6)]
    [False, False, False, True]
    >>> stopping.best, stopping.epoch
    (0.5, 2)
    """

    rank = 1  # when averages have been made

    def __init__(
        self,
        patience: int = 10,
        watch: str = "val_loss",
        mode: Literal["min", "max"] = "min",
        min_delta: float = 0.0,
        restore_best: bool = True,
    ) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"mode must be 'min' or 'max', not {mode!r}")
        options.numbers("EarlyStopping", least=0, patience=patience, min_delta=min_delta)
        options.flags("EarlyStopping", restore_best=restore_best)
        self.patience = patience
        self.watch = watch
        self.mode = mode
        self.min_delta = min_delta
        self.restore_best = restore_best
        self.best = math.inf if mode == "min" else -math.inf
        self.objective = math.nan
        self.epoch = self.step = 0
        self.state: dict[str, Any] | None = None
        self._seen = 0

    def update(self, measure: float, model: Module) -> bool:
        """Take note of the measure, copy the model if it is the best so far, and say whether it is time to stop.

        A measure that is NaN is never better.
        """
        self._seen += 1
        measure = float(measure)
        better = self.best - measure if self.mode == "min" else measure - self.best
        if better > self.min_delta:
            self.best, self.epoch, self.state = measure, self._seen, model.state_dict()
        return self._seen - self.epoch >= max(self.patience, 1)

    def restore(self, model: Module) -> None:
        """Write the best parameters and buffers into the model.

        Raises
        ------
        ValueError
            If there are none yet.
        """
        if self.state is None:
            raise ValueError("there is nothing to restore: no measure was a number yet")
        model.load_state_dict(self.state)

    def after_epoch(self, run: Run) -> None:
        """Look at the epoch; the model is copied as it was evaluated, so with averages if there are any."""
        with run.validating():
            over = self.update(watched(run, self.watch, self), run.model)
        if self.epoch == self._seen:
            self.step, self.objective = run.step, run.log.get("train_loss", run.log["loss"])
        if over:
            run.stop(f"{self.watch} was best in epoch {self.epoch}, {self.best:.4g}, and no better for {self.patience}")

    def end(self, run: Run) -> None:
        """Go back to the best parameters."""
        if self.restore_best and self.state is not None:
            self.restore(run.model)

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on later."""
        return {name: getattr(self, name) for name in ("best", "epoch", "step", "objective", "state", "_seen")}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        for name, value in state_dict.items():
            setattr(self, name, value)


class StopWhenWorse(Callback):
    """Stop as soon as the cost of a step is NaN, or more than so many times the first one: the rate is too high.

    Parameters
    ----------
    factor : float, default 3
        How many times.

    Attributes
    ----------
    first : float
        The first cost.

    Raises
    ------
    ValueError
        If the factor is not more than 1.

    Examples
    --------
    >>> from training import StopWhenWorse
    >>> rule = StopWhenWorse()
    >>> [rule.update(cost) for cost in (2.3, 6.8, 7.0)]
    [False, False, True]
    """

    def __init__(self, factor: float = 3.0) -> None:
        if not options.is_number(factor) or not factor > 1:
            raise ValueError(f"factor must be a number above 1, not {factor}: the cost may vary a little")
        self.factor = factor
        self.first = math.nan

    def update(self, cost: float) -> bool:
        """Take note of the cost, and say whether it is time to stop."""
        cost = float(cost)
        if math.isnan(self.first):
            self.first = cost
        return not cost <= self.factor * abs(self.first)

    def after_step(self, run: Run) -> None:
        """Look at the cost."""
        if self.update(run.last_loss):
            run.stop(
                f"the loss of step {run.step} is {run.last_loss:.4g}, and {self.factor:g} times that of the first, "
                f"{self.first:.4g}, is the most: the learning rate is too high"
            )

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on later."""
        return {"first": self.first}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        self.first = state_dict["first"]


class StopWhenStill(Callback):
    """Stop when the parameters hardly move any more: when Σ|W − W_old| falls to a goal.

    Parameters
    ----------
    goal : float
        The sum is over all parameters, between one look and the next.
    each : {"step", "epoch"}, default "epoch"
        When to look.

    Attributes
    ----------
    moved : float
        Σ|W − W_old| at the last look.

    Raises
    ------
    ValueError
        If the goal is negative, or `each` is something else.

    Examples
    --------
    >>> import nn
    >>> from training import StopWhenStill
    >>> net = nn.Linear(2, 1, bias=False)
    >>> rule = StopWhenStill(goal=0.1)
    >>> rule.update(net)  # W_old of the first look
    False
    >>> net.weight.data = net.weight.data + 0.25
    >>> rule.update(net), rule.moved
    (False, 0.5)
    >>> rule.update(net)
    True
    """

    def __init__(self, goal: float, each: Literal["step", "epoch"] = "epoch") -> None:
        options.numbers("StopWhenStill", least=0, goal=goal)
        if each not in ("step", "epoch"):
            raise ValueError(f"each must be 'step' or 'epoch', not {each!r}")
        self.goal = goal
        self.each = each
        self.moved = math.inf
        self._old: list[Any] | None = None

    def update(self, model: Module) -> bool:
        """Look at the parameters, and say whether it is time to stop."""
        now = [parameter.data.copy() for parameter in model.parameters()]
        if self._old is not None:
            self.moved = sum(np.abs(w - old).sum().item() for w, old in zip(now, self._old, strict=True))
        self._old = now
        return self.moved <= self.goal

    def begin(self, run: Run) -> None:
        """Remember the parameters before the first step."""
        if self._old is None:
            self.update(run.model)

    def after_step(self, run: Run) -> None:
        """Look, if it is time."""
        if self.each == "step":
            self._look(run)

    def after_epoch(self, run: Run) -> None:
        """Look, if it is time."""
        if self.each == "epoch":
            self._look(run)

    def _look(self, run: Run) -> None:
        if self.update(run.model):
            run.stop(
                f"Σ|W − W_old| since the last {self.each} is {self.moved:.4g}: the goal of {self.goal:g} is reached"
            )

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on later."""
        return {"moved": self.moved, "old": self._old}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        self.moved, self._old = state_dict["moved"], state_dict["old"]
