"""The questions put to every primitive: is its value NumPy's, its gradient the slope, its second the slope of that?

The slopes are measured: five points along each element (an error of h⁴) for the gradient, five points along one random
direction for the second gradient, since the derivative of ∇f along v is H v, and that is what a second sweep computes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from autograd.backward import gradients
from autograd.check.record import below

STEP = 1e-3
# Their rules take a Python number among the operands to double precision, as NumPy does with one that stands alone.
ROUND_LATE = {"betainc", "logaddexp"}
FIVE_POINTS = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


@dataclass(frozen=True)
class Case:
    """One call of an operation.

    Attributes
    ----------
    name : str
        The primitive that it tests, as the engine calls it.
    operation : callable
        What is called with Tensors. Takes the operands one by one.
    reference : callable
        What is called with arrays. It is NumPy's own function wherever NumPy has one.
    operands : tuple of arrays
        Where the gradient is asked for.
    second : bool
        Whether there is a second derivative to measure.
    note : str
        What is special about the case.
    """

    name: str
    operation: Callable[..., Any]
    reference: Callable[..., Any]
    operands: tuple[np.ndarray, ...]
    note: str = ""
    second: bool = True
    rtol: float = field(default=1e-6)

    def __str__(self) -> str:
        shapes = "·".join("x".join(map(str, o.shape)) or "scalar" for o in self.operands)
        return f"{self.name}-{shapes}{'-' + self.note if self.note else ''}"


def ask(question: Callable[[Case], None], cases: Sequence[Case]) -> None:
    """Put a question to many cases, and raise the failures of all of them together, each with the name of its case."""
    failures: list[BaseException] = []
    names: list[str] = []
    for case in cases:
        try:
            question(case)
        except (Exception, pytest.fail.Exception) as failure:
            failures.append(failure)
            names.append(str(case))
            failure.add_note(f"in the case {case}")
    if failures:
        raise BaseExceptionGroup(f"{len(failures)} of {len(cases)} cases fail: {'; '.join(names)}", failures)


def leaves(arrays: Sequence[Any]) -> list[Tensor]:
    """Return Tensors that require a gradient."""
    return [Tensor(a, requires_grad=True) for a in arrays]


def outputs(result: Any) -> list[Any]:
    """Return the results of an operation, of which it may have several, as a list."""
    return list(result) if isinstance(result, (tuple, list)) else [result]


def weights(case: Case) -> list[np.ndarray]:
    """Return fixed upstream gradients for the outputs of a case: of both signs, and no two alike."""
    shapes = [np.shape(r) for r in outputs(case.reference(*case.operands))]
    return [1.3 * np.cos(1.0 + 2.0 * k + np.arange(np.prod(s, dtype=int)).reshape(s)) for k, s in enumerate(shapes)]


def directions(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return fixed directions in which the operands are moved."""
    return [np.sin(2.0 + k + 1.7 * np.arange(a.size)).reshape(a.shape) for k, a in enumerate(arrays)]


def slope(function: Callable[[float], Any]) -> Any:
    """Return the derivative of a function of one number at 0."""
    return sum(weight * function(point * STEP) for point, weight in FIVE_POINTS) / STEP


def numerical_gradients(function: Callable[..., float], arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the slope of a function by each element of each array."""

    def along(k: int, i: int, step: float) -> float:
        moved = [np.array(a) for a in arrays]
        moved[k].reshape(-1)[i] += step
        return function(*moved)

    return [
        np.array([slope(lambda step, k=k, i=i: along(k, i, step)) for i in range(a.size)]).reshape(a.shape)
        for k, a in enumerate(arrays)
    ]


def pulled_back(case: Case, arrays: Sequence[Any], seeds: Sequence[Any], create_graph: bool = False) -> list[Any]:
    """Return the gradients of a case by its operands: None where an operand was not reached."""
    xs = leaves(arrays)
    return gradients(outputs(case.operation(*xs)), xs, seeds, create_graph=create_graph)


def assert_near(found: Any, expected: Any, rtol: float, what: str) -> None:
    """Assert that two arrays are equal up to `rtol` of their greatest element."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, f"{what}: shape {found.shape}, expected {expected.shape}"
    scale = float(np.max(np.abs(expected), initial=0.1))
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * scale, err_msg=what)


def check_value(case: Case) -> None:
    """Assert that the operation computes what NumPy does, to the last bit, in the same dtype."""
    expected = outputs(case.reference(*case.operands))
    found = outputs(case.operation(*leaves(case.operands)))
    assert len(found) == len(expected)
    for f, e in zip(found, expected, strict=True):
        assert isinstance(f, Tensor)
        assert f.shape == np.shape(e)
        assert f.dtype == np.asarray(e).dtype
        np.testing.assert_array_equal(f.data, e)


