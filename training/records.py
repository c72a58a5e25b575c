"""Records: what a monitor saw in one step, as numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.arrays import as_array

from .tables import Table, number, percent

SATURATED = 0.1  # of the greatest slope of a function: where less is left, little gradient comes through


@dataclass
class Layer:
    """What came out of a layer.

    Attributes
    ----------
    kind : str
        The class of the layer, or the name of the function.
    mean, std : float
        Of all that came out of it.
    signal : float
        The deviation over the examples of the batch, for each unit by itself and then the root mean square of all: how
        much of the output depends on the input.
    counts, edges : ndarray
        Its histogram.
    dead : float or None
        Of a ReLU: the share of units (of channels, behind a convolution) that were 0 for every example of the batch.
    saturated : float or None
        Of sigmoid and tanh: the share of outputs where the slope is less than a tenth of its greatest.
    delta : float or None
        ‖δ‖, the norm of the gradient by what came out. None: none arrived.
    """

    kind: str
    mean: float
    std: float
    signal: float
    counts: Any = field(repr=False)
    edges: Any = field(repr=False)
    dead: float | None = None
    saturated: float | None = None
    delta: float | None = None

    def scalars(self) -> dict[str, float]:
        """Return the numbers that are known, by name."""
        found = {name: getattr(self, name) for name in ("mean", "std", "signal", "dead", "saturated", "delta")}
        return {name: value for name, value in found.items() if value is not None}


@dataclass
class Weights:
    """A weight, its gradient, and what the step did to it.

    Attributes
    ----------
    norm : float
        ‖W‖ before the step.
    gradient : float or None
        ‖g‖. None: there was none.
    ratio : float
        ‖ΔW‖/‖W‖; infinite for a weight that was 0.
    alike : bool
        Whether all units (rows) had the same weights before the step.
    """

    norm: float
    gradient: float | None
    ratio: float
    alike: bool

    def scalars(self) -> dict[str, float]:
        """Return the numbers that are known, by name."""
        found = {"norm": self.norm, "gradient": self.gradient, "ratio": self.ratio}
        return {name: value for name, value in found.items() if value is not None}


@dataclass
class Record:
    """What was seen in one step.

    Attributes
    ----------
    step : int
        Its number, from 1.
    layers : dict of str → Layer
        By their paths, in the order in which they were called.
    weights : dict of str → Weights
        The parameters that have two axes or more, by their paths.
    input : (float, float) or None
        Mean and standard deviation of what went into the first layer.
    """

    step: int
    layers: dict[str, Layer]
    weights: dict[str, Weights]
    input: tuple[float, float] | None = None

    def table(self) -> Table:
        """Return the record as a table, a layer in a row with its weight."""
        head = ["layer", "kind", "mean", "std", "dead", "saturated", "‖δ‖", "‖W‖", "‖g‖", "‖ΔW‖/‖W‖"]
        rows, left = [head], dict(self.weights)
        for path, layer in self.layers.items():
            mine = [left.pop(name) for name in list(left) if name.rpartition(".")[0] == path]
            w = mine[0] if mine else None
            rows.append([
                path or "(model)", layer.kind, number(layer.mean), number(layer.std), percent(layer.dead),
                percent(layer.saturated), number(layer.delta), *_cells(w),
            ])  # fmt: skip
        rows += [[name, "", "", "", "", "", "", *_cells(w)] for name, w in left.items()]
        return Table(rows, left=2)


def _cells(w: Weights | None) -> list[str]:
    return ["", "", ""] if w is None else [number(w.norm), number(w.gradient), number(w.ratio)]


def layer_of(kind: str, output: Any, function: str | None, bins: int) -> Layer:
    """Return the numbers of what came out of a layer; `function` is the activation function that made it, if any."""
    rows = output.reshape(len(output), -1) if output.ndim else output.reshape(1, 1)
    means, variances = rows.mean(axis=0), rows.var(axis=0)  # of each unit; together they make the whole variance
    signal2 = float(variances.mean())
    layer = Layer(kind, float(means.mean()), math.sqrt(signal2 + float(means.var())), math.sqrt(signal2),
                  *_histogram(output, bins))  # fmt: skip
    if function == "relu":
        batch = (0, 2, 3) if output.ndim == 4 else 0
        layer.dead = float((output == 0).all(axis=batch).mean())
    elif function == "tanh":
        layer.saturated = float((1 - output * output < SATURATED).mean())
    elif function == "sigmoid":
        layer.saturated = float((4 * output * (1 - output) < SATURATED).mean())
    return layer


def weights_of(parameter: Tensor, before: Any) -> Weights:
    """Return the numbers of a weight; `before` are its values before the step."""
    norm, moved = _norm(before), _norm(parameter.data - before)
    g = None if parameter.grad is None else _norm(as_array(parameter.grad))
    alike = len(before) > 1 and (before == before[0]).all().item()
    return Weights(norm, g, moved / norm if norm else math.inf if moved else 0.0, alike)


def _histogram(output: Any, bins: int) -> tuple[Any, Any]:
    """Return what np.histogram does, in less than half of its time. What is not finite is left out."""
    low, high = float(output.min()), float(output.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        output = output[np.isfinite(output)]
        low, high = (float(output.min()), float(output.max())) if output.size else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    places = ((output - low) * (bins / (high - low))).astype(np.intp).ravel()
    counts = np.bincount(np.minimum(places, bins - 1, out=places), minlength=bins)
    return counts, np.linspace(low, high, bins + 1)


def _norm(array: Any) -> float:
    return math.sqrt(np.vdot(array, array).item())
