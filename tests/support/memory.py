"""Helpers for tests that ask what is alive, and who shares memory with whom."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd import Tensor


@contextmanager
def collector_off() -> Iterator[None]:
    """Leave everything to reference counts: whatever is part of a cycle stays alive."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def watch(*things: Any) -> list[weakref.ref[Any]]:
    """Return weak references to tensors, nodes and arrays."""
    return [weakref.ref(thing) for thing in things]


def alive(references: list[weakref.ref[Any]]) -> list[Any]:
    """Return what is left of the things that were watched."""
    return [reference() for reference in references if reference() is not None]


def nodes_below(tensor: Tensor) -> list[Any]:
    """Return the node of a Tensor and all nodes and leaves that it was made of."""
    found: dict[int, Any] = {}
    waiting = [tensor.node]
    while waiting:
        node = waiting.pop()
        if node is None or node.number in found:
            continue
        found[node.number] = node
        for parent in node.parents:
            waiting.extend(parent if isinstance(parent, tuple) else [parent])
    return list(found.values())


def arrays_saved(tensor: Tensor) -> list[np.ndarray]:
    """Return all arrays that the nodes below a Tensor have saved for their rules."""
    return [a for node in nodes_below(tensor) for a in (node.saved or ()) if isinstance(a, np.ndarray)]


def share_memory(x: Any, y: Any) -> bool:
    """Return whether two Tensors or arrays have an element in common."""
    bare = [a.data if isinstance(a, Tensor) else np.asarray(a) for a in (x, y)]
    return bool(np.shares_memory(*bare))
