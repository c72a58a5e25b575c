"""Random programs over Tensors, step by step the same in PyTorch: not what is computed alone, but all that can be done.

Values are made, joined, cut off, rebound by in-place syntax, written into, swept once and again, hooked and dropped, in
any order. After every step both libraries have the same values and gradients, what one refuses the other refuses too,
and no gradient shares memory; at the end everything goes away without the collector. Programs whose every value is
swept at the end, with second derivatives: tests/peers/test_random_programs.py.
"""

from __future__ import annotations

import gc
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.fuzz import LONG
from tests.support.fuzz_both import MODES, bare
from tests.support.fuzz_functions import BINARY, INDICES, JOINING, MOVING, REDUCING, UNARY, is_clear, torch
from tests.support.fuzz_programs import Pair, Program
from tests.support.memory import alive, nodes_below, watch

pytestmark = pytest.mark.no_cover  # what runs here, others run too

SHAPES = [*[(), (1,), (3,), (2, 3), (2, 1), (1, 3), (2, 1, 3), (3, 3)] * 2, (0,), (0, 3)]
TABLES = {
    **{"unary": UNARY, "binary": BINARY, "joining": JOINING, "moving": MOVING, "reducing": REDUCING},
    "taking": {name: (lambda a, i=i: a[i], lambda a, i=i: a[i]) for name, i in INDICES.items()},
    "splitting": {"in three": (lambda a: np.split(a, [1, 2]), lambda a: torch.tensor_split(a, [1, 2]))},
}
PICK, SEED = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9]), st.integers(0, 2**16)
RETAIN = st.sampled_from([True, True, True, False])
MODE = st.sampled_from([MODES[0]] * 8 + list(MODES))


@dataclass(frozen=True)
class Step:
    """A function of the tables, the values that it is called with, counted from the youngest, and options."""

    function: tuple[str, str]
    one: int
    other: int
    mode: str
    axis: int

    @property
    def picks(self) -> list[int]:
        return [self.one, self.other][: 2 if self.function[0] in ("binary", "joining") else 1]


FUNCTIONS = [(kind, name) for kind in TABLES for name in TABLES[kind]]
STEPS = st.builds(Step, st.sampled_from(FUNCTIONS), PICK, PICK, MODE, st.integers(-3, 3))


def nothing(*operands: Any) -> Any:
    return ()


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
ALONE = ("**=", "[i] = itself")  # no other value takes part


def _put(t: Any, index: Any, value: Any) -> Any:
    result = t.clone()
    result[index] = value
    return result


def _total(library: Any, values: Any) -> Any:
    return sum(0.07 * (k + 1) * library.sin(v).sum() for k, v in enumerate(values))


