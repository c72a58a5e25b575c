"""What of a snapshot is shown: the plan that every renderer draws.

A graph of thousands of vertices becomes a picture by leaving out. Modules below a depth are collapsed to a box each,
repeats of the same structure are folded to one (:mod:`.fold`), a focus keeps a neighbourhood. A parameter that is used
far apart is drawn once for each use: its wires would otherwise cross the whole picture.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .data import Edge, Scope, Snapshot, Vertex
from .fold import Folding, folding
from .summary import Summaries, Summary, count

FAR = 4  # ranks between the uses of a leaf from which on each use gets a box of its own
CROWDED = 120  # boxes, from which on repeats are folded without being asked for
MOST_FOR_DOT = 1500  # boxes that Graphviz lays out in seconds
MOST = 5000  # boxes, beyond which nobody could read the picture


@dataclass(frozen=True, slots=True)
class Box:
    """One thing in the picture.

    Attributes
    ----------
    number : int
        Its place in ``Plan.boxes``.
    vertex : Vertex or None
        What it shows; None for a collapsed module.
    scope : int or None
        The frame that it is in.
    module : int or None
        The scope that it stands for, if it is a collapsed module.
    vertices : tuple of int
        All vertices that it stands for.
    use, uses : int
        Of a leaf drawn once for each use: which of how many this is. 0 of 1 otherwise.
    times : int
        How many repeats are folded to it.
    summary : Summary or None
        What is told of a collapsed module.
    """

    number: int
    vertex: Vertex | None
    scope: int | None
    module: int | None = None
    vertices: tuple[int, ...] = ()
    use: int = 0
    uses: int = 1
    times: int = 1
    summary: Summary | None = None


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection of two boxes: an edge, or all `edges` between the vertices that the two stand for."""

    tail: int
    head: int
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A Module call around boxes; `parent` is a place in ``Plan.frames``, and frames follow their parents."""

    scope: Scope
    parent: int | None
    summary: Summary
    times: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What is drawn: boxes, wires and frames, and in `notes` what was left out without being asked for."""

    snapshot: Snapshot
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    frames: tuple[Frame, ...]
    notes: tuple[str, ...] = ()

    def incoming(self) -> list[list[Wire]]:
        """Return for each box the wires that lead into it, in the order of the operands."""
        found: list[list[Wire]] = [[] for _ in self.boxes]
        for wire in self.wires:
            found[wire.head].append(wire)
        return found


def make(
    snapshot: Snapshot,
    depth: int | None = None,
    fold: bool | None = None,
    focus: str | int | None = None,
    radius: int = 2,
) -> Plan:
    """Return what is to be drawn of a snapshot.

    Parameters
    ----------
    snapshot : Snapshot
        The graph.
    depth : int, optional
        How many levels of modules are opened; what is deeper becomes one box a module. Default: all of them, as long
        as the picture can be laid out.
    fold : bool, optional
        Whether repeats of one structure are drawn once. Default: from 120 boxes on.
    focus : str or int, optional
        Draw what is near this vertex: its name, or its number in the snapshot.
    radius : int, default 2
        How many wires away that is.

    Raises
    ------
    ValueError
        If `depth` or `radius` is negative, or `focus` names nothing in the graph.
    """
    for name, given in (("depth", depth), ("radius", radius)):
        if given is not None and given < 0:
            raise ValueError(f"{name}={given} makes no sense; it counts levels from 0, as in {name}=1")
    kept, notes = _near(snapshot, focus, radius)
    plan = _Planning(snapshot, kept, depth, bool(fold)).plan(notes)
    if fold is None and snapshot.scopes and len(plan.boxes) > CROWDED:
        folded = _Planning(snapshot, kept, depth, True).plan(notes)
        if len(folded.boxes) < len(plan.boxes):
            told = f"repeats are folded, {len(plan.boxes):,} boxes to {len(folded.boxes):,}: fold=False draws them all"
            plan = replace(folded, notes=(*notes, told))
    if depth is None and len(plan.boxes) > MOST_FOR_DOT and snapshot.scopes:
        plan = _collapsed_until_it_fits(snapshot, kept, fold is not False, plan)
    return plan


def _collapsed_until_it_fits(snapshot: Snapshot, kept: set[int] | None, fold: bool, plan: Plan) -> Plan:
    for depth in range(max(_levels(snapshot)), -1, -1):
        smaller = _Planning(snapshot, kept, depth, fold).plan(plan.notes)
        if len(smaller.boxes) <= MOST_FOR_DOT:
            told = f"modules are collapsed, {len(plan.boxes):,} boxes to {len(smaller.boxes):,}: depth={depth}"
            return replace(smaller, notes=(*plan.notes, told))
    return plan


