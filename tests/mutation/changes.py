"""The first kind of mutants: what a rule answers is changed from outside, whatever the rule is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from autograd.primitive import Primitive
from tests.support.mutants import CHANGES, changed, cut_tensors, is_step, mutated

Planted = AbstractContextManager[None]


def changes_of(entry: Primitive) -> Iterator[tuple[str, Planted]]:
    """Yield what is wrong, and how it is planted, of each change of a primitive's rules."""
    for k, operand in enumerate(entry.operands):
        for what, change in CHANGES.items():
            if what == "a constant too much" or not is_step(entry.name, k):  # a step's gradient is 0, whatever is done
                yield f"the gradient by {operand} is {what}", mutated(entry, changed(entry, k, change))
    if not all(is_step(entry.name, k) for k in range(len(entry.operands))):
        yield "the gradients have lost their graph", _cut(entry)
    if (again := entry.again) is not None:
        yield "the second form is a little too large", _second(entry, lambda *values: again(*values) * 1.001)
        yield "the second form has the sign flipped", _second(entry, lambda *values: -again(*values))


@contextmanager
def _cut(entry: Primitive) -> Iterator[None]:
    with _second(entry, None), mutated(entry, cut_tensors(entry.pull)):
        yield


@contextmanager
def _second(entry: Primitive, again) -> Iterator[None]:
    right, entry.again = entry.again, again
    try:
        yield
    finally:
        entry.again = right
