"""What of a model is a weight matrix, what is a bias, and of how many matrices a weight consists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Tensor

from ..module import Module
from ..parameter import Parameter

Scheme = Callable[[Parameter], Any]


def is_bias(name: str) -> bool:
    """Return whether a parameter is added, by its name: bias, bias_ih_l0, in_proj_bias."""
    return "bias" in name


def is_matrix(module: Module, name: str, parameter: Tensor) -> bool:
    """Return whether a parameter is what the inputs of a layer are multiplied by and added up.

    An embedding is a table to look up in, and the gain of a layer norm multiplies element by element, though both may
    have two axes. PyTorch's names of their options tell them, also where the layer is the user's own.
    """
    element_by_element = hasattr(module, "num_embeddings") or hasattr(module, "normalized_shape")
    return parameter.ndim >= 2 and not is_bias(name) and not element_by_element


def is_transposed(module: Module) -> bool:
    """Return whether the first axis of the layer's weight is that of the inputs, as in a transposed convolution."""
    return any(kind.__name__.startswith("ConvTranspose") for kind in type(module).__mro__)


def parts(module: Module, name: str, weight: Any) -> list[Any]:
    """Return views of a weight's array, one for each map from inputs to outputs that it consists of, as (out, in, …).

    The gates of a recurrent layer, the three projections of attention, the groups of a convolution and the pieces of
    maxout lie one below the other in one array, but each has its own outputs and its own fan-in.
    """
    number = 1
    if name == "weight":
        number = getattr(module, "groups" if weight.ndim > 2 else "pieces", 1)
    elif name.startswith(("weight_ih", "weight_hh")) and hasattr(module, "hidden_size"):
        number = weight.shape[0] // module.hidden_size
    elif name == "in_proj_weight":
        number = 3
    rows = weight.shape[0] // number
    views = [weight[i * rows : (i + 1) * rows] for i in range(number)]
    return [view.swapaxes(0, 1) for view in views] if is_transposed(module) else views


def drawn(scheme: Scheme, module: Module, name: str) -> Any:
    """Return new values for a weight, drawn by the scheme for each of its parts; the weight itself stays as it is."""
    weight = getattr(module, name)
    values = weight.data.copy()
    for view in parts(module, name, values):
        part = Parameter(view, name=weight.name)
        scheme(part)
        view[...] = part.data
    return values
