"""What each NumPy function does with a Tensor, read off the code: nobody has to guess.

``python -m autograd.rules`` prints it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ..primitive import TABLE
from ..protocols import PLAIN

DIFFERENTIABLE, PLAIN_RESULT, REFUSED = "differentiable", "plain result", "refused"

# The rooms of NumPy whose functions ask a Tensor what to do.
_ROOMS = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft, "np.lib.stride_tricks": np.lib.stride_tricks}
_Dispatched = type(np.sum)


class Entry(NamedTuple):
    """One line of the page: the function's name, what becomes of it, and by which primitives."""

    name: str
    status: str
    how: str


def coverage() -> list[Entry]:
    """Return an entry for every NumPy function that can be called with a Tensor, by room and name.

    Examples
    --------
    >>> from autograd.rules.coverage import coverage
    >>> {e.name: e.status for e in coverage()}["np.tanh"]
    'differentiable'
    """
    return [Entry(name, *_status(function)) for name, function in _functions()]


def _functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield NumPy's public functions that speak one of its two protocols, each once, by its first name."""
    seen = set()
    for room, module in _ROOMS.items():
        for name in sorted(n for n in dir(module) if not n.startswith("_")):
            function = getattr(module, name)
            if isinstance(function, (np.ufunc, _Dispatched)) and function not in seen:
                seen.add(function)
                yield f"{room}.{name}", function


def _status(function: Callable[..., Any]) -> tuple[str, str]:
    if function in PLAIN:
        return PLAIN_RESULT, ""
    if function not in TABLE:
        return REFUSED, ""
    entry = getattr(TABLE[function], "primitive", None)
    return DIFFERENTIABLE, f"by {', '.join(entry.operands)}" if entry is not None else "a composition"


def page() -> str:
    """Return the table as text, with the counts above it."""
    entries = coverage()
    counts = [f"{sum(e.status == s for e in entries)} {s}" for s in (DIFFERENTIABLE, PLAIN_RESULT, REFUSED)]
    width = max(len(e.name) for e in entries)
    lines = [f"{e.name:{width}}  {e.status:14}  {e.how}".rstrip() for e in entries]
    return "\n".join([f"{len(entries)} NumPy functions on Tensors: {', '.join(counts)}", "", *lines])
