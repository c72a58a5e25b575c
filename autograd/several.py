"""Primitives with several outputs.

The primitive's own node has no Tensor. Each output is a Tensor with a node `pick`, whose parent is the primitive's
node; in the backward sweep the picks bring the gradients of the outputs together.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .graph import WATCH, Node, View, mode
from .notes import annotate
from .primitive import Primitive
from .tensor import Tensor, wrap


class Parts(dict[int, Any]):
    """The gradients of a node with several outputs, as far as they have arrived: output → gradient."""

    def __add__(self, other: Parts) -> Parts:
        for index, g in other.items():  # into itself: a rule made it just now, and a copy each time would cost n²
            self[index] = self[index] + g if index in self else g
        return self

    __iadd__ = __add__

    def complete(self, node: Node) -> tuple[Any, ...]:
        """Return the gradients of all outputs in order, zero for those that led nowhere."""
        like = next(iter(self.values()))
        return tuple(
            self[i] if i in self else np.zeros_like(like, shape=shape, dtype=dtype)
            for i, (shape, dtype) in enumerate(zip(node.shape, node.dtype, strict=True))
        )


@functools.cache
def _pick(index: int) -> Primitive:
    """Return the primitive that takes one of several outputs. Each has its own, which a sweep does not release."""
    return Primitive(lambda several: several[index], {"several": lambda g: Parts({index: g})}, f"output {index}")


def output(node: Node, index: int, value: Any) -> Tensor:
    """Return output `index` of a node with several, as a Tensor with a node of its own."""
    entry = (_pick(index), (node,), (), value.shape, value.dtype)
    part = View(node.origin, *entry) if isinstance(node, View) else Node(*entry)
    if not part.shape:
        part.value = value
    if (state := mode.get()) & WATCH:
        annotate(part, value, (), state)
    return wrap(value, part)
