"""The graph at one moment, as plain data.

A snapshot holds numbers and words and nothing that lives: no Tensor, no node, no array. What is drawn from it can be
drawn again at any time, after the graph is gone and the parameters have moved on.

Vertices are numbered from 0 in the order in which the program made them, constants just before what uses them. So edges
run from smaller numbers to larger ones, and the same program gives the same snapshot each time it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..graph import Leaf, Node, name_of
from ..tensor import Tensor
from .data import FEW, Edge, Numbers, Saved, Scope, Snapshot, Vertex, named, numbers_of
from .pull import Pulled, pulled
from .rules import text_of
from .scopes import calls_among, owner

NOT_KEPT = object()  # in place of an operand's value


def take(
    outputs: Sequence[Tensor], swept: Mapping[int, Any] | None = None, backward_after: int | None = None
) -> Snapshot:
    """Return the graph below `outputs` as plain data.

    Parameters
    ----------
    outputs : sequence of Tensor
        Where to begin. One that requires no gradient has no graph and is a single vertex.
    swept : mapping of int to array, optional
        Gradients of leaves by birth number, of a sweep that stored none in their Tensors.
    backward_after : int, optional
        The nodes that were born later belong to a recorded sweep.

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
    return _Taking(outputs, swept or {}, backward_after).snapshot()


def number_in(outputs: Sequence[Tensor], tensor: Tensor) -> int | None:
    """Return which vertex of the snapshot of `outputs` a Tensor is, or None if it is not in the graph."""
    taking = _Taking(outputs, {}, None)
    taking.snapshot()
    return taking.places.get(tensor.node.number) if tensor.node is not None else None


