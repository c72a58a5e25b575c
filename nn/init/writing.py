"""What initial values can be written into."""

from __future__ import annotations

from typing import Any

from autograd import Tensor

from ..functional import options


def shape_of(tensor: Any, initialiser: str, **numbers: Any) -> tuple[int, ...]:
    """Return the shape of what is to be written; raise TypeError if it cannot be, ValueError for what is no number."""
    options.numbers(initialiser, **numbers)
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"{initialiser} writes into a Parameter or another leaf Tensor, such as layer.weight, and was given "
            f"{type(tensor).__name__}"
        )
    if not tensor.is_leaf:
        raise TypeError(
            f"{initialiser}: {tensor._described()} is the result of a recorded operation and has no values of its own; "
            "give it a Parameter, or t.detach()"
        )
    if tensor.dtype.kind != "f":
        raise TypeError(f"{initialiser} writes floating point numbers, and {tensor._described()} is {tensor.dtype}")
    return tensor.shape
