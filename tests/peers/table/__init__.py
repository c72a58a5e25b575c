"""Calls of the functions of the derivative table and, beside each, what says the same in PyTorch; a page per family.

A page names its generators of calls in ``FAMILIES``. It imports PyTorch, so it is opened by :func:`all_peers` alone.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.support.cases.common import Shape, spread

Function = Callable[..., Any]


@dataclass(frozen=True)
class Peer:
    """One call, here and in PyTorch.

    Attributes
    ----------
    name : str
        The function that is called, as the coverage page names it.
    mine : callable
        What is called with Tensors. Takes the operands one by one.
    theirs : callable
        What is called with PyTorch's tensors.
    operands : tuple of arrays
        Where the gradient is asked for.
    note : str
        What is special about the call.
    second : bool
        Whether PyTorch has a second derivative to compare with.
    rtol : float
        How many digits PyTorch's are good for.
    """

    name: str
    mine: Function
    theirs: Function
    operands: tuple[np.ndarray, ...]
    note: str = ""
    second: bool = True
    rtol: float = 1e-10

    def __str__(self) -> str:
        return f"{self.name} of {', '.join(str(o.shape) for o in self.operands)}{': ' + self.note if self.note else ''}"


def function_named(name: str) -> Any:
    """Return the function of this name, or None if this NumPy has it not (yet, or no more)."""
    try:
        return pkgutil.resolve_name(name.replace("np.", "numpy.", 1))
    except (AttributeError, ImportError):
        return None


def peer(
    name: str, theirs: Function, *operands: Shape | np.ndarray, between: tuple[float, float] = (-2, 2), **options: Any
) -> Peer:
    """Return the call of a function with these options; an operand may be given by its shape alone."""
    note = ", ".join(f"{k}={v}" for k, v in options.items()).replace("\n", "")
    function = function_named(name)
    return Peer(name, lambda *xs: function(*xs, **options), theirs, filled(operands, between), note)


def peer_of_list(name: str, theirs: Function, *operands: Shape | np.ndarray, **options: Any) -> Peer:
    """Return the call of a function that takes its arrays as one sequence, here and in PyTorch."""
    one = peer(name, theirs, *operands, **options)
    return Peer(name, lambda *xs: one.mine(xs), lambda *xs: theirs(xs), one.operands, one.note)


def filled(operands: tuple[Shape | np.ndarray, ...], between: tuple[float, float] = (-2, 2)) -> tuple[np.ndarray, ...]:
    """Return arrays, those given by their shape filled with numbers in a range, no two alike."""
    return tuple(
        o if isinstance(o, np.ndarray) else np.asarray(spread(o, *between, f"operand {k}"))
        for k, o in enumerate(operands)
    )


# Views, as NumPy and as PyTorch make them; PyTorch has no negative steps.
VIEWS: dict[str, tuple[Shape, Function, Function]] = {
    "transposed": ((3, 2), lambda a: a.T, lambda a: a.T),
    "reversed": ((4,), lambda a: a[::-1], lambda a: a.flip(0)),
    "every second": ((2, 6), lambda a: a[:, 1::2], lambda a: a[:, 1::2]),
    "backwards in both": ((2, 4), lambda a: a[::-1, ::-2], lambda a: a.flip(0, 1)[:, ::2]),
    "broadcast": ((3,), lambda a: a[None, :, None], lambda a: a[None, :, None]),
}


def all_peers() -> dict[str, list[Peer]]:
    """Return the calls of each function that this NumPy has, by its name."""
    found: dict[str, list[Peer]] = {}
    for page in pkgutil.iter_modules(__path__):
        for family in getattr(importlib.import_module(f"{__name__}.{page.name}"), "FAMILIES", ()):
            for one in family():
                if function_named(one.name) is not None:
                    found.setdefault(one.name, []).append(one)
    return found
