"""Averages of the parameters over the steps of a training, to be used at test time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd import Tensor, no_grad
from autograd.arrays import bare, beside

from .options import refuse_outside_unit
from .parameters import listed, refuse_no_model
from .states import refuse_other_state


class Averaged:
    """A running average of parameters: exponential, or equal over all updates.

    In each :meth:`update` n = 0, 1, …, with the parameter w::

        a ← w                        n = 0
        a ← a + (w − a) / (n + 1)    equal weights (Polyak averaging, stochastic weight averaging)
        a ← β a + (1 − β) w          exponential, with decay β

    Parameters
    ----------
    model : Module, or iterable of Tensor
        Whose parameters are averaged.
    decay : float, optional
        β, for example 0.999. Default: equal weights.

    Attributes
    ----------
    n : int
        How many updates there were.

    Raises
    ------
    ValueError
        If β is not at least 0 and less than 1, or there are no parameters.

    References
    ----------
    Polyak & Juditsky, "Acceleration of stochastic approximation by averaging" (1992). Izmailov, Podoprikhin, Garipov,
    Vetrov & Wilson, "Averaging weights leads to wider optima and better generalization" (2018).

    Examples
    --------
    >>> import optim
    >>> from autograd import Tensor
    >>> w = Tensor([0.0], requires_grad=True)
    >>> average = optim.Averaged([w])
    >>> for value in (1.0, 2.0, 6.0):
    ...     w.data = [value]
    ...     average.update()
    >>> with average.applied():
    ...     print(w.data)
    [3.]
    >>> w.data
    array([6.])
    """

    def __init__(self, model: Any, decay: float | None = None) -> None:
        if decay is not None:
            refuse_outside_unit({"decay": decay}, "decay")
        self.decay = decay
        self.n = 0
        self._model = model if hasattr(model, "named_parameters") else None
        self._params: list[Tensor] = listed(model if self._model is None else model.parameters(), "Averaged")
        self._means = [parameter.data.copy() for parameter in self._params]

    def update(self) -> None:
        """Take the present parameters into the average: after a step of the optimiser, or once an epoch."""
        share = 1.0 if self.n == 0 else 1 / (self.n + 1) if self.decay is None else 1 - self.decay
        self._means = [beside(mean, p.data) for mean, p in zip(self._means, self._params, strict=True)]
        for mean, parameter in zip(self._means, self._params, strict=True):
            mean += (parameter.data - mean) * share
        self.n += 1

    @contextmanager
    def applied(self, batches: Iterable[Any] | None = None) -> Iterator[None]:
        """Put the averages in the place of the parameters, for the length of a ``with`` block.

        Parameters
        ----------
        batches : iterable, optional
            Inputs of the model, or tuples that begin with them. With them the statistics of batch normalisation are
            computed anew, see :func:`refresh_batch_norm`; they too are put back at the end.

        Raises
        ------
        TypeError
            If batches are given, and the average is not one of a model.
        """
        if batches is not None and self._model is None:
            raise TypeError("only the average of a model can refresh batch normalisation: write Averaged(model)")
        values = [parameter.data.copy() for parameter in self._params]
        buffers = [] if batches is None else _statistics(self._model)
        try:
            self._write(self._means)
            if batches is not None:
                refresh_batch_norm(self._model, batches)
            yield
        finally:
            self._write(values)
            for norm, name, before in buffers:
                setattr(norm, name, before)

    def copy_to_parameters(self) -> None:
        """Make the averages the parameters, for good."""
        self._write(self._means)

    def _write(self, values: Iterable[Any]) -> None:
        for parameter, value in zip(self._params, values, strict=True):
            parameter.mark_written()
            parameter.data[...] = beside(value, parameter.data)

    def state_dict(self) -> dict[str, Any]:
        """Return copies of the averages, and of their number."""
        return {"n": self.n, "means": [mean.copy() for mean in self._means]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned.

        Raises
        ------
        ValueError
            If the shapes are others than here. Nothing has been changed then.
        """
        refuse_other_state(state_dict, "Averaged", "n", "means")
        here, there = ([np.shape(mean) for mean in means] for means in (self._means, state_dict["means"]))
        if here != there:
            raise ValueError(f"this state averages parameters of shapes {there}, and here they are {here}")
        self.n = state_dict["n"]
        for mean, value in zip(self._means, state_dict["means"], strict=True):
            mean[...] = beside(value, mean)


