"""Evaluation: what a model says of data that it does not learn from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor, no_grad
from nn import Module
from nn.functional import options

Loss: TypeAlias = Callable[[Any, Any], Tensor]
Metric: TypeAlias = Callable[[Any, Any], float]
Metrics: TypeAlias = Sequence[Metric] | Mapping[str, Metric]
Data: TypeAlias = Any  # a pair of arrays (X, y), or an iterable of batches (x, y)

AT_ONCE = 256  # examples of an array that are evaluated together


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Put a model into evaluation mode and record nothing, for the length of a ``with`` block.

    Afterwards each layer is in the mode that it was in before.

    Parameters
    ----------
    model : Module
        It and all modules below it.

    Yields
    ------
    None

    Examples
    --------
    >>> import nn
    >>> from training import evaluating
    >>> net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
    >>> with evaluating(net):
    ...     print(net[1].training)
    False
    >>> net[1].training
    True
    """
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        with no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def model_dtype(model: Module) -> Any:
    """Return the dtype of the model's floating point parameters, None if it has none."""
    return next((p.dtype for p in model.parameters() if p.dtype.kind == "f"), None)


def refuse_no_model(who: str, model: Any) -> None:
    """Raise TypeError unless it is a Module."""
    if not isinstance(model, Module):
        raise TypeError(f"{who} takes a Module for its model, not {model!r}")


def cast(values: Any, dtype: Any) -> Any:
    """Return floating point numbers in the dtype of the model, and anything else as it is: classes stay integers."""
    if isinstance(values, Tensor):
        return values
    array = values if hasattr(values, "__array_function__") else np.asarray(values)
    return array.astype(dtype, copy=False) if dtype is not None and array.dtype.kind == "f" else array


def pair(batch: Any) -> tuple[Any, Any]:
    """Return the inputs and the targets of a batch.

    Raises
    ------
    TypeError
        If it is no pair.
    """
    if isinstance(batch, (tuple, list)) and len(batch) == 2:
        return batch[0], batch[1]
    found = f"a {type(batch).__name__}" + (f" of {len(batch)}" if isinstance(batch, (tuple, list)) else "")
    raise TypeError(f"a batch is a pair (x, y) of inputs and targets, not {found}; for an autoencoder give (x, x)")


def in_batches(data: Data, size: int = AT_ONCE) -> Iterable[Any]:
    """Return batches (x, y): those of an iterable, or of a pair of arrays so many examples at a time, in order."""
    if not hasattr(data, "__iter__") and not hasattr(data, "__getitem__"):
        raise TypeError(f"data are a pair of arrays (X, y), or batches of such pairs, not {type(data).__name__}")
    if not (isinstance(data, (tuple, list)) and len(data) == 2 and all(hasattr(part, "shape") for part in data)):
        return data
    X, y = data
    if len(X) != len(y):
        raise ValueError(f"there are {len(X)} examples and {len(y)} targets; each example needs one")
    return ((X[i : i + size], y[i : i + size]) for i in range(0, len(X), size))


def predict(model: Module, X: Any, batch_size: int = AT_ONCE) -> Any:
    """Return the outputs for many inputs, in evaluation mode, a batch at a time.

    Parameters
    ----------
    model : Module
        Each of its layers is afterwards in the mode that it was in before.
    X : array of shape (N, …)
        Floating point numbers are converted to the model's dtype.
    batch_size : int, default 256
        How many examples are computed together: they need the memory of so many, and not of all.

    Returns
    -------
    ndarray of shape (N, …)

    Raises
    ------
    ValueError
        If there are no examples, or batch_size is less than 1.

    Examples
    --------
    >>> import numpy as np, nn
    >>> from training import predict
    >>> predict(nn.Linear(3, 2), np.ones((1000, 3))).shape
    (1000, 2)
    """
    refuse_no_model("predict", model)
    options.sizes("predict", batch_size=batch_size)
    if len(X) == 0:
        raise ValueError("there are no examples to predict")
    dtype = model_dtype(model)
    with evaluating(model):
        parts = [bare(model(cast(X[i : i + batch_size], dtype))) for i in range(0, len(X), batch_size)]
    return np.concatenate(parts)


