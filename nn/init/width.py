"""The width rule: is a network wide enough for its depth, and are its weights of the right size."""

from __future__ import annotations

import math
from dataclasses import dataclass

from autograd import Tensor

from ..module import Module, join
from .fans import fan_in_and_fan_out
from .parts import is_matrix, parts


@dataclass(frozen=True)
class LayerWidth:
    """One line of a :class:`WidthReport`.

    Attributes
    ----------
    path : str
        Of the weight, in the model.
    fan_in : int
        How many inputs a unit adds up.
    width : int
        How many units there are; for a convolution, channels.
    scale : float
        fan_in · (mean of w²) / 2: the factor by which a ReLU layer changes the mean square of what goes through it. 1
        after He's rule.
    """

    path: str
    fan_in: int
    width: int
    scale: float


@dataclass(frozen=True)
class WidthReport:
    """What :func:`width_rule` found; printed, it is a table.

    Attributes
    ----------
    layers : tuple of LayerWidth
        The layers, in order.
    """

    layers: tuple[LayerWidth, ...]

    @property
    def reciprocal_widths(self) -> float:
        """Σ 1/width over the hidden layers (all but the last)."""
        return sum(1 / layer.width for layer in self.layers[:-1])

    @property
    def scale(self) -> float:
        """The product of the scales of the hidden layers: by how much the mean square grows on the way."""
        return math.prod(layer.scale for layer in self.layers[:-1])

    def __str__(self) -> str:
        wide = max(len("weight"), *(len(layer.path) for layer in self.layers))
        lines = [f"{'weight':<{wide}}  {'fan-in':>8}  {'width':>8}  {'fan-in·w²/2':>12}"]
        lines += [f"{a.path:<{wide}}  {a.fan_in:>8}  {a.width:>8}  {a.scale:>12.4g}" for a in self.layers]
        lines += [f"hidden layers: Σ 1/width = {self.reciprocal_widths:.4g}, Π fan-in·w²/2 = {self.scale:.4g}"]
        return "\n".join(lines)


def width_rule(model: Module) -> WidthReport:
    """Report whether a ReLU network can begin to train, by the two conditions of Hanin & Rolnick.

    At the start, the mean square of the activations of the last hidden layer must be neither huge nor tiny:

    1. On average over all starts it is Π fan_in·Var(w)/2 times that of the input: 1 if each layer has the variance
       2/fan_in, as by :func:`kaiming_normal_`, and exponential in the depth otherwise.
    2. From start to start, and from layer to layer, it varies the more the greater Σ 1/width over the hidden layers is
       (its logarithm by about 5·Σ 1/width in variance). So the deeper a network is, the wider its layers must be; and
       for a given sum equal widths are the cheapest.

    Parameters
    ----------
    model : Module
        Its layers that have one ``weight`` of two axes or more are looked at, in the order of their assignment, as if
        each followed the one before. The last one is the output. (The theory is about fully connected layers; for a
        convolution the channels are counted as its width.)

    Returns
    -------
    WidthReport
        The layers, ``reciprocal_widths`` = Σ 1/width, and ``scale`` = Π fan_in·w²/2.

    Raises
    ------
    ValueError
        If the model has no such layer.

    References
    ----------
    Hanin & Rolnick, "How to start training: the effect of initialization and architecture" (2018).

    Examples
    --------
    >>> import nn
    >>> net = nn.Sequential(nn.Linear(20, 50), nn.ReLU(), nn.Linear(50, 25), nn.ReLU(), nn.Linear(25, 3))
    >>> report = nn.init.width_rule(nn.init.initialise(net, "identity"))
    >>> report.reciprocal_widths, report.layers[0]
    (0.06, LayerWidth(path='0.weight', fan_in=20, width=50, scale=0.2))
    >>> print(report)
    weight      fan-in     width   fan-in·w²/2
    0.weight        20        50           0.2
    2.weight        50        25           0.5
    4.weight        25         3           0.5
    hidden layers: Σ 1/width = 0.06, Π fan-in·w²/2 = 0.1
    """
    layers = []
    for path, module in model.named_modules():
        weight = getattr(module, "weight", None)  # a Parameter, or computed from others
        if isinstance(weight, Tensor) and is_matrix(module, "weight", weight):
            layers.append(_measured(join(path, "weight"), module, weight))
    if not layers:
        raise ValueError(f"width_rule: {type(model).__name__} has no layer with a weight matrix")
    return WidthReport(tuple(layers))


def _measured(path: str, module: Module, weight: Tensor) -> LayerWidth:
    maps = parts(module, "weight", weight.data)
    fan_in, _ = fan_in_and_fan_out(maps[0])
    return LayerWidth(path, fan_in, sum(map(len, maps)), fan_in * (weight.data**2).mean(dtype=float).item() / 2)
