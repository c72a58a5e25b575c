"""The check itself, from the first look to the table: what gradcheck and check_model have in common."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..backward import gradients
from ..graph import Node, enable_grad, no_grad
from ..tensor import Tensor
from .before import (
    digest,
    outputs_of,
    refuse_chance,
    refuse_infinite_inputs,
    refuse_mutation,
    refuse_strange_outputs,
    transposed,
    zero_gives_zero,
)
from .blame import blame
from .examine import examine, steps_of
from .generators import Replay
from .judge import complex_along
from .point import Curve, Point
from .progress import progress
from .record import lossy
from .result import FAIL, INCONCLUSIVE, SUBGRADIENT, CheckResult, Row

IN_FLOAT64 = "Inputs of other precision were checked in float64 copies."


@dataclass(frozen=True)
class Subject:
    """What is checked.

    Attributes
    ----------
    name : str
        For the table and for errors.
    run : callable
        Runs the function on what the leaves hold now; returns what it returns.
    leaves : dict of str → Tensor
        The inputs to differentiate by, of dtype float64 and made for this check.
    constants : dict of str → array
        Other inputs, which the function must not write into either.
    sources : tuple
        Where to look for generators: the function, the model.
    notes : tuple of str
        What is already known to be said below the table.
    """

    name: str
    run: Callable[[], Any]
    leaves: dict[str, Tensor]
    constants: Mapping[str, Any]
    sources: tuple[Any, ...]
    notes: tuple[str, ...] = ()


def compare(subject: Subject, order: int, rng: np.random.Generator, raise_exception: bool) -> CheckResult:
    """Check the gradient of a subject, or with ``order=2`` the gradient of its gradient as well."""
    if order not in (1, 2):
        raise ValueError(f"order={order!r}: gradients are checked to order 1 or 2")
    refuse_infinite_inputs(subject.name, subject.leaves)
    replay = Replay(*subject.sources)
    try:
        result = _compared(subject, replay, rng)
        if order == 2:
            result = _joined(result, _compared(_gradient_of(subject, rng), replay, rng))
    finally:
        replay.rewind()
    if raise_exception:
        result.raise_if_failed()
    return result


def _compared(subject: Subject, replay: Replay, rng: np.random.Generator) -> CheckResult:
    def evaluate() -> list[Tensor]:
        replay.rewind()
        return outputs_of(subject.run(), subject.name)

    watched = {**{name: leaf._data for name, leaf in subject.leaves.items()}, **subject.constants}
    before = {name: digest(array) for name, array in watched.items()}
    with enable_grad(), np.errstate(all="ignore"):
        first = evaluate()
    replay.keep_used()
    refuse_mutation(subject.name, watched, before)
    refuse_strange_outputs(subject.name, first)
    if not any(y.dtype.kind == "f" for y in first):
        raise TypeError(f"{subject.name} returned no floating point numbers, so there is no gradient to check")
    start = time.perf_counter()
    with no_grad(), np.errstate(all="ignore"):
        again = evaluate()
    seconds = time.perf_counter() - start
    refuse_chance(subject.name, [y._data for y in first], [y._data for y in again])
    refuse_mutation(subject.name, watched, before)
    del first, again
    point = Point(evaluate, subject.leaves, rng)
    problems = zero_gives_zero(point)
    gap, unequal = transposed(point, rng)
    with progress(sum(steps_of(leaf.size) for leaf in subject.leaves.values()), 20 * seconds) as advance:
        rows = [_explained(point, examine(point, name, rng, advance)) for name in subject.leaves]
    problems += unequal
    culprits = blame(point.record, rng) if problems or any(row.verdict == FAIL for row in rows) else ()
    rows = [_cleared(row) if row.crowded and not culprits else row for row in rows]
    rows = [replace(row, sweep=row.sweep and _guarded(row.sweep, replay)) for row in rows]
    notes = [*subject.notes, *_witnesses(point, gap, rng)]
    return CheckResult(subject.name, tuple(rows), tuple(problems), culprits, tuple(notes), point.evaluations + 2)


def _guarded(sweep: Callable[[], Curve], replay: Replay) -> Callable[[], Curve]:
    """Return a sweep that leaves the generators as they are when it is called, which may be much later."""

    def guarded() -> Curve:
        with replay.preserved():
            return sweep()

    return guarded


def _explained(point: Point, row: Row) -> Row:
    """Return a row with what the recorded graph has to say about it."""
    recorded = lossy(point.record.nodes)
    node = point.leaves[row.name].node
    number = node.number if node is not None else 0
    if row.name not in point.reached and row.size:
        if row.verdict != FAIL:
            return replace(row, note="no gradient arrives here, and the output does not depend on it: it is not used")
        why = (
            " and the graph leads here: a derivative rule on the way returned None"
            if number in recorded
            else ": .data, .detach(), no_grad() or a plain NumPy array lies between"
        )
        return replace(row, note=f"no gradient arrives here, though the output depends on it{why}")
    low = recorded.get(number)
    if low is None or row.verdict not in (FAIL, SUBGRADIENT) or not np.isfinite(row.analytic or 0.0):
        return row
    return replace(row, verdict=INCONCLUSIVE, note=_of_low_precision(low))


def _of_low_precision(node: Node) -> str:
    return (
        f"{node.primitive.name} gives {node.dtype} on the way, and differences drown in its rounding; let the function "
        "keep the dtype of its inputs (x.dtype for np.float32) and check again"
    )


def _cleared(row: Row) -> Row:
    """Return a row that failed where several kinks meet, though every rule by itself is right there."""
    note = f"{row.note}; every rule by itself is right here"
    return replace(row, verdict=INCONCLUSIVE, note=note)


def _witnesses(point: Point, gap: float, rng: np.random.Generator) -> list[str]:
    """Return a line on the witnesses that need no step."""
    said = []
    if np.isfinite(gap):
        said.append(f"⟨v, J u⟩ = ⟨Jᵀv, u⟩ holds to {gap:.1e}" if gap <= 1e-7 else "⟨v, J u⟩ ≠ ⟨Jᵀv, u⟩")
    errors: list[float] = []
    for name, leaf in point.leaves.items():
        if leaf.size and len(point.analytic[name]):
            u = rng.uniform(0.5, 1.5, leaf.shape) * rng.choice([-1.0, 1.0], leaf.shape) * point.sizes[name]
            found = complex_along(point, name, u)
            if found is None:
                errors.clear()
                break
            parts = (point.analytic[name] * u).reshape(len(found), -1)
            size = abs(parts).sum(axis=1) + abs(found) + 1e-12 * abs(point.numbers(point.values)) + 1e-50
            with np.errstate(all="ignore"):
                errors.append(float(np.max(np.nan_to_num(abs(parts.sum(axis=1) - found) / size), initial=0.0)))
    if errors:
        said.append(f"the complex step agrees to {max(errors):.1e}")
    return [f"Without a step: {'; '.join(said)}."] if said else []


# --------------------------------------------------------------------------------------------------------- second order


def _gradient_of(subject: Subject, rng: np.random.Generator) -> Subject:
    """Return the gradient as a subject: x ↦ Jᵀv, by each input, for fixed random weights v."""
    inputs = list(subject.leaves.values())
    weights: list[Any] = []

    def run() -> Any:
        with enable_grad():
            outputs = [y for y in outputs_of(subject.run(), subject.name) if y.requires_grad]
            while len(weights) < len(outputs):
                shape = outputs[len(weights)].shape
                weights.append(rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape))
            found = gradients(outputs, inputs, weights[: len(outputs)], create_graph=True) if outputs else []
            return tuple(g for g in found if g is not None) or 0.0

    return replace(subject, name=f"the gradient of {subject.name}", run=run, notes=())


def _joined(first: CheckResult, second: CheckResult) -> CheckResult:
    """Return both orders in one table."""
    rows = [replace(row, name=f"∇ by {row.name}") for row in second.rows]
    return CheckResult(
        first.subject,
        (*first.rows, *rows),
        first.problems + tuple(f"Second order: {problem}" for problem in second.problems),
        first.blame + second.blame,
        tuple(dict.fromkeys((*first.notes, *(f"Second order: {note}" for note in second.notes)))),
        first.evaluations + second.evaluations,
    )
