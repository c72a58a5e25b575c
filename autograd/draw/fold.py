"""Repeats of one structure: the blocks of a transformer, the steps of an unrolled loop.

Sibling calls that do the same (the same operations on the same shapes, wired in the same way) one after the other are a
run; so are alternations of up to four, such as Linear, ReLU, Linear, ReLU. The first of a run stands for all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .data import Edge, Snapshot, Vertex
from .summary import members_of

FEWEST = 3  # repeats that are worth folding
LONGEST = 4  # calls that alternate


@dataclass(slots=True)
class Folding:
    """Which vertex stands for which.

    Attributes
    ----------
    image : list of int
        For each vertex the one that is drawn for it: itself, if it is drawn.
    times : dict
        Scope → how many repeats it stands for.
    repeats : dict
        Scope → the scopes that it stands for, itself first.
    parallel : dict
        Vertex outside of all repeats → how many of the same kind beside it, it stands for.
    """

    image: list[int]
    times: dict[int, int] = field(default_factory=dict)
    repeats: dict[int, tuple[int, ...]] = field(default_factory=dict)
    parallel: dict[int, int] = field(default_factory=dict)

    @classmethod
    def none(cls, snapshot: Snapshot) -> Folding:
        """Return the folding that folds nothing."""
        return cls(list(range(len(snapshot.vertices))))

    def is_inner(self, edge: Edge) -> bool:
        """Whether an edge leads from one repeat into another."""
        return self.image[edge.tail] != edge.tail or self.image[edge.head] != edge.head


def folding(snapshot: Snapshot) -> Folding:
    """Return how the repeats of a snapshot are folded; what is inside of a repeat is folded as well."""
    found = Folding.none(snapshot)
    members = members_of(snapshot)
    marks = _marks(snapshot, members)
    siblings: dict[int | None, list[int]] = defaultdict(list)
    for scope in snapshot.scopes:
        siblings[scope.parent].append(scope.number)
    hidden: set[int] = set()
    for parent, calls in siblings.items():
        if parent in hidden:
            hidden.update(calls)
            continue
        for first, period, times in _runs([marks[call] for call in calls]):
            for offset in range(period):
                same = calls[first + offset : first + period * times : period]
                found.times[same[0]], found.repeats[same[0]] = times, tuple(same)
                hidden.update(same[1:])
                for other in same[1:]:
                    for here, there in zip(members[same[0]], members[other], strict=True):
                        found.image[there] = here
    for i, image in enumerate(found.image):  # a repeat inside of a repeat: the image of the image
        found.image[i] = found.image[image]
    _fold_parallel(snapshot, found)
    return found


def _marks(snapshot: Snapshot, members: Sequence[Sequence[int]]) -> list[int]:
    """Return a number for each scope; scopes of the same structure have the same."""
    operands: list[list[Edge]] = [[] for _ in snapshot.vertices]
    for edge in snapshot.edges:
        operands[edge.head].append(edge)
    known: dict[Any, int] = {}
    marks = []
    for scope, inside in zip(snapshot.scopes, members, strict=True):
        place = {number: i for i, number in enumerate(inside)}
        structure: list[Any] = [scope.kind]
        for number in inside:
            vertex = snapshot.vertices[number]
            wires = tuple(
                (edge.operand, place.get(edge.tail, -1), _parameter_shape(snapshot.vertices[edge.tail]))
                for edge in operands[number]
            )
            structure.append((vertex.kind, vertex.operation, vertex.shape, vertex.dtype, wires))
        marks.append(known.setdefault(tuple(structure), len(known)))
    return marks


def _parameter_shape(vertex: Vertex) -> tuple[int, ...] | None:
    """Return the shape of a module's own parameter; what comes in from elsewhere may not be known."""
    return vertex.shape if vertex.kind == "parameter" and vertex.scope is not None else None


def _runs(marks: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return (first, period, times) of the repeats in a sequence, from left to right, short periods first."""
    found, at = [], 0
    while at < len(marks):
        for period in range(1, LONGEST + 1):
            end = at + period
            while end < len(marks) and marks[end] == marks[end - period]:
                end += 1
            times = (end - at) // period
            if times >= FEWEST:
                found.append((at, period, times))
                at += period * times
                break
        else:
            at += 1
    return found


def _fold_parallel(snapshot: Snapshot, found: Folding) -> None:
    """Fold what feeds the repeats from outside, such as ``x[:, t]``: the same operation between the same boxes."""
    tails: dict[int, list[Any]] = defaultdict(list)
    heads: dict[int, list[Any]] = defaultdict(list)
    touched: set[int] = set()
    for edge in snapshot.edges:
        tail, head = found.image[edge.tail], found.image[edge.head]
        if snapshot.vertices[edge.tail].kind != "constant":
            tails[edge.head].append((tail, edge.operand))
        heads[edge.tail].append((head, edge.operand))
        if head != edge.head:
            touched.add(edge.tail)
    groups: dict[Any, list[int]] = defaultdict(list)
    for vertex in snapshot.vertices:
        number = vertex.number
        if found.image[number] == number and vertex.kind in ("operation", "constant", "unknown") and heads[number]:
            key = (vertex.kind, vertex.operation, vertex.shape, vertex.dtype, vertex.scope)
            groups[(*key, tuple(tails[number]), tuple(heads[number]))].append(number)
    for group in groups.values():
        if len(group) >= FEWEST and touched & set(group):
            found.parallel[group[0]] = len(group)
            for number in group[1:]:
                found.image[number] = group[0]