def evaluate(model: Module, loss: Loss, data: Data, metrics: Metrics = ()) -> dict[str, float]:
    """Return the loss and the metrics of a model on data, in evaluation mode.

    Parameters
    ----------
    model : Module
        Each of its layers is afterwards in the mode that it was in before.
    loss : callable
        ``loss(model(x), y)`` is the mean loss of a batch.
    data : pair of arrays (X, y), or iterable of batches (x, y)
        What it is evaluated on.
    metrics : sequence of callables, or mapping of str → callable
        Each is called once with the outputs for all of the data and all targets, two arrays: see
        :func:`training.accuracy`. In a sequence a metric has the name of its function.

    Returns
    -------
    dict of str → float
        ``"loss"``, the mean over all examples, and each metric by its name.

    Raises
    ------
    ValueError
        If there are no examples.
    TypeError
        If a batch is no pair, or a metric has no name.

    Examples
    --------
    >>> import numpy as np, nn
    >>> from training import accuracy, evaluate
    >>> X, y = np.eye(3), np.array([0, 1, 1])
    >>> evaluate(nn.Identity(), nn.CrossEntropyLoss(), (X, y), [accuracy])
    {'loss': 0.8847..., 'accuracy': 0.666...}
    """
    refuse_no_model("evaluate", model)
    named, dtype, tally = by_name(metrics), model_dtype(model), Tally()
    with evaluating(model):
        for batch in in_batches(data):
            x, y = (cast(part, dtype) for part in pair(batch))
            output = model(x)
            tally.add(float(loss(output, y)), output, y, keep=bool(named))
    if not tally.examples:
        raise ValueError("there are no examples to evaluate; an iterator can be gone through only once")
    return {"loss": tally.loss, **tally.measured(named)}


class Tally:
    """The mean loss of the batches so far, and what metrics will want to see of them."""

    def __init__(self) -> None:
        self.examples = 0
        self.loss = 0.0
        self._outputs: list[Any] = []
        self._targets: list[Any] = []

    def add(self, loss: float, output: Any, y: Any, keep: bool) -> None:
        """Count a batch with its mean loss; keep its outputs if there are metrics."""
        n = count(y)
        self.examples += n
        self.loss += (loss - self.loss) * (n / self.examples) if n else 0.0
        if keep:
            self._outputs.append(bare(output))
            self._targets.append(bare(y))

    def measured(self, metrics: Mapping[str, Metric]) -> dict[str, float]:
        """Return the metrics of all batches together."""
        if not metrics:
            return {}
        outputs, targets = np.concatenate(self._outputs), np.concatenate(self._targets)
        return {name: float(metric(outputs, targets)) for name, metric in metrics.items()}


def by_name(metrics: Metrics) -> dict[str, Metric]:
    """Return the metrics with their names.

    Raises
    ------
    TypeError
        If one has none.
    """
    if isinstance(metrics, Mapping):
        return dict(metrics)
    if callable(metrics):
        raise TypeError(f"metrics are a list or a dict of functions; write metrics=[{_called(metrics)}]")
    if nameless := [metric for metric in metrics if not hasattr(metric, "__name__")]:
        raise TypeError(f"the metric {nameless[0]!r} has no name; write metrics={{'name': …}}")
    return {metric.__name__: metric for metric in metrics}


def count(y: Any) -> int:
    """Return the number of examples in a batch."""
    return len(y) if getattr(y, "ndim", 1) else 1


def bare(value: Any) -> Any:
    """Return a Tensor's array, and an array as it is."""
    return value.data if isinstance(value, Tensor) else value


def _called(function: Any) -> str:
    return getattr(function, "__name__", type(function).__name__)
