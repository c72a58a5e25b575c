"""How a NumPy function gets onto the derivative table without a rule of its own: written with functions that have one.

Beside its rules a page may have a set ``PLAIN``, of functions whose result depends on the elements in steps only or is
no array of floating point numbers, and a dictionary ``REFUSED``, of functions that are not for Tensors, and why.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from ..primitive import TABLE

F = TypeVar("F", bound=Callable[..., Any])


def composed(*functions: Callable[..., Any] | None, by: str | None = None) -> Callable[[F], F]:
    """Let a function written with operations answer for NumPy's: it needs no rule of its own, to any order.

    A None stands for a function that this NumPy has not yet. `by` names the operands that it has a gradient by, if
    they are not those without a default.
    """

    def register(composition: F) -> F:
        TABLE.update({function: composition for function in functions if function is not None})
        if by is not None:
            composition.by = tuple(by.split())  # type: ignore[attr-defined]
        return composition

    return register


def operands_of(operation: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of the operands that an operation, or a composition, has a gradient by."""
    if (entry := getattr(operation, "primitive", None)) is not None:
        return entry.operands
    if (by := getattr(operation, "by", None)) is not None:
        return by
    return tuple(p.name for p in inspect.signature(operation).parameters.values() if p.default is p.empty)
