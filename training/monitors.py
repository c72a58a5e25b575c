"""Monitors: what goes on inside a model while it learns, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.arrays import in_numpy
from autograd.graph import Handle, is_recording
from nn import Module
from nn.functional import options

from .advice import Advices, advise
from .evaluation import bare, refuse_no_model
from .monitor_pictures import draw_curves, draw_histograms
from .records import Layer, Record, Weights, layer_of, weights_of
from .run import Callback, Run
from .tables import Table


class Monitor(Callback):
    """Looks into a model at some of its steps: activations, gradients, updates.

    Of each layer the mean, standard deviation and histogram of what comes out of it; of a ReLU the share of dead units,
    of sigmoid and tanh the share of saturated outputs; ‖δ‖, the norm of the gradient by what comes out ("learning
    speed"). Of each weight ‖W‖, ‖g‖ and ‖ΔW‖/‖W‖, the ratio of the step to the weight, healthy near 10⁻³.

    In a loop of your own, ``monitor.step()`` comes after each ``optimizer.step()``; as a callback of
    :func:`training.fit` that is done for you. Hooks are in the model only during the steps that are looked at.

    Parameters
    ----------
    model : Module
        What is looked into: all modules in it that have no modules of their own. ``relu``, ``sigmoid`` and ``tanh``
        that are called as functions are seen too, where their result goes straight into such a module.
    every : int, default 10
        One step in so many is looked at, beginning with the first.
    bins : int, default 40
        Of the histograms.

    Attributes
    ----------
    records : list of Record
        What was seen, step by step: ``record.step``, ``record.layers`` and ``record.weights``, by their paths.

    Raises
    ------
    ValueError
        If an option is less than 1.

    Examples
    --------
    >>> import numpy as np, nn, optim, training
    >>> net = nn.Sequential(nn.Linear(2, 8, rng=0), nn.Tanh(), nn.Linear(8, 1, rng=1))
    >>> sgd = optim.SGD(net.parameters(), lr=0.01)
    >>> x, y = np.ones((4, 2), dtype=np.float32), np.ones((4, 1), dtype=np.float32)
    >>> with training.Monitor(net, every=2) as monitor:
    ...     for _ in range(5):
    ...         sgd.zero_grad()
    ...         nn.functional.mse_loss(net(x), y).backward()
    ...         sgd.step()
    ...         monitor.step()
    >>> [record.step for record in monitor.records]
    [1, 3, 5]
    >>> list(monitor.records[0].layers), list(monitor.records[0].weights)
    (['0', '1', '2'], ['0.weight', '2.weight'])
    """

    def __init__(self, model: Module, every: int = 10, bins: int = 40) -> None:
        refuse_no_model("Monitor", model)
        options.sizes("Monitor", every=every, bins=bins)
        self.model = model
        self.every = every
        self.bins = bins
        self.records: list[Record] = []
        self._steps = 0
        self._handles: list[Handle] = []
        self._layers: dict[str, Layer] = {}
        self._input: tuple[float, float] | None = None
        self._known: set[int] = set()  # numbers of the nodes that a layer made: no function's
        self._before: dict[str, Any] = {}
        self._arm()

    # ---------------------------------------------------------------------------------------------------------- looking

    def step(self) -> None:
        """Count a step that the optimiser has taken; note what it came to, if it was one to look at."""
        self._steps += 1
        if self._handles:
            self.records.append(self._record())
            self.close()
        if self._steps % self.every == 0:
            self._arm()

    def close(self) -> None:
        """Take the hooks off."""
        for handle in self._handles:
            handle.remove()
        self._handles, self._layers, self._before, self._input = [], {}, {}, None
        self._known.clear()

    def _arm(self) -> None:
        """Put the hooks on, and remember the weights."""
        for path, module in self.model.named_modules():
            if not any(True for _ in module.children()):
                hook = lambda module, args, output, path=path: self._see(path, module, args, output)  # noqa: E731
                self._handles.append(module.register_forward_hook(hook))
        self._before = {name: p.data.copy() for name, p in self.model.named_parameters() if p.ndim > 1}

    def _see(self, path: str, module: Module, args: tuple[Any, ...], output: Any) -> None:
        """Note what comes out of a module, and out of a function in front of it."""
        if not is_recording() or not module.training:  # an evaluation between two steps
            return
        first = args[0] if args else None
        if self._input is None and first is not None and getattr(first, "dtype", np.dtype(int)).kind == "f":
            self._input = bare(first).mean().item(), bare(first).std().item()
        if isinstance(first, Tensor) and (function := _function(first)) and first.node.number not in self._known:  # type: ignore[union-attr]
            self._note(f"{function} before {path}", function, first, function)
        if isinstance(output, Tensor):
            self._note(path, type(module).__name__, output, _function(output))

    def _note(self, path: str, kind: str, output: Tensor, function: str | None) -> None:
        layer = self._layers[path] = layer_of(kind, in_numpy(output.data), function, self.bins)
        if output.requires_grad and output.node is not None and not output.is_leaf:
            self._known.add(output.node.number)

            def gradient(g: Tensor) -> None:
                layer.delta = math.sqrt(np.vdot(g.data, g.data).item())

            output.register_hook(gradient)

    def _record(self) -> Record:
        weights = {}
        for name, parameter in self.model.named_parameters():
            if name in self._before:
                weights[name] = weights_of(parameter, self._before[name])
        return Record(self._steps, self._layers, weights, self._input)

    # ---------------------------------------------------------------------------------------------------- what was seen

    def advice(self) -> Advices:
        """Return what the last record says: the sign, the likely cause, the remedy. See :func:`training.diagnose`.

        Raises
        ------
        ValueError
            If nothing was looked at yet.
        """
        return advise(self._last())

    def table(self) -> Table:
        """Return the last record as a table of the layers, with their weights.

        Raises
        ------
        ValueError
            If nothing was looked at yet.
        """
        return self._last().table()

    def plot(self, figure: Any = None) -> Any:
        """Draw activations, gradients, dead and saturated units, and the ratio of steps to weights, over the steps.

        Parameters
        ----------
        figure : matplotlib Figure, optional
            Where to draw; what was in it is removed. Default: a new one.

        Returns
        -------
        matplotlib Figure

        Raises
        ------
        ValueError
            If nothing was looked at yet.
        ImportError
            If Matplotlib is missing.
        """
        self._last()
        return draw_curves(self.records, figure)

    def plot_histograms(self, figure: Any = None) -> Any:
        """Draw the histograms of what came out of each layer in the last record. As :meth:`plot`."""
        return draw_histograms(self._last(), figure)

    def write(self, writer: Any) -> None:
        """Write the last record for TensorBoard.

        Parameters
        ----------
        writer : SummaryWriter
            Anything with ``add_scalar(tag, value, step)``.
        """
        record = self._last()
        seen: dict[str, Layer | Weights] = {**record.layers, **record.weights}
        for path, numbers in seen.items():
            for name, value in numbers.scalars().items():
                writer.add_scalar(f"{path}/{name}", value, record.step)

    def _last(self) -> Record:
        if not self.records:
            raise ValueError(
                "nothing was looked at yet: give the monitor to fit as a callback, or call monitor.step() after "
                "optimizer.step()"
            )
        return self.records[-1]

    # ---------------------------------------------------------------------------------------- as a callback, as a block

    def after_step(self, run: Run) -> None:
        """Count the step."""
        self.step()

    def end(self, run: Run) -> None:
        """Take the hooks off."""
        self.close()

    def broken_off(self, run: Run) -> None:
        """Take the hooks off."""
        self.close()

    def state_dict(self) -> dict[str, Any]:
        """Return how many steps there were; the records are not a part of it."""
        return {"steps": self._steps}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Count on from there."""
        self._steps = state_dict["steps"]
        self.close()
        if self._steps % self.every == 0:
            self._arm()

    def __enter__(self) -> Monitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Monitor({type(self.model).__name__}, every={self.every}: {len(self.records)} records)"


def _function(tensor: Tensor) -> str | None:
    """Return the activation function that made a Tensor, if one did whose illnesses are known."""
    primitive = getattr(tensor.node, "primitive", None)
    name = getattr(primitive, "name", None)
    return name if name in ("relu", "sigmoid", "tanh") else None