class _Taking:
    """What is known while a snapshot is being taken."""

    def __init__(self, outputs: Sequence[Tensor], swept: Mapping[int, Any], backward_after: int | None) -> None:
        self.outputs, self.swept, self.backward_after = outputs, swept, backward_after
        self.nodes = _below(outputs)
        self.calls = calls_among(self.nodes)
        self.asked = {tensor.node.number: tensor for tensor in outputs if tensor.node is not None}
        self.rewritten = {parent.number for node in self.nodes for parent in _parents(node) if _is_newer(parent, node)}
        self.vertices: list[Vertex] = []
        self.edges: list[Edge] = []
        self.places: dict[int, int] = {}  # birth number → vertex number
        self.homes: dict[int, int | None] = {}  # vertex number of a parameter → the call of the Module it belongs to
        self.memory: dict[int, int] = {}  # where an array lies → the number of that piece of memory

    def snapshot(self) -> Snapshot:
        """Return the graph as plain data."""
        for node in self.nodes:
            self._add(node)
        for tensor in dict.fromkeys(tensor for tensor in self.outputs if tensor.node is None):
            number = len(self.vertices)
            self.vertices.append(_constant(number, tensor._data, None, tensor.name, is_output=True))
        for place, home in self.homes.items():
            if home is not None:
                self.vertices[place] = replace(self.vertices[place], scope=home)
        scopes = tuple(Scope(i, call.name, call.kind, call.parent) for i, call in enumerate(self.calls.found))
        vertices, edges = tuple(self.vertices), tuple(self.edges)
        return Snapshot(vertices, edges, scopes, _sweep(vertices, edges))

    def _add(self, node: Node | Leaf) -> None:
        scope = self.calls.innermost.get(node.number)
        found = pulled(node) if isinstance(node, Node) else Pulled({}, {})
        edges: list[Edge] = []
        for operand, parent, constant, cut in _operands(node):
            if parent is None:
                tail = self._add_constant(constant, cut, scope)
                reason = cut.reason if cut is not None and not cut.origins else None
                edges.append(Edge(tail, -1, operand, cut=reason))
                continue
            tail = self.places[parent.number]
            if isinstance(parent, Leaf) and self.homes.get(tail) is None:
                self.homes[tail] = owner(parent, scope, self.calls.found)
            rule = text_of(node.primitive, operand)  # type: ignore[arg-type]
            edges.append(Edge(tail, -1, operand, *rule, found.locals.get(operand), found.contributions.get(operand)))
        number = self.places[node.number] = len(self.vertices)
        self.edges += [replace(edge, head=number) for edge in edges]
        self.vertices.append(self._vertex(number, node, scope))

    def _add_constant(self, constant: Any, cut: Any, scope: int | None) -> int:
        """Add what an operand was that is no parent, behind the wires that were cut where it was made."""
        number = len(self.vertices)
        if constant is NOT_KEPT:
            self.vertices.append(Vertex(number, "unknown"))
            return number
        vertex = _constant(number, constant, scope)
        if cut is not None:
            tensor = cut.tensor()
            name = cut.name if tensor is None else tensor.name
            vertex = replace(vertex, name=name, reason=cut.reason, operation=cut.operation)
            origins = [self.places[origin.number] for origin in cut.origins]
            self.edges += [Edge(origin, number, "", cut=cut.reason) for origin in origins]
        self.vertices.append(vertex)
        return number

    def _vertex(self, number: int, node: Node | Leaf, scope: int | None) -> Vertex:
        tensor = self.asked[node.number] if node.number in self.asked else _tensor_of(node)
        several = isinstance(node.dtype, tuple)
        return Vertex(
            number,
            "parameter" if node.primitive is None else "operation",
            operation=node.primitive.name if node.primitive is not None else None,
            name=tensor.name if tensor is not None else name_of(node),
            shape=None if several else node.shape,
            dtype=None if several else named(node.dtype),
            value=None if several else _value(node, tensor),
            gradient=None if several else self._gradient(node, tensor),
            scope=scope,
            is_output=node.number in self.asked,
            is_rewritten=node.number in self.rewritten,
            index=_index(node),
            source=node.notes.source if node.notes is not None else None,
            saved=tuple(self._saved(node)),
            is_backward=self.backward_after is not None and node.number > self.backward_after,
        )

    def _gradient(self, node: Node | Leaf, tensor: Tensor | None) -> Numbers | None:
        if node.number in self.swept:
            known: tuple[Any, ...] = (self.swept[node.number],)
        elif isinstance(node, Leaf) and tensor is not None:  # zero_grad() empties the Tensor's and not the node's
            known = (tensor.grad,)
        else:
            known = (tensor.grad if tensor is not None else None, node.grad)
        array = next((array for array in known if array is not None), None)
        if isinstance(array, Tensor):
            array = array._data
        return None if array is None else numbers_of(array)

    def _saved(self, node: Node | Leaf) -> Iterator[Saved]:
        """Yield the arrays that a node keeps; the same memory has the same number wherever it is kept."""
        saved = _still_saved(node)
        if node.primitive is None or saved is None:
            return
        for name, value in zip(node.primitive.names, saved, strict=True):
            for array in value if isinstance(value, (list, tuple)) else (value,):
                if getattr(array, "shape", None) and hasattr(array, "nbytes"):
                    place = self.memory.setdefault(_address(array), len(self.memory))
                    yield Saved(name, tuple(array.shape), named(array.dtype), int(array.nbytes), place)


# ---------------------------------------------------------------------------------------------------- walking the graph


def _below(outputs: Sequence[Tensor]) -> list[Node | Leaf]:
    """Return all nodes that the outputs were made of, and theirs, from the oldest to the youngest.

    What a cut wire comes from is among them.
    """
    waiting = [tensor.node for tensor in outputs if tensor.node is not None]
    seen: dict[int, Node | Leaf] = {}
    while waiting:
        node = waiting.pop()
        if node.number not in seen:
            seen[node.number] = node
            for _, parent, _, cut in _operands(node):
                if parent is not None:
                    waiting.append(parent)
                elif cut is not None:
                    waiting.extend(cut.origins)
    return [seen[number] for number in sorted(seen)]


