"""Random programs over Tensors, step by step the same in PyTorch: not what is computed alone, but all that can be done.

Values are made, joined, cut off, rebound by in-place syntax, written into, swept once and again, hooked and dropped, in
any order. After every step both libraries have the same values and gradients, what one refuses the other refuses too,
and no gradient shares memory; at the end everything goes away without the collector. Programs whose every value is
swept at the end, with second derivatives: tests/peers/test_random_programs.py.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.fuzz import LONG
from tests.support.fuzz_both import MODES
from tests.support.fuzz_functions import BINARY, INDICES, JOINING, MOVING, REDUCING, UNARY, is_clear, torch
from tests.support.fuzz_programs import Pair, Program
from tests.support.memory import alive, nodes_below, watch

SHAPES = [(), (1,), (3,), (2, 3), (2, 1), (1, 3), (2, 1, 3), (3, 3), (0,), (0, 3)]
PICK, SEED = st.integers(0, 1000), st.integers(0, 2**16)
MODE = st.sampled_from([MODES[0]] * 5 + list(MODES))
some = precondition(lambda self: self.program.pairs)

STATEMENTS: dict[str, tuple[Any, Any]] = {
    "+=": (lambda t, u: t.__iadd__(u), lambda t, u: t + u),
    "-=": (lambda t, u: t.__isub__(u), lambda t, u: t - u),
    "*=": (lambda t, u: t.__imul__(np.tanh(u)), lambda t, u: t * torch.tanh(u)),
    "/=": (lambda t, u: t.__itruediv__(u * u + 1.0), lambda t, u: t / (u * u + 1.0)),
    "**=": (lambda t, u: t.__ipow__(2), lambda t, u: t**2),
    "[i] = itself": (lambda t, u: t.__setitem__(0, t[-1]), lambda t, u: _put(t, 0, t[-1])),
}
for name in ("first", "slice", "every second", "whole", "mask", "pairs", "out of range"):
    STATEMENTS[f"[{name}] = u"] = (
        lambda t, u, i=INDICES[name]: t.__setitem__(i, u),
        lambda t, u, i=INDICES[name]: _put(t, i, u),
    )
    STATEMENTS[f"[{name}] += u"] = (
        lambda t, u, i=INDICES[name]: t.__setitem__(i, t[i] + u),
        lambda t, u, i=INDICES[name]: _put(t, i, t[i] + u),
    )


def _put(t: Any, index: Any, value: Any) -> Any:
    result = t.clone()
    result[index] = value
    return result


def _ndim(array: np.ndarray, index: Any) -> int:
    try:
        return int(np.ndim(array[index]))
    except IndexError:
        return array.ndim


def uniform(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).uniform(-1.3, 1.3, shape))


class Programs(RuleBasedStateMachine):
    """The steps of :class:`tests.support.fuzz_programs.Program`, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.program = Program()
        self.watched: list[Any] = []
        gc.disable()

    def teardown(self) -> None:
        pairs = self.program.pairs
        watched = [*self.watched, *(r for p in pairs for r in watch(p.mine, *nodes_below(p.mine)))]
        self.program = Program()
        del pairs
        gc.enable()
        if sys.exc_info()[0] is None:  # the traceback of a failure holds everything
            assert alive(watched) == [], "something of the program is alive after its last value was dropped"

    def pick(self, i: int) -> Pair:
        return self.program.pairs[i % len(self.program.pairs)]

    def compute(self, name: str, ours: Any, theirs: Any, picks: list[int], mode: str = MODES[0]) -> None:
        operands = [self.pick(i) for i in picks]
        if is_clear(name, [p.mine.data for p in operands], [p.theirs.detach().numpy() for p in operands]):
            self.program.compute(ours, theirs, operands, mode)

    # ------------------------------------------------------------------------------------------------------- values

    @initialize(shape=st.sampled_from(SHAPES), seed=SEED)
    def begin(self, shape: tuple[int, ...], seed: int) -> None:
        self.program.leaf(uniform(seed, shape), True)

    @rule(shape=st.sampled_from(SHAPES), requires_grad=st.booleans(), seed=SEED)
    def leaf(self, shape: tuple[int, ...], requires_grad: bool, seed: int) -> None:
        self.program.leaf(uniform(seed, shape), requires_grad)

    @some
    @rule(name=st.sampled_from(sorted(UNARY)), i=PICK, mode=MODE)
    def unary(self, name: str, i: int, mode: str) -> None:
        self.compute(name, *UNARY[name], [i], mode)

    @some
    @rule(name=st.sampled_from(sorted(BINARY)), i=PICK, j=PICK, mode=MODE)
    def binary(self, name: str, i: int, j: int, mode: str) -> None:
        self.compute(name, *BINARY[name], [i, j], mode)

    @some
    @rule(name=st.sampled_from(sorted(JOINING)), i=PICK, j=PICK, mode=MODE)
    def join(self, name: str, i: int, j: int, mode: str) -> None:
        self.compute(name, *JOINING[name], [i, j], mode)

    @some
    @rule(name=st.sampled_from(sorted(MOVING)), i=PICK, mode=MODE)
    def move(self, name: str, i: int, mode: str) -> None:
        if self.pick(i).mine.ndim:  # PyTorch lets numbers pass where NumPy wants an axis
            self.compute(name, *MOVING[name], [i], mode)

    @some
    @rule(name=st.sampled_from(sorted(REDUCING)), i=PICK, axis=st.integers(0, 3), keepdims=st.booleans())
    def reduce(self, name: str, i: int, axis: int, keepdims: bool) -> None:
        shape = self.pick(i).mine.shape
        axis = axis % max(1, len(shape))
        if not shape or (0 in shape and name != "sum") or (name == "std" and shape[axis] == 1):
            return  # nothing to reduce, no mean of nothing; at a deviation of 0 PyTorch's second gradient is NaN
        ours, theirs = ((lambda a, f=f: f(a, axis, keepdims)) for f in REDUCING[name])
        self.compute(name, ours, theirs, [i])

    @some
    @rule(name=st.sampled_from(sorted(INDICES)), i=PICK, mode=MODE)
    def take(self, name: str, i: int, mode: str) -> None:
        self.compute("take", lambda a: a[INDICES[name]], lambda a: a[INDICES[name]], [i], mode)

    @some
    @rule(i=PICK)
    def split(self, i: int) -> None:
        if self.pick(i).mine.ndim:
            self.compute("split", lambda a: np.split(a, [1, 2]), lambda a: torch.tensor_split(a, [1, 2]), [i])

    @some
    @rule(i=PICK)
    def detach(self, i: int) -> None:
        self.program.detach(self.pick(i))

    @some
    @rule(i=PICK)
    def copy(self, i: int) -> None:
        self.program.copy(self.pick(i))

    @some
    @rule(i=PICK)
    def drop(self, i: int) -> None:
        pair = self.pick(i)
        self.watched += watch(pair.mine, *nodes_below(pair.mine))
        self.program.forget(pair)

    # ------------------------------------------------------------------------------------------------- what changes

    @some
    @rule(name=st.sampled_from(sorted(STATEMENTS)), i=PICK, j=PICK, mode=MODE)
    def rebind(self, name: str, i: int, j: int, mode: str) -> None:
        pair, other = self.pick(i), self.pick(j)
        index = INDICES.get(name.strip("[").partition("]")[0], 0)
        if "[" in name and pair.mine.ndim and other.mine.ndim > _ndim(pair.mine.data, index):
            return  # of values with more axes than the place has PyTorch takes some, NumPy others
        if pair.mine.size:
            self.program.rebind(*STATEMENTS[name], pair, other, mode)

    @some
    @rule(i=PICK, seed=SEED)
    def write(self, i: int, seed: int) -> None:
        self.program.write(self.pick(i), uniform(seed, self.pick(i).mine.shape))

    @rule(lr=st.sampled_from([0.01, 0.1]))
    def descend(self, lr: float) -> None:
        self.program.descend(lr)

    @some
    @rule(i=PICK, flag=st.booleans())
    def require_grad(self, i: int, flag: bool) -> None:
        self.program.require_grad(self.pick(i), flag)

    # ------------------------------------------------------------------------------------------------------ gradients

    @some
    @rule(i=PICK, retain_graph=st.booleans(), create_graph=st.booleans(), seed=st.none() | SEED, mode=MODE)
    def backward(self, i: int, retain_graph: bool, create_graph: bool, seed: int | None, mode: str) -> None:
        pair = self.pick(i)
        shape = (*pair.mine.shape, 2) if seed == 7 else pair.mine.shape  # an odd shape now and then
        gradient = None if seed is None else uniform(seed, shape)
        self.program.backward(pair, gradient, retain_graph, create_graph, mode)

    @some
    @rule(i=PICK, retain_graph=st.booleans(), seed=SEED)
    def sweep(self, i: int, retain_graph: bool, seed: int) -> None:
        pair = self.pick(i)
        self.program.backward(pair, uniform(seed, pair.mine.shape), retain_graph, False, MODES[0])

    @some
    @rule(i=PICK, create_graph=st.booleans(), seed=SEED)
    def differentiate(self, i: int, create_graph: bool, seed: int) -> None:
        self.program.differentiate(self.pick(i), uniform(seed, self.pick(i).mine.shape), create_graph)

    @some
    @rule(i=PICK)
    def retain_grad(self, i: int) -> None:
        self.program.retain(self.pick(i))

    @some
    @rule(i=PICK, factor=st.sampled_from([None, 2.0, -0.5]))
    def hook(self, i: int, factor: float | None) -> None:
        self.program.hook(self.pick(i), factor)

    @rule(i=PICK)
    def unhook(self, i: int) -> None:
        self.program.unhook(i)

    @some
    @rule(i=PICK, to_none=st.booleans())
    def zero_grad(self, i: int, to_none: bool) -> None:
        self.program.zero(self.pick(i), to_none)

    @invariant()
    def both_agree(self) -> None:
        self.program.check()


class TestPrograms(Programs.TestCase):  # type: ignore[name-defined, misc]
    """As many programs as any test has examples."""

    settings = settings(stateful_step_count=50)


@pytest.mark.soak
class TestVeryManyPrograms(Programs.TestCase):  # type: ignore[name-defined, misc]
    """New ones, and longer."""

    settings = settings(LONG, stateful_step_count=100)
