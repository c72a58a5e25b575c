"""What happens, step by step: the forward pass node by node, the seed, and the sweep contribution by contribution.

The steps are plain data too. The page of the player only shows them; whatever it says is written here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .data import Edge, Numbers, Vertex
from .plan import Plan
from .text import name, number, numbers, one_line
from .words import SIGNS, in_brackets, local_words, names_in, product_words


@dataclass(frozen=True, slots=True)
class Step:
    """One step, which can be undone.

    Attributes
    ----------
    kind : {"given", "forward", "seed", "backward", "end"}
        What happens.
    text : str
        In words and numbers.
    boxes : tuple of int
        The boxes that get their value, or their gradient so far.
    gradient : str
        What stands below them from then on.
    wire : int or None
        Where a contribution comes along: a place in ``Plan.wires``.
    head : int or None
        The box that it comes from.
    addition : str
        At a fan-out, how the contributions add up: ``0.3 + 1.2 → 1.5``.
    """

    kind: str
    text: str
    boxes: tuple[int, ...] = ()
    gradient: str = ""
    wire: int | None = None
    head: int | None = None
    addition: str = ""


def steps_of(plan: Plan) -> list[Step]:
    """Return all steps of a plan, in the order of the program and then of the engine's sweep."""
    return list(_Stepping(plan).steps())


