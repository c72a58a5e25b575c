"""The methods of ufuncs: np.add.reduce(t), np.add.accumulate(t), np.add.reduceat(t, places), np.add.outer(t, u)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..arrays import Axis
from ..primitive import TABLE
from . import elementwise, reduction, scan
from .indexing import gather, plain_index
from .linalg import array
from .shape import counted_from_0, stack

Operation = Callable[..., Any]


def _log_of_sum(
    x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = reduction.NOT_GIVEN, where: Any = True
) -> Any:
    found = reduction.logsumexp(reduction.only(x, where, -np.inf), axis, keepdims)
    return found if initial is reduction.NOT_GIVEN else elementwise.logaddexp(initial, found)


REDUCTIONS: dict[np.ufunc, Operation] = {
    np.add: reduction.sum_,
    np.multiply: reduction.prod,
    np.maximum: reduction.max_,
    np.minimum: reduction.min_,
    np.fmax: reduction.nanmax,
    np.fmin: reduction.nanmin,
    np.logaddexp: _log_of_sum,
}
ACCUMULATIONS: dict[np.ufunc, Operation] = {
    np.add: scan.cumsum,
    np.multiply: scan.cumprod,
    np.maximum: scan.running_maximum,
    np.minimum: scan.running_minimum,
    np.logaddexp: scan.running_logaddexp,
}


def _reduced_at(reduce: Operation, x: Any, indices: Any, axis: int = 0) -> Any:
    """The reductions of the stretches from each of these places to the next; of one element, if the next is before."""
    axis, before = counted_from_0(axis, x.ndim), (slice(None),) * counted_from_0(axis, x.ndim)
    starts, n = np.asarray(plain_index(indices)).tolist(), x.shape[axis]
    if outside := [i for i in starts if not 0 <= i < n]:
        raise IndexError(f"reduceat: the places are numbered from 0 to {n - 1}, and {outside[0]} was given")
    if not starts:
        return gather(x, (*before, slice(0)))
    ends = [*starts[1:], n]
    stretches = [slice(i, max(j, i + 1)) for i, j in zip(starts, ends, strict=True)]
    return stack([reduce(gather(x, (*before, stretch)), axis) for stretch in stretches], axis)


def _outer(operation: Operation, x: Any, y: Any) -> Any:
    """The operation on each pair of an element of `x` and one of `y`."""
    x, y = array(x), array(y)
    return operation(x.reshape(x.shape + (1,) * y.ndim), y)


def method_of(ufunc: np.ufunc, method: str) -> Operation | None:
    """Return the operation that a method of a ufunc records as, or None if there is none."""
    if method == "reduce":
        return REDUCTIONS.get(ufunc)
    if method == "accumulate":
        return ACCUMULATIONS.get(ufunc)
    if method == "reduceat" and ufunc in REDUCTIONS:
        return partial(_reduced_at, REDUCTIONS[ufunc])
    if method == "outer" and ufunc in TABLE and ufunc.nin == 2 and ufunc.signature is None:
        return partial(_outer, TABLE[ufunc])
    return None
