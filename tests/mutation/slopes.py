"""The first judge: calls of a primitive, with the slopes that its gradients must have, measured before any mutant."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.backward import gradients
from autograd.check.record import below
from tests.support import cases, nn_cases
from tests.support.checking import (
    Case,
    alone,
    assert_near,
    check_single_precision,
    check_strict_array,
    directions,
    leaves,
    numerical_gradients,
    outputs,
    pulled_back,
    slope,
    weights,
)
from tests.support.strict_array import StrictArray

GOLDEN = (5**0.5 - 1) / 2


@functools.cache
def calls_of(primitive: str) -> tuple[Case, ...]:
    """Return the calls of the tables of tests that run a primitive, neighbours in the table far from each other."""
    found = _table()[primitive]
    return tuple(found[i] for i in sorted(range(len(found)), key=lambda i: i * GOLDEN % 1))


@functools.cache
def _table() -> dict[str, list[Case]]:
    table: dict[str, list[Case]] = {}
    for case in cases.all_cases():
        table.setdefault(case.name, []).append(case)
    for name, (function, operands) in nn_cases.all_calls().items():
        arrays = tuple(np.array(o, order="C") for o in operands)
        case = Case(name, function, _bare(function), arrays, rtol=1e-5)
        roots = outputs(function(*(Tensor(a, True) for a in arrays)))
        for primitive in sorted({node.primitive.name for node in below(roots) if node.primitive}):
            if primitive in nn_cases.all_primitives():
                table.setdefault(primitive, []).append(case)
    return table


def _bare(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of Tensors as one of arrays."""
    return lambda *arrays: tuple(t.data for t in outputs(function(*map(Tensor, arrays))))


class Question:
    """One call: the forward pass is run, and the slopes are measured, when it is made; then it can be asked."""

    def __init__(self, case: Case) -> None:
        self.case, self.seeds, self.along = case, weights(case), directions(case.operands)
        self.xs, self.ws = leaves(case.operands), leaves(self.seeds)
        self.results = outputs(case.operation(*self.xs))
        self.alone = alone(case) if len(self.xs) > 1 else []
        self.first = numerical_gradients(self._weighted, case.operands)
        self.second = [self._slope(k, lambda *xs: pulled_back(case, xs, self.seeds)) for k in range(len(self.xs))]
        self.second += [self._slope(k, lambda *xs: outputs(case.reference(*xs))) for k in range(len(self.ws))]

    def _weighted(self, *arrays: np.ndarray) -> float:
        return float(sum(np.sum(w * r) for w, r in zip(self.seeds, outputs(self.case.reference(*arrays)), strict=True)))

    def _slope(self, k: int, function: Callable[..., Sequence[Any]]) -> Any:
        """Return the derivative of a function's k-th result when the operands move along."""

        def moved(step: float) -> Any:
            return np.asarray(function(*(a + step * d for a, d in zip(self.case.operands, self.along, strict=True)))[k])

        return slope(moved)

    def ask(self) -> None:
        """Assert that the sweep finds these slopes, the recorded one too, and the second those of the first."""
        self._compare(gradients(self.results, self.xs, self.seeds, retain_graph=True), self.first, "gradient")
        each = [gradients(results, [x], self.seeds, retain_graph=True)[0] for x, results in self.alone]
        self._compare(each, self.first[: len(each)], "gradient alone")
        recorded = gradients(self.results, self.xs, self.ws, create_graph=True)
        self._compare([None if r is None else r.data for r in recorded], self.first, "recorded gradient")
        if self.case.second:
            second = gradients(recorded, [*self.xs, *self.ws], self.along, retain_graph=True)
            found = [np.zeros_like(e) if f is None else f for f, e in zip(second, self.second, strict=True)]
            self._compare(found, self.second, "second gradient")

    def _compare(self, found: Sequence[Any], expected: Sequence[Any], what: str) -> None:
        for k, (f, e) in enumerate(zip(found, expected, strict=True)):
            assert f is not None, f"{self.case}: no {what} for operand {k}"
            assert_near(f, e, self.case.rtol, f"{self.case}: {what} of operand {k}")


_prepared: dict[int, Question] = {}  # by id(case): the table keeps its cases for ever, and a case has no hash


def question(case: Case) -> Question:
    """Return the case as a question; it is prepared once in a process."""
    if id(case) not in _prepared:
        with np.errstate(all="ignore"):
            _prepared[id(case)] = Question(case)
            _prepared[id(case)].ask()  # without a mutant the answers are right: else this case proves nothing
    return _prepared[id(case)]


def asked(questions: Sequence[Question]) -> Callable[[], None]:
    """Return the work of asking them all."""

    def work() -> None:
        with np.errstate(all="ignore"):
            for one in questions:
                one.ask()

    return work


def elsewhere(some: Sequence[Case]) -> Callable[[], None]:
    """Return the work of asking in single precision, and with arrays of another library."""

    def work() -> None:
        with np.errstate(all="ignore"):
            for case in some:
                check_single_precision(case)
                check_strict_array(case, StrictArray, StrictArray.get)

    return work
