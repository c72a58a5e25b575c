"""Putting more elements around an array: numbers, its own elements again, or what is computed from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import operand
from ..primitive import primitive
from ..tensor import Tensor
from . import order, reduction
from .creation import linspace
from .elementwise import of_type
from .indexing import gather
from .linalg import array as as_array
from .shape import broadcast_to, concatenate, copy, counted_from_0, flip
from .table import composed

Widths = tuple[tuple[int, int], ...]


def _inside(pad_width: Widths, x_shape: tuple[int, ...]) -> tuple[slice, ...]:
    """Return where in the padded array the array itself is."""
    return tuple(slice(before, before + n) for (before, _), n in zip(pad_width, x_shape, strict=True))


@primitive(name="pad", x=lambda g, pad_width, x_shape: g[_inside(pad_width, x_shape)])
def _surround(x: Any, pad_width: Widths, constant_values: Any = 0) -> Any:
    return np.pad(x, pad_width, constant_values=constant_values) if pad_width else np.copy(x)


_STATISTICS = {"mean": reduction.mean, "maximum": reduction.max_, "minimum": reduction.min_, "median": order.median}
_OWN = ("edge", "reflect", "symmetric", "wrap")
_TAKES = {
    **{"constant": ("constant_values",), "edge": (), "wrap": (), "linear_ramp": ("end_values",)},
    **dict.fromkeys(("reflect", "symmetric"), ("reflect_type",)),
    **dict.fromkeys(_STATISTICS, ("stat_length",)),
}


@composed(np.pad, by="array end_values")
def pad(
    array: Any,
    pad_width: Any,
    mode: str = "constant",
    constant_values: Any = None,
    end_values: Any = None,
    reflect_type: str | None = None,
    stat_length: Any = None,
) -> Any:
    """The array with more elements around it.

    Parameters
    ----------
    array : array_like
        The array.
    pad_width : int, pair of ints, a pair for each axis, or dict
        How many elements come before and behind, along all axes or along each; a dictionary says it for some axes.
    mode : {"constant", "edge", "reflect", "symmetric", "wrap", "linear_ramp", "mean", "maximum", "minimum", "median"}
        What they are: `constant_values`, elements of the array itself, a line from its edge to `end_values`, or
        statistics of its first and last elements.
    constant_values, end_values : number or sequence, default 0
        The numbers of modes "constant" and "linear_ramp", in the forms of `pad_width`; only the latter have a gradient.
    reflect_type : {"even", "odd"}
        Whether a reflection is a mirror image, or one turned about the element on the edge.
    stat_length : int or sequence, optional
        Of how many elements statistics are taken, in the forms of `pad_width`. Default: of all along the axis.
    """
    options = {"constant_values": constant_values, "end_values": end_values, "reflect_type": reflect_type}
    given = {name for name, value in (options | {"stat_length": stat_length}).items() if value is not None}
    if not isinstance(mode, str) or mode not in _TAKES or not given <= {*_TAKES[mode]}:
        raise ValueError(
            f"np.pad on a Tensor knows the modes {', '.join(_TAKES)}, each with its own option, not {mode!r}"
            f"{' with ' + ', '.join(sorted(given)) if given else ''}; put other elements around it with np.concatenate"
        )
    ndim = np.ndim(array)
    widths = _widths(pad_width, ndim)
    if mode == "constant":
        if not isinstance(constant_values, Tensor):
            operand(constant_values)  # refuses complex numbers
        return _surround(array, widths, 0 if constant_values is None else constant_values)
    if not any(before or behind for before, behind in widths):
        return copy(array)
    ends = broadcast_to(as_array(0 if end_values is None else end_values), (ndim, 2))
    length: Any = stat_length if stat_length is None else np.asarray(stat_length)
    lengths = np.broadcast_to(length, (ndim, 2)).tolist()
    for axis, (before, behind) in enumerate(widths):
        if not (before or behind):
            continue
        if mode in _STATISTICS:
            array = _with_statistics(array, axis, (before, behind), mode, lengths[axis])
        elif mode == "linear_ramp":
            array = _with_ramps(array, axis, (before, behind), ends[axis])
        elif reflect_type == "odd" and array.shape[axis] > 1:
            array = _turned_about_edges(array, axis, before, behind, int(mode == "symmetric"))
        else:
            source = np.pad(np.arange(array.shape[axis]), (before, behind), mode)  # type: ignore[call-overload]
            array = gather(array, _along(axis, source))
    return array


def _widths(pad_width: Any, ndim: int) -> Widths:
    if isinstance(pad_width, dict):
        given = {counted_from_0(axis, ndim): width for axis, width in pad_width.items()}
        pad_width = [np.broadcast_to(given.get(axis, 0), 2) for axis in range(ndim)] or 0
    pairs = np.broadcast_to(pad_width, (ndim, 2))
    if pairs.dtype.kind not in "iu" or (pairs < 0).any():
        raise ValueError(f"pad_width must be whole numbers from 0 on, not {pad_width}")
    return tuple((int(before), int(behind)) for before, behind in pairs)


def _along(axis: int, part: Any) -> tuple[Any, ...]:
    return (slice(None),) * axis + (part,)


def _first(array: Any, axis: int, n: int) -> Any:
    return gather(array, _along(axis, slice(n)))


def _last(array: Any, axis: int, n: int) -> Any:
    length = array.shape[axis]
    return gather(array, _along(axis, slice(max(length - n, 0), length)))


def _with_statistics(array: Any, axis: int, width: tuple[int, int], mode: str, lengths: list[int | None]) -> Any:
    statistic, parts = _STATISTICS[mode], [array]
    before, behind = (array.shape[axis] if n is None else n for n in lengths)
    if not before or not behind:
        raise ValueError(f"pad: stat_length is {lengths}, but there is no {mode} of no elements")
    for k, n, chunk in ((0, width[0], _first(array, axis, before)), (2, width[1], _last(array, axis, behind))):
        found = statistic(chunk, axis=axis, keepdims=True)
        if found.dtype != array.dtype:  # means of whole numbers
            found = of_type(np.round(found), array.dtype)
        spread = broadcast_to(found, (*array.shape[:axis], n, *array.shape[axis + 1 :]))
        parts.insert(k, spread)
    return concatenate(parts, axis)


def _with_ramps(array: Any, axis: int, width: tuple[int, int], ends: Any) -> Any:
    edges = (gather(array, _along(axis, 0)), gather(array, _along(axis, array.shape[axis] - 1)))
    before, behind = (
        linspace(end, edge, n, endpoint=False, axis=axis, dtype=array.dtype)
        for end, edge, n in zip(ends, edges, width, strict=True)
    )
    return concatenate([before, array, flip(behind, axis)], axis)


def _turned_about_edges(array: Any, axis: int, before: int, behind: int, edge_again: int) -> Any:
    """Return the array with mirror images turned about its edges, 2·edge − image, over again until it is wide enough.

    Each image is of as many whole lengths of the array as there are by then.
    """
    period = array.shape[axis] - (not edge_again)
    while before or behind:
        n = array.shape[axis]
        room = (n - (not edge_again)) // period * period
        left, right = min(before, room), min(behind, room)
        skipped = 1 - edge_again
        head = gather(array, _along(axis, slice(skipped, skipped + left)))
        tail = gather(array, _along(axis, slice(n - skipped - right, n - skipped)))
        start = 2 * _first(array, axis, 1) - flip(head, axis)
        end = 2 * _last(array, axis, 1) - flip(tail, axis)
        array = concatenate([start, array, end], axis)
        before, behind = before - left, behind - right
    return array
