"""Which branch each element took, in functions that are put together out of several.

At a corner the derivative jumps, and a difference quotient that reaches across it means nothing. The graph knows where
corners are: each primitive that has some is listed here with what tells its branches apart. Two runs of a function have
taken the same branches if all of these *patterns* are equal.

Whatever a primitive was given that is no floating point number (the condition of ``where``, the places that sorting
found, the mask of dropout, an index) is such a pattern as well, so that functions composed of these need no entry.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..graph import Node

Arguments = Mapping[str, Any]


def _side(x: Any, corner: Any = 0.0) -> Any:
    return np.sign(np.asarray(x) - corner)


def _sides(*corners: float) -> Callable[[Arguments], Iterator[Any]]:
    return lambda a: (_side(a["x"], corner) for corner in corners)


def _between(a: Arguments) -> Iterator[Any]:
    return iter([_side(a["x"], a["y"])])


def _of_clip(a: Arguments) -> Iterator[Any]:
    return (_side(a["x"], a[bound]) for bound in ("min", "max") if a[bound] is not None)


def _chosen(a: Arguments) -> Iterator[Any]:
    """Yield which elements are among the results of a function that selects some, such as max."""
    return iter([np.isin(a["x"], a["ans"])])


def _step(function: Callable[..., Any]) -> Callable[[Arguments], Iterator[Any]]:
    return lambda a: iter([function(a["x"])])


def _quotient(a: Arguments) -> Iterator[Any]:
    with np.errstate(all="ignore"):
        return iter([np.floor(np.asarray(a["x"]) / a["y"])])


def _of_svm(a: Arguments) -> Iterator[Any]:
    scores = np.moveaxis(a["scores"], a["axis"], -1)
    own = np.take_along_axis(scores, np.asarray(a["target"])[..., None], -1)
    return iter([_side(scores - own, -a["margin"])])


def _of_recurrence(a: Arguments) -> Iterator[Any]:
    return (_side(part) for part in (a["ans"] if type(a["ans"]) is tuple else (a["ans"],)) if _is_relu(a))


def _is_relu(a: Arguments) -> bool:
    return a.get("nonlinearity") == "relu"


# The primitive's name → its patterns, from its arguments by name and its result, `ans`.
BRANCHES: dict[str, Callable[[Arguments], Iterator[Any]]] = {
    **dict.fromkeys(("relu", "leaky_relu", "prelu", "elu", "absolute", "fabs", "sign", "heaviside"), _sides(0.0)),
    **dict.fromkeys(("maximum", "minimum"), _between),
    **dict.fromkeys(("max", "min", "nanmax", "nanmin", "max_pool", "adaptive_max_pool"), _chosen),
    **dict.fromkeys(
        ("to_maxima", "of_maxima", "adaptive_to_maxima", "adaptive_of_maxima"),
        lambda a: iter([np.isin(a["x"], a["y"])]),
    ),
    "clip": _of_clip,
    "hardtanh": lambda a: (_side(a["x"], a[bound]) for bound in ("min_val", "max_val")),
    "hardsigmoid": _sides(-3.0, 3.0),
    "hardswish": _sides(-3.0, 3.0),
    "softplus": lambda a: iter([_side(a["x"], a["threshold"] / a["beta"])]),
    "l1_loss": lambda a: iter([_side(a["input"], a["target"])]),
    "huber_loss": lambda a: iter([_side(abs(np.asarray(a["input"]) - a["target"]), a["delta"])]),
    "huber": lambda a: iter([_side(abs(np.asarray(a["r"])), a["delta"])]),
    "multiclass_svm_loss": _of_svm,
    "rnn": _of_recurrence,
    **{f.__name__: _step(f) for f in (np.floor, np.ceil, np.trunc, np.rint)},
    "round": lambda a: iter([a["ans"]]),
    "modf": _step(np.trunc),
    **dict.fromkeys(("floor_divide", "remainder", "fmod"), _quotient),
    "unwrap": lambda a: iter([np.round((a["ans"] - a["p"]) / a["period"])]),
    "copysign": lambda a: (_side(a[name]) for name in ("x", "y")),
}


class Crossing(NamedTuple):
    """A branch that changes between two points: the number of the node, the place in its pattern, how many change."""

    node: int
    place: tuple[int, ...]
    changes: int


def patterns(node: Node) -> list[Any]:
    """Return the patterns of one node that has kept its arguments."""
    assert node.notes is not None
    values = node.notes.arguments
    found = [pattern for value in values for pattern in _numbers_of_places(value)]
    branches = BRANCHES.get(node.primitive.name)
    if branches is not None:
        named = dict(zip(node.primitive.parameters, values, strict=False))
        with contextlib.suppress(KeyError):  # a primitive of the user's that has the name of one of ours
            found += branches(named | {"ans": node.notes.value})
    return found


def _numbers_of_places(value: Any) -> Iterator[Any]:
    """Yield the arrays of booleans and integers in an argument; an index may be a tuple of several."""
    if isinstance(value, (tuple, list)):
        for one in value:
            yield from _numbers_of_places(one)
    elif getattr(getattr(value, "dtype", None), "kind", "") in ("i", "u", "b"):
        yield value


def crossing(here: list[Any], left: list[Any], right: list[Any]) -> Crossing | None:
    """Return the first branch that is another one at the left, or at the right; None if all are the same.

    Each list has the patterns of a node per entry. An element that is on the corner here (its pattern is 0) may be on
    either side there, if that is the same one: no quotient reaches across then.
    """
    found: Crossing | None = None
    total = 0
    for number, nodes in enumerate(zip(here, left, right, strict=False)):
        for a, b, c in zip(*nodes, strict=False):
            if np.shape(a) != np.shape(b) or np.shape(a) != np.shape(c):
                return Crossing(number, (), 1)
            changed = np.not_equal(b, c)
            if getattr(a, "dtype", np.dtype(bool)).kind == "f":
                changed |= np.not_equal(a, b) & np.not_equal(a, 0)
            else:
                changed |= np.not_equal(a, b)
            if changed.any():
                changes = int(changed.sum())
                total += changes
                if found is None:
                    found = Crossing(number, tuple(int(i) for i in np.argwhere(changed)[0]), changes)
    if found is None and not len(here) == len(left) == len(right):
        return Crossing(0, (), 1)
    return found and found._replace(changes=total)