def check_gradient(case: Case) -> None:
    """Assert that the gradients are the slopes of the reference."""
    seeds = weights(case)

    def functional(*arrays: np.ndarray) -> float:
        return float(sum(np.sum(w * r) for w, r in zip(seeds, outputs(case.reference(*arrays)), strict=True)))

    found = pulled_back(case, case.operands, seeds)
    for k, (f, e) in enumerate(zip(found, numerical_gradients(functional, case.operands), strict=True)):
        assert f is not None, f"{case}: no gradient for operand {k}"
        assert f.dtype == case.operands[k].dtype
        assert_near(f, e, case.rtol, f"{case}: gradient of operand {k}")


def alone(case: Case) -> list[tuple[Tensor, list[Any]]]:
    """Return for each operand a Tensor, and the results of the case when only this operand wants a gradient."""
    xs = leaves(case.operands)
    return [
        (x, outputs(case.operation(*(x if i == k else Tensor(other.data) for i, other in enumerate(xs)))))
        for k, x in enumerate(xs)
    ]


def check_each_operand_alone(case: Case) -> None:
    """Assert that an operand's gradient does not depend on who else wants one."""
    seeds = weights(case)
    together = pulled_back(case, case.operands, seeds)
    for (x, results), expected in zip(alone(case), together, strict=True):
        (found,) = gradients(results, [x], seeds)
        assert_near(found, expected, 1e-13, f"{case}: gradient of an operand alone")


def check_second_gradient(case: Case) -> None:
    """Assert that a second sweep gives H v for the operands and J v for the upstream gradient."""
    seeds, v = weights(case), directions(case.operands)

    def moved(step: float) -> list[np.ndarray]:
        return [a + step * d for a, d in zip(case.operands, v, strict=True)]

    xs, ws = leaves(case.operands), leaves(seeds)
    first = gradients(outputs(case.operation(*xs)), xs, ws, create_graph=True)
    for recorded, bare in zip(first, pulled_back(case, case.operands, seeds), strict=True):
        assert_near(recorded.data, bare, 1e-13, f"{case}: the same rule on Tensors and on arrays")
    second = gradients(first, [*xs, *ws], v)
    for k in range(len(xs)):
        expected = slope(lambda step, k=k: pulled_back(case, moved(step), seeds)[k])
        found = np.zeros_like(expected) if second[k] is None else second[k]
        assert_near(found, expected, case.rtol, f"{case}: second gradient of operand {k}")
    for k, w in enumerate(seeds):
        expected = slope(lambda step, k=k: np.asarray(outputs(case.reference(*moved(step)))[k]))
        found = second[len(xs) + k]
        assert_near(np.zeros_like(w) if found is None else found, expected, case.rtol, f"{case}: gradient's gradient")


def check_single_precision(case: Case) -> None:
    """Assert that float32 stays float32, forward and backward, and is the float64 result up to its precision."""
    if "longdouble" in case.note or "float64" in case.note or case.name == "astype":
        return
    single = tuple(np.asarray(o, dtype=np.float32) for o in case.operands)
    xs, seeds = leaves(single), weights(case)
    results = outputs(case.operation(*xs))
    for f, e in zip(results, outputs(case.reference(*single)), strict=True):
        assert f.dtype == np.asarray(e).dtype == np.float32
    if _types(results) == {np.dtype(np.float32)} and case.name not in ROUND_LATE:
        recorded = gradients(results, xs, [Tensor(s, True, dtype=np.float32) for s in seeds], create_graph=True)
        assert _types(recorded) <= _types(results), f"{case}: the gradient leaves single precision on its way"
    for f, e in zip(pulled_back(case, single, seeds), pulled_back(case, case.operands, seeds), strict=True):
        assert f.dtype == np.float32
        assert_near(f, e, 2e-4, f"{case}: gradient in single precision")


def _types(results: Sequence[Any]) -> set[Any]:
    """Return the types of all that was computed on the way to some Tensors."""
    nodes = below([t for t in results if t is not None and t.node is not None])
    return {dtype for node in nodes for dtype in (node.dtype if isinstance(node.dtype, tuple) else (node.dtype,))}


def check_strict_array(case: Case, wrapped: Callable[[Any], Any], unwrapped: Callable[[Any], Any]) -> None:
    """Assert that forward, backward and recorded backward give the same on another library's arrays, and stay there."""
    seeds = weights(case)
    foreign = [wrapped(o) for o in case.operands]
    for f, e in zip(outputs(case.operation(*leaves(foreign))), outputs(case.reference(*case.operands)), strict=True):
        assert type(f.data) is type(foreign[0]), f"{case}: the value became a {type(f.data).__name__}"
        np.testing.assert_array_equal(unwrapped(f.data), e)
    expected = pulled_back(case, case.operands, seeds)
    foreign_seeds = [wrapped(s) for s in seeds]
    for create_graph in (False, True):
        found = pulled_back(case, foreign, foreign_seeds, create_graph)
        for f, e in zip(found, expected, strict=True):
            bare = f.data if create_graph else f
            assert type(bare) is type(foreign[0]), f"{case}: the gradient became a {type(bare).__name__}"
            assert_near(unwrapped(bare), e, 1e-13, f"{case}: gradient of a foreign array")