def _ndim(array: np.ndarray, index: Any) -> int:
    try:
        return int(np.ndim(array[index]))
    except IndexError:
        return array.ndim


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

    def uniform(self, seed: int, shape: tuple[int, ...]) -> np.ndarray:
        return np.asarray(np.random.default_rng(seed).uniform(-1.3, 1.3, shape)).astype(self.dtype)

    def pick(self, i: int) -> Pair:
        """Return a value, the youngest first."""
        return self.program.pairs[-1 - i % len(self.program.pairs)]

    @initialize(shape=st.sampled_from(SHAPES), seed=SEED, single=st.sampled_from([False, False, False, True]))
    def begin(self, shape: tuple[int, ...], seed: int, single: bool) -> None:
        """Make the first leaf; the whole program is in its precision."""
        self.dtype = np.float32 if single else np.float64
        self.program.leaf(self.uniform(seed, shape), True)

    @rule(shape=st.sampled_from(SHAPES), requires_grad=st.booleans(), seed=SEED)
    def leaf(self, shape: tuple[int, ...], requires_grad: bool, seed: int) -> None:
        self.program.leaf(self.uniform(seed, shape), requires_grad)

    @some
    @rule(steps=st.lists(STEPS, min_size=3, max_size=10))
    def compute(self, steps: list[Step]) -> None:
        self.compute_all(steps)

    def compute_all(self, steps: list[Step]) -> None:
        for step in steps:
            if self.program.pairs:
                self.program.compute(*self.functions(step), [self.pick(i) for i in step.picks], step.mode)

    @some
    @rule(steps=st.lists(STEPS, min_size=1, max_size=3), name=st.sampled_from(sorted(STATEMENTS)), i=PICK, j=PICK)
    def rebind_and_go_on(self, steps: list[Step], name: str, i: int, j: int) -> None:
        self.rebind_one(name, i, j, MODES[0])
        self.compute_all(steps)

    def functions(self, step: Step) -> tuple[Any, Any]:
        """Return what is called here and there; nothing happens where the libraries differ by design."""
        operands = [self.pick(i).mine.data for i in step.picks]
        peers = [bare(self.pick(i).theirs) for i in step.picks]
        (kind, name), shape = step.function, operands[0].shape
        if not is_clear(name, operands, peers) or (kind in ("moving", "splitting") and not shape):
            return nothing, nothing  # PyTorch lets numbers pass where NumPy wants an axis
        if 0 in shape and (kind == "taking" or name == "layer norm"):
            return nothing, nothing  # of nothing PyTorch takes any index, and normalises it
        if kind != "reducing":
            return TABLES[kind][name]
        axis = step.axis % max(1, len(shape))
        if not shape or (0 in shape and name != "sum"):
            return nothing, nothing  # no mean of nothing
        if name == "std" and np.ptp(operands[0], axis).min() < 1e-6:
            return nothing, nothing  # a deviation of rounding alone has any slope, and one of 0 PyTorch's second NaN
        ours, theirs = ((lambda a, f=f: f(a, axis, step.axis > 0)) for f in REDUCING[name])
        return ours, theirs

    @some
    @rule(name=st.sampled_from(sorted(STATEMENTS)), i=PICK, j=PICK, mode=MODE)
    def rebind(self, name: str, i: int, j: int, mode: str) -> None:
        self.rebind_one(name, i, j, mode)

    def rebind_one(self, name: str, i: int, j: int, mode: str) -> None:
        inner = [p for p in self.program.pairs if not p.is_parameter]
        pair = inner[-1 - i % len(inner)] if inner and i % 4 != 3 else self.pick(i)
        other = pair if name in ALONE else self.pick(j)
        index = INDICES.get(name.strip("[").partition("]")[0], 0)
        if name not in ALONE and "[" in name and pair.mine.ndim and other.mine.ndim > _ndim(pair.mine.data, index):
            return  # of values with more axes than the place has PyTorch takes some, NumPy others
        if pair.mine.size:
            self.program.rebind(*STATEMENTS[name], pair, other, mode)

    @some
    @rule(what=st.sampled_from(["write", "require", "free", "copy", "detach", "drop", "descend"]), i=PICK, seed=SEED)
    def change(self, what: str, i: int, seed: int) -> None:
        pair = self.pick(i)
        if what == "write":
            self.program.write(pair, self.uniform(seed, pair.mine.shape))
        elif what in ("require", "free"):
            self.program.require_grad(pair, what == "require")
        elif what == "descend":
            self.program.descend(0.01 if seed % 2 else 0.1)
        elif what == "drop":
            self.watched += watch(pair.mine, *nodes_below(pair.mine))
            self.program.forget(pair)
        else:
            getattr(self.program, what)(pair)

    @some
    @rule(what=st.sampled_from(["retain", "hook", "unhook", "zero"]), i=PICK, k=st.integers(0, 2))
    def attend(self, what: str, i: int, k: int) -> None:
        if what == "retain":
            self.program.retain(self.pick(i))
        elif what == "hook":
            self.program.hook(self.pick(i), (None, 2.0, -0.5)[k])
        elif what == "unhook":
            self.program.unhook(i)
        else:
            self.program.zero(self.pick(i), to_none=k > 0)

    # ------------------------------------------------------------------------------------------------------ gradients

    @some
    @rule(i=PICK, retain_graph=RETAIN, create_graph=st.booleans(), seed=st.none() | SEED, mode=MODE)
    def backward(self, i: int, retain_graph: bool, create_graph: bool, seed: int | None, mode: str) -> None:
        pair = self.pick(i)
        shape = (*pair.mine.shape, 2) if seed == 7 else pair.mine.shape  # an odd shape now and then
        gradient = None if seed is None else self.uniform(seed, shape)
        self.program.backward(pair, gradient, retain_graph, create_graph, mode)

    @rule(retain_graph=RETAIN)
    def sweep_everything(self, retain_graph: bool) -> None:
        swept = self.program.swept
        everything = [p for p in self.program.pairs if p.mine.requires_grad and not p.sure & swept]
        if everything:
            self.program.compute(lambda *v: _total(np, v), lambda *v: _total(torch, v), everything)
            self.program.backward(self.program.pairs[-1], None, retain_graph, False, MODES[0])

    @some
    @rule(i=PICK, create_graph=st.booleans(), seed=SEED)
    def differentiate(self, i: int, create_graph: bool, seed: int) -> None:
        self.program.differentiate(self.pick(i), self.uniform(seed, self.pick(i).mine.shape), create_graph)

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
