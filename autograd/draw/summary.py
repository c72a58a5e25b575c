"""What is told of a Module as a whole: shapes, how many parameters, how large their gradients are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .data import Snapshot, Vertex


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
        self.tails: list[list[int]] = [[] for _ in snapshot.vertices]
        self.heads: list[list[int]] = [[] for _ in snapshot.vertices]
        for edge in snapshot.edges:
            self.tails[edge.head].append(edge.tail)
            self.heads[edge.tail].append(edge.head)

    def of(self, calls: Sequence[int]) -> Summary:
        """Return what is told of these calls: one, or all that are folded to one."""
        found = [self._one(set(self.members[call])) for call in calls]
        leaves = {leaf.number: leaf for one in found for leaf in one[2]}
        return Summary(
            tuple(dict.fromkeys(found[0][0])),
            tuple(dict.fromkeys(found[-1][1])),
            sum(_size(leaf.shape) for leaf in leaves.values()),
            tuple(rms for one in found if (rms := _rms(one[2] or one[3])) is not None),
            any(v.gradient is not None and v.gradient.is_bad for one in found for v in (*one[2], *one[3])),
        )

    def _one(self, inside: set[int]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]], list[Vertex], list[Vertex]]:
        """Return the shapes that come in, the shapes that go out, the parameters, and the results."""
        vertices = self.snapshot.vertices
        coming, leaves, results = [], {}, []
        for number in sorted(inside):
            for tail in (vertices[tail] for tail in self.tails[number] if tail not in inside):
                if tail.kind == "parameter" and tail.scope is not None:
                    leaves[tail.number] = tail
                elif tail.shape is not None:
                    coming.append(tail.shape)
            vertex = vertices[number]
            if vertex.is_output or any(head not in inside for head in self.heads[number]):
                results.append(vertex)
        return coming, [v.shape for v in results if v.shape is not None], list(leaves.values()), results


def _rms(vertices: Sequence[Vertex]) -> float | None:
    """Return the root mean square of all their gradients together, or None if none is known."""
    known = [
        (v.gradient.rms, _size(v.shape)) for v in vertices if v.gradient is not None and v.gradient.rms is not None
    ]
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
