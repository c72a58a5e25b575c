"""Sanity checks: what must hold before a training is worth its time."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

import nn
from autograd import Tensor
from nn import Module
from optim import Adam, Optimizer

from .evaluation import Loss, bare, cast, evaluating, model_dtype
from .loop import Penalty, train_step
from .lr_range import LearningRateRange, learning_rate_range
from .randomness import randomness_kept


@dataclass(frozen=True)
class Check:
    """What a check found.

    Attributes
    ----------
    name : str
        What must hold.
    ok : bool
        Whether it does.
    text : str
        The numbers, and where it does not hold, what to look at.
    value : float
        The number that decides.
    """

    name: str
    ok: bool
    text: str
    value: float

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return f"{'ok ' if self.ok else 'NOT'}  {self.name}: {self.text}"


@dataclass(frozen=True)
class SanityReport:
    """What :func:`sanity_check` found: it prints as a text, and is true if all checks hold.

    Attributes
    ----------
    checks : list of Check
        One for each check.
    rates : LearningRateRange
        Of the learning-rate range test; ``rates.plot()`` draws it.
    """

    checks: list[Check]
    rates: LearningRateRange

    def __bool__(self) -> bool:
        return all(self.checks)

    def __str__(self) -> str:
        return "\n".join(map(str, self.checks))

    __repr__ = __str__


def sanity_check(
    model: Module,
    loss: Loss,
    X: Any,
    y: Any,
    *,
    penalty: Penalty | None = None,
    expected: float | None = None,
    optimizer: Optimizer | None = None,
) -> SanityReport:
    """Check a model that has not learned yet: its first loss, regularisation, 20 examples, the learning rate.

    Parameters
    ----------
    model : Module
        It is not changed.
    loss : callable
        ``loss(model(x), y)``.
    X, y : arrays of shapes (N, …) and (N, …)
        Some hundred examples of the training data.
    penalty : callable of model → Tensor, optional
        R, see :func:`regularisation_grows`.
    expected : float, optional
        The first loss by theory, see :func:`first_loss`.
    optimizer : Optimizer, optional
        Of the model's parameters, for the learning-rate range test. Default: Adam.

    Returns
    -------
    SanityReport

    Examples
    --------
    >>> import nn, training
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(100, 5)), rng.integers(0, 10, 100)
    >>> net = nn.Sequential(nn.Linear(5, 50, rng=0), nn.ReLU(), nn.Linear(50, 10, rng=1))
    >>> print(training.sanity_check(net, nn.CrossEntropyLoss(), X, y))
    ok   the first loss is what theory says: 2.35..., and by theory 2.303
    ok   the loss grows with regularisation: from 2.35... to 2.35... + 21.6 for λ = 1
    ok   20 examples can be overfitted: the loss fell from 2.40 to 0.11... in ... steps
    ok   a learning rate makes the loss go down: the loss falls fastest at a learning rate of ...
    """
    optimizer = Adam(model.parameters(), lr=1e-3) if optimizer is None else optimizer
    rates = learning_rate_range(model, loss, optimizer, [(X, y)])
    learns = Check("a learning rate makes the loss go down", rates.suggestion is not None, str(rates),
                   math.nan if rates.suggestion is None else rates.suggestion)  # fmt: skip
    checks = [
        first_loss(model, loss, X, y, expected=expected),
        regularisation_grows(model, loss, X, y, penalty),
        overfits(model, loss, X[:20], y[:20]),
        learns,
    ]
    return SanityReport(checks, rates)


def first_loss(
    model: Module, loss: Loss, X: Any, y: Any, *, expected: float | None = None, tolerance: float = 0.3
) -> Check:
    """Check that the loss of a model that knows nothing is what theory says: log 10 ≈ 2.3 for softmax and 10 classes.

    Parameters
    ----------
    model : Module
        It is not changed.
    loss : callable
        ``loss(model(x), y)``.
    X, y : arrays of shapes (N, …) and (N, …)
        Examples.
    expected : float, optional
        Default: the loss if all outputs were alike. Of scores, that is at 0: log C for cross-entropy, log 2 with one
        logit, C − 1 for the multiclass SVM, the mean of y² for squares. Of ``nll_loss`` and ``NLLLoss`` it is at
        −log C, of ``binary_cross_entropy`` and ``BCELoss`` at ½.
    tolerance : float, default 0.3
        By which part of it the loss may be off.

    Returns
    -------
    Check

    Examples
    --------
    >>> import numpy as np, nn
    >>> from training import first_loss
    >>> X, y = np.eye(10), np.arange(10)
    >>> print(first_loss(nn.Linear(10, 10, rng=0), nn.CrossEntropyLoss(), X, y))
    ok   the first loss is what theory says: 2.3..., and by theory 2.303
    """
    dtype = model_dtype(model)
    with randomness_kept(model, loss), evaluating(model):
        output = model(cast(X, dtype))
        target = cast(y, dtype)
        found = float(loss(output, target))
        if expected is None:
            expected = float(loss(_ignorant(bare(output), loss), target))
    ok = abs(found - expected) <= tolerance * abs(expected)
    text = f"{found:.4g}, and by theory {expected:.4g}"
    if not ok:
        text += "; look at the initialisation of the last layer, the scale of the inputs, and the loss"
    return Check("the first loss is what theory says", ok, text, found)


def _ignorant(output: Any, loss: Loss) -> Tensor:
    """Return the outputs of a model that knows nothing: all classes are equally likely."""
    name = getattr(loss, "__name__", type(loss).__name__)
    value = 0.0
    if name in ("nll_loss", "NLLLoss"):
        value = -math.log(output.shape[1])
    elif name in ("binary_cross_entropy", "BCELoss"):
        value = 0.5
    return Tensor(np.full_like(output, value))


def regularisation_grows(
    model: Module, loss: Loss, X: Any, y: Any, penalty: Penalty | None = None, strength: float = 1.0
) -> Check:
    """Check that the full loss grows when regularisation is turned on, and that its gradient reaches the weights.

    Parameters
    ----------
    model : Module
        It is not changed.
    loss : callable
        ``loss(model(x), y)``.
    X, y : arrays of shapes (N, …) and (N, …)
        Examples.
    penalty : callable of model → Tensor, optional
        R. Default: ``nn.penalties.l2``.
    strength : float, default 1
        λ in L + λR(W).

    Returns
    -------
    Check

    Examples
    --------
    >>> import nn
    >>> from training import blobs, regularisation_grows
    >>> regularisation_grows(nn.Linear(2, 3, rng=0), nn.CrossEntropyLoss(), *blobs(20, rng=0)).ok
    True
    """
    copied, measure = copy.deepcopy((model, loss))
    dtype = model_dtype(model)
    with randomness_kept(), evaluating(copied):
        plain = float(measure(copied(cast(X, dtype)), cast(y, dtype)))
    copied.zero_grad()
    extra = strength * (nn.penalties.l2 if penalty is None else penalty)(copied)
    reached = extra.requires_grad
    if reached:
        extra.backward()
        reached = any(p.grad is not None and np.any(bare(p.grad)).item() for p in copied.parameters())
    added = extra.item()
    text = f"from {plain:.4g} to {plain:.4g} + {added:.3g} for λ = {strength:g}"
    if not added > 0:
        text += "; R is not more than 0, so look at which parameters it is of"
    elif not reached:
        text += "; but R has no gradient by any parameter: it must be made of them, not of their data"
    return Check("the loss grows with regularisation", added > 0 and reached, text, added)


def overfits(
    model: Module, loss: Loss, X: Any, y: Any, *, steps: int = 500, lr: float | None = None, goal: float = 0.05
) -> Check:
    """Check that a few examples can be learned by heart: a model that cannot do this has an error in it.

    Parameters
    ----------
    model : Module
        It is not changed: a copy learns, with Adam, and without dropout.
    loss : callable
        ``loss(model(x), y)``.
    X, y : arrays of shapes (N, …) and (N, …)
        A few examples; the course takes 20.
    steps : int, default 500
        How many steps there are at most.
    lr : float, optional
        The rate. Default: 0.01, and where that fails 0.001.
    goal : float, default 0.05
        Which part of the first loss is to be left.

    Returns
    -------
    Check

    Examples
    --------
    >>> import numpy as np, nn
    >>> from training import blobs, overfits
    >>> X, y = blobs(20, rng=0)
    >>> net = nn.Sequential(nn.Linear(2, 32, rng=0), nn.ReLU(), nn.Linear(32, 3, rng=1))
    >>> overfits(net, nn.CrossEntropyLoss(), X, y).ok
    True
    """
    losses: list[float] = []
    for rate in (0.01, 0.001) if lr is None else (lr,):
        losses = _learn_by_heart(model, loss, (X, y), steps, rate, goal)
        if losses[-1] <= goal * losses[0]:
            break
    ok = losses[-1] <= goal * losses[0]
    text = f"the loss fell from {losses[0]:.2f} to {losses[-1]:.3f} in {len(losses)} steps"
    if not ok:
        text += (
            f"; the goal is {goal * losses[0]:.3f}. Check the gradients (autograd.check_model), whether all layers are "
            "trained, whether y belongs to X, and whether the model is large enough"
        )
    return Check(f"{len(X)} examples can be overfitted", ok, text, losses[-1])


def _learn_by_heart(model: Module, loss: Loss, batch: Any, steps: int, lr: float, goal: float) -> list[float]:
    """Return the losses of a copy that learns one batch, until the goal is reached."""
    with randomness_kept(model, loss), np.errstate(all="ignore"):
        learner, measure = copy.deepcopy((model, loss))
        _without_dropout(learner.train())
        adam = Adam(learner.parameters(), lr=lr)
        losses: list[float] = []
        while len(losses) < steps and (not losses or goal * losses[0] < losses[-1] < math.inf):
            losses.append(train_step(learner, measure, adam, batch).loss)
    return losses


def _without_dropout(model: Module) -> None:
    for module in model.modules():
        if getattr(module, "random_in_training", False):
            module.training = False
