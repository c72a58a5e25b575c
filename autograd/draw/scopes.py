"""Which Module call made which node.

A Module notes on the node that it returns when it began: see :func:`autograd.notes.mark_scope`. What this node was made
of, and is no older than that, belongs to the call. Calls that happened inside another one are a part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import NoneType
from typing import Any

from ..graph import Leaf, Node, name_of
from ..tensor import Tensor


@dataclass(slots=True)
class Call:
    """One call of a Module: the nodes that it returned, and the birth numbers between which it ran."""

    first: int
    name: str
    kind: str
    last: int = 0
    parent: int | None = None
    returned: list[Node | Leaf] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of a graph, each after the one that it happened in, and the innermost one of each node."""

    found: list[Call]
    innermost: dict[int, int]


def calls_among(nodes: Sequence[Node | Leaf]) -> Calls:
    """Return the Module calls that are noted on `nodes`, which are ordered by age."""
    found = _noted(nodes)
    found.sort(key=lambda call: call.first)
    _nest(found)
    innermost: dict[int, int] = {}
    for place, call in enumerate(found):
        for number in _made_by(call):
            innermost[number] = place  # an inner call comes later and has the last word
    return Calls(found, innermost)


def owner(leaf: Leaf, scope: int | None, calls: Sequence[Call]) -> int | None:
    """Return the call, `scope` or one around it, of the Module that a parameter is named after: fc1 owns fc1.weight.

    The parameters of the outermost Module have names without a dot; that they are its own, and no Tensor that somebody
    gave to it, their class tells.
    """
    module = (name_of(leaf) or "").rpartition(".")[0]
    is_own = type(leaf.tensor()) not in (Tensor, NoneType)
    while scope is not None:
        call = calls[scope]
        if f".{module}".endswith(f".{call.name}") if module else is_own and call.name == call.kind:
            return scope
        scope = call.parent
    return None


def _noted(nodes: Sequence[Node | Leaf]) -> list[Call]:
    """Return the calls; one that returned several Tensors is noted on each of them."""
    calls: dict[tuple[int, str, str], Call] = {}
    for node in nodes:
        for key in node.notes.scopes if node.notes is not None else ():
            call = calls.setdefault(key, Call(*key))
            call.last = node.number
            call.returned.append(node)
    return list(calls.values())


def _nest(calls: Sequence[Call]) -> None:
    """Find for each call the one around it; `calls` are ordered by their beginning, outer ones first."""
    running: list[int] = []
    for place, call in enumerate(calls):
        while running and calls[running[-1]].last < call.last:
            running.pop()
        call.parent = running[-1] if running else None
        running.append(place)


def _made_by(call: Call) -> set[int]:
    """Return the numbers of the nodes that the call made on the way to what it returned."""
    waiting: list[Any] = list(call.returned)
    made: set[int] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend(node)
        elif node is not None and node.number >= call.first and node.number not in made:
            made.add(node.number)
            waiting.extend(node.parents)
    return made
