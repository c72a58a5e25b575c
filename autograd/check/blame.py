"""Which primitive is wrong: each recorded operation is checked by itself, on what it was called with in the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..draw.scopes import calls_among
from ..general import general
from ..graph import Node
from ..rules.elementwise import alias
from ..tensor import Tensor
from .before import outputs_of, transposed, zero_gives_zero
from .examine import examine
from .point import Point
from .record import Record
from .result import FAIL, Blame

MANY = 3  # wrong primitives that are named
NODES = 400  # operations looked at


def blame(record: Record, rng: np.random.Generator) -> tuple[Blame, ...]:
    """Return the operations of a run that are wrong by themselves, the youngest first: one for each primitive.

    An error in the end is then put down to its cause. If none is wrong, the derivative was lost between operations: by
    ``.data``, ``detach()``, ``no_grad()`` or a plain NumPy array.
    """
    found: dict[tuple[str, str], Blame] = {}
    for node in record.operations[::-1][:NODES]:
        if node.primitive.name == "alias" or node.primitive.name.startswith("output "):
            continue
        for one in _wrong(node, rng):
            where = {"source": _source(node), "scope": _scope(node, record)}
            found.setdefault((one.primitive, one.operand), Blame(**{**vars(one), **where}))
        if len(found) >= MANY:
            break
    return tuple(found.values())


def _wrong(node: Node, rng: np.random.Generator) -> list[Blame]:
    entry = node.primitive
    run, leaves = alone(node)
    try:
        point = Point(run, leaves, rng)
        rows = [examine(point, name, rng) for name in leaves]
        misused = [] if any(row.verdict == FAIL for row in rows) else zero_gives_zero(point) + transposed(point, rng)[1]
    except Exception:  # a rule that raises is wrong in another way, and says so itself
        return []
    found = [
        Blame(entry.name, row.name, row.shape, row.index, row.analytic, row.numeric, row.bar or 0.0)
        for row in rows
        if row.verdict == FAIL and row.analytic is not None and row.numeric is not None
    ]
    if misused and not found:
        name, leaf = next(iter(leaves.items()))
        found = [Blame(entry.name, name, leaf.shape, (), np.nan, np.nan, np.nan)]
    return found


def alone(node: Node) -> tuple[Callable[[], list[Tensor]], dict[str, Tensor]]:
    """Return one recorded operation as a function of the operands that wanted a gradient, and these as leaves."""
    entry = node.primitive
    assert node.notes is not None
    values: list[Any] = list(node.notes.arguments)
    operation = general(entry)
    leaves: dict[str, Tensor] = {}

    def leaf(name: str, value: Any) -> Tensor:
        leaves[name] = Tensor(np.array(value, dtype=np.float64), requires_grad=True)
        return leaves[name]

    parents: tuple[Any, ...] = node.parents
    for name, parent in zip(entry.operands, parents, strict=True):
        place = entry.parameters.index(name)
        if isinstance(parent, tuple):
            values[place] = [
                v if p is None else leaf(f"{name}[{i}]", v)
                for i, (p, v) in enumerate(zip(parent, values[place], strict=True))
            ]
        elif parent is not None:
            values[place] = leaf(name, values[place])

    def again(value: Any) -> Any:
        if isinstance(value, list):
            return [again(v) for v in value]
        return alias(value) if isinstance(value, Tensor) else value

    def run() -> list[Tensor]:
        return outputs_of(entry.call([again(value) for value in values], operation), entry.name)

    return run, leaves


def _source(node: Node) -> str:
    source = node.notes.source if node.notes is not None else None
    return f"{Path(source[0]).name}:{source[1]}" if source else ""


def _scope(node: Node, record: Record) -> str:
    calls = calls_among(record.nodes)
    place = calls.innermost.get(node.number)
    if place is None:
        return ""
    call = calls.found[place]
    return call.kind if call.name == call.kind else f"{call.kind} {call.name!r}"