class _Stepping:
    def __init__(self, plan: Plan) -> None:
        self.plan, self.snapshot = plan, plan.snapshot
        self.taken = names_in(plan.snapshot)
        self.boxes: dict[int, list[int]] = defaultdict(list)  # vertex → its boxes
        for box in plan.boxes:
            for vertex in box.vertices:
                self.boxes[vertex].append(box.number)
        self.wires = {(e.tail, e.head, e.operand): i for i, wire in enumerate(plan.wires) for e in wire.edges}
        self.incoming: dict[int, list[Edge]] = defaultdict(list)
        for edge in self.snapshot.edges:
            self.incoming[edge.head].append(edge)
        self.expected = self._expected()
        self.arrived: dict[int, list[Numbers | None]] = defaultdict(list)

    def _expected(self) -> dict[int, int]:
        """Return for each vertex how many contributions reach it in the sweep."""
        found: dict[int, int] = defaultdict(int)
        for head in self.snapshot.sweep:
            for edge in self._backward_edges(head):
                found[edge.tail] += 1
        return found

    def _backward_edges(self, head: int) -> Iterator[Edge]:
        receivers = ("operation", "parameter")
        for edge in self.incoming[head]:
            if edge.cut is None and self.snapshot.vertices[edge.tail].kind in receivers:
                yield edge

    def steps(self) -> Iterator[Step]:
        yield from self._forward()
        vertices = self.snapshot.vertices
        outputs = [v for v in vertices if v.is_output and v.kind == "operation" and v.gradient is not None]
        if not any(v.gradient is not None for v in vertices):
            yield Step("end", "No gradient is known: call backward() before draw(), or draw a function.")
            return
        for vertex in outputs:
            if not self.expected[vertex.number]:
                yield self._seed(vertex)
        for head in self.snapshot.sweep:
            for edge in self._backward_edges(head):
                yield from self._contribution(edge)
        yield Step("end", "The sweep is complete: every leaf has its gradient.")

    def _forward(self) -> Iterator[Step]:
        given = [b.number for b in self.plan.boxes if b.vertex is not None and b.vertex.kind != "operation"]
        yield Step("given", "Leaves and constants are given.", tuple(given))
        told: set[int] = set()
        for vertex in self.snapshot.vertices:
            if vertex.kind != "operation":
                continue
            boxes = tuple(box for box in self.boxes[vertex.number] if box not in told)
            told.update(boxes)
            if boxes:
                module = self.plan.boxes[boxes[0]].module
                text = self._computed(vertex) if module is None else f"{self.snapshot.scopes[module].kind} runs"
                yield Step("forward", text, boxes)

    def _computed(self, vertex: Vertex) -> str:
        """Return what an operation does: ``q = x + y = −2 + 5 = 3``, or with shapes."""
        operands = [(edge.operand, self.snapshot.vertices[edge.tail]) for edge in self.incoming[vertex.number]]
        operands = [(operand, v) for operand, v in operands if operand]
        called = f"{name(vertex.name)} = " if vertex.name else ""
        values = [one.value.scalar() if one.value is not None else None for _, one in operands]
        names = [
            name(v.name) if v.name else operand if value is None else number(value)
            for (operand, v), value in zip(operands, values, strict=True)
        ]
        if vertex.shape == () and vertex.value is not None and None not in values:
            shown = [number(value) for value in values if value is not None]
            has_names = any(v.name for _, v in operands)
            words = f"{called}{_applied(vertex, names)} = " if has_names else called
            return f"{words}{_applied(vertex, shown)} = {one_line(vertex.value)}"
        shapes = ", ".join(str(v.shape) for _, v in operands if v.shape is not None)
        result = f"{shapes} → {vertex.shape}" if vertex.shape is not None else shapes
        value = f": {one_line(vertex.value)}" if vertex.value is not None else ""
        return f"{called}{_applied(vertex, names)}   {result}{value}"

    def _seed(self, vertex: Vertex) -> Step:
        assert vertex.gradient is not None  # asked for by the caller
        called = name(vertex.name or "L")
        text = f"The seed: ∂{called}/∂{called} = {one_line(vertex.gradient)}"
        return Step("seed", text, tuple(self.boxes[vertex.number]), _below(vertex.gradient))

    def _contribution(self, edge: Edge) -> Iterator[Step]:
        tail = self.snapshot.vertices[edge.tail]
        self.arrived[edge.tail].append(edge.contribution)
        wire = self.wires.get((edge.tail, edge.head, edge.operand))
        if wire is None:  # inside of a collapsed module, or of a repeat that is not drawn
            return
        last = len(self.arrived[edge.tail]) == self.expected[edge.tail]
        operands = {other.operand: other.tail for other in self.incoming[edge.head]}
        parts = [
            f"{self._called(edge.head)} → {self._called(edge.tail)}",
            local_words(self.snapshot, edge, operands, self.taken) if edge.local is not None else "",
            self._product(edge),
        ]
        yield Step(
            "backward",
            "   ".join(part for part in parts if part),
            tuple(self.boxes[edge.tail]),
            _below(tail.gradient) if last and tail.gradient is not None else self._so_far(edge.tail),
            wire,
            self.plan.wires[wire].head,
            self._addition(tail, last),
        )

    def _product(self, edge: Edge) -> str:
        product = product_words(self.snapshot, edge)
        if not product:
            return f"the rule: {edge.rule} (under autograd.trace() its numbers are kept)" if edge.rule else ""
        return f"upstream × local = {product}" if edge.local is not None else product

    def _so_far(self, vertex: int) -> str:
        known = self.arrived[vertex]
        scalars = [one.scalar() for one in known if one is not None]
        if len(scalars) == len(known) and None not in scalars:
            return f"∂ {number(sum(s for s in scalars if s is not None))}"
        return f"∂ … ({len(known)} of {self.expected[vertex]})"

    def _addition(self, vertex: Vertex, last: bool) -> str:
        """Return how the contributions so far add up, if there are several."""
        known = self.arrived[vertex.number]
        expected = self.expected[vertex.number]
        scalars = [one.scalar() if one is not None else None for one in known]
        if None in scalars:
            return f"contribution {len(known)} of {expected}" if expected > 1 else ""
        total = sum(s for s in scalars if s is not None)
        final = vertex.gradient.scalar() if vertex.gradient is not None else None
        earlier = ""
        if last and final is not None and abs(final - total) > 1e-4 * max(abs(final), abs(total)):
            earlier = f"   (with what earlier sweeps had brought: {number(final)})"
        if expected < 2 and not earlier:
            return ""
        if len(known) == 1 and expected > 1:
            return f"the first of {expected}: {number(total)}"
        first, *others = [number(s) for s in scalars if s is not None]
        return " + ".join([first, *map(in_brackets, others)]) + f" → {number(total)}" + earlier

    def _called(self, number_: int) -> str:
        vertex = self.snapshot.vertices[number_]
        return name(vertex.name) if vertex.name else SIGNS.get(vertex.operation or "", name(vertex.operation or "leaf"))


def _applied(vertex: Vertex, operands: Sequence[str]) -> str:
    """Return an operation as it is written: between its operands, or before them in brackets."""
    sign = SIGNS.get(vertex.operation or "")
    if sign and len(operands) == 2:
        sign = "^" if vertex.operation == "power" else f" {sign} "
        first, second = operands
        return f"{first}{sign}{in_brackets(second)}"
    if vertex.operation == "negative" and len(operands) == 1:
        return f"−{in_brackets(operands[0])}"
    return f"{name(vertex.operation or '')}({', '.join(operands)})"


def _below(known: Numbers) -> str:
    return "∂ " + numbers(known).replace("\n", "\n   ")


def to_list(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return steps as JSON has them, with short names: there are many."""
    return [
        {
            key: value
            for key, value in (
                ("k", step.kind),
                ("t", step.text),
                ("b", list(step.boxes)),
                ("g", step.gradient),
                ("w", step.wire),
                ("h", step.head),
                ("a", step.addition),
            )
            if value not in ("", None)
        }
        for step in steps
    ]
