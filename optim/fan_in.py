"""Learning rates after the number of inputs."""

from __future__ import annotations

import math
from typing import Any

from .options import refuse_less_than
from .parameters import refuse_no_model


def scale_by_fan_in(model: Any, lr: float, power: float = 1.0, reference: float = 1.0) -> list[dict[str, Any]]:
    """Return a parameter group for each fan-in of a model, with a smaller learning rate the more inputs a unit has.

    A unit with many inputs sums many steps at once: small ones in the same direction add up to a large change of its
    sum. So the learning rate of a layer is lr · (reference / fan-in)^power.

    Parameters
    ----------
    model : Module
        Whose parameters are grouped. The fan-in of a weight is that of :func:`nn.init.fan_in_and_fan_out`, and of a
        transposed convolution its in_channels times the kernel. Biases and the like go with the weight of their layer,
        or with fan-in 1 where there is none, as in a normalisation, or in an embedding, where one row is looked up.
    lr : float
        Of a unit with `reference` inputs.
    power : float, default 1
        1: after the fan-in; 0.5: after its root.
    reference : float, default 1
        The fan-in whose learning rate is `lr`.

    Returns
    -------
    list of dict
        Groups for any optimiser: ``optim.SGD(optim.scale_by_fan_in(model, 1.0), lr=1.0)``.

    References
    ----------
    Hinton, "Neural networks for machine learning", lecture 6 (2012).

    Examples
    --------
    >>> import nn, optim
    >>> net = nn.Sequential(nn.Linear(100, 20), nn.Linear(20, 10))
    >>> [group["lr"] for group in optim.scale_by_fan_in(net, lr=1.0)]
    [0.01, 0.05]
    """
    refuse_no_model(model, "scale_by_fan_in")
    refuse_less_than(0, lr=lr, reference=reference)
    refuse_less_than(-math.inf, power=power)
    groups: dict[float, list[Any]] = {}
    seen: set[int] = set()
    for module in model.modules():
        own = [parameter for _, parameter in module.named_parameters(recurse=False) if id(parameter) not in seen]
        seen.update(map(id, own))
        if own:
            groups.setdefault(max(_fan_in(module, p.shape) for p in own), []).extend(own)
    return [{"params": params, "lr": lr * (reference / fan_in) ** power} for fan_in, params in groups.items()]


def _fan_in(module: Any, shape: tuple[int, ...]) -> int:
    """Return how many inputs an output adds up. PyTorch's names of their options tell the layers that are special."""
    if len(shape) < 2 or hasattr(module, "num_embeddings") or hasattr(module, "normalized_shape"):
        return 1
    if getattr(module, "transposed", False):  # (in_channels, out_channels / groups, *kernel)
        return shape[0] // module.groups * math.prod(shape[2:])
    return math.prod(shape[1:])
