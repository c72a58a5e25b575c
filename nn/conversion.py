"""Modules in other numbers, or in another array module: the values change, the Parameters stay the same objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Tensor
from autograd.arrays import bare, in_numpy

if TYPE_CHECKING:
    from .module import Module

Conversion = Callable[[Any], Any]


def convert(module: Module, target: Any) -> None:
    """Convert the parameters and buffers of a module to a dtype or an array module: see :meth:`Module.to`."""
    conversion = _move_to(target) if hasattr(target, "asarray") else _cast_to(floating(target))
    parameters = list(module.parameters())
    # All is converted before anything is written: a failure on the way changes nothing.
    values = [conversion(parameter.data) for parameter in parameters]
    grads = [None if p.grad is None else conversion(bare(p.grad)) for p in parameters]
    buffers = {id(buffer): conversion(bare(buffer)) for buffer in module.buffers() if hasattr(buffer, "dtype")}
    for parameter, value, grad in zip(parameters, values, grads, strict=True):
        parameter.become(value)
        parameter.grad = None if grad is None else Tensor(grad)
    for owner in module.modules():
        for name, buffer in owner._own_buffers():
            if id(buffer) in buffers:
                setattr(owner, name, buffers[id(buffer)])


def floating(target: Any) -> np.dtype[Any]:
    """Return the dtype that `target` means.

    Raises
    ------
    TypeError
        If it means none, or one that has no fractions.
    """
    try:
        dtype = np.dtype(target)
    except TypeError:
        dtype = None
    if dtype is None or target is None:
        raise TypeError(
            f"a model is converted to a dtype (np.float64, 'float32') or an array module (numpy, cupy), not {target!r}"
        )
    if dtype.kind != "f":
        raise TypeError(
            f"a model is converted to a dtype of floating point numbers, in which it can be trained, not to {dtype}"
        )
    return dtype


def _cast_to(dtype: Any) -> Conversion:
    return lambda array: array.astype(dtype) if array.dtype.kind == "f" and array.dtype != dtype else array


def _move_to(module: Any) -> Conversion:
    return in_numpy if module is np else module.asarray
