"""What a node hands back in the sweep: its local derivatives, and what each operand receives.

The rules are run once more on what the node has saved, by the code that the sweep itself runs. Where that is released
already, it is put together again from the values of a scalar's operands, which the graph keeps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..backward import _fit, _spread, flat
from ..graph import Node
from ..several import Parts
from .data import Numbers, numbers_of


class Pulled(NamedTuple):
    """By operand: the local derivative, where both ends are scalars, and what the operand receives."""

    locals: dict[str, float]
    contributions: dict[str, Numbers]


def pulled(node: Node) -> Pulled:
    """Return what is known of a node's derivatives; nothing if what its rules need is gone or was overwritten."""
    saved = _saved(node)
    if saved is None:
        return Pulled({}, {})
    places = _places(node)
    locals_, contributions = {}, {}
    if node.shape == () and not isinstance(node.dtype, tuple):
        for operand, parent, part in _parts(node, saved, places, np.ones((), node.dtype)[()]):
            if parent.shape == ():
                locals_[operand] = float(part)
    if node.grad is not None:
        for operand, _, part in _parts(node, saved, places, node.grad):
            contributions[operand] = numbers_of(part)
    return Pulled(locals_, contributions)


def _places(node: Node) -> list[str]:
    """Return what the operands are called, in the order of the flat parents."""
    names = []
    for operand, parent in zip(node.primitive.operands, node.parents, strict=True):
        names += [f"{operand}[{i}]" for i in range(len(parent))] if isinstance(parent, tuple) else [operand]
    return names


def _parts(node: Node, saved: tuple[Any, ...], places: list[str], g: Any) -> list[tuple[str, Any, Any]]:
    """Return (operand, parent, gradient) for the operands that receive one from the upstream gradient g."""
    with np.errstate(all="ignore"):
        given = node.primitive.pull(g, saved, node.parents)
        if node.primitive.sequence is not None:
            given = _spread(node.parents, given)
        found = []
        for operand, parent, part in zip(places, flat(node.parents), given, strict=True):
            if parent is None or part is None:
                continue
            if type(part) is Parts:
                part = next(iter(part.values()))
            elif not isinstance(parent.dtype, tuple):
                part = _fit(part, parent, node)
            found.append((operand, parent, np.asarray(part) if not hasattr(part, "shape") else part))
    return found


def _saved(node: Node) -> tuple[Any, ...] | None:
    """Return what the rules ask for, or None if it is not known any more."""
    if any(parent is not None and parent.written > node.number for parent in flat(node.parents)):
        return None
    if node.saved is not None:
        return node.saved
    if node.notes is not None and node.notes.saved is not None:
        return node.notes.saved
    return _rebuilt(node)


def _rebuilt(node: Node) -> tuple[Any, ...] | None:
    """Return the values of a scalar's operands and its own, if the rules ask for nothing else."""
    entry = node.primitive
    constants = node.notes.constants if node.notes is not None and node.notes.constants else (None,) * len(node.parents)
    if entry.sequence is not None or entry.together is not None or len(constants) != len(node.parents):
        return None
    known: dict[str, Any] = {"ans": node.value}
    for operand, parent, constant in zip(entry.operands, node.parents, constants, strict=True):
        known[operand] = constant if parent is None else parent.value
        known[f"{operand}_shape"] = () if parent is None else parent.shape
    values = tuple(known.get(name) for name in entry.names)
    return None if any(value is None for value in values) else values
