"""Diagnosis: what one batch shows of a model's health."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from autograd import enable_grad
from nn import Module
from optim import Optimizer

from .advice import Advice, Advices, advise
from .evaluation import Loss
from .loop import train_step
from .monitors import Monitor
from .randomness import randomness_kept


def diagnose(model: Module, loss: Loss, batch: Any, optimizer: Optimizer | None = None) -> Advices:
    """Say what is wrong with a model, as far as a batch shows it: the sign, its number, the likely cause, the remedy.

    Parameters
    ----------
    model : Module
        It is not changed, nor is the optimiser: a copy of both takes the step that is looked at.
    loss : callable
        ``loss(model(x), y)``.
    batch : pair (x, y)
        Of a hundred examples or so: a unit that is 0 for only a few is not dead.
    optimizer : Optimizer, optional
        Of the model's parameters. With it, the steps are looked at too.

    Returns
    -------
    Advices
        A list of :class:`Advice`, printed as a text; empty if nothing is wrong.

    Examples
    --------
    >>> import numpy as np, nn, training
    >>> from nn import functional as F
    >>> net = nn.Sequential(nn.Linear(3, 20, rng=0), nn.ReLU(), nn.Linear(20, 2, rng=1))
    >>> x, y = np.random.default_rng(0).normal(size=(64, 3)), np.arange(64) % 2
    >>> training.diagnose(net, F.cross_entropy, (x, y))
    Nothing is wrong that could be seen from here.
    >>> net[0].bias.data = np.full(20, -9.0)
    >>> print(training.diagnose(net, F.cross_entropy, (x, y))[0])
    1: 100% of the units gave 0 for every example: no gradient reaches them.
      Likely cause: a step that was too large has thrown them off the data, or the biases began too low.
      Remedy: a smaller learning rate, He initialisation, biases that begin at 0 or a little more, or leaky ReLU.
    """
    with randomness_kept(model, loss), enable_grad():
        # Together, so that the copy of the optimiser trains the copy of the model.
        patient, rule, measure = copy.deepcopy((model, optimizer, loss))
        patient.train()
        with np.errstate(all="ignore"), Monitor(patient, every=1) as monitor:
            stepping = _Still(patient) if rule is None else rule
            found = train_step(patient, measure, stepping, batch)
            monitor.step()
    advices = advise(monitor.records[0])
    if not np.isfinite(found.loss) and "not a number" not in advices.rules():
        advices.insert(0, Advice(
            "not a number", "the loss", f"it is {found.loss}", found.loss,
            "a logarithm of 0, a division by 0, or targets that are NaN",
            "losses of scores and not of probabilities (cross_entropy, binary_cross_entropy_with_logits)",
        ))  # fmt: skip
    return advices


class _Still(Optimizer):
    """An optimiser that does not move anything."""

    def __init__(self, model: Module) -> None:
        super().__init__(model.parameters(), {})

    def update(self, w: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Leave the parameter as it is."""
