"""The graph at one moment, as plain data.

A snapshot holds numbers and words and nothing that lives: no Tensor, no node, no array. What is drawn from it can be
drawn again at any time, after the graph is gone and the parameters have moved on.

Vertices are numbered from 0 in the order in which the program made them, constants just before what uses them. So edges
run from smaller numbers to larger ones, and the same program gives the same snapshot each time it runs.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ..graph import Leaf, Node, name_of
from ..tensor import Tensor
from .scopes import Call, calls_among, owner

NOT_KEPT = object()  # in place of an operand's value
FEW = 8  # arrays of so many elements are kept in full

_named = functools.cache(str)  # NumPy takes its time to say what a dtype is called

Kind = Literal["operation", "parameter", "constant", "unknown"]


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is told of an array: all elements if they are few, otherwise the norm.

    Attributes
    ----------
    shape : tuple of int
        The length of each axis.
    elements : tuple of numbers or None
        All of them, the last axis running fastest.
    norm : float or None
        The square root of the sum of squares.
    """

    shape: tuple[int, ...]
    elements: tuple[float, ...] | None
    norm: float | None


@dataclass(frozen=True, slots=True)
class Vertex:
    """One operation, or what an operation was applied to: a parameter, a constant, or something that nobody kept.

    Attributes
    ----------
    number : int
        Its place in ``Snapshot.vertices``.
    kind : {"operation", "parameter", "constant", "unknown"}
        A parameter is a leaf that requires a gradient. Unknown is an operand that requires none and was not kept.
    operation : str or None
        What an operation is called.
    name : str or None
        What the Tensor is called.
    shape, dtype
        Those of the result; None for an operation with several outputs, which are vertices of their own.
    value, gradient : Numbers or None
        As far as they are known.
    scope : int or None
        The innermost Module call that it belongs to: a place in ``Snapshot.scopes``.
    is_output : bool
        Whether the drawing was asked for this one.
    is_rewritten : bool
        Whether its array was written after an operation had used it, so that its value is not the one that was used.
    index : str or None
        What stands in the brackets of ``x[…]``, as long as the derivative rule needs it: until after backward.
    source : (str, int, str) or None
        File, line and function that made it, if it was traced.
    """

    number: int
    kind: Kind
    operation: str | None = None
    name: str | None = None
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    value: Numbers | None = None
    gradient: Numbers | None = None
    scope: int | None = None
    is_output: bool = False
    is_rewritten: bool = False
    index: str | None = None
    source: tuple[str, int, str] | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """Vertex `tail` is the operand called `operand` of vertex `head`."""

    tail: int
    head: int
    operand: str