def average_checkpoints(states: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the mean of several state dicts, for example of the last few checkpoints of one training.

    Parameters
    ----------
    states : iterable of dict
        As ``model.state_dict()`` or ``nn.load(path)`` returns them; a generator holds one at a time. What are not
        floating point numbers, such as counts of batches, is taken from the last.

    Returns
    -------
    dict of str → ndarray

    Raises
    ------
    ValueError
        If there is none, names or shapes differ, or something is no array of numbers.

    Examples
    --------
    >>> import tempfile, numpy as np, nn, optim
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = [f"{folder}/{epoch}.npz" for epoch in range(3)]
    ...     for path, value in zip(paths, (1.0, 2.0, 6.0)):
    ...         nn.save({"w": np.array([value])}, path)
    ...     optim.average_checkpoints(nn.load(path) for path in paths)
    {'w': array([3.])}
    """
    mean: dict[str, Any] = {}
    n = 0
    for state in states:
        if not isinstance(state, Mapping):
            raise TypeError(f"average_checkpoints takes state dicts, as nn.load(path) returns, not {state!r}")
        arrays = {name: bare(value) for name, value in state.items()}
        if wrong := [name for name, array in arrays.items() if array.dtype.kind not in "fiub"]:
            raise ValueError(
                f"checkpoint {n} has something at {', '.join(map(repr, wrong))} that is no array of numbers; of a "
                'whole training, give the model: nn.load(path)["model"]'
            )
        if n and {name: a.shape for name, a in arrays.items()} != {name: a.shape for name, a in mean.items()}:
            differing = sorted(set(arrays) ^ set(mean)) or [k for k in mean if mean[k].shape != arrays[k].shape]
            raise ValueError(f"checkpoint {n} is one of another model: it differs in {', '.join(differing)}")
        n += 1
        for name, array in arrays.items():
            if n > 1:
                array = beside(array, mean[name])
            moving = n > 1 and array.dtype.kind == "f"
            mean[name] = mean[name] + (array - mean[name]) / n if moving else array.copy()
    if not n:
        raise ValueError("average_checkpoints needs at least one state dict")
    return mean


def refresh_batch_norm(model: Any, batches: Iterable[Any], forward: Callable[[Any], Any] | None = None) -> None:
    """Compute the running statistics of all batch normalisation anew: equal averages over these batches.

    Averaged parameters need it, because the old statistics belong to the old parameters. Only batch normalisation is
    in training mode meanwhile: dropout drops nothing, as at test time.

    Parameters
    ----------
    model : Module
        Its modes are put back at the end.
    batches : iterable
        Inputs of the model, or tuples that begin with them.
    forward : callable, optional
        What is called with each batch. Default: the model, with the input alone.

    Examples
    --------
    >>> import numpy as np, nn, optim
    >>> norm = nn.BatchNorm1d(1)
    >>> optim.refresh_batch_norm(norm, [np.array([[1.0], [3.0]]), np.array([[5.0], [7.0]])])
    >>> norm.running_mean
    array([4.], dtype=float32)
    """
    refuse_no_model(model, "refresh_batch_norm")
    norms = [module for module in model.modules() if hasattr(module, "reset_running_stats")]
    modes = [(module, module.training) for module in model.modules()]
    momenta = [(norm, norm.momentum) for norm in norms]
    try:
        model.eval()
        for norm in norms:
            norm.reset_running_stats()
            norm.train()
            norm.momentum = None  # a cumulative average
        with no_grad():
            for batch in batches:
                if forward is not None:
                    forward(batch)
                else:
                    model(batch[0] if isinstance(batch, (tuple, list)) else batch)
    finally:
        for module, mode in modes:
            module.training = mode
        for norm, momentum in momenta:
            norm.momentum = momentum


def _statistics(model: Any) -> list[tuple[Any, str, Any]]:
    """Return the layers with running statistics, the names of these, and copies."""
    norms = [module for module in model.modules() if hasattr(module, "reset_running_stats")]
    return [(norm, name, array.copy()) for norm in norms for name, array in norm.named_buffers(recurse=False)]
