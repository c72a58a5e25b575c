"""The loop: fit, and the step that it repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd import Tensor
from nn import Module
from nn.functional import options
from optim import Optimizer, clip_grad_norm_

from .evaluation import Data, Loss, Metric, Metrics, Tally, bare, by_name, cast, count, evaluate, pair
from .history import History, Row
from .progress import Bar
from .run import Callbacks, Run

Penalty: TypeAlias = Callable[[Module], Tensor]
Clip: TypeAlias = float | Callable[[list[Tensor]], Any]


class Step(NamedTuple):
    """What a step came to.

    Attributes
    ----------
    loss : float
        The mean loss of its batches.
    penalty : float or None
        What the penalty came to, if there is one.
    outputs : list of pairs (output, y)
        Of each batch, as arrays.
    """

    loss: float
    penalty: float | None
    outputs: list[tuple[Any, Any]]


def train_step(
    model: Module,
    loss: Loss,
    optimizer: Optimizer,
    *batches: Any,
    penalty: Penalty | None = None,
    clip: Clip | None = None,
) -> Step:
    """Take one step of the optimiser: forward, backward, update.

    Parameters
    ----------
    model : Module
        Its mode stays as it is.
    loss : callable
        ``loss(model(x), y)`` is the mean loss of a batch.
    optimizer : Optimizer
        Those that call a closure several times (L-BFGS) too.
    *batches : pairs (x, y)
        With several of them the gradients are added up, each with the share of its examples: the step is the one of a
        single batch that has all of them, and needs the memory of one. (Batch normalisation sees them one by one.)
    penalty : callable of model → Tensor, optional
        R of the full loss (1/N) Σ Lᵢ + R(W), such as ``lambda model: 1e-3 * nn.penalties.l2(model)``.
    clip : float, or callable of the list of parameters, optional
        What the norm of all gradients may be, see :func:`optim.clip_grad_norm_`; or what is done to them instead.

    Returns
    -------
    Step
        ``loss`` and ``penalty``, numbers (None without a penalty); ``outputs``, a list of pairs (output, y) of arrays.

    Raises
    ------
    ValueError
        Without a batch.
    TypeError
        If a batch is no pair.

    Examples
    --------
    >>> import numpy as np, nn, optim
    >>> from training import train_step
    >>> net = nn.Linear(2, 1, rng=0)
    >>> sgd = optim.SGD(net.parameters(), lr=0.1)
    >>> x, y = np.ones((4, 2)), np.ones((4, 1))
    >>> losses = [train_step(net, nn.MSELoss(), sgd, (x, y)).loss for _ in range(20)]
    >>> losses[0] > 0.01, losses[-1] < 1e-4
    (True, True)
    """
    _refuse_strangers("train_step", model, loss, optimizer)
    if not batches:
        raise ValueError("train_step needs at least one batch (x, y)")
    dtype = optimizer.param_groups[0]["params"][0].dtype  # the model's, without a walk through all of it in each step
    pairs = [tuple(cast(part, dtype) for part in pair(batch)) for batch in batches]
    examples = sum(count(y) for _, y in pairs)
    found: Step | None = None

    def closure() -> Tensor:
        nonlocal found
        optimizer.zero_grad()
        total, outputs = 0.0, []
        for x, y in pairs:
            output = model(x)
            part = loss(output, y)
            (part if len(pairs) == 1 else part * (count(y) / examples)).backward()
            total += part.item() * (count(y) / examples) if len(pairs) > 1 else part.item()
            outputs.append((bare(output), bare(y)))
        added: float | None = None
        if penalty is not None:
            extra = penalty(model)
            extra.backward()
            added = extra.item()
        if clip is not None:
            parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
            clip(parameters) if callable(clip) else clip_grad_norm_(parameters, clip)
        found = Step(total, added, outputs)
        return Tensor(np.float64(total + (added or 0.0)))

    optimizer.step(closure)
    if found is None:
        raise TypeError(f"{type(optimizer).__name__}.step(closure) did not call its closure")
    return found


def fit(
    model: Module,
    loss: Loss,
    optimizer: Optimizer,
    batches: Iterable[Any],
    epochs: int | None = None,
    *,
    validate: Data | Mapping[str, Data] | None = None,
    metrics: Metrics = (),
    callbacks: Callbacks = (),
    steps: int | None = None,
    accumulate: int = 1,
    penalty: Penalty | None = None,
    clip: Clip | None = None,
    progress: bool = True,
    history: History | None = None,
) -> History:
    """Train a model.

    Parameters
    ----------
    model : Module
        A model that is in evaluation mode is put into training mode. One in training mode stays as it is, so that
        layers below it that are not (batch normalisation that is frozen) remain so.
    loss : callable
        ``loss(model(x), y)`` is the mean loss of a batch.
    optimizer : Optimizer
        It trains the parameters that it was given.
    batches : iterable of pairs (x, y)
        ``training.Batches``, or a list: each ``for`` loop over it is an epoch. Floating point numbers are converted
        to the model's dtype.
    epochs : int, optional
        The number of the last epoch. Not needed with `steps`.
    validate : pair of arrays (X, y), iterable of batches, or dict of str → one of these, optional
        What the model is evaluated on after each epoch, as ``val_loss``, ``val_accuracy``, …; of a dict, by its keys:
        ``{"val": (X_val, y_val), "train": (X, y)}`` gives ``train_loss`` too, the loss over the training data with the
        parameters of that moment and nothing dropped.
    metrics : sequence of callables, or mapping of str → callable
        What is measured beside the loss, such as ``[training.accuracy]``; see :func:`training.evaluate`.
    callbacks : sequence of Callback, or of functions of the run
        What is done on the way: schedules, early stopping, checkpoints, monitors. A function is called after each
        epoch.
    steps : int, optional
        Stop after so many steps of the optimiser.
    accumulate : int, default 1
        How many batches there are to a step, see :func:`train_step`.
    penalty, clip : optional
        See :func:`train_step`.
    progress : bool, default True
        Whether to show a bar with the loss of the epoch so far, the metrics of the last batch, and the validation. It
        needs tqdm; without it there is none.
    history : History, optional
        Go on with this one, and count from its last epoch.

    Returns
    -------
    History
        For each epoch: ``loss``, the mean over its examples before each step (without the penalty, which has a column
        of its own); the metrics; ``lr`` of the first group in the last step; ``step``; and what `validate` gave.

    Raises
    ------
    ValueError
        If there are neither `epochs` nor `steps`, `accumulate` is less than 1, or there are no batches.
    TypeError
        If a callback is none, a metric has no name, a batch is no pair, or `batches` can be gone through only once.

    Examples
    --------
    >>> import numpy as np, nn, optim, training
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 2))
    >>> y = (X[:, 0] * X[:, 1] > 0).astype(int)
    >>> net = nn.Sequential(nn.Linear(2, 16, rng=0), nn.Tanh(), nn.Linear(16, 2, rng=1))
    >>> adam = optim.Adam(net.parameters(), lr=0.03)
    >>> batches = [(X[i : i + 20], y[i : i + 20]) for i in range(0, 160, 20)]
    >>> history = training.fit(
    ...     net, nn.CrossEntropyLoss(), adam, batches, epochs=40,
    ...     validate=(X[160:], y[160:]), metrics=[training.accuracy], progress=False,
    ... )
    >>> history["val_accuracy"][-1] > 0.9
    True
    """
    _refuse_strangers("fit", model, loss, optimizer)
    _refuse(batches, epochs, steps, accumulate)
    named, sets = by_name(metrics), _sets(validate)
    run = Run(model, loss, optimizer, batches, callbacks, history)
    if not model.training:
        model.train()
    try:
        run.tell("begin")
        step = partial(train_step, model, loss, optimizer, penalty=penalty, clip=clip)
        with Bar(progress, batches, epochs, steps, accumulate) as bar:
            while not _is_over(run, epochs, steps):
                bar.start(run.epoch, run.step)
                row = _learn(run, _groups(batches, accumulate), step, named, steps, bar)
                run.tell("before_validation")
                run.history.append(row | _validation(run, sets, named) | {"step": run.step})
                run.epoch += 1
                run.tell("after_epoch")
                bar.show({name: value for name, value in run.log.items() if name not in ("lr", "step")})
        run.tell("end")
    except BaseException:
        run.tell("broken_off")
        raise
    return run.history


def _learn(
    run: Run,
    groups: Iterable[list[Any]],
    step: Callable[..., Step],
    metrics: Mapping[str, Metric],
    steps: int | None,
    bar: Bar,
) -> Row:
    """Take the steps of an epoch, one for each group of batches; return what they came to."""
    tally, penalties, lr = Tally(), Tally(), None
    for group in groups:
        done = step(*group)
        for output, y in done.outputs:
            tally.add(done.loss, output, y, keep=bool(metrics))
            penalties.add(done.penalty or 0.0, output, y, keep=False)
        lr = run.optimizer.param_groups[0].get("lr")  # the one of this step: schedules change it after it
        run.step, run.last_loss = run.step + 1, done.loss
        run.tell("after_step")
        bar.advance(partial(_of_moment, tally, metrics, done, run))
        if run.stopped or run.step == steps:
            break
    if not tally.examples:
        raise ValueError("there are no batches to learn from")
    row = {"loss": tally.loss, **tally.measured(metrics)}
    row |= {"penalty": penalties.loss} if done.penalty is not None else {}
    return row | ({"lr": lr} if lr is not None else {})


def _validation(run: Run, sets: Mapping[str, Data], metrics: Mapping[str, Metric]) -> Row:
    """Return what the model comes to on all the data that it is evaluated on."""
    row: Row = {}
    with run.validating():
        for name, data in sets.items():
            found = evaluate(run.model, run.loss, data, metrics)
            row |= {f"{name}_{measure}": value for measure, value in found.items()}
    return row


def _is_over(run: Run, epochs: int | None, steps: int | None) -> bool:
    is_last = epochs is not None and run.epoch >= epochs
    return is_last or run.stopped is not None or (steps is not None and run.step >= steps)


def _groups(batches: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield so many batches at a time; at the end those that are left."""
    waiting = iter(batches)
    while group := list(islice(waiting, size)):
        yield group


