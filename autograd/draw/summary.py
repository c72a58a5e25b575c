"""What is told of a Module as a whole: shapes, how many parameters, how large their gradients are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .data import Edge, Numbers, Snapshot, Vertex


@dataclass(frozen=True, slots=True)
class Summary:
    """One call of a Module, or several of the same structure.

    Attributes
    ----------
    inputs, outputs : tuple of shapes
        What comes in from outside and what goes out, without repeats; of the first call and the last.
    parameters : int
        How many numbers there are to be learnt; a parameter that several calls share counts once.
    gradients : tuple of float
        For each call, the root of the mean square of the gradients of its parameters (of its results, if it has none);
        empty before backward.
    is_bad : bool
        Whether a gradient is NaN or infinite.
    """

    inputs: tuple[tuple[int, ...], ...]
    outputs: tuple[tuple[int, ...], ...]
    parameters: int
    gradients: tuple[float, ...]
    is_bad: bool


def count(number: int, word: str) -> str:
    """Return "1 node", "2 nodes"."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def members_of(snapshot: Snapshot) -> list[list[int]]:
    """Return for each scope its vertices and those of the scopes in it, without parameters, in order."""
    members: list[list[int]] = [[] for _ in snapshot.scopes]
    for vertex in snapshot.vertices:
        scope = vertex.scope if vertex.kind != "parameter" else None
        while scope is not None:
            members[scope].append(vertex.number)
            scope = snapshot.scopes[scope].parent
    return members


class Summaries:
    """The summaries of one snapshot's calls."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.members = members_of(snapshot)
        self.incoming: list[list[Edge]] = [[] for _ in snapshot.vertices]
        self.heads: list[list[int]] = [[] for _ in snapshot.vertices]
        for edge in snapshot.edges:
            self.incoming[edge.head].append(edge)
            self.heads[edge.tail].append(edge.head)

    def of(self, calls: Sequence[int]) -> Summary:
        """Return what is told of these calls: one, or all that are folded to one."""
        found = [self._one(set(self.members[call])) for call in calls]
        leaves = {leaf.number: leaf for one in found for leaf in one.leaves}
        gradients = [one.gradients for one in found]
        return Summary(
            tuple(dict.fromkeys(found[0].coming)),
            tuple(dict.fromkeys(v.shape for v in found[-1].results if v.shape is not None)),
            sum(_size(leaf.shape) for leaf in leaves.values()),
            tuple(rms for some in gradients if (rms := _rms(some)) is not None),
            any(known.is_bad for some in gradients for known in some),
        )

    def _one(self, inside: set[int]) -> _Call:
        """Return what comes in, the parameters, the results, and the gradients that tell how the call is doing."""
        vertices = self.snapshot.vertices
        coming, leaves, results = [], {}, []
        received: list[Numbers] = []
        for number in sorted(inside):
            for edge in self.incoming[number]:
                tail = vertices[edge.tail]
                if edge.tail in inside:
                    continue
                if tail.kind == "parameter" and tail.scope is not None:
                    leaves[tail.number] = tail
                    known = edge.contribution  # of a parameter that calls share, this call's part
                    if known is None and len(self.heads[edge.tail]) == 1:
                        known = tail.gradient
                    received += [known] if known is not None else []
                elif tail.shape is not None:
                    coming.append(tail.shape)
            vertex = vertices[number]
            if vertex.is_output or any(head not in inside for head in self.heads[number]):
                results.append(vertex)
        of_results = [v.gradient for v in results if v.gradient is not None]
        return _Call(coming, list(leaves.values()), results, received or of_results)


class _Call(NamedTuple):
    coming: list[tuple[int, ...]]
    leaves: list[Vertex]
    results: list[Vertex]
    gradients: list[Numbers]


def _rms(gradients: Sequence[Numbers]) -> float | None:
    """Return the root mean square of all these gradients together, or None if none is known."""
    known = [(one.rms, _size(one.shape)) for one in gradients if one.rms is not None]
    total = sum(size for _, size in known)
    largest = max((rms for rms, _ in known), default=0.0)
    if not total:
        return None
    return largest * (sum((rms / largest) ** 2 * size for rms, size in known) / total) ** 0.5 if largest else 0.0


def _size(shape: tuple[int, ...] | None) -> int:
    size = 1
    for length in shape or ():
        size *= length
    return size
