"""Wrong derivative rules, put in the place of the right ones to see whether a test notices.

A primitive's rules are reached through ``Primitive.pull``, so the mutants go there; the primitive is put right again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd.primitive import Primitive

Pull = Callable[[Any, tuple[Any, ...], tuple[Any, ...]], Sequence[Any]]

CHANGES: dict[str, Callable[[Any], Any]] = {
    "zero": lambda g: g * 0.0,
    "forgotten": lambda g: None,
    "the sign flipped": lambda g: -g,
    "a little too large": lambda g: g * 1.001,
    "turned round": lambda g: g[(slice(None, None, -1),) * g.ndim] if g.ndim else g + 1.0,
    "a constant too much": lambda g: g + 0.01,
}


@contextmanager
def mutated(entry: Primitive, pull: Pull) -> Iterator[None]:
    right, entry.pull = entry.pull, pull
    try:
        yield
    finally:
        entry.pull = right


def changed(entry: Primitive, operand: int, change: Callable[[Any], Any]) -> Pull:
    """Return the primitive's rules with the gradient by one operand changed, by each member if it is a sequence."""
    right = entry.pull

    def pull(g: Any, saved: tuple[Any, ...], parents: tuple[Any, ...]) -> Sequence[Any]:
        parts = list(right(g, saved, parents))
        part = parts[operand]
        if part is not None:
            parts[operand] = [change(p) for p in part] if isinstance(part, list) else change(part)
        return parts

    return pull


def cut_tensors(pull: Pull) -> Pull:
    """Return rules whose gradients are right, and have lost their own graph."""

    def cut(part: Any) -> Any:
        if isinstance(part, list):
            return [cut(p) for p in part]
        return part.detach() if hasattr(part, "detach") else part

    return lambda g, saved, parents: [cut(part) for part in pull(g, saved, parents)]


STEPS = ("sign", "floor", "ceil", "trunc", "rint", "round", "floor_divide", "imag")
STEPS_BY = (("heaviside", 0), ("copysign", 1))  # those that are steps by one operand


def is_step(name: str, operand: int) -> bool:
    """Say whether a primitive has the slope 0 everywhere by an operand."""
    return name in STEPS or (name, operand) in STEPS_BY
