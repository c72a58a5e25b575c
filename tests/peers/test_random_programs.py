"""Random programs, the same in PyTorch and here: values, gradients and second gradients agree to ten digits.

Hypothesis makes expressions with shared parts (each operand is any value computed before), over shapes that broadcast.
Functions are composed so that every value stays of ordinary size: a disagreement is a wrong rule, not a lost digit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Tensor
from autograd.backward import gradients

torch = pytest.importorskip("torch", reason="PyTorch is not installed: the random programs have no peer to agree with")

Function = Callable[..., Any]
UNARY: dict[str, tuple[Function, Function]] = {
    "negative": (lambda a: -a, lambda a: -a),
    "tanh": (np.tanh, torch.tanh),
    "sin": (np.sin, torch.sin),
    "cos": (np.cos, torch.cos),
    "exp of tanh": (lambda a: np.exp(np.tanh(a)), lambda a: torch.exp(torch.tanh(a))),
    "expm1 of sin": (lambda a: np.expm1(np.sin(a)), lambda a: torch.expm1(torch.sin(a))),
    "log": (lambda a: np.log(a * a + 0.5), lambda a: torch.log(a * a + 0.5)),
    "log1p": (lambda a: np.log1p(np.square(a)), lambda a: torch.log1p(torch.square(a))),
    "sqrt": (lambda a: np.sqrt(a * a + 1), lambda a: torch.sqrt(a * a + 1)),
    "arctan": (np.arctan, torch.arctan),
    "arcsinh": (np.arcsinh, torch.arcsinh),
    "arcsin": (lambda a: np.arcsin(0.8 * np.tanh(a)), lambda a: torch.arcsin(0.8 * torch.tanh(a))),
    "arctanh": (lambda a: np.arctanh(0.7 * np.sin(a)), lambda a: torch.arctanh(0.7 * torch.sin(a))),
    "sinh": (lambda a: np.sinh(np.sin(a)), lambda a: torch.sinh(torch.sin(a))),
    "cosh": (lambda a: np.cosh(np.sin(a)), lambda a: torch.cosh(torch.sin(a))),
    "tan": (lambda a: np.tan(np.sin(a)), lambda a: torch.tan(torch.sin(a))),
    "reciprocal": (lambda a: np.reciprocal(a * a + 1), lambda a: torch.reciprocal(a * a + 1)),
    "cube": (lambda a: np.tanh(a) ** 3, lambda a: torch.tanh(a) ** 3),
    "absolute": (abs, abs),
    "clip": (lambda a: a.clip(-1.0, 0.9), lambda a: a.clamp(-1.0, 0.9)),
    "floor": (lambda a: np.floor(a) * 0.1 + a, lambda a: torch.floor(a) * 0.1 + a),
}
BINARY: dict[str, tuple[Function, Function]] = {
    "add": (lambda a, b: a + b, lambda a, b: a + b),
    "subtract": (lambda a, b: a - b, lambda a, b: a - b),
    "multiply": (lambda a, b: np.tanh(a) * b, lambda a, b: torch.tanh(a) * b),
    "divide": (lambda a, b: a / (b * b + 1), lambda a, b: a / (b * b + 1)),
    "power": (
        lambda a, b: (np.tanh(a) + 1.5) ** np.tanh(b),
        lambda a, b: (torch.tanh(a) + 1.5) ** torch.tanh(b),
    ),
    "maximum": (np.maximum, torch.maximum),
    "minimum": (np.minimum, torch.minimum),
    "logaddexp": (np.logaddexp, torch.logaddexp),
    "where": (
        lambda a, b: np.where(a > b, np.sin(a), b),
        lambda a, b: torch.where(a > b, torch.sin(a), b),
    ),
}
REDUCING: dict[str, tuple[Function, Function]] = {
    "sum": (lambda a, i, k: a.sum(i, k) * 0.3, lambda a, i, k: a.sum(i, k) * 0.3),
    "mean": (lambda a, i, k: a.mean(i, k), lambda a, i, k: a.mean(i, k)),
    "var": (lambda a, i, k: a.var(i, keepdims=k), lambda a, i, k: a.var(i, unbiased=False, keepdim=k)),
    "std": (
        lambda a, i, k: (a * a + 0.1).std(i, 0, k),
        lambda a, i, k: (a * a + 0.1).std(i, unbiased=False, keepdim=k),
    ),
    "max": (lambda a, i, k: a.max(i, k), lambda a, i, k: a.amax(i, k)),
    "min": (lambda a, i, k: a.min(i, k), lambda a, i, k: a.amin(i, k)),
    "prod": (lambda a, i, k: np.tanh(a).prod(i, k), lambda a, i, k: torch.tanh(a).prod(i, k)),
    "logsumexp": (lambda a, i, k: a.logsumexp(i, k), lambda a, i, k: a.logsumexp(i, k)),
}
MOVING: dict[str, tuple[Function, Function]] = {
    "transpose": (lambda a: a.T, lambda a: a.permute(*reversed(range(a.ndim)))),
    "ravel": (lambda a: a.ravel(), lambda a: a.reshape(-1)),
    "swap": (lambda a: a.swapaxes(0, -1), lambda a: a.swapaxes(0, -1)),
    "new axis": (lambda a: a[None], lambda a: a[None]),
    "reverse": (lambda a: a[::-1], lambda a: a.flip(0)),
    "repeat": (lambda a: a[np.array([0, -1, 0])], lambda a: a[torch.tensor([0, -1, 0])]),
    "every second": (lambda a: a[..., ::2], lambda a: a[..., ::2]),
    "outer": (lambda a: a.reshape(-1, 1) @ a.reshape(1, -1), lambda a: a.reshape(-1, 1) @ a.reshape(1, -1)),
    "square matrix": (lambda a: a.reshape(1, -1) @ a.reshape(-1, 1), lambda a: a.reshape(1, -1) @ a.reshape(-1, 1)),
    "stack": (lambda a: np.stack([a, np.sin(a), a]), lambda a: torch.stack([a, torch.sin(a), a])),
    "concatenate": (lambda a: np.concatenate([a, a * 2.0]), lambda a: torch.cat([a, a * 2.0])),
    "split": (lambda a: np.split(a, [1])[0] + 1.0, lambda a: torch.tensor_split(a, [1])[0] + 1.0),
}
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
            elif a.ndim == 0:
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
