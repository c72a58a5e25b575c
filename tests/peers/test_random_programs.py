"""Random programs, the same in PyTorch and here: values, gradients and second gradients agree to ten digits.

Hypothesis makes expressions with shared parts (each operand is any value computed before), over shapes that broadcast.
What a program can do beside computing is in tests/fuzz/test_programs.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor
from autograd.backward import gradients
from tests.support.fuzz_functions import BINARY, MOVING, REDUCING, UNARY

torch = pytest.importorskip("torch", reason="PyTorch is not installed: the random programs have no peer to agree with")

SHAPES = [(), (1,), (3,), (2, 3), (2, 1), (1, 3), (2, 1, 3)]


@dataclass(frozen=True)
class Step:
    kind: str
    name: str
    operands: tuple[int, ...]
    axis: int = 0
    keepdims: bool = False


@dataclass(frozen=True)
class Program:
    """Leaves of these shapes, then steps; each step's operands are numbers of earlier values."""

    shapes: tuple[tuple[int, ...], ...]
    steps: tuple[Step, ...]
    seed: int

    def run(self, leaves: list[Any], mine: bool) -> Any:
        """Return all values added up, computed here or in PyTorch; steps that do not fit a shape are passed over."""
        values = list(leaves)
        which = 0 if mine else 1
        for step in self.steps:
            operands = [values[i % len(values)] for i in step.operands]
            a = operands[0]
            if step.kind == "unary":
                result = UNARY[step.name][which](a)
            elif step.kind == "binary":
                if not _fit(tuple(a.shape), tuple(operands[1].shape)):
                    continue
                result = BINARY[step.name][which](*operands)
            elif 0 in (a.ndim, *a.shape):
                continue
            elif step.kind == "moving":
                result = MOVING[step.name][which](a)
            elif step.name == "std" and a.shape[step.axis % a.ndim] == 1:
                continue  # at a deviation of 0 PyTorch's second gradient is NaN, here it is 0
            else:
                result = REDUCING[step.name][which](a, step.axis % a.ndim, step.keepdims)
            if int(np.prod(tuple(result.shape))) <= 40 and len(result.shape) <= 4:
                values.append(result)
        return sum(_total(v, k) for k, v in enumerate(values[len(leaves) :] or values))


def _fit(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(n == m or 1 in (n, m) for n, m in zip(reversed(one), reversed(other), strict=False))


def _total(value: Any, k: int) -> Any:
    return value.sum() * (1.0 + 0.37 * k)


def step_of(kind: str, table: dict[str, Any], n: int) -> st.SearchStrategy[Step]:
    operand = st.integers(0, 1000)
    return st.builds(
        Step,
        st.just(kind),
        st.sampled_from(sorted(table)),
        st.tuples(*[operand] * n),
        st.integers(0, 3),
        st.booleans(),
    )


STEPS = st.one_of(
    step_of("unary", UNARY, 1),
    step_of("binary", BINARY, 2),
    step_of("reducing", REDUCING, 1),
    step_of("moving", MOVING, 1),
)
PROGRAMS = st.builds(
    Program,
    st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3).map(tuple),
    st.lists(STEPS, min_size=1, max_size=9).map(tuple),
    st.integers(0, 2**16),
)


def assert_agree(mine: Any, theirs: Any, what: str) -> None:
    mine = np.zeros(tuple(theirs.shape)) if mine is None else np.asarray(getattr(mine, "data", mine))
    theirs = theirs.detach().numpy(force=True)  # by force, because PyTorch's zeros may have no memory
    scale = max(1.0, float(np.max(np.abs(theirs), initial=0.0)))
    np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-10 * scale, err_msg=what)


def both_agree(program: Program) -> None:
    rng = np.random.default_rng(program.seed)
    arrays = [rng.uniform(-1.3, 1.3, shape) for shape in program.shapes]
    directions = [rng.uniform(-1, 1, shape) for shape in program.shapes]

    mine = [Tensor(a, requires_grad=True) for a in arrays]
    y = program.run(mine, mine=True)
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    z = program.run(theirs, mine=False)
    assert_agree(y.data, z, "value")

    first = gradients([y], mine, [None], create_graph=True)
    peer = torch.autograd.grad(z, theirs, create_graph=True, materialize_grads=True)
    for m, p in zip(first, peer, strict=True):
        assert_agree(m, p, "gradient")

    reached = [(g, d) for g, d in zip(first, directions, strict=True) if g is not None]
    second = gradients([g for g, _ in reached], mine, [d for _, d in reached], retain_graph=True)
    total = sum((p * torch.tensor(d)).sum() for p, d in zip(peer, directions, strict=True))
    if not total.requires_grad:
        assert all(s is None or not np.any(s) for s in second)
        return
    peer = torch.autograd.grad(total, theirs, materialize_grads=True)
    for m, p in zip(second, peer, strict=True):
        assert_agree(m, p, "second gradient")

    y.backward()
    for x, g in zip(mine, first, strict=True):
        if g is None:
            assert x.grad is None
        else:
            np.testing.assert_allclose(x.grad.data, g.data, rtol=1e-13, atol=1e-13, err_msg="the two lives of a rule")


@settings(max_examples=max(250, settings.default.max_examples))
@given(PROGRAMS)
@pytest.mark.no_cover
def test_random_programs_agree_with_pytorch(program: Program) -> None:
    both_agree(program)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(k, n) for k, t in (("unary", UNARY), ("binary", BINARY), ("reducing", REDUCING), ("moving", MOVING)) for n in t],
)
def test_each_function_alone_agrees_with_pytorch(kind: str, name: str) -> None:
    for shapes in (((2, 3), (3,)), ((3,), (2, 1)), ((2, 1, 3), ())):
        for axis in (0, 1):
            both_agree(Program(shapes, (Step(kind, name, (0, 1), axis, bool(axis)), Step("unary", "tanh", (2,))), 1))
