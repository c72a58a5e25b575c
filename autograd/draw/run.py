"""What is run in order to be drawn: a function on its arguments, or the gradients that have a graph of their own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arrays import operands_of_ufunc
from ..backward import sweep
from ..graph import trace
from ..tensor import Tensor
from .snapshot import leaves_below


def of_function(
    function: Callable[..., Any], arguments: Sequence[Any]
) -> tuple[list[Tensor], dict[int, Any], list[Any]]:
    """Run a function under ``trace()`` and sweep back from what it returns, if that is one number.

    Returns
    -------
    list of Tensor
        What the function returned.
    dict of int to array
        The gradient of each leaf, by its birth number; no Tensor's ``grad`` is touched.
    list
        The arguments as Tensors: their values are known as long as they are there.
    """
    operands = [_operand(argument, name) for argument, name in zip(arguments, _names(function, arguments), strict=True)]
    with trace():
        result = function(*operands)
    tensors = list(result) if isinstance(result, (list, tuple)) else [result]
    first = tensors[0] if tensors else None
    if not isinstance(first, Tensor) or first.node is None or first.size != 1:
        return tensors, {}, operands
    found = sweep([first.node], [np.ones_like(first._data)], None, True, False)
    return tensors, {number: g for number, (_, g) in found.items()}, operands


def _names(function: Callable[..., Any], arguments: Sequence[Any]) -> list[str | None]:
    """Return what the function calls its arguments; functions written in C do not always tell."""
    if isinstance(function, np.ufunc) and len(arguments) == function.nin:
        return [*operands_of_ufunc(function)]
    try:
        bound = inspect.signature(getattr(function, "forward", function)).bind(*arguments)
    except (TypeError, ValueError):
        return [None] * len(arguments)
    names: list[str | None] = []
    for name, value in bound.arguments.items():
        several = bound.signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL
        names += [f"{name}[{i}]" for i in range(len(value))] if several else [name]
    return names


def _operand(argument: Any, name: str | None) -> Any:
    """Return a number or an array as a Tensor with a name, a leaf if it can be one; anything else as it is."""
    if isinstance(argument, Tensor) or not isinstance(argument, (float, np.ndarray, np.generic)):
        return argument
    return Tensor(argument, requires_grad=np.asarray(argument).dtype.kind == "f", name=name)


def sweeps_of(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Return the gradients of the leaves below these Tensors, which have a graph of their own."""
    found = []
    for leaf in leaves_below(tensors):
        tensor = leaf.tensor()
        if tensor is not None and isinstance(tensor.grad, Tensor) and tensor.grad.node is not None:
            if tensor.grad.name is None:
                tensor.grad.name = f"∂/∂{tensor.name or 'leaf'}"
            found.append(tensor.grad)
    if not found:
        raise ValueError(
            "gradients=True draws the graph of the gradients, and there is none; call "
            "backward(create_graph=True) first, and keep the leaves"
        )
    return found