@dataclass(frozen=True, slots=True)
class Scope:
    """One call of a Module; `parent` is the call that it happened in."""

    number: int
    name: str
    kind: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A graph at one moment: every number in it is a place in one of these tuples. Scopes follow their parents."""

    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]
    scopes: tuple[Scope, ...]


def take(outputs: Sequence[Tensor]) -> Snapshot:
    """Return the graph below `outputs` as plain data.

    Parameters
    ----------
    outputs : sequence of Tensor
        Where to begin. One that requires no gradient has no graph and is a single vertex.

    Returns
    -------
    Snapshot
        All that is below, each vertex once.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from autograd.draw.snapshot import take
    >>> x = Tensor(3.0, requires_grad=True, name="x")
    >>> [(v.number, v.kind, v.name or v.operation) for v in take([x * x]).vertices]
    [(0, 'parameter', 'x'), (1, 'operation', 'multiply')]
    """
    nodes = _below(outputs)
    calls = calls_among(nodes)
    asked = {tensor.node.number: tensor for tensor in outputs if tensor.node is not None}
    rewritten = {parent.number for node in nodes for parent in _parents(node) if parent.written > node.number}
    vertices: list[Vertex] = []
    edges: list[Edge] = []
    places: dict[int, int] = {}  # birth number → vertex number
    homes: dict[int, int | None] = {}  # vertex number of a parameter → the call of the Module that it belongs to

    for node in nodes:
        scope = calls.innermost.get(node.number)
        tails = []
        for operand, parent, constant in _operands(node):
            if parent is None:
                tails.append((len(vertices), operand))
                vertices.append(
                    Vertex(len(vertices), "unknown")
                    if constant is NOT_KEPT
                    else _constant(len(vertices), constant, scope)
                )
            else:
                tails.append((places[parent.number], operand))
                if isinstance(parent, Leaf) and homes.get(places[parent.number]) is None:
                    homes[places[parent.number]] = owner(parent, scope, calls.found)
        places[node.number] = len(vertices)
        edges += [Edge(tail, len(vertices), operand) for tail, operand in tails]
        vertices.append(_vertex(len(vertices), node, asked, scope, node.number in rewritten))

    for tensor in dict.fromkeys(tensor for tensor in outputs if tensor.node is None):
        vertices.append(_constant(len(vertices), tensor._data, None, tensor.name, is_output=True))
    for place, home in homes.items():
        if home is not None:
            vertices[place] = replace(vertices[place], scope=home)
    return Snapshot(tuple(vertices), tuple(edges), tuple(_scopes(calls.found)))


# ---------------------------------------------------------------------------------------------------- walking the graph


def _below(outputs: Sequence[Tensor]) -> list[Node | Leaf]:
    """Return all nodes that the outputs were made of, and theirs, from the oldest to the youngest."""
    waiting = [tensor.node for tensor in outputs if tensor.node is not None]
    seen: dict[int, Node | Leaf] = {}
    while waiting:
        node = waiting.pop()
        if node.number not in seen:
            seen[node.number] = node
            waiting.extend(_parents(node))
    return [seen[number] for number in sorted(seen)]


def _parents(node: Node | Leaf) -> Iterator[Any]:
    return (parent for _, parent, _ in _operands(node) if parent is not None)


def _operands(node: Node | Leaf) -> Iterator[tuple[str, Any, Any]]:
    """Yield (operand, parent, None), or (operand, None, constant) if no gradient is wanted.

    The constant is NOT_KEPT where its value is unknown. An operand that may be left out, such as a bias, is skipped
    then: nobody knows whether there was one.
    """
    if node.primitive is None or not any(node.parents):  # a leaf, or where a function's arguments begin
        return
    parents: tuple[Any, ...] = node.parents
    constants = node.notes.constants if node.notes is not None else ()
    constants += (None,) * (len(parents) - len(constants))
    for operand, parent, constant in zip(node.primitive.operands, parents, constants, strict=True):
        if isinstance(parent, tuple):
            yield from ((f"{operand}[{i}]", one, None if one else NOT_KEPT) for i, one in enumerate(parent))
        elif parent is not None or constant is not None:
            yield operand, parent, constant
        elif operand not in node.primitive.defaults:
            yield operand, None, NOT_KEPT


# -------------------------------------------------------------------------------------------------- from node to vertex


def _vertex(number: int, node: Node | Leaf, asked: dict[int, Tensor], scope: int | None, is_rewritten: bool) -> Vertex:
    tensor = asked[node.number] if node.number in asked else _tensor_of(node)
    several = isinstance(node.dtype, tuple)
    return Vertex(
        number,
        "parameter" if node.primitive is None else "operation",
        operation=node.primitive.name if node.primitive is not None else None,
        name=tensor.name if tensor is not None else name_of(node),
        shape=None if several else node.shape,
        dtype=None if several else _named(node.dtype),
        value=None if several else _value(node, tensor),
        gradient=None if several else _gradient(node, tensor),
        scope=scope,
        is_output=node.number in asked,
        is_rewritten=is_rewritten,
        index=_index(node),
        source=node.notes.source if node.notes is not None else None,
    )


def _constant(number: int, value: Any, scope: int | None, name: str | None = None, is_output: bool = False) -> Vertex:
    """Return the vertex of a bare array. A larger one is no part of the Module that used it: it may be the data."""
    array = value if hasattr(value, "dtype") else np.asarray(value)
    return Vertex(
        number,
        "constant",
        name=name,
        shape=array.shape,
        dtype=_named(array.dtype),
        value=_numbers(array),
        scope=scope if array.ndim == 0 else None,
        is_output=is_output,
    )


def _tensor_of(node: Node | Leaf) -> Tensor | None:
    """Return the Tensor of a leaf, or the one that asked for this node's gradient, if it is alive and still that."""
    if isinstance(node, Leaf):
        tensor = node.tensor()
    else:
        tensor = node.notes.retainer() if node.notes is not None and node.notes.retainer is not None else None
    return tensor if tensor is not None and tensor.node is node else None


def _value(node: Node | Leaf, tensor: Tensor | None) -> Numbers | None:
    known = (
        tensor._data if tensor is not None else None,
        node.value,
        node.notes.value if node.notes is not None else None,
    )
    return next((_numbers(array) for array in known if array is not None), None)


def _gradient(node: Node | Leaf, tensor: Tensor | None) -> Numbers | None:
    if isinstance(node, Leaf) and tensor is not None:  # zero_grad() empties the Tensor's and not the node's
        known: tuple[Any, ...] = (tensor.grad,)
    else:
        known = (tensor.grad if tensor is not None else None, node.grad)
    array = next((array for array in known if array is not None), None)
    if isinstance(array, Tensor):
        array = array._data
    return None if array is None else _numbers(array)


def _numbers(array: Any) -> Numbers | None:
    """Return the elements of a small array, and the norm of a larger one; labels and masks have none."""
    if array.size <= FEW:
        return Numbers(tuple(array.shape), tuple(array.reshape(-1).tolist()), None)
    if array.dtype.kind != "f":
        return None
    with np.errstate(all="ignore"):
        wide = array.astype("float64")  # squares overflow float16
        return Numbers(tuple(array.shape), None, float((wide * wide).sum() ** 0.5))


def _index(node: Node | Leaf) -> str | None:
    """Return the index of an operation that has one and still holds it, as it is written in a program."""
    if node.primitive is None or node.saved is None or "index" not in node.primitive.names:
        return None
    index = node.saved[node.primitive.names.index("index")]
    if isinstance(index, tuple):
        return ", ".join(map(_one_index, index)) + ("," if len(index) == 1 else "")
    return _one_index(index)


def _one_index(index: Any) -> str:
    if isinstance(index, slice):
        start, stop, step = ("" if i is None else str(i) for i in (index.start, index.stop, index.step))
        return f"{start}:{stop}" + (f":{step}" if step else "")
    if index is Ellipsis:
        return "..."
    if getattr(index, "ndim", 0) or isinstance(index, list):
        array = np.asarray(index) if isinstance(index, list) else index
        return str(array.tolist()) if array.size <= FEW else f"{_named(array.dtype)}{list(array.shape)}"
    return str(index)


def _scopes(calls: Sequence[Call]) -> Iterator[Scope]:
    return (Scope(i, call.name, call.kind, call.parent) for i, call in enumerate(calls))
