"""How initial values get into a Parameter: in place, unrecorded, and noted as a write."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from autograd import Tensor

T = TypeVar("T", bound=Tensor)


def shape_of(tensor: Any, initialiser: str) -> tuple[int, ...]:
    """Return the shape of what is to be written, or raise TypeError if it cannot be."""
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


def write(tensor: T, values: Any) -> T:
    """Write values (of NumPy, or of the library of the Tensor's array) into a leaf. Returns the Tensor itself.

    A graph that holds the array learns of the write, unless the leaf is frozen, where nobody dates writes: that one
    gets a new array.
    """
    array = tensor.data
    values = np.asarray(values, dtype=array.dtype, like=array)
    if tensor.requires_grad:
        array[...] = values
        tensor.mark_written()
    else:
        tensor.data = values
    return tensor
