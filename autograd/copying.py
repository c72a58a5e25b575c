"""Copying and pickling: a leaf goes along with its array and its ``grad``, what was computed does not go at all."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from .arrays import NumPyMethods
from .graph import Node

if TYPE_CHECKING:
    from .tensor import Tensor


def copied(tensor: Tensor) -> Tensor:
    """Return a Tensor with an array of its own: two leaves of one would be written without each other's knowledge."""
    return copy.deepcopy(tensor)


def deeply_copied(tensor: Tensor, memo: dict[int, Any]) -> Tensor:
    """Return a copy; `memo` is the copies that were made before it of what it hangs together with."""
    new = type(tensor).__new__(type(tensor))
    new.__setstate__(copy.deepcopy(tensor.__getstate__(), memo))
    return new


def state(tensor: Tensor) -> dict[str, Any]:
    """Return what is copied and pickled, or raise TypeError if the Tensor was computed."""
    if isinstance(tensor.node, Node):
        raise TypeError(
            f"{tensor._described()} was computed by {tensor.node.primitive.name}: its graph can be neither copied nor "
            "pickled, and without it the copy would get no gradient; copy t.detach()"
        )
    grad = tensor.grad.detach() if isinstance(tensor.grad, NumPyMethods) else tensor.grad
    attributes, slots = _added(tensor)
    return {
        "data": tensor.data,
        "requires_grad": tensor.requires_grad,
        "name": tensor.name,
        "grad": grad,
        "attributes": attributes,
        "slots": slots,
    }


def restore(tensor: Tensor, state: dict[str, Any]) -> None:
    """Make a new Tensor the one that this was the :func:`state` of."""
    array = state["data"]
    # Out of a file or memory that processes share, as joblib's arrays are, it may be read-only; but it will be trained.
    tensor._data = array if getattr(getattr(array, "flags", None), "writeable", True) else np.array(array)
    tensor._name = state["name"]
    tensor.grad = state["grad"]
    tensor.node = None
    if state["requires_grad"]:
        tensor._begin()
    if state["attributes"]:
        vars(tensor).update(state["attributes"])
    for name, value in state["slots"].items():
        setattr(tensor, name, value)


def _added(tensor: Tensor) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the attributes that a subclass has added, and those in slots of its own."""
    from .tensor import Tensor

    attributes, slots = cast(tuple[Any, dict[str, Any]], object.__getstate__(tensor))
    return dict(attributes or {}), {name: value for name, value in slots.items() if name not in Tensor.__slots__}