def leaves_below(outputs: Sequence[Tensor]) -> list[Leaf]:
    """Return the leaves that the outputs were made of, from the oldest to the youngest."""
    return [node for node in _below(outputs) if isinstance(node, Leaf)]


def _parents(node: Node | Leaf) -> Iterator[Any]:
    return (parent for _, parent, _, _ in _operands(node) if parent is not None)


def _is_newer(parent: Any, node: Node | Leaf) -> bool:
    """Whether the array of an operand was written after the node had used it."""
    return parent.written > node.number


def _operands(node: Node | Leaf) -> Iterator[tuple[str, Any, Any, Any]]:
    """Yield (operand, parent, None, None), or (operand, None, constant, cut) if no gradient is wanted.

    The constant is NOT_KEPT where its value is unknown. An operand that may be left out, such as a bias, is skipped
    then: nobody knows whether there was one.
    """
    if node.primitive is None or not any(node.parents):  # a leaf, or where a function's arguments begin
        return
    parents: tuple[Any, ...] = node.parents
    constants = _padded(node.notes.constants if node.notes is not None else (), len(parents))
    is_traced = node.notes is not None and node.notes.source is not None  # then nothing is unknown: it was None
    cuts = _padded(node.notes.cuts if node.notes is not None else (), len(parents))
    for operand, parent, constant, cut in zip(node.primitive.operands, parents, constants, cuts, strict=True):
        if isinstance(parent, tuple):
            reasons = _padded(cut or (), len(parent))
            for i, one in enumerate(parent):
                yield f"{operand}[{i}]", one, None if one else NOT_KEPT, reasons[i]
        elif parent is not None or constant is not None:
            yield operand, parent, constant, None if isinstance(cut, tuple) else cut  # a list is no sequence of Tensors
        elif operand not in node.primitive.defaults and not is_traced:
            yield operand, None, NOT_KEPT, None


def _padded(some: tuple[Any, ...], length: int) -> tuple[Any, ...]:
    return some + (None,) * (length - len(some))


def _sweep(vertices: Sequence[Vertex], edges: Sequence[Edge]) -> tuple[int, ...]:
    """Return the vertices that a sweep from the outputs reaches, the youngest first: this is the engine's order."""
    receives = {vertex.number for vertex in vertices if vertex.is_output and vertex.kind != "constant"}
    for edge in reversed(edges):  # ordered by their heads, which are reached before
        if edge.head in receives and edge.cut is None and vertices[edge.tail].kind in ("operation", "parameter"):
            receives.add(edge.tail)
    return tuple(sorted(receives, reverse=True))


# -------------------------------------------------------------------------------------------------- from node to vertex


def _constant(number: int, value: Any, scope: int | None, name: str | None = None, is_output: bool = False) -> Vertex:
    """Return the vertex of a bare array. A larger one is no part of the Module that used it: it may be the data."""
    array = value if hasattr(value, "dtype") else np.asarray(value)
    return Vertex(
        number,
        "constant",
        name=name,
        shape=array.shape,
        dtype=named(array.dtype),
        value=numbers_of(array) if array.dtype.kind in "fiub" else None,
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
    return next((numbers_of(array) for array in known if array is not None), None)


def _still_saved(node: Node | Leaf) -> tuple[Any, ...] | None:
    """Return what the rules ask for: a sweep releases it, and if it was traced, the notes have it still."""
    return node.saved if node.saved is not None or node.notes is None else node.notes.saved


def _address(array: Any) -> int:
    """Return what stands for the memory of an array: the object that owns it."""
    while (base := getattr(array, "base", None)) is not None and hasattr(base, "nbytes"):
        array = base
    return id(array)


def _index(node: Node | Leaf) -> str | None:
    """Return the index of an operation that has one and still holds it, as it is written in a program."""
    if node.primitive is None or "index" not in node.primitive.names:
        return None
    saved = _still_saved(node)
    if saved is None:
        return None
    index = saved[node.primitive.names.index("index")]
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
        return str(array.tolist()) if array.size <= FEW else f"{named(array.dtype)}{list(array.shape)}"
    return str(index)
