"""After early stopping: two ways to learn from all the data, those too that had been held back for validation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from nn import Module
from optim import Optimizer

from .evaluation import Data, Loss
from .history import History
from .loop import fit
from .run import Run
from .stopping import EarlyStopping


def retrain_from_start(
    model: Module,
    loss: Loss,
    optimizer: Optimizer,
    batches: Iterable[Any],
    stopping: EarlyStopping,
    same: Literal["steps", "epochs"] = "steps",
    **options: Any,
) -> History:
    """Train a new model on all the data, for as long as the first one took to be best.

    Parameters
    ----------
    model : Module
        A new one, that has learned nothing.
    loss : callable
        As for :func:`training.fit`.
    optimizer : Optimizer
        A new one too, of this model's parameters.
    batches : iterable of pairs (x, y)
        All the data.
    stopping : EarlyStopping
        What stopped the first training.
    same : {"steps", "epochs"}, default "steps"
        What is the same as then: the number of updates, or the number of passes through the data, which are now
        longer. Neither is better as a rule.
    **options
        For :func:`training.fit`.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        If the first training has no best epoch, or `same` is something else.

    References
    ----------
    Goodfellow, Bengio & Courville, *Deep Learning* (2016), algorithm 7.2.

    Examples
    --------
    >>> import nn, optim, training
    >>> def new():
    ...     net = nn.Linear(2, 2, rng=0)
    ...     return net, nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.5)
    >>> X, y = training.blobs(60, classes=2, rng=0)
    >>> stopping, data = training.EarlyStopping(patience=2), training.Batches(X[:40], y[:40], rng=0)
    >>> first = training.fit(*new(), data, 3, validate=(X[40:], y[40:]), callbacks=[stopping], progress=False)
    >>> history = training.retrain_from_start(*new(), training.Batches(X, y, rng=0), stopping, progress=False)
    >>> len(history) >= 1
    True
    """
    if same not in ("steps", "epochs"):
        raise ValueError(f"same must be 'steps' or 'epochs', not {same!r}")
    _refuse_unused(stopping)
    steps, epochs = (stopping.step, None) if same == "steps" else (None, stopping.epoch)
    return fit(model, loss, optimizer, batches, epochs, steps=steps, **options)


def retrain_onward(
    model: Module,
    loss: Loss,
    optimizer: Optimizer,
    batches: Iterable[Any],
    stopping: EarlyStopping,
    validate: Data,
    epochs: int = 100,
    **options: Any,
) -> History:
    """Go on from the best parameters, with all the data, until the validation loss is under the training's at the stop.

    Parameters
    ----------
    model : Module
        The one that was trained; its best parameters are restored first.
    loss : callable
        As for :func:`training.fit`.
    optimizer : Optimizer
        Of its parameters.
    batches : iterable of pairs (x, y)
        All the data.
    stopping : EarlyStopping
        What stopped the first training. ``stopping.objective`` is the goal.
    validate : pair of arrays (X, y), or iterable of batches
        The data that had been held back; they are learned from now, and so their loss says nothing about others.
    epochs : int, default 100
        Give up after so many: the goal need never be reached.
    **options
        For :func:`training.fit`.

    Returns
    -------
    History
        The goal was reached if ``history["val_loss"][-1] < stopping.objective``.

    Raises
    ------
    ValueError
        If the first training has no best epoch.

    References
    ----------
    Goodfellow, Bengio & Courville, *Deep Learning* (2016), algorithm 7.3.

    Examples
    --------
    >>> import nn, optim, training
    >>> net = nn.Linear(2, 2, rng=0)
    >>> loss, sgd = nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.5)
    >>> X, y = training.blobs(60, classes=2, rng=0)
    >>> learned, held = training.Batches(X[:40], y[:40], rng=0), (X[40:], y[40:])
    >>> stopping = training.EarlyStopping(patience=2)
    >>> first = training.fit(net, loss, sgd, learned, 3, validate=held, callbacks=[stopping], progress=False)
    >>> everything = training.Batches(X, y, rng=0)
    >>> history = training.retrain_onward(net, loss, sgd, everything, stopping, held, epochs=5, progress=False)
    >>> 1 <= len(history) <= 5
    True
    """
    _refuse_unused(stopping)
    stopping.restore(model)

    def reached(run: Run) -> None:
        if run.log["val_loss"] < stopping.objective:
            run.stop(f"the validation loss is under the training's at the stop, {stopping.objective:.4g}")

    callbacks = [*options.pop("callbacks", ()), reached]
    return fit(model, loss, optimizer, batches, epochs, validate=validate, callbacks=callbacks, **options)


def _refuse_unused(stopping: EarlyStopping) -> None:
    if not stopping.step:
        raise ValueError("this EarlyStopping has no best epoch yet: give it to fit as a callback first")
