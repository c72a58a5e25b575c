"""What can be trained, and what it is called in errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from autograd import Tensor


def listed(params: Any, kind: str) -> list[Any]:
    """Return the parameters, or the groups, that `kind` was given as a list.

    Raises
    ------
    TypeError
        If they are not an iterable with an order.
    ValueError
        If there are none.
    """
    if isinstance(params, Tensor):
        raise TypeError(f"{kind} takes an iterable of parameters, not a single Tensor; write [parameter]")
    if hasattr(params, "parameters"):
        raise TypeError(f"{kind} takes the parameters of {type(params).__name__}, not itself; write model.parameters()")
    if isinstance(params, (set, frozenset, Mapping)):
        raise TypeError(
            f"{kind} takes its parameters in an order that stays, not a {type(params).__name__}; give it a list"
        )
    if not isinstance(params, Iterable):
        raise TypeError(f"{kind} takes an iterable of parameters, not {type(params).__name__}")
    found = list(params)
    if not found:
        raise ValueError(f"{kind} got no parameters; an iterator like model.parameters() can be used only once")
    return found


def refuse_stranger(parameter: Any, kind: str) -> None:
    """Raise TypeError unless it is a Tensor, and a leaf."""
    if not isinstance(parameter, Tensor):
        hint = "; write model.parameters(), not named_parameters()" if isinstance(parameter, tuple) else ""
        stranger = type(parameter).__name__
        if stranger == "Tensor":
            stranger += f" of {type(parameter).__module__}"
        raise TypeError(f"{kind} trains Tensors, and was given a {stranger}{hint}")
    if not parameter.is_leaf:
        raise TypeError(
            f"{kind} trains leaves, but {called(parameter)} was computed by an operation; give it the Tensor "
            "from which it was computed"
        )


def refuse_no_model(model: Any, kind: str) -> None:
    """Raise TypeError unless it is a model, with modules in it."""
    if not hasattr(model, "modules"):
        raise TypeError(f"{kind} takes a model, a Module, not {type(model).__name__}")


def called(parameter: Tensor) -> str:
    """Return what to call a parameter in an error."""
    return f"the parameter {parameter.name!r}" if parameter.name else f"a parameter of shape {parameter.shape}"
