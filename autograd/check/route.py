"""The way from the outputs back to an input, as it was recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backward import flat
from ..graph import Leaf, Node
from ..tensor import Tensor


def routes(outputs: list[Tensor]) -> dict[int, Node | None]:
    """Return the birth numbers of all that the outputs were recorded to depend on.

    Each comes with the operation of lower than double precision that lies between, if there is any: of several the one
    nearest to the input, since that is where precision is lost.
    """
    found: dict[int, Node | None] = {}
    for node in _from_the_youngest(outputs):
        lossy = node if isinstance(node, Node) and _is_lossy(node.dtype) else found.setdefault(node.number, None)
        for parent in flat(node.parents):
            if parent is not None:
                found[parent.number] = lossy or found.get(parent.number)
    return found


def _from_the_youngest(outputs: list[Tensor]) -> list[Node | Leaf]:
    waiting: list[Any] = [y.node for y in outputs if y.node is not None]
    seen: dict[int, Node | Leaf] = {}
    while waiting:
        node = waiting.pop()
        if node.number not in seen:
            seen[node.number] = node
            waiting.extend(parent for parent in flat(node.parents) if parent is not None)
    return [seen[number] for number in sorted(seen, reverse=True)]


def _is_lossy(dtype: Any) -> bool:
    """Return whether an operation, or one of its several outputs, has fewer digits than the float64 that is checked."""
    several = dtype if isinstance(dtype, tuple) else (dtype,)
    return any(one.kind == "f" and one.itemsize < np.dtype(np.float64).itemsize for one in several)
