"""The record of one run: the nodes below the outputs, with all that their primitives were called with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backward import flat
from ..graph import Leaf, Node, keep_arguments
from ..tensor import Tensor
from .branches import BRANCHES, patterns

Evaluate = Callable[[], list[Tensor]]


class Record:
    """What a run has left behind.

    Attributes
    ----------
    outputs : list of Tensor
        What the function returned.
    nodes : list of Node or Leaf
        All that they were made of, from the oldest to the youngest.
    """

    def __init__(self, outputs: list[Tensor]) -> None:
        self.outputs = outputs
        self.nodes = below(outputs)
        self.operations = [node for node in self.nodes if isinstance(node, Node) and _has_arguments(node)]

    def may_branch(self, again: Record) -> bool:
        """Return whether another run may take other branches, as a second run of the same function shows.

        Integers that are the same object both times (labels, the words of a text) do not depend on the inputs.
        """
        if len(self.operations) != len(again.operations):
            return True
        for one, other in zip(self.operations, again.operations, strict=True):
            if one.primitive.name in BRANCHES:
                return True
            if any(a is not b for a, b in zip(patterns(one), patterns(other), strict=False)):
                return True
        return False

    def patterns(self) -> list[list[Any]]:
        """Return the patterns of every operation: see :mod:`autograd.check.branches`."""
        return [patterns(node) for node in self.operations]

    def label(self, node: Node) -> str:
        """Return what a report calls an operation: relu#3 is the third relu of the run."""
        alike = [one for one in self.operations if one.primitive.name == node.primitive.name]
        return f"{node.primitive.name}#{1 + alike.index(node)}"


def record(evaluate: Evaluate) -> Record:
    """Run a function, and return its record."""
    with keep_arguments():
        return Record(evaluate())


def below(outputs: Sequence[Tensor]) -> list[Node | Leaf]:
    """Return all nodes that the outputs were made of, from the oldest to the youngest."""
    waiting: list[Any] = [y.node for y in outputs if y.node is not None]
    seen: dict[int, Node | Leaf] = {}
    while waiting:
        node = waiting.pop()
        if node.number not in seen:
            seen[node.number] = node
            waiting.extend(parent for parent in flat(node.parents) if parent is not None)
    return [seen[number] for number in sorted(seen)]


def lossy(nodes: Sequence[Node | Leaf]) -> dict[int, Node | None]:
    """Return the birth numbers of all nodes, each with the operation of lower precision that is nearest to it.

    That lies between it and the outputs; None if there is none, as there should be.
    """
    found: dict[int, Node | None] = {}
    for node in reversed(nodes):
        low = node if isinstance(node, Node) and _is_lossy(node.dtype) else found.setdefault(node.number, None)
        for parent in flat(node.parents):
            if parent is not None:
                found[parent.number] = low or found.get(parent.number)
    return found


def _is_lossy(dtype: Any) -> bool:
    """Return whether an operation, or one of its several outputs, has fewer digits than the float64 that is checked."""
    several = dtype if isinstance(dtype, tuple) else (dtype,)
    return any(one.kind == "f" and one.itemsize < np.dtype(np.float64).itemsize for one in several)


def _has_arguments(node: Node) -> bool:
    return node.notes is not None and bool(node.notes.arguments)