def _sets(validate: Any) -> dict[str, Any]:
    """Return the data to evaluate on, by name."""
    if validate is None:
        return {}
    return dict(validate) if isinstance(validate, Mapping) else {"val": validate}


def _of_moment(tally: Tally, metrics: Mapping[str, Metric], last: Step, run: Run) -> dict[str, float]:
    """Return what the bar shows: the loss so far, the metrics of the last batch, and the last validation."""
    numbers = {name: metric(*last.outputs[-1]) for name, metric in metrics.items()}
    validation = {name: value for name, value in run.log.items() if name.startswith("val_")}
    return {"loss": tally.loss, **numbers, **validation}


def _refuse_strangers(who: str, model: Any, loss: Any, optimizer: Any) -> None:
    """Raise TypeError unless these are a model, a loss and an optimiser, as often as they are confused."""
    order = f"write {who}(model, loss, optimizer, …) in this order"
    if not isinstance(model, Module):
        raise TypeError(f"{who} trains a Module, and its model is a {type(model).__name__}; {order}")
    if isinstance(loss, type):
        raise TypeError(f"{who} calls its loss, and {loss.__name__} is a class; write {loss.__name__}()")
    if not callable(loss):
        raise TypeError(f"{who} calls its loss, and it is a {type(loss).__name__}; {order}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{who} steps an Optimizer, and its optimizer is a {type(optimizer).__name__}; {order}")


def _refuse(batches: Any, epochs: int | None, steps: int | None, accumulate: int) -> None:
    if epochs is None and steps is None:
        raise ValueError("fit needs to know where to end: give it epochs=… or steps=…")
    ends = {"epochs": epochs, "steps": steps}
    options.wholes("fit", 0, **{name: end for name, end in ends.items() if end is not None})
    options.sizes("fit", accumulate=accumulate)
    if not hasattr(batches, "__iter__") and not hasattr(batches, "__getitem__"):
        raise TypeError(f"fit goes through batches of pairs (x, y), not {type(batches).__name__}; see training.Batches")
    if isinstance(batches, Iterator):
        raise TypeError(
            f"batches is a {type(batches).__name__}, which can be gone through only once; give a list, or Batches"
        )
