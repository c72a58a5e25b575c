"""Arrays made of few numbers: those between two end points, each of which has a gradient, and arrays like another."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..arrays import operand
from ..tensor import Tensor
from .elementwise import of_type
from .indexing import numbered
from .linalg import array
from .shape import broadcast_to, concatenate, moveaxis
from .table import composed


@composed(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """So many numbers at equal distances, from one to the other, along a new axis; the last is `stop` exactly."""
    num = operator.index(num)
    if num < 0:
        raise ValueError(f"linspace: num is {num}, but there cannot be less than 0 numbers")
    ends = [x if isinstance(x, Tensor) else operand(x) for x in (start, stop)]
    kind = np.result_type(*(getattr(x, "dtype", x) for x in ends), 1.0)  # Python's numbers do not promote
    start, stop = (x if x.dtype == kind else of_type(x, kind) for x in (array(end) * 1.0 for end in ends))
    delta = stop - start
    intervals = num - endpoint
    step = delta / intervals if intervals > 0 else delta * np.nan
    bare = delta.data if isinstance(delta, Tensor) else delta
    places = numbered(bare, (num,)).astype(bare.dtype).reshape((num,) + (1,) * bare.ndim)
    if intervals > 0 and not np.any(step == 0).item():
        points = places * step + start
    else:  # NumPy's way, too, for distances too small for a number
        points = places / max(intervals, 1) * delta + start
    if endpoint and num > 1:
        last = stop + np.zeros_like(bare)
        points = concatenate([points[:-1], last.reshape((1, *bare.shape))])
    if dtype is not None and np.dtype(dtype).kind in "iu":
        points = np.floor(points)
    points = of_type(moveaxis(points, 0, axis) if axis else points, dtype)
    return (points, step) if retstep else points


@composed(np.logspace, by="start stop base")
def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    """Powers of `base` whose exponents lie at equal distances."""
    if np.ndim(base):
        shape = np.broadcast_shapes(*map(np.shape, (start, stop, base)))
        start, stop = (broadcast_to(array(x), shape) for x in (start, stop))
        base = np.expand_dims(base, axis)
    return of_type(np.power(base, linspace(start, stop, num, endpoint, axis=axis)), dtype)


@composed(np.geomspace)
def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    """So many numbers of equal ratios, from one to the other; both have one sign, and are not 0. Double precision."""
    start, stop = array(start), array(stop)
    double = np.result_type(start.dtype, stop.dtype, np.float64)  # NumPy's choice, whatever the end points are
    start, stop = (x if x.dtype == double else of_type(x, double) for x in (start, stop))
    sign = np.sign(start)
    if np.any((start == 0) | (sign != np.sign(stop))).item():
        raise ValueError("geomspace: the end points must be numbers of one sign, and not 0: no ratio leads across it")
    found = logspace(np.log10(start / sign), np.log10(stop / sign), num, endpoint)
    first, last = (broadcast_to(array(end / sign), (1, *found.shape[1:])) for end in (start, stop))
    if endpoint and num > 1:
        found = concatenate([first, found[1:-1], last])
    elif num > 0:
        found = concatenate([first, found[1:]])
    found = found * sign
    return of_type(moveaxis(found, 0, axis) if axis else found, dtype)


@composed(np.full_like, by="fill_value")
def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: bool = True, shape: Any = None
) -> Any:
    """An array like another, full of one value: a plain one, unless the value requires a gradient."""
    like: Any = a.data if isinstance(a, Tensor) else a
    if isinstance(fill_value, Tensor) and fill_value.requires_grad:
        zeros = np.zeros_like(like, dtype, order, subok, shape)
        return zeros + of_type(fill_value, zeros.dtype)
    plain = fill_value.data if isinstance(fill_value, Tensor) else fill_value
    operand(plain)  # refuses complex numbers
    return np.full_like(like, plain, dtype, order, subok, shape)
