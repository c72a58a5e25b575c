"""A program that runs here and in PyTorch at once, step by step, and what PyTorch's half cannot tell.

PyTorch's half is a pure function: nothing in it is ever written into or released, so it always knows the right
gradient. What is an error here, for a reason that it knows nothing of, is kept beside it: which operations were swept
(a second sweep is an error), and which leaves were written since (a sweep that needs the old number is an error).
"""

from __future__ import annotations

import copy
import itertools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd
import optim
from autograd import Tensor
from autograd.backward import gradients
from autograd.graph import View
from tests.support.fuzz_both import attempt, bare, in_mode, is_ordinary, near, several, torch
from tests.support.memory import share_memory

MOST = 10
Ids = frozenset[int]
NONE: Ids = frozenset()
SWEPT, WRITTEN, CHANGED = "was swept before", "was written (by", "the array was changed"


class Pair:
    """A Tensor, and PyTorch's tensor that stands for it.

    `peer` is where PyTorch keeps the gradient; that of a leaf is a number apart from its value, `theirs`, so that the
    value can change while all that was computed from the old one stays. `sure` are the operations that a sweep will
    come through, `maybe` those that it may; `reads` says which leaves it was computed from, and which version of them.
    """

    def __init__(self, mine: Tensor, theirs: Any, peer: Any, key: int) -> None:
        self.mine, self.theirs, self.peer, self.key = mine, theirs, peer, key
        self.sure, self.maybe, self.reads = NONE, NONE, frozenset[tuple[int, int]]()
        self.vague = False  # a gradient of None may be zeros in the other library

    @property
    def is_parameter(self) -> bool:
        return self.mine.is_leaf and self.mine.requires_grad

    def grad_there(self) -> Any:
        """Return a copy of PyTorch's gradient, into whose array it adds the next one."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch warns of asking an inner tensor
            return None if self.peer.grad is None else self.peer.grad.detach().clone()


class Program:
    """All values of a program, and its steps."""

    def __init__(self) -> None:
        self.pairs: list[Pair] = []
        self.handles: list[tuple[Any, Any]] = []
        self.numbers = itertools.count()
        self.versions: dict[int, int] = {}
        self.swept: set[int] = set()
        self.released: set[int] = set()  # perhaps: a sweep that failed came so far
        self.scale = 1.0

    # ------------------------------------------------------------------------------------------------------- values

    def leaf(self, array: np.ndarray, requires_grad: bool) -> None:
        """Make a Tensor of an array."""
        theirs = torch.tensor(array)
        self._add(Pair(Tensor(array, requires_grad=requires_grad), theirs, theirs, next(self.numbers)))
        if requires_grad:
            self._become_parameter(self.pairs[-1])

    def _become_parameter(self, pair: Pair) -> None:
        grad = pair.grad_there()
        pair.peer = pair.theirs.detach().clone().requires_grad_()
        pair.peer.grad = grad
        self._is_now(pair)

    def _is_now(self, pair: Pair) -> None:
        """Give a leaf a new version, of the value that it has now."""
        self.versions[pair.key] = self.versions.get(pair.key, 0) + 1
        pair.theirs = pair.peer - pair.peer.detach() + torch.tensor(pair.mine.data)
        pair.reads = frozenset({(pair.key, self.versions[pair.key])})

    def _add(self, pair: Pair) -> None:
        if len(self.pairs) == MOST:
            del self.pairs[pair.key % MOST]
        self.pairs.append(pair)

    def compute(
        self, ours: Callable[..., Any], theirs: Callable[..., Any], operands: Sequence[Pair], mode: str = "record"
    ) -> None:
        """Call a function here and there: the results are new values, unless both refuse."""
        found, problem = attempt(lambda: in_mode(autograd, mode, ours, [p.mine for p in operands]))
        expected, problem_there = attempt(lambda: in_mode(torch, mode, theirs, [p.theirs for p in operands]))
        assert (problem is None) == (problem_there is None), f"here: {problem}\nPyTorch: {problem_there}"
        if problem is not None:
            assert problem.split(":")[0] in ("ValueError", "TypeError", "IndexError"), problem
            return
        results, results_there = several(found), several(expected)
        assert len(results) == len(results_there)
        number = frozenset({next(self.numbers)})
        for mine, peer in zip(results, results_there, strict=True):
            near(mine.data, peer, "value")
            if any(peer is p.theirs for p in operands):  # as PyTorch's differences of nothing are
                peer = peer.view_as(peer)
            if not any(mine is p.mine for p in operands) and is_ordinary(mine.data):
                pair = Pair(mine, peer, peer, next(self.numbers))
                self._inherit(pair, operands, number)
                self._add(pair)

    def _inherit(self, pair: Pair, operands: Sequence[Pair], number: Ids = NONE) -> None:
        assert pair.mine.requires_grad == pair.theirs.requires_grad
        if pair.mine.requires_grad:
            pair.sure = number.union(*(p.sure for p in operands))
            pair.maybe = NONE.union(*(p.maybe for p in operands))
            pair.reads = frozenset().union(*(p.reads for p in operands))

    def detach(self, pair: Pair) -> None:
        self.compute(lambda t: t.detach(), lambda t: t.detach(), [pair])

    def copy(self, pair: Pair) -> None:
        """Copy a Tensor with its gradient; one with a graph cannot be."""
        mine, problem = attempt(lambda: copy.deepcopy(pair.mine))
        assert (problem is None) == pair.mine.is_leaf
        if mine is None:
            return
        theirs = pair.theirs.detach().clone()
        theirs.grad = pair.grad_there()
        copied = Pair(mine, theirs, theirs, next(self.numbers))
        copied.vague = pair.vague
        self._add(copied)
        if mine.requires_grad:
            self._become_parameter(copied)

    def forget(self, pair: Pair) -> None:
        self.pairs = [p for p in self.pairs if p is not pair]

    # -------------------------------------------------------------------------------------- what changes a value

    def rebind(
        self,
        statement: Callable[[Tensor, Tensor], Any],
        theirs: Callable[[Any, Any], Any],
        pair: Pair,
        other: Pair,
        mode: str,
    ) -> None:
        """Do ``t += u``, ``t[i] = v`` or the like: afterwards the Tensor is what PyTorch computes as a new one."""
        shape, grad = pair.mine.shape, pair.grad_there()
        if pair.is_parameter and mode != "no_grad":
            _, problem = attempt(lambda: in_mode(autograd, mode, statement, [pair.mine, other.mine]))
            assert problem is not None, "in-place syntax on a leaf was not refused"
            return
        _, problem = attempt(lambda: in_mode(autograd, mode, statement, [pair.mine, other.mine]))
        result, problem_there = attempt(lambda: in_mode(torch, mode, theirs, [pair.theirs, other.theirs]))
        if problem_there is None and tuple(result.shape) != shape:
            problem_there = "in-place syntax would change the shape"
        assert (problem is None) == (problem_there is None), f"here: {problem}\nPyTorch: {problem_there}"
        if problem is not None:
            return
        if pair.is_parameter:
            self._is_now(pair)
        else:
            retained = pair.theirs.requires_grad and pair.theirs.retains_grad
            before = [pair, other]
            pair.theirs = pair.peer = result
            if result.requires_grad and retained:
                result.retain_grad()
            result.grad = grad
            sure, maybe, reads = pair.sure, pair.maybe, pair.reads
            pair.sure = pair.maybe = NONE
            pair.reads = frozenset()
            old = Pair(pair.mine, pair.theirs, None, -1)
            old.sure, old.maybe, old.reads = sure, maybe, reads
            before[0] = old
            self._inherit(pair, before, frozenset({next(self.numbers)}))
        near(pair.mine.data, pair.theirs, "value after in-place syntax")
        if not is_ordinary(pair.mine.data):
            self.forget(pair)

    def write(self, pair: Pair, array: np.ndarray) -> None:
        """Write into the array of a leaf, as an optimiser does."""
        if not pair.is_parameter:
            return
        pair.mine.data[...] = array
        pair.mine.mark_written()
        self._written(pair)

    def descend(self, lr: float) -> None:
        """Let an optimiser take a step with all leaves that have a gradient."""
        pairs = [p for p in self.pairs if p.is_parameter and p.mine.grad is not None]
        if not pairs:
            return
        expected = [p.theirs.detach() - lr * p.grad_there() for p in pairs]
        optim.SGD([p.mine for p in pairs], lr=lr).step()
        for pair, values in zip(pairs, expected, strict=True):
            near(pair.mine.data, values, "after a step of the optimiser", self.scale)
        for pair in pairs:
            self._written(pair)
            if not is_ordinary(pair.mine.data):
                self.forget(pair)

    def _written(self, pair: Pair) -> None:
        self._is_now(pair)
        # Views of the leaf have changed with it, which the pure half does not know.
        self.pairs = [p for p in self.pairs if p is pair or not share_memory(p.mine, pair.mine)]

    def require_grad(self, pair: Pair, flag: bool) -> None:
        before = pair.mine.requires_grad
        _, problem = attempt(lambda: pair.mine.requires_grad_(flag))
        assert (problem is None) == (flag or pair.mine.is_leaf)
        if problem is not None or before == flag:
            return
        if flag:
            self._become_parameter(pair)
            return
        grad, self.versions[pair.key] = pair.grad_there(), self.versions[pair.key] + 1
        pair.theirs = pair.peer = pair.theirs.detach().clone()
        pair.peer.grad = grad
        pair.reads = frozenset()

    # ------------------------------------------------------------------------------------------------------ gradients

    def backward(
        self, pair: Pair, gradient: np.ndarray | None, retain_graph: bool, create_graph: bool, mode: str
    ) -> None:
        """Sweep from a value in a mode, with the upstream gradient if one is given."""
        sweep = lambda t: t.backward(gradient, retain_graph, create_graph)  # noqa: E731
        _, problem = attempt(lambda: in_mode(autograd, mode, sweep, [pair.mine]))
        seed = None if gradient is None else torch.tensor(gradient)
        if not pair.mine.requires_grad or (pair.mine.size != 1 if seed is None else pair.mine.shape != seed.shape):
            _, problem_there = attempt(lambda: pair.theirs.backward(seed, retain_graph=True))
            assert problem is not None, "a sweep that makes no sense was not refused"
            assert problem_there is not None
            return
        self._judge(pair, problem, bool(pair.sure & self.swept), not (retain_graph or create_graph))
        if problem is not None:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch warns of the strides of empty arrays
            pair.theirs.backward(seed, retain_graph=True)
        if pair.maybe:
            for each in self.pairs:
                each.vague = True

    def _judge(self, pair: Pair, problem: str | None, must_fail: bool, releases: bool) -> None:
        """Say whether an error is right, and whether there had to be one; note what the sweep has released."""
        below = pair.sure | pair.maybe
        if problem is None:
            assert not must_fail, "a graph that was released was swept again"
        else:
            swept = SWEPT in problem and below & (self.swept | self.released)
            written = (WRITTEN in problem or CHANGED in problem) and any(
                self.versions[key] > version for key, version in pair.reads
            )
            assert swept or written, problem
        if releases:
            (self.released if problem else self.swept).update(pair.sure)
            self.released.update(pair.maybe)

    def differentiate(self, pair: Pair, seed: np.ndarray, create_graph: bool) -> None:
        """Ask for the gradients of a value by all leaves; recorded ones become values of the program."""
        leaves = [p for p in self.pairs if p.is_parameter]
        if not pair.mine.requires_grad or not leaves:
            return
        inputs = [p.mine for p in leaves]
        found, problem = attempt(lambda: gradients([pair.mine], inputs, [seed], create_graph=create_graph))
        self._judge(pair, problem, False, False)
        if not create_graph:
            self.released.update(pair.sure, pair.maybe)
        if problem is not None:
            return
        grads = [p.grad_there() for p in self.pairs]
        expected = torch.autograd.grad(
            pair.theirs, [p.peer for p in leaves], torch.tensor(seed), True, create_graph, allow_unused=True
        )
        for each, grad in zip(self.pairs, grads, strict=True):
            each.peer.grad = grad  # PyTorch fills in that of inner tensors on the way
        for leaf, mine, theirs in zip(leaves, found, expected, strict=True):
            assert pair.maybe or (mine is None) == (theirs is None)
            mine = np.zeros_like(leaf.mine.data) if mine is None else mine
            theirs = torch.zeros_like(leaf.peer) if theirs is None else theirs
            self._see(theirs)
            near(mine, theirs, "gradient that was asked for", self.scale)
            if isinstance(mine, Tensor):
                self._add_gradient(pair, mine, theirs, leaves)

    def _add_gradient(self, of: Pair, mine: Tensor, theirs: Any, leaves: list[Pair]) -> None:
        """Go on with a recorded gradient; if only one library has recorded it, it must be a constant after all."""
        if mine.requires_grad != theirs.requires_grad:
            self._refuse_slopes(mine, theirs, leaves)
        elif is_ordinary(mine.data):
            pair = Pair(mine, theirs, theirs, next(self.numbers))
            if mine.requires_grad:
                pair.maybe, pair.reads = of.sure | of.maybe, of.reads
            self._add(pair)

    def _refuse_slopes(self, mine: Tensor, theirs: Any, leaves: list[Pair]) -> None:
        second: list[Any] = []
        if mine.requires_grad:
            ones, inputs = np.ones_like(mine.data), [p.mine for p in leaves]
            second, _ = attempt(lambda: gradients([mine], inputs, [ones], retain_graph=True))
        else:
            inputs = [p.peer for p in leaves]
            second = torch.autograd.grad(theirs, inputs, torch.ones_like(theirs), True, allow_unused=True)
        assert not any(g is not None and np.any(bare(g)) for g in second or ()), "a second derivative was lost"

    def retain(self, pair: Pair) -> None:
        _, problem = attempt(pair.mine.retain_grad)
        _, problem_there = attempt(pair.peer.retain_grad)
        assert (problem is None) == (problem_there is None), f"here: {problem}\nPyTorch: {problem_there}"

    def hook(self, pair: Pair, factor: float | None) -> None:
        """Hang up a hook that multiplies the gradient, or leaves it alone."""
        answer = (lambda g: None) if factor is None else (lambda g: g * factor)
        handle, problem = attempt(lambda: pair.mine.register_hook(answer))
        handle_there, problem_there = attempt(lambda: pair.peer.register_hook(answer))
        assert (problem is None) == (problem_there is None), f"here: {problem}\nPyTorch: {problem_there}"
        if problem is None:
            self.handles.append((handle, handle_there))

    def unhook(self, i: int) -> None:
        if self.handles:
            for handle in self.handles.pop(i % len(self.handles)):
                handle.remove()

    def zero(self, pair: Pair, to_none: bool) -> None:
        pair.mine.grad = None if to_none else Tensor(np.zeros_like(pair.mine.data))
        pair.peer.grad = None if to_none else torch.zeros_like(pair.peer)

    def _see(self, gradient: Any) -> None:
        self.scale = max(self.scale, float(np.max(np.abs(bare(gradient)), initial=0.0)))

    # ------------------------------------------------------------------------------------------------- what must hold

    def check(self) -> None:
        """Assert that both halves have the same values and gradients, and that no gradient shares its memory."""
        for pair in self.pairs:
            assert pair.mine.requires_grad == pair.theirs.requires_grad
            near(pair.mine.data, pair.theirs, "value")
            grad, expected = pair.mine.grad, pair.grad_there()
            if pair.vague and (grad is None or expected is None):
                zeros = np.zeros_like(pair.mine.data)
                grad = zeros if grad is None else grad
                expected = torch.tensor(zeros) if expected is None else expected
            assert (grad is None) == (expected is None), f"gradient here {grad}, in PyTorch {expected}"
            if grad is not None:
                self._see(expected)
                near(grad, expected, "gradient", self.scale)
        for pair in filter(lambda p: p.is_parameter, self.pairs):
            for other in self.pairs:
                if other is not pair and share_memory(pair.mine, other.mine):
                    node = other.mine.node
                    assert isinstance(node, View), "a leaf can be written, and this would change with it"
                    assert node.origin is pair.mine.node
        held = [p.mine.grad for p in self.pairs if p.mine.grad is not None]
        values = [p.mine for p in self.pairs if not any(p.mine is g for g in held)]
        for grad, other in itertools.chain(itertools.combinations(held, 2), itertools.product(held, values)):
            assert not share_memory(grad, other), "a gradient shares memory"
