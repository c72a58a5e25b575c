"""Functions that are given a function, and call it with parts of an array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..tensor import Tensor
from .indexing import plain_index, put
from .linalg import array
from .shape import counted_from_0, moveaxis, stack
from .table import composed


@composed(np.apply_along_axis, by="arr")
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """What a function makes of each vector along an axis, in the place of the vector."""
    rows = moveaxis(arr, axis, -1)
    if 0 in rows.shape[:-1]:
        raise ValueError(f"apply_along_axis: there is no vector along axis {axis} of shape {np.shape(arr)}")
    results = [array(func1d(rows[place], *args, **kwargs)) for place in np.ndindex(rows.shape[:-1])]
    shape, axis = results[0].shape, counted_from_0(axis, rows.ndim)
    whole = stack(results).reshape(rows.shape[:-1] + shape)
    return moveaxis(whole, tuple(range(rows.ndim - 1, whole.ndim)), tuple(range(axis, axis + len(shape))))


@composed(np.apply_over_axes, by="a")
def apply_over_axes(func: Callable[..., Any], a: Any, axes: int | Sequence[int]) -> Any:
    """What is left of an array when a function has reduced one axis after the other."""
    for axis in [axes] if isinstance(axes, int) else list(axes):
        axis = counted_from_0(axis, a.ndim)
        reduced = func(a, axis)
        a = reduced if reduced.ndim == a.ndim else np.expand_dims(reduced, axis)
    return a


def _is_number(x: Any) -> bool:
    return not isinstance(x, list) and getattr(x, "ndim", 0) == 0


@composed(np.piecewise, by="x")
def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """Where the first, the second, … condition holds, what the function of the same number makes of the elements there.

    A number stands for the function that gives it everywhere; one function more is for where no condition holds.
    """
    single = np.isscalar(condlist) or (x.ndim > 0 and _is_number(condlist[0]))
    holds = [plain_index(c) for c in ([condlist] if single else condlist)]
    if len(holds) == len(funclist) - 1:
        holds.append(np.logical_not(np.any(np.stack([np.broadcast_to(c, x.shape) for c in holds]), axis=0)))
    if len(holds) != len(funclist):
        raise ValueError(
            f"piecewise: there are {len(holds)} conditions and {len(funclist)} functions; there must be as many, or "
            "one function more, for everywhere else"
        )
    y: Any = np.zeros_like(x.data if isinstance(x, Tensor) else x)
    for where, function in zip(holds, funclist, strict=True):
        if not callable(function):
            y = put(y, where, function)
        elif np.any(where).item():
            y = put(y, where, function(x[where], *args, **kw))
    return y