def _near(snapshot: Snapshot, focus: str | int | None, radius: int) -> tuple[set[int] | None, tuple[str, ...]]:
    """Return the vertices that are at most `radius` wires away from the focus, or None for all."""
    if focus is None:
        return None, ()
    vertices = snapshot.vertices
    if isinstance(focus, str):
        near = {v.number for v in vertices if v.name == focus} or {v.number for v in vertices if v.operation == focus}
    else:
        near = {focus} & set(range(len(vertices)))
    if not near:
        names = list(dict.fromkeys(v.name for v in vertices if v.name))
        told = (
            f"its names are {', '.join(names[:12])}{', …' if len(names) > 12 else ''}" if names else "it has no names"
        )
        raise ValueError(f"focus={focus!r} is nothing in this graph; {told}; its numbers are 0 to {len(vertices) - 1}")
    beside: dict[int, list[int]] = defaultdict(list)
    for edge in snapshot.edges:
        beside[edge.tail].append(edge.head)
        beside[edge.head].append(edge.tail)
    rim = near
    for _ in range(radius):
        rim = {other for number in rim for other in beside[number]} - near
        near = near | rim
    return near, (f"{len(near):,} of {count(len(vertices), 'node')}: within {count(radius, 'wire')} of {focus!r}",)


def _levels(snapshot: Snapshot) -> list[int]:
    """Return for each scope how many are around it."""
    levels: list[int] = []
    for scope in snapshot.scopes:
        levels.append(0 if scope.parent is None else levels[scope.parent] + 1)
    return levels


