"""The learning-rate range test: one short run through all rates shows which of them learn."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from nn import Module
from optim import Optimizer

from .evaluation import Loss
from .loop import train_step
from .pictures import new_figure
from .randomness import randomness_kept

SMOOTH = 0.7  # the share of the past in the smoothed loss: a batch is better or worse luck
BLOWN = 4.0  # times the least loss: from there on it only explodes


class LearningRateRange:
    """What :func:`learning_rate_range` found.

    Attributes
    ----------
    rates : list of float
        The rates that were tried, rising.
    losses : list of float
        The smoothed loss at each.
    suggestion : float or None
        The rate at which the loss falls fastest. None: it falls at no rate.
    """

    def __init__(self, rates: list[float], losses: list[float]) -> None:
        self.rates = rates
        self.losses = losses
        self.suggestion = self._suggestion()

    def _suggestion(self) -> float | None:
        known = [loss for loss in self.losses if math.isfinite(loss)]
        if len(known) < 3 or min(known) > 0.95 * known[0]:
            return None
        end = self.losses.index(min(known))
        slopes = [there - here for here, there in pairwise(self.losses[: end + 1])]  # the rates are evenly spaced
        return self.rates[slopes.index(min(slopes))]

    def plot(self, ax: Any = None) -> Any:
        """Draw the loss against the rate.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw. Default: a new figure.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ImportError
            If Matplotlib is missing.
        """
        if ax is None:
            ax = new_figure("LearningRateRange.plot", 5, 3.2).add_subplot()
        ax.plot(self.rates, self.losses)
        ax.set(xscale="log", xlabel="learning rate", ylabel="loss (smoothed)")
        finite = [loss for loss in self.losses if math.isfinite(loss)]
        if finite:
            ax.set_ylim(top=1.3 * max(finite[0], min(finite)))
        if self.suggestion is not None:
            ax.axvline(self.suggestion, color="C1", linestyle="--", label=f"steepest at {self.suggestion:.1e}")
            ax.legend()
        ax.set_title("the loss falls at no rate" if self.suggestion is None else "learning-rate range test")
        ax.grid(alpha=0.3)
        return ax

    def __str__(self) -> str:
        if self.suggestion is None:
            return f"the loss falls at no rate from {self.rates[0]:.1e} to {self.rates[-1]:.1e}"
        return f"the loss falls fastest at a learning rate of {self.suggestion:.1e}"

    def __repr__(self) -> str:
        return f"LearningRateRange({len(self.rates)} rates: {self})"


def learning_rate_range(
    model: Module,
    loss: Loss,
    optimizer: Optimizer,
    batches: Iterable[Any],
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
) -> LearningRateRange:
    """Train with a rate that rises exponentially from `low` to `high`, and note the loss.

    Parameters
    ----------
    model : Module
        It is not changed: a copy learns.
    loss : callable
        ``loss(model(x), y)``.
    optimizer : Optimizer
        Of its parameters. It is copied too, with all that it remembers.
    batches : iterable of pairs (x, y)
        Begun anew when it ends. (Batches move on in their epochs; give a list if that matters.)
    low, high : float, default 1e−6 and 10
        The first and the last rate. It ends earlier when the loss explodes.
    steps : int, default 100
        How many rates are tried.

    Returns
    -------
    LearningRateRange
        With ``suggestion`` and ``plot()``. Begin a training with the suggested rate, or up to ten times less.

    Raises
    ------
    ValueError
        If the rates do not rise, there are less than 3 steps, no batches, or the optimiser has no ``lr``.

    References
    ----------
    Smith, "Cyclical learning rates for training neural networks" (2017).

    Examples
    --------
    >>> import numpy as np, nn, optim, training
    >>> X = np.random.default_rng(0).normal(size=(64, 3))
    >>> net = nn.Linear(3, 1, rng=0)
    >>> sgd = optim.SGD(net.parameters(), lr=0.1)
    >>> found = training.learning_rate_range(net, nn.MSELoss(), sgd, [(X, X[:, :1])])
    >>> 0.005 < found.suggestion < 1
    True
    """
    if not 0 < low < high or steps < 3:
        raise ValueError(f"the rates must rise in at least 3 steps, and here they go from {low} to {high} in {steps}")
    if "lr" not in optimizer.defaults:
        raise ValueError(f"{type(optimizer).__name__} has no option 'lr'; it has {', '.join(optimizer.defaults)}")
    rates, losses = [], []
    mean = 0.0
    with randomness_kept(model, loss), np.errstate(all="ignore"):
        learner, rule, measure = copy.deepcopy((model, optimizer, loss))
        learner.train()
        around = _around(batches)
        for i, rate in enumerate(np.geomspace(low, high, steps).tolist()):
            for group in rule.param_groups:
                group["lr"] = rate
            value = train_step(learner, measure, rule, next(around)).loss
            mean = SMOOTH * mean + (1 - SMOOTH) * value
            rates.append(rate)
            losses.append(mean / (1 - SMOOTH ** (i + 1)))  # as Adam corrects its means that begin at 0
            if not value < BLOWN * max(min(losses), 1e-12) and i > 2:
                break
    return LearningRateRange(rates, losses)


def _around(batches: Iterable[Any]) -> Iterator[Any]:
    """Yield the batches again and again."""
    while True:
        empty = True
        for batch in batches:
            empty = False
            yield batch
        if empty:
            raise ValueError("there are no batches to try the rates on; an iterator can be gone through only once")