class _Planning:
    """What is known while a plan is being made."""

    def __init__(self, snapshot: Snapshot, kept: set[int] | None, depth: int | None, fold: bool) -> None:
        self.snapshot, self.kept = snapshot, kept
        self.levels = _levels(snapshot)
        self.depth = depth
        self.folding = folding(snapshot) if fold else Folding.none(snapshot)
        self.heads: dict[int, list[Edge]] = defaultdict(list)  # leaf → its edges
        for edge in snapshot.edges:
            if self._is_leaf(edge.tail):
                self.heads[edge.tail].append(edge)
        self.fed_by_leaves = {(edge.head, edge.operand) for edges in self.heads.values() for edge in edges}
        self.boxes: list[Box] = []
        self.place: dict[Any, int] = {}  # vertex number, ("module", scope) or ("use", leaf, head box) → box
        self.ranks = _ranks(snapshot)
        self.summaries = Summaries(snapshot)

    def plan(self, notes: tuple[str, ...]) -> Plan:
        for vertex in self.snapshot.vertices:
            if self._is_shown(vertex.number) and not self._is_leaf(vertex.number):
                self._add_inner(vertex)
        wires = self._wires()
        for vertex in self.snapshot.vertices:
            alone = self._is_leaf(vertex.number) and not self.heads[vertex.number]
            if alone and self._is_shown(vertex.number):
                self._add(vertex.number, Box(0, vertex, vertex.scope, vertices=(vertex.number,)))
        return self._sorted(wires, notes)

    def _is_leaf(self, number: int) -> bool:
        return self.snapshot.vertices[number].kind == "parameter"

    def _is_shown(self, number: int) -> bool:
        return (self.kept is None or number in self.kept) and self.folding.image[number] == number

    def _collapsed(self, scope: int | None) -> int | None:
        """Return the scope around, or this one, that is shown as a box, if one is."""
        if scope is None or self.depth is None or self.levels[scope] < self.depth:
            return None
        while self.levels[scope] > self.depth:
            scope = self.snapshot.scopes[scope].parent
            assert scope is not None  # a level above 0 has a parent
        return scope

    def _add(self, key: Any, box: Box) -> int:
        self.place[key] = len(self.boxes)
        self.boxes.append(replace(box, number=len(self.boxes)))
        return self.place[key]

    def _add_inner(self, vertex: Vertex) -> None:
        """Add the box of an operation or a constant; of a collapsed module there is one for all of its vertices."""
        module = self._collapsed(vertex.scope)
        if module is None:
            times = self.folding.parallel.get(vertex.number, 1)
            self._add(vertex.number, Box(0, vertex, vertex.scope, vertices=(vertex.number,), times=times))
            return
        key = ("module", module)
        if key not in self.place:
            scope = self.snapshot.scopes[module]
            summary = self.summaries.of(self.folding.repeats.get(module, (module,)))
            times = self.folding.times.get(module, 1)
            self._add(key, Box(0, None, scope.parent, module, (), times=times, summary=summary))
        place = self.place[vertex.number] = self.place[key]
        self.boxes[place] = replace(self.boxes[place], vertices=(*self.boxes[place].vertices, vertex.number))

    def _wires(self) -> list[tuple[int, int, Edge]]:
        wires, seen = [], set()
        for edge in self.snapshot.edges:
            head = self.place.get(self.folding.image[edge.head])
            if head is None:
                continue
            if self._is_leaf(edge.tail):
                tail = self._leaf_box(edge, head)
            else:
                tail = self.place.get(self.folding.image[edge.tail])
            if tail is None or tail == head or (self.folding.is_inner(edge) and tail > head):
                continue
            key = (tail, head, edge.operand)
            if key in seen and self.folding.is_inner(edge):
                continue
            seen.add(key)
            wires.append((tail, head, edge))
        return wires

    def _leaf_box(self, edge: Edge, head: int) -> int | None:
        """Return the box of a leaf for one of its uses; None inside of a collapsed module that it is a part of."""
        leaf = self.snapshot.vertices[edge.tail]
        if (self.kept is not None and edge.tail not in self.kept) or self._is_a_repeats_own(edge):
            return None
        if self.boxes[head].module is not None and leaf.scope is not None:
            return None
        uses = list(dict.fromkeys(self.folding.image[e.head] for e in self.heads[edge.tail]))
        if not self._are_far_apart(leaf, uses):
            if edge.tail not in self.place:
                scope = self.boxes[head].scope if leaf.scope is not None else None
                self._add(edge.tail, Box(0, leaf, scope, vertices=(edge.tail,)))
            return self.place[edge.tail]
        key = ("use", edge.tail, head)
        if key not in self.place:
            use = Box(0, leaf, self.boxes[head].scope, vertices=(edge.tail,), use=len(self.heads[edge.tail]))
            self._add(key, use)
        return self.place[key]

    def _is_a_repeats_own(self, edge: Edge) -> bool:
        """Whether a leaf is to a repeat that is not drawn what another leaf is to the one that is."""
        here = self.folding.image[edge.head]
        return here != edge.head and (here, edge.operand) in self.fed_by_leaves

    def _are_far_apart(self, leaf: Vertex, uses: Sequence[int]) -> bool:
        if len(uses) < 2:
            return False
        ranks = [self.ranks[use] for use in uses]
        homes = {self.snapshot.vertices[use].scope for use in uses}
        return max(ranks) - min(ranks) > FAR or (leaf.scope is not None and len(homes) > 1)

    def _sorted(self, wires: Iterable[tuple[int, int, Edge]], notes: tuple[str, ...]) -> Plan:
        """Return the plan with its boxes in the order of the program, a leaf just before its first use."""
        wires = list(wires)
        first: dict[int, int] = {}
        for tail, head, _ in wires:
            first[tail] = min(first.get(tail, head), head)
        keys = []
        for box in self.boxes:
            is_leaf = box.vertex is not None and box.vertex.kind == "parameter" and box.number in first
            keys.append((first[box.number], 0, box.vertices) if is_leaf else (box.number, 1, box.vertices))
        order = sorted(range(len(self.boxes)), key=keys.__getitem__)
        number = {old: new for new, old in enumerate(order)}
        boxes = _with_uses([replace(self.boxes[old], number=new) for new, old in enumerate(order)])
        bundles: dict[Any, list[Edge]] = {}
        for i, (tail, head, edge) in enumerate(wires):
            single = self.boxes[tail].module is None and self.boxes[head].module is None
            bundles.setdefault((number[tail], number[head], i if single else -1), []).append(edge)
        drawn = sorted(
            ((head, i, tail, tuple(edges)) for (tail, head, i), edges in bundles.items()), key=lambda w: w[:3]
        )
        return Plan(
            self.snapshot,
            tuple(boxes),
            tuple(Wire(tail, head, edges) for head, _, tail, edges in drawn),
            tuple(self._frames(boxes)),
            notes,
        )

    def _frames(self, boxes: Sequence[Box]) -> list[Frame]:
        needed: set[int] = set()
        for box in boxes:
            around = box.scope
            while around is not None and around not in needed:
                needed.add(around)
                around = self.snapshot.scopes[around].parent
        place: dict[int, int] = {}
        frames: list[Frame] = []
        for scope in self.snapshot.scopes:
            if scope.number in needed:
                place[scope.number] = len(frames)
                summary = self.summaries.of(self.folding.repeats.get(scope.number, (scope.number,)))
                parent = None if scope.parent is None else place[scope.parent]
                frames.append(Frame(scope, parent, summary, self.folding.times.get(scope.number, 1)))
        return frames


def _with_uses(boxes: list[Box]) -> list[Box]:
    """Number the boxes of one leaf from 1, and say how many there are."""
    same: dict[int, list[int]] = defaultdict(list)
    for box in boxes:
        if box.vertex is not None and box.vertex.kind == "parameter":
            same[box.vertex.number].append(box.number)
    for places in same.values():
        for use, place in enumerate(places):
            many = len(places) > 1
            boxes[place] = replace(boxes[place], use=use + 1 if many else 0, uses=len(places))
    return boxes


def _ranks(snapshot: Snapshot) -> list[int]:
    """Return for each vertex the length of the longest way to it."""
    ranks = [0] * len(snapshot.vertices)
    for edge in snapshot.edges:  # ordered by their heads
        ranks[edge.head] = max(ranks[edge.head], ranks[edge.tail] + 1)
    return ranks
